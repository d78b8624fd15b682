import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { NumberField } from "../ui/Field";
import { ProblemNotice } from "../ui/Notice";
import { Card, CardTitle } from "../ui/Surface";
import { FEWEST_DOWNLOADS, MOST_DOWNLOADS, useChangePreferences } from "./preferences";

export function DownloadsAtATime({ value }: { value: number }) {
  const { t } = useLanguage();
  const change = useChangePreferences();
  const [wanted, setWanted] = useState(value);
  const problem = change.error ? asProblem(change.error) : undefined;
  const wrong = problem?.fields.has("maxConcurrentDownloads") ? t.preferences.atATimeInvalid : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!Number.isNaN(wanted)) change.mutate({ maxConcurrentDownloads: wanted });
  }

  return (
    <Card>
      <CardTitle hint={t.preferences.downloadsHint}>{t.preferences.downloads}</CardTitle>
      <Form onSubmit={submit} aria-label={t.preferences.downloads} className="flex flex-col gap-3">
        <NumberField
          label={t.preferences.atATime}
          hint={t.preferences.atATimeHint}
          name="maxConcurrentDownloads"
          step={1}
          min={FEWEST_DOWNLOADS}
          max={MOST_DOWNLOADS}
          value={wanted}
          onChange={setWanted}
          error={wrong}
        />
        {problem && wrong === undefined && <ProblemNotice error={problem} />}
        <div className="flex flex-wrap items-center gap-3">
          <Button
            type="submit"
            variant="primary"
            isPending={change.isPending}
            isDisabled={Number.isNaN(wanted) || wanted === value}
          >
            {t.preferences.save}
          </Button>
          {change.isSuccess && wanted === value && (
            <span role="status" className="text-sm text-good">
              {t.preferences.saved}
            </span>
          )}
        </div>
      </Form>
    </Card>
  );
}
