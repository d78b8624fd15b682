import { useBlocker } from "@tanstack/react-router";
import { AlertDialog } from "./AlertDialog";
import { Button } from "./Button";

interface LeaveGuardProps {
  title: string;
  body: string;
  stay: string;
  leave: string;
}

/** While it is rendered, leaving the page needs a confirmation: with this dialog, or the browser's own for another site. */
export function LeaveGuard({ title, body, stay, leave }: LeaveGuardProps) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname,
    withResolver: true,
  });
  return (
    <AlertDialog
      isOpen={blocker.status === "blocked"}
      onOpenChange={(isOpen) => !isOpen && blocker.reset?.()}
      title={title}
      body={body}
    >
      {() => (
        <div className="flex flex-wrap justify-end gap-2">
          <Button variant="quiet" onPress={() => blocker.reset?.()} autoFocus>
            {stay}
          </Button>
          <Button variant="danger" onPress={() => blocker.proceed?.()}>
            {leave}
          </Button>
        </div>
      )}
    </AlertDialog>
  );
}
