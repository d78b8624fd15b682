import { expect, type Page, test } from "@playwright/test";
import { register, train } from "./account";
import { PageErrors } from "./pageErrors";

/** From a phone to a wide screen, with the widths at which columns appear. */
const WIDTHS = [360, 768, 820, 1024, 1100, 1440];
/** Of the page that is opened first, compressed as they travel. */
const MAX_SCRIPT_BYTES = 200_000;

let errors: PageErrors;

test.beforeEach(async ({ page }) => {
  errors = await PageErrors.watch(page);
});

test.afterEach(() => errors.expectNone());

/** The words in boxes that are narrower than three of their letters. */
async function squeezedWords(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const squeezed: string[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      let box = text.parentElement;
      while (box !== null && ["inline", "contents"].includes(getComputedStyle(box).display)) box = box.parentElement;
      if (box === null || !box.checkVisibility()) continue;
      // Text for screen readers only is one pixel wide.
      if (box.clientWidth <= 1 && getComputedStyle(box).position === "absolute") continue;
      const { paddingLeft, paddingRight } = getComputedStyle(box);
      const width = box.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
      for (const word of (text.nodeValue ?? "").matchAll(/\S{4,}/g)) {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        const length = [...range.getClientRects()].reduce((sum, rect) => sum + rect.width, 0);
        if (width < (3 * length) / word[0].length) squeezed.push(word[0]);
      }
    }
    return squeezed;
  });
}

test("every page fits every width without squeezed words", async ({ page }) => {
  await register(page);
  const { training, voice, dataset } = await train(page);
  const routes = [
    `/training/${training}`,
    `/voices/${voice}`,
    `/datasets/${dataset}`,
    "/training",
    "/training/new",
    "/voices",
    "/text",
    "/datasets",
    "/datasets/new",
    "/models",
    "/models/downloads",
    "/models/installed",
    "/settings",
  ];
  for (const route of routes) {
    await page.goto(route);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.locator("[data-live=live]:visible")).toBeVisible();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      const where = `${route} at ${width} px`;
      const overflow = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return scrollWidth - clientWidth;
      });
      expect(overflow, where).toBeLessThanOrEqual(0);
      expect(await squeezedWords(page), where).toEqual([]);
    }
  }
});

test("the first page loads no scripts of other pages", async ({ page }) => {
  await register(page);
  await page.goto("/training");
  await expect(page.locator("[data-live=live]:visible")).toBeVisible();
  const bytes = await page.evaluate(() =>
    (performance.getEntriesByType("resource") as PerformanceResourceTiming[])
      .filter(({ name }) => name.endsWith(".js"))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  );
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(MAX_SCRIPT_BYTES);
});

test("browsers cache hashed files forever, and revalidate the page", async ({ request }) => {
  const page = await request.get("/");
  const [script] = /assets\/[^"]+\.js/.exec(await page.text()) ?? [];
  const cacheControl = async (path: string) => (await request.get(path)).headers()["cache-control"] ?? "";
  expect(await cacheControl(`/${script}`)).toContain("immutable");
  expect(await cacheControl("/")).not.toContain("immutable");
  expect((await request.get("/assets/gone.js")).status()).toBe(404);
});
