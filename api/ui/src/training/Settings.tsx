import { Link } from "@tanstack/react-router";
import { useLanguage } from "../i18n";
import { Card, CardTitle, Facts } from "../ui/Surface";
import { networkName, type Training } from "./training";

export function Settings({ training }: { training: Training }) {
  const { t, f } = useLanguage();
  const { config } = training;
  return (
    <Card>
      <CardTitle>{t.training.settings}</CardTitle>
      <Facts
        facts={[
          [
            t.training.dataset,
            <Link
              key="dataset"
              to="/datasets/$id"
              params={{ id: training.datasetId }}
              className="text-accent-ink underline-offset-4 hover:underline"
            >
              <bdi>{training.datasetName}</bdi>
            </Link>,
          ],
          [t.training.preset, networkName(training, t)],
          // Before there was a choice, characters were taught.
          [t.training.text, t.training.textModes[config.text ?? "characters"].name],
          config.base
            ? [
                t.training.base,
                <span key="base">
                  <Link
                    to="/models/hub/$"
                    params={{ _splat: config.base.repoId }}
                    className="text-accent-ink underline-offset-4 hover:underline"
                  >
                    <bdi dir="ltr">{config.base.repoId}</bdi>
                  </Link>{" "}
                  (<bdi dir="ltr">{config.base.licence ?? t.models.licenseUnknown}</bdi>)
                </span>,
              ]
            : false,
          [t.training.epochs, f.number(config.epochs)],
          [t.training.batchSize, f.number(config.batchSize)],
          [t.training.learningRate, config.learningRate ? f.rate(config.learningRate) : t.training.default],
          [t.training.seed, f.number(config.seed)],
          [t.training.checkpointEvery, config.checkpointEvery ? f.number(config.checkpointEvery) : t.training.default],
          [
            t.training.validationSplit,
            config.validationSplit ? f.number(config.validationSplit * 100, 1) : t.training.validationNone,
          ],
          config.earlyStopping ? [t.training.earlyStopping, f.number(config.earlyStopping)] : false,
          config.precision !== "auto" && [t.training.precision, config.precision],
          training.attempts > 1 && [t.training.attempts, f.number(training.attempts)],
          [t.training.createdAt, f.dateTime(training.createdAt)],
          training.startedAt ? [t.training.startedAt, f.dateTime(training.startedAt)] : false,
          training.completedAt ? [t.training.completedAt, f.dateTime(training.completedAt)] : false,
        ]}
      />
    </Card>
  );
}
