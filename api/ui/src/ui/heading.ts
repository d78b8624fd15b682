import { useEffect } from "react";

/** Focuses the page's heading, so that screen readers announce it, or the page itself while it has none. */
export function focusHeading(): void {
  const target = document.querySelector<HTMLElement>("main h1") ?? document.querySelector<HTMLElement>("main");
  if (target === null) return;
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

/** For headings that are rendered after the navigation: until then the page itself has the focus. */
export function useFocusHeading(): void {
  useEffect(() => {
    if (document.activeElement?.tagName === "MAIN") focusHeading();
  }, []);
}
