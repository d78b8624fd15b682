import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { ButtonLink } from "../ui/Button";
import { ForwardIcon, PlusIcon, VoiceIcon } from "../ui/icons";
import { List } from "../ui/List";
import { Empty, PageHeader } from "../ui/Surface";
import { type Voice, voicesQuery } from "./voices";

export function VoiceListPage() {
  const { t } = useLanguage();
  const voices = useInfiniteQuery(voicesQuery);
  return (
    <>
      <PageHeader title={t.voices.title} hint={t.voices.hint} />
      <List
        query={voices}
        empty={
          <Empty icon={<VoiceIcon className="size-7" />} title={t.voices.empty} hint={t.voices.emptyHint}>
            <ButtonLink to="/training/new" variant="primary">
              <PlusIcon />
              {t.training.start}
            </ButtonLink>
          </Empty>
        }
      >
        {(voice) => <VoiceRow voice={voice} />}
      </List>
    </>
  );
}

function VoiceRow({ voice }: { voice: Voice }) {
  const { t, f } = useLanguage();
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
        <span className="line-clamp-2 font-semibold break-words">
          <bdi>{voice.name}</bdi>
        </span>
        <span className="block text-sm text-muted">
          {[f.dateTime(voice.createdAt), t.voices.hertz(f.number(voice.sampleRate)), f.bytes(voice.sizeBytes)].join(
            " · ",
          )}
        </span>
      </span>
      <ForwardIcon className="size-4 text-muted" />
    </Link>
  );
}
