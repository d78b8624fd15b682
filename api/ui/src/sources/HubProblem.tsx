import { Link } from "@tanstack/react-router";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { Notice, problemMessage } from "../ui/Notice";
import { useSentence } from "../messages/useSentence";
import { TechnicalDetails } from "../ui/TechnicalDetails";

/** A failed request to the Hub, with a link to the token if another one may help. */
export function HubProblem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t, f } = useLanguage();
  const problem = asProblem(error);
  const { retryAfter } = problem;
  const sentence = useSentence()(problem.details);
  return (
    <Notice
      tone="danger"
      title={
        retryAfter === undefined ? (sentence ?? problemMessage(problem, t)) : t.sources.retryIn(f.duration(retryAfter))
      }
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
