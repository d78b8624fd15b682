import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { fieldErrors } from "../ui/fieldErrors";
import { ProblemNotice } from "../ui/Notice";
import { NumberField } from "../ui/NumberField";
import { Card, CardTitle } from "../ui/Surface";
import { LIMITS, MEGABYTE, MIN_SPEED, type Preferences, useChangePreferences } from "./preferences";

export function DownloadLimits({ preferences }: { preferences: Preferences }) {
  const { t, f } = useLanguage();
  const change = useChangePreferences();
  const [concurrent, setConcurrent] = useState<number | undefined>(preferences.maxConcurrentDownloads);
  const [megabytes, setMegabytes] = useState<number | undefined>(preferences.maxBytesPerSecond / MEGABYTE);
  const maxBytesPerSecond = megabytes === undefined ? undefined : Math.round(megabytes * MEGABYTE);
  const isSaved =
    concurrent === preferences.maxConcurrentDownloads && maxBytesPerSecond === preferences.maxBytesPerSecond;
  const isTooSlow = megabytes !== undefined && megabytes > 0 && megabytes < MIN_SPEED;
  const problem = change.error ? asProblem(change.error) : undefined;
  const errors = fieldErrors(problem, {
    maxConcurrentDownloads: t.problem.invalidField,
    maxBytesPerSecond: t.problem.invalidField,
  });

  /** A change removes the result of the last request, which was about other values. */
  function withReset<T>(set: (value: T) => void) {
    return (value: T) => {
      if (!change.isPending) change.reset();
      set(value);
    };
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (concurrent === undefined || maxBytesPerSecond === undefined) return;
    change.mutate({ maxConcurrentDownloads: concurrent, maxBytesPerSecond });
  }

  return (
    <Card>
      <CardTitle hint={t.preferences.downloadsHint}>{t.preferences.downloads}</CardTitle>
      <Form
        validationErrors={errors}
        onSubmit={submit}
        aria-label={t.preferences.downloads}
        className="flex flex-col gap-3"
      >
        <NumberField
          label={t.preferences.concurrent}
          hint={t.number.range(f.number(LIMITS.concurrent.min), f.number(LIMITS.concurrent.max))}
          name="maxConcurrentDownloads"
          step={1}
          limits={LIMITS.concurrent}
          value={concurrent}
          onChange={withReset(setConcurrent)}
        />
        <NumberField
          label={t.preferences.speed}
          hint={t.preferences.speedHint}
          name="maxBytesPerSecond"
          limits={LIMITS.speed}
          value={megabytes}
          onChange={withReset(setMegabytes)}
          error={isTooSlow ? t.preferences.speedTooLow(f.measure(MIN_SPEED)) : undefined}
        />
        {problem && Object.keys(errors).length === 0 && <ProblemNotice error={problem} />}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" variant="primary" isPending={change.isPending}>
            {t.preferences.save}
          </Button>
          {change.isSuccess && isSaved && (
            <span role="status" className="text-sm text-good">
              {t.preferences.saved}
            </span>
          )}
        </div>
      </Form>
    </Card>
  );
}
