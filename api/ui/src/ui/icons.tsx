import {
  AudioLines,
  Box,
  ChartSpline,
  Check,
  ChevronDown,
  ChevronLeft,
  ChevronRight,
  Database,
  Delete,
  Download,
  Eye,
  Globe,
  Heart,
  Info,
  LogOut,
  type LucideIcon,
  Minus,
  Pause,
  Pencil,
  Play,
  Plus,
  RefreshCw,
  StepForward,
  ScanText,
  Search,
  SlidersHorizontal,
  Square,
  Trash2,
  TriangleAlert,
  Upload,
  X,
} from "lucide-react";

/** Icons stand beside a text or in a labelled button, so Lucide hides them from screen readers. */
function icon(Lucide: LucideIcon, extraClass = "") {
  return function Icon({ className = "size-5" }: { className?: string }) {
    return <Lucide strokeWidth={1.75} className={`shrink-0 ${extraClass} ${className}`} />;
  };
}

/** Icons that point along the line have to follow the direction of writing. */
const MIRRORED = "rtl:-scale-x-100";

export const CheckIcon = icon(Check);
export const ClipsIcon = icon(Database);
export const CloseIcon = icon(X);
export const CurveIcon = icon(ChartSpline);
export const DownIcon = icon(ChevronDown);
export const DownloadIcon = icon(Download);
export const EditIcon = icon(Pencil);
export const EraseIcon = icon(Delete);
export const EyeIcon = icon(Eye);
export const GlobeIcon = icon(Globe);
export const HeartIcon = icon(Heart);
export const InfoIcon = icon(Info);
export const MinusIcon = icon(Minus);
export const ModelIcon = icon(Box);
export const PauseIcon = icon(Pause);
export const PlayIcon = icon(Play, "fill-current");
export const PlusIcon = icon(Plus);
export const RefreshIcon = icon(RefreshCw);
export const SearchIcon = icon(Search);
export const SettingsIcon = icon(SlidersHorizontal);
export const StopIcon = icon(Square);
export const TextIcon = icon(ScanText);
export const TrashIcon = icon(Trash2);
export const UploadIcon = icon(Upload);
export const VoiceIcon = icon(AudioLines);
export const WarningIcon = icon(TriangleAlert);

export const BackIcon = icon(ChevronLeft, MIRRORED);
export const ForwardIcon = icon(ChevronRight, MIRRORED);
export const ContinueIcon = icon(StepForward, MIRRORED);
export const SignOutIcon = icon(LogOut, MIRRORED);
