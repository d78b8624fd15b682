import { expect, test } from "vitest";
import { isArchive } from "./upload";

function tar(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(1024);
  bytes.set(new TextEncoder().encode("ustar"), 257);
  return bytes;
}

test.each([
  ["zip", new Uint8Array([0x50, 0x4b, 0x03, 0x04, 0])],
  ["tar.gz", new Uint8Array([0x1f, 0x8b, 0x08])],
  ["tar", tar()],
])("a %s is an archive", async (_, bytes) => {
  expect(await isArchive(new Blob([bytes]))).toBe(true);
});

test.each([
  ["text", "hello"],
  ["nothing", ""],
  ["an old archiver's file", "Rar!"],
])("%s is not an archive", async (_, content) => {
  expect(await isArchive(new Blob([content]))).toBe(false);
});
