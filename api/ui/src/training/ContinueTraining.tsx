import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { DialogTrigger } from "react-aria-components";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { FormDialog } from "../ui/FormDialog";
import { ContinueIcon } from "../ui/icons";
import { ContinuationForm } from "./ContinuationForm";
import { defaultContinuation, newestCheckpoint } from "./continuation";
import { checkpointsQuery, hasEnded, type Training } from "./training";

interface ContinueTrainingProps {
  training: Training;
  /** The newest by default. */
  checkpointId?: string;
  /** The epochs that it should have in all; as many more as it had by default. */
  totalEpochs?: number | undefined;
  variant?: "primary" | "plain";
  /** What opens the dialog, instead of the button. */
  trigger?: ReactNode;
}

/** Only for a training that has ended and has kept a checkpoint. */
export function ContinueTraining({
  training,
  checkpointId,
  totalEpochs,
  variant = "plain",
  trigger,
}: ContinueTrainingProps) {
  const { t } = useLanguage();
  const checkpoints = useQuery(checkpointsQuery(training.id)).data ?? [];
  const chosen = checkpoints.find(({ id }) => id === checkpointId) ?? newestCheckpoint(checkpoints);
  if (!hasEnded(training.status) || chosen === undefined) return null;
  return (
    <DialogTrigger>
      {trigger ?? (
        <Button variant={variant}>
          <ContinueIcon />
          {t.training.continuation.action}
        </Button>
      )}
      <FormDialog title={t.training.continuation.action} hint={t.training.continuation.hint}>
        <ContinuationForm
          training={training}
          checkpoints={checkpoints}
          initial={defaultContinuation(training, chosen, totalEpochs)}
        />
      </FormDialog>
    </DialogTrigger>
  );
}
