import { type FormEvent, useState } from "react";
import { Dialog, Form, Heading, Modal, ModalOverlay } from "react-aria-components";
import { asProblem, type Problem } from "../api/problem";
import { useLanguage } from "../i18n";
import { useSentence } from "../messages/useSentence";
import { Button } from "../ui/Button";
import { CloseIcon, TrashIcon } from "../ui/icons";
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
    <ModalOverlay
      isOpen={edited !== undefined}
      onOpenChange={(isOpen) => !isOpen && onClose()}
      isDismissable
      className="fixed inset-0 z-40 grid place-items-end bg-black/40 backdrop-blur-[2px] sm:place-items-center"
    >
      <Modal className="max-h-[95dvh] w-full overflow-y-auto rounded-t-3xl border border-line bg-surface p-5 shadow-card sm:max-w-xl sm:rounded-3xl sm:p-6">
        <Dialog className="outline-none">
          {edited !== undefined && (
            <div className="flex flex-col gap-4">
              <div className="flex items-start justify-between gap-3">
                <div className="min-w-0">
                  <Heading slot="title" className="text-lg font-semibold break-words">
                    {t.text.editor.title(edited.word)}
                  </Heading>
                  <p className="text-sm text-muted">
                    {t.text.editor.origin(t.text.source[edited.source])}
                    {edited.original !== undefined && t.comma + t.text.insteadOf(edited.original)}
                  </p>
                </div>
                <Button variant="quiet" size="icon" aria-label={t.cancel} onPress={onClose}>
                  <CloseIcon />
                </Button>
              </div>
              <PronunciationForm edited={edited} onDone={onClose} voice={voice} />
            </div>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
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
  const refused = problem && fieldProblem(problem);
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

/** The first value that the API refuses, with its code. */
function fieldProblem({ details }: Problem): { pointer: string; detail: string } | undefined {
  if (typeof details !== "object" || details === null || !("errors" in details)) return undefined;
  const { errors } = details as { errors?: { pointer: string; detail: string }[] | null };
  return errors?.[0];
}
