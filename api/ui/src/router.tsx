import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";
import { parseSearch } from "./sources/search";
import { TrainingListPage } from "./training/TrainingListPage";
import { focusHeading } from "./ui/heading";
import { ErrorPage, NotFoundPage } from "./ui/ErrorPage";
import { Redirect } from "./ui/Redirect";
import { Shell } from "./shell/Shell";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage, errorComponent: ErrorPage });

/** Where to go after signing in: a path of this site, never another one. */
function nextPath(next: unknown): string | undefined {
  return typeof next === "string" && /^\/(?![/\\])/.test(next) ? next : undefined;
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("./auth/SignInPage"), "SignInPage"),
  validateSearch: (search): { next?: string; ended?: boolean } => {
    const next = nextPath(search.next);
    return { ...(next !== undefined && { next }), ...(search.ended === true && { ended: true }) };
  },
});

const signUp = createRoute({
  getParentRoute: () => root,
  path: "/sign-up",
  component: lazyRouteComponent(() => import("./auth/SignUpPage"), "SignUpPage"),
  validateSearch: (search): { next?: string } => {
    const next = nextPath(search.next);
    return next === undefined ? {} : { next };
  },
});

const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  component: () => <Redirect href="/training" />,
});

const trainingList = createRoute({ getParentRoute: () => shell, path: "/training", component: TrainingListPage });

const newTraining = createRoute({
  getParentRoute: () => shell,
  path: "/training/new",
  component: lazyRouteComponent(() => import("./training/NewTrainingPage"), "NewTrainingPage"),
  validateSearch: (search): { dataset?: string; base?: string; voice?: string } => ({
    ...(typeof search.dataset === "string" && { dataset: search.dataset }),
    ...(typeof search.base === "string" && { base: search.base }),
    ...(typeof search.voice === "string" && { voice: search.voice }),
  }),
});

const training = createRoute({
  getParentRoute: () => shell,
  path: "/training/$id",
  component: lazyRouteComponent(() => import("./training/TrainingPage"), "TrainingPage"),
});

const voiceList = createRoute({
  getParentRoute: () => shell,
  path: "/voices",
  component: lazyRouteComponent(() => import("./voices/VoiceListPage"), "VoiceListPage"),
});

const voice = createRoute({
  getParentRoute: () => shell,
  path: "/voices/$id",
  component: lazyRouteComponent(() => import("./voices/VoicePage"), "VoicePage"),
});

const text = createRoute({
  getParentRoute: () => shell,
  path: "/text",
  component: lazyRouteComponent(() => import("./text/TextPage"), "TextPage"),
});

const datasetList = createRoute({
  getParentRoute: () => shell,
  path: "/datasets",
  component: lazyRouteComponent(() => import("./datasets/DatasetListPage"), "DatasetListPage"),
});

const newDataset = createRoute({
  getParentRoute: () => shell,
  path: "/datasets/new",
  component: lazyRouteComponent(() => import("./datasets/NewDatasetPage"), "NewDatasetPage"),
});

const dataset = createRoute({
  getParentRoute: () => shell,
  path: "/datasets/$id",
  component: lazyRouteComponent(() => import("./datasets/DatasetPage"), "DatasetPage"),
});

const modelSearch = createRoute({
  getParentRoute: () => shell,
  path: "/models",
  component: lazyRouteComponent(() => import("./models/SearchPage"), "SearchPage"),
  validateSearch: parseSearch,
});

/** The id of a repository may contain a slash. */
const model = createRoute({
  getParentRoute: () => shell,
  path: "/models/hub/$",
  component: lazyRouteComponent(() => import("./models/ModelPage"), "ModelPage"),
});

const downloadList = createRoute({
  getParentRoute: () => shell,
  path: "/models/downloads",
  component: lazyRouteComponent(() => import("./models/DownloadListPage"), "DownloadListPage"),
});

const modelList = createRoute({
  getParentRoute: () => shell,
  path: "/models/installed",
  component: lazyRouteComponent(() => import("./models/ModelListPage"), "ModelListPage"),
});

const preferences = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  component: lazyRouteComponent(() => import("./preferences/PreferencesPage"), "PreferencesPage"),
});

const routeTree = root.addChildren([
  signIn,
  signUp,
  shell.addChildren([
    home,
    trainingList,
    newTraining,
    training,
    voiceList,
    voice,
    text,
    datasetList,
    newDataset,
    dataset,
    modelSearch,
    model,
    downloadList,
    modelList,
    preferences,
  ]),
]);

export const router = createRouter({ routeTree, defaultPreload: "intent", scrollRestoration: true });

// The first page keeps the focus that the browser gave it, even after redirects. Keys on links fire clicks too.
let clicked = false;
document.addEventListener("click", () => (clicked = true), { capture: true, once: true });
router.subscribe("onRendered", ({ pathChanged }) => {
  if (pathChanged && clicked) focusHeading();
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
