import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { type Schemas } from "../api/client";
import { newKey } from "../api/idempotency";
import { asProblem } from "../api/problem";
import { type Dataset, datasetsQuery } from "../datasets/datasets";
import { type Model, modelsQuery } from "../models/models";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { Disclosure } from "../ui/Disclosure";
import { fieldErrors } from "../ui/fieldErrors";
import { Loading } from "../ui/List";
import { ProblemNotice } from "../ui/Notice";
import { NumberField } from "../ui/NumberField";
import { numberError } from "../ui/numbers";
import { Card, PageHeader } from "../ui/Surface";
import { AdvancedFields } from "./AdvancedFields";
import { ADVANCED, DEFAULT_ADVANCED, LIMITS, NUMBERS, toRequest } from "./advanced";
import { BaseChoice } from "./BaseChoice";
import { DatasetChoice } from "./DatasetChoice";
import { PresetChoice } from "./PresetChoice";
import { useStartTraining } from "./training";

type NewTraining = Schemas["NewTraining"];

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
  const { t, f } = useLanguage();
  const navigate = useNavigate();
  const search = useSearch({ from: "/shell/training/new" });
  const start = useStartTraining();
  const [key, setKey] = useState(newKey);
  const [datasetId, setDatasetId] = useState(
    () =>
      (datasets.find(({ id }) => id === search.dataset) ?? datasets.find(({ sample }) => sample) ?? datasets[0])?.id,
  );
  const [baseModelId, setBaseModelId] = useState(() => models.find(({ id }) => id === search.base)?.id);
  const [preset, setPreset] = useState<Schemas["Preset"]>("tiny");
  const [epochs, setEpochs] = useState<number | undefined>(DEFAULTS.epochs);
  const [batchSize, setBatchSize] = useState<number | undefined>(DEFAULTS.batchSize);
  const [advanced, setAdvanced] = useState(DEFAULT_ADVANCED);
  const [isExpanded, setExpanded] = useState(false);

  const problem = start.error ? asProblem(start.error) : undefined;
  const lacksValidation = advanced.earlyStopping !== undefined && advanced.validationSplit === 0;
  const errors = fieldErrors(problem, {
    datasetId: t.training.datasetUnavailable,
    ...Object.fromEntries(NUMBERS.map((name) => [name, t.problem.invalidField])),
  });
  const isAdvancedInvalid =
    lacksValidation ||
    ADVANCED.some((name) => numberError(advanced[name], LIMITS[name], t, f) !== undefined || name in errors);

  /** An error is about the values that were sent, so a change removes it. */
  function withReset<T>(set: (value: T) => void) {
    return (value: T) => {
      if (start.isError) start.reset();
      set(value);
    };
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (epochs === undefined || batchSize === undefined) return;
    const body: NewTraining = {
      modelType: "tts",
      epochs,
      batchSize,
      // A base model has its own network.
      ...(baseModelId === undefined ? { preset } : { baseModelId }),
      ...(datasetId !== undefined && { datasetId }),
      ...toRequest(advanced),
    };
    start.mutate(
      { key, body },
      {
        onSuccess: ({ id }) => void navigate({ to: "/training/$id", params: { id } }),
        // A corrected request is a new one. A request without a response may have arrived, so its repetition keeps
        // its key.
        onError: (error) => {
          if (asProblem(error).status !== 0) setKey(newKey());
        },
      },
    );
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
        <Disclosure
          title={t.training.advanced}
          isExpanded={isExpanded || isAdvancedInvalid}
          onExpandedChange={setExpanded}
          className="border-t border-line pt-4"
        >
          <div className="grid gap-4 pt-3 sm:grid-cols-2">
            <AdvancedFields
              value={advanced}
              onChange={withReset(setAdvanced)}
              earlyStoppingError={lacksValidation ? t.training.earlyStoppingNeedsValidation : undefined}
            />
          </div>
        </Disclosure>
      </Card>
      {problem && Object.keys(errors).length === 0 && <ProblemNotice error={problem} />}
      <div>
        <Button type="submit" variant="primary" isPending={start.isPending} className="w-full px-8 sm:w-auto">
          {t.training.start}
        </Button>
      </div>
    </Form>
  );
}
