import { expect, test } from "vitest";
import { isEmail, isPassword, isUsername } from "./credentials";

test("an email address has one @ with something on both sides", () => {
  for (const address of ["negar@example.com", "n.e+gar@localhost", "a..b@mail.example.com"]) {
    expect(isEmail(address), address).toBe(true);
  }
  for (const address of ["", "negar", "negar@", "@example.com", "a@b@c", "a b@example.com", "negar@.com", "a@b..c"]) {
    expect(isEmail(address), address).toBe(false);
  }
  for (const address of ["نگار@example.com", "negar@مثال.ایران", "negar@exa_mple.com", '"negar"@example.com']) {
    expect(isEmail(address), address).toBe(false);
  }
  expect(isEmail(`${"a".repeat(250)}@example.com`)).toBe(false);
});

test("names and passwords are counted in characters", () => {
  expect(isUsername("")).toBe(false);
  expect(isUsername("🎙".repeat(64))).toBe(true);
  expect(isUsername("a".repeat(65))).toBe(false);
  expect(isPassword("123456789")).toBe(false);
  expect(isPassword("۱۲۳۴۵۶۷۸۹۰")).toBe(true);
  expect(isPassword("a".repeat(201))).toBe(false);
});
