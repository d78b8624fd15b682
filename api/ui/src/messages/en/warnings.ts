import type { Format } from "../../i18n/format";
import type { MessagesOf, TrainingWarning } from "../message";
import { count } from "./count";

function remedy(intelligibleSteps: number, epochs: number | null | undefined, f: Format): string {
  const from = `The voice can be understood from about ${count(intelligibleSteps, "step", f)} on`;
  return epochs == null
    ? `${from}. This dataset is too small for that; choose a larger one.`
    : `${from}: ${count(epochs, "epoch", f)}.`;
}

export const warnings: MessagesOf<TrainingWarning> = {
  onlyHums: ({ steps, intelligibleSteps, epochs }, f) =>
    `With ${count(steps, "step", f)}, the voice only hums, and no word can be understood. ${remedy(intelligibleSteps, epochs, f)}`,
  hardlyIntelligible: ({ steps, intelligibleSteps, epochs }, f) =>
    `With ${count(steps, "step", f)}, only some words can be understood. ${remedy(intelligibleSteps, epochs, f)}`,
};
