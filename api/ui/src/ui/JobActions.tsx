import type { UseMutationResult } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../api/client";
import { Button } from "./Button";
import { Confirm } from "./Confirm";
import { PauseIcon, PlayIcon, StopIcon } from "./icons";
import { ProblemNotice } from "./Notice";

export type JobAction = "pause" | "resume" | "cancel";

interface JobLabels {
  doPause: string;
  doResume: string;
  tryAgain: string;
  doCancel: string;
  pausing: string;
  cancelling: string;
  cancelTitle: string;
  cancelBody: string;
  keep: string;
}

interface JobActionsProps {
  status: Schemas["JobState"];
  labels: JobLabels;
  mutation: UseMutationResult<unknown, Error, JobAction>;
  /** Whether something else than to try again helps a failed job. */
  hasBetterRemedy?: boolean;
}

/** A running job obeys at its next safe point, so a requested action stays pending until the state changes. */
export function JobActions({ status, labels, mutation, hasBetterRemedy = false }: JobActionsProps) {
  const [pending, setPending] = useState<JobAction>();
  const [lastStatus, setLastStatus] = useState(status);

  if (status !== lastStatus) {
    setLastStatus(status);
    setPending(undefined);
  }

  if (status === "completed" || status === "cancelled") return null;

  function request(action: JobAction) {
    setPending(action);
    mutation.mutate(action, { onError: () => setPending(undefined) });
  }

  const waiting = pending === "pause" ? labels.pausing : pending === "cancel" ? labels.cancelling : undefined;
  return (
    <>
      {waiting !== undefined && (
        <span role="status" className="text-sm text-muted">
          {waiting}
        </span>
      )}
      {status === "paused" || status === "failed" ? (
        <Button
          variant={status === "failed" && hasBetterRemedy ? "plain" : "primary"}
          onPress={() => request("resume")}
          isPending={pending === "resume"}
        >
          <PlayIcon />
          {status === "failed" ? labels.tryAgain : labels.doResume}
        </Button>
      ) : (
        <Button onPress={() => request("pause")} isPending={pending === "pause"} isDisabled={pending === "cancel"}>
          <PauseIcon />
          {labels.doPause}
        </Button>
      )}
      {status !== "failed" && (
        <Confirm
          trigger={
            <Button variant="danger" isPending={pending === "cancel"}>
              <StopIcon />
              {labels.doCancel}
            </Button>
          }
          title={labels.cancelTitle}
          body={labels.cancelBody}
          action={labels.doCancel}
          keep={labels.keep}
          onConfirm={async () => {
            await mutation.mutateAsync("cancel");
            setPending("cancel");
          }}
        />
      )}
      {mutation.isError && mutation.variables !== "cancel" && (
        <div className="w-full">
          <ProblemNotice error={mutation.error} />
        </div>
      )}
    </>
  );
}
