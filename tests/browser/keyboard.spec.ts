import { expect, type Page, test } from "@playwright/test";
import { register, train } from "./account";
import { chooseNoBase } from "./base";
import { numberIn } from "./numbers";
import { PageErrors } from "./pageErrors";

let errors: PageErrors;

test.beforeEach(async ({ page }) => {
  errors = await PageErrors.watch(page);
  await register(page);
});

test.afterEach(() => errors.expectNone());

async function useEnglish(page: Page): Promise<void> {
  await page.addInitScript(() => localStorage.setItem("avagar.locale", "en"));
}

test("the arrow keys move between presets the way they point, in both directions of writing", async ({ page }) => {
  for (const [direction, label, next, previous] of [
    ["rtl", "اندازهٔ شبکه", "ArrowLeft", "ArrowRight"],
    ["ltr", "Network size", "ArrowRight", "ArrowLeft"],
  ] as const) {
    if (direction === "ltr") await useEnglish(page);
    await page.goto("/training/new");
    await expect(page.locator("html")).toHaveAttribute("dir", direction);
    // A base has its own network.
    await chooseNoBase(page);
    const presets = page.getByRole("radiogroup", { name: label }).getByRole("radio");
    await presets.first().focus();
    await page.keyboard.press(next);
    await expect(presets.nth(1)).toBeChecked();
    await page.keyboard.press(previous);
    await expect(presets.first()).toBeChecked();
  }
});

test("navigation focuses the heading and sets the title, but the first page leaves the focus alone", async ({
  page,
}) => {
  await page.goto("/");
  const heading = page.getByRole("heading", { level: 1 });
  await expect(heading).toBeVisible();
  await expect(heading).not.toBeFocused();
  for (const route of ["/voices", "/text", "/datasets", "/settings", "/training"]) {
    await page.locator(`nav a[href="${route}"]`).focus();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(route);
    await expect(heading).toBeFocused();
    await expect(page).toHaveTitle(new RegExp(`^${await heading.textContent()} · `));
  }
});

test("no focused element is hidden behind the navigation bar of a phone", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await page.goto("/training/new");
  const last = page.locator("main button[type=submit]");
  await expect(last).toBeVisible();
  await page.locator("main").focus();
  await expect(async () => {
    await page.keyboard.press("Tab");
    const [end, bar] = await page.evaluate(() => [
      document.activeElement?.getBoundingClientRect().bottom ?? 0,
      document.querySelector("nav")?.getBoundingClientRect().top ?? 0,
    ]);
    expect(end).toBeLessThanOrEqual(bar ?? 0);
    await expect(last).toBeFocused({ timeout: 50 });
  }).toPass();
});

test("the arrow keys seek in a sound and move the chart's cursor, and one sound plays at a time", async ({ page }) => {
  const { training } = await train(page);
  await page.goto(`/training/${training}`);

  const chart = page.locator("[data-points] [role=slider]");
  await expect.poll(() => numberIn(chart, "aria-valuenow")).toBeGreaterThan(1);
  const step = await numberIn(chart, "aria-valuenow");
  const values = await chart.getAttribute("aria-valuetext");
  await chart.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(chart).toHaveAttribute("aria-valuenow", String(step - 1));
  await expect(chart).not.toHaveAttribute("aria-valuetext", values ?? "");

  const players = page.locator("[data-duration]");
  await expect.poll(() => numberIn(players.first(), "data-duration")).toBeGreaterThan(0);
  await expect.poll(() => numberIn(players.nth(1), "data-duration")).toBeGreaterThan(0);
  const sound = players.first().getByRole("slider");
  await sound.focus();
  await page.keyboard.press("End");
  await expect(sound).toHaveAttribute("aria-valuenow", (await sound.getAttribute("aria-valuemax")) ?? "");
  await page.keyboard.press("Home");
  await expect(sound).toHaveAttribute("aria-valuenow", "0");
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => numberIn(sound, "aria-valuenow")).toBeGreaterThan(0);

  const buttons = [players.first().getByRole("button"), players.nth(1).getByRole("button")] as const;
  const play = (await buttons[0].getAttribute("aria-label")) ?? "";
  await buttons[0].click();
  await expect(buttons[0]).not.toHaveAccessibleName(play);
  await buttons[1].click();
  await expect(buttons[1]).not.toHaveAccessibleName(play);
  await expect(buttons[0]).toHaveAccessibleName(play);
});
