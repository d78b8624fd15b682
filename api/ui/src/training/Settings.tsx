import { Link } from "@tanstack/react-router";
import type { Schemas } from "../api/client";
import { useLanguage } from "../i18n";
import { Card, CardTitle, Facts } from "../ui/Surface";
import { networkName, type Training } from "./training";

const LINK = "text-accent-ink underline-offset-4 hover:underline";

export function Settings({ training }: { training: Training }) {
  const { t, f } = useLanguage();
  const { config } = training;
  return (
    <Card>
      <CardTitle>{t.training.settings}</CardTitle>
      <Facts
        facts={[
          [
            t.training.dataset,
            <Link key="dataset" to="/datasets/$id" params={{ id: training.datasetId }} className={LINK}>
              <bdi>{training.datasetName}</bdi>
            </Link>,
          ],
          [t.training.preset, networkName(training, t)],
          // Before there was a choice, characters were taught.
          [t.training.text, t.training.textModes[config.text ?? "characters"].name],
          config.baseVoice ? [t.training.baseVoice, <BaseVoiceLink key="voice" voice={config.baseVoice} />] : false,
          config.base ? [t.training.base, <BaseModelLink key="base" base={config.base} />] : false,
          [t.training.epochs, f.number(config.epochs)],
          [t.training.batchSize, f.number(config.batchSize)],
          // Without them, a step has one batch, and one segment of each clip.
          (config.accumulate ?? 1) !== 1 && [t.training.accumulate, f.number(config.accumulate ?? 1)],
          (config.segments ?? 1) !== 1 && [t.training.segments, f.number(config.segments ?? 1)],
          [t.training.learningRate, config.learningRate ? f.rate(config.learningRate) : t.training.default],
          training.divergences > 0 && [
            t.training.divergences,
            t.training.divergencesTold(f.number(training.divergences)),
          ],
          [t.training.seed, f.number(config.seed)],
          [t.training.checkpointEvery, config.checkpointEvery ? f.number(config.checkpointEvery) : t.training.default],
          [
            t.training.validationSplit,
            config.validationSplit ? f.number(config.validationSplit * 100, 1) : t.training.validationNone,
          ],
          config.earlyStopping ? [t.training.earlyStopping, f.number(config.earlyStopping)] : false,
          config.sampleRate ? [t.training.sampleRate, t.voices.hertz(f.number(config.sampleRate))] : false,
          config.precision !== "auto" && [t.training.precision, config.precision],
          training.attempts > 1 && [t.training.attempts, f.number(training.attempts)],
          [t.training.createdAt, f.dateTime(training.createdAt)],
          training.startedAt ? [t.training.startedAt, f.dateTime(training.startedAt)] : false,
          training.completedAt ? [t.training.completedAt, f.dateTime(training.completedAt)] : false,
        ]}
      />
    </Card>
  );
}

/** It may have been deleted since. */
function BaseVoiceLink({ voice: { voiceId, name } }: { voice: Schemas["BaseVoice"] }) {
  return (
    <Link to="/voices/$id" params={{ id: voiceId }} className={LINK}>
      <bdi>{name}</bdi>
    </Link>
  );
}

function BaseModelLink({ base: { repoId, licence } }: { base: Schemas["BaseModel"] }) {
  const { t } = useLanguage();
  return (
    <>
      <Link to="/models/hub/$" params={{ _splat: repoId }} className={LINK}>
        <bdi dir="ltr">{repoId}</bdi>
      </Link>{" "}
      (<bdi dir="ltr">{licence ?? t.models.licenseUnknown}</bdi>)
    </>
  );
}
