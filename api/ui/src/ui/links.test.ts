import { expect, test } from "vitest";
import { splitLinks } from "./links";

test("an address becomes a link without the punctuation around it", () => {
  expect(splitLinks("accept its terms at https://hf.co/a/b, then try again")).toEqual([
    { text: "accept its terms at " },
    { text: "https://hf.co/a/b", href: "https://hf.co/a/b" },
    { text: ", then try again" },
  ]);
  expect(splitLinks("(see http://127.0.0.1:8080/x.)").at(1)?.href).toBe("http://127.0.0.1:8080/x");
});

test("what only resembles an address stays text", () => {
  for (const sentence of ["", "no address", "javascript:alert(1)", "http://", "ftp://hf.co"]) {
    expect(splitLinks(sentence).some(({ href }) => href !== undefined)).toBe(false);
    expect(
      splitLinks(sentence)
        .map(({ text }) => text)
        .join(""),
    ).toBe(sentence);
  }
});
