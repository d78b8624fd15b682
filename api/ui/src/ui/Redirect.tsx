import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";

/** Goes to an address of this page, once: to the one it was first rendered with, whatever changes while it leaves. */
export function Redirect({ href }: { href: string }) {
  const { history } = useRouter();
  const [target] = useState(href);
  useEffect(() => history.replace(target), [history, target]);
  return null;
}
