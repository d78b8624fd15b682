import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { unwrap, api, session } from "../api/client";
import { asProblem } from "../api/problem";
import { applyDatasetEvent } from "../datasets/datasets";
import { applyDownloadEvent } from "../downloads/downloads";
import { isHubQuery } from "../sources/sources";
import { applyTrainingEvent } from "../training/training";
import { applySynthesisEvent } from "../voices/syntheses";
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

/** Sends a request whose refusal renews the session, or ends it for the whole page if that fails. */
async function checkSession() {
  try {
    await unwrap(api.GET("/api/auth/me"));
    return "alive" as const;
  } catch (error) {
    return asProblem(error).status === 401 ? ("ended" as const) : ("unreachable" as const);
  }
}

/** The signed-in user's events: into the cache of queries, and to every subscriber. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");
  const [listeners] = useState(() => new Set<Listener>());

  useEffect(() => {
    const refetchAll = () =>
      void client.invalidateQueries({
        predicate: ({ queryKey }) => queryKey[0] !== "account" && !isHubQuery(queryKey),
      });
    const socket = new LiveSocket({
      open: openSocket,
      checkSession,
      onState: setState,
      // Changes from before the connection have no event, so what is on the screen is read again.
      onOpen: refetchAll,
      onEvent: (event) => {
        if (event.event === "events:expired") refetchAll();
        applyTrainingEvent(client, event);
        applyDatasetEvent(client, event);
        applySynthesisEvent(client, event);
        applyDownloadEvent(client, event);
        for (const listener of listeners) listener(event);
      },
      random: Math.random,
      now: Date.now,
    });
    const reconnect = () => {
      if (document.visibilityState === "visible") socket.reconnectNow();
    };
    const stopListening = session.onEnd(() => socket.stop());
    window.addEventListener("online", reconnect);
    document.addEventListener("visibilitychange", reconnect);
    socket.start();
    return () => {
      stopListening();
      window.removeEventListener("online", reconnect);
      document.removeEventListener("visibilitychange", reconnect);
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

/** Listens to every event while the component is mounted. The listener must keep its identity between renders. */
export function useLiveEvents(listener: Listener): void {
  const { subscribe } = useLive();
  useEffect(() => subscribe(listener), [subscribe, listener]);
}
