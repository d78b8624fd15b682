import { useNavigate } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { Button } from "../ui/Button";
import { Confirm } from "../ui/Confirm";
import { TrashIcon } from "../ui/icons";
import { useDeleteTraining } from "./training";

export function DeleteTraining({ id }: { id: string }) {
  const { t } = useLanguage();
  const navigate = useNavigate();
  const remove = useDeleteTraining(id);
  return (
    <Confirm
      trigger={
        <Button variant="danger">
          <TrashIcon />
          {t.training.remove}
        </Button>
      }
      title={t.training.removeTitle}
      body={t.training.removeBody}
      action={t.training.remove}
      onConfirm={async () => {
        await remove.mutateAsync();
        await navigate({ to: "/training" });
      }}
    />
  );
}
