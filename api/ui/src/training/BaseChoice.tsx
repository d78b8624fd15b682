import type { Model } from "../models/models";
import { useLanguage } from "../i18n";
import { Choice } from "../ui/Choice";

/** The key of the option without a base model. */
const NO_BASE = "nothing";

export function BaseChoice({
  models,
  value,
  onChange,
}: {
  models: Model[];
  value: string | undefined;
  onChange: (id: string | undefined) => void;
}) {
  const { t } = useLanguage();
  const chosen = models.find(({ id }) => id === value);
  return (
    <div className="flex flex-col gap-1">
      <Choice
        label={t.training.base}
        name="base"
        value={value ?? NO_BASE}
        options={[
          { id: NO_BASE, name: t.training.baseNone },
          ...models.map(({ id, repoId }) => ({ id, name: repoId })),
        ]}
        onChange={(id) => onChange(id === NO_BASE ? undefined : id)}
      />
      <p className="text-[0.8rem] leading-5 text-muted">
        {chosen ? t.training.baseLicense(chosen.licence ?? t.models.licenseUnknown) : t.training.baseHint}
      </p>
    </div>
  );
}
