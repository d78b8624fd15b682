import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { answer, api, session } from "../api/client";
import { asProblem } from "../api/problem";
import { applyDatasetEvent } from "../datasets/datasets";
import { applyDownloadEvent } from "../downloads/downloads";
import { isOfTheHub } from "../sources/sources";
import { applyTrainingEvent } from "../training/training";
import { applyVoiceEvent } from "../voices/voices";
import type { LiveEvent } from "./events";
import { LiveSocket, type LiveState } from "./socket";

type Listener = (event: LiveEvent) => void;

interface Live {
  state: LiveState;
  subscribe: (listener: Listener) => () => void;
}

const LiveContext = createContext<Live | undefined>(undefined);

function openSocket(since: number | undefined): WebSocket {
  const url = new URL("/api/ws", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  if (since !== undefined) url.searchParams.set("since", String(since));
  return new WebSocket(url);
}

/** Asks with a request whose refusal renews the session, and ends it for the whole page where that fails. */
async function checkSession() {
  try {
    await answer(api.GET("/api/auth/me"));
    return "alive" as const;
  } catch (error) {
    return asProblem(error).status === 401 ? ("ended" as const) : ("unreachable" as const);
  }
}

/** The signed-in person's events: into the cache of queries, and to whoever subscribes. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");
  const [listeners] = useState(() => new Set<Listener>());

  useEffect(() => {
    const readAgain = () =>
      void client.invalidateQueries({
        predicate: ({ queryKey }) => queryKey[0] !== "account" && !isOfTheHub(queryKey),
      });
    const socket = new LiveSocket({
      open: openSocket,
      checkSession,
      onState: setState,
      // What changed before the connection stood was not told; what is on the screen is read again.
      onOpen: readAgain,
      onEvent: (event) => {
        if (event.event === "events:expired") readAgain();
        applyTrainingEvent(client, event);
        applyDatasetEvent(client, event);
        applyVoiceEvent(client, event);
        applyDownloadEvent(client, event);
        for (const listener of listeners) listener(event);
      },
      random: Math.random,
      now: Date.now,
    });
    const hurry = () => {
      if (document.visibilityState === "visible") socket.hurry();
    };
    const stopListening = session.onEnd(() => socket.stop());
    window.addEventListener("online", hurry);
    document.addEventListener("visibilitychange", hurry);
    socket.start();
    return () => {
      stopListening();
      window.removeEventListener("online", hurry);
      document.removeEventListener("visibilitychange", hurry);
      socket.stop();
    };
  }, [client, listeners]);

  const live = useMemo<Live>(
    () => ({
      state,
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    }),
    [state, listeners],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === undefined) throw new Error("useLive outside of LiveProvider");
  return live;
}

export function useLiveState(): LiveState {
  return useLive().state;
}

/** Hears every event while the component is there. The listener must keep its identity between renders. */
export function useLiveEvents(listener: Listener): void {
  const { subscribe } = useLive();
  useEffect(() => subscribe(listener), [subscribe, listener]);
}
