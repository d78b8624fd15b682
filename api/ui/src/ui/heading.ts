import { useEffect } from "react";

/** Moves the focus to the page's heading, which screen readers then say; to the page itself while it has none. */
export function focusHeading(): void {
  const target = document.querySelector<HTMLElement>("main h1") ?? document.querySelector<HTMLElement>("main");
  if (target === null) return;
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

/** For headings that come late: the focus has waited for them on the page. */
export function useFocusHeading(): void {
  useEffect(() => {
    if (document.activeElement?.tagName === "MAIN") focusHeading();
  }, []);
}
