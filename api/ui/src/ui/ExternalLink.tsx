import type { ReactNode } from "react";

/** A link to another site, which doesn't learn where its visitors come from. */
export function ExternalLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      className="font-medium text-accent-ink underline underline-offset-4"
    >
      {children}
    </a>
  );
}
