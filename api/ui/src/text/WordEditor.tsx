import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { asProblem } from "../api/problem";
import { useLanguage } from "../i18n";
import { useSentence } from "../messages/useSentence";
import { Button } from "../ui/Button";
import { fieldRefusals } from "../ui/fieldErrors";
import { FormDialog } from "../ui/FormDialog";
import { TrashIcon } from "../ui/icons";
import { ProblemNotice } from "../ui/Notice";
import type { Voice } from "../voices/voices";
import type { ReadToken } from "./analysis";
import { useRemoveWord, useSaveWord } from "./dictionary";
import { HearDifference } from "./HearDifference";
import { PhonemeField } from "./PhonemeField";

export interface EditedWord {
  /** As it stands in the dictionary. */
  word: string;
  /** Without ezafe. */
  phonemes: string;
  source: NonNullable<ReadToken["source"]>;
  /** The piece of the text that it says, if that is no word. */
  original?: string | undefined;
}

interface WordEditorProps {
  edited: EditedWord | undefined;
  onClose: () => void;
  /** One that reads phonemes. */
  voice: Voice | undefined;
}

/** The pronunciation of a word: at the bottom of a phone's screen, in the middle of a wider one. */
export function WordEditor({ edited, onClose, voice }: WordEditorProps) {
  const { t } = useLanguage();
  return (
    <FormDialog
      isOpen={edited !== undefined}
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={edited === undefined ? "" : t.text.editor.title(edited.word)}
      hint={
        edited !== undefined && (
          <>
            {t.text.editor.origin(t.text.source[edited.source])}
            {edited.original !== undefined && t.comma + t.text.insteadOf(edited.original)}
          </>
        )
      }
    >
      {edited !== undefined && <PronunciationForm edited={edited} onDone={onClose} voice={voice} />}
    </FormDialog>
  );
}

interface PronunciationFormProps {
  edited: EditedWord;
  onDone: () => void;
  voice: Voice | undefined;
}

function PronunciationForm({ edited, onDone, voice }: PronunciationFormProps) {
  const { t } = useLanguage();
  const tell = useSentence();
  const [phonemes, setPhonemes] = useState(edited.phonemes);
  const save = useSaveWord(edited.word);
  const remove = useRemoveWord(edited.word);
  const error = save.error ?? remove.error;
  const problem = error === null ? undefined : asProblem(error);
  const refused = problem && fieldRefusals(problem)[0];
  const message = refused && (tell(refused) ?? refused.detail);
  const isAtField = refused?.pointer === "/phonemes";

  function submit(event: FormEvent) {
    event.preventDefault();
    remove.reset();
    save.mutate(phonemes.trim(), { onSuccess: onDone });
  }

  return (
    <Form
      validationErrors={isAtField && message !== undefined ? { phonemes: message } : {}}
      aria-label={t.text.editor.title(edited.word)}
      onSubmit={submit}
      className="flex flex-col gap-4"
    >
      <PhonemeField
        value={phonemes}
        onChange={(next) => {
          if (save.isError) save.reset();
          setPhonemes(next);
        }}
      />
      <HearDifference before={edited.phonemes} after={phonemes} voice={voice} />
      {problem && !isAtField && <ProblemNotice error={problem} message={message} />}
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" variant="primary" isPending={save.isPending}>
          {t.text.editor.save}
        </Button>
        {edited.source === "dictionary" && (
          <Button
            variant="danger"
            isPending={remove.isPending}
            onPress={() => {
              save.reset();
              remove.mutate(undefined, { onSuccess: onDone });
            }}
          >
            <TrashIcon />
            {t.text.editor.remove}
          </Button>
        )}
      </div>
    </Form>
  );
}
