import type { ReactNode } from "react";
import { Dialog, Heading, Modal, ModalOverlay, type ModalOverlayProps } from "react-aria-components";
import { useLanguage } from "../i18n";
import { Button } from "./Button";
import { CloseIcon } from "./icons";

interface FormDialogProps extends Pick<ModalOverlayProps, "isOpen" | "onOpenChange"> {
  title: string;
  hint: ReactNode;
  children: ReactNode;
}

/** At the bottom of a phone's screen, in the middle of a wider one. It is closed by its corner or from outside. */
export function FormDialog({ title, hint, children, ...state }: FormDialogProps) {
  const { t } = useLanguage();
  return (
    <ModalOverlay
      {...state}
      isDismissable
      className="fixed inset-0 z-40 grid place-items-end bg-black/40 backdrop-blur-[2px] sm:place-items-center"
    >
      <Modal className="max-h-[95dvh] w-full overflow-y-auto rounded-t-3xl border border-line bg-surface p-5 shadow-card sm:max-w-xl sm:rounded-3xl sm:p-6">
        <Dialog className="outline-none">
          {({ close }) => (
            <div className="flex flex-col gap-4">
              <div className="flex items-start justify-between gap-3">
                <div className="min-w-0">
                  <Heading slot="title" className="text-lg font-semibold break-words">
                    {title}
                  </Heading>
                  <p className="text-sm text-muted">{hint}</p>
                </div>
                <Button variant="quiet" size="icon" aria-label={t.cancel} onPress={close}>
                  <CloseIcon />
                </Button>
              </div>
              {children}
            </div>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
