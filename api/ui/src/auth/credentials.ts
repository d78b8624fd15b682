/** The server's limits, in characters. */
const MAX_EMAIL_LENGTH = 254;
const USERNAME = { min: 1, max: 64 };
const PASSWORD = { min: 10, max: 200 };

/** A plausible address; only a letter to it could tell whether it exists. */
export function isEmail(text: string): boolean {
  return text.length <= MAX_EMAIL_LENGTH && /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)*$/.test(text);
}

export function isUsername(text: string): boolean {
  return isWithin(text, USERNAME);
}

export function isPassword(text: string): boolean {
  return isWithin(text, PASSWORD);
}

/** Counts code points, as the server does: an emoji is one character. */
function isWithin(text: string, { min, max }: { min: number; max: number }): boolean {
  const length = [...text].length;
  return length >= min && length <= max;
}
