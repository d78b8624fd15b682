import { useQuery } from "@tanstack/react-query";
import { Button } from "react-aria-components";
import { useLanguage } from "../i18n";
import { Badge } from "../ui/Badge";
import { ProblemNotice } from "../ui/Notice";
import { Card, CardTitle } from "../ui/Surface";
import { ContinueTraining } from "./ContinueTraining";
import { checkpointsQuery, hasEnded, type Training } from "./training";

export function Checkpoints({ training }: { training: Training }) {
  const { t, f } = useLanguage();
  const checkpoints = useQuery(checkpointsQuery(training.id));
  const names = t.training.checkpoint;
  return (
    <Card>
      <CardTitle hint={t.training.checkpointsHint}>{t.training.checkpoints}</CardTitle>
      {checkpoints.isError && <ProblemNotice error={checkpoints.error} onRetry={() => void checkpoints.refetch()} />}
      {checkpoints.data?.length === 0 && <p className="text-muted">{t.training.checkpointsEmpty}</p>}
      {checkpoints.data && checkpoints.data.length > 0 && (
        <div className="-mx-2 overflow-x-auto px-2" tabIndex={0} role="region" aria-label={t.training.checkpoints}>
          <table className="w-full text-[0.95rem]">
            <thead className="text-[0.8rem] text-muted">
              <tr>
                {[names.step, names.epoch, names.loss, names.validationLoss, names.size, names.at].map((name) => (
                  <th key={name} scope="col" className="pe-4 pb-1 text-start font-normal whitespace-nowrap last:pe-0">
                    {name}
                  </th>
                ))}
                {hasEnded(training.status) && <td />}
              </tr>
            </thead>
            <tbody>
              {checkpoints.data.map((checkpoint) => (
                <tr
                  key={checkpoint.id}
                  className="border-t border-line [&>td]:py-2 [&>td]:pe-4 [&>td]:whitespace-nowrap"
                >
                  <td className="font-medium">
                    {f.number(checkpoint.step)}
                    {checkpoint.best && (
                      <>
                        {" "}
                        <Badge tone="good">{t.training.checkpointBest}</Badge>
                      </>
                    )}
                  </td>
                  <td>{f.number(checkpoint.epoch)}</td>
                  <td>{f.measure(checkpoint.loss)}</td>
                  <td>{checkpoint.validationLoss != null && f.measure(checkpoint.validationLoss)}</td>
                  <td>{f.bytes(checkpoint.sizeBytes)}</td>
                  <td className="text-muted">{f.dateTime(checkpoint.createdAt)}</td>
                  {hasEnded(training.status) && (
                    <td>
                      <ContinueTraining
                        training={training}
                        checkpointId={checkpoint.id}
                        trigger={<ContinueHere step={f.number(checkpoint.step)} />}
                      />
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {checkpoints.data && checkpoints.data.length > 0 && (
        <a
          href={`/api/training/${training.id}/tensorboard`}
          download
          className="mt-3 inline-block text-sm text-accent-ink hover:underline"
        >
          {t.training.tensorboard}
        </a>
      )}
    </Card>
  );
}

function ContinueHere({ step }: { step: string }) {
  const { t } = useLanguage();
  return (
    <Button
      aria-label={t.training.continuation.fromStep(step)}
      className="rounded-lg font-medium text-accent-ink underline-offset-4 hover:underline"
    >
      {t.training.continuation.here}
    </Button>
  );
}
