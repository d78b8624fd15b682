import { type ReactNode, useState } from "react";
import { Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useLanguage } from "../i18n";
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
  /** A more precise message for an error than the general one. */
  explain?: (error: unknown) => string | undefined;
}

/** A dialog before what can't be undone. It stays open with the error if the action fails. */
export function Confirm({ trigger, title, body, action, keep, onConfirm, explain }: ConfirmProps) {
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
      <ModalOverlay
        isDismissable
        className="fixed inset-0 z-40 grid place-items-end bg-black/40 backdrop-blur-[2px] sm:place-items-center"
      >
        <Modal className="w-full rounded-t-3xl border border-line bg-surface p-6 shadow-card sm:max-w-md sm:rounded-3xl">
          <Dialog role="alertdialog" className="outline-none">
            {({ close }) => (
              <div className="flex flex-col gap-4">
                <Heading slot="title" className="text-lg font-semibold">
                  {title}
                </Heading>
                <p className="text-muted">{body}</p>
                {error !== undefined && <ProblemNotice error={error} message={explain?.(error)} />}
                <div className="flex flex-wrap justify-end gap-2">
                  <Button variant="quiet" onPress={close} autoFocus>
                    {keep ?? t.cancel}
                  </Button>
                  <Button variant="danger" onPress={() => void confirm(close)} isPending={busy}>
                    {action}
                  </Button>
                </div>
              </div>
            )}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}
