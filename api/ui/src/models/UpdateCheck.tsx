import { useNavigate } from "@tanstack/react-router";
import { useStartDownload } from "../downloads/downloads";
import { useLanguage } from "../i18n";
import { HubProblem } from "../sources/HubProblem";
import { shortCommit } from "../sources/sources";
import { Button } from "../ui/Button";
import { DownloadIcon, RefreshIcon } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { type Model, useUpdateCheck } from "./models";

export function UpdateCheck({ model }: { model: Model }) {
  const { t } = useLanguage();
  const navigate = useNavigate();
  const check = useUpdateCheck(model.id);
  const start = useStartDownload();
  const update = check.data;

  function fetchNewest(revision: string | undefined) {
    start.mutate(
      { repoId: model.repoId, ...(revision !== undefined && { revision }) },
      { onSuccess: () => void navigate({ to: "/models/downloads" }) },
    );
  }

  return (
    <div className="flex flex-col items-start gap-3">
      {!update && (
        <Button variant="quiet" className="-ms-4" isPending={check.isPending} onPress={() => check.mutate()}>
          <RefreshIcon />
          {t.models.checkUpdate}
        </Button>
      )}
      {check.isError && <HubProblem error={check.error} />}
      {update && !update.available && (
        <Notice tone="good" title={update.branch ? t.models.upToDate : t.models.fixedCommit} />
      )}
      {update?.available && (
        <Notice
          tone="calm"
          title={t.models.newer(shortCommit(update.newest))}
          aside={
            <Button
              variant="primary"
              isPending={start.isPending}
              onPress={() => fetchNewest(update.branch ?? undefined)}
            >
              <DownloadIcon />
              {t.models.fetchNewest}
            </Button>
          }
        />
      )}
      {start.isError && <HubProblem error={start.error} />}
    </div>
  );
}
