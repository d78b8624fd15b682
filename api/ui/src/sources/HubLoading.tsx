import { useEffect, useState } from "react";
import { useLanguage } from "../i18n";

const SLOW_MS = 4_000;

/** Names the Hub when it is slow, so that the server isn't blamed. */
export function HubLoading() {
  const { t } = useLanguage();
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p role="status" className="appear-late py-16 text-center text-muted">
      {slow ? t.sources.slow : t.loading}
    </p>
  );
}
