import path from "node:path";
import type { Page } from "@playwright/test";

const FOLDER = process.env.AVAGAR_SCREENSHOTS ?? path.join(__dirname, "screenshots");

export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(FOLDER, `${name}.png`), fullPage: true });
}
