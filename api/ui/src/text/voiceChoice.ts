import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { textModeOf, type Voice, voicesQuery } from "../voices/voices";
import { useIsLanguageMissing } from "./analysis";

const STORAGE_KEY = "avagar.text.voice";

/** Whether a voice speaks what is shown, with the corrections of the dictionary. */
export function readsPhonemes(voice: Pick<Voice, "text">): boolean {
  return textModeOf(voice) === "phonemes";
}

/** Of voices of which the user's own come first: the one that was chosen, or else the first that reads phonemes, or else the first. */
export function preferredVoice<V extends Pick<Voice, "id" | "text">>(
  voices: readonly V[],
  chosen: string | null,
): V | undefined {
  return voices.find(({ id }) => id === chosen) ?? voices.find(readsPhonemes) ?? voices[0];
}

/**
 * The voice to hear texts with: the one that was chosen last in this browser, or else the user's newest that reads
 * phonemes, or else the shipped one.
 */
export function useVoiceChoice() {
  const query = useInfiniteQuery(voicesQuery);
  const isLanguageMissing = useIsLanguageMissing();
  const [chosen, setChosen] = useState(() => localStorage.getItem(STORAGE_KEY));
  // Without its language files, the server can't have the shipped voice speak.
  const usable = query.data?.filter(({ shipped }) => !shipped || !isLanguageMissing);
  const voices: Voice[] = usable ?? [];

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
    hasNone: usable?.length === 0,
    choose,
  };
}
