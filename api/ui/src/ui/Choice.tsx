import {
  Button,
  FieldError,
  Header,
  Label,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  Popover,
  Select,
  SelectValue,
  Separator,
} from "react-aria-components";
import { CheckIcon, DownIcon } from "./icons";

interface Option<T extends string> {
  id: T;
  name: string;
  hint?: string;
}

interface ChoiceProps<T extends string> {
  label: string;
  name: string;
  value: T;
  options: readonly Option<T>[];
  /** More options below the others, under headings. Groups without options are left out. */
  groups?: readonly { name: string; options: readonly Option<T>[] }[];
  /** An option below all others. */
  last?: Option<T>;
  onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, name, value, options, groups = [], last, onChange }: ChoiceProps<T>) {
  const item = (option: Option<T>) => <ChoiceItem key={option.id} option={option} isSelected={option.id === value} />;
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
      <FieldError className="text-[0.85rem] text-danger" />
      <Popover className="min-w-(--trigger-width) overflow-auto rounded-xl border border-line bg-raised p-1 shadow-card">
        <ListBox className="outline-none">
          {options.map(item)}
          {groups
            .filter((group) => group.options.length > 0)
            .map((group) => (
              <ListBoxSection key={group.name} id={group.name}>
                <Header className="px-3 pt-3 pb-1 text-[0.8rem] font-semibold text-muted">{group.name}</Header>
                {group.options.map(item)}
              </ListBoxSection>
            ))}
          {last && <Separator className="mx-3 my-1 border-t border-line first:hidden" />}
          {last && item(last)}
        </ListBox>
      </Popover>
    </Select>
  );
}

function ChoiceItem<T extends string>({ option, isSelected }: { option: Option<T>; isSelected: boolean }) {
  return (
    <ListBoxItem
      id={option.id}
      textValue={option.name}
      className="flex min-h-11 cursor-pointer items-center justify-between gap-3 rounded-lg px-3 py-2 outline-none data-focused:bg-accent-soft"
    >
      <span className="block min-w-0">
        <span dir="auto" className="block truncate rtl:text-right">
          {option.name}
        </span>
        {option.hint !== undefined && <span className="block text-[0.8rem] leading-5 text-muted">{option.hint}</span>}
      </span>
      {isSelected && (
        <span data-selected-mark className="text-accent-ink">
          <CheckIcon className="size-4" />
        </span>
      )}
    </ListBoxItem>
  );
}
