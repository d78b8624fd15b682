import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";

/** Whether nobody takes jobs of a queue just now. Asked only while something waits; unknown counts as no. */
export function useNobodyWorks(queue: "training" | "speech" | "datasets" | "downloads", waiting: boolean): boolean {
  const status = useQuery({
    queryKey: ["system"],
    queryFn: () => answer(api.GET("/api/system/status")),
    enabled: waiting,
    refetchInterval: 5_000,
  });
  return waiting && status.data !== undefined && !status.data.workers.some((worker) => worker.slots[queue] > 0);
}
