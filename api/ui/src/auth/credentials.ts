import { limits } from "../api/limits";

const { email, username, password } = limits.Registration;

const USER = /^[\w.!#$%&'*+/=?^`{|}~-]+$/;
const DOMAIN_LABEL = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;

/** The HTML standard's rule for email addresses, which the server follows as well: ASCII only. */
export function isEmail(text: string): boolean {
  const [user = "", domain = "", ...rest] = text.split("@");
  return (
    rest.length === 0 &&
    text.length <= email.maxLength &&
    USER.test(user) &&
    domain.split(".").every((label) => DOMAIN_LABEL.test(label))
  );
}

export function isUsername(text: string): boolean {
  return isWithin(text, username);
}

export function isPassword(text: string): boolean {
  return isWithin(text, password);
}

/** Counts code points, as the server does: an emoji is one character. */
function isWithin(text: string, { minLength, maxLength }: { minLength: number; maxLength: number }): boolean {
  const length = [...text].length;
  return length >= minLength && length <= maxLength;
}
