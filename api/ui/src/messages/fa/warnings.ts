import type { Format } from "../../i18n/format";
import type { MessagesOf, TrainingWarning } from "../message";

function remedy(intelligibleSteps: number, epochs: number | null | undefined, f: Format): string {
  const from = `از حدود ${f.number(intelligibleSteps)} گام به بعد صدا قابل فهم است`;
  return epochs == null
    ? `${from}. این مجموعه‌داده برای آن کوچک است؛ لطفاً مجموعه‌دادهٔ بزرگ‌تری انتخاب کنید.`
    : `${from}: ${f.number(epochs)} دور.`;
}

export const warnings: MessagesOf<TrainingWarning> = {
  onlyHums: ({ steps, intelligibleSteps, epochs }, f) =>
    `با ${f.number(steps)} گام، صدا فقط زمزمه می‌کند و کلمه‌ای فهمیده نمی‌شود؛ ${remedy(intelligibleSteps, epochs, f)}`,
  hardlyIntelligible: ({ steps, intelligibleSteps, epochs }, f) =>
    `با ${f.number(steps)} گام، فقط بعضی از کلمه‌ها فهمیده می‌شوند؛ ${remedy(intelligibleSteps, epochs, f)}`,
};
