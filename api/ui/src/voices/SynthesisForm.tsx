import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { newKey } from "../api/idempotency";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { Disclosure } from "../ui/Disclosure";
import { fieldErrors } from "../ui/fieldErrors";
import { VoiceIcon } from "../ui/icons";
import { ProblemNotice } from "../ui/Notice";
import { NumberField } from "../ui/NumberField";
import { numberError } from "../ui/numbers";
import { Card } from "../ui/Surface";
import { TextBox } from "../ui/TextField";
import { LIMITS, MAX_TEXT_LENGTH, useSynthesize } from "./syntheses";
import type { Voice } from "./voices";

/** The values at which the voices are trained. */
const DEFAULTS = { speed: 1, noise: 0.667, seed: 1 };

const OPTIONS = ["speed", "noise", "seed"] as const;
const STEPS: Partial<Record<(typeof OPTIONS)[number], number>> = { speed: 0.1, seed: 1 };

export function SynthesisForm({ voice }: { voice: Voice }) {
  const { t, f } = useLanguage();
  const synthesize = useSynthesize();
  const [text, setText] = useState("");
  const [options, setOptions] = useState<Record<(typeof OPTIONS)[number], number | undefined>>(DEFAULTS);
  const [isExpanded, setExpanded] = useState(false);
  // Counts code points, as the server does: an emoji is one character.
  const length = [...text].length;
  const isAnyInvalid = OPTIONS.some((name) => numberError(options[name], LIMITS[name], t, f) !== undefined);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (synthesize.isPending) return;
    synthesize.mutate({
      voiceId: voice.id,
      key: newKey(),
      body: {
        text,
        speed: options.speed ?? DEFAULTS.speed,
        noise: options.noise ?? DEFAULTS.noise,
        seed: options.seed ?? DEFAULTS.seed,
      },
    });
  }

  const problem = synthesize.error ? asProblem(synthesize.error) : undefined;
  const textInvalid = t.voices.textInvalid(f.number(MAX_TEXT_LENGTH));
  const errors = fieldErrors(problem, { text: textInvalid });
  return (
    <Card>
      <Form validationErrors={errors} aria-label={t.voices.text} className="flex flex-col gap-3" onSubmit={submit}>
        <TextBox
          label={t.voices.text}
          name="text"
          value={text}
          onChange={(next) => {
            if (synthesize.isError) synthesize.reset();
            setText(next);
          }}
          placeholder={t.voices.textPlaceholder}
          validate={(value) => (value.trim() === "" || [...value].length > MAX_TEXT_LENGTH ? textInvalid : undefined)}
        />
        {problem && Object.keys(errors).length === 0 && <ProblemNotice error={problem} />}
        <Disclosure
          title={t.voices.options}
          aside={
            <div className="flex items-center gap-4">
              <span className={`text-[0.8rem] ${length > MAX_TEXT_LENGTH ? "text-danger" : "text-muted"}`}>
                {t.voices.count(f.number(length), f.number(MAX_TEXT_LENGTH))}
              </span>
              <Button type="submit" variant="primary" isPending={synthesize.isPending} className="px-6">
                <VoiceIcon />
                {t.voices.speak}
              </Button>
            </div>
          }
          isExpanded={isExpanded || isAnyInvalid}
          onExpandedChange={setExpanded}
        >
          <div className="grid gap-4 pt-3 sm:grid-cols-3">
            {OPTIONS.map((name) => (
              <NumberField
                key={name}
                label={t.voices[name]}
                {...(name === "noise" && { hint: t.voices.noiseHint })}
                name={name}
                value={options[name]}
                onChange={(value) => setOptions({ ...options, [name]: value })}
                limits={LIMITS[name]}
                step={STEPS[name]}
              />
            ))}
          </div>
        </Disclosure>
      </Form>
    </Card>
  );
}
