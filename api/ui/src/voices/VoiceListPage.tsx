import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { Badge } from "../ui/Badge";
import { ButtonLink } from "../ui/Button";
import { ForwardIcon, PlusIcon, VoiceIcon } from "../ui/icons";
import { List } from "../ui/List";
import { Empty, PageHeader } from "../ui/Surface";
import { SynthesisForm } from "./SynthesisForm";
import { SynthesisList } from "./SynthesisList";
import { type Voice, voicesQuery } from "./voices";

export function VoiceListPage() {
  const { t } = useLanguage();
  const voices = useInfiniteQuery(voicesQuery);
  const shipped = voices.data?.find((voice) => voice.shipped);
  const hasNoneOwn = voices.data?.every((voice) => voice.shipped) ?? false;
  return (
    <>
      <PageHeader title={t.voices.title} hint={t.voices.hint} />
      <div className="flex flex-col gap-5">
        {hasNoneOwn && <NoneOwn />}
        <div>
          <List query={voices} empty={null}>
            {(voice) => <VoiceRow voice={voice} />}
          </List>
        </div>
        {hasNoneOwn && shipped && (
          <>
            <SynthesisForm voice={shipped} />
            <SynthesisList voice={shipped} />
          </>
        )}
      </div>
    </>
  );
}

function NoneOwn() {
  const { t } = useLanguage();
  return (
    <Empty icon={<VoiceIcon className="size-7" />} title={t.voices.empty} hint={t.voices.emptyHint}>
      <ButtonLink to="/training/new" variant="primary">
        <PlusIcon />
        {t.training.start}
      </ButtonLink>
    </Empty>
  );
}

function VoiceRow({ voice }: { voice: Voice }) {
  const { t, f } = useLanguage();
  const facts = [
    ...(voice.speakers.length > 0 ? [t.voices.speakerCount(f.number(voice.speakers.length))] : []),
    t.voices.hertz(f.number(voice.sampleRate)),
    f.bytes(voice.sizeBytes),
  ];
  return (
    <Link
      to="/voices/$id"
      params={{ id: voice.id }}
      className="flex items-center gap-4 rounded-2xl border border-line bg-surface p-4 shadow-card transition-colors hover:border-line-strong sm:px-6"
    >
      <span className="grid size-11 place-items-center rounded-xl bg-accent-soft text-accent-ink">
        <VoiceIcon />
      </span>
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-center gap-x-2">
          <span className="line-clamp-2 font-semibold break-words">
            <bdi>{voice.name}</bdi>
          </span>
          {voice.shipped && <Badge tone="calm">{t.voices.shipped}</Badge>}
        </span>
        <span className="block text-sm text-muted">
          {(voice.shipped ? facts : [f.dateTime(voice.createdAt), ...facts]).join(" · ")}
        </span>
      </span>
      <ForwardIcon className="size-4 text-muted" />
    </Link>
  );
}
