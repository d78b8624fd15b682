import { useQuery } from "@tanstack/react-query";
import { unwrap, api } from "../api/client";

/** Whether no worker serves a queue. Requested only while `waiting`; false until it is known. */
export function useHasNoWorker(queue: "training" | "speech" | "datasets" | "downloads", waiting: boolean): boolean {
  const status = useQuery({
    queryKey: ["system"],
    queryFn: () => unwrap(api.GET("/api/system/status")),
    enabled: waiting,
    refetchInterval: 5_000,
  });
  return waiting && status.data !== undefined && !status.data.workers.some((worker) => worker.slots[queue] > 0);
}
