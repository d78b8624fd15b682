import { Link } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { BackIcon } from "../ui/icons";
import { Card, CardTitle, PageHeader } from "../ui/Surface";
import { UploadForm } from "./UploadForm";

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

function Phonemes({ children }: { children: string }) {
  return (
    <bdi lang="und-fonipa" className="font-ipa">
      {children}
    </bdi>
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
      <p className="mt-4 mb-2 text-sm text-muted">{t.datasets.layoutPhonemes}</p>
      <pre dir="ltr" className="overflow-x-auto rounded-xl bg-sunken p-3 text-[0.85rem] leading-7">
        {"fa-003|"}
        <bdi lang="fa">کتابِ خوب</bdi>
        {"|"}
        <Phonemes>ketɑbe xub</Phonemes>
        {"\nfa-004|[["}
        <Phonemes>ruz be xejr</Phonemes>
        {"]]"}
      </pre>
      <p className="mt-4 mb-2 text-sm text-muted">{t.datasets.layoutSpeakers}</p>
      <pre dir="ltr" className="overflow-x-auto rounded-xl bg-sunken p-3 text-[0.85rem] leading-7">
        {"id|text|speaker\nfa-005|"}
        <bdi lang="fa">صبح به خیر</bdi>
        {"|"}
        <bdi lang="fa">سارا</bdi>
        {"\nfa-006|"}
        <bdi lang="fa">خیلی ممنون</bdi>
        {"|"}
        <bdi lang="fa">امید</bdi>
      </pre>
    </Card>
  );
}
