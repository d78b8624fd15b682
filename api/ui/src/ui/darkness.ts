import { useSyncExternalStore } from "react";

const darkness = window.matchMedia("(prefers-color-scheme: dark)");

function subscribe(listener: () => void): () => void {
  darkness.addEventListener("change", listener);
  return () => darkness.removeEventListener("change", listener);
}

/** Whether the page is dark: what draws on a canvas must draw again when that changes. */
export function useDarkness(): boolean {
  return useSyncExternalStore(subscribe, () => darkness.matches);
}
