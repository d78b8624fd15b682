import { exclusions } from "./en/exclusions";
import { failures } from "./en/failures";
import { log } from "./en/log";
import { refusals } from "./en/refusals";
import { requests } from "./en/requests";
import { warnings } from "./en/warnings";
import type { Messages } from "./message";

/** What workers and the API tell people, in English. */
export const en: Messages = { ...failures, ...exclusions, ...refusals, ...requests, ...log, ...warnings };
