import { Fragment } from "react";
import { piecesOf } from "./links";
import { OutsideLink } from "./OutsideLink";

/** The server's own words, in English as it speaks, with the addresses in them as links. */
export function Sentence({ words }: { words: string }) {
  return (
    <p dir="auto" lang="en" className="break-words">
      {piecesOf(words).map(({ text, href }, index) =>
        href === undefined ? (
          <Fragment key={index}>{text}</Fragment>
        ) : (
          <OutsideLink key={index} href={href}>
            {text}
          </OutsideLink>
        ),
      )}
    </p>
  );
}
