import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { HubProblem } from "../sources/HubProblem";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { useSaveToken } from "./preferences";

interface TokenFormProps {
  onDone: () => void;
  onCancel?: () => void;
}

export function TokenForm({ onDone, onCancel }: TokenFormProps) {
  const { t } = useLanguage();
  const save = useSaveToken();
  const [token, setToken] = useState("");
  const [missing, setMissing] = useState(false);
  const problem = save.error ? asProblem(save.error) : undefined;
  const refused = problem?.fields.has("token") ? t.preferences.tokenRefused : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    setMissing(token.trim() === "");
    if (token.trim() === "") return;
    save.mutate(token.trim(), {
      onSuccess: () => {
        setToken("");
        onDone();
      },
    });
  }

  return (
    <Form validationBehavior="aria" onSubmit={submit} aria-label={t.preferences.token} className="flex flex-col gap-3">
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
          setMissing(false);
          if (save.isError) save.reset();
          setToken(next);
        }}
        error={missing ? t.preferences.tokenMissing : refused}
      />
      {problem && refused === undefined && <HubProblem error={problem} />}
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
