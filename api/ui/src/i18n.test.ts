import { expect, test } from 'vitest';

import { dictionaries, formats } from './i18n';

test('no word is empty, and both languages have the same', () => {
  expect(Object.keys(dictionaries.en).sort()).toEqual(Object.keys(dictionaries.fa).sort());
  for (const words of Object.values(dictionaries)) expect(Object.values(words).every((word) => word.trim())).toBe(true);
});

test('numbers are written as the language writes them', () => {
  expect(formats('fa').number(1404)).toBe('۱٬۴۰۴');
  expect(formats('en').number(0.1234, 2)).toBe('0.12');
});

test('a time is told by its two largest units', () => {
  const { seconds } = formats('en');
  expect(seconds(59.6)).toBe('1 min');
  expect(seconds(3_725)).toBe('1 hr 2 mins');
  expect(seconds(90_000)).toBe('1 day 1 hr');
  expect(seconds(-3)).toBe('0 sec');
});
