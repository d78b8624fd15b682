import { isolate, isolateAll } from "../isolate";
import { type LogMessage, type MessagesOf, sentence } from "../message";
import { count } from "./count";
import { exclusions } from "./exclusions";

export const log: MessagesOf<LogMessage> = {
  device: ({ gpu, threads, precision }, f) =>
    gpu == null
      ? `Training runs on the CPU with ${count(threads, "thread", f)}, in ${isolate(precision)}.`
      : `Training runs on the GPU ${isolate(gpu)}, in ${isolate(precision)}.`,
  prepared: ({ trainingClips, validationClips, checkpointBytes, maxCheckpoints }, f) =>
    `There are ${count(trainingClips, "clip", f)} for training and ${count(validationClips, "clip", f)} for validation. A checkpoint takes at most ${f.bytes(checkpointBytes)}, and at most ${count(maxCheckpoints, "checkpoint", f)} are kept.`,
  clipExcluded: ({ clip, exclusion }, f) => {
    const reason = sentence(exclusions, exclusion, f);
    const told = `The clip “${isolate(clip)}” was excluded.`;
    return reason === undefined ? told : `${told} ${reason}`;
  },
  moreClipsExcluded: ({ count: clips }, f) => `Also excluded: ${count(clips, "more clip", f)}.`,
  baseModelLoaded: ({ generatorTensors, discriminatorTensors, characters }, f) =>
    `Training starts with the weights of the base model: ${count(generatorTensors, "tensor", f)} of the generator and ${count(discriminatorTensors, "tensor", f)} of the discriminators. The base model knew ${count(characters, "letter", f)} of the texts.`,
  newCharacters: ({ characters }) =>
    `The base model didn't know these letters, and the voice learns them from scratch: ${isolateAll(characters, ", ")}.`,
  tensorsInitialized: ({ count: tensors }, f) =>
    `Trained from scratch, as the base model lacks them or has them in another size: ${count(tensors, "tensor", f)}.`,
  tensorsUnused: ({ count: tensors }, f) =>
    `Not used, as this network has no place for them: ${count(tensors, "tensor", f)} of the base model.`,
  resumed: ({ step }, f) => `Training resumed from the checkpoint at step ${f.number(step)}.`,
  continued: ({ step }, f) =>
    `Training continues from the earlier training run's checkpoint at step ${f.number(step)}.`,
  wentBack: ({ step, checkpointStep, learningRate }, f) => {
    const from = checkpointStep == null ? "the start" : `the checkpoint at step ${f.number(checkpointStep)}`;
    return `Training diverged at step ${f.number(step)}. It continues from ${from} at half the learning rate: ${isolate(f.rate(learningRate))}.`;
  },
  checkpointTorn: ({ step }, f) => `The checkpoint at step ${f.number(step)} is damaged and was passed over.`,
  checkpointReplaced: ({ step, newerStep }, f) =>
    `The checkpoint at step ${f.number(step)} was not stored in time; the one at step ${f.number(newerStep)} takes its place.`,
  checkpointFailed: ({ step }, f) =>
    `The checkpoint at step ${f.number(step)} could not be written to the disk. Training continues; check the disk space of the server.`,
  checkpointNotStored: ({ step }, f) =>
    `The checkpoint at step ${f.number(step)} is not stored yet. Training continues, and the server tries again.`,
  sampleFailed: ({ clip }) => `The sample for the clip “${isolate(clip)}” could not be made. Training continues.`,
  stoppedEarly: ({ step, evaluations }, f) =>
    `Training ended early at step ${f.number(step)}, because the speech came no nearer to the recordings in the last ${count(evaluations, "evaluation", f)}.`,
  eventFilesEnded: () => "The files for TensorBoard end here. Training continues, and so do the curves on this page.",
};
