import { useLanguage } from "../i18n";
import { HubProblem } from "../sources/HubProblem";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Confirm";
import { CheckIcon, TrashIcon } from "../ui/icons";
import { Facts } from "../ui/Surface";
import { type SavedToken, useDeleteToken, useValidateToken } from "./preferences";
import { TokenAccount } from "./TokenAccount";

export function TokenSaved({ saved, onReplace }: { saved: SavedToken; onReplace: () => void }) {
  const { t } = useLanguage();
  const validate = useValidateToken();
  const remove = useDeleteToken();
  return (
    <div className="flex flex-col gap-4">
      <Facts
        facts={[
          [t.preferences.account, <bdi key="user">{saved.user}</bdi>],
          [
            t.preferences.tokenField,
            <bdi key="token" dir="ltr" className="font-mono" aria-label={t.preferences.endsWith(saved.lastFour)}>
              ••••{saved.lastFour}
            </bdi>,
          ],
        ]}
      />
      {validate.data && <TokenAccount account={validate.data} />}
      {validate.isError && <HubProblem error={validate.error} />}
      <div className="flex flex-wrap gap-2">
        <Button isPending={validate.isPending} onPress={() => validate.mutate()}>
          <CheckIcon />
          {t.preferences.validate}
        </Button>
        <Button onPress={onReplace}>{t.preferences.replace}</Button>
        <Confirm
          trigger={
            <Button variant="danger">
              <TrashIcon />
              {t.preferences.removeToken}
            </Button>
          }
          title={t.preferences.removeTokenTitle}
          body={t.preferences.removeTokenBody}
          action={t.preferences.removeToken}
          onConfirm={() => remove.mutateAsync()}
        />
      </div>
    </div>
  );
}
