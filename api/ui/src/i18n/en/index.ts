import type { Dictionary } from "../fa";
import { auth } from "./auth";
import { common } from "./common";
import { datasets } from "./datasets";
import { downloads } from "./downloads";
import { models } from "./models";
import { preferences } from "./preferences";
import { sources } from "./sources";
import { text } from "./text";
import { training } from "./training";
import { voices } from "./voices";

/** The page's texts in English. */
export const en: Dictionary = {
  ...common,
  auth,
  training,
  voices,
  text,
  datasets,
  sources,
  downloads,
  models,
  preferences,
};
