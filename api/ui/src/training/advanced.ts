import type { Schemas } from "../api/client";
import { limits } from "../api/limits";
import type { Limits } from "../ui/numbers";

const { validationSplit } = limits.NewTraining;

/** The server's limits. */
export const LIMITS = {
  ...limits.NewTraining,
  /** In percent. */
  validationSplit: { min: 100 * validationSplit.min, max: 100 * validationSplit.max, isOptional: true },
} as const satisfies Record<AdvancedNumber | "epochs" | "batchSize", Limits> & Record<string, unknown>;

/** The numbers that a first training does well without, in the order of their fields. */
export const ADVANCED = ["learningRate", "seed", "checkpointEvery", "validationSplit", "earlyStopping"] as const;

/** All numbers of the form. */
export const NUMBERS = ["epochs", "batchSize", ...ADVANCED] as const;

export type AdvancedNumber = (typeof ADVANCED)[number];

/** The settings that a first training does well without: the server has its own choice where a field is empty. */
export type Advanced = Record<AdvancedNumber, number | undefined> & { precision: Schemas["Precision"] };

/** As the form begins. */
export const UNCHANGED: Advanced = {
  learningRate: undefined,
  seed: 1,
  checkpointEvery: undefined,
  validationSplit: undefined,
  earlyStopping: undefined,
  precision: "auto",
};

/** What of them is asked for. */
export function given({ precision, validationSplit, ...numbers }: Advanced): Partial<Schemas["NewTraining"]> {
  const filled = Object.entries(numbers).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(filled),
    ...(validationSplit !== undefined && { validationSplit: validationSplit / 100 }),
    ...(precision !== "auto" && { precision }),
  };
}
