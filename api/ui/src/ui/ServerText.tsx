import { useLanguage } from "../i18n";
import { type Details, type Sentences, sentenceFor } from "../i18n/sentences";
import { TechnicalDetails } from "./TechnicalDetails";

interface ServerTextProps<D extends Details> {
  /** The server's English sentence. */
  text: string;
  details?: D | null | undefined;
  sentences?: Sentences<D>;
  /** A sentence that is true whatever the code is, for those that this page doesn't know. */
  general?: string;
}

/** What the server says, in the page's language; if the page has no sentence for it, the English text can be unfolded. */
export function ServerText<D extends Details>({ text, details, sentences, general }: ServerTextProps<D>) {
  const { f } = useLanguage();
  const sentence = sentences && sentenceFor(details, sentences, f);
  if (sentence !== undefined) return <p dir="auto">{sentence}</p>;
  return (
    <>
      {general !== undefined && <p>{general}</p>}
      {text !== "" && <TechnicalDetails text={text} />}
    </>
  );
}
