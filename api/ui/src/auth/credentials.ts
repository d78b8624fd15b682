import { limits } from "../api/limits";

const { email, username, password } = limits.Registration;

/** Whether it looks like an address; whether it is one, only a letter to it would tell. */
export function isEmail(text: string): boolean {
  return text.length <= email.maxLength && /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)*$/.test(text);
}

export function isUsername(text: string): boolean {
  return isWithin(text, username);
}

export function isPassword(text: string): boolean {
  return isWithin(text, password);
}

/** As the server counts: a letter outside the basic plane is one character, not two. */
function isWithin(text: string, { minLength, maxLength }: { minLength: number; maxLength: number }): boolean {
  const length = [...text].length;
  return length >= minLength && length <= maxLength;
}
