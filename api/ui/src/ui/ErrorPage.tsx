import { useLanguage, useTitle } from "../i18n";
import { Button, ButtonLink } from "./Button";
import { useFocusHeading } from "./heading";
import { Logo } from "./Logo";

export function NotFoundPage() {
  const { t } = useLanguage();
  useTitle(t.notFound);
  useFocusHeading();
  return (
    <main className="mx-auto flex min-h-[70dvh] max-w-md flex-col items-center justify-center gap-3 p-6 text-center">
      <Logo className="mb-2 size-14" />
      <h1 className="text-2xl font-bold">{t.notFound}</h1>
      <p className="mb-2 text-muted">{t.notFoundHint}</p>
      <ButtonLink to="/training" variant="primary">
        {t.toTrainings}
      </ButtonLink>
    </main>
  );
}

export function ErrorPage() {
  const { t } = useLanguage();
  useTitle(t.errorPage);
  return (
    <main
      role="alert"
      className="mx-auto flex min-h-[70dvh] max-w-md flex-col items-center justify-center gap-3 p-6 text-center"
    >
      <Logo className="mb-2 size-14" />
      <h1 className="text-2xl font-bold">{t.errorPage}</h1>
      <p className="mb-2 text-muted">{t.errorPageHint}</p>
      <Button variant="primary" onPress={() => location.reload()}>
        {t.reload}
      </Button>
    </main>
  );
}
