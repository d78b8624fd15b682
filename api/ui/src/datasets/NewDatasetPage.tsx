import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type DragEvent, type FormEvent, useEffect, useRef, useState } from "react";
import { FileTrigger, Form } from "react-aria-components";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { fieldErrors } from "../ui/fieldErrors";
import { BackIcon, UploadIcon } from "../ui/icons";
import { LeaveGuard } from "../ui/LeaveGuard";
import { ProblemNotice } from "../ui/Notice";
import { Progress } from "../ui/Progress";
import { Card, CardTitle, PageHeader } from "../ui/Surface";
import { TextField } from "../ui/TextField";
import { datasetKeys } from "./datasets";
import { uploadDataset } from "./upload";

const ARCHIVES = [".zip", ".tar", ".gz", ".tgz"];

export function NewDatasetPage() {
  const { t } = useLanguage();
  return (
    <>
      <Link to="/datasets" className="mb-2 inline-flex items-center gap-1 text-sm text-muted hover:text-ink">
        <BackIcon className="size-4" />
        {t.datasets.title}
      </Link>
      <PageHeader title={t.datasets.upload} hint={t.datasets.uploadHint} />
      <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <UploadForm />
        <ArchiveLayout />
      </div>
    </>
  );
}

interface UploadState {
  sent: number;
  total: number;
  stop: () => void;
}

function UploadForm() {
  const { t, f } = useLanguage();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [file, setFile] = useState<File>();
  const [isDragOver, setDragOver] = useState(false);
  const [missing, setMissing] = useState(false);
  const [error, setError] = useState<unknown>();
  const [uploading, setUploading] = useState<UploadState>();
  const abortUpload = useRef<() => void>(undefined);

  useEffect(() => () => abortUpload.current?.(), []);

  function choose(chosen: File | undefined) {
    if (chosen === undefined) return;
    setFile(chosen);
    setMissing(false);
    setError(undefined);
  }

  function drop(event: DragEvent) {
    event.preventDefault();
    setDragOver(false);
    if (uploading) return;
    // A dropped folder is an item too, but not a file.
    const dropped = [...event.dataTransfer.items].find((item) => !item.webkitGetAsEntry()?.isDirectory);
    choose(dropped?.getAsFile() ?? undefined);
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    setMissing(file === undefined);
    if (file === undefined || uploading) return;
    const controller = new AbortController();
    const stop = () => controller.abort();
    abortUpload.current = stop;
    setError(undefined);
    setUploading({ sent: 0, total: file.size, stop });
    try {
      const dataset = await uploadDataset({
        name,
        file,
        signal: controller.signal,
        onProgress: (sent, total) => setUploading({ sent, total, stop }),
      });
      client.setQueryData(datasetKeys.one(dataset.id), dataset);
      void client.invalidateQueries({ queryKey: datasetKeys.list });
      await navigate({ to: "/datasets/$id", params: { id: dataset.id }, ignoreBlocker: true });
    } catch (reason) {
      if (!controller.signal.aborted) setError(reason);
    } finally {
      setUploading(undefined);
    }
  }

  const problem = error === undefined ? undefined : asProblem(error);
  const errors = fieldErrors(problem, { name: t.datasets.nameInvalid });
  const message = missing
    ? t.datasets.fileMissing
    : problem?.fields.has("file")
      ? t.datasets.fileInvalid
      : problem?.status === 413
        ? t.datasets.fileTooLarge
        : undefined;
  return (
    <Card>
      <Form
        validationErrors={errors}
        onSubmit={(event) => void submit(event)}
        aria-label={t.datasets.upload}
        className="flex flex-col gap-5"
      >
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
              <Button isDisabled={uploading !== undefined}>{t.datasets.chooseFile}</Button>
            </FileTrigger>
          </div>
          {message !== undefined && (
            <p role="alert" className="text-[0.85rem] text-danger">
              {message}
            </p>
          )}
        </div>
        <TextField
          label={t.datasets.name}
          name="name"
          dir="auto"
          placeholder={t.datasets.namePlaceholder}
          value={name}
          onChange={(next) => {
            setError(undefined);
            setName(next);
          }}
        />
        {problem && message === undefined && Object.keys(errors).length === 0 && <ProblemNotice error={problem} />}
        {uploading ? (
          <div className="flex flex-col gap-2">
            <LeaveGuard
              title={t.datasets.leaveTitle}
              body={t.datasets.leaveBody}
              stay={t.datasets.stay}
              leave={t.datasets.leave}
            />
            <Progress
              label={t.datasets.sending}
              value={uploading.sent / Math.max(uploading.total, 1)}
              text={f.percent(uploading.sent / Math.max(uploading.total, 1))}
              moving
            />
            <div className="flex items-center justify-between gap-3">
              <p className="text-sm text-muted" role="status">
                {uploading.sent < uploading.total
                  ? t.datasets.sent(f.bytes(uploading.sent), f.bytes(uploading.total))
                  : t.datasets.received}
              </p>
              <Button onPress={uploading.stop}>{t.datasets.stopSending}</Button>
            </div>
          </div>
        ) : (
          <Button type="submit" variant="primary" className="self-start px-8">
            {t.datasets.send}
          </Button>
        )}
      </Form>
    </Card>
  );
}

/** An example of an archive. */
function ArchiveLayout() {
  const { t } = useLanguage();
  return (
    <Card>
      <CardTitle>{t.datasets.layoutTitle}</CardTitle>
      <pre dir="ltr" className="mb-4 overflow-x-auto rounded-xl bg-sunken p-3 text-[0.85rem] leading-6">
        {"recordings.zip\n├─ metadata.csv\n└─ wavs/\n   ├─ fa-001.wav\n   └─ fa-002.flac"}
      </pre>
      <p className="mb-2 text-sm text-muted">{t.datasets.layoutBody}</p>
      <pre dir="ltr" className="overflow-x-auto rounded-xl bg-sunken p-3 text-[0.85rem] leading-7">
        {"fa-001|"}
        <bdi lang="fa">سلام دنیا</bdi>
        {"\nfa-002|"}
        <bdi lang="fa">هوا خوب است</bdi>
      </pre>
    </Card>
  );
}
