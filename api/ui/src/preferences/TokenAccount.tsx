import type { Schemas } from "../api/client";
import { useLanguage } from "../i18n";
import { Notice } from "../ui/Notice";

export function TokenAccount({ account }: { account: Schemas["Account"] }) {
  const { t } = useLanguage();
  const more = [
    account.tokenName && `${t.preferences.tokenName}: ${account.tokenName}`,
    account.tokenRole && `${t.preferences.tokenRole}: ${account.tokenRole}`,
    account.organisations.length > 0 && `${t.preferences.organizations}: ${account.organisations.join(t.comma)}`,
  ].filter((part) => typeof part === "string");
  return (
    <Notice tone="good" title={t.preferences.valid(account.name)}>
      {more.length > 0 && (
        <p className="flex flex-wrap gap-x-4 text-sm">
          {more.map((part) => (
            <span key={part}>{part}</span>
          ))}
        </p>
      )}
    </Notice>
  );
}
