import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { unwrap, api, session } from "../api/client";
import { asProblem } from "../api/problem";
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

interface LiveProviderProps {
  applyEvent: (client: QueryClient, event: LiveEvent) => void;
  onConnect: (client: QueryClient) => void;
  children: ReactNode;
}

/** The signed-in user's events: into the cache of queries, and to every subscriber. */
export function LiveProvider({ applyEvent, onConnect, children }: LiveProviderProps) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");
  const [listeners] = useState(() => new Set<Listener>());

  useEffect(() => {
    const socket = new LiveSocket({
      open: openSocket,
      checkSession,
      onState: setState,
      onOpen: () => onConnect(client),
      onEvent: (event) => {
        applyEvent(client, event);
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
  }, [client, listeners, applyEvent, onConnect]);

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
