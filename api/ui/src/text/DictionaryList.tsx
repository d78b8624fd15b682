import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Confirm";
import { EditIcon, TextIcon, TrashIcon } from "../ui/icons";
import { List } from "../ui/List";
import { Empty } from "../ui/Surface";
import type { Voice } from "../voices/voices";
import { type DictionaryEntry, dictionaryQuery, useRemoveWord } from "./dictionary";
import { type EditedWord, WordEditor } from "./WordEditor";

interface DictionaryListProps {
  /** One that reads phonemes. */
  voice: Voice | undefined;
}

/** The words whose pronunciation the user has corrected, the newest first. */
export function DictionaryList({ voice }: DictionaryListProps) {
  const { t } = useLanguage();
  const entries = useInfiniteQuery(dictionaryQuery);
  const [edited, setEdited] = useState<EditedWord>();
  return (
    <>
      <List
        query={entries}
        empty={<Empty icon={<TextIcon className="size-7" />} title={t.text.list.empty} hint={t.text.list.emptyHint} />}
      >
        {(entry) => (
          <EntryRow
            entry={entry}
            onEdit={() => setEdited({ word: entry.word, phonemes: entry.phonemes, source: "dictionary" })}
          />
        )}
      </List>
      <WordEditor edited={edited} onClose={() => setEdited(undefined)} voice={voice} />
    </>
  );
}

function EntryRow({ entry: { word, phonemes }, onEdit }: { entry: DictionaryEntry; onEdit: () => void }) {
  const { t } = useLanguage();
  const remove = useRemoveWord(word);
  return (
    <div className="flex items-center gap-2 rounded-2xl border border-line bg-surface py-2 ps-4 pe-2 shadow-card">
      <div className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-4">
        <bdi lang="fa" className="text-lg font-medium break-words">
          {word}
        </bdi>
        <bdi dir="ltr" className="min-w-0 font-ipa break-words text-muted">
          {phonemes}
        </bdi>
      </div>
      <Button variant="quiet" size="icon" aria-label={t.text.list.edit(word)} onPress={onEdit}>
        <EditIcon />
      </Button>
      <Confirm
        trigger={
          <Button variant="quiet" size="icon" aria-label={t.text.list.remove(word)}>
            <TrashIcon />
          </Button>
        }
        title={t.text.list.removeTitle}
        body={t.text.list.removeBody(word)}
        action={t.text.list.removeAction}
        onConfirm={() => remove.mutateAsync()}
      />
    </div>
  );
}
