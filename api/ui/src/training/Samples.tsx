import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { Disclosure } from "../ui/Disclosure";
import { Notice, ProblemNotice } from "../ui/Notice";
import { Card, CardTitle } from "../ui/Surface";
import { Player } from "../voices/Player";
import { ContinueTraining } from "./ContinueTraining";
import {
  adviceOf,
  type Evaluation,
  evaluationsQuery,
  intelligibilityOf,
  intelligibilityText,
  type Nearness,
  nearnessOf,
  nearnessText,
  type Recognition,
  type Sample,
  samplesQuery,
  spokenText,
  wrongLettersText,
} from "./evaluations";
import { hasEnded, type Training } from "./training";

/** The sentences synthesized during the training, the newest first. */
export function Samples({ training }: { training: Training }) {
  const { t } = useLanguage();
  const samples = useInfiniteQuery(samplesQuery(training.id));
  const evaluations = useQuery(evaluationsQuery(training.id));
  const error = samples.error ?? evaluations.error;
  const retry = () => void Promise.all([samples.refetch(), evaluations.refetch()]);
  if (error) return <ProblemNotice error={error} onRetry={retry} />;
  if (!samples.data?.length) return null;
  const nearness = nearnessOf(evaluations.data ?? []);
  return (
    <Card>
      <CardTitle hint={t.training.samplesHint}>{t.training.samples}</CardTitle>
      {nearness && <NearnessSummary nearness={nearness} training={training} />}
      <div className="flex flex-col gap-5">
        {samples.data.map(({ step, samples }) => (
          <StepSamples
            key={step}
            step={step}
            samples={samples}
            evaluation={evaluations.data?.find((evaluation) => evaluation.step === step)}
          />
        ))}
      </div>
      {samples.hasNextPage && (
        <Button className="mt-4" isPending={samples.isFetchingNextPage} onPress={() => void samples.fetchNextPage()}>
          {t.training.samplesEarlier}
        </Button>
      )}
    </Card>
  );
}

function NearnessSummary({ nearness, training }: { nearness: Nearness; training: Training }) {
  const { t, f } = useLanguage();
  const { recognition } = nearness.newest.spoken;
  return (
    <div className="mb-5 flex flex-col gap-3">
      {recognition && <IntelligibilitySummary recognition={recognition} />}
      <div>
        <p className="font-medium">{nearnessText(nearness, t, f)}</p>
        <p className="text-sm text-muted">{t.training.nearness.hint}</p>
      </div>
      <NextStep nearness={nearness} training={training} />
    </div>
  );
}

function IntelligibilitySummary({ recognition }: { recognition: Recognition }) {
  const { t, f } = useLanguage();
  const { hint, unknownHint } = t.training.intelligibility;
  return (
    <div>
      <p className="font-medium">
        {intelligibilityText(recognition, t)}{" "}
        <span className="text-sm font-normal text-muted">({wrongLettersText(recognition, t, f)})</span>
      </p>
      <p className="text-sm text-muted">{intelligibilityOf(recognition) === "unknown" ? unknownHint : hint}</p>
    </div>
  );
}

function NextStep({ nearness, training }: { nearness: Nearness; training: Training }) {
  const { t, f } = useLanguage();
  const { stalled, stalledHint } = t.training.nearness;
  const { unclear, continueHint, continueLaterHint } = t.training.intelligibility;
  // Why it failed, and what its warnings are about, has to be seen to first.
  const isRemedyTold = training.status === "failed" || training.warnings.length > 0;
  const advice = adviceOf(nearness, { hasEnded: hasEnded(training.status), isRemedyTold });
  switch (advice?.kind) {
    case "continue":
      return (
        <Notice tone="calm" title={unclear} aside={<ContinueTraining training={training} />}>
          {continueHint}
        </Notice>
      );
    case "continueLater":
    case "listen":
      return (
        <Notice tone="calm" title={stalled(f.number(advice.stalledFor))}>
          {advice.kind === "listen" ? stalledHint : continueLaterHint}
        </Notice>
      );
    case undefined:
      return null;
  }
}

function StepSamples(props: { step: number; samples: Sample[]; evaluation: Evaluation | undefined }) {
  const { t, f } = useLanguage();
  const { step, samples, evaluation } = props;
  const name = step === 0 ? t.training.samplesBefore : t.training.samplesAt(f.number(step));
  return (
    <section aria-label={name}>
      <h3 className="flex flex-wrap items-baseline justify-between gap-x-4 font-medium">
        {name}
        {evaluation && (
          <span className="text-[0.8rem] font-normal text-muted">
            {evaluation.spoken
              ? spokenText(evaluation.spoken, t, f)
              : t.training.validationLoss(f.measure(evaluation.losses.mel))}
          </span>
        )}
      </h3>
      <ul className="flex flex-col">
        {samples.map((sample) => (
          <li key={sample.id} className="border-t border-line py-3 first:border-0">
            <p dir="auto" lang="fa">
              {sample.text}
            </p>
            <Player url={sample.audioUrl} label={sample.text} />
            <Disclosure title={t.training.plots}>
              <Plot url={sample.spectrogramUrl} caption={t.training.spectrogram} />
              <Plot url={sample.alignmentUrl} caption={t.training.alignment} />
            </Disclosure>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Time runs from left to right in every language. */
function Plot({ url, caption }: { url: string; caption: string }) {
  return (
    <figure className="mt-3">
      <div dir="ltr" className="overflow-x-auto rounded-lg" tabIndex={0} role="region" aria-label={caption}>
        <img src={url} alt={caption} loading="lazy" className="max-w-none" />
      </div>
      <figcaption className="mt-1 text-[0.8rem] text-muted">{caption}</figcaption>
    </figure>
  );
}
