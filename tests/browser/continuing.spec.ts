import { expect, type Page, test } from "@playwright/test";
import { register, train, TRAINING_TIMEOUT_MS } from "./account";
import { baseChoice, chooseNoBase } from "./base";
import { expectNoLatinSentence } from "./latin";
import { expectAbove, numberIn, persian } from "./numbers";
import { PageErrors } from "./pageErrors";
import { screenshot } from "./screenshot";

let errors: PageErrors;

test.beforeEach(async ({ page }) => {
  errors = await PageErrors.watch(page);
});

test.afterEach(() => errors.expectNone());

/** Continues the training on the page for one epoch more, in the dialog; returns the step that it continues from. */
async function continueTraining(page: Page): Promise<number> {
  const step = page.locator("[data-step]");
  await expectAbove(step, "data-step", 0);
  const reached = await numberIn(step, "data-step");
  await expect(page.getByRole("button", { name: `ادامه از گام ${persian(reached)}` })).toBeVisible();
  const action = { name: "ادامهٔ آموزش", exact: true };
  await page.getByRole("main").locator("header").getByRole("button", action).click();
  const dialog = page.getByRole("dialog", action);
  await expect(dialog.getByRole("button", { name: /نقطهٔ بازیابی/ })).toContainText(`گام ${persian(reached)}`);
  await expect(dialog.getByRole("button", { name: /^نمونه|مجموعه‌داده/ })).toBeVisible();
  const epochs = dialog.getByRole("textbox", { name: "دورهای بیشتر (epoch)" });
  await expect(epochs).toHaveValue("۱");
  await screenshot(page, "16-continue-training");

  // Together with those before, they are too many.
  errors.allow(422, `${new URL(page.url()).pathname.replace("/training", "/api/training")}/continue`);
  await epochs.fill("۱۰۰۰۰۰");
  await dialog.getByRole("button", action).click();
  await expect(epochs).toHaveAccessibleDescription(/حداکثر ۱۰۰٬۰۰۰ دور/);
  await epochs.fill("۱");
  await dialog.getByRole("button", action).click();
  await expect(dialog).toBeHidden();
  return reached;
}

test("an ended training is continued for more epochs", async ({ page }) => {
  await register(page);
  const { training } = await train(page);
  await page.goto(`/training/${training}`);
  const reached = await continueTraining(page);
  const earlier = page.getByRole("link", { name: `ادامهٔ آموزش قبلی، از گام ${persian(reached)}` });
  await expect(earlier).toHaveAttribute("href", `/training/${training}`);
  await expect(page.getByRole("link", { name: "شنیدن صدا" })).toBeVisible({ timeout: TRAINING_TIMEOUT_MS });
  await expect(page.locator("[data-step]")).toHaveAttribute("data-step", String(2 * reached));
  const log = page.getByRole("list", { name: "رویدادها" });
  await expect(log).toContainText(`نقطهٔ بازیابی گام ${persian(reached)} آموزش قبلی ادامه پیدا کرد`);
  await expectNoLatinSentence(page);
  await screenshot(page, "17-training-continued");
});

test("a voice can be the base of a training", async ({ page }) => {
  await register(page);
  const { voice } = await train(page);
  await page.goto(`/voices/${voice}`);
  await page.getByRole("link", { name: "آموزش با این صدا" }).click();
  const base = baseChoice(page);
  await expect(base).toContainText("espeak");
  // It has its own network, and is taught what it was taught before.
  const presets = page.getByRole("radiogroup", { name: "اندازهٔ شبکه" });
  await expect(page.getByRole("radio", { name: /^واج‌ها/ })).toBeChecked();
  await expect(presets).toBeHidden();
  await screenshot(page, "18-base-voice");

  await base.click();
  const voices = page.getByRole("group", { name: "صداهای شما" });
  await expect(voices.getByRole("option", { selected: true })).toHaveCount(1);
  await expect(page.getByRole("option").first()).toContainText("صدای همراه آواگر");
  await expect(page.getByRole("option").last()).toContainText("بدون پایه");
  await page.keyboard.press("Escape");
  await chooseNoBase(page);
  await expect(presets).toBeVisible();
  await base.click();
  await voices.getByRole("option").click();
  await expect(base).toContainText("espeak");
  await expect(presets).toBeHidden();
});
