import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { textModeOf, type Voice, voicesQuery } from "../voices/voices";

const STORAGE_KEY = "avagar.text.voice";

/** Whether a voice speaks what is shown, with the corrections of the dictionary. */
export function readsPhonemes(voice: Pick<Voice, "text">): boolean {
  return textModeOf(voice) === "phonemes";
}

/** The voice that was chosen, or else the first that reads phonemes, or else the first. */
export function preferredVoice<V extends Pick<Voice, "id" | "text">>(
  voices: readonly V[],
  chosen: string | null,
): V | undefined {
  return voices.find(({ id }) => id === chosen) ?? voices.find(readsPhonemes) ?? voices[0];
}

/** The voice to hear texts with: the one that was chosen last in this browser, or else the newest that reads phonemes. */
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
    voice: preferredVoice(voices, chosen),
    /** The voice to hear pronunciations with, which only those can say that read phonemes. */
    phonemeVoice: preferredVoice(voices.filter(readsPhonemes), chosen),
    /** Known only once the list has come. */
    hasNone: query.data?.length === 0,
    choose,
  };
}
