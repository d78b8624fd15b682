import { useState } from "react";
import { useLanguage } from "../i18n";
import { ExternalLink } from "../ui/ExternalLink";
import { Card, CardTitle } from "../ui/Surface";
import type { SavedToken } from "./preferences";
import { TokenForm } from "./TokenForm";
import { TokenSaved } from "./TokenSaved";

const TOKEN_SETTINGS_URL = "https://huggingface.co/settings/tokens";

/** The server never sends a saved token back. */
export function TokenCard({ saved }: { saved: SavedToken | undefined }) {
  const { t } = useLanguage();
  const [replacing, setReplacing] = useState(false);
  return (
    <Card>
      <CardTitle hint={t.preferences.tokenHint}>{t.preferences.token}</CardTitle>
      {saved && !replacing ? (
        <TokenSaved key={`${saved.user} ${saved.lastFour}`} saved={saved} onReplace={() => setReplacing(true)} />
      ) : (
        <div className="flex flex-col gap-3">
          <TokenForm onDone={() => setReplacing(false)} {...(saved && { onCancel: () => setReplacing(false) })} />
          <p className="text-sm text-muted">
            <ExternalLink href={TOKEN_SETTINGS_URL}>{t.preferences.makeToken}</ExternalLink>
          </p>
        </div>
      )}
    </Card>
  );
}
