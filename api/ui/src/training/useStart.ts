import type { UseMutationResult } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { newKey } from "../api/idempotency";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { useSentence } from "../messages/useSentence";
import { fieldSentences } from "../ui/fieldErrors";
import type { Training } from "./training";

/** Starts a training with the values of a form, whose fields have these names, then opens its page. */
export function useStart<Body>(
  { mutate, error, isPending, reset }: UseMutationResult<Training, Error, { key: string; body: Body }>,
  names: readonly string[],
) {
  const { t } = useLanguage();
  const tell = useSentence();
  const navigate = useNavigate();
  const [key, setKey] = useState(newKey);

  function start(body: Body) {
    mutate(
      { key, body },
      {
        onSuccess: ({ id }) => void navigate({ to: "/training/$id", params: { id } }),
        // A corrected request is a new one. A request without a response may have arrived, so its repetition keeps
        // its key.
        onError: (error) => {
          if (asProblem(error).status !== 0) setKey(newKey());
        },
      },
    );
  }

  /** An error is about the values that were sent, so a change removes it. */
  function withReset<T>(set: (value: T) => void) {
    return (value: T) => {
      if (error) reset();
      set(value);
    };
  }

  const problem = error ? asProblem(error) : undefined;
  const errors = fieldSentences(problem, names, (refusal) => tell(refusal) ?? t.problem.invalidField);
  return { start, isPending, problem, errors, withReset };
}
