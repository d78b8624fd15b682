import { Link, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { flushSync } from "react-dom";
import { asProblem } from "../api/problem";
import { useLanguage, useTitle } from "../i18n";
import { Button } from "../ui/Button";
import { focusInvalid, TextField } from "../ui/Field";
import { ProblemNotice } from "../ui/Notice";
import { Redirect } from "../ui/Redirect";
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
  const [isChecked, setChecked] = useState(false);
  useTitle(t.auth.signUp);

  if (account.data) return <Redirect href={next ?? "/training"} />;

  const fits = { email: isEmail(email.trim()), username: isUsername(username.trim()), password: isPassword(password) };
  const isSendable = fits.email && fits.username && fits.password;

  /** An error is about the values that were sent, so a change removes it. */
  function changing(set: (value: string) => void) {
    return (value: string) => {
      if (signUp.isError) signUp.reset();
      set(value);
    };
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    flushSync(() => setChecked(!isSendable));
    if (isSendable) signUp.mutate({ email: email.trim(), username: username.trim(), password });
    else focusInvalid(event.currentTarget);
  }

  const problem = signUp.error ? asProblem(signUp.error) : undefined;
  const taken = problem?.status === 409;
  const wrong = (field: keyof typeof fits, message: string) =>
    (isChecked && !fits[field]) || problem?.fields.has(field) ? message : undefined;
  return (
    <AuthLayout title={t.auth.createAccount} hint={t.auth.signUpHint}>
      <Form validationBehavior="aria" onSubmit={submit} className="flex flex-col gap-4" aria-label={t.auth.signUp}>
        {problem && !taken && problem.fields.size === 0 && <ProblemNotice error={problem} />}
        <TextField
          label={t.auth.username}
          name="username"
          dir="auto"
          autoComplete="name"
          value={username}
          onChange={changing(setUsername)}
          error={wrong("username", t.auth.usernameInvalid)}
        />
        <TextField
          label={t.auth.email}
          name="email"
          type="email"
          dir="ltr"
          autoComplete="email"
          value={email}
          onChange={changing(setEmail)}
          error={taken ? t.auth.taken : wrong("email", t.auth.emailInvalid)}
        />
        <TextField
          label={t.auth.password}
          name="password"
          type="password"
          dir="ltr"
          autoComplete="new-password"
          hint={t.auth.passwordHint}
          value={password}
          onChange={changing(setPassword)}
          error={wrong("password", t.auth.passwordInvalid)}
        />
        <Button type="submit" variant="primary" isPending={signUp.isPending} className="mt-2">
          {t.auth.signUp}
        </Button>
      </Form>
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
    </AuthLayout>
  );
}
