import type { ReactNode } from "react";
import { useTitle } from "../i18n";
import { useFocusHeading } from "./heading";

export function PageHeader({
  title,
  tab = undefined,
  hint,
  children,
}: {
  title: ReactNode;
  /** The document's title, needed if `title` is more than text. */
  tab?: string | undefined;
  hint?: ReactNode;
  children?: ReactNode;
}) {
  useTitle(tab ?? (typeof title === "string" ? title : undefined));
  useFocusHeading();
  return (
    <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 className="flex flex-wrap items-center gap-x-3 gap-y-1 text-2xl leading-10 font-bold text-balance">
          {title}
        </h1>
        {hint !== undefined && <p className="text-muted">{hint}</p>}
      </div>
      <div className="flex flex-wrap items-center gap-2">{children}</div>
    </header>
  );
}

export function Card({ children, className = "" }: { children: ReactNode; className?: string }) {
  return (
    <section className={`rounded-2xl border border-line bg-surface p-4 shadow-card sm:p-6 ${className}`}>
      {children}
    </section>
  );
}

export function CardTitle({ children, hint, aside }: { children: ReactNode; hint?: ReactNode; aside?: ReactNode }) {
  return (
    <div className="mb-4 flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
      <div>
        <h2 className="text-lg leading-7 font-semibold">{children}</h2>
        {hint !== undefined && <p className="text-sm text-muted">{hint}</p>}
      </div>
      {aside}
    </div>
  );
}

export function Empty({
  icon,
  title,
  hint,
  children,
}: {
  icon: ReactNode;
  title: string;
  hint: string;
  children?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-2 rounded-2xl border border-dashed border-line-strong/50 px-6 py-14 text-center">
      <div className="mb-2 grid size-14 place-items-center rounded-2xl bg-accent-soft text-accent-ink">{icon}</div>
      <h2 className="text-lg font-semibold">{title}</h2>
      <p className="mb-3 max-w-md text-muted">{hint}</p>
      {children}
    </div>
  );
}

export function Facts({ facts }: { facts: (readonly [name: string, value: ReactNode] | false)[] }) {
  return (
    <dl className="grid grid-cols-[auto_minmax(40%,1fr)] gap-x-6 gap-y-2 text-[0.95rem]">
      {facts.map(
        (fact) =>
          fact !== false && (
            <div key={fact[0]} className="col-span-2 grid grid-cols-subgrid items-baseline">
              <dt className="text-muted">{fact[0]}</dt>
              <dd className="min-w-0 text-end font-medium break-words">{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

export function Figure({ name, value }: { name: string; value: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-[0.8rem] text-muted">{name}</dt>
      <dd className="text-[1.05rem] leading-7 font-semibold">{value}</dd>
    </div>
  );
}
