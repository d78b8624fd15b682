import type { ReactNode } from "react";
import { useLanguage } from "../i18n";
import { MARKS } from "./marks";
import { Tie } from "./Tie";

/** What the marks on words mean. */
export function Legend() {
  const { t } = useLanguage();
  return (
    <dl aria-label={t.text.legend.title} className="flex flex-wrap gap-x-5 gap-y-1 text-sm text-muted">
      <Entry meaning={t.text.legend.ezafe} className="relative me-2">
        کتاب<span className={MARKS.ezafe}>ِ</span>
        <Tie className="top-[1.1rem]" />
      </Entry>
      <Entry meaning={t.text.legend.expression} className={`rounded px-1.5 ${MARKS.expression}`}>
        دوازده
      </Entry>
      <Entry meaning={t.text.legend.guessed} className={MARKS.guessed}>
        واژه
      </Entry>
      <Entry meaning={t.text.legend.dictionary} className={MARKS.dictionary}>
        واژه
      </Entry>
    </dl>
  );
}

function Entry({ meaning, className = "", children }: { meaning: string; className?: string; children: ReactNode }) {
  return (
    <div className="flex items-baseline gap-2">
      <dt lang="fa" dir="rtl" className="pb-1 text-base text-ink">
        <span className={className}>{children}</span>
      </dt>
      <dd>{meaning}</dd>
    </div>
  );
}
