import { type DragEvent, useState } from "react";
import { FileTrigger } from "react-aria-components";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { UploadIcon } from "../ui/icons";

const ARCHIVES = [".zip", ".tar", ".gz", ".tgz"];

interface FileDropProps {
  file: File | undefined;
  onChoose: (file: File) => void;
  error: string | undefined;
  isDisabled: boolean;
}

export function FileDrop({ file, onChoose, error, isDisabled }: FileDropProps) {
  const { t, f } = useLanguage();
  const [isDragOver, setDragOver] = useState(false);

  function choose(chosen: File | null | undefined) {
    if (chosen) onChoose(chosen);
  }

  function drop(event: DragEvent) {
    event.preventDefault();
    setDragOver(false);
    if (isDisabled) return;
    // A dropped folder is an item too, but not a file.
    const dropped = [...event.dataTransfer.items].find((item) => !item.webkitGetAsEntry()?.isDirectory);
    choose(dropped?.getAsFile());
  }

  return (
    <div className="flex flex-col gap-1">
      <div
        className={`flex flex-col items-center gap-2 rounded-2xl border-2 border-dashed px-4 py-10 text-center transition-colors ${isDragOver ? "border-accent bg-accent-soft" : "border-line-strong"}`}
        onDragOver={(event) => {
          event.preventDefault();
          setDragOver(true);
        }}
        onDragLeave={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDragOver(false);
        }}
        onDrop={drop}
      >
        <UploadIcon className="size-8 text-accent-ink" />
        {file && (
          <p className="max-w-full font-semibold break-words">
            <bdi>{file.name}</bdi> <span className="font-normal text-muted">({f.bytes(file.size)})</span>
          </p>
        )}
        <p className="text-muted">{t.datasets.dropHere}</p>
        <FileTrigger acceptedFileTypes={ARCHIVES} onSelect={(files) => choose(files?.[0])}>
          <Button isDisabled={isDisabled}>{t.datasets.chooseFile}</Button>
        </FileTrigger>
      </div>
      {error !== undefined && (
        <p role="alert" className="text-[0.85rem] text-danger">
          {error}
        </p>
      )}
    </div>
  );
}
