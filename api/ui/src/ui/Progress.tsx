import { ProgressBar } from "react-aria-components";

/** A bar from 0 to 1; without a value it only says that something is under way. */
export function Progress({
  label,
  value,
  text,
  moving = false,
  slim = false,
}: {
  label: string;
  value: number | undefined;
  /** The value as people read it. */
  text?: string;
  moving?: boolean;
  slim?: boolean;
}) {
  return (
    <ProgressBar
      aria-label={label}
      isIndeterminate={value === undefined}
      value={(value ?? 0) * 100}
      {...(text !== undefined && { valueLabel: text })}
      className="block w-full"
    >
      {({ percentage }) => (
        <div className={`overflow-hidden rounded-full bg-sunken ${slim ? "h-1.5" : "h-3"}`}>
          <div
            className={`h-full rounded-full bg-accent transition-[width] duration-500 ease-out ${moving || value === undefined ? "progress-moving" : ""}`}
            style={{ width: value === undefined ? "40%" : `${percentage ?? 0}%` }}
          />
        </div>
      )}
    </ProgressBar>
  );
}
