import { expect, type Page } from "@playwright/test";

/** Answers that a browser writes to its console as errors, though they are what was asked for. */
type Expected = readonly [status: number, path: string];

/** Nobody is signed in at first, which the page finds out by asking. */
const SIGNED_OUT: readonly Expected[] = [
  [401, "/api/auth/me"],
  [401, "/api/auth/refresh"],
];

/** Listens for whatever goes wrong in a page: errors on the console, exceptions, breaches of the security policy. */
export class Faults {
  private readonly found: string[] = [];
  private readonly expected: Expected[] = [...SIGNED_OUT];

  static async watch(page: Page): Promise<Faults> {
    const faults = new Faults();
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`security policy: ${event.violatedDirective} refused ${event.blockedURI}`);
      });
    });
    page.on("pageerror", (error) => faults.found.push(`exception: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() !== "error") return;
      const path = URL.parse(message.location().url)?.pathname ?? "";
      const expected = faults.expected.some(
        ([status, where]) => path === where && message.text().includes(`status of ${status}`),
      );
      if (!expected) faults.found.push(`console: ${message.text()} (${path})`);
    });
    page.on("request", (request) => {
      const { protocol, host } = new URL(request.url());
      const own =
        ["blob:", "data:"].includes(protocol) || host === new URL(page.url()).host || page.url() === "about:blank";
      if (!own) faults.found.push(`a request left for ${host}`);
    });
    return faults;
  }

  /** From now on this answer is part of the walk. */
  allow(status: number, path: string): void {
    this.expected.push([status, path]);
  }

  expectNone(): void {
    expect(this.found).toEqual([]);
  }
}
