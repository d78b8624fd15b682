import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Confirm";
import { TrashIcon } from "../ui/icons";
import { type Model, useDeleteModel } from "./models";

export function DeleteModel({ model }: { model: Model }) {
  const { t, f } = useLanguage();
  const remove = useDeleteModel(model.id);
  return (
    <Confirm
      trigger={
        <Button variant="danger">
          <TrashIcon />
          {t.models.remove}
        </Button>
      }
      title={t.models.removeTitle}
      body={t.models.removeBody(model.repoId, f.bytes(model.sizeBytes))}
      action={t.models.remove}
      onConfirm={() => remove.mutateAsync()}
    />
  );
}
