import { Button, Input, Label, SearchField as AriaSearchField } from "react-aria-components";
import { useLanguage } from "../i18n";
import { CloseIcon, SearchIcon } from "./icons";
import { textDirection } from "./TextField";

interface SearchFieldProps {
  label: string;
  name: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
}

export function SearchField({ label, placeholder, ...props }: SearchFieldProps) {
  const { t } = useLanguage();
  return (
    <AriaSearchField {...props} className="group flex flex-col gap-1">
      <Label className="text-sm font-medium text-ink">{label}</Label>
      <div className="flex items-center rounded-xl border border-line-strong bg-raised ps-3.5 focus-within:border-accent focus-within:outline-2 focus-within:-outline-offset-1 focus-within:outline-accent">
        <SearchIcon className="size-5 text-muted" />
        <Input
          dir={textDirection(props.value)}
          placeholder={placeholder}
          className="min-h-11 w-full min-w-0 bg-transparent px-3 py-2 text-ink outline-none placeholder:text-muted/70 [&::-webkit-search-cancel-button]:hidden"
        />
        <Button
          aria-label={t.clear}
          className="me-1 grid size-9 place-items-center rounded-lg text-muted group-data-empty:invisible hover:text-ink"
        >
          <CloseIcon className="size-4" />
        </Button>
      </div>
    </AriaSearchField>
  );
}
