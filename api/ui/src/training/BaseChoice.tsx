import type { Model } from "../models/models";
import { useLanguage } from "../i18n";
import { Choice } from "../ui/Choice";

/** Where the list offers to begin from nothing: a key that is no model's. */
const NO_BASE = "nothing";

/** The models that a training can begin from, or none of them. */
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
