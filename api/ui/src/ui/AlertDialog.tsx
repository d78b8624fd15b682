import type { ReactNode } from "react";
import { Dialog, Heading, Modal, ModalOverlay, type ModalOverlayProps } from "react-aria-components";

interface AlertDialogProps extends Pick<ModalOverlayProps, "isOpen" | "onOpenChange"> {
  title: string;
  body: string;
  /** The dialog's buttons, and what comes above them. */
  children: (close: () => void) => ReactNode;
}

/** At the bottom of a phone's screen, in the middle of a wider one. */
export function AlertDialog({ title, body, children, ...state }: AlertDialogProps) {
  return (
    <ModalOverlay
      {...state}
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
              {children(close)}
            </div>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
