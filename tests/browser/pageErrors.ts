import { expect, type Page } from "@playwright/test";

/** A response that browsers log as an error, though the test expects it; without a path, wherever it comes from. */
type Expected = readonly [status: number, path?: string];

/** The page sends these to find out whether a user is signed in. */
const SIGNED_OUT: readonly Expected[] = [
  [401, "/api/auth/me"],
  [401, "/api/auth/refresh"],
];

/** What browsers log about a request, and about the handshake of a WebSocket. */
const STATUS = /(?:status of|response code:) (\d{3})/;

/** Collects console errors, exceptions, violations of the Content-Security-Policy and requests to other hosts. */
export class PageErrors {
  private readonly errors: string[] = [];
  private readonly expected: Expected[] = [...SIGNED_OUT];

  static async watch(page: Page): Promise<PageErrors> {
    const watched = new PageErrors();
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`security policy: ${event.violatedDirective} refused ${event.blockedURI}`);
      });
    });
    page.on("pageerror", (error) => watched.errors.push(`exception: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() !== "error") return;
      const path = URL.parse(message.location().url)?.pathname ?? "";
      const expected = watched.expected.some(
        ([status, where]) => (where ?? path) === path && STATUS.exec(message.text())?.[1] === String(status),
      );
      if (!expected) watched.errors.push(`console: ${message.text()} (${path})`);
    });
    page.on("request", (request) => {
      const { protocol, host } = new URL(request.url());
      const own =
        ["blob:", "data:"].includes(protocol) || host === new URL(page.url()).host || page.url() === "about:blank";
      if (!own) watched.errors.push(`a request left for ${host}`);
    });
    return watched;
  }

  /** From now on this response is expected. */
  allow(status: number, path: string): void {
    this.expected.push([status, path]);
  }

  /** To be called before a session ends: the page may be asking for something just then, which is refused. */
  allowSignedOut(): void {
    this.expected.push([401]);
  }

  expectNone(): void {
    expect(this.errors).toEqual([]);
  }
}
