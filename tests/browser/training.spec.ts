import { rename } from "node:fs/promises";
import path from "node:path";
import { expect, type Locator, type Page, test } from "@playwright/test";
import { newEmail, register, signUp, TRAINING_TIMEOUT_MS } from "./account";
import { baseChoice, chooseNoBase, chooseShippedVoice } from "./base";
import { expectNoLatinSentence } from "./latin";
import { expectAbove, numberIn, persian } from "./numbers";
import { PageErrors } from "./pageErrors";
import { screenshot } from "./screenshot";

/** The server's storage folder. */
const STORAGE = process.env.AVAGAR_STORAGE ?? "";

let errors: PageErrors;

test.beforeEach(async ({ page }) => {
  errors = await PageErrors.watch(page);
});

test.afterEach(() => errors.expectNone());

async function isDrawn(chart: Locator): Promise<boolean> {
  return chart.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
    const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    return pixels.some((value, index) => index % 4 === 3 && value > 0);
  });
}

/** Phonemes are the default of a new voice, and the user may choose characters. */
async function expectTextModes(page: Page): Promise<void> {
  const modes = page.getByRole("radiogroup", { name: "آنچه صدا یاد می‌گیرد" });
  const phonemes = modes.getByRole("radio", { name: /^واج‌ها/ });
  const characters = modes.getByRole("radio", { name: /^نویسه‌ها/ });
  await expect(phonemes).toBeEnabled();
  await expect(phonemes).toBeChecked();
  await expect(characters).not.toBeChecked();
  await modes.getByText("characters", { exact: true }).click();
  await expect(characters).toBeChecked();
  await expect(phonemes).not.toBeChecked();
  await modes.getByText("phonemes", { exact: true }).click();
  await expect(phonemes).toBeChecked();
}

/** From nothing, a training of one epoch only hums: the form warns of it, and puts enough epochs in. */
async function expectForecast(page: Page, epochs: Locator): Promise<void> {
  const warned = page.getByRole("status").filter({ hasText: "فقط زمزمه می‌کند" });
  await expect(warned).toContainText("گام‌ها");
  await expect(warned).toContainText("حدود");
  const advice = warned.getByRole("button", { name: / دور بگذار$/ });
  const [enough = ""] = ((await advice.textContent()) ?? "").split(" ");
  await advice.click();
  await expect(epochs).toHaveValue(enough);
  await expect(epochs).toBeFocused();
  await expect(warned).toBeHidden();
}

/** Trains from the shipped voice, which the form suggests; other choices are tried before. */
async function startTraining(page: Page): Promise<void> {
  await page.getByRole("link", { name: "شروع آموزش" }).click();
  await expect(page.getByRole("button", { name: /نمونه/ })).toBeVisible();
  await expect(baseChoice(page)).toContainText("صدای همراه آواگر");
  await expect(page.getByText("آموزش با آن از کلمه‌ها شروع می‌شود")).toBeVisible();
  const presets = page.getByRole("radiogroup", { name: "اندازهٔ شبکه" });
  await expect(presets).toBeHidden();
  const epochs = page.getByRole("textbox", { name: "دورها (epoch)" });
  await epochs.fill("9999999");
  await page.getByRole("button", { name: "شروع آموزش" }).click();
  await expect(epochs).toHaveAccessibleDescription("حداکثر ۱۰۰٬۰۰۰");
  await expect(epochs).toHaveValue("۹۹۹۹۹۹۹");
  await expect(epochs).toBeFocused();
  await epochs.fill("");
  await page.getByRole("button", { name: "شروع آموزش" }).click();
  await expect(epochs).toHaveAccessibleDescription("لطفاً عددی بنویسید.");
  await epochs.fill("۱");
  await page.getByRole("textbox", { name: "اندازهٔ دسته (batch)" }).fill("۴");
  await chooseNoBase(page);
  await expect(presets).toBeVisible();
  await expectForecast(page, epochs);
  await epochs.fill("۱");
  await expectTextModes(page);
  await expect(page.getByText("فقط زمزمه می‌کند")).toBeVisible();
  await chooseShippedVoice(page);
  await expect(presets).toBeHidden();
  await expect(page.getByText("فقط زمزمه می‌کند")).toBeHidden();
  await screenshot(page, "03-new-training");
  await page.getByRole("button", { name: "شروع آموزش" }).click();
  await expect(page).toHaveURL(/\/training\/[0-9a-f-]{36}$/);
  const settings = page.locator("dl").filter({ hasText: "آنچه صدا یاد می‌گیرد" });
  await expect(settings).toContainText("واج‌ها");
  await expect(settings.getByRole("link", { name: /صدای آواگر/ })).toBeVisible();
}

async function watchProgress(page: Page): Promise<void> {
  // Progress arrives live, step by step.
  const step = page.locator("[data-step]");
  const chart = page.locator("[data-points]");
  await expectAbove(step, "data-step", 0);
  const first = await numberIn(step, "data-step");
  await expectAbove(step, "data-step", first);
  await expectAbove(chart, "data-points", 1);
  await expect(page.getByRole("progressbar", { name: "پیشرفت" })).not.toHaveAttribute("aria-valuenow", "0");
  expect(await isDrawn(chart)).toBe(true);
  await screenshot(page, "04-training");

  // After a reload, the curve is loaded from the server and continues.
  const before = await numberIn(step, "data-step");
  await page.reload();
  await expectAbove(chart, "data-points", before - 1);
  await screenshot(page, "05-training-after-reload");
}

/** Returns the number of steps. */
async function expectCompleted(page: Page): Promise<number> {
  await expect(page.getByRole("link", { name: "شنیدن صدا" })).toBeVisible({ timeout: TRAINING_TIMEOUT_MS });
  await expect(page.getByText("تمام‌شده", { exact: true })).toBeVisible();
  await expect(page.getByRole("progressbar", { name: "پیشرفت" })).toHaveAttribute("aria-valuenow", "100");
  // The whole curve is fetched again at the end, with a point for every step.
  const steps = await numberIn(page.locator("[data-step]"), "data-step");
  await expect(page.locator("[data-points]")).toHaveAttribute("data-points", String(steps));
  await expect(page.getByRole("region", { name: "نقطه‌های بازیابی (checkpoint)" }).getByRole("row")).not.toHaveCount(0);
  await screenshot(page, "06-training-completed");
  return steps;
}

async function expectSamples(page: Page, steps: number): Promise<void> {
  // The samples from before the first step and after the last one.
  const atFirst = page.getByRole("region", { name: "پیش از گام اول" });
  const after = page.getByRole("region", { name: `پس از گام ${persian(steps)}` });
  await expect(atFirst.getByRole("listitem")).toHaveCount(2);
  await expect(after.getByRole("listitem")).toHaveCount(2);
  await expect(page.locator("[data-points]")).toHaveAttribute("data-evaluations", "2");
  const sample = after.getByRole("listitem").first();
  await expectAbove(sample.getByRole("group"), "data-duration", 0);
  await sample.getByRole("button", { name: "تصویرها" }).click();
  for (const picture of await sample.getByRole("img", { name: /طیف‌نگاشت|هم‌ترازی/ }).all()) {
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  }
  await after.scrollIntoViewIfNeeded();
  await screenshot(page, "06b-samples");
}

/** Has the voice on the page say a text, which isn't silent; returns its player. */
async function speak(page: Page, text: string): Promise<Locator> {
  await page.getByRole("textbox", { name: "متن برای خواندن" }).fill(text);
  await page.getByRole("button", { name: "تولید صدا" }).click();
  const player = page.getByRole("group", { name: text });
  await expect(player).toBeVisible({ timeout: TRAINING_TIMEOUT_MS });
  await expectAbove(player, "data-duration", 0);
  expect(await peak(player.getByRole("link"))).toBeGreaterThan(0.001);
  return player;
}

async function listenToVoice(page: Page): Promise<void> {
  await page.getByRole("link", { name: "شنیدن صدا" }).click();
  const player = await speak(page, "سلام دنیا");
  const play = player.getByRole("button");
  const played = nameBecomes(play, "مکث");
  await play.click();
  await played;
  await expect(play).toHaveAccessibleName("پخش");
  await screenshot(page, "07-voice");
}

test("a user signs up, trains a voice, and listens to it", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveURL(/\/sign-in/);
  await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
  await screenshot(page, "01-sign-in");

  await signUp(page, newEmail());
  await expect(page.getByRole("heading", { name: "هنوز آموزشی ندارید" })).toBeVisible();
  await expect(page.locator("[data-live=live]:visible")).toBeVisible();
  await screenshot(page, "02-no-trainings");

  await startTraining(page);
  await watchProgress(page);
  const steps = await expectCompleted(page);
  await expectSamples(page, steps);
  await listenToVoice(page);

  await page.getByRole("link", { name: "مجموعه‌داده‌ها" }).click();
  await page.getByRole("link", { name: /espeak/ }).click();
  await page.getByRole("button", { name: /پخش fa-001/ }).click();
  await expect(page.getByRole("button", { name: /مکث fa-001/ })).toBeVisible();
  await screenshot(page, "08-dataset");

  await page.getByRole("button", { name: "Switch the page to English" }).click();
  await expect(page.locator("html")).toHaveAttribute("dir", "ltr");
  await page.getByRole("link", { name: "Training", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Training", exact: true })).toBeVisible();
  await expect(page.getByText("Completed", { exact: true })).toBeVisible();
  await screenshot(page, "09-english");

  // The voice of a deleted training stays.
  await page.getByRole("link", { name: /espeak/ }).click();
  await page.getByRole("button", { name: "Delete training run" }).click();
  await screenshot(page, "09b-delete-training");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete training run" }).click();
  await expect(page.getByRole("heading", { name: "No training runs yet" })).toBeVisible();
  await page.getByRole("link", { name: "Voices", exact: true }).click();
  const voices = page.getByRole("main").getByRole("listitem");
  await expect(voices).toHaveCount(2);
  // Among the user's own, too, the shipped voice has its mark.
  await expect(voices.filter({ hasText: "Ships with Avagar" })).toHaveCount(1);
  await expect(voices.filter({ hasNotText: "Ships with Avagar" }).getByRole("link", { name: /espeak/ })).toBeVisible();

  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await screenshot(page, "10-phone-dark");
  errors.allowSignedOut();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await page.goto("/voices");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
});

test("a new user hears the shipped voice, which nobody can delete", async ({ page }) => {
  await register(page);
  await page.goto("/voices");
  await expect(page.getByRole("heading", { name: "هنوز صدایی ندارید" })).toBeVisible();
  const shipped = page.getByRole("link", { name: /همراه آواگر/ });
  await expect(shipped).toHaveCount(1);
  await expect(page.getByRole("button", { name: "تولید صدا" })).toBeVisible();
  await expectNoLatinSentence(page);
  await screenshot(page, "19-shipped-voice");

  await shipped.click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("همراه آواگر");
  await expect(page.getByRole("link", { name: "آموزش با این صدا" })).toBeVisible();
  await expect(page.getByRole("button", { name: "حذف صدا" })).toHaveCount(0);
  await speak(page, "سلام دنیا، امروز هوا خوب است");
  await expectNoLatinSentence(page);

  await page.getByRole("link", { name: "آموزش با این صدا" }).click();
  await expect(baseChoice(page)).toContainText("صدای همراه آواگر");
});

test("a training with torn checkpoints reports them in its log, and can be retried when they are restored", async ({
  page,
}) => {
  await signUp(page, newEmail());
  await page.getByRole("link", { name: "شروع آموزش" }).click();
  await page.getByRole("textbox", { name: "دورها (epoch)" }).fill("۱۰۰۰");
  await page.getByRole("textbox", { name: "اندازهٔ دسته (batch)" }).fill("۴");
  await page.getByRole("button", { name: "شروع آموزش" }).click();
  await expect(page).toHaveURL(/\/training\/[0-9a-f-]{36}$/);
  const step = page.locator("[data-step]");
  await expectAbove(step, "data-step", 0);
  await page.getByRole("button", { name: "توقف موقت" }).click();
  const resume = page.getByRole("button", { name: "ادامه", exact: true });
  await expect(resume).toBeVisible({ timeout: TRAINING_TIMEOUT_MS });
  const reached = await numberIn(step, "data-step");

  const checkpoints = path.join(STORAGE, "checkpoints", path.basename(new URL(page.url()).pathname));
  await rename(checkpoints, `${checkpoints}.away`);
  await resume.click();
  const again = page.getByRole("button", { name: "تلاش دوباره" });
  await expect(again).toBeVisible({ timeout: TRAINING_TIMEOUT_MS });
  const log = page.getByRole("list", { name: "رویدادها" });
  await expect(log).toContainText(`نقطهٔ بازیابی گام ${persian(reached)} خراب است`);
  await expect(page.getByRole("alert")).toContainText("نقطهٔ بازیابی");
  await expectNoLatinSentence(page);
  await screenshot(page, "14-training-failed");

  await rename(`${checkpoints}.away`, checkpoints);
  await again.click();
  await expectAbove(step, "data-step", reached);
  await expect(log).toContainText(`از نقطهٔ بازیابی گام ${persian(reached)} ادامه پیدا کرد`);
  await expectNoLatinSentence(page);
  await screenshot(page, "15-training-tried-again");

  await page.getByRole("button", { name: "لغو آموزش" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "لغو آموزش" }).click();
  await expect(page.getByText("لغوشده", { exact: true })).toBeVisible({ timeout: TRAINING_TIMEOUT_MS });
});

/** Waits for a button's name with an observer, because polling could miss the name while a short sound plays. */
function nameBecomes(button: Locator, name: string): Promise<void> {
  return button.evaluate(
    (element, wanted) =>
      new Promise<void>((resolve) => {
        const observer = new MutationObserver(() => {
          if (element.ariaLabel !== wanted) return;
          observer.disconnect();
          resolve();
        });
        observer.observe(element, { attributes: true });
      }),
    name,
  );
}

/** The peak of a WAV file, from 0 to 1. */
async function peak(link: Locator): Promise<number> {
  return link.evaluate(async (anchor: HTMLAnchorElement) => {
    const response = await fetch(anchor.href);
    const audio = await new OfflineAudioContext(1, 1, 16_000).decodeAudioData(await response.arrayBuffer());
    return audio.getChannelData(0).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  });
}
