import { ToggleButton } from "react-aria-components";
import { useLanguage } from "../i18n";
import { CURVE_NAMES, type CurveName } from "./curve";

interface CurveTogglesProps {
  shown: ReadonlySet<CurveName>;
  onChange: (shown: ReadonlySet<CurveName>) => void;
  valueOf: (name: CurveName) => string;
}

export function CurveToggles({ shown, onChange, valueOf }: CurveTogglesProps) {
  const { t } = useLanguage();

  function toggle(name: CurveName, on: boolean) {
    const next = new Set(shown);
    if (on) next.add(name);
    else next.delete(name);
    onChange(next);
  }

  return (
    <ul className="mb-3 flex flex-wrap gap-2">
      {CURVE_NAMES.map((name) => (
        <li key={name}>
          <ToggleButton
            isSelected={shown.has(name)}
            onChange={(on) => toggle(name, on)}
            className="flex min-h-9 items-center gap-1.5 rounded-full border border-line px-2.5 text-[0.8rem] text-muted transition-colors hover:border-line-strong data-selected:border-transparent data-selected:bg-sunken data-selected:text-ink"
          >
            <span
              className="h-1 w-4 rounded-full"
              style={{ background: shown.has(name) ? `var(--loss-${name})` : "var(--line-strong)" }}
            />
            {t.training.loss[name]}
            <span className="min-w-8 text-end font-semibold">{valueOf(name)}</span>
          </ToggleButton>
        </li>
      ))}
    </ul>
  );
}
