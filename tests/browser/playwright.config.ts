import { defineConfig } from "@playwright/test";

/** The address of a running server with a database and a worker: `AVAGAR_URL=http://localhost:3001`. */
const url = process.env.AVAGAR_URL;
if (url === undefined) throw new Error("AVAGAR_URL is not set: it is the address of the server to test");

export default defineConfig({
  testDir: ".",
  outputDir: "results",
  // One test at a time: they share a worker, which runs one training at a time.
  workers: 1,
  fullyParallel: false,
  // A flaky test has found a fault.
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
