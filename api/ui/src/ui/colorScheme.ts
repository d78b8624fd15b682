import { useSyncExternalStore } from "react";

const darkScheme = window.matchMedia("(prefers-color-scheme: dark)");

function subscribe(listener: () => void): () => void {
  darkScheme.addEventListener("change", listener);
  return () => darkScheme.removeEventListener("change", listener);
}

/** For what is drawn on a canvas, which CSS doesn't recolour. */
export function usePrefersDark(): boolean {
  return useSyncExternalStore(subscribe, () => darkScheme.matches);
}
