/** The server's limits, in characters. */
const MAX_EMAIL_LENGTH = 254;
const USERNAME = { min: 1, max: 64 };
const PASSWORD = { min: 10, max: 200 };

/** Whether it looks like an address; whether it is one, only a letter to it would tell. */
export function isEmail(text: string): boolean {
  return text.length <= MAX_EMAIL_LENGTH && /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)*$/.test(text);
}

export function isUsername(text: string): boolean {
  return isWithin(text, USERNAME);
}

export function isPassword(text: string): boolean {
  return isWithin(text, PASSWORD);
}

/** As the server counts: a letter outside the basic plane is one character, not two. */
function isWithin(text: string, { min, max }: { min: number; max: number }): boolean {
  const length = [...text].length;
  return length >= min && length <= max;
}
