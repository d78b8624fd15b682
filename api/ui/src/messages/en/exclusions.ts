import type { Exclusion, MessagesOf } from "../message";

export const exclusions: MessagesOf<Exclusion> = {
  noRecording: () => "The archive has no clip of this name. Check its name in metadata.csv.",
  unreadableAudio: () => "This clip can't be read; it may be damaged or incomplete. Upload an intact copy.",
  tooLong: ({ seconds, maxSeconds }, f) =>
    `This clip is ${f.number(seconds, 2)} s long, and clips over ${f.number(maxSeconds, 2)} s can't be used. Cut it into shorter ones.`,
  noLetters: () => "The text of this clip has no letters to read. Check its text in metadata.csv.",
  transcriptTooLong: () =>
    "The text of this clip is longer than can be spoken in its time. Check that text and sound belong together.",
  unreadableTranscript: () =>
    "The text of this clip is in a script that the model doesn't know. Write it in the letters of the model's language.",
};
