import { expect, test } from "@playwright/test";
import { register } from "./account";
import { PageErrors } from "./pageErrors";

/** Slow enough that the upload below is still running when the test leaves it. */
const UPLOAD_BYTES_PER_SECOND = 200_000;

let errors: PageErrors;

test.beforeEach(async ({ page }) => {
  errors = await PageErrors.watch(page);
  await register(page);
});

test.afterEach(() => errors.expectNone());

test("an upload goes on until the user confirms that it may stop", async ({ page, context }) => {
  await page.goto("/datasets/new");
  const network = await context.newCDPSession(page);
  await network.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: UPLOAD_BYTES_PER_SECOND,
  });
  const archive = Buffer.alloc(20_000_000);
  archive.write("PK\u0003\u0004");
  await page.setInputFiles("input[type=file]", {
    name: "clips.zip",
    mimeType: "application/zip",
    buffer: archive,
  });
  await page.getByRole("button", { name: "ارسال" }).click();
  const progress = page.getByRole("progressbar", { name: "در حال ارسال" });
  await expect(progress).toBeVisible();

  const voices = page.getByRole("link", { name: "صداها", exact: true });
  const question = page.getByRole("alertdialog", { name: "ارسال متوقف شود؟" });
  await voices.click();
  await question.getByRole("button", { name: "نه، ادامه بده" }).click();
  await expect(question).toHaveCount(0);
  await expect(progress).toBeVisible();
  await expect(page).toHaveURL("/datasets/new");

  await voices.click();
  await question.getByRole("button", { name: "خروج از صفحه" }).click();
  await expect(page).toHaveURL("/voices");
});
