import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../api/client";
import { newKey } from "../api/idempotency";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { fieldErrors } from "../ui/fieldErrors";
import { NUMBERS } from "./advanced";
import { useStartTraining } from "./training";

/** Starts a training, then opens its page. */
export function useStart() {
  const { t } = useLanguage();
  const navigate = useNavigate();
  const { mutate, error, isPending, reset } = useStartTraining();
  const [key, setKey] = useState(newKey);

  function start(body: Schemas["NewTraining"]) {
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

  const problem = error ? asProblem(error) : undefined;
  const errors = fieldErrors(problem, {
    datasetId: t.training.datasetUnavailable,
    ...Object.fromEntries(NUMBERS.map((name) => [name, t.problem.invalidField])),
  });
  return { start, isPending, problem, errors, reset };
}
