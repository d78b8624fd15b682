import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { fieldErrors } from "../ui/fieldErrors";
import { ProblemNotice } from "../ui/Notice";
import { Card } from "../ui/Surface";
import { TextField } from "../ui/TextField";
import { FileDrop } from "./FileDrop";
import { UploadProgress } from "./UploadProgress";
import { useUpload } from "./useUpload";

export function UploadForm() {
  const { t } = useLanguage();
  const { upload, uploading, problem, resetError } = useUpload();
  const [name, setName] = useState("");
  const [file, setFile] = useState<File>();
  const [missing, setMissing] = useState(false);

  function choose(chosen: File) {
    setFile(chosen);
    setMissing(false);
    resetError();
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    setMissing(file === undefined);
    if (file === undefined || uploading) return;
    void upload(name, file);
  }

  const errors = fieldErrors(problem, { name: t.datasets.nameInvalid });
  const fileError = missing
    ? t.datasets.fileMissing
    : problem?.fields.has("file")
      ? t.datasets.fileInvalid
      : problem?.status === 413
        ? t.datasets.fileTooLarge
        : undefined;
  return (
    <Card>
      <Form validationErrors={errors} onSubmit={submit} aria-label={t.datasets.upload} className="flex flex-col gap-5">
        <FileDrop file={file} onChoose={choose} error={fileError} isDisabled={uploading !== undefined} />
        <TextField
          label={t.datasets.name}
          name="name"
          dir="auto"
          placeholder={t.datasets.namePlaceholder}
          value={name}
          onChange={(next) => {
            resetError();
            setName(next);
          }}
        />
        {problem && fileError === undefined && Object.keys(errors).length === 0 && <ProblemNotice error={problem} />}
        {uploading ? (
          <UploadProgress sent={uploading.sent} total={uploading.total} onStop={uploading.stop} />
        ) : (
          <Button type="submit" variant="primary" className="self-start px-8">
            {t.datasets.send}
          </Button>
        )}
      </Form>
    </Card>
  );
}
