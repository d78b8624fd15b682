import { Label, Radio, RadioGroup, Text } from "react-aria-components";

interface RadioCardsProps<T extends string> {
  label: string;
  name: string;
  value: T;
  options: readonly { id: T; name: string; hint: string; isDisabled?: boolean }[];
  onChange: (value: T) => void;
  /** Of all options together, below them. */
  note?: string | undefined;
  /** The columns of wide screens. */
  columns: "sm:grid-cols-2" | "sm:grid-cols-3";
}

/** A choice between a few options, each with a sentence about it, and with its id as the API has it. */
export function RadioCards<T extends string>({
  label,
  name,
  value,
  options,
  onChange,
  note,
  columns,
}: RadioCardsProps<T>) {
  return (
    <RadioGroup
      name={name}
      // React Aria adapts the arrow keys to the direction of writing only for horizontal groups.
      orientation="horizontal"
      value={value}
      onChange={(id) => onChange(id as T)}
      className="flex flex-col gap-1"
    >
      <Label className="text-sm font-medium">{label}</Label>
      <div className={`grid gap-2 ${columns}`}>
        {options.map((option) => (
          <Radio
            key={option.id}
            value={option.id}
            isDisabled={option.isDisabled ?? false}
            className="flex flex-col rounded-xl border border-line-strong bg-raised px-3.5 py-2.5 transition-colors hover:border-muted data-disabled:opacity-60 data-selected:border-accent data-selected:bg-accent-soft data-focus-visible:outline-2 data-focus-visible:outline-offset-2 data-focus-visible:outline-accent"
          >
            <span className="flex items-baseline justify-between gap-2 font-semibold">
              {option.name}
              <code dir="ltr" className="text-xs font-normal text-muted">
                {option.id}
              </code>
            </span>
            <span className="text-[0.8rem] leading-5 text-muted">{option.hint}</span>
          </Radio>
        ))}
      </div>
      {note !== undefined && (
        <Text slot="description" className="text-[0.8rem] leading-5 text-warning">
          {note}
        </Text>
      )}
    </RadioGroup>
  );
}
