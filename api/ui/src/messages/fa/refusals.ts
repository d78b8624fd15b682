import type { components } from "../../api/schema";
import { isolate, isolateAll } from "../isolate";
import { type Failure, type Messages, type Refusal, sentence } from "../message";

const KINDS: Partial<Record<string, string>> = {
  training: "آموزش",
  dataset: "آماده‌سازی مجموعه‌داده",
  synthesis: "تولید صدا",
  download: "دانلود",
};
const STATES: Partial<Record<components["schemas"]["JobState"], string>> = {
  queued: "در صف است",
  running: "در حال اجراست",
  paused: "موقتاً متوقف است",
  completed: "تمام شده است",
  cancelled: "لغو شده است",
};
const NOT_READY: Partial<Record<components["schemas"]["DatasetState"], string>> = {
  preparing: "هنوز در حال آماده‌سازی است. لطفاً تا پایان بررسی آن صبر کنید.",
  failed: "پذیرفته نشده است. لطفاً مجموعه‌دادهٔ دیگری انتخاب کنید.",
  cancelled: "آماده نیست، چون آماده‌سازی آن متوقف شده است. لطفاً مجموعه‌دادهٔ دیگری انتخاب کنید.",
};

const job = (kind: string) => KINDS[kind] ?? "کار";

/** What the state of things does not allow; codes that failures have too are told there. */
export const refusals: Pick<Messages, Exclude<Refusal["code"], Failure["code"]>> = {
  datasetNotReady: ({ name, status }) =>
    `مجموعه‌دادهٔ «${isolate(name)}» ${NOT_READY[status] ?? "هنوز آماده نیست. لطفاً کمی بعد دوباره تلاش کنید."}`,
  sampleDataset: () => "مجموعه‌دادهٔ نمونه برای همهٔ کاربران است و نمی‌توان آن را حذف کرد.",
  shippedVoice: () => "صدای همراه آواگر برای همهٔ کاربران است و نمی‌توان آن را حذف کرد.",
  datasetInUse: () => "آموزشی از این مجموعه‌داده استفاده می‌کند یا کرده است. لطفاً ابتدا آن آموزش را حذف کنید.",
  trainingNotEnded: () => "این آموزش هنوز به پایان نرسیده است. لطفاً ابتدا آن را لغو کنید.",
  noCheckpoint: () => "از این آموزش نقطهٔ بازیابی‌ای نمانده است که از آن ادامه پیدا کند. لطفاً آموزش جدیدی شروع کنید.",
  checkpointInUse: () => "آموزش دیگری از یک نقطهٔ بازیابی این آموزش شروع می‌شود. لطفاً ابتدا آن آموزش را لغو کنید.",
  voiceInUse: () => "آموزشی با این صدا شروع می‌شود. لطفاً ابتدا آن آموزش را لغو کنید.",
  downloadInProgress: () =>
    "همین نسخه با فایل‌های دیگری در حال دانلود است. لطفاً تا پایان آن صبر کنید، یا ابتدا آن دانلود را لغو کنید.",
  modelInUse: () => "آموزشی با این مدل در جریان است. لطفاً ابتدا آن آموزش را لغو کنید.",
  modelNotOurs: () => "برنامهٔ دیگری این مدل را نصب کرده است و فقط مدیر سرور می‌تواند آن را حذف کند.",
  tokenUnreadable: () => "توکن ذخیره‌شدهٔ Hugging Face دیگر قابل خواندن نیست. لطفاً آن را دوباره در تنظیمات ذخیره کنید.",
  idempotencyKeyReused: () =>
    "این درخواست با درخواستی دیگر تداخل دارد. لطفاً صفحه را دوباره باز کنید و دوباره تلاش کنید.",
  registrationClosed: () => "ثبت‌نام در این سرور بسته است. لطفاً از مدیر سرور حساب کاربری بخواهید.",
  emailTaken: () => "با این ایمیل قبلاً حسابی ساخته شده است. لطفاً وارد شوید، یا ایمیل دیگری بنویسید.",
  retentionRunning: () => "سرور اکنون در حال حذف داده‌های قدیمی است. لطفاً کمی بعد دوباره تلاش کنید.",

  notFailed: ({ kind, status }) =>
    `فقط کارهای ناموفق را می‌توان دوباره اجرا کرد؛ این ${job(kind)} ${STATES[status] ?? "ناموفق نیست"}.`,
  notPausable: ({ kind }) => `این ${job(kind)} را نمی‌توان موقتاً متوقف کرد.`,
  ended: ({ kind }) => `این ${job(kind)} به پایان رسیده است و دیگر نمی‌توان آن را تغییر داد.`,

  datasetNotFound: () => "این مجموعه‌داده پیدا نشد؛ شاید حذف شده باشد. لطفاً مجموعه‌دادهٔ دیگری انتخاب کنید.",
  modelNotFound: () => "این مدل نصب نیست؛ شاید حذف شده باشد. لطفاً مدل دیگری انتخاب کنید.",
  voiceNotFound: () => "این صدا پیدا نشد؛ شاید حذف شده باشد. لطفاً صدای دیگری انتخاب کنید.",
  checkpointNotFound: () => "این نقطهٔ بازیابی پیدا نشد؛ شاید حذف شده باشد. لطفاً نقطهٔ دیگری انتخاب کنید.",
  tooManyEpochs: ({ done, max }, f) =>
    `یک آموزش در مجموع حداکثر ${f.number(max)} دور دارد و این آموزش ${f.number(done)} دور دیده است. لطفاً عدد کمتری بنویسید.`,
  modelNotTrainable: ({ repo, because }, f) => {
    const reason = sentence(refusals, because, f) ?? "لطفاً مدل دیگری انتخاب کنید.";
    return `نمی‌توان آموزش را از مدل ${isolate(repo)} شروع کرد. ${reason}`;
  },

  notOneWord: () => "این یک واژهٔ فارسی نیست. لطفاً فقط یک واژه بنویسید، بدون فاصله و عدد.",
  notPhonemes: () => "در این تلفظ نشانه‌ای هست که نشانهٔ هیچ واجی نیست. لطفاً فقط از نشانه‌های فهرست استفاده کنید.",
  noPhonemes: () => "این تلفظ هیچ واجی ندارد. لطفاً حداقل یک نشانه بنویسید.",
  dictionaryFull: ({ max }, f) =>
    `واژه‌نامهٔ شما پر است: حداکثر ${f.number(max)} واژه. لطفاً ابتدا واژه‌ای را از آن حذف کنید.`,

  unknownSpeaker: ({ speakers }) =>
    speakers?.length === 0
      ? "این صدا فقط یک گوینده دارد. لطفاً صفحه را دوباره باز کنید و بدون انتخاب گوینده دوباره تلاش کنید."
      : `این صدا چنین گوینده‌ای ندارد. لطفاً یکی از این گویندگان را انتخاب کنید: ${isolateAll(speakers, "، ")}.`,

  otherArchitecture: ({ architecture }) =>
    `معماری این مدل ${isolate(architecture)} است و آموزش فقط از مدل‌های VITS شروع می‌شود. لطفاً مدل دیگری انتخاب کنید.`,
  unknownArchitecture: () => "معماری این مدل مشخص نیست. لطفاً مدل دیگری انتخاب کنید.",
  pickledWeights: () =>
    "وزن‌های این مدل در قالبی ناامن ذخیره شده‌اند که باز نمی‌شود. لطفاً مدلی با فایل‌های safetensors انتخاب کنید.",
  filesMissing: ({ files }) =>
    `این مدل فایل‌های لازم برای آموزش را ندارد: ${isolateAll(files, "، ")}. لطفاً آن‌ها را هم دانلود کنید، یا مدل دیگری انتخاب کنید.`,
};
