import { isolate, isolateAll } from "../isolate";
import { type LogMessage, type MessagesOf, sentence } from "../message";
import { exclusions } from "./exclusions";

export const log: MessagesOf<LogMessage> = {
  device: ({ gpu, threads, precision }, f) =>
    gpu == null
      ? `آموزش روی پردازنده با ${f.number(threads)} رشتهٔ پردازشی و دقت ${isolate(precision)} انجام می‌شود.`
      : `آموزش روی کارت گرافیک ${isolate(gpu)} با دقت ${isolate(precision)} انجام می‌شود.`,
  prepared: ({ trainingClips, validationClips, checkpointBytes, maxCheckpoints }, f) =>
    `${f.number(trainingClips)} فایل صوتی برای آموزش و ${f.number(validationClips)} فایل برای اعتبارسنجی استفاده می‌شود. هر نقطهٔ بازیابی حداکثر ${f.bytes(checkpointBytes)} جا می‌گیرد و حداکثر ${f.number(maxCheckpoints)} نقطه نگه داشته می‌شود.`,
  clipExcluded: ({ clip, exclusion }, f) => {
    const reason = sentence(exclusions, exclusion, f);
    const told = `فایل صوتی «${isolate(clip)}» کنار گذاشته شد.`;
    return reason === undefined ? told : `${told} ${reason}`;
  },
  moreClipsExcluded: ({ count }, f) => `${f.number(count)} فایل صوتی دیگر هم کنار گذاشته شد.`,
  baseModelLoaded: ({ generatorTensors, discriminatorTensors, characters }, f) =>
    `آموزش با وزن‌های مدل پایه شروع شد: ${f.number(generatorTensors)} تنسور مولد و ${f.number(discriminatorTensors)} تنسور تمایزدهنده. مدل پایه ${f.number(characters)} حرف از حرف‌های متن‌ها را می‌شناخت.`,
  newCharacters: ({ characters }) =>
    `مدل پایه این حرف‌ها را نمی‌شناخت و صدا آن‌ها را از صفر یاد می‌گیرد: ${isolateAll(characters, "، ")}.`,
  tensorsInitialized: ({ count }, f) =>
    `${f.number(count)} تنسور در مدل پایه نبود یا اندازهٔ دیگری داشت و از صفر آموزش می‌بیند.`,
  tensorsUnused: ({ count }, f) => `${f.number(count)} تنسور مدل پایه در این شبکه جایی ندارد و استفاده نمی‌شود.`,
  resumed: ({ step }, f) => `آموزش از نقطهٔ بازیابی گام ${f.number(step)} ادامه پیدا کرد.`,
  continued: ({ step }, f) => `آموزش از نقطهٔ بازیابی گام ${f.number(step)} آموزش قبلی ادامه پیدا کرد.`,
  wentBack: ({ step, checkpointStep, learningRate }, f) => {
    const from = checkpointStep == null ? "ابتدا" : `نقطهٔ بازیابی گام ${f.number(checkpointStep)}`;
    return `آموزش در گام ${f.number(step)} واگرا شد. آموزش از ${from} با نصف نرخ یادگیری ادامه پیدا کرد: ${isolate(f.rate(learningRate))}.`;
  },
  checkpointTorn: ({ step }, f) => `نقطهٔ بازیابی گام ${f.number(step)} خراب است و کنار گذاشته شد.`,
  checkpointReplaced: ({ step, newerStep }, f) =>
    `نقطهٔ بازیابی گام ${f.number(step)} به‌موقع ذخیره نشد؛ نقطهٔ گام ${f.number(newerStep)} جای آن را گرفت.`,
  checkpointFailed: ({ step }, f) =>
    `نقطهٔ بازیابی گام ${f.number(step)} روی دیسک نوشته نشد. آموزش ادامه دارد؛ لطفاً فضای دیسک سرور را بررسی کنید.`,
  checkpointNotStored: ({ step }, f) =>
    `نقطهٔ بازیابی گام ${f.number(step)} هنوز ذخیره نشده است. آموزش ادامه دارد و سرور دوباره تلاش می‌کند.`,
  sampleFailed: ({ clip }) => `نمونهٔ صدا برای فایل «${isolate(clip)}» ساخته نشد. آموزش ادامه دارد.`,
  stoppedEarly: ({ step, evaluations }, f) =>
    `آموزش در گام ${f.number(step)} زودتر به پایان رسید، چون گفتار در ${f.number(evaluations)} ارزیابی آخر به صدای اصلی نزدیک‌تر نشد.`,
  eventFilesEnded: () =>
    "فایل‌های TensorBoard از اینجا به بعد نوشته نمی‌شوند. آموزش و نمودارهای همین صفحه ادامه دارند.",
};
