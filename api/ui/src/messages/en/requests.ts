import type { Failure, Messages, RequestFault } from "../message";

/** What is wrong with a request; codes that failures have too are told there. */
export const requests: Pick<Messages, Exclude<RequestFault["code"], Failure["code"]>> = {
  malformed: () => "The server could not read this request. Reload the page and try again.",
  signInRequired: () => "Sign in first.",
  wrongCredentials: () => "The email or password is wrong. Check them and sign in again.",
  sessionEnded: () => "Your session has ended. Sign in again.",
  forbidden: () => "You are not allowed to do this. If you need it, ask the administrator.",
  notFound: () => "This was not found; it may have been deleted.",
  conflict: () => "This isn't possible in the current state. Reload the page to see the latest state.",
  tooLarge: () => "This is larger than the server allows. Send a smaller file or text.",
  unsupportedMediaType: () => "The server doesn't accept this type of file. Choose another file.",
  rangeNotSatisfiable: () => "The file has no such part; it may have changed. Reload the page.",
  invalidValues: () => "Some values were not accepted. Correct them.",
  rateLimited: () => "Too many requests. Try again in a moment.",
  unavailable: () => "The server can't do this right now. Try again in a moment.",

  invalid: () => "This value was not accepted. Correct it.",
  tokenRefused: () => "Hugging Face doesn't accept this token: it is wrong, expired or revoked. Enter another one.",
  needsValidationSplit: () => "Early stopping needs a validation split above zero.",
  secondBase: () => "Training begins from a model or from a voice, not from both. Choose one of them.",
  notAnArchive: () => "This file is not a zip, tar.gz or tar archive. Choose another file.",
  noFiles: () => "None of the model's files are chosen. Choose at least one.",
};
