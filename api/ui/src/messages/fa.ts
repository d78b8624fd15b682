import { exclusions } from "./fa/exclusions";
import { failures } from "./fa/failures";
import { log } from "./fa/log";
import { refusals } from "./fa/refusals";
import { requests } from "./fa/requests";
import { warnings } from "./fa/warnings";
import type { Messages } from "./message";

/** What workers and the API tell people, in Persian. */
export const fa: Messages = { ...failures, ...exclusions, ...refusals, ...requests, ...log, ...warnings };
