import type { Locator, Page } from "@playwright/test";

/** What a training begins from, in the form of a new one, in both languages. */
export function baseChoice(page: Page): Locator {
  return page.getByRole("button", { name: /پایهٔ آموزش|\bBase$/ });
}

async function chooseBase(page: Page, name: RegExp): Promise<void> {
  await baseChoice(page).click();
  await page.getByRole("option", { name }).click();
}

export function chooseNoBase(page: Page): Promise<void> {
  return chooseBase(page, /^بدون پایه|^No base/);
}

export function chooseShippedVoice(page: Page): Promise<void> {
  return chooseBase(page, /^صدای همراه آواگر/);
}
