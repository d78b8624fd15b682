import { expect, test } from "vitest";
import { withoutFrontMatter } from "./card";

test("the front matter of a card is removed", () => {
  expect(withoutFrontMatter("---\nlicense: mit\ntags:\n- fa\n---\n\n# آوا\n")).toBe("# آوا");
  expect(withoutFrontMatter("---\r\nlicense: mit\r\n---\r\n# A\r\n---\r\nb")).toBe("# A\r\n---\r\nb");
  expect(withoutFrontMatter("---\nlicense: mit\n---")).toBe("");
});

test("a card without front matter stays as it is, including its rules", () => {
  expect(withoutFrontMatter("# A\n\n---\n\nb\n---\nc")).toBe("# A\n\n---\n\nb\n---\nc");
  expect(withoutFrontMatter("---\nnever closed")).toBe("---\nnever closed");
});
