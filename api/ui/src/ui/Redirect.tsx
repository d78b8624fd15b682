import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";

/** Navigates once, to the address of the first render: later ones come while the page is already leaving. */
export function Redirect({ href }: { href: string }) {
  const { history } = useRouter();
  const [target] = useState(href);
  useEffect(() => history.replace(target), [history, target]);
  return null;
}
