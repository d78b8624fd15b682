import type { components } from "../../api/schema";
import { isolate, isolateAll } from "../isolate";
import { type Failure, type MessagesOf, sentence } from "../message";
import { METADATA_COLUMNS } from "../metadataColumns";
import { exclusions } from "./exclusions";

const IF_REPEATED = "اگر تکرار شد، لطفاً به مدیر سرور خبر دهید.";
const IF_NOT_RESUMED = "اگر خودبه‌خود ادامه پیدا نکرد، لطفاً دوباره تلاش کنید.";
const UPLOAD_AGAIN = "لطفاً آن را درست کنید و فایل فشرده را دوباره بفرستید.";

const METADATA_PROBLEMS: Record<components["schemas"]["MetadataProblem"], string> = {
  noSeparator: "بین نام و متن علامت | ندارد",
  invalidId: "با نام معتبر یک فایل صوتی شروع نمی‌شود",
  nulCharacter: "کاراکتری نامعتبر دارد",
  duplicateId: "نامی دارد که در خط دیگری هم آمده است",
  notPhonemes: "در واج‌های خود نشانه‌ای دارد که واج نیست",
  unknownColumn: `نام ستونی را دارد که شناخته‌شده نیست؛ ستون‌های مجاز: ${isolateAll(METADATA_COLUMNS, "، ")}`,
  invalidSpeaker: "نام گوینده‌ای دارد که بیش از ۱۰۰ کاراکتر است یا کاراکتری نامعتبر دارد",
  missingSpeaker: "نام گوینده را ندارد، در حالی که خط‌های دیگر آن را دارند",
};

export const failures: MessagesOf<Failure> = {
  // Of any job.
  attemptsExhausted: ({ attempts, last }, f) => {
    const reason = sentence(failures, last, f);
    const told = `این کار پس از ${f.number(attempts)} تلاش متوقف شد.`;
    return reason === undefined ? `${told} لطفاً کمی بعد دوباره تلاش کنید.` : `${told} خطای آخرین تلاش: ${reason}`;
  },
  snoozedTooLong: ({ days, last }, f) => {
    const reason = sentence(failures, last, f);
    const told = `این کار پس از ${f.number(days)} روز انتظار متوقف شد.`;
    return reason === undefined ? `${told} لطفاً دوباره تلاش کنید.` : `${told} دلیل انتظار: ${reason}`;
  },
  workerLost: ({ worker }) =>
    `پردازشگر «${isolate(worker)}» دیگر پاسخ نداد؛ شاید خاموش شده یا با کمبود حافظه روبه‌رو شده باشد. ${IF_NOT_RESUMED}`,
  runEnded: () => `پردازشگر پیش از پایان این کار متوقف شد. ${IF_NOT_RESUMED}`,
  panicked: () => `این کار با خطایی پیش‌بینی‌نشده نیمه‌تمام ماند. ${IF_REPEATED}`,
  noProgress: ({ seconds }, f) => `این کار متوقف شد، چون ${f.duration(seconds)} هیچ پیشرفتی نداشت. ${IF_REPEATED}`,
  notRecorded: () => `نتیجهٔ این کار در پایگاه داده ثبت نشد. ${IF_REPEATED}`,
  cancelledByOperator: ({ reason }) => `مدیر سرور این کار را لغو کرد. دلیل: «${isolate(reason)}».`,
  storageUnavailable: () =>
    "پایگاه داده یا محل نگهداری فایل‌ها در دسترس نیست. اگر مدتی طول کشید، لطفاً به مدیر سرور خبر دهید.",
  fileUnavailable: () =>
    "سرور نتوانست فایلی را روی دیسک خود بخواند یا بنویسد. لطفاً از مدیر سرور بخواهید دیسک و دسترسی‌های آن را بررسی کند.",
  fileAltered: () =>
    "یکی از فایل‌های ذخیره‌شده تغییر کرده است و دیگر قابل استفاده نیست. لطفاً از مدیر سرور بخواهید نسخهٔ سالم آن را برگرداند.",
  insufficientStorage: ({ neededBytes, freeBytes }, f) => {
    const room =
      neededBytes == null || freeBytes == null
        ? ""
        : `: ${f.bytes(neededBytes)} لازم است و ${f.bytes(freeBytes)} خالی است`;
    return `فضای دیسک سرور کافی نیست${room}. لطفاً فضایی آزاد کنید و دوباره تلاش کنید.`;
  },
  internal: () => `در سرور خطایی پیش‌بینی‌نشده رخ داد. ${IF_REPEATED}`,

  // Of datasets.
  uploadGone: () => "فایل فشردهٔ این مجموعه‌داده دیگر روی سرور نیست. لطفاً آن را دوباره بفرستید.",
  archiveUnreadable: () =>
    "فایل فشرده باز نشد: یا خراب یا ناقص است، یا نوع آن zip یا tar.gz یا tar نیست. لطفاً آن را دوباره بسازید و بفرستید.",
  archiveRefused: ({ path }) =>
    `فایل فشرده پذیرفته نشد، چون «${isolate(path)}» در آن مجاز نیست. لطفاً آن را حذف کنید و فایل فشرده را دوباره بفرستید.`,
  archiveTooLarge: ({ maxBytes, maxFiles }, f) =>
    `محتوای فایل فشرده بیش از حد مجاز است: حداکثر ${f.bytes(maxBytes)} و ${f.number(maxFiles)} فایل. لطفاً آن را در چند فایل فشردهٔ کوچک‌تر بفرستید.`,
  metadataMissing: () =>
    "در فایل فشرده، فایل metadata.csv نیست. لطفاً آن را کنار پوشهٔ فایل‌های صوتی بگذارید و فایل فشرده را دوباره بفرستید.",
  duplicateFile: ({ name }) =>
    `در فایل فشرده دو فایل با نام «${isolate(name)}» هست. لطفاً نام یکی را تغییر دهید و فایل فشرده را دوباره بفرستید.`,
  metadataNotUtf8: ({ line }, f) =>
    `خط ${f.number(line)} فایل metadata.csv با کدگذاری UTF-8 نیست. لطفاً این فایل را با کدگذاری UTF-8 ذخیره کنید و فایل فشرده را دوباره بفرستید.`,
  metadataEmpty: () =>
    "فایل metadata.csv خالی است. لطفاً برای هر فایل صوتی یک خط با نام و متن آن بنویسید و فایل فشرده را دوباره بفرستید.",
  metadataLine: ({ line, problem }, f) =>
    `خط ${f.number(line)} فایل metadata.csv ${METADATA_PROBLEMS[problem] ?? "درست نیست"}. ${UPLOAD_AGAIN}`,
  noUsableClips: ({ total, first }, f) => {
    const reason = sentence(exclusions, first, f);
    const told = `از ${f.number(total)} فایل صوتی هیچ‌کدام قابل استفاده نیست.`;
    return reason === undefined
      ? `${told} لطفاً فایل‌های صوتی و متن آن‌ها را بررسی کنید.`
      : `${told} دلیل در اولین فایل صوتی: ${reason}`;
  },

  // Of trainings.
  diverged: ({ step }, f) =>
    `آموزش در گام ${f.number(step)} واگرا شد: صدا آنچه را یاد گرفته بود از دست داد. لطفاً با نرخ یادگیری کمتر آن را از یک نقطهٔ بازیابی ادامه دهید، یا آموزش جدیدی شروع کنید.`,
  outOfMemory: ({ neededBytes, availableBytes, fittingBatchSize }, f) => {
    const remedy =
      fittingBatchSize == null
        ? "لطفاً شبکهٔ کوچک‌تر یا فایل‌های صوتی کوتاه‌تری انتخاب کنید."
        : `لطفاً اندازهٔ دسته را حداکثر ${f.number(fittingBatchSize)} بگذارید، یا شبکهٔ کوچک‌تر یا فایل‌های صوتی کوتاه‌تری انتخاب کنید. با «انباشت گرادیان»، هر گام با دستهٔ کوچک‌تر هم می‌تواند از همان تعداد فایل صوتی یاد بگیرد.`;
    return `این آموزش به ${f.bytes(neededBytes)} حافظه نیاز دارد، ولی فقط ${f.bytes(availableBytes)} در دسترس است. ${remedy}`;
  },
  gpuOutOfMemory: () =>
    "حافظهٔ کارت گرافیک کافی نیست؛ شاید برنامهٔ دیگری از آن استفاده می‌کند. لطفاً اندازهٔ دستهٔ کمتر، شبکهٔ کوچک‌تر، فایل‌های صوتی کوتاه‌تر یا دقت bf16 را امتحان کنید.",
  modelUnreadable: () =>
    "فایل‌های این مدل یا نقطهٔ بازیابی با هم سازگار نیستند؛ شاید خراب یا ناقص باشند. لطفاً مدل را دوباره دانلود کنید، یا آموزش جدیدی شروع کنید.",
  unsupported: () => "این مدل یا این تنظیمات پشتیبانی نمی‌شود. لطفاً مدل یا تنظیمات دیگری انتخاب کنید.",
  invalidOption: ({ name }) =>
    `مقدار «${isolate(name)}» خارج از محدودهٔ مجاز است. لطفاً آن را تغییر دهید و دوباره تلاش کنید.`,
  baseModelGone: ({ repo }) =>
    `مدل پایهٔ ${isolate(repo)} دیگر نصب نیست. لطفاً آن را دوباره دانلود کنید و آموزش جدیدی شروع کنید.`,
  originGone: () =>
    "صدا یا نقطهٔ بازیابی‌ای که این آموزش از آن شروع می‌شود حذف شده است. لطفاً آموزش جدیدی با پایهٔ دیگری شروع کنید.",
  baseModelElsewhere: ({ repo }) =>
    `مدل پایهٔ ${isolate(repo)} روی کامپیوتر دیگری است. آموزش وقتی شروع می‌شود که مدل از آنجا به فضای ذخیره‌سازی برسد؛ اگر طول کشید، لطفاً از مدیر سرور بخواهید آن کامپیوتر را روشن کند.`,
  noWholeCheckpoint: ({ count }, f) =>
    `از ${f.number(count)} نقطهٔ بازیابی این آموزش هیچ‌کدام سالم نیست. لطفاً از مدیر سرور بخواهید فایل‌هایشان را برگرداند، یا آموزش جدیدی شروع کنید.`,

  // Of trainings and syntheses, and of requests.
  languageFilesMissing: () =>
    `فایل‌های زبان فارسی روی این سرور نصب نیستند یا سالم نیستند. لطفاً از مدیر سرور بخواهید ${isolate("./setup.sh")} را اجرا کند.`,

  // Of syntheses.
  nothingToSpeak: () =>
    "این صدا هیچ‌یک از حرف‌های این متن را نمی‌شناسد. لطفاً متنی به زبانی بنویسید که صدا با آن آموزش دیده است.",

  // Of downloads, and of whatever else asks the Hub.
  hubOffline: () => "اتصال به Hugging Face در تنظیمات این سرور خاموش است. لطفاً از مدیر سرور بخواهید آن را روشن کند.",
  hubTokenRefused: () =>
    "توکن Hugging Face پذیرفته نشد: نادرست است، یا منقضی یا باطل شده است. لطفاً توکن جدیدی در تنظیمات ذخیره کنید.",
  repoNotFound: ({ repo }) =>
    `مدل ${isolate(repo)} در Hugging Face پیدا نشد، یا خصوصی است. لطفاً نام آن را بررسی کنید، یا توکنی ذخیره کنید که به آن دسترسی داشته باشد.`,
  revisionNotFound: ({ repo, revision }) =>
    `مدل ${isolate(repo)} نسخه‌ای با نام «${isolate(revision)}» ندارد. لطفاً نسخهٔ دیگری انتخاب کنید.`,
  repoFileNotFound: ({ repo, path }) =>
    `فایل «${isolate(path)}» در این نسخه از مدل ${isolate(repo)} نیست. لطفاً فایل‌های مدل را دوباره انتخاب کنید.`,
  repoGated: ({ repo }) =>
    `مدل ${isolate(repo)} نیازمند پذیرش شرایط است. لطفاً در Hugging Face با همان حسابی که توکنش را ذخیره کرده‌اید شرایط را بپذیرید و دوباره تلاش کنید.`,
  hubForbidden: () =>
    "حساب Hugging Face شما اجازهٔ این کار را ندارد. لطفاً توکن دیگری با دسترسی لازم در تنظیمات ذخیره کنید.",
  repoDisabled: ({ repo }) => `مدل ${isolate(repo)} در Hugging Face غیرفعال شده است. لطفاً مدل دیگری انتخاب کنید.`,
  hubRateLimited: ({ seconds }, f) =>
    `تعداد درخواست‌ها به Hugging Face زیاد بود. لطفاً ${f.duration(seconds)} دیگر دوباره تلاش کنید.`,
  hubUnavailable: () => "در Hugging Face مشکلی پیش آمده است. لطفاً کمی بعد دوباره تلاش کنید.",
  hubUnreachable: () => "اتصال به Hugging Face برقرار نشد. لطفاً اتصال سرور به اینترنت را بررسی کنید.",
  hubProtocol: () =>
    "پاسخی که از Hugging Face رسید معتبر نبود؛ شاید در میانهٔ راه تغییر کرده باشد. لطفاً اتصال سرور به اینترنت را بررسی کنید.",
  repoFileChanged: ({ path }) =>
    `فایل «${isolate(path)}» هنگام دانلود در Hugging Face تغییر کرد. لطفاً مدل را دوباره دانلود کنید.`,
  repoFileDamaged: ({ path }) => `فایل «${isolate(path)}» سالم دانلود نشد. لطفاً دوباره تلاش کنید.`,
};
