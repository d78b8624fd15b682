//! What Persian spelling and grammar decide about the ezafe, whatever the model says.

use super::tag::{Pos, Tag};
use super::viterbi::Known;

const ZWNJ: char = '\u{200c}';
const KASRA: char = '\u{650}';
const HAMZE: char = '\u{654}';

/// What the spelling of a word says. A written ezafe is a kasra («کتابِ»), a hamze over a silent ه («خانهٔ», «خانۀ») or «‌ی» after
/// it («خانه‌ی»). The ی after ا and و says nothing: it may belong to the word («خدای», «موی»).
pub(super) fn spelled(word: &str) -> Known {
    let is_written = word.ends_with([KASRA, HAMZE, 'ۀ']) || word.ends_with("ه\u{200c}ی") || word.ends_with("ه\u{200c}ي");
    // A pronoun or an indefinite ending closes the word: «خانه‌ام», «روزهایی» before its adjective.
    let last_part = word.rsplit_once(ZWNJ).map(|(_, part)| part);
    let is_closed = matches!(last_part, Some("ام" | "ات" | "اش" | "مان" | "تان" | "شان" | "هایی"));
    match (is_written, is_closed) {
        (true, _) => Known::Ezafe,
        (_, true) => Known::NoEzafe,
        _ => Known::Nothing,
    }
}

/// Two words in a row that the model has never seen are mostly a foreign name in two parts, which the ezafe doesn't join.
/// An adjective in ـی may follow such a word, though.
pub(super) fn is_within_name(unknown: &str, next_unknown: &str) -> bool {
    let is_word = |word: &str| word.chars().all(char::is_alphabetic);
    is_word(unknown) && is_word(next_unknown) && !next_unknown.ends_with('ی')
}

/// Takes the ezafe from words that can't carry it, save where it is written; `known` is what was known before decoding.
pub(super) fn correct(tokens: &[&str], known: &[Known], tags: &mut [Tag]) {
    for index in 0..tokens.len() {
        if tags[index].ezafe && known[index] != Known::Ezafe {
            let next = tokens.get(index + 1).copied().zip(tags.get(index + 1).copied());
            tags[index].ezafe = next.is_some_and(|next| may_join(tokens[index], tags[index], next));
        }
    }
    for (pair, tag) in tokens.windows(2).zip(tags) {
        tag.ezafe |= is_date(pair[0], pair[1]) || is_square(pair[0], pair[1]);
    }
}

/// «۱۲ آذر», «آذر ۱۴۰۵», «۱۴۰۵ خورشیدی»: each part of a date belongs to the next by an ezafe.
fn is_date(word: &str, next: &str) -> bool {
    match (number(word), number(next)) {
        (Some(number), None) => CALENDARS.contains(&next) || (1..=31).contains(&number) && MONTHS.contains(&next),
        (None, Some(_)) => MONTHS.contains(&word),
        _ => false,
    }
}

/// The value of up to four digits of any of the three kinds.
fn number(word: &str) -> Option<u32> {
    let mut value = 0;
    for (index, letter) in word.chars().enumerate() {
        let zero = match letter {
            '0'..='9' => '0',
            '۰'..='۹' => '۰',
            '٠'..='٩' => '٠',
            _ => return None,
        };
        if index == 4 {
            return None;
        }
        value = value * 10 + (letter as u32 - zero as u32);
    }
    (!word.is_empty()).then_some(value)
}

/// «متر مربع»
fn is_square(word: &str, next: &str) -> bool {
    let is_length = word.ends_with("متر") || word == "اینچ" || word == "فوت";
    is_length && matches!(next, "مربع" | "مکعب")
}

fn may_join(token: &str, tag: Tag, (next, next_tag): (&str, Tag)) -> bool {
    let closes = !next.chars().any(char::is_alphanumeric) && !matches!(next, "«" | "\"" | "“" | "‹" | "'" | "‘");
    let is_particle = matches!(next, "را" | "و" | "که");
    // «مهم‌ترین خبر», but «مهم‌ترینِ آن‌ها».
    let is_superlative = token.ends_with("ترین") && next_tag.pos != Pos::Pronoun;
    // «مزرعه‌ای کوچک», but «انرژی هسته‌ایِ ایران».
    let is_indefinite = tag.pos == Pos::Noun && token.ends_with("ه\u{200c}ای");
    !(closes || is_particle || is_superlative || is_indefinite)
}

const CALENDARS: [&str; 6] = ["خورشیدی", "شمسی", "میلادی", "هجری", "قمری", "شاهنشاهی"];

/// Of the three calendars, those of one word.
const MONTHS: [&str; 39] = [
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "امرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند", "ژانویه", "فوریه",
    "مارس", "آوریل", "مه", "می", "ژوئن", "ژوئیه", "جولای", "اوت", "آگوست", "سپتامبر", "اکتبر", "نوامبر", "دسامبر", "محرم", "صفر", "رجب",
    "شعبان", "رمضان", "شوال", "ذیقعده", "ذی‌القعده", "ذیحجه", "ذی‌الحجه", "ربیع‌الاول",
];
