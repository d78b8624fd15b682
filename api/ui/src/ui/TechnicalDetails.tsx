import { Fragment } from "react";
import { useLanguage } from "../i18n";
import { splitLinks } from "./links";
import { ExternalLink } from "./ExternalLink";

/** The server's English text, with the addresses in it as links. */
export function TechnicalDetails({ text }: { text: string }) {
  const { t } = useLanguage();
  return (
    <details className="text-sm">
      <summary className="cursor-pointer text-muted">{t.problem.details}</summary>
      <p dir="auto" lang="en" className="mt-1 break-words">
        {splitLinks(text).map(({ text, href }, index) =>
          href === undefined ? (
            <Fragment key={index}>{text}</Fragment>
          ) : (
            <ExternalLink key={index} href={href}>
              {text}
            </ExternalLink>
          ),
        )}
      </p>
    </details>
  );
}
