import type { ReactNode } from "react";
import { Button, Disclosure, DisclosurePanel } from "react-aria-components";
import { DownIcon } from "./icons";

/** Something long behind its name. */
export function Fold({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Disclosure className="group">
      <Button
        slot="trigger"
        className="flex min-h-11 items-center gap-2 rounded-lg text-sm font-medium text-muted hover:text-ink"
      >
        <DownIcon className="size-4 transition-transform group-data-expanded:rotate-180" />
        {name}
      </Button>
      <DisclosurePanel>{children}</DisclosurePanel>
    </Disclosure>
  );
}
