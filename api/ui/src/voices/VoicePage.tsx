import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { Badge } from "../ui/Badge";
import { Button, ButtonLink } from "../ui/Button";
import { Confirm } from "../ui/Confirm";
import { BackIcon, CurveIcon, DownloadIcon, TrashIcon } from "../ui/icons";
import { Loading } from "../ui/List";
import { NotFoundPage } from "../ui/ErrorPage";
import { ProblemNotice } from "../ui/Notice";
import { Card, CardTitle, Facts, PageHeader } from "../ui/Surface";
import { SynthesisForm } from "./SynthesisForm";
import { SynthesisList } from "./SynthesisList";
import { fileUrl, textModeOf, useDeleteVoice, type Voice, voiceQuery } from "./voices";

export function VoicePage() {
  const { id } = useParams({ from: "/shell/voices/$id" });
  const voice = useQuery(voiceQuery(id));
  if (voice.data) return <VoiceView key={id} voice={voice.data} />;
  if (voice.isPending) return <Loading />;
  if (asProblem(voice.error).status === 404) return <NotFoundPage />;
  return <ProblemNotice error={voice.error} onRetry={() => void voice.refetch()} />;
}

function VoiceView({ voice }: { voice: Voice }) {
  const { t } = useLanguage();
  return (
    <>
      <Link to="/voices" className="mb-2 inline-flex items-center gap-1 text-sm text-muted hover:text-ink">
        <BackIcon className="size-4" />
        {t.voices.title}
      </Link>
      <PageHeader
        tab={voice.name}
        title={
          <>
            <bdi>{voice.name}</bdi>
            {voice.shipped && <Badge tone="calm">{t.voices.shipped}</Badge>}
          </>
        }
        hint={voice.shipped ? t.voices.shippedHint : t.voices.untrained}
      >
        <ButtonLink to="/training/new" search={{ voice: voice.id }}>
          <CurveIcon />
          {t.voices.train}
        </ButtonLink>
        {!voice.shipped && <DeleteVoice id={voice.id} />}
      </PageHeader>
      <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="flex min-w-0 flex-col gap-5">
          <SynthesisForm voice={voice} />
          <SynthesisList voice={voice} />
        </div>
        <div className="flex min-w-0 flex-col gap-5">
          <VoiceFacts voice={voice} />
          <VoiceFiles voice={voice} />
        </div>
      </div>
    </>
  );
}

function DeleteVoice({ id }: { id: string }) {
  const { t } = useLanguage();
  const navigate = useNavigate();
  const remove = useDeleteVoice(id);
  return (
    <Confirm
      trigger={
        <Button variant="danger">
          <TrashIcon />
          {t.voices.remove}
        </Button>
      }
      title={t.voices.removeTitle}
      body={t.voices.removeBody}
      action={t.voices.remove}
      onConfirm={async () => {
        await remove.mutateAsync();
        await navigate({ to: "/voices" });
      }}
    />
  );
}

function VoiceFacts({ voice }: { voice: Voice }) {
  const { t, f } = useLanguage();
  return (
    <Card>
      <CardTitle>{t.voices.about}</CardTitle>
      <Facts
        facts={[
          [t.training.text, t.training.textModes[textModeOf(voice)].name],
          [t.voices.sampleRate, t.voices.hertz(f.number(voice.sampleRate))],
          voice.speakers.length > 0 && [t.voices.speakers, f.number(voice.speakers.length)],
          [t.voices.size, f.bytes(voice.sizeBytes)],
          // Of the shipped voice, it is when the server was set up.
          !voice.shipped && [t.voices.createdAt, f.dateTime(voice.createdAt)],
          voice.base
            ? [
                t.training.base,
                <bdi key="base" dir="ltr">
                  {voice.base.repoId}
                </bdi>,
              ]
            : false,
          voice.base
            ? [
                t.models.license,
                <bdi key="licence" dir="ltr">
                  {voice.base.licence ?? t.models.licenseUnknown}
                </bdi>,
              ]
            : false,
        ]}
      />
      {voice.trainingId && (
        <Link
          to="/training/$id"
          params={{ id: voice.trainingId }}
          className="mt-3 inline-block font-medium text-accent-ink underline-offset-4 hover:underline"
        >
          {t.voices.fromTraining}
        </Link>
      )}
    </Card>
  );
}

function VoiceFiles({ voice }: { voice: Voice }) {
  const { t, f } = useLanguage();
  return (
    <Card>
      <CardTitle hint={t.voices.filesHint}>{t.voices.files}</CardTitle>
      <ul className="flex flex-col">
        {voice.files.map(({ path, sizeBytes }) => (
          <li key={path} className="border-t border-line first:border-0">
            <a
              href={fileUrl(voice, path)}
              download={path.split("/").at(-1)}
              className="group flex min-h-11 items-center justify-between gap-3 rounded-lg py-2"
            >
              <span className="min-w-0">
                <span
                  dir="ltr"
                  className="block truncate font-mono text-[0.85rem] group-hover:text-accent-ink rtl:text-right"
                >
                  {path}
                </span>
                <span className="block text-[0.8rem] leading-5 text-muted">{f.bytes(sizeBytes)}</span>
              </span>
              <DownloadIcon className="size-4 text-muted group-hover:text-accent-ink" />
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}
