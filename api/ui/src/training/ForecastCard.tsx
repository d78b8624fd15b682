import type { Schemas } from "../api/client";
import { useLanguage } from "../i18n";
import { useSentence } from "../messages/useSentence";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Card, Figure } from "../ui/Surface";
import { type Forecast, roundedSeconds, useForecast } from "./forecast";

interface ForecastCardProps {
  /** Undefined as long as the form is invalid. */
  request: Schemas["NewTraining"] | undefined;
  /** Puts a number of epochs into the form. */
  onAdvice: (epochs: number) => void;
}

/** What is to be expected of the training that is filled in. Its room is kept while nothing is known. */
export function ForecastCard({ request, onAdvice }: ForecastCardProps) {
  const { t } = useLanguage();
  const forecast = useForecast(request);
  return (
    <Card className="min-h-116 sm:min-h-84">
      <h2 className="mb-2 text-lg leading-7 font-semibold">{t.training.forecast.title}</h2>
      <div role="status" className="flex flex-col gap-3">
        {forecast && <ForecastView forecast={forecast} onAdvice={onAdvice} />}
      </div>
    </Card>
  );
}

function ForecastView({ forecast, onAdvice }: { forecast: Forecast } & Pick<ForecastCardProps, "onAdvice">) {
  const { t, f } = useLanguage();
  const tell = useSentence();
  const names = t.training.forecast;
  const { seconds, measured, memoryBytes } = forecast.estimate;
  return (
    <>
      <dl className="grid grid-cols-2 gap-4 sm:grid-cols-3">
        <Figure name={names.steps} value={f.number(forecast.steps)} />
        <Figure name={names.time} value={names.about(f.duration(roundedSeconds(seconds)))} />
        <Figure name={names.memory} value={f.bytes(memoryBytes)} />
      </dl>
      <p className="text-[0.8rem] leading-5 text-muted">{measured ? names.measured : names.estimated}</p>
      {forecast.warnings.map((warning) => {
        const { epochs } = warning.params;
        return (
          <Notice
            key={warning.code}
            isLive={false}
            tone="warning"
            title={tell(warning) ?? names.warning}
            aside={
              epochs != null && <Button onPress={() => onAdvice(epochs)}>{names.putEpochs(f.number(epochs))}</Button>
            }
          />
        );
      })}
    </>
  );
}
