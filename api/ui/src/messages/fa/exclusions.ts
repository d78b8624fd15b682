import type { Exclusion, MessagesOf } from "../message";

export const exclusions: MessagesOf<Exclusion> = {
  noRecording: () => "فایل صوتی‌ای با این نام در فایل فشرده نیست. لطفاً نام آن را در metadata.csv بررسی کنید.",
  unreadableAudio: () => "این فایل صوتی خوانده نمی‌شود؛ شاید خراب یا ناقص باشد. لطفاً فایل سالم آن را بفرستید.",
  tooLong: ({ seconds, maxSeconds }, f) =>
    `این فایل صوتی ${f.number(seconds, 2)} ثانیه است و بیش از ${f.number(maxSeconds, 2)} ثانیه قابل استفاده نیست. لطفاً آن را به فایل‌های کوتاه‌تر تقسیم کنید.`,
  noLetters: () => "متن این فایل صوتی هیچ حرفی برای خواندن ندارد. لطفاً متن آن را در metadata.csv بررسی کنید.",
  transcriptTooLong: () =>
    "متن این فایل صوتی بیشتر از آن است که در این مدت خوانده شود. لطفاً بررسی کنید که این متن برای همین صدا باشد.",
  unreadableTranscript: () =>
    "متن این فایل صوتی با خطی نوشته شده است که مدل نمی‌شناسد. لطفاً آن را با حروف زبان مدل بنویسید.",
};
