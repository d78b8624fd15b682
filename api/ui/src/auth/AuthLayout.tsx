import type { ReactNode } from "react";
import { useLanguage } from "../i18n";
import { CheckIcon } from "../ui/icons";
import { LanguageSwitch } from "../ui/LanguageSwitch";
import { Logo } from "../ui/Logo";

export function AuthLayout({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  const { t } = useLanguage();
  return (
    <div className="grid min-h-dvh lg:grid-cols-[1fr_1.1fr]">
      <main className="flex flex-col px-5 py-5 sm:px-10">
        <div className="flex items-center justify-between">
          <div className="flex items-center gap-3">
            <Logo />
            <span className="text-xl font-extrabold">{t.name}</span>
          </div>
          <LanguageSwitch />
        </div>
        <div className="m-auto w-full max-w-sm py-10">
          <h1 className="text-2xl leading-10 font-bold">{title}</h1>
          <p className="mb-6 text-muted">{hint}</p>
          {children}
        </div>
      </main>
      <aside className="relative hidden overflow-hidden bg-[#0d5c57] text-white lg:flex lg:flex-col lg:justify-center">
        <Waveform />
        <div className="relative mx-auto max-w-lg px-12">
          <h2 className="mb-6 text-4xl leading-[1.5] font-extrabold text-balance">{t.auth.pitch}</h2>
          <ul className="flex flex-col gap-4 text-lg text-white/90">
            {t.auth.pitchPoints.map((point) => (
              <li key={point} className="flex gap-3">
                <CheckIcon className="mt-1.5 size-5 text-[#f0c46a]" />
                {point}
              </li>
            ))}
          </ul>
        </div>
      </aside>
    </div>
  );
}

const BARS = 48;

/** A decorative waveform. */
function Waveform() {
  const bars = Array.from({ length: BARS }, (_, index) => {
    const x = index / (BARS - 1);
    const swell = Math.exp(-(((x - 0.3) / 0.18) ** 2)) + 0.75 * Math.exp(-(((x - 0.74) / 0.14) ** 2));
    return 4 + 170 * swell * (0.55 + 0.45 * Math.sin(index * 2.4) ** 2);
  });
  return (
    <svg
      viewBox="0 0 960 400"
      preserveAspectRatio="none"
      aria-hidden="true"
      className="absolute inset-0 h-full w-full text-white/8"
    >
      {bars.map((height, index) => (
        <rect
          key={index}
          x={index * 20 + 4}
          y={200 - height}
          width="10"
          height={height * 2}
          rx="5"
          fill="currentColor"
        />
      ))}
    </svg>
  );
}
