import { useState } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useLanguage } from "../i18n";
import { PageHeader } from "../ui/Surface";
import { AnalysisPanel } from "./AnalysisPanel";
import { DictionaryList } from "./DictionaryList";
import { useVoiceChoice } from "./voiceChoice";

const TAB =
  "-mb-px inline-flex min-h-11 cursor-pointer items-center border-b-2 border-transparent px-3 text-[0.95rem] font-medium text-muted hover:text-ink data-selected:border-accent data-selected:text-accent-ink";

export function TextPage() {
  const { t } = useLanguage();
  // It outlives the tab, so that nobody loses a text by looking at the dictionary.
  const [text, setText] = useState("");
  const voiceChoice = useVoiceChoice();
  return (
    <>
      <PageHeader title={t.text.title} hint={t.text.hint} />
      <Tabs>
        <TabList aria-label={t.text.tabs} className="mb-5 flex gap-1 border-b border-line">
          <Tab id="analysis" className={TAB}>
            {t.text.analysis}
          </Tab>
          <Tab id="dictionary" className={TAB}>
            {t.text.dictionary}
          </Tab>
        </TabList>
        <TabPanel id="analysis" className="outline-offset-4">
          <AnalysisPanel text={text} onChange={setText} voiceChoice={voiceChoice} />
        </TabPanel>
        <TabPanel id="dictionary" className="outline-offset-4">
          <p className="mb-4 text-muted">{t.text.list.hint}</p>
          <DictionaryList voice={voiceChoice.phonemeVoice} />
        </TabPanel>
      </Tabs>
    </>
  );
}
