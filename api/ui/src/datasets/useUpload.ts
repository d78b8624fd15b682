import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { asProblem } from "../api/problem";
import { datasetKeys } from "./datasets";
import { uploadDataset } from "./upload";

interface UploadState {
  sent: number;
  total: number;
  stop: () => void;
}

/** Uploads an archive, then opens the page of the dataset. */
export function useUpload() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>();
  const [uploading, setUploading] = useState<UploadState>();
  const abortUpload = useRef<() => void>(undefined);

  useEffect(() => () => abortUpload.current?.(), []);

  async function upload(name: string, file: File) {
    const controller = new AbortController();
    const stop = () => controller.abort();
    abortUpload.current = stop;
    setError(undefined);
    setUploading({ sent: 0, total: file.size, stop });
    try {
      const dataset = await uploadDataset({
        name,
        file,
        signal: controller.signal,
        onProgress: (sent, total) => setUploading({ sent, total, stop }),
      });
      client.setQueryData(datasetKeys.one(dataset.id), dataset);
      void client.invalidateQueries({ queryKey: datasetKeys.list });
      await navigate({ to: "/datasets/$id", params: { id: dataset.id }, ignoreBlocker: true });
    } catch (reason) {
      if (!controller.signal.aborted) setError(reason);
    } finally {
      setUploading(undefined);
    }
  }

  return {
    upload,
    uploading,
    problem: error === undefined ? undefined : asProblem(error),
    resetError: () => setError(undefined),
  };
}
