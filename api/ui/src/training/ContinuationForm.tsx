import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { type Dataset, datasetQuery, datasetsQuery } from "../datasets/datasets";
import { useLanguage } from "../i18n";
import { isolate } from "../messages/isolate";
import { Button } from "../ui/Button";
import { Loading } from "../ui/List";
import { ProblemNotice } from "../ui/Notice";
import { NumberField } from "../ui/NumberField";
import { CheckpointChoice } from "./CheckpointChoice";
import {
  CONTINUATION_FIELDS,
  CONTINUATION_LIMITS,
  type Continuation,
  lastLearningRate,
  toContinuationRequest,
} from "./continuation";
import { DatasetChoice } from "./DatasetChoice";
import { type Checkpoint, hasDiverged, type Training, useContinueTraining } from "./training";
import { useStart } from "./useStart";

interface ContinuationFormProps {
  training: Training;
  checkpoints: Checkpoint[];
  initial: Continuation;
}

export function ContinuationForm(props: ContinuationFormProps) {
  const { datasetId } = props.training;
  const own = useQuery(datasetQuery(datasetId));
  const all = useInfiniteQuery(datasetsQuery);
  const error = own.error ?? all.error;
  if (own.data && all.data) {
    const others = all.data.filter(({ id, status }) => id !== datasetId && status === "ready");
    return <ContinuationFields {...props} datasets={[own.data, ...others]} />;
  }
  if (error) return <ProblemNotice error={error} onRetry={() => void Promise.all([own.refetch(), all.refetch()])} />;
  return <Loading />;
}

interface ContinuationFieldsProps extends ContinuationFormProps {
  /** The training's own one before the others. */
  datasets: Dataset[];
}

function ContinuationFields({ training, checkpoints, initial, datasets }: ContinuationFieldsProps) {
  const { t, f } = useLanguage();
  const names = t.training.continuation;
  const mutation = useContinueTraining(training.id);
  const { start, isPending, problem, errors, withReset } = useStart(mutation, CONTINUATION_FIELDS);
  const [value, setValue] = useState(initial);
  const change = withReset((part: Partial<Continuation>) => setValue((before) => ({ ...before, ...part })));

  function submit(event: FormEvent) {
    event.preventDefault();
    start(toContinuationRequest(value, training));
  }

  return (
    <Form validationErrors={errors} onSubmit={submit} aria-label={names.action} className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <NumberField
          label={names.epochs}
          hint={names.epochsHint(f.number(training.config.epochs))}
          name="epochs"
          step={1}
          value={value.epochs}
          onChange={(epochs) => change({ epochs })}
          limits={CONTINUATION_LIMITS.epochs}
        />
        <LearningRateField
          training={training}
          value={value.learningRate}
          onChange={(learningRate) => change({ learningRate })}
        />
      </div>
      <CheckpointChoice
        checkpoints={checkpoints}
        value={value.checkpointId}
        onChange={(checkpointId) => change({ checkpointId })}
      />
      <div className="flex flex-col gap-1">
        <DatasetChoice datasets={datasets} value={value.datasetId} onChange={(datasetId) => change({ datasetId })} />
        <p className="text-[0.8rem] leading-5 text-muted">{names.datasetHint}</p>
      </div>
      {problem && Object.keys(errors).length === 0 && <ProblemNotice error={problem} />}
      <div>
        <Button type="submit" variant="primary" isPending={isPending} className="w-full px-8 sm:w-auto">
          {names.action}
        </Button>
      </div>
    </Form>
  );
}

interface LearningRateFieldProps {
  training: Training;
  value: number | undefined;
  onChange: (value: number | undefined) => void;
}

function LearningRateField({ training, value, onChange }: LearningRateFieldProps) {
  const { t, f } = useLanguage();
  const names = t.training.continuation;
  const before = lastLearningRate(training);
  const hint = before === undefined ? names.sameRate : names.sameRateOf(isolate(f.rate(before)));
  return (
    <NumberField
      label={t.training.learningRate}
      hint={hasDiverged(training) ? `${hint} ${names.lowerRate}` : hint}
      name="learningRate"
      value={value}
      onChange={onChange}
      limits={CONTINUATION_LIMITS.learningRate}
    />
  );
}
