import type { Schemas } from "../api/client";
import { limits } from "../api/limits";
import { type Limits, numberFault } from "../ui/numbers";

const { validationSplit } = limits.NewTraining;

/** The server's limits. */
export const LIMITS = {
  ...limits.NewTraining,
  /** In percent. */
  validationSplit: { min: 100 * validationSplit.min, max: 100 * validationSplit.max, isOptional: true },
} as const satisfies Record<AdvancedNumber | "epochs" | "batchSize", Limits> & Record<string, unknown>;

/** In the order of their fields. */
export const ADVANCED = [
  "learningRate",
  "seed",
  "accumulate",
  "segments",
  "checkpointEvery",
  "validationSplit",
  "earlyStopping",
] as const;

export const NUMBERS = ["epochs", "batchSize", ...ADVANCED] as const;

/** To choose from, in hertz. */
export const SAMPLE_RATES = [16_000, 22_050, 24_000, 44_100] as const;

export type AdvancedNumber = (typeof ADVANCED)[number];

/** The server has its own default for a field that is undefined. */
export type Advanced = Record<AdvancedNumber | "sampleRate", number | undefined> & { precision: Schemas["Precision"] };

export const DEFAULT_ADVANCED: Advanced = {
  learningRate: undefined,
  seed: 1,
  accumulate: undefined,
  segments: undefined,
  checkpointEvery: undefined,
  validationSplit: undefined,
  earlyStopping: undefined,
  sampleRate: undefined,
  precision: "auto",
};

/** Early stopping evaluates the voice on clips that it doesn't learn from. */
export function lacksValidation({ earlyStopping, validationSplit }: Advanced): boolean {
  return earlyStopping !== undefined && validationSplit === 0;
}

export function isValidAdvanced(value: Advanced): boolean {
  return !lacksValidation(value) && ADVANCED.every((name) => numberFault(value[name], LIMITS[name]) === undefined);
}

/** Without the fields that are empty or have the server's default. */
export function toRequest({ precision, validationSplit, ...numbers }: Advanced): Partial<Schemas["NewTraining"]> {
  const filled = Object.entries(numbers).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(filled),
    ...(validationSplit !== undefined && { validationSplit: validationSplit / 100 }),
    ...(precision !== "auto" && { precision }),
  };
}
