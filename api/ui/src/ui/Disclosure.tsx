import type { ReactNode } from "react";
import { Button, Disclosure as AriaDisclosure, DisclosurePanel } from "react-aria-components";
import { DownIcon } from "./icons";

interface DisclosureProps {
  title: string;
  aside?: ReactNode;
  isExpanded?: boolean;
  onExpandedChange?: (isExpanded: boolean) => void;
  className?: string;
  children: ReactNode;
}

export function Disclosure({ title, aside, className = "", children, ...state }: DisclosureProps) {
  return (
    <AriaDisclosure {...state} className={`group ${className}`}>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <Button
          slot="trigger"
          className="flex min-h-11 items-center gap-2 rounded-lg text-sm font-medium text-muted hover:text-ink"
        >
          <DownIcon className="size-4 transition-transform group-data-expanded:rotate-180" />
          {title}
        </Button>
        {aside}
      </div>
      <DisclosurePanel>{children}</DisclosurePanel>
    </AriaDisclosure>
  );
}
