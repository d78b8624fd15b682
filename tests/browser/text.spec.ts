import { expect, type Page, test } from "@playwright/test";
import { register } from "./account";
import { expectNoLatinSentence } from "./latin";
import { PageErrors } from "./pageErrors";

const SENTENCE = "جلسهٔ مدیران در تاریخ ۱۴۰۳/۰۵/۱۲ با هزینهٔ ۲۵۰٬۰۰۰ تومان در سالن بزرگ شرکت ملی نفت برگزار شد.";
const WITH_EZAFE = "با کسرهٔ اضافه";

let errors: PageErrors;

test.beforeEach(async ({ page }) => {
  errors = await PageErrors.watch(page);
  await register(page);
  await page.goto("/text");
});

test.afterEach(() => errors.expectNone());

const field = (page: Page) => page.getByLabel("متن فارسی");
/** The words that are made of a piece of the text which isn't a word. */
const expression = (page: Page, original: string) => page.getByRole("group", { name: `به‌جای «${original}»` });
const word = (page: Page, text: string) => page.getByRole("button", { name: new RegExp(`^${text}، `) });

test("a sentence is read while it is typed: its date, its price and its ezafe", async ({ page }) => {
  await field(page).pressSequentially(SENTENCE);
  await expect(expression(page, "۱۴۰۳/۰۵/۱۲")).toContainText(/دوازدهم.*مرداد.*هزار.*چهارصد.*سه/);
  await expect(expression(page, "۲۵۰٬۰۰۰")).toContainText(/دویست.*پنجاه.*هزار/);
  for (const text of ["جلسهٔ", "سالن", "بزرگ", "شرکت"]) {
    await expect(word(page, text)).toHaveAccessibleName(new RegExp(WITH_EZAFE));
  }
  await expect(word(page, "نفت")).not.toHaveAccessibleName(new RegExp(WITH_EZAFE));
  await expect(word(page, "شرکت")).toContainText("ʃerkate");
  await expectNoLatinSentence(page);
});

test("what isn't spoken is listed with its reason, and how often it occurs", async ({ page }) => {
  await field(page).fill("سلام 😀😀");
  const row = page.getByRole("listitem").filter({ hasText: "ایموجی" });
  await expect(row).toContainText("😀");
  await expect(row).toContainText("۲ بار");
});

test("the answer to an earlier text never replaces that to a later one", async ({ page }) => {
  let isFirst = true;
  await page.route("**/api/text/analyze*", async (route) => {
    if (!isFirst) return route.continue();
    isFirst = false;
    // Behind the answer to the next text, or cancelled before.
    await expect(word(page, "آب")).toBeVisible();
    await route.continue().catch(() => undefined);
  });
  const asked = page.waitForRequest("**/api/text/analyze*");
  await field(page).fill("نان");
  await asked;
  await field(page).fill("آب");
  await expect(word(page, "آب")).toBeVisible();
  await expect(word(page, "نان")).toHaveCount(0);
});

test("a word is corrected, is marked as the user's own, and is removed again", async ({ page }) => {
  await field(page).fill("آواگر خوب است");
  const corrected = word(page, "آواگر");
  await expect(corrected).toHaveAccessibleName(/از اجزای واژه/);
  await corrected.focus();
  await page.keyboard.press("Enter");

  const dialog = page.getByRole("dialog", { name: "تلفظ «آواگر»" });
  const phonemes = dialog.getByLabel("تلفظ", { exact: true });
  errors.allow(422, "/api/dictionary/%D8%A2%D9%88%D8%A7%DA%AF%D8%B1");
  await phonemes.fill("ɑvö");
  await dialog.getByRole("button", { name: "ذخیره در واژه‌نامه" }).click();
  await expect(phonemes).toHaveAccessibleDescription(/نشانهٔ هیچ واجی نیست/);
  await phonemes.fill("ɑvɑ");
  await dialog.getByRole("button", { name: "ɡ مانند «گل»" }).click();
  await dialog.getByRole("button", { name: "a مانند «دست»" }).click();
  await dialog.getByRole("button", { name: "r مانند «روز»" }).click();
  await expect(phonemes).toHaveValue("ɑvɑɡar");
  await dialog.getByRole("button", { name: "ذخیره در واژه‌نامه" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(corrected).toHaveAccessibleName("آواگر، ɑvɑɡar، از واژه‌نامهٔ شما");
  await expect(corrected).toBeFocused();

  await page.getByRole("tab", { name: "واژه‌نامه" }).click();
  await expect(page.getByRole("listitem")).toContainText("ɑvɑɡar");
  await page.getByRole("button", { name: "حذف «آواگر»" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "حذف", exact: true }).click();
  await expect(page.getByText("واژه‌نامهٔ شما خالی است")).toBeVisible();

  await page.getByRole("tab", { name: "تحلیل متن" }).click();
  await expect(field(page)).toHaveValue("آواگر خوب است");
  await expect(corrected).toHaveAccessibleName(/از اجزای واژه/);
});
