import { Link, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { asProblem } from "../api/problem";
import { useLanguage, useTitle } from "../i18n";
import { Button } from "../ui/Button";
import { Notice, ProblemNotice } from "../ui/Notice";
import { Redirect } from "../ui/Redirect";
import { TextField } from "../ui/TextField";
import { useAccount, useSignIn } from "./account";
import { AuthLayout } from "./AuthLayout";
import { isEmail } from "./credentials";

export function SignInPage() {
  const { t } = useLanguage();
  const { next, ended } = useSearch({ from: "/sign-in" });
  const account = useAccount();
  const signIn = useSignIn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  useTitle(t.auth.signIn);

  if (account.data) return <Redirect href={next ?? "/training"} />;

  /** An error is about the values that were sent, so a change removes it. */
  function withReset(set: (value: string) => void) {
    return (value: string) => {
      if (signIn.isError) signIn.reset();
      set(value);
    };
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    signIn.mutate({ email: email.trim(), password });
  }

  const problem = signIn.error && asProblem(signIn.error);
  return (
    <AuthLayout title={t.auth.welcomeBack} hint={t.auth.signInHint}>
      <Form onSubmit={submit} className="flex flex-col gap-4" aria-label={t.auth.signIn}>
        {ended && !problem && <Notice tone="warning" title={t.auth.ended} />}
        {problem && (
          <ProblemNotice error={problem} message={[401, 422].includes(problem.status) ? t.auth.wrong : undefined} />
        )}
        <TextField
          label={t.auth.email}
          name="email"
          inputMode="email"
          dir="ltr"
          autoComplete="email"
          value={email}
          onChange={withReset(setEmail)}
          validate={(value) => (isEmail(value.trim()) ? undefined : t.auth.emailInvalid)}
        />
        <TextField
          label={t.auth.password}
          name="password"
          type="password"
          dir="ltr"
          autoComplete="current-password"
          value={password}
          onChange={withReset(setPassword)}
          validate={(value) => (value === "" ? t.auth.passwordMissing : undefined)}
        />
        <Button type="submit" variant="primary" isPending={signIn.isPending} className="mt-2">
          {t.auth.signIn}
        </Button>
      </Form>
      <p className="mt-6 text-center text-muted">
        {t.auth.noAccount}{" "}
        <Link
          to="/sign-up"
          search={next === undefined ? {} : { next }}
          className="font-semibold text-accent-ink underline-offset-4 hover:underline"
        >
          {t.auth.signUp}
        </Link>
      </p>
    </AuthLayout>
  );
}
