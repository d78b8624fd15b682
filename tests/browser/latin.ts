import { expect, type Page } from "@playwright/test";

/** Three Latin words in a row. Names, units, file names and a term in brackets are shorter. */
const SENTENCE = /\p{Script=Latin}[\p{Script=Latin}'’-]*(?:[\s,;:.]+\p{Script=Latin}[\p{Script=Latin}'’-]*){2,}/u;

/** The Latin sentences in the visible text of the page. */
async function latinSentences(page: Page): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const visible: string[] = [];
    const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = nodes.nextNode(); node !== null; node = nodes.nextNode()) {
      if (node.parentElement?.checkVisibility()) visible.push(node.nodeValue ?? "");
    }
    return visible;
  });
  return texts.filter((text) => SENTENCE.test(text));
}

/** On the Persian page everything is said in Persian. */
export async function expectNoLatinSentence(page: Page): Promise<void> {
  expect(await latinSentences(page)).toEqual([]);
}
