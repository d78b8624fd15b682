import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from "react-aria-components";
import { CheckIcon, DownIcon } from "./icons";

interface ChoiceProps<T extends string> {
  label: string;
  name: string;
  value: T;
  options: readonly { id: T; name: string; hint?: string }[];
  onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, name, value, options, onChange }: ChoiceProps<T>) {
  return (
    <Select
      name={name}
      selectedKey={value}
      onSelectionChange={(key) => key !== null && onChange(key as T)}
      className="flex min-w-0 flex-col gap-1"
    >
      <Label className="text-sm font-medium">{label}</Label>
      <Button className="flex min-h-11 w-full items-center justify-between gap-2 rounded-xl border border-line-strong bg-raised px-3.5 py-2 text-start hover:border-muted">
        <SelectValue className="min-w-0 flex-1 [&_[data-selected-mark]]:hidden" />
        <DownIcon className="size-4 text-muted" />
      </Button>
      <Popover className="min-w-(--trigger-width) overflow-auto rounded-xl border border-line bg-raised p-1 shadow-card">
        <ListBox items={options} className="outline-none">
          {(option) => (
            <ListBoxItem
              textValue={option.name}
              className="flex min-h-11 cursor-pointer items-center justify-between gap-3 rounded-lg px-3 py-2 outline-none data-focused:bg-accent-soft"
            >
              <span className="block min-w-0">
                <span dir="auto" className="block truncate rtl:text-right">
                  {option.name}
                </span>
                {option.hint !== undefined && (
                  <span className="block text-[0.8rem] leading-5 text-muted">{option.hint}</span>
                )}
              </span>
              {option.id === value && (
                <span data-selected-mark className="text-accent-ink">
                  <CheckIcon className="size-4" />
                </span>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
