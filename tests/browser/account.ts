import { expect, type Page } from "@playwright/test";

const TRAINING_TIMEOUT_MS = 180_000;

/** Signs somebody new up, without the page. */
export async function register(page: Page): Promise<void> {
  const email = `browser-${Date.now()}-${Math.floor(Math.random() * 1e6)}@example.com`;
  const data = { username: "نگار", email, password: "a long enough password" };
  expect((await page.request.post("/api/auth/register", { data })).ok()).toBe(true);
}

/** Trains a voice as shortly as can be; answers with the ids of the training, its voice and its dataset. */
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
