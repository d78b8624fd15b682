import { useState } from "react";
import { useLanguage } from "../i18n";
import { Disclosure } from "../ui/Disclosure";
import { AdvancedFields } from "./AdvancedFields";
import { ADVANCED, type Advanced, isValidAdvanced, lacksValidation } from "./advanced";

interface AdvancedSectionProps {
  value: Advanced;
  onChange: (value: Advanced) => void;
  /** The server's errors, by field. */
  errors: Record<string, string>;
}

/** Stays open as long as a value in it is invalid. */
export function AdvancedSection({ value, onChange, errors }: AdvancedSectionProps) {
  const { t } = useLanguage();
  const [isExpanded, setExpanded] = useState(false);
  const isInvalid = !isValidAdvanced(value) || ADVANCED.some((name) => name in errors);
  return (
    <Disclosure
      title={t.training.advanced}
      isExpanded={isExpanded || isInvalid}
      onExpandedChange={setExpanded}
      className="border-t border-line pt-4"
    >
      <div className="grid gap-4 pt-3 sm:grid-cols-2">
        <AdvancedFields
          value={value}
          onChange={onChange}
          earlyStoppingError={lacksValidation(value) ? t.training.earlyStoppingNeedsValidation : undefined}
        />
      </div>
    </Disclosure>
  );
}
