import { type ReactNode, useState } from "react";
import { DialogTrigger } from "react-aria-components";
import { useLanguage } from "../i18n";
import { AlertDialog } from "./AlertDialog";
import { Button } from "./Button";
import { ProblemNotice } from "./Notice";

interface ConfirmProps {
  trigger: ReactNode;
  title: string;
  body: string;
  /** The label of the confirming button. */
  action: string;
  keep?: string;
  onConfirm: () => Promise<unknown>;
}

/** A dialog before what can't be undone. It stays open with the error if the action fails. */
export function Confirm({ trigger, title, body, action, keep, onConfirm }: ConfirmProps) {
  const { t } = useLanguage();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  async function confirm(close: () => void) {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      close();
    } catch (reason) {
      setError(reason);
    } finally {
      setBusy(false);
    }
  }

  return (
    <DialogTrigger onOpenChange={() => setError(undefined)}>
      {trigger}
      <AlertDialog title={title} body={body}>
        {(close) => (
          <>
            {error !== undefined && <ProblemNotice error={error} />}
            <div className="flex flex-wrap justify-end gap-2">
              <Button variant="quiet" onPress={close} autoFocus>
                {keep ?? t.cancel}
              </Button>
              <Button variant="danger" onPress={() => void confirm(close)} isPending={busy}>
                {action}
              </Button>
            </div>
          </>
        )}
      </AlertDialog>
    </DialogTrigger>
  );
}
