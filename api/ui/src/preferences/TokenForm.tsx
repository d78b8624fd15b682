import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { HubProblem } from "../sources/HubProblem";
import { Button } from "../ui/Button";
import { fieldErrors } from "../ui/fieldErrors";
import { TextField } from "../ui/TextField";
import { useSaveToken } from "./preferences";

interface TokenFormProps {
  onDone: () => void;
  onCancel?: () => void;
}

export function TokenForm({ onDone, onCancel }: TokenFormProps) {
  const { t } = useLanguage();
  const save = useSaveToken();
  const [token, setToken] = useState("");
  const problem = save.error ? asProblem(save.error) : undefined;
  const errors = fieldErrors(problem, { token: t.preferences.tokenRefused });

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate(token.trim(), {
      onSuccess: () => {
        setToken("");
        onDone();
      },
    });
  }

  return (
    <Form validationErrors={errors} onSubmit={submit} aria-label={t.preferences.token} className="flex flex-col gap-3">
      <TextField
        label={t.preferences.tokenField}
        name="token"
        type="password"
        reveal={t.preferences.showToken}
        dir="ltr"
        autoComplete="off"
        placeholder="hf_…"
        value={token}
        onChange={(next) => {
          if (save.isError) save.reset();
          setToken(next);
        }}
        validate={(value) => (value.trim() === "" ? t.preferences.tokenMissing : undefined)}
      />
      {problem && Object.keys(errors).length === 0 && <HubProblem error={problem} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" isPending={save.isPending}>
          {t.preferences.save}
        </Button>
        {onCancel && (
          <Button variant="quiet" onPress={onCancel}>
            {t.cancel}
          </Button>
        )}
      </div>
    </Form>
  );
}
