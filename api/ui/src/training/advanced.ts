import type { Schemas } from "../api/client";

/** The settings that a first training does well without. A number is NaN where its field is empty. */
export interface Advanced {
  learningRate: number;
  seed: number;
  checkpointEvery: number;
  validationSplit: number;
  earlyStopping: number;
  precision: Schemas["Precision"];
}

/** Those that are numbers, in the order of their fields. */
export const ADVANCED = ["learningRate", "seed", "checkpointEvery", "validationSplit", "earlyStopping"] as const;

/** As the form begins. */
export const UNCHANGED: Advanced = {
  learningRate: NaN,
  seed: 1,
  checkpointEvery: NaN,
  validationSplit: NaN,
  earlyStopping: NaN,
  precision: "auto",
};

/** What of them is asked for: the server has its own choice where a field is empty. */
export function given({ precision, ...numbers }: Advanced): Partial<Advanced> {
  const filled = Object.entries(numbers).filter(([, value]) => !Number.isNaN(value));
  return { ...Object.fromEntries(filled), ...(precision !== "auto" && { precision }) };
}
