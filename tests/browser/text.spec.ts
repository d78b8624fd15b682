import { expect, type Locator, type Page, test } from "@playwright/test";
import { register, train } from "./account";
import { expectNoLatinSentence } from "./latin";
import { PageErrors } from "./pageErrors";

const SENTENCE = "جلسهٔ مدیران در تاریخ ۱۴۰۳/۰۵/۱۲ با هزینهٔ ۲۵۰٬۰۰۰ تومان در سالن بزرگ شرکت ملی نفت برگزار شد.";
const WITH_EZAFE = "با کسرهٔ اضافه";
/** A worker that is busy with other tests starts late. */
const SPEECH_TIMEOUT_MS = 120_000;

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

/** Presses a button that has something spoken, waits for its player, which has the same name, and returns the audio. */
async function hear(page: Page, within: Page | Locator, name: string): Promise<Buffer> {
  const answer = page.waitForResponse(
    (response) => response.request().method() === "POST" && response.url().endsWith("/synthesize"),
  );
  await within.getByRole("button", { name, exact: true }).click();
  const { id } = await (await answer).json();
  // What was heard before stays until the new audio is asked for.
  const link = within.getByRole("group", { name, exact: true }).getByRole("link");
  await expect(link).toHaveAttribute("href", new RegExp(id), { timeout: SPEECH_TIMEOUT_MS });
  const audio = await page.request.get((await link.getAttribute("href")) ?? "");
  expect(audio.ok()).toBe(true);
  return audio.body();
}

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
  let showLater = () => {};
  const laterIsShown = new Promise<void>((resolve) => (showLater = resolve));
  let answerEarlier = () => {};
  const earlierIsAnswered = new Promise<void>((resolve) => (answerEarlier = resolve));
  let isFirst = true;
  await page.route("**/api/text/analyze*", async (route) => {
    if (!isFirst) return route.continue();
    isFirst = false;
    const response = await route.fetch();
    await laterIsShown;
    // The page may have cancelled it.
    await route.fulfill({ response }).catch(() => undefined);
    answerEarlier();
  });
  const asked = page.waitForRequest("**/api/text/analyze*");
  await field(page).fill("نان");
  await asked;
  await field(page).fill("آب");
  await expect(word(page, "آب")).toBeVisible();
  showLater();
  await earlierIsAnswered;
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
  // The shipped voice can say it to those who have none of their own.
  await expect(dialog.getByText(/با صدای .*صدای آواگر/)).toBeVisible();
  await expect(dialog.getByRole("button", { name: "پیش از ویرایش" })).toBeEnabled();
  await expect(dialog.getByRole("button", { name: "پس از ویرایش" })).toBeEnabled();
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

test("the difference of a correction is heard, in the word and in its sentence", async ({ page }) => {
  const { voice } = await train(page);
  expect((await (await page.request.get(`/api/voices/${voice}`)).json()).text).toBe("phonemes");
  await page.goto("/text");
  await field(page).fill("شب آمد.");
  const choice = page.getByRole("button", { name: /صدا برای شنیدن/ });
  await expect(choice).toContainText("واج‌ها را می‌خواند");
  // The user's own voice goes before the shipped one.
  await expect(choice).not.toContainText("همراه آواگر");
  const sentenceBefore = await hear(page, page, "شنیدن جملهٔ ۱");

  const corrected = word(page, "شب");
  await corrected.click();
  const dialog = page.getByRole("dialog", { name: "تلفظ «شب»" });
  const phonemes = dialog.getByLabel("تلفظ", { exact: true });
  await expect(phonemes).toHaveValue("ʃab");
  await phonemes.fill("ʃäb");
  await expect(dialog.getByRole("button", { name: "پس از ویرایش" })).toBeDisabled();
  await phonemes.fill("ʃob");
  const wordBefore = await hear(page, dialog, "پیش از ویرایش");
  const wordAfter = await hear(page, dialog, "پس از ویرایش");
  expect(wordAfter.equals(wordBefore)).toBe(false);
  // Only the text makes a difference, and hearing one keeps the other.
  expect((await hear(page, dialog, "پیش از ویرایش")).equals(wordBefore)).toBe(true);
  await expect(dialog.getByRole("group", { name: "پس از ویرایش" })).toBeVisible();
  await expectNoLatinSentence(page);

  await dialog.getByRole("button", { name: "ذخیره در واژه‌نامه" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(corrected).toHaveAccessibleName("شب، ʃob، از واژه‌نامهٔ شما");
  const { items } = await (await page.request.get("/api/dictionary")).json();
  expect(items).toEqual([expect.objectContaining({ word: "شب", phonemes: "ʃob" })]);
  const sentenceAfter = await hear(page, page, "شنیدن جملهٔ ۱");
  expect(sentenceAfter.equals(sentenceBefore)).toBe(false);
});
