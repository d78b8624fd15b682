import { defineConfig } from "@playwright/test";

/** The page of a server that runs, with its database and a worker: `AVAGAR_URL=http://localhost:3001`. */
const url = process.env.AVAGAR_URL;
if (url === undefined) throw new Error("AVAGAR_URL is not set: it names the server to walk through");

export default defineConfig({
  testDir: ".",
  outputDir: "results",
  // One walk after the other: they share a worker, which trains one thing at a time.
  workers: 1,
  fullyParallel: false,
  // A walk that succeeds only sometimes has found something.
  retries: 0,
  reporter: [["list"]],
  // A training step takes up to two seconds on a busy processor.
  timeout: 300_000,
  expect: { timeout: 30_000 },
  use: {
    baseURL: url,
    locale: "fa-IR",
    viewport: { width: 1280, height: 900 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.AVAGAR_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
