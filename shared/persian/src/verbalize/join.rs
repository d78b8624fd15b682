//! Endings and prefixes that a writer has parted from their word by a space, where that is certain.

use super::spoken::{SpokenKind, SpokenWord};
use crate::signs::{ZWNJ, bare};

/// Plural endings that are no word of their own. «ها» alone is one in speech («رفتی ها!»), so it must have a word behind it.
const PLURALS: &[&str] = &[
    "های",
    "هایی",
    "هایم",
    "هایت",
    "هایش",
    "هایمان",
    "هایتان",
    "هایشان",
];
/// Adjectives whose comparative is certain: «تر» is also «wet».
const COMPARED: &[&str] = &[
    "بزرگ",
    "کوچک",
    "مهم",
    "کم",
    "زیاد",
    "بیش",
    "خوب",
    "زیبا",
    "قوی",
    "ضعیف",
    "سریع",
    "آسان",
    "سخت",
    "ساده",
    "گران",
    "ارزان",
    "بلند",
    "کوتاه",
    "جوان",
    "پیر",
    "قدیمی",
    "جدید",
    "نزدیک",
    "دور",
    "پایین",
    "بالا",
    "سنگین",
    "سبک",
    "گرم",
    "سرد",
    "روشن",
    "تاریک",
    "دقیق",
    "کامل",
    "عمیق",
    "وسیع",
    "پیش",
    "پس",
    "راحت",
    "مناسب",
    "شدید",
    "طولانی",
    "عجیب",
    "جالب",
    "خطرناک",
    "فعال",
    "موفق",
];
/// Present stems of verbs of which wine, می, is no object.
const PRESENT: &[&str] = &[
    "رو",
    "شو",
    "کن",
    "باش",
    "دان",
    "توان",
    "خواه",
    "گوی",
    "گو",
    "بین",
    "آی",
    "آ",
    "دار",
    "گیر",
    "ساز",
    "ماند",
    "مان",
    "شناس",
    "نویس",
    "خوان",
    "رس",
    "افت",
    "گذار",
    "گذر",
    "پرس",
    "ترس",
    "خند",
    "نشین",
    "ایست",
    "آموز",
    "پذیر",
    "یاب",
    "بر",
    "کوش",
    "گرد",
    "سپار",
    "فهم",
    "پوش",
    "شمار",
    "انداز",
    "برد",
    "دو",
    "پیوند",
    "اندیش",
    "پرداز",
    "خواب",
    "بند",
    "پز",
    "کار",
    "شنو",
    "آفرین",
    "آزمای",
    "ده",
    "زن",
];
/// Past stems likewise.
const PAST: &[&str] = &[
    "رفت",
    "شد",
    "کرد",
    "دانست",
    "توانست",
    "خواست",
    "گفت",
    "دید",
    "آمد",
    "داشت",
    "گرفت",
    "ساخت",
    "ماند",
    "شناخت",
    "نوشت",
    "خواند",
    "رسید",
    "افتاد",
    "گذاشت",
    "گذشت",
    "پرسید",
    "ترسید",
    "خندید",
    "نشست",
    "ایستاد",
    "آموخت",
    "پذیرفت",
    "یافت",
    "برد",
    "کوشید",
    "گشت",
    "سپرد",
    "فهمید",
    "پوشید",
    "شمرد",
    "انداخت",
    "دوید",
    "پیوست",
    "اندیشید",
    "پرداخت",
    "خوابید",
    "بست",
    "پخت",
    "کاشت",
    "شنید",
    "آفرید",
];
/// Stems of verbs of which wine may be the object.
const PRESENT_OF_WINE: &[&str] = &["خور", "نوش", "ریز", "آور", "خر", "فروش", "کش", "چش", "ستان"];
/// Past stems likewise.
const PAST_OF_WINE: &[&str] = &[
    "خورد",
    "نوشید",
    "ریخت",
    "آورد",
    "خرید",
    "فروخت",
    "کشید",
    "چشید",
    "ستاند",
];
const PRESENT_ENDINGS: &[&str] = &["م", "ی", "د", "یم", "ید", "ند"];
const PAST_ENDINGS: &[&str] = &["", "م", "ی", "یم", "ید", "ند"];

/// Joins them with a half-space.
pub fn join(words: Vec<SpokenWord>) -> Vec<SpokenWord> {
    let mut joined: Vec<SpokenWord> = Vec::with_capacity(words.len());
    let mut rest = words.into_iter().peekable();
    while let Some(word) = rest.next() {
        let before = joined.last_mut().filter(|before| is_word(before));
        if let Some(before) = before.filter(|_| is_word(&word)) {
            let goes_on = rest.peek().is_some_and(is_word);
            if belong_together(&before.text, &word.text, goes_on) {
                before.text.push(ZWNJ);
                before.text.push_str(&word.text);
                before.span = before.span.to(word.span);
                continue;
            }
        }
        joined.push(word);
    }
    joined
}

fn is_word(word: &SpokenWord) -> bool {
    !matches!(word.kind, SpokenKind::Punctuation | SpokenKind::Phonemes)
}

fn belong_together(before: &str, word: &str, goes_on: bool) -> bool {
    // A word that ends in a sign has its ezafe, so that no ending follows it.
    let ends_plain = bare(before).chars().last() == before.chars().last();
    if !ends_plain || before.chars().count() < 2 {
        return false;
    }
    match word {
        "ها" => goes_on && is_noun(before),
        "تر" => COMPARED.contains(&before),
        "ترین" => COMPARED.contains(&before),
        _ if PLURALS.contains(&word) => is_noun(before),
        // An ezafe or an indefinite ending behind a silent h.
        "ی" => goes_on && before.ends_with('ه'),
        _ => match before {
            "می" => is_verb(word, PRESENT, PAST),
            // No wine is denied.
            "نمی" => {
                is_verb(word, PRESENT, PAST) || is_verb(word, PRESENT_OF_WINE, PAST_OF_WINE)
            }
            _ => false,
        },
    }
}

/// Whether a plural ending may follow: not after another one, nor after words that have no plural.
fn is_noun(word: &str) -> bool {
    let has_plural = word.ends_with("ها") || word.ends_with("های") || word.ends_with("هایی");
    !has_plural
        && !matches!(
            word,
            "می" | "نمی"
                | "از"
                | "به"
                | "در"
                | "با"
                | "بر"
                | "که"
                | "را"
                | "تا"
                | "یا"
                | "هم"
                | "ای"
                | "هر"
                | "این‌ها"
        )
}

fn is_verb(word: &str, present: &[&str], past: &[&str]) -> bool {
    let word = bare(word);
    let has = |stems: &[&str], endings: &[&str]| {
        stems.iter().any(|stem| {
            word.strip_prefix(stem)
                .is_some_and(|ending| endings.contains(&ending))
        })
    };
    has(present, PRESENT_ENDINGS) || has(past, PAST_ENDINGS)
}
