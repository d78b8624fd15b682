import { rename } from "node:fs/promises";
import path from "node:path";
import { expect, type Locator, type Page, test } from "@playwright/test";
import { Faults } from "./faults";

const SCREENSHOTS = process.env.AVAGAR_SCREENSHOTS ?? path.join(__dirname, "screenshots");
/** The folder in which the server keeps its files. */
const STORAGE = process.env.AVAGAR_STORAGE ?? "";
const PASSWORD = "a long enough password";
/** Two steps a second at best, one in two seconds on a busy processor, and the first waits for a worker. */
const TRAINING_TIMEOUT_MS = 180_000;

let faults: Faults;

test.beforeEach(async ({ page }) => {
  faults = await Faults.watch(page);
});

test.afterEach(() => faults.expectNone());

function newAddress(): string {
  return `walk-${Date.now()}-${Math.floor(Math.random() * 1e6)}@example.com`;
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({
    path: path.join(SCREENSHOTS, `${name}.png`),
    fullPage: true,
  });
}

async function signUp(page: Page, email: string): Promise<void> {
  await page.goto("/sign-up");
  await page.getByLabel("نام", { exact: true }).fill("نگار");
  await page.getByLabel("ایمیل").fill(email);
  await page.getByLabel("رمز عبور", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "ثبت‌نام" }).click();
}

/** The number in an attribute that the page keeps beside what people read in their own digits. */
async function numberIn(locator: Locator, attribute: string): Promise<number> {
  return Number(await locator.getAttribute(attribute));
}

async function expectAbove(locator: Locator, attribute: string, floor: number): Promise<void> {
  await expect
    .poll(() => numberIn(locator, attribute), {
      timeout: TRAINING_TIMEOUT_MS,
      intervals: [200],
    })
    .toBeGreaterThan(floor);
}

/** Whether anything is drawn on the chart's canvas. */
async function isDrawn(chart: Locator): Promise<boolean> {
  return chart.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
    const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    return pixels.some((value, index) => index % 4 === 3 && value > 0);
  });
}

test("a person signs up, watches a voice learn, and hears it", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveURL(/\/sign-in/);
  await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
  await shoot(page, "01-sign-in");

  await signUp(page, newAddress());
  await expect(page.getByRole("heading", { name: "هنوز آموزشی ندارید" })).toBeVisible();
  await expect(page.locator("[data-live=live]:visible")).toBeVisible();
  await shoot(page, "02-no-trainings");

  await page.getByRole("link", { name: "شروع آموزش" }).click();
  await expect(page.getByRole("button", { name: /نمونه/ })).toBeVisible();
  const epochs = page.getByRole("textbox", { name: "دورها (epoch)" });
  await epochs.fill("9999999");
  await page.getByRole("button", { name: "شروع آموزش" }).click();
  await expect(epochs).toHaveAccessibleDescription("حداکثر ۱۰۰٬۰۰۰");
  await expect(epochs).toHaveValue("9999999");
  await expect(epochs).toBeFocused();
  await epochs.fill("");
  await page.getByRole("button", { name: "شروع آموزش" }).click();
  await expect(epochs).toHaveAccessibleDescription("لطفاً عددی بنویسید.");
  await epochs.fill("۱");
  await page.getByRole("textbox", { name: "اندازهٔ دسته (batch)" }).fill("۴");
  await shoot(page, "03-new-training");
  await page.getByRole("button", { name: "شروع آموزش" }).click();
  await expect(page).toHaveURL(/\/training\/[0-9a-f-]{36}$/);

  // It moves: step by step, live.
  const step = page.locator("[data-step]");
  const chart = page.locator("[data-points]");
  await expectAbove(step, "data-step", 0);
  const first = await numberIn(step, "data-step");
  await expectAbove(step, "data-step", first);
  await expectAbove(chart, "data-points", 1);
  await expect(page.getByRole("progressbar", { name: "پیشرفت" })).not.toHaveAttribute("aria-valuenow", "0");
  expect(await isDrawn(chart)).toBe(true);
  await shoot(page, "04-training");

  // A reload loses nothing: the history comes from the server, and goes on from there.
  const before = await numberIn(step, "data-step");
  await page.reload();
  await expectAbove(chart, "data-points", before - 1);
  await shoot(page, "05-training-after-reload");

  const hear = page.getByRole("link", { name: "شنیدن صدا" });
  await expect(hear).toBeVisible({ timeout: TRAINING_TIMEOUT_MS });
  await expect(page.getByText("تمام‌شده", { exact: true })).toBeVisible();
  await expect(page.getByRole("progressbar", { name: "پیشرفت" })).toHaveAttribute("aria-valuenow", "100");
  // One point a step, whatever was seen live: the whole curve is read again at the end.
  const steps = await numberIn(step, "data-step");
  await expect(chart).toHaveAttribute("data-points", String(steps));
  await expect(page.getByRole("region", { name: "نقطه‌های بازیابی (checkpoint)" }).getByRole("row")).not.toHaveCount(0);
  await shoot(page, "06-training-completed");

  // What it said before the first step and after the last, with what was recorded.
  const atFirst = page.getByRole("region", { name: "پیش از گام اول" });
  const after = page.getByRole("region", { name: `پس از گام ${new Intl.NumberFormat("fa").format(steps)}` });
  await expect(atFirst.getByRole("listitem")).toHaveCount(2);
  await expect(after.getByRole("listitem")).toHaveCount(2);
  await expect(chart).toHaveAttribute("data-evaluations", "2");
  const said = after.getByRole("listitem").first();
  await expectAbove(said.getByRole("group"), "data-duration", 0);
  await said.getByRole("button", { name: "تصویرها" }).click();
  for (const picture of await said.getByRole("img", { name: /طیف‌نگاشت|هم‌ترازی/ }).all()) {
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  }
  await after.scrollIntoViewIfNeeded();
  await shoot(page, "06b-samples");

  await hear.click();
  await page.getByRole("textbox", { name: "متن برای خواندن" }).fill("سلام دنیا");
  await page.getByRole("button", { name: "تولید صدا" }).click();
  const player = page.getByRole("group", { name: "سلام دنیا" });
  await expect(player).toBeVisible({ timeout: TRAINING_TIMEOUT_MS });
  await expectAbove(player, "data-duration", 0);
  expect(await loudest(player.getByRole("link"))).toBeGreaterThan(0.001);
  const play = player.getByRole("button");
  const played = becomes(play, "مکث");
  await play.click();
  await played;
  await expect(play).toHaveAccessibleName("پخش");
  await shoot(page, "07-voice");

  await page.getByRole("link", { name: "مجموعه‌داده‌ها" }).click();
  await page.getByRole("link", { name: /espeak/ }).click();
  await page.getByRole("button", { name: /پخش fa-001/ }).click();
  await expect(page.getByRole("button", { name: /مکث fa-001/ })).toBeVisible();
  await shoot(page, "08-dataset");

  await page.getByRole("button", { name: "Switch the page to English" }).click();
  await expect(page.locator("html")).toHaveAttribute("dir", "ltr");
  await page.getByRole("link", { name: "Training", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Training", exact: true })).toBeVisible();
  await expect(page.getByText("Completed", { exact: true })).toBeVisible();
  await shoot(page, "09-english");

  // A training that has ended can go; its voice stays.
  await page.getByRole("link", { name: /espeak/ }).click();
  await page.getByRole("button", { name: "Delete training run" }).click();
  await shoot(page, "09b-delete-training");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete training run" }).click();
  await expect(page.getByRole("heading", { name: "No training runs yet" })).toBeVisible();
  await page.getByRole("link", { name: "Voices", exact: true }).click();
  await expect(page.getByRole("link", { name: /espeak/ })).toBeVisible();

  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await shoot(page, "10-phone-dark");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  // What was there is behind the door now.
  await page.goto("/voices");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
});

test("a training whose checkpoints are torn says so in its log, and is tried again when they are whole", async ({
  page,
}) => {
  await signUp(page, newAddress());
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
  await expect(log).toContainText(`the checkpoint at step ${reached} is torn and was passed over`);
  await shoot(page, "14-training-failed");

  await rename(`${checkpoints}.away`, checkpoints);
  await again.click();
  await expectAbove(step, "data-step", reached);
  await expect(log).toContainText(`goes on from the checkpoint at step ${reached}`);
  await shoot(page, "15-training-tried-again");

  await page.getByRole("button", { name: "لغو آموزش" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "لغو آموزش" }).click();
  await expect(page.getByText("لغوشده", { exact: true })).toBeVisible({ timeout: TRAINING_TIMEOUT_MS });
});

/** Waits for a button's name without looking away: a sentence may be over before one looks again. */
function becomes(button: Locator, name: string): Promise<void> {
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

/** The largest sample of the WAV behind a link, from 0 to 1, as the page itself fetches and decodes it. */
async function loudest(link: Locator): Promise<number> {
  return link.evaluate(async (anchor: HTMLAnchorElement) => {
    const response = await fetch(anchor.href);
    const audio = await new OfflineAudioContext(1, 1, 16_000).decodeAudioData(await response.arrayBuffer());
    return audio.getChannelData(0).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  });
}

test("a wrong password says so", async ({ page }) => {
  faults.allow(401, "/api/auth/login");
  await page.goto("/sign-in");
  await page.getByLabel("ایمیل").fill(newAddress());
  await page.getByLabel("رمز عبور", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "ورود" }).click();
  const refusal = page.getByRole("alert");
  await expect(refusal).toContainText("ایمیل یا رمز عبور درست نیست.");
  await shoot(page, "11-wrong-password");
  await page.getByLabel("رمز عبور", { exact: true }).fill("another password");
  await expect(refusal).toHaveCount(0);
  await page.getByLabel("ایمیل").fill("negar");
  await page.getByRole("button", { name: "ورود" }).click();
  await expect(page.getByLabel("ایمیل")).toHaveAccessibleDescription("لطفاً یک ایمیل معتبر بنویسید.");
});

test("a taken address and a short password say so beside their fields", async ({ page, context }) => {
  faults.allow(409, "/api/auth/register");
  const email = newAddress();
  await signUp(page, email);
  await expect(page.getByRole("heading", { name: "هنوز آموزشی ندارید" })).toBeVisible();

  await context.clearCookies();
  await signUp(page, email);
  await expect(page.getByLabel("ایمیل")).toHaveAccessibleDescription(/قبلاً حسابی ساخته شده/);
  await shoot(page, "12-taken-address");

  await page.getByLabel("رمز عبور", { exact: true }).fill("short");
  await page.getByRole("button", { name: "ثبت‌نام" }).click();
  await expect(page.getByLabel("رمز عبور", { exact: true })).toHaveAccessibleDescription(/۱۰ تا ۲۰۰ کاراکتر/);
  await shoot(page, "13-short-password");
});

test("a session that ends elsewhere leads to the sign-in, and back to the same page after it", async ({ page }) => {
  const email = newAddress();
  await signUp(page, email);
  await expect(page.locator("[data-live=live]:visible")).toBeVisible();
  await page.getByRole("link", { name: "صداها", exact: true }).click();
  await expect(page.getByRole("heading", { name: "هنوز صدایی ندارید" })).toBeVisible();

  // As another tab would: the server closes this one's socket.
  await page.request.post("/api/auth/logout");
  await expect(page).toHaveURL(/\/sign-in\?/);
  await expect(page.getByText("نشست شما به پایان رسید.")).toBeVisible();
  await page.getByLabel("ایمیل").fill(email);
  await page.getByLabel("رمز عبور", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "ورود" }).click();
  await expect(page).toHaveURL(/\/voices$/);
});
