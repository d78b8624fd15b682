import { expect, type Page } from "@playwright/test";

export const PASSWORD = "a long enough password";
/** A step takes up to two seconds on a busy processor, and the first one waits for a worker. */
export const TRAINING_TIMEOUT_MS = 180_000;

export function newEmail(): string {
  return `browser-${Date.now()}-${Math.floor(Math.random() * 1e6)}@example.com`;
}

/** Signs a new user up with the API instead of the form. */
export async function register(page: Page): Promise<void> {
  const data = { username: "نگار", email: newEmail(), password: PASSWORD };
  expect((await page.request.post("/api/auth/register", { data })).ok()).toBe(true);
}

/** Signs a new user up with the form of the Persian page. */
export async function signUp(page: Page, email: string): Promise<void> {
  await page.goto("/sign-up");
  await page.getByLabel("نام", { exact: true }).fill("نگار");
  await page.getByLabel("ایمیل").fill(email);
  await page.getByLabel("رمز عبور", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "ثبت‌نام" }).click();
}

/** Trains a voice for one epoch; returns the ids of the training, its voice and its dataset. */
export async function train(page: Page): Promise<{ training: string; voice: string; dataset: string }> {
  const started = await page.request.post("/api/training", { data: { modelType: "tts", epochs: 1, batchSize: 4 } });
  expect(started.ok()).toBe(true);
  const { id, datasetId } = await started.json();
  let voice = "";
  await expect(async () => {
    const { voiceId } = await (await page.request.get(`/api/training/${id}`)).json();
    expect(voiceId).not.toBeNull();
    voice = voiceId;
  }).toPass({ timeout: TRAINING_TIMEOUT_MS });
  return { training: id, voice, dataset: datasetId };
}
