import { expect, test } from "vitest";
import { ownFirst } from "./voices";

test("the user's own voices come before the shipped one, the newest first as the server has them", () => {
  const shipped = { id: "shipped", shipped: true };
  const [newer, older] = [
    { id: "newer", shipped: false },
    { id: "older", shipped: false },
  ];
  expect(ownFirst([newer, shipped, older])).toEqual([newer, older, shipped]);
  expect(ownFirst([shipped])).toEqual([shipped]);
});
