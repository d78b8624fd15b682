/**
 * A new `Idempotency-Key`. Browsers have `crypto.randomUUID` only over HTTPS and on localhost, and the studio may be
 * served over plain HTTP in a local network.
 */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
