import { expect, test } from "@playwright/test";
import { newEmail, PASSWORD, signUp } from "./account";
import { PageErrors } from "./pageErrors";
import { screenshot } from "./screenshot";

let errors: PageErrors;

test.beforeEach(async ({ page }) => {
  errors = await PageErrors.watch(page);
});

test.afterEach(() => errors.expectNone());

test("a wrong password is reported until the form changes", async ({ page }) => {
  errors.allow(401, "/api/auth/login");
  await page.goto("/sign-in");
  await page.getByLabel("ایمیل").fill(newEmail());
  await page.getByLabel("رمز عبور", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "ورود" }).click();
  const refusal = page.getByRole("alert");
  await expect(refusal).toContainText("ایمیل یا رمز عبور درست نیست.");
  await screenshot(page, "11-wrong-password");
  await page.getByLabel("رمز عبور", { exact: true }).fill("another password");
  await expect(refusal).toHaveCount(0);
  await page.getByLabel("ایمیل").fill("negar");
  await page.getByRole("button", { name: "ورود" }).click();
  await expect(page.getByLabel("ایمیل")).toHaveAccessibleDescription("لطفاً یک ایمیل معتبر بنویسید.");
});

test("a taken email and a short password are reported at their fields", async ({ page, context }) => {
  errors.allow(409, "/api/auth/register");
  const email = newEmail();
  await signUp(page, email);
  await expect(page.getByRole("heading", { name: "هنوز آموزشی ندارید" })).toBeVisible();
  await expect(page.locator("[data-live=live]:visible")).toBeVisible();

  // The page is left first: what it still asks for would be refused without the cookies.
  await page.goto("about:blank");
  await context.clearCookies();
  await signUp(page, email);
  await expect(page.getByLabel("ایمیل")).toHaveAccessibleDescription(/قبلاً حسابی ساخته شده/);
  await screenshot(page, "12-taken-address");

  await page.getByLabel("رمز عبور", { exact: true }).fill("short");
  await page.getByRole("button", { name: "ثبت‌نام" }).click();
  await expect(page.getByLabel("رمز عبور", { exact: true })).toHaveAccessibleDescription(/۱۰ تا ۲۰۰ کاراکتر/);
  await screenshot(page, "13-short-password");
});

test("a session that ends in another tab leads to the sign-in, and from there back to the same page", async ({
  page,
}) => {
  const email = newEmail();
  await signUp(page, email);
  await expect(page.locator("[data-live=live]:visible")).toBeVisible();
  await page.getByRole("link", { name: "صداها", exact: true }).click();
  await expect(page.getByRole("heading", { name: "هنوز صدایی ندارید" })).toBeVisible();

  // As another tab would do; the server then closes this page's socket.
  errors.allowSignedOut();
  await page.request.post("/api/auth/logout");
  await expect(page).toHaveURL(/\/sign-in\?/);
  await expect(page.getByText("نشست شما به پایان رسید.")).toBeVisible();
  await page.getByLabel("ایمیل").fill(email);
  await page.getByLabel("رمز عبور", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "ورود" }).click();
  await expect(page).toHaveURL(/\/voices$/);
});
