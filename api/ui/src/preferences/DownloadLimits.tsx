import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { NumberField } from "../ui/Field";
import { ProblemNotice } from "../ui/Notice";
import { Card, CardTitle } from "../ui/Surface";
import { FEWEST_DOWNLOADS, MEGABYTE, MOST_DOWNLOADS, type Preferences, useChangePreferences } from "./preferences";

/** How many models come at a time, and how fast. */
export function DownloadLimits({ preferences }: { preferences: Preferences }) {
  const { t } = useLanguage();
  const change = useChangePreferences();
  const [atATime, setAtATime] = useState(preferences.maxConcurrentDownloads);
  const [megabytes, setMegabytes] = useState(preferences.maxBytesPerSecond / MEGABYTE);
  const wanted = { maxConcurrentDownloads: atATime, maxBytesPerSecond: Math.round(megabytes * MEGABYTE) };
  const isWritten = !Number.isNaN(atATime) && !Number.isNaN(megabytes);
  const isSaved =
    wanted.maxConcurrentDownloads === preferences.maxConcurrentDownloads &&
    wanted.maxBytesPerSecond === preferences.maxBytesPerSecond;
  const problem = change.error ? asProblem(change.error) : undefined;
  const wrongAtATime = problem?.fields.has("maxConcurrentDownloads") ? t.preferences.concurrentInvalid : undefined;
  const wrongSpeed = problem?.fields.has("maxBytesPerSecond") ? t.preferences.speedInvalid : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isWritten) change.mutate(wanted);
  }

  return (
    <Card>
      <CardTitle hint={t.preferences.downloadsHint}>{t.preferences.downloads}</CardTitle>
      <Form onSubmit={submit} aria-label={t.preferences.downloads} className="flex flex-col gap-3">
        <NumberField
          label={t.preferences.concurrent}
          hint={t.preferences.concurrentHint}
          name="maxConcurrentDownloads"
          step={1}
          min={FEWEST_DOWNLOADS}
          max={MOST_DOWNLOADS}
          value={atATime}
          onChange={setAtATime}
          error={wrongAtATime}
        />
        <NumberField
          label={t.preferences.speed}
          hint={t.preferences.speedHint}
          name="maxBytesPerSecond"
          min={0}
          format={{ maximumFractionDigits: 3 }}
          value={megabytes}
          onChange={setMegabytes}
          error={wrongSpeed}
        />
        {problem && wrongAtATime === undefined && wrongSpeed === undefined && <ProblemNotice error={problem} />}
        <div className="flex flex-wrap items-center gap-3">
          {/* Not disabled while all is saved: a number that is being typed counts only when its field is left, for this button. */}
          <Button type="submit" variant="primary" isPending={change.isPending} isDisabled={!isWritten}>
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
