import { useEffect, useEffectEvent, useState } from "react";

/** Nobody wants an answer to every letter. */
const PAUSE_MS = 350;

/** What stands in the search field: handed on when the typing pauses, and taken over where the address changes. */
export function useWords(asked: string, onWords: (words: string) => void) {
  const [words, setWords] = useState(asked);
  const [handedOn, setHandedOn] = useState(asked);
  const [seen, setSeen] = useState(asked);

  if (asked !== seen) {
    setSeen(asked);
    // What comes back after being handed on is no news, and there may be more letters by now.
    if (asked !== handedOn) {
      setWords(asked);
      setHandedOn(asked);
    }
  }

  const handOn = useEffectEvent(() => {
    const next = words.trim();
    if (next === handedOn) return;
    setHandedOn(next);
    onWords(next);
  });

  useEffect(() => {
    const timer = setTimeout(() => handOn(), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [words]);

  function hurry() {
    const next = words.trim();
    if (next === handedOn) return;
    setHandedOn(next);
    onWords(next);
  }

  return { words, setWords, hurry };
}
