import { ProgressBar } from "react-aria-components";

/** `value` is from 0 to 1, or undefined if the progress is unknown. */
export function Progress({
  label,
  value,
  text,
  moving = false,
  slim = false,
}: {
  label: string;
  value: number | undefined;
  /** The value for screen readers. */
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
