import { useEffect, useEffectEvent, useState } from "react";

/** A request for every letter would be wasted. */
const DELAY_MS = 350;

/** The text of a search field: handed to `onChange` when the typing pauses, and replaced when `value` changes. */
export function useDebouncedText(value: string, onChange: (value: string) => void) {
  const [text, setText] = useState(value);
  const [reported, setReported] = useState(value);
  const [lastValue, setLastValue] = useState(value);

  if (value !== lastValue) {
    setLastValue(value);
    // A value that was reported from here comes back unchanged, and more may have been typed by now.
    if (value !== reported) {
      setText(value);
      setReported(value);
    }
  }

  function flush() {
    const next = text.trim();
    if (next === reported) return;
    setReported(next);
    onChange(next);
  }

  const flushLatest = useEffectEvent(flush);

  useEffect(() => {
    const timer = setTimeout(() => flushLatest(), DELAY_MS);
    return () => clearTimeout(timer);
  }, [text]);

  return { text, setText, flush };
}
