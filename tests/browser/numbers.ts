import { expect, type Locator } from "@playwright/test";
import { TRAINING_TIMEOUT_MS } from "./account";

/** A number from an attribute, because the text has the digits of the page's language. */
export async function numberIn(locator: Locator, attribute: string): Promise<number> {
  return Number(await locator.getAttribute(attribute));
}

export async function expectAbove(locator: Locator, attribute: string, floor: number): Promise<void> {
  await expect
    .poll(() => numberIn(locator, attribute), {
      timeout: TRAINING_TIMEOUT_MS,
      intervals: [200],
    })
    .toBeGreaterThan(floor);
}

/** A number in Persian digits. */
export function persian(number: number): string {
  return new Intl.NumberFormat("fa").format(number);
}
