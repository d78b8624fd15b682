import type { components } from "../../api/schema";
import { isolate, isolateAll } from "../isolate";
import { type Failure, type MessagesOf, sentence } from "../message";
import { METADATA_COLUMNS } from "../metadataColumns";
import { count } from "./count";
import { exclusions } from "./exclusions";

const IF_REPEATED = "If it happens again, tell the administrator.";
const IF_NOT_RESUMED = "If it doesn't resume by itself, try again.";

const METADATA_PROBLEMS: Record<components["schemas"]["MetadataProblem"], string> = {
  noSeparator: "has no | between name and text",
  invalidId: "doesn't begin with a valid name of a clip",
  nulCharacter: "has a character that is not allowed",
  duplicateId: "has a name that another line has too",
  notPhonemes: "has a symbol among its phonemes that is no phoneme",
  unknownColumn: `names a column that does not exist; the columns are ${isolateAll(METADATA_COLUMNS, ", ")}`,
  invalidSpeaker: "has a speaker's name that is longer than 100 characters or has a character that is not allowed",
  missingSpeaker: "names no speaker, while other lines do",
};

export const failures: MessagesOf<Failure> = {
  // Of any job.
  attemptsExhausted: ({ attempts, last }, f) => {
    const reason = sentence(failures, last, f);
    const told = `This job stopped after ${count(attempts, "attempt", f)}.`;
    return reason === undefined ? `${told} Try again in a moment.` : `${told} The last error: ${reason}`;
  },
  snoozedTooLong: ({ days, last }, f) => {
    const reason = sentence(failures, last, f);
    const told = `This job stopped after waiting for ${count(days, "day", f)}.`;
    return reason === undefined ? `${told} Try again.` : `${told} What it waited for: ${reason}`;
  },
  workerLost: ({ worker }) =>
    `Worker ${isolate(worker)} stopped answering; it may be switched off or short of memory. ${IF_NOT_RESUMED}`,
  runEnded: () => `The worker stopped before this job was complete. ${IF_NOT_RESUMED}`,
  panicked: () => `This job stopped halfway because of an unexpected error. ${IF_REPEATED}`,
  noProgress: ({ seconds }, f) =>
    `This job was stopped because it made no progress for ${f.duration(seconds)}. ${IF_REPEATED}`,
  notRecorded: () => `The result of this job could not be saved in the database. ${IF_REPEATED}`,
  cancelledByOperator: ({ reason }) => `The administrator canceled this job. The reason: “${isolate(reason)}”.`,
  storageUnavailable: () =>
    "The database or the file storage is not available. If this takes long, tell the administrator.",
  fileUnavailable: () =>
    "The server could not read or write a file on its disk. Ask the administrator to check the disk and its permissions.",
  fileAltered: () =>
    "One of the stored files has changed and can't be used any more. Ask the administrator to restore it.",
  insufficientStorage: ({ neededBytes, freeBytes }, f) => {
    const room =
      neededBytes == null || freeBytes == null ? "" : `: ${f.bytes(neededBytes)} needed, ${f.bytes(freeBytes)} free`;
    return `The server's disk has not enough space${room}. Free some space and try again.`;
  },
  internal: () => `Something unexpected went wrong on the server. ${IF_REPEATED}`,

  // Of datasets.
  uploadGone: () => "The archive of this dataset is no longer on the server. Upload it again.",
  archiveUnreadable: () =>
    "The archive can't be opened: it is damaged or incomplete, or not a zip, tar.gz or tar archive. Make it again and upload it.",
  archiveRefused: ({ path }) =>
    `The archive was not accepted, because ${isolate(path)} is not allowed in it. Remove that and upload the archive again.`,
  archiveTooLarge: ({ maxBytes, maxFiles }, f) =>
    `The archive holds more than is allowed: at most ${f.bytes(maxBytes)} and ${count(maxFiles, "file", f)}. Split it into smaller archives.`,
  metadataMissing: () =>
    "The archive has no metadata.csv. Put it beside the folder of the clips and upload the archive again.",
  duplicateFile: ({ name }) =>
    `The archive has two files named ${isolate(name)}. Rename one of them and upload the archive again.`,
  metadataNotUtf8: ({ line }, f) =>
    `Line ${f.number(line)} of metadata.csv is not UTF-8. Save the file as UTF-8 and upload the archive again.`,
  metadataEmpty: () =>
    "The file metadata.csv is empty. Write a line with name and text for each clip and upload the archive again.",
  metadataLine: ({ line, problem }, f) =>
    `Line ${f.number(line)} of metadata.csv ${METADATA_PROBLEMS[problem] ?? "is not correct"}. Correct it and upload the archive again.`,
  noUsableClips: ({ total, first }, f) => {
    const reason = sentence(exclusions, first, f);
    const told = `Of ${count(total, "clip", f)}, none can be used.`;
    return reason === undefined ? `${told} Check the clips and their text.` : `${told} About the first: ${reason}`;
  },

  // Of trainings.
  diverged: ({ step }, f) =>
    `Training diverged at step ${f.number(step)}: the voice has unlearned what it knew. Continue the training run from a checkpoint, or start a new one, with a lower learning rate.`,
  outOfMemory: ({ neededBytes, availableBytes, fittingBatchSize }, f) => {
    const remedy =
      fittingBatchSize == null
        ? "Choose a smaller network or shorter clips."
        : `Set the batch size to at most ${f.number(fittingBatchSize)}, or choose a smaller network or shorter clips. With gradient accumulation, a step can still learn from as many clips.`;
    return `This training run needs ${f.bytes(neededBytes)} of memory, and only ${f.bytes(availableBytes)} is available. ${remedy}`;
  },
  gpuOutOfMemory: () =>
    "The GPU has not enough memory; another program may be using it. Try a smaller batch size, a smaller network, shorter clips or bf16.",
  modelUnreadable: () =>
    "The files of this model or checkpoint don't fit together; they may be damaged or incomplete. Download the model again, or start a new training run.",
  unsupported: () => "This model or these settings are not supported. Choose another model or other settings.",
  invalidOption: ({ name }) => `The value of ${isolate(name)} is outside the allowed range. Change it and try again.`,
  baseModelGone: ({ repo }) =>
    `The base model ${isolate(repo)} is no longer installed. Download it again and start a new training run.`,
  originGone: () =>
    "The voice or checkpoint that this training run begins from was deleted. Start a new training run with another base.",
  baseModelElsewhere: ({ repo }) =>
    `The base model ${isolate(repo)} is on another computer. The training starts when the model has arrived in the storage from there; if that takes long, ask the administrator to start a worker on that computer.`,
  noWholeCheckpoint: ({ count: checkpoints }, f) =>
    `Of ${count(checkpoints, "checkpoint", f)}, none is intact. Ask the administrator to restore their files, or start a new training run.`,

  // Of trainings and syntheses, and of requests.
  languageFilesMissing: () =>
    `The Persian language files are not installed on this server, or they are damaged. Ask the administrator to run ${isolate("./setup.sh")}.`,

  // Of syntheses.
  nothingToSpeak: () =>
    "This voice doesn't know any of the letters in this text. Enter a text in the language it was trained on.",

  // Of downloads, and of whatever else asks the Hub.
  hubOffline: () =>
    "The connection to Hugging Face is switched off on this server. Ask the administrator to switch it on.",
  hubTokenRefused: () =>
    "Hugging Face doesn't accept the token: it is wrong, expired or revoked. Save a new one in the settings.",
  repoNotFound: ({ repo }) =>
    `The model ${isolate(repo)} was not found on Hugging Face, or it is private. Check its name, or save a token that has access to it.`,
  revisionNotFound: ({ repo, revision }) =>
    `The model ${isolate(repo)} has no version named ${isolate(revision)}. Choose another version.`,
  repoFileNotFound: ({ repo, path }) =>
    `This version of the model ${isolate(repo)} has no file ${isolate(path)}. Choose the model's files again.`,
  repoGated: ({ repo }) =>
    `The model ${isolate(repo)} is gated. Accept its terms on Hugging Face with the account whose token you saved, then try again.`,
  hubForbidden: () =>
    "Your Hugging Face account is not allowed to do this. Save another token with the necessary access in the settings.",
  repoDisabled: ({ repo }) => `The model ${isolate(repo)} is disabled on Hugging Face. Choose another model.`,
  hubRateLimited: ({ seconds }, f) => `Too many requests to Hugging Face. Try again in ${f.duration(seconds)}.`,
  hubUnavailable: () => "Hugging Face has a problem. Try again in a moment.",
  hubUnreachable: () => "Hugging Face can't be reached. Check the server's internet connection.",
  hubProtocol: () =>
    "The answer from Hugging Face was not valid; it may have been changed on its way. Check the server's internet connection.",
  repoFileChanged: ({ path }) =>
    `The file ${isolate(path)} changed on Hugging Face during the download. Download the model again.`,
  repoFileDamaged: ({ path }) => `The file ${isolate(path)} arrived damaged. Try again.`,
};
