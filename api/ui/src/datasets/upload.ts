import { session, type Schemas } from "../api/client";
import { Problem } from "../api/problem";

interface Upload {
  name: string;
  file: File;
  onProgress: (sent: number, total: number) => void;
  signal: AbortSignal;
}

/** A tar has its magic number at byte 257. */
const MAGIC_BYTES = 512;

/**
 * Whether a file begins like a zip, a tar.gz or a tar. The server checks it too, but answers during the upload, which
 * browsers report as a broken connection.
 */
export async function isArchive(file: Blob): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, MAGIC_BYTES).arrayBuffer());
  const has = (at: number, ...bytes: number[]) => bytes.every((byte, index) => head[at + index] === byte);
  const zip = has(0, 0x50, 0x4b, 0x03, 0x04);
  const gzip = has(0, 0x1f, 0x8b);
  const tar = has(257, 0x75, 0x73, 0x74, 0x61, 0x72);
  return zip || gzip || tar;
}

/** Uploads an archive with XMLHttpRequest, because `fetch` doesn't report the progress of an upload. */
export async function uploadDataset({ name, file, onProgress, signal }: Upload): Promise<Schemas["Dataset"]> {
  if (!(await isArchive(file))) throw new Problem(422, "", new Map([["file", "not an archive"]]));
  await session.renewIfExpiring();
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
