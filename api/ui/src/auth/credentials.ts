/** The server's limits, in characters. */
const MAX_EMAIL_LENGTH = 254;
const USERNAME = { min: 1, max: 64 };
const PASSWORD = { min: 10, max: 200 };

const USER = /^[\w.!#$%&'*+/=?^`{|}~-]+$/;
const DOMAIN_LABEL = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;

/** The HTML standard's rule for email addresses, which the server follows as well: ASCII only. */
export function isEmail(text: string): boolean {
  const [user = "", domain = "", ...rest] = text.split("@");
  return (
    rest.length === 0 &&
    text.length <= MAX_EMAIL_LENGTH &&
    USER.test(user) &&
    domain.split(".").every((label) => DOMAIN_LABEL.test(label))
  );
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
