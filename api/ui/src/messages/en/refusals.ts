import type { components } from "../../api/schema";
import { isolate, isolateAll } from "../isolate";
import { type Failure, type Messages, type Refusal, sentence } from "../message";

const KINDS: Partial<Record<string, string>> = {
  training: "training run",
  dataset: "dataset check",
  synthesis: "speech generation",
  download: "download",
};
const STATES: Partial<Record<components["schemas"]["JobState"], string>> = {
  queued: "is queued",
  running: "is running",
  paused: "is paused",
  completed: "is completed",
  cancelled: "was canceled",
};
const NOT_READY: Partial<Record<components["schemas"]["DatasetState"], string>> = {
  preparing: "is still being prepared. Wait until it has been checked.",
  failed: "was not accepted. Choose another dataset.",
  cancelled: "is not ready, because its preparation was stopped. Choose another dataset.",
};

const job = (kind: string) => KINDS[kind] ?? "job";

/** What the state of things does not allow; codes that failures have too are told there. */
export const refusals: Pick<Messages, Exclude<Refusal["code"], Failure["code"]>> = {
  datasetNotReady: ({ name, status }) =>
    `The dataset “${isolate(name)}” ${NOT_READY[status] ?? "is not ready yet. Try again in a moment."}`,
  sampleDataset: () => "The sample dataset is for all users and can't be deleted.",
  shippedVoice: () => "The voice that ships with Avagar is for all users and can't be deleted.",
  datasetInUse: () => "A training run uses or has used this dataset. Delete that run first.",
  trainingNotEnded: () => "This training run has not ended yet. Cancel it first.",
  noCheckpoint: () => "This training run has kept no checkpoint to continue from. Start a new training run.",
  checkpointInUse: () => "Another training run begins from a checkpoint of this one. Cancel that run first.",
  voiceInUse: () => "A training run begins from this voice. Cancel that run first.",
  downloadInProgress: () =>
    "The same version is being downloaded with other files. Wait until that is complete, or cancel that download first.",
  modelInUse: () => "A training run is using this model. Cancel that run first.",
  modelNotOurs: () => "Another program installed this model, and only an administrator can delete it.",
  tokenUnreadable: () => "The saved Hugging Face token can't be read any more. Save it again in the settings.",
  idempotencyKeyReused: () => "This request conflicts with another one. Reload the page and try again.",
  registrationClosed: () => "Registration is closed on this server. Ask the administrator for an account.",
  emailTaken: () => "An account with this email already exists. Sign in, or enter another email.",
  retentionRunning: () => "The server is deleting old data right now. Try again in a moment.",

  notFailed: ({ kind, status }) =>
    `Only failed jobs can be tried again; this ${job(kind)} ${STATES[status] ?? "has not failed"}.`,
  notPausable: ({ kind }) => `This ${job(kind)} can't be paused.`,
  ended: ({ kind }) => `This ${job(kind)} has ended and can't be changed any more.`,

  datasetNotFound: () => "This dataset was not found; it may have been deleted. Choose another dataset.",
  modelNotFound: () => "This model is not installed; it may have been deleted. Choose another model.",
  voiceNotFound: () => "This voice was not found; it may have been deleted. Choose another voice.",
  checkpointNotFound: () => "This checkpoint was not found; it may have been deleted. Choose another checkpoint.",
  tooManyEpochs: ({ done, max }, f) =>
    `A training run may have ${f.number(max)} epochs in all, and this one has had ${f.number(done)}. Enter a smaller number.`,
  modelNotTrainable: ({ repo, because }, f) => {
    const reason = sentence(refusals, because, f) ?? "Choose another model.";
    return `Training can't start from the model ${isolate(repo)}. ${reason}`;
  },

  notOneWord: () => "This is not one Persian word. Enter a single word, without spaces and digits.",
  notPhonemes: () => "A character in this pronunciation is no phoneme symbol. Use only the symbols of the list.",
  noPhonemes: () => "This pronunciation has no phonemes. Enter at least one symbol.",
  dictionaryFull: ({ max }, f) => `Your dictionary is full: it holds ${f.number(max)} words. Remove a word first.`,

  unknownSpeaker: ({ speakers }) =>
    speakers?.length === 0
      ? "This voice has only one speaker. Reload the page and try again without choosing a speaker."
      : `This voice has no such speaker. Choose one of these: ${isolateAll(speakers, ", ")}.`,

  otherArchitecture: ({ architecture }) =>
    `The architecture of this model is ${isolate(architecture)}, and training can only start from VITS models. Choose another model.`,
  unknownArchitecture: () => "The architecture of this model is not known. Choose another model.",
  pickledWeights: () =>
    "The weights of this model are stored in an unsafe format, which is never opened. Choose a model with safetensors files.",
  filesMissing: ({ files }) =>
    `This model lacks files that training needs: ${isolateAll(files, ", ")}. Download them too, or choose another model.`,
};
