import { expect, type Locator, type Page, test } from "@playwright/test";
import { newEmail, signUp } from "./account";
import { expectNoLatinSentence } from "./latin";
import { PageErrors } from "./pageErrors";
import { screenshot } from "./screenshot";

/** A token that the server's hub accepts, of an account that has accepted no terms. */
const HUB_TOKEN = process.env.HUB_TOKEN ?? "";
/** A worker that is busy with other tests starts late. */
const DOWNLOAD_TIMEOUT_MS = 120_000;

let errors: PageErrors;

test.beforeEach(async ({ page }) => {
  errors = await PageErrors.watch(page);
});

test.afterEach(() => errors.expectNone());

function section(page: Page, name: string): Locator {
  return page.getByRole("navigation", { name: "بخش‌ها", exact: true }).getByRole("link", { name });
}

function tab(page: Page, name: string): Locator {
  return page.getByRole("navigation", { name: "بخش‌های مدل‌ها" }).getByRole("link", { name });
}

/** Records every shown number of downloaded bytes: polling could miss a short download. */
async function recordBytes(page: Page): Promise<() => Promise<number[]>> {
  const recorded = await page.evaluateHandle(() => {
    const bytes: number[] = [];
    const record = () => {
      for (const element of document.querySelectorAll("[data-bytes]")) {
        const now = Number(element.getAttribute("data-bytes"));
        if (bytes.at(-1) !== now) bytes.push(now);
      }
    };
    new MutationObserver(record).observe(document.body, { attributes: true, childList: true, subtree: true });
    return bytes;
  });
  return () => recorded.jsonValue();
}

test("a user finds a model, downloads it, and deletes it", async ({ page }) => {
  await signUp(page, newEmail());
  await expect(page.locator("[data-live=live]:visible")).toBeVisible();
  await section(page, "مدل‌ها").click();
  await expect(page.getByRole("heading", { name: "متن به گفتار فارسی" })).toBeVisible();
  await expect(page.getByRole("link", { name: /facebook\/mms-tts-fas/ })).toBeVisible();
  await screenshot(page, "20-catalog");

  await page.getByRole("searchbox", { name: "نام مدل" }).fill("mms");
  await expect(page).toHaveURL(/\/models\?q=mms$/);
  const found = page.getByRole("region", { name: "نتیجه‌ها" });
  await expect(found.getByRole("listitem")).toHaveCount(1);
  await screenshot(page, "21-search");
  await found.getByRole("link", { name: /facebook\/mms-tts-fas/ }).click();
  await expect(page).toHaveURL(/\/models\/hub\/facebook\/mms-tts-fas$/);

  // Going back leads to the search, and once more to the catalog.
  await page.goBack();
  await expect(page.getByRole("searchbox", { name: "نام مدل" })).toHaveValue("mms");
  await page.goBack();
  await expect(page.getByRole("searchbox", { name: "نام مدل" })).toHaveValue("");
  await page.goForward();
  await page.goForward();

  await expect(page.getByRole("list", { name: "فایل‌ها" })).toContainText("model.safetensors");
  await screenshot(page, "22-model");
  const bytes = await recordBytes(page);
  await page.getByRole("button", { name: /^دانلود \(/ }).click();
  await expect(page.getByRole("progressbar", { name: "پیشرفت دانلود" })).toBeVisible();
  await screenshot(page, "23-downloading");
  await expect(page.getByText("نصب‌شده", { exact: true })).toBeVisible({ timeout: DOWNLOAD_TIMEOUT_MS });
  const shown = await bytes();
  expect(shown[0]).toBe(0);
  expect(shown).toEqual(shown.toSorted((one, other) => one - other));
  // The worker's speed is limited, so that there is progress to see.
  expect(shown.at(-1)).toBeGreaterThan(0);

  await section(page, "مدل‌ها").click();
  await tab(page, "دانلودها").click();
  const download = page.getByRole("article", { name: "facebook/mms-tts-fas" });
  await expect(download).toHaveAttribute("data-status", "completed");
  await screenshot(page, "24-downloads");

  await tab(page, "نصب‌شده‌ها").click();
  const model = page.getByRole("article", { name: "facebook/mms-tts-fas" });
  await expect(model).toContainText("مگابایت");
  await expect(model).toContainText("cc-by-nc-4.0");
  await model.getByRole("button", { name: /فایل/ }).click();
  await expect(model.getByRole("list")).toContainText("model.safetensors");
  await model.getByRole("button", { name: "بررسی نسخهٔ جدید" }).click();
  await expect(model.getByRole("status")).toContainText("این جدیدترین نسخه است.");
  await screenshot(page, "25-installed");

  await model.getByRole("link", { name: "آموزش با این مدل پایه" }).click();
  await expect(page.getByRole("button", { name: /پایهٔ آموزش/ })).toContainText("facebook/mms-tts-fas");
  await expect(page.getByText(/مدل پایه برای صدای جدید هم برقرار است.*cc-by-nc-4.0/)).toBeVisible();
  // A base model has its own network.
  await expect(page.getByRole("radiogroup", { name: "اندازهٔ شبکه" })).toHaveCount(0);
  await expect(page.getByRole("radio", { name: /^نویسه‌ها/ })).toBeChecked();
  await page.getByRole("button", { name: "تنظیمات بیشتر" }).click();
  await screenshot(page, "25b-fine-tuning");
  await section(page, "مدل‌ها").click();
  await tab(page, "نصب‌شده‌ها").click();

  await model.getByRole("button", { name: "حذف مدل" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "حذف مدل" }).click();
  await expect(model).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("heading", { name: "نصب‌شده‌ها" })).toBeVisible();
  await expect(model).toHaveCount(0);

  await page.getByRole("button", { name: "Switch the page to English" }).click();
  await page.getByRole("navigation", { name: "Sections", exact: true }).getByRole("link", { name: "Models" }).click();
  await expect(page.getByRole("heading", { name: "Persian text to speech" })).toBeVisible();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await screenshot(page, "26-models-phone-dark");
});

test("a saved token shows its user and last four characters only, and terms to accept show their address", async ({
  page,
}) => {
  expect(HUB_TOKEN, "HUB_TOKEN is not set: it is a token that the server's hub accepts").not.toBe("");
  errors.allow(422, "/api/settings/huggingface/token");
  errors.allow(403, "/api/sources/download");
  await signUp(page, newEmail());
  await expect(page.locator("[data-live=live]:visible")).toBeVisible();
  await section(page, "تنظیمات").click();
  const form = page.getByRole("form", { name: "توکن Hugging Face" });
  await form.getByLabel("توکن", { exact: true }).fill("hf_nobodyKnowsThisToken");
  await form.getByRole("button", { name: "ذخیره" }).click();
  await expect(form.getByLabel("توکن", { exact: true })).toHaveAccessibleDescription(/نمی‌پذیرد/);

  await form.getByLabel("توکن", { exact: true }).fill(HUB_TOKEN);
  await form.getByRole("button", { name: "ذخیره" }).click();
  await expect(page.getByText(`••••${HUB_TOKEN.slice(-4)}`)).toBeVisible();
  await page.reload();
  await expect(page.getByText(`••••${HUB_TOKEN.slice(-4)}`)).toBeVisible();
  await page.getByRole("button", { name: "بررسی اعتبار" }).click();
  await expect(page.getByRole("status").filter({ hasText: "می‌پذیرد" })).toBeVisible();
  await expect(page.getByText("negar", { exact: true })).toBeVisible();
  expect(await page.content()).not.toContain(HUB_TOKEN);
  await screenshot(page, "27-token");

  await page.goto("/models/hub/avagar/gated-voice");
  await expect(page.getByText("نیازمند پذیرش شرایط", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: /^دانلود \(/ }).click();
  const refusal = page.getByRole("alert");
  await expect(refusal).toContainText("نیازمند پذیرش شرایط است");
  await expectNoLatinSentence(page);
  await refusal.getByText("جزئیات فنی").click();
  await expect(refusal).toContainText("accept its terms at");
  await expect(refusal.getByRole("link", { name: /\/avagar\/gated-voice$/ })).toHaveAttribute(
    "href",
    /^http.*\/avagar\/gated-voice$/,
  );
  await screenshot(page, "28-gated");

  await section(page, "تنظیمات").click();
  const limits = page.getByRole("form", { name: "دانلودها" });
  const speed = limits.getByLabel(/حداکثر سرعت/);
  const concurrent = limits.getByRole("textbox", { name: "دانلودهای هم‌زمان" });
  await concurrent.fill("99");
  await limits.getByRole("button", { name: "ذخیره" }).click();
  await expect(concurrent).toHaveAccessibleDescription("حداکثر ۱۶");
  await expect(concurrent).toHaveValue("۹۹");
  await concurrent.fill("۳");
  await speed.fill("0.005");
  await limits.getByRole("button", { name: "ذخیره" }).click();
  await expect(speed).toHaveAccessibleDescription(/حداقل ۰٫۰۱/);
  await speed.fill("۲٫۵");
  await limits.getByRole("button", { name: "ذخیره" }).click();
  await expect(limits.getByRole("status")).toContainText("ذخیره شد.");
  await page.reload();
  await expect(speed).toHaveValue("۲٫۵");
  await screenshot(page, "29-limits");

  await page.getByRole("button", { name: "حذف توکن" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "حذف توکن" }).click();
  await expect(form.getByLabel("توکن", { exact: true })).toHaveValue("");
});
