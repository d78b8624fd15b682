import { useEffect, useState } from "react";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Confirm";
import { PauseIcon, PlayIcon, StopIcon } from "../ui/icons";
import { ProblemNotice } from "../ui/Notice";
import { type Training, useWish, type Wish } from "./training";

/** Pause, resume, cancel, try again: wishes, which a running training fulfils at the end of its step. */
export function TrainingActions({ training }: { training: Training }) {
  const { t } = useLanguage();
  const wish = useWish(training.id);
  const [asked, setAsked] = useState<Wish>();
  const { status } = training;

  // Whatever was asked for has happened, or something else came before it.
  useEffect(() => setAsked(undefined), [status]);

  if (status === "completed" || status === "cancelled") return null;

  function ask(next: Wish) {
    setAsked(next);
    wish.mutate(next, { onError: () => setAsked(undefined) });
  }

  const waiting = asked === "pause" ? t.training.pausing : asked === "cancel" ? t.training.cancelling : undefined;
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
          {status === "failed" ? t.training.tryAgain : t.training.doResume}
        </Button>
      ) : (
        <Button onPress={() => ask("pause")} isPending={asked === "pause"} isDisabled={asked === "cancel"}>
          <PauseIcon />
          {t.training.doPause}
        </Button>
      )}
      {status !== "failed" && (
        <Confirm
          trigger={
            <Button variant="danger" isPending={asked === "cancel"}>
              <StopIcon />
              {t.training.doCancel}
            </Button>
          }
          title={t.training.cancelTitle}
          body={t.training.cancelBody}
          action={t.training.doCancel}
          keep={t.training.keep}
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
