import { expect, type Page, test } from "@playwright/test";
import { register } from "./account";
import { tar, tone } from "./archive";
import { expectNoLatinSentence } from "./latin";
import { PageErrors } from "./pageErrors";
import { screenshot } from "./screenshot";

/** A worker that is busy with other tests starts late. */
const JOB_TIMEOUT_MS = 180_000;

let errors: PageErrors;

test.beforeEach(async ({ page }) => {
  errors = await PageErrors.watch(page);
  await register(page);
});

test.afterEach(() => errors.expectNone());

async function upload(page: Page, name: string, archive: Buffer): Promise<string> {
  const file = { name: `${name}.tar`, mimeType: "application/x-tar", buffer: archive };
  const sent = await page.request.post("/api/datasets", { multipart: { name, file } });
  expect(sent.status()).toBe(202);
  return (await sent.json()).id;
}

test("what happens to datasets, trainings and voices is told in Persian", async ({ page }) => {
  const dataset = await upload(
    page,
    "گوناگون",
    tar({
      "metadata.csv": [
        "first|سلام دنیا",
        "second|روز به خیر",
        "hurried|این متن برای چنین صدای کوتاهی بسیار بلند است و در آن جا نمی‌شود",
        "marks|!!!",
        "broken|این فایل صوتی خراب است",
        "missing|این فایل در بایگانی نیست",
      ].join("\n"),
      "wavs/first.wav": tone(1.5),
      "wavs/second.wav": tone(1.5),
      "wavs/hurried.wav": tone(0.3),
      "wavs/marks.wav": tone(1),
      "wavs/broken.wav": "RIFF, and nothing that is audio",
    }),
  );
  await page.goto(`/datasets/${dataset}`);
  await expect(page.getByText("کنار گذاشته شد", { exact: true })).toHaveCount(3, { timeout: JOB_TIMEOUT_MS });
  await expectNoLatinSentence(page);
  await screenshot(page, "40-excluded-clips");

  const refused = await upload(page, "خراب", tar({ "metadata.csv": "one line without a separator" }));
  await page.goto(`/datasets/${refused}`);
  await expect(page.getByRole("alert")).toContainText("metadata.csv", { timeout: JOB_TIMEOUT_MS });
  await expectNoLatinSentence(page);
  await screenshot(page, "41-refused-dataset");

  const order = { modelType: "tts", epochs: 1, batchSize: 1, datasetId: dataset };
  const started = await page.request.post("/api/training", { data: order });
  expect(started.status()).toBe(202);
  await page.goto(`/training/${(await started.json()).id}`);
  await expect(page.getByRole("link", { name: "شنیدن صدا" })).toBeVisible({ timeout: JOB_TIMEOUT_MS });
  const log = page.getByRole("list", { name: "رویدادها" });
  await expect(log).toContainText("hurried");
  await expectNoLatinSentence(page);
  await screenshot(page, "42-training-log");

  // Nothing of this text can be spoken.
  await page.getByRole("link", { name: "شنیدن صدا" }).click();
  await page.getByRole("textbox", { name: "متن برای خواندن" }).fill("漢字");
  await page.getByRole("button", { name: "تولید صدا" }).click();
  await expect(page.getByRole("alert")).toContainText("صدای این جمله تولید نشد", { timeout: JOB_TIMEOUT_MS });
  await expectNoLatinSentence(page);
  await screenshot(page, "43-failed-synthesis");

  errors.allow(409, `/api/datasets/${dataset}`);
  await page.goto(`/datasets/${dataset}`);
  await page.getByRole("button", { name: "حذف مجموعه‌داده" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "حذف مجموعه‌داده" }).click();
  await expect(page.getByRole("alertdialog").getByRole("alert")).toBeVisible();
  await expectNoLatinSentence(page);
  await screenshot(page, "44-dataset-in-use");
});
