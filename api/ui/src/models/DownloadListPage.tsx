import { useInfiniteQuery } from "@tanstack/react-query";
import { useLanguage } from "../i18n";
import { ModelTabs } from "./ModelTabs";
import { useHasNoWorker } from "../system/system";
import { ButtonLink } from "../ui/Button";
import { DownloadIcon, SearchIcon } from "../ui/icons";
import { List } from "../ui/List";
import { Notice } from "../ui/Notice";
import { Empty, PageHeader } from "../ui/Surface";
import { DownloadRow } from "../downloads/DownloadRow";
import { downloadsQuery } from "../downloads/downloads";

export function DownloadListPage() {
  const { t } = useLanguage();
  const downloads = useInfiniteQuery(downloadsQuery);
  const waiting = downloads.data?.some(({ status }) => status === "queued") ?? false;
  const hasNoWorker = useHasNoWorker("downloads", waiting);
  return (
    <>
      <PageHeader title={t.downloads.title} hint={t.downloads.hint} />
      <ModelTabs />
      {hasNoWorker && (
        <div className="mb-4">
          <Notice tone="warning" title={t.downloads.noWorker} />
        </div>
      )}
      <List
        query={downloads}
        empty={
          <Empty icon={<DownloadIcon className="size-7" />} title={t.downloads.empty} hint={t.downloads.emptyHint}>
            <ButtonLink to="/models" variant="primary">
              <SearchIcon />
              {t.sources.search}
            </ButtonLink>
          </Empty>
        }
      >
        {(download) => <DownloadRow download={download} />}
      </List>
    </>
  );
}
