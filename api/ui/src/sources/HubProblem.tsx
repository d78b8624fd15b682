import { Link } from "@tanstack/react-router";
import { asProblem, type Problem } from "../api/problem";
import { useLanguage } from "../i18n";
import type { Dictionary } from "../i18n/fa";
import type { Format } from "../i18n/format";
import { Button } from "../ui/Button";
import { Notice, problemMessage } from "../ui/Notice";
import { TechnicalDetails } from "../ui/TechnicalDetails";

function hubProblemMessage(problem: Problem, t: Dictionary, f: Format): string {
  switch (problem.status) {
    case 403:
      return t.sources.refused;
    case 404:
      return t.sources.notFound;
    case 429:
      return problem.retryAfter === undefined ? t.problem.tooMany : t.sources.retryIn(f.duration(problem.retryAfter));
    case 502:
    case 503:
    case 504:
      return t.sources.unavailable;
    default:
      return problemMessage(problem, t);
  }
}

/** A failed request to the Hub, with a link to the token if another one may help. */
export function HubProblem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t, f } = useLanguage();
  const problem = asProblem(error);
  return (
    <Notice
      tone="danger"
      title={hubProblemMessage(problem, t, f)}
      aside={onRetry && <Button onPress={onRetry}>{t.retry}</Button>}
    >
      {[403, 404].includes(problem.status) && (
        <Link to="/settings" className="font-medium text-accent-ink underline-offset-4 hover:underline">
          {t.sources.toToken}
        </Link>
      )}
      {problem.message !== "" && <TechnicalDetails text={problem.message} />}
    </Notice>
  );
}
