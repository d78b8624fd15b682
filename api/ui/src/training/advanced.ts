import type { Schemas } from "../api/client";
import type { Limits } from "../ui/numbers";

/** The server's limits. */
export const LIMITS = {
  epochs: { min: 1, max: 100_000, isWhole: true },
  batchSize: { min: 1, max: 256, isWhole: true },
  learningRate: { min: 1e-7, max: 0.01, isOptional: true },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER, isWhole: true, isOptional: true },
  checkpointEvery: { min: 1, max: 100_000, isWhole: true, isOptional: true },
  /** In percent. */
  validationSplit: { min: 0, max: 50, isOptional: true },
  earlyStopping: { min: 1, max: 1_000, isWhole: true, isOptional: true },
} as const satisfies Record<string, Limits>;

/** In the order of their fields. */
export const ADVANCED = ["learningRate", "seed", "checkpointEvery", "validationSplit", "earlyStopping"] as const;

export const NUMBERS = ["epochs", "batchSize", ...ADVANCED] as const;

export type AdvancedNumber = (typeof ADVANCED)[number];

/** The server has its own default for a field that is undefined. */
export type Advanced = Record<AdvancedNumber, number | undefined> & { precision: Schemas["Precision"] };

export const DEFAULT_ADVANCED: Advanced = {
  learningRate: undefined,
  seed: 1,
  checkpointEvery: undefined,
  validationSplit: undefined,
  earlyStopping: undefined,
  precision: "auto",
};

/** Without the fields that are empty or have the server's default. */
export function toRequest({ precision, validationSplit, ...numbers }: Advanced): Partial<Schemas["NewTraining"]> {
  const filled = Object.entries(numbers).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(filled),
    ...(validationSplit !== undefined && { validationSplit: validationSplit / 100 }),
    ...(precision !== "auto" && { precision }),
  };
}
