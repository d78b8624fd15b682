import {
  Button,
  FieldError,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Text,
} from "react-aria-components";
import type { Dataset } from "../datasets/datasets";
import { useLanguage } from "../i18n";
import { Badge } from "../ui/Badge";
import { CheckIcon, DownIcon } from "../ui/icons";

interface DatasetChoiceProps {
  datasets: Dataset[];
  value: string | undefined;
  onChange: (id: string) => void;
}

export function DatasetChoice({ datasets, value, onChange }: DatasetChoiceProps) {
  const { t, f } = useLanguage();
  return (
    <Select
      name="datasetId"
      selectedKey={value ?? null}
      onSelectionChange={(key) => key !== null && onChange(String(key))}
      className="flex flex-col gap-1"
    >
      <Label className="text-sm font-medium">{t.training.dataset}</Label>
      <Button className="flex min-h-14 w-full items-center justify-between gap-3 rounded-xl border border-line-strong bg-raised px-3.5 py-2 text-start hover:border-muted">
        <SelectValue className="min-w-0 flex-1 [&_[data-selected-mark]]:hidden" />
        <DownIcon className="size-4 text-muted" />
      </Button>
      <FieldError className="text-[0.85rem] text-danger" />
      <Popover className="w-(--trigger-width) overflow-auto rounded-xl border border-line bg-raised p-1 shadow-card">
        <ListBox items={datasets} className="outline-none">
          {(dataset) => (
            <ListBoxItem
              textValue={dataset.name}
              className="flex cursor-pointer items-center justify-between gap-3 rounded-lg px-3 py-2 outline-none data-focused:bg-accent-soft"
            >
              <span className="min-w-0">
                <span className="flex flex-wrap items-center gap-x-2">
                  <Text slot="label" className="line-clamp-2 font-medium break-words">
                    <bdi>{dataset.name}</bdi>
                  </Text>
                  {dataset.sample && <Badge tone="calm">{t.datasets.sample}</Badge>}
                </span>
                <span className="block text-[0.8rem] text-muted">
                  {t.training.datasetLine(f.number(dataset.recordCount), f.duration(dataset.durationSeconds))}
                </span>
              </span>
              {dataset.id === value && (
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
