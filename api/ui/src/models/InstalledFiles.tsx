import type { Schemas } from "../api/client";
import { useLanguage } from "../i18n";

export function InstalledFiles({ files }: { files: Schemas["ModelFile"][] }) {
  const { t, f } = useLanguage();
  return (
    <ul className="mb-2 max-h-80 overflow-y-auto" tabIndex={0} aria-label={t.sources.files}>
      {files.map(({ path, sizeBytes }) => (
        <li key={path} className="flex items-baseline justify-between gap-4 border-t border-line py-1.5 first:border-0">
          <span dir="ltr" className="min-w-0 font-mono text-[0.85rem] break-all">
            {path}
          </span>
          <span className="text-[0.8rem] whitespace-nowrap text-muted">{f.bytes(sizeBytes)}</span>
        </li>
      ))}
    </ul>
  );
}
