import { useInfiniteQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { type FormEvent, type Ref, useRef, useState } from "react";
import { Form } from "react-aria-components";
import type { Schemas } from "../api/client";
import { type Dataset, datasetsQuery } from "../datasets/datasets";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { Loading } from "../ui/List";
import { ProblemNotice } from "../ui/Notice";
import { NumberField } from "../ui/NumberField";
import { Card, PageHeader } from "../ui/Surface";
import { AdvancedSection } from "./AdvancedSection";
import { DEFAULT_ADVANCED, LIMITS, NUMBERS } from "./advanced";
import { BaseChoice } from "./BaseChoice";
import { type Bases, chosenBase, useBases } from "./base";
import { DatasetChoice } from "./DatasetChoice";
import { ForecastCard } from "./ForecastCard";
import { toNewTrainingRequest } from "./newTraining";
import { PresetChoice } from "./PresetChoice";
import { TextModeChoice } from "./TextModeChoice";
import { useTextMode } from "./textMode";
import { useStartTraining } from "./training";
import { useStart } from "./useStart";

/** From the shipped voice, enough for a first voice within minutes on a laptop. */
const DEFAULTS = { epochs: 5, batchSize: 4 };
/** Of the values that the server may refuse. */
const FIELDS = ["datasetId", "baseModelId", "baseVoiceId", ...NUMBERS];

export function NewTrainingPage() {
  const { t } = useLanguage();
  const search = useSearch({ from: "/shell/training/new" });
  const datasets = useInfiniteQuery(datasetsQuery);
  const bases = useBases(search.voice);
  const error = datasets.error ?? bases.error;
  const retry = () => void Promise.all([datasets.refetch(), bases.refetch()]);
  return (
    <>
      <PageHeader title={t.training.start} hint={t.training.startHint} />
      {error && <ProblemNotice error={error} onRetry={retry} />}
      {datasets.data && bases.data ? (
        <NewTrainingForm datasets={datasets.data.filter(({ status }) => status === "ready")} bases={bases.data} />
      ) : (
        !error && <Loading />
      )}
    </>
  );
}

function NewTrainingForm({ datasets, bases }: { datasets: Dataset[]; bases: Bases }) {
  const { t } = useLanguage();
  const search = useSearch({ from: "/shell/training/new" });
  const { start, isPending, problem, errors, withReset } = useStart(useStartTraining(), FIELDS);
  const [datasetId, setDatasetId] = useState(() => defaultDataset(datasets, search.dataset)?.id);
  const [baseId, setBaseId] = useState<string | null | undefined>(search.voice ?? search.base);
  const base = chosenBase(bases, baseId);
  const [preset, setPreset] = useState<Schemas["Preset"]>("tiny");
  const text = useTextMode(base);
  const [epochs, setEpochs] = useState<number | undefined>(DEFAULTS.epochs);
  const [batchSize, setBatchSize] = useState<number | undefined>(DEFAULTS.batchSize);
  const [advanced, setAdvanced] = useState(DEFAULT_ADVANCED);
  const epochsInput = useRef<HTMLInputElement>(null);
  const request = toNewTrainingRequest({ datasetId, base, preset, text: text.request, epochs, batchSize, advanced });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (request) start(request);
  }

  function takeAdvice(epochs: number) {
    setEpochs(epochs);
    // The button goes with the warning.
    epochsInput.current?.focus();
  }

  return (
    <Form
      validationErrors={errors}
      onSubmit={submit}
      aria-label={t.training.start}
      className="flex max-w-2xl flex-col gap-4"
    >
      <Card className="flex flex-col gap-6">
        <DatasetChoice datasets={datasets} value={datasetId} onChange={withReset(setDatasetId)} />
        {(bases.shipped || bases.voices.length > 0 || bases.models.length > 0) && (
          <BaseChoice bases={bases} value={base} onChange={withReset(setBaseId)} />
        )}
        {base === undefined && <PresetChoice value={preset} onChange={setPreset} />}
        <TextModeChoice value={text} onChange={withReset(text.choose)} />
        <NumberFields
          epochs={epochs}
          batchSize={batchSize}
          onEpochsChange={withReset(setEpochs)}
          onBatchSizeChange={withReset(setBatchSize)}
          epochsInput={epochsInput}
        />
        <AdvancedSection value={advanced} onChange={withReset(setAdvanced)} errors={errors} />
      </Card>
      <ForecastCard request={request} onAdvice={takeAdvice} />
      {problem && Object.keys(errors).length === 0 && <ProblemNotice error={problem} />}
      <div>
        <Button type="submit" variant="primary" isPending={isPending} className="w-full px-8 sm:w-auto">
          {t.training.start}
        </Button>
      </div>
    </Form>
  );
}

interface NumberFieldsProps {
  epochs: number | undefined;
  batchSize: number | undefined;
  onEpochsChange: (epochs: number | undefined) => void;
  onBatchSizeChange: (batchSize: number | undefined) => void;
  epochsInput: Ref<HTMLInputElement>;
}

function NumberFields({ epochs, batchSize, onEpochsChange, onBatchSizeChange, epochsInput }: NumberFieldsProps) {
  const { t } = useLanguage();
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <NumberField
        label={t.training.epochs}
        hint={t.training.epochsHint}
        name="epochs"
        step={1}
        value={epochs}
        onChange={onEpochsChange}
        inputRef={epochsInput}
        limits={LIMITS.epochs}
      />
      <NumberField
        label={t.training.batchSize}
        hint={t.training.batchSizeHint}
        name="batchSize"
        step={1}
        value={batchSize}
        onChange={onBatchSizeChange}
        limits={LIMITS.batchSize}
      />
    </div>
  );
}

function defaultDataset(datasets: Dataset[], requested: string | undefined): Dataset | undefined {
  return datasets.find(({ id }) => id === requested) ?? datasets.find(({ sample }) => sample) ?? datasets[0];
}
