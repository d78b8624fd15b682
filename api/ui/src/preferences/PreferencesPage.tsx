import { useQuery } from "@tanstack/react-query";
import { useLanguage } from "../i18n";
import { Loading } from "../ui/List";
import { ProblemNotice } from "../ui/Notice";
import { PageHeader } from "../ui/Surface";
import { DownloadLimits } from "./DownloadLimits";
import { preferencesQuery } from "./preferences";
import { TokenCard } from "./TokenCard";

export function PreferencesPage() {
  const { t } = useLanguage();
  const preferences = useQuery(preferencesQuery);
  return (
    <>
      <PageHeader title={t.preferences.title} hint={t.preferences.hint} />
      {preferences.isPending && <Loading />}
      {preferences.isError && !preferences.data && (
        <ProblemNotice error={preferences.error} onRetry={() => void preferences.refetch()} />
      )}
      {preferences.data && (
        <div className="flex max-w-2xl flex-col gap-5">
          <TokenCard saved={preferences.data.huggingface ?? undefined} />
          <DownloadLimits preferences={preferences.data} />
        </div>
      )}
    </>
  );
}
