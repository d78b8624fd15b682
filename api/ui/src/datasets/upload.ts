import { session, type Schemas } from "../api/client";
import { Problem } from "../api/problem";

interface Upload {
  name: string;
  file: File;
  /** Bytes sent so far. */
  onProgress: (sent: number, total: number) => void;
  signal: AbortSignal;
}

/** Sends an archive. Of a browser's ways to send, only this old one tells how far it is. */
export async function uploadDataset({ name, file, onProgress, signal }: Upload): Promise<Schemas["Dataset"]> {
  await session.freshen();
  const form = new FormData();
  // The server reads the form as it streams in, so the name has to come before the bytes.
  if (name.trim() !== "") form.append("name", name.trim());
  form.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/datasets");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total);
    request.onload = () => {
      if (request.status === 202) resolve(request.response as Schemas["Dataset"]);
      else reject(Problem.from(request.status, request.response));
    };
    request.onerror = () => reject(Problem.unreachable());
    request.onabort = () => reject(new DOMException("The upload was stopped.", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
