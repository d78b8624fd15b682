import { leavesOut } from "../messages/message";
import { useSentence } from "../messages/useSentence";
import { TechnicalDetails } from "./TechnicalDetails";

interface ServerTextProps {
  /** The server's English sentence. */
  text: string;
  /** The same as `{ code, params }`. */
  details: unknown;
  /** A sentence that is true whatever the code is, for those that this page doesn't know. */
  general?: string;
}

/** What the server says, in the page's language. What only its English sentence tells can be unfolded. */
export function ServerText({ text, details, general }: ServerTextProps) {
  const sentence = useSentence()(details);
  const shown = sentence ?? general;
  return (
    <>
      {shown !== undefined && <p dir="auto">{shown}</p>}
      {text !== "" && (sentence === undefined || leavesOut(details)) && <TechnicalDetails text={text} />}
    </>
  );
}
