import { useState } from "react";
import { type TextMode, useIsLanguageMissing } from "../text/analysis";
import { textModeOf } from "../voices/voices";
import type { Base } from "./base";

/** What the server teaches if a training doesn't say: what a base voice was taught, and characters with a model. */
export function defaultTextMode(base: Base | undefined, isLanguageMissing: boolean): TextMode {
  switch (base?.kind) {
    case "voice":
      return textModeOf(base.voice);
    case "model":
      return "characters";
    case undefined:
      return isLanguageMissing ? "characters" : "phonemes";
  }
}

/** What is taught: as the user chose, and until then what the server would choose. */
export function useTextMode(base: Base | undefined) {
  const isLanguageMissing = useIsLanguageMissing();
  const [chosen, choose] = useState<TextMode>();
  const fallback = defaultTextMode(base, isLanguageMissing);
  const mode = isLanguageMissing ? "characters" : (chosen ?? fallback);
  return {
    mode,
    isLanguageMissing,
    choose,
    /** Empty where the server would choose the same. */
    request: mode === fallback ? {} : { text: mode },
  };
}
