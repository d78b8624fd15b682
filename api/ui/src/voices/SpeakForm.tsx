import { type FormEvent, useState } from "react";
import { Button as AriaButton, Disclosure, DisclosurePanel, Form } from "react-aria-components";
import { newKey } from "../api/idempotency";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { NumberField, TextBox } from "../ui/Field";
import { DownIcon, VoiceIcon } from "../ui/icons";
import { ProblemNotice } from "../ui/Notice";
import { Card } from "../ui/Surface";
import { LONGEST_TEXT, useSpeak, type Voice } from "./voices";

/** As the network was trained. */
const AS_TRAINED = { speed: 1, noise: 0.667, seed: 1 };

export function SpeakForm({ voice }: { voice: Voice }) {
  const { t, f } = useLanguage();
  const speak = useSpeak(voice.id);
  const [text, setText] = useState("");
  const [speed, setSpeed] = useState(AS_TRAINED.speed);
  const [noise, setNoise] = useState(AS_TRAINED.noise);
  const [seed, setSeed] = useState(AS_TRAINED.seed);
  const [refused, setRefused] = useState(false);
  // As the server counts: a letter outside the basic plane is one character, not two.
  const length = [...text].length;

  function submit() {
    const sayable = text.trim() !== "" && length <= LONGEST_TEXT;
    setRefused(!sayable);
    if (!sayable || speak.isPending) return;
    const given = (value: number, otherwise: number) => (Number.isNaN(value) ? otherwise : value);
    speak.mutate({
      key: newKey(),
      body: {
        text,
        speed: given(speed, AS_TRAINED.speed),
        noise: given(noise, AS_TRAINED.noise),
        seed: given(seed, AS_TRAINED.seed),
      },
    });
  }

  const problem = speak.error ? asProblem(speak.error) : undefined;
  const wrong = refused || problem?.fields.has("text") ? t.voices.textInvalid : undefined;
  return (
    <Card>
      <Form
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
          onChange={setText}
          onSubmit={submit}
          placeholder={t.voices.textPlaceholder}
          error={wrong}
        />
        {problem && !problem.fields.has("text") && <ProblemNotice error={problem} />}
        <Disclosure className="group">
          <div className="flex flex-wrap items-center justify-between gap-3">
            <AriaButton
              slot="trigger"
              className="flex min-h-11 items-center gap-2 rounded-lg text-sm font-medium text-muted hover:text-ink"
            >
              <DownIcon className="size-4 transition-transform group-data-expanded:rotate-180" />
              {t.voices.options}
            </AriaButton>
            <div className="flex items-center gap-4">
              <span className={`text-[0.8rem] ${length > LONGEST_TEXT ? "text-danger" : "text-muted"}`}>
                {t.voices.count(f.number(length), f.number(LONGEST_TEXT))}
              </span>
              <Button type="submit" variant="primary" isPending={speak.isPending} className="px-6">
                <VoiceIcon />
                {t.voices.speak}
              </Button>
            </div>
          </div>
          <DisclosurePanel>
            <div className="grid gap-4 pt-3 sm:grid-cols-3">
              <NumberField
                label={t.voices.speed}
                name="speed"
                value={speed}
                onChange={setSpeed}
                min={0.5}
                max={2}
                step={0.1}
              />
              <NumberField
                label={t.voices.noise}
                hint={t.voices.noiseHint}
                name="noise"
                value={noise}
                onChange={setNoise}
                min={0}
                max={1}
              />
              <NumberField
                label={t.voices.seed}
                name="seed"
                step={1}
                value={seed}
                onChange={setSeed}
                min={0}
                max={Number.MAX_SAFE_INTEGER}
                format={{ useGrouping: false }}
              />
            </div>
          </DisclosurePanel>
        </Disclosure>
      </Form>
    </Card>
  );
}
