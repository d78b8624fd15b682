import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import type { Schemas } from "../api/client";
import { type Dataset, datasetsQuery } from "../datasets/datasets";
import { type Model, modelsQuery } from "../models/models";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { Loading } from "../ui/List";
import { ProblemNotice } from "../ui/Notice";
import { NumberField } from "../ui/NumberField";
import { Card, PageHeader } from "../ui/Surface";
import { AdvancedSection } from "./AdvancedSection";
import { DEFAULT_ADVANCED, LIMITS, toRequest } from "./advanced";
import { BaseChoice } from "./BaseChoice";
import { DatasetChoice } from "./DatasetChoice";
import { PresetChoice } from "./PresetChoice";
import { TextModeChoice } from "./TextModeChoice";
import { useTextMode } from "./textMode";
import { useStart } from "./useStart";

/** Enough for a first voice within minutes on a laptop. */
const DEFAULTS = { epochs: 5, batchSize: 4 };

export function NewTrainingPage() {
  const { t } = useLanguage();
  const datasets = useInfiniteQuery(datasetsQuery);
  const models = useQuery(modelsQuery);
  const error = datasets.error ?? models.error;
  const retry = () => void Promise.all([datasets.refetch(), models.refetch()]);
  return (
    <>
      <PageHeader title={t.training.start} hint={t.training.startHint} />
      {!error && (datasets.isPending || models.isPending) && <Loading />}
      {error && <ProblemNotice error={error} onRetry={retry} />}
      {datasets.data && models.data && (
        <NewTrainingForm
          datasets={datasets.data.filter(({ status }) => status === "ready")}
          models={models.data.filter(({ trainable }) => trainable)}
        />
      )}
    </>
  );
}

function NewTrainingForm({ datasets, models }: { datasets: Dataset[]; models: Model[] }) {
  const { t } = useLanguage();
  const search = useSearch({ from: "/shell/training/new" });
  const { start, isPending, problem, errors, reset } = useStart();
  const [datasetId, setDatasetId] = useState(() => defaultDataset(datasets, search.dataset)?.id);
  const [baseModelId, setBaseModelId] = useState(() => models.find(({ id }) => id === search.base)?.id);
  const [preset, setPreset] = useState<Schemas["Preset"]>("tiny");
  const text = useTextMode(baseModelId !== undefined);
  const [epochs, setEpochs] = useState<number | undefined>(DEFAULTS.epochs);
  const [batchSize, setBatchSize] = useState<number | undefined>(DEFAULTS.batchSize);
  const [advanced, setAdvanced] = useState(DEFAULT_ADVANCED);

  /** An error is about the values that were sent, so a change removes it. */
  function withReset<T>(set: (value: T) => void) {
    return (value: T) => {
      if (problem) reset();
      set(value);
    };
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (epochs === undefined || batchSize === undefined) return;
    start({
      modelType: "tts",
      epochs,
      batchSize,
      // A base model has its own network.
      ...(baseModelId === undefined ? { preset } : { baseModelId }),
      ...(datasetId !== undefined && { datasetId }),
      ...text.request,
      ...toRequest(advanced),
    });
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
        {models.length > 0 && <BaseChoice models={models} value={baseModelId} onChange={setBaseModelId} />}
        {baseModelId === undefined && <PresetChoice value={preset} onChange={setPreset} />}
        <TextModeChoice value={text} onChange={withReset(text.choose)} />
        <div className="grid gap-4 sm:grid-cols-2">
          <NumberField
            label={t.training.epochs}
            hint={t.training.epochsHint}
            name="epochs"
            step={1}
            value={epochs}
            onChange={withReset(setEpochs)}
            limits={LIMITS.epochs}
          />
          <NumberField
            label={t.training.batchSize}
            hint={t.training.batchSizeHint}
            name="batchSize"
            step={1}
            value={batchSize}
            onChange={withReset(setBatchSize)}
            limits={LIMITS.batchSize}
          />
        </div>
        <AdvancedSection value={advanced} onChange={withReset(setAdvanced)} errors={errors} />
      </Card>
      {problem && Object.keys(errors).length === 0 && <ProblemNotice error={problem} />}
      <div>
        <Button type="submit" variant="primary" isPending={isPending} className="w-full px-8 sm:w-auto">
          {t.training.start}
        </Button>
      </div>
    </Form>
  );
}

function defaultDataset(datasets: Dataset[], requested: string | undefined): Dataset | undefined {
  return datasets.find(({ id }) => id === requested) ?? datasets.find(({ sample }) => sample) ?? datasets[0];
}
