import { useState } from "react";
import { type TextMode, useIsLanguageMissing } from "../text/analysis";

/** What the server teaches if a training doesn't say: voices with a base know characters. */
export function defaultTextMode(hasBase: boolean, isLanguageMissing: boolean): TextMode {
  return hasBase || isLanguageMissing ? "characters" : "phonemes";
}

/** What is taught: as the user chose, and until then what the server would choose. */
export function useTextMode(hasBase: boolean) {
  const isLanguageMissing = useIsLanguageMissing();
  const [chosen, choose] = useState<TextMode>();
  const fallback = defaultTextMode(hasBase, isLanguageMissing);
  const mode = isLanguageMissing ? "characters" : (chosen ?? fallback);
  return {
    mode,
    isLanguageMissing,
    choose,
    /** Empty where the server would choose the same. */
    request: mode === fallback ? {} : { text: mode },
  };
}
