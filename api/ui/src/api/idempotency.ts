/**
 * A fresh `Idempotency-Key`. `crypto.randomUUID` is missing on pages that come over plain HTTP from another machine,
 * as a studio's page may, so it isn't used.
 */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
