import { useLanguage } from "../i18n";
import { useSentence } from "../messages/useSentence";
import type { TextMode } from "../text/analysis";
import { RadioCards } from "../ui/RadioCards";
import type { useTextMode } from "./textMode";

const MODES = ["phonemes", "characters"] as const satisfies TextMode[];

interface TextModeChoiceProps {
  value: Pick<ReturnType<typeof useTextMode>, "mode" | "isLanguageMissing">;
  onChange: (mode: TextMode) => void;
}

export function TextModeChoice({ value: { mode, isLanguageMissing }, onChange }: TextModeChoiceProps) {
  const { t } = useLanguage();
  const tell = useSentence();
  return (
    <RadioCards
      label={t.training.text}
      name="text"
      value={mode}
      options={MODES.map((id) => ({
        id,
        ...t.training.textModes[id],
        isDisabled: id === "phonemes" && isLanguageMissing,
      }))}
      onChange={onChange}
      note={isLanguageMissing ? tell({ code: "languageFilesMissing" }) : undefined}
      columns="sm:grid-cols-2"
    />
  );
}
