import type { ReactNode } from "react";
import { asProblem, type Problem } from "../api/problem";
import { useLanguage } from "../i18n";
import type { Dictionary } from "../i18n/fa";
import { Button } from "./Button";
import { CheckIcon, InfoIcon, WarningIcon } from "./icons";
import { useSentence } from "../messages/useSentence";
import { TechnicalDetails } from "./TechnicalDetails";

type Tone = "danger" | "warning" | "good" | "calm";

const TONES: Record<Tone, string> = {
  danger: "bg-danger-soft text-danger",
  warning: "bg-warning-soft text-warning",
  good: "bg-good-soft text-good",
  calm: "bg-accent-soft text-accent-ink",
};

export function Notice({
  tone,
  title,
  children,
  aside,
  isLive = true,
}: {
  tone: Tone;
  title: string;
  children?: ReactNode;
  aside?: ReactNode;
  /** False within what screen readers are told of anyway. */
  isLive?: boolean;
}) {
  const Icon = tone === "good" ? CheckIcon : tone === "calm" ? InfoIcon : WarningIcon;
  return (
    <div
      role={isLive ? (tone === "danger" ? "alert" : "status") : undefined}
      className={`flex flex-wrap items-center justify-between gap-x-4 gap-y-3 rounded-2xl px-4 py-3 ${TONES[tone]}`}
    >
      <div className="flex min-w-0 gap-3">
        <Icon className="mt-1 size-5" />
        <div className="min-w-0">
          <p className="font-semibold">{title}</p>
          {children !== undefined && <div className="text-[0.95rem] text-ink">{children}</div>}
        </div>
      </div>
      {aside}
    </div>
  );
}

/** What a status says, where no problem document does: a proxy's error page, or no response at all. */
export function problemMessage(problem: Problem, t: Dictionary): string {
  switch (problem.status) {
    case 0:
      return t.problem.unreachable;
    case 401:
      return t.problem.unauthorized;
    case 403:
      return t.problem.forbidden;
    case 404:
      return t.problem.notFound;
    case 409:
      return t.problem.conflict;
    case 413:
      return t.problem.tooLarge;
    case 429:
      return t.problem.tooMany;
    case 507:
      return t.problem.storageFull;
    default:
      return problem.status >= 500 ? t.problem.server : t.problem.invalid;
  }
}

export function ProblemNotice({
  error,
  message,
  onRetry,
}: {
  error: unknown;
  message?: string | undefined;
  onRetry?: () => void;
}) {
  const { t } = useLanguage();
  const problem = asProblem(error);
  const sentence = useSentence()(problem.details);
  return (
    <Notice
      tone="danger"
      title={message ?? sentence ?? problemMessage(problem, t)}
      aside={onRetry && <Button onPress={onRetry}>{t.retry}</Button>}
    >
      {message === undefined && problem.message !== "" && <TechnicalDetails text={problem.message} />}
    </Notice>
  );
}
