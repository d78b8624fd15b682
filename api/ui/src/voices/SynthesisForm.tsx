import { type FormEvent, useRef, useState } from "react";
import { Button as AriaButton, Disclosure, DisclosurePanel, Form } from "react-aria-components";
import { flushSync } from "react-dom";
import { newKey } from "../api/idempotency";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { focusInvalid, NumberField, TextBox } from "../ui/Field";
import { DownIcon, VoiceIcon } from "../ui/icons";
import { ProblemNotice } from "../ui/Notice";
import { numberError } from "../ui/numbers";
import { Card } from "../ui/Surface";
import { LIMITS, MAX_TEXT_LENGTH, useSynthesize } from "./syntheses";
import type { Voice } from "./voices";

/** The values at which the voices are trained. */
const DEFAULTS = { speed: 1, noise: 0.667, seed: 1 };

const OPTIONS = ["speed", "noise", "seed"] as const;
const STEPS: Partial<Record<(typeof OPTIONS)[number], number>> = { speed: 0.1, seed: 1 };

export function SynthesisForm({ voice }: { voice: Voice }) {
  const { t, f } = useLanguage();
  const synthesize = useSynthesize(voice.id);
  const form = useRef<HTMLFormElement>(null);
  const [text, setText] = useState("");
  const [options, setOptions] = useState<Record<(typeof OPTIONS)[number], number | undefined>>(DEFAULTS);
  const [isExpanded, setExpanded] = useState(false);
  const [isChecked, setChecked] = useState(false);
  // Counts code points, as the server does: an emoji is one character.
  const length = [...text].length;
  const isSpeakable = text.trim() !== "" && length <= MAX_TEXT_LENGTH;
  const isWrong = OPTIONS.some((name) => numberError(options[name], LIMITS[name], t, f) !== undefined);

  function submit() {
    if (synthesize.isPending) return;
    if (!isSpeakable || isWrong) {
      flushSync(() => setChecked(true));
      if (form.current) focusInvalid(form.current);
      return;
    }
    setChecked(false);
    synthesize.mutate({
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
  const isRefused = problem?.fields.has("text") || (isChecked && !isSpeakable);
  return (
    <Card>
      <Form
        ref={form}
        validationBehavior="aria"
        aria-label={t.voices.text}
        className="flex flex-col gap-3"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextBox
          label={t.voices.text}
          name="text"
          value={text}
          onChange={(next) => {
            if (synthesize.isError) synthesize.reset();
            setText(next);
          }}
          onSubmit={submit}
          placeholder={t.voices.textPlaceholder}
          error={isRefused ? t.voices.textInvalid(f.number(MAX_TEXT_LENGTH)) : undefined}
        />
        {problem && !problem.fields.has("text") && <ProblemNotice error={problem} />}
        <Disclosure isExpanded={isExpanded || isWrong} onExpandedChange={setExpanded} className="group">
          <div className="flex flex-wrap items-center justify-between gap-3">
            <AriaButton
              slot="trigger"
              className="flex min-h-11 items-center gap-2 rounded-lg text-sm font-medium text-muted hover:text-ink"
            >
              <DownIcon className="size-4 transition-transform group-data-expanded:rotate-180" />
              {t.voices.options}
            </AriaButton>
            <div className="flex items-center gap-4">
              <span className={`text-[0.8rem] ${length > MAX_TEXT_LENGTH ? "text-danger" : "text-muted"}`}>
                {t.voices.count(f.number(length), f.number(MAX_TEXT_LENGTH))}
              </span>
              <Button type="submit" variant="primary" isPending={synthesize.isPending} className="px-6">
                <VoiceIcon />
                {t.voices.speak}
              </Button>
            </div>
          </div>
          <DisclosurePanel>
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
          </DisclosurePanel>
        </Disclosure>
      </Form>
    </Card>
  );
}
