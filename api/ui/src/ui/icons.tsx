import type { ReactNode } from "react";

/** Line icons on a grid of 20, drawn for this page. They only accompany words or labels, so readers skip them. */
function icon(paths: ReactNode, mirrored = false) {
  return function Icon({ className = "size-5" }: { className?: string }) {
    return (
      <svg
        viewBox="0 0 20 20"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        className={`${className} shrink-0 ${mirrored ? "rtl:-scale-x-100" : ""}`}
      >
        {paths}
      </svg>
    );
  };
}

export const CurveIcon = icon(<path d="M3 3v14h14M6 6c1.5 5 4 7.5 10 8" />);
export const VoiceIcon = icon(<path d="M3 8.500v3M6.5 5.500v9M10 3v14M13.5 6.500v7M17 9v2" />);
export const ClipsIcon = icon(
  <>
    <ellipse cx="10" cy="4.8" rx="6.5" ry="2.3" />
    <path d="M3.5 4.800v10.400c0 1.3 2.9 2.3 6.5 2.300s6.5-1 6.5-2.300V4.800M3.5 10c0 1.3 2.9 2.3 6.5 2.300s6.5-1 6.5-2.3" />
  </>,
);
export const ModelIcon = icon(
  <path d="m10 2.800 6.300 3.600v7.200L10 17.200l-6.300-3.600V6.400zM3.900 6.500 10 10l6.100-3.500M10 10v7" />,
);
export const SettingsIcon = icon(
  <>
    <path d="M3 5.500h6M13 5.500h4M3 14.500h2M9 14.500h8" />
    <circle cx="11" cy="5.500" r="2" />
    <circle cx="7" cy="14.500" r="2" />
  </>,
);
export const SearchIcon = icon(
  <>
    <circle cx="9" cy="9" r="5.500" />
    <path d="m13 13 4 4" />
  </>,
);
export const CloseIcon = icon(<path d="m5 5 10 10M15 5 5 15" />);
export const HeartIcon = icon(
  <path d="M10 16.500S3 12.500 3 7.800A3.600 3.600 0 0 1 10 6.500a3.600 3.600 0 0 1 7 1.300c0 4.700-7 8.700-7 8.700z" />,
);
export const RefreshIcon = icon(<path d="M16.500 10a6.500 6.500 0 1 1-2-4.700M16.500 2.500v3.500H13" />);
export const PlusIcon = icon(<path d="M10 4v12M4 10h12" />);
export const MinusIcon = icon(<path d="M4 10h12" />);
export const PlayIcon = icon(<path d="M6.5 4.200v11.600L16 10z" fill="currentColor" />);
export const PauseIcon = icon(<path d="M7 4.500v11M13 4.500v11" strokeWidth="2.4" />);
export const StopIcon = icon(<rect x="5" y="5" width="10" height="10" rx="1.5" />);
export const DownloadIcon = icon(<path d="M10 3v9.500M6 9l4 4 4-4M3.5 16.500h13" />);
export const UploadIcon = icon(<path d="M10 13V3.500M6 7l4-4 4 4M3.5 16.500h13" />);
export const TrashIcon = icon(
  <path d="M4 5.500h12M8 5.500V3.500h4v2M5.5 5.500l.7 11h7.600l.7-11M8.5 9v4.500M11.5 9v4.5" />,
);
export const SignOutIcon = icon(<path d="M8 3.500H4.500v13H8M8.5 10H17M13.5 6.5 17 10l-3.5 3.5" />, true);
export const GlobeIcon = icon(
  <>
    <circle cx="10" cy="10" r="7" />
    <path d="M3 10h14M10 3c2.5 2 3.5 4.5 3.5 7s-1 5-3.5 7c-2.5-2-3.5-4.5-3.5-7s1-5 3.5-7" />
  </>,
);
export const ForwardIcon = icon(<path d="m7.5 4.5 5.5 5.5-5.5 5.5" />, true);
export const BackIcon = icon(<path d="M12.5 4.5 7 10l5.5 5.5" />, true);
export const DownIcon = icon(<path d="m4.5 7.5 5.5 5.5 5.5-5.5" />);
export const CheckIcon = icon(<path d="m4 10.5 4 4 8-9" />);
export const WarningIcon = icon(<path d="M10 3 2.5 16.500h15zM10 8v4M10 14.200v.1" />);
export const InfoIcon = icon(
  <>
    <circle cx="10" cy="10" r="7" />
    <path d="M10 9v4.500M10 6.500v.1" />
  </>,
);
export const EyeIcon = icon(
  <>
    <path d="M2 10s3-5.5 8-5.500S18 10 18 10s-3 5.5-8 5.500S2 10 2 10z" />
    <circle cx="10" cy="10" r="2.5" />
  </>,
);

/** Avagar's logo: a voice in a tile. */
export function Mark({ className = "size-9" }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={`${className} shrink-0`}>
      <rect width="32" height="32" rx="9" className="fill-accent" />
      <g className="stroke-on-accent" strokeWidth="2.6" strokeLinecap="round">
        <path d="M7 14v4M11.5 11v10M16 7v18M20.5 12v8M25 14.500v3" />
      </g>
    </svg>
  );
}
