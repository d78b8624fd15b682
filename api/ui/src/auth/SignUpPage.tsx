import { Link, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { asProblem } from "../api/problem";
import { useLanguage, useTitle } from "../i18n";
import { Button } from "../ui/Button";
import { fieldErrors } from "../ui/fieldErrors";
import { ProblemNotice } from "../ui/Notice";
import { Redirect } from "../ui/Redirect";
import { TextField } from "../ui/TextField";
import { useAccount, useSignUp } from "./account";
import { AuthLayout } from "./AuthLayout";
import { isEmail, isPassword, isUsername } from "./credentials";

export function SignUpPage() {
  const { t } = useLanguage();
  const { next } = useSearch({ from: "/sign-up" });
  const account = useAccount();
  const signUp = useSignUp();
  const [email, setEmail] = useState("");
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  useTitle(t.auth.signUp);

  if (account.data) return <Redirect href={next ?? "/training"} />;

  /** An error is about the values that were sent, so a change removes it. */
  function withReset(set: (value: string) => void) {
    return (value: string) => {
      if (signUp.isError) signUp.reset();
      set(value);
    };
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    signUp.mutate({ email: email.trim(), username: username.trim(), password });
  }

  const problem = signUp.error ? asProblem(signUp.error) : undefined;
  const errors =
    problem?.status === 409
      ? { email: t.auth.taken }
      : fieldErrors(problem, {
          username: t.auth.usernameInvalid,
          email: t.auth.emailInvalid,
          password: t.auth.passwordInvalid,
        });
  return (
    <AuthLayout title={t.auth.createAccount} hint={t.auth.signUpHint}>
      <Form validationErrors={errors} onSubmit={submit} className="flex flex-col gap-4" aria-label={t.auth.signUp}>
        {problem && Object.keys(errors).length === 0 && <ProblemNotice error={problem} />}
        <TextField
          label={t.auth.username}
          name="username"
          dir="auto"
          autoComplete="name"
          value={username}
          onChange={withReset(setUsername)}
          validate={(value) => (isUsername(value.trim()) ? undefined : t.auth.usernameInvalid)}
        />
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
          autoComplete="new-password"
          hint={t.auth.passwordHint}
          value={password}
          onChange={withReset(setPassword)}
          validate={(value) => (isPassword(value) ? undefined : t.auth.passwordInvalid)}
        />
        <Button type="submit" variant="primary" isPending={signUp.isPending} className="mt-2">
          {t.auth.signUp}
        </Button>
      </Form>
      <SignInLink next={next} />
    </AuthLayout>
  );
}

function SignInLink({ next }: { next: string | undefined }) {
  const { t } = useLanguage();
  return (
    <p className="mt-6 text-center text-muted">
      {t.auth.haveAccount}{" "}
      <Link
        to="/sign-in"
        search={next === undefined ? {} : { next }}
        className="font-semibold text-accent-ink underline-offset-4 hover:underline"
      >
        {t.auth.signIn}
      </Link>
    </p>
  );
}
