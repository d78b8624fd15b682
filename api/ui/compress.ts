import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { Plugin } from "vite";

const toBrotli = promisify(brotliCompress);
const toGzip = promisify(gzip);

/** Writes `X.br` and `X.gz` beside every script and style sheet X, at the best level, for the server to send instead. */
export function compress(): Plugin {
  return {
    name: "compress",
    apply: "build",
    async writeBundle({ dir = "" }, bundle) {
      const files = Object.keys(bundle).filter((name) => /\.(?:js|css)$/.test(name));
      await Promise.all(
        files.map(async (name) => {
          const file = path.join(dir, name);
          const content = await readFile(file);
          // Node's default for brotli is its highest quality, 11.
          await writeFile(`${file}.br`, await toBrotli(content));
          await writeFile(`${file}.gz`, await toGzip(content, { level: 9 }));
        }),
      );
    },
  };
}
