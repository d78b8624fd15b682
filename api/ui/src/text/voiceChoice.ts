import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Voice, voicesQuery } from "../voices/voices";

const STORAGE_KEY = "avagar.text.voice";

/** The voice to hear texts with: the one that was chosen last in this browser, or else the newest. */
export function useVoiceChoice() {
  const query = useInfiniteQuery(voicesQuery);
  const [chosen, setChosen] = useState(() => localStorage.getItem(STORAGE_KEY));
  const voices: Voice[] = query.data ?? [];

  function choose(id: string) {
    localStorage.setItem(STORAGE_KEY, id);
    setChosen(id);
  }

  return {
    voices,
    voice: voices.find(({ id }) => id === chosen) ?? voices[0],
    /** Known only once the list has come. */
    hasNone: query.data?.length === 0,
    choose,
  };
}
