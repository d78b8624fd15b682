import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { newKey } from "../api/idempotency";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { useSentence } from "../messages/useSentence";
import { Button } from "../ui/Button";
import { Choice } from "../ui/Choice";
import { Disclosure } from "../ui/Disclosure";
import { fieldErrors, fieldSentences } from "../ui/fieldErrors";
import { VoiceIcon } from "../ui/icons";
import { ProblemNotice } from "../ui/Notice";
import { NumberField } from "../ui/NumberField";
import { numberError } from "../ui/numbers";
import { Card } from "../ui/Surface";
import { TextBox } from "../ui/TextField";
import { DEFAULT_OPTIONS, type NewSynthesis, SPEECH_OPTIONS, toNewSynthesisRequest } from "./newSynthesis";
import { LIMITS, MAX_TEXT_LENGTH, useSynthesize } from "./syntheses";
import { speakerOf, type Voice } from "./voices";

const STEPS: Partial<Record<(typeof SPEECH_OPTIONS)[number], number>> = { speed: 0.1, seed: 1 };

export function SynthesisForm({ voice }: { voice: Voice }) {
  const { t, f } = useLanguage();
  const tell = useSentence();
  const synthesize = useSynthesize();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string>();
  const [options, setOptions] = useState<NewSynthesis["options"]>(DEFAULT_OPTIONS);
  const [isExpanded, setExpanded] = useState(false);
  const speaker = speakerOf(voice, chosen);
  // Counts code points, as the server does: an emoji is one character.
  const length = [...text].length;
  const isAnyInvalid = SPEECH_OPTIONS.some((name) => numberError(options[name], LIMITS[name], t, f) !== undefined);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (synthesize.isPending) return;
    synthesize.mutate({
      voiceId: voice.id,
      key: newKey(),
      body: toNewSynthesisRequest(voice, { text, speaker: chosen, options }),
    });
  }

  /** An error is about what was sent, so a change removes it. */
  function withReset<T>(set: (value: T) => void) {
    return (value: T) => {
      if (synthesize.isError) synthesize.reset();
      set(value);
    };
  }

  const problem = synthesize.error ? asProblem(synthesize.error) : undefined;
  const textInvalid = t.voices.textInvalid(f.number(MAX_TEXT_LENGTH));
  const errors = {
    ...fieldErrors(problem, { text: textInvalid }),
    ...fieldSentences(problem, ["speaker"], (refusal) => tell(refusal) ?? t.problem.invalidField),
  };
  return (
    <Card>
      <Form validationErrors={errors} aria-label={t.voices.text} className="flex flex-col gap-3" onSubmit={submit}>
        <TextBox
          label={t.voices.text}
          name="text"
          value={text}
          onChange={withReset(setText)}
          placeholder={t.voices.textPlaceholder}
          validate={(value) => (value.trim() === "" || [...value].length > MAX_TEXT_LENGTH ? textInvalid : undefined)}
        />
        {speaker !== undefined && (
          <SpeakerChoice speakers={voice.speakers} value={speaker} onChange={withReset(setChosen)} />
        )}
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
          <OptionFields options={options} onChange={setOptions} />
        </Disclosure>
      </Form>
    </Card>
  );
}

interface SpeakerChoiceProps {
  speakers: readonly string[];
  value: string;
  onChange: (speaker: string) => void;
}

function SpeakerChoice({ speakers, value, onChange }: SpeakerChoiceProps) {
  const { t } = useLanguage();
  const options = speakers.map((speaker) => ({ id: speaker, name: speaker }));
  return (
    <div className="max-w-sm">
      <Choice label={t.voices.speaker} name="speaker" value={value} options={options} onChange={onChange} />
    </div>
  );
}

interface OptionFieldsProps {
  options: NewSynthesis["options"];
  onChange: (options: NewSynthesis["options"]) => void;
}

function OptionFields({ options, onChange }: OptionFieldsProps) {
  const { t } = useLanguage();
  return (
    <div className="grid gap-4 pt-3 sm:grid-cols-3">
      {SPEECH_OPTIONS.map((name) => (
        <NumberField
          key={name}
          label={t.voices[name]}
          {...(name !== "seed" && { hint: t.voices[`${name}Hint`] })}
          name={name}
          value={options[name]}
          onChange={(value) => onChange({ ...options, [name]: value })}
          limits={LIMITS[name]}
          step={STEPS[name]}
        />
      ))}
    </div>
  );
}
