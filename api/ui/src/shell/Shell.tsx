import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useAccount, useSignOutReason, type User, useSignOut } from "../auth/account";
import { useLanguage } from "../i18n";
import { LiveProvider, useLiveState } from "../live/LiveProvider";
import { Button } from "../ui/Button";
import { ClipsIcon, CurveIcon, ModelIcon, SettingsIcon, SignOutIcon, TextIcon, VoiceIcon } from "../ui/icons";
import { LanguageSwitch } from "../ui/LanguageSwitch";
import { Loading } from "../ui/List";
import { Logo } from "../ui/Logo";
import { ProblemNotice } from "../ui/Notice";
import { Redirect } from "../ui/Redirect";
import { applyEvent, refetchAll } from "./liveQueries";

/** The frame of every page behind the sign-in: account, sections, live connection. */
export function Shell() {
  const account = useAccount();
  const reason = useSignOutReason();
  const location = useLocation();

  if (account.isPending) return <Loading />;
  if (account.data === undefined) {
    return (
      <main className="mx-auto max-w-xl p-6">
        <ProblemNotice error={account.error} onRetry={() => void account.refetch()} />
      </main>
    );
  }
  if (account.data === null) {
    const next = reason === "signed-out" ? "" : `?next=${encodeURIComponent(location.href)}`;
    return <Redirect href={`/sign-in${next}${reason === "ended" ? "&ended=true" : ""}`} />;
  }
  return (
    <LiveProvider key={account.data.id} applyEvent={applyEvent} onConnect={refetchAll}>
      <Layout user={account.data} />
    </LiveProvider>
  );
}

function Layout({ user }: { user: User }) {
  const { t } = useLanguage();
  return (
    <div className="min-h-dvh pb-20 lg:grid lg:grid-cols-[16rem_1fr] lg:pb-0">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:start-3 focus:top-3 focus:z-50 focus:rounded-xl focus:bg-accent focus:px-4 focus:py-2 focus:text-on-accent"
      >
        {t.skipToContent}
      </a>
      <div className="border-line bg-surface lg:border-e">
        <header className="lg:sticky lg:top-0 lg:flex lg:h-dvh lg:flex-col lg:p-4">
          <div className="flex items-center justify-between gap-2 border-b border-line px-4 py-2 lg:border-0 lg:px-2 lg:py-3">
            <Link to="/training" className="flex items-center gap-3 rounded-xl">
              <Logo />
              <span className="leading-tight">
                <span className="block text-xl font-extrabold">{t.name}</span>
                <span className="hidden text-xs text-muted lg:block">{t.slogan}</span>
              </span>
            </Link>
            <div className="flex min-w-0 items-center lg:hidden">
              <Connection />
              <LanguageSwitch compact />
              <bdi className="min-w-0 truncate text-sm font-semibold" title={user.username}>
                {user.username}
              </bdi>
              <SignOut compact />
            </div>
          </div>
          <Sections />
          <div className="mt-auto hidden flex-col gap-1 border-t border-line pt-3 lg:flex">
            <div className="px-3 py-1">
              <Connection />
            </div>
            <LanguageSwitch className="justify-start" />
            <div className="flex items-center justify-between gap-2 ps-3">
              <div className="min-w-0 leading-6">
                <bdi className="block w-fit max-w-full truncate font-semibold">{user.username}</bdi>
                <p dir="ltr" className="truncate text-xs text-muted rtl:text-right">
                  {user.email}
                </p>
              </div>
              <SignOut />
            </div>
          </div>
        </header>
      </div>
      <main
        id="content"
        tabIndex={-1}
        className="mx-auto w-full max-w-5xl min-w-0 px-4 py-6 outline-none sm:px-8 lg:py-10"
      >
        <Outlet />
      </main>
    </div>
  );
}

/** A column on wide screens, a bar at the bottom of narrow ones. */
function Sections() {
  const { t } = useLanguage();
  const sections = [
    { to: "/training", name: t.nav.training, Icon: CurveIcon },
    { to: "/voices", name: t.nav.voices, Icon: VoiceIcon },
    { to: "/text", name: t.nav.text, Icon: TextIcon },
    { to: "/datasets", name: t.nav.datasets, Icon: ClipsIcon },
    { to: "/models", name: t.nav.models, Icon: ModelIcon },
    { to: "/settings", name: t.nav.settings, Icon: SettingsIcon },
  ] as const;
  return (
    <nav
      aria-label={t.nav.label}
      className="fixed inset-x-0 bottom-0 z-30 flex border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:static lg:mt-4 lg:flex-col lg:gap-1 lg:border-0"
    >
      {sections.map(({ to, name, Icon }) => (
        <Link
          key={to}
          to={to}
          activeProps={{ "aria-current": "page" }}
          className="flex flex-auto flex-col items-center gap-0.5 py-2 text-xs font-medium text-muted transition-colors hover:text-ink aria-[current=page]:text-accent-ink lg:flex-none lg:flex-row lg:gap-3 lg:rounded-xl lg:px-3 lg:py-2.5 lg:text-[0.95rem] lg:hover:bg-sunken lg:aria-[current=page]:bg-accent-soft"
        >
          <Icon />
          {name}
        </Link>
      ))}
    </nav>
  );
}

function Connection() {
  const { t } = useLanguage();
  const state = useLiveState();
  const live = state === "live";
  return (
    <span
      role="status"
      aria-label={t.live.label(t.live[state])}
      data-live={state}
      className={`inline-flex items-center gap-2 text-sm ${live ? "text-muted" : "font-medium text-warning"}`}
    >
      <span className={`size-2 rounded-full ${live ? "bg-good" : "animate-pulse bg-warning"}`} />
      {t.live[state]}
    </span>
  );
}

function SignOut({ compact = false }: { compact?: boolean }) {
  const { t } = useLanguage();
  const signOut = useSignOut();
  return (
    <Button
      variant="quiet"
      size="icon"
      aria-label={t.auth.signOut}
      onPress={() => signOut.mutate()}
      isPending={signOut.isPending}
      className={compact ? "size-10" : ""}
    >
      <SignOutIcon />
    </Button>
  );
}
