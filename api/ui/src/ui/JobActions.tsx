import type { UseMutationResult } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Schemas } from "../api/client";
import { Button } from "./Button";
import { Confirm } from "./Confirm";
import { PauseIcon, PlayIcon, StopIcon } from "./icons";
import { ProblemNotice } from "./Notice";

export type Wish = "pause" | "resume" | "cancel";

interface JobWords {
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
  words: JobWords;
  wish: UseMutationResult<unknown, Error, Wish>;
}

/** Pause, resume, cancel, try again: wishes, which a running job fulfils when it next comes to a halt. */
export function JobActions({ status, words, wish }: JobActionsProps) {
  const [asked, setAsked] = useState<Wish>();

  // Whatever was asked for has happened, or something else came before it.
  useEffect(() => setAsked(undefined), [status]);

  if (status === "completed" || status === "cancelled") return null;

  function ask(next: Wish) {
    setAsked(next);
    wish.mutate(next, { onError: () => setAsked(undefined) });
  }

  const waiting = asked === "pause" ? words.pausing : asked === "cancel" ? words.cancelling : undefined;
  return (
    <>
      {waiting !== undefined && (
        <span role="status" className="text-sm text-muted">
          {waiting}
        </span>
      )}
      {status === "paused" || status === "failed" ? (
        <Button variant="primary" onPress={() => ask("resume")} isPending={asked === "resume"}>
          <PlayIcon />
          {status === "failed" ? words.tryAgain : words.doResume}
        </Button>
      ) : (
        <Button onPress={() => ask("pause")} isPending={asked === "pause"} isDisabled={asked === "cancel"}>
          <PauseIcon />
          {words.doPause}
        </Button>
      )}
      {status !== "failed" && (
        <Confirm
          trigger={
            <Button variant="danger" isPending={asked === "cancel"}>
              <StopIcon />
              {words.doCancel}
            </Button>
          }
          title={words.cancelTitle}
          body={words.cancelBody}
          action={words.doCancel}
          keep={words.keep}
          onConfirm={async () => {
            await wish.mutateAsync("cancel");
            setAsked("cancel");
          }}
        />
      )}
      {wish.isError && wish.variables !== "cancel" && (
        <div className="w-full">
          <ProblemNotice error={wish.error} />
        </div>
      )}
    </>
  );
}
