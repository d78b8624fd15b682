import { useState } from "react";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { CheckIcon } from "../ui/icons";
import { Card, CardTitle } from "../ui/Surface";
import type { ModelDetails } from "./sources";

/** A large model may be split into hundreds of files. */
const PAGE_SIZE = 50;

export function ModelFiles({ model }: { model: ModelDetails }) {
  const { t, f } = useLanguage();
  const [limit, setLimit] = useState(PAGE_SIZE);
  const fetched = new Set(model.fetched);
  const total = model.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return (
    <Card>
      <CardTitle
        hint={t.sources.filesHint(
          f.number(model.fetched.length),
          f.bytes(model.fetchedBytes),
          f.number(model.files.length),
          f.bytes(total),
        )}
      >
        {t.sources.files}
      </CardTitle>
      <ul className="flex flex-col" aria-label={t.sources.files}>
        {model.files.slice(0, limit).map(({ path, sizeBytes }) => {
          const isFetched = fetched.has(path);
          return (
            <li key={path} className="flex items-center gap-3 border-t border-line py-2 first:border-0">
              <span className={`size-4 shrink-0 ${isFetched ? "text-good" : ""}`}>
                {isFetched && <CheckIcon className="size-4" />}
              </span>
              <span
                dir="ltr"
                className={`min-w-0 flex-1 font-mono text-[0.85rem] break-all rtl:text-right ${isFetched ? "" : "text-muted"}`}
              >
                {path}
              </span>
              <span className="sr-only">{isFetched ? t.sources.fetched : t.sources.notFetched}</span>
              <span className="text-[0.8rem] whitespace-nowrap text-muted">{f.bytes(sizeBytes)}</span>
            </li>
          );
        })}
      </ul>
      {model.files.length > limit && (
        <div className="mt-4 text-center">
          <Button onPress={() => setLimit(limit + PAGE_SIZE)}>{t.more}</Button>
        </div>
      )}
    </Card>
  );
}
