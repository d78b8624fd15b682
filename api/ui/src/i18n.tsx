// Persian first, English by a switch. Dictionaries are typed: a missing word does not compile.

import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { I18nProvider } from 'react-aria-components';

const fa = {
  name: 'آواگر',
  slogan: 'از صدای خودتان، یک مدل گفتار فارسی بسازید',
  language: 'English',
  trainings: 'آموزش‌ها',
  voices: 'صداها',
  datasets: 'داده‌ها',
  signIn: 'ورود',
  signUp: 'ساختن حساب',
  signOut: 'خروج',
  email: 'نشانی ایمیل',
  username: 'نام',
  password: 'گذرواژه',
  passwordHint: 'دست‌کم ۱۰ نویسه',
  noAccount: 'هنوز حساب ندارید؟',
  haveAccount: 'حساب دارید؟',
  wrongPassword: 'ایمیل یا گذرواژه درست نیست.',
  emailTaken: 'با این ایمیل پیش‌تر حسابی ساخته شده است.',
  failed: 'انجام نشد:',
  live: 'زنده',
  connecting: 'در حال اتصال…',
  lost: 'اتصال قطع شد؛ دوباره تلاش می‌شود…',
  newTraining: 'آموزش تازه',
  startTraining: 'آغاز آموزش',
  dataset: 'داده',
  preset: 'اندازهٔ شبکه',
  tiny: 'کوچک‌ترین (لپ‌تاپ)',
  small: 'کوچک',
  mms: 'کامل (کارت گرافیک)',
  epochs: 'دوره‌ها',
  batchSize: 'اندازهٔ دسته',
  advanced: 'تنظیم‌های بیشتر',
  seed: 'بذر تصادف',
  learningRate: 'نرخ یادگیری',
  checkpointEvery: 'گام‌های میان دو نقطهٔ بازگشت',
  noTrainings: 'هنوز آموزشی ندارید. دادهٔ نمونه آماده است؛ همین حالا آغاز کنید.',
  progress: 'پیشرفت',
  step: 'گام',
  epoch: 'دوره',
  eta: 'زمان مانده',
  speed: 'سرعت',
  perSecond: 'گام در ثانیه',
  losses: 'زیان‌ها',
  noLosses: 'با نخستین گام، نمودار این‌جا پیدا می‌شود.',
  mel: 'مل',
  kl: 'KL',
  duration: 'دیرش',
  adversarial: 'رقابتی',
  featureMatching: 'همانندی ویژگی',
  generator: 'مولد',
  discriminator: 'ممیز',
  checkpoints: 'نقطه‌های بازگشت',
  noCheckpoints: 'هنوز نقطهٔ بازگشتی نوشته نشده است.',
  pause: 'درنگ',
  resume: 'ادامه',
  cancel: 'لغو',
  listen: 'شنیدن صدا',
  queued: 'در صف',
  running: 'در حال کار',
  paused: 'درنگ‌شده',
  completed: 'انجام‌شده',
  failedState: 'ناموفق',
  cancelled: 'لغوشده',
  preparing: 'در حال آماده‌سازی',
  ready: 'آماده',
  noVoices: 'هنوز صدایی ندارید. هر آموزش که به پایان برسد، یک صدا می‌سازد.',
  say: 'چه بگوید؟',
  speak: 'بگو',
  speaking: 'در حال گفتن…',
  dropped: 'این نویسه‌ها برای صدا ناآشنا بود:',
  files: 'پرونده‌ها',
  spoken: 'گفته‌ها',
  play: 'پخش',
  stop: 'ایست',
  sample: 'نمونه',
  sampleNote: 'این داده با espeak-ng ساخته شده و صدای ماشین است.',
  clips: 'قطعه‌ها',
  length: 'درازا',
  upload: 'بارگذاری دادهٔ تازه',
  uploadNote: 'یک بایگانی zip، tar.gz یا tar با چیدمان LJSpeech: پروندهٔ metadata.csv و پوشهٔ wavs.',
  datasetName: 'نام داده',
  archive: 'بایگانی',
  send: 'بفرست',
  excluded: 'کنار گذاشته:',
  remove: 'پاک کردن',
  notFound: 'چنین صفحه‌ای نیست.',
  home: 'صفحهٔ نخست',
};

export type Words = typeof fa;

const en: Words = {
  name: 'Avagar',
  slogan: 'Make a Persian speech model of your own voice',
  language: 'فارسی',
  trainings: 'Trainings',
  voices: 'Voices',
  datasets: 'Datasets',
  signIn: 'Sign in',
  signUp: 'Create account',
  signOut: 'Sign out',
  email: 'E-mail address',
  username: 'Name',
  password: 'Password',
  passwordHint: 'At least 10 characters',
  noAccount: 'No account yet?',
  haveAccount: 'Have an account?',
  wrongPassword: 'The e-mail address or the password is wrong.',
  emailTaken: 'There is already an account with this e-mail address.',
  failed: 'That did not work:',
  live: 'Live',
  connecting: 'Connecting…',
  lost: 'Connection lost; trying again…',
  newTraining: 'New training',
  startTraining: 'Start training',
  dataset: 'Dataset',
  preset: 'Network size',
  tiny: 'Tiny (laptop)',
  small: 'Small',
  mms: 'Full (GPU)',
  epochs: 'Epochs',
  batchSize: 'Batch size',
  advanced: 'More settings',
  seed: 'Seed',
  learningRate: 'Learning rate',
  checkpointEvery: 'Steps between checkpoints',
  noTrainings: 'No trainings yet. The sample dataset is ready: start one now.',
  progress: 'Progress',
  step: 'Step',
  epoch: 'Epoch',
  eta: 'Time left',
  speed: 'Speed',
  perSecond: 'steps a second',
  losses: 'Losses',
  noLosses: 'The chart appears with the first step.',
  mel: 'mel',
  kl: 'KL',
  duration: 'duration',
  adversarial: 'adversarial',
  featureMatching: 'feature matching',
  generator: 'generator',
  discriminator: 'discriminator',
  checkpoints: 'Checkpoints',
  noCheckpoints: 'No checkpoint has been written yet.',
  pause: 'Pause',
  resume: 'Resume',
  cancel: 'Cancel',
  listen: 'Listen to the voice',
  queued: 'queued',
  running: 'running',
  paused: 'paused',
  completed: 'completed',
  failedState: 'failed',
  cancelled: 'cancelled',
  preparing: 'being prepared',
  ready: 'ready',
  noVoices: 'No voices yet. Every training that ends gives one.',
  say: 'What should it say?',
  speak: 'Speak',
  speaking: 'Speaking…',
  dropped: 'The voice does not know these characters:',
  files: 'Files',
  spoken: 'Spoken',
  play: 'Play',
  stop: 'Stop',
  sample: 'sample',
  sampleNote: "Made with espeak-ng: this is a machine's voice.",
  clips: 'Clips',
  length: 'Length',
  upload: 'Upload a dataset',
  uploadNote: 'A zip, tar.gz or tar archive of LJSpeech layout: a file metadata.csv and a folder wavs.',
  datasetName: 'Name',
  archive: 'Archive',
  send: 'Upload',
  excluded: 'Left out:',
  remove: 'Delete',
  notFound: 'There is no such page.',
  home: 'Home',
};

export type Language = 'fa' | 'en';
export const dictionaries: Record<Language, Words> = { fa, en };

/** Numbers as the language writes them. */
export function formats(language: Language) {
  const locale = language === 'fa' ? 'fa-IR' : 'en-GB';
  const number = (value: number, digits = 0) =>
    new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  return {
    number,
    percent: (value: number) =>
      new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(value),
    /** The two largest units: «۳ ساعت ۲۰ دقیقه». */
    seconds: (value: number) => {
      const rounded = Math.max(0, Math.round(value));
      const parts = [
        [Math.floor(rounded / 86_400), 'day'],
        [Math.floor(rounded / 3_600) % 24, 'hour'],
        [Math.floor(rounded / 60) % 60, 'minute'],
        [rounded % 60, 'second'],
      ] as const;
      const first = parts.findIndex(([count]) => count > 0);
      if (first < 0) return unit(0, 'second');
      return parts
        .slice(first, first + 2)
        .filter(([count]) => count > 0)
        .map(([count, name]) => unit(count, name))
        .join(' ');
    },
    bytes: (value: number) => (value < 1e6 ? unit(Math.ceil(value / 1e3), 'kilobyte') : unit(Math.round(value / 1e6), 'megabyte')),
    date: (value: string) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(value)),
  };
}

interface LanguageContext {
  words: Words;
  format: ReturnType<typeof formats>;
  language: Language;
  change: (language: Language) => void;
}

const Context = createContext<LanguageContext | undefined>(undefined);
const KEPT = 'avagar.language';

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, change] = useState<Language>(() => (localStorage.getItem(KEPT) === 'en' ? 'en' : 'fa'));
  useEffect(() => {
    localStorage.setItem(KEPT, language);
    document.documentElement.lang = language;
    document.documentElement.dir = language === 'fa' ? 'rtl' : 'ltr';
    document.title = dictionaries[language].name;
  }, [language]);
  const value = useMemo(
    () => ({ words: dictionaries[language], format: formats(language), language, change }),
    [language],
  );
  return (
    <I18nProvider locale={language === 'fa' ? 'fa-IR' : 'en-GB'}>
      <Context value={value}>{children}</Context>
    </I18nProvider>
  );
}

export function useLanguage(): LanguageContext {
  const context = useContext(Context);
  if (!context) throw new Error('useLanguage stands outside LanguageProvider');
  return context;
}
