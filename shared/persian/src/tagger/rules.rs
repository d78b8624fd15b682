//! What Persian spelling and grammar decide about the ezafe, whatever the model says.

use super::tag::{Pos, Tag};
use super::viterbi::Known;

const ZWNJ: char = '\u{200c}';
const KASRA: char = '\u{650}';
const HAMZE: char = '\u{654}';

/// What the spelling of a word says. A written ezafe is a kasra («کتابِ»), a hamze over a silent ه («خانهٔ», «خانۀ») or «‌ی» after
/// it («خانه‌ی»). The ی after ا and و says nothing: it may belong to the word («خدای», «موی»).
pub(super) fn spelled(word: &str) -> Known {
    let is_written = word.ends_with([KASRA, HAMZE, 'ۀ'])
        || word.ends_with("ه\u{200c}ی")
        || word.ends_with("ه\u{200c}ي");
    // A pronoun or an indefinite ending closes the word: «خانه‌ام», «روزهایی» before its adjective.
    let last_part = word.rsplit_once(ZWNJ).map(|(_, part)| part);
    let is_closed = matches!(
        last_part,
        Some("ام" | "ات" | "اش" | "مان" | "تان" | "شان" | "هایی")
    );
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
            let next = tokens
                .get(index + 1)
                .copied()
                .zip(tags.get(index + 1).copied());
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
        (Some(number), None) => {
            CALENDARS.contains(&next) || (1..=31).contains(&number) && MONTHS.contains(&next)
        }
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
    let closes = !next.chars().any(char::is_alphanumeric)
        && !matches!(next, "«" | "\"" | "“" | "‹" | "'" | "‘");
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
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد",
    "امرداد",
    "شهریور",
    "مهر",
    "آبان",
    "آذر",
    "دی",
    "بهمن",
    "اسفند",
    "ژانویه",
    "فوریه",
    "مارس",
    "آوریل",
    "مه",
    "می",
    "ژوئن",
    "ژوئیه",
    "جولای",
    "اوت",
    "آگوست",
    "سپتامبر",
    "اکتبر",
    "نوامبر",
    "دسامبر",
    "محرم",
    "صفر",
    "رجب",
    "شعبان",
    "رمضان",
    "شوال",
    "ذیقعده",
    "ذی‌القعده",
    "ذیحجه",
    "ذی‌الحجه",
    "ربیع‌الاول",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_ezafe_is_known() {
        for word in ["کتابِ", "خانهٔ", "خانۀ", "خانه\u{200c}ی"] {
            assert_eq!(spelled(word), Known::Ezafe, "{word}");
        }
    }

    #[test]
    fn a_pronoun_or_plural_indefinite_ending_closes_a_word() {
        for word in [
            "خانه\u{200c}ام",
            "خانواده\u{200c}اش",
            "روزهای\u{200c}شان",
            "روز\u{200c}هایی",
        ] {
            assert_eq!(spelled(word), Known::NoEzafe, "{word}");
        }
    }

    #[test]
    fn other_spellings_leave_the_ezafe_open() {
        for word in [
            "کتاب",
            "صدای",
            "خدای",
            "خانه",
            "هسته\u{200c}ای",
            "کتاب\u{200c}های",
            "",
            "\u{200c}",
        ] {
            assert_eq!(spelled(word), Known::Nothing, "{word}");
        }
    }

    /// Words with labels after a slash; the words of which the correction leaves or makes an ezafe.
    fn corrected(sentence: &str) -> Vec<&str> {
        let (tokens, mut tags): (Vec<&str>, Vec<Tag>) = sentence
            .split(' ')
            .filter_map(|token| token.rsplit_once('/'))
            .map(|(word, label)| (word, Tag::from_label(label).expect("a label")))
            .unzip();
        let known: Vec<Known> = tokens.iter().map(|token| spelled(token)).collect();
        correct(&tokens, &known, &mut tags);
        tokens
            .into_iter()
            .zip(tags)
            .filter(|(_, tag)| tag.ezafe)
            .map(|(word, _)| word)
            .collect()
    }

    #[test]
    fn no_ezafe_stands_before_what_it_cannot_join() {
        assert!(corrected("خبر/Ne را/POSTP شنید/V").is_empty());
        assert!(corrected("نان/Ne و/CONJ آب/Ne").is_empty());
        assert!(corrected("شامل/AJe :/PUNC آزادی/Ne »/PUNC مثل/Pe (/PUNC").is_empty());
        assert_eq!(corrected("فیلم/Ne «/PUNC مادر/N »/PUNC"), ["فیلم"]);
    }

    #[test]
    fn a_written_ezafe_is_never_taken_away() {
        assert_eq!(corrected("کتابِ/Ne ./PUNC"), ["کتابِ"]);
    }

    #[test]
    fn a_superlative_joins_pronouns_only() {
        assert!(corrected("مهم\u{200c}ترین/AJe خبر/N").is_empty());
        assert_eq!(
            corrected("مهم\u{200c}ترین/AJe آن\u{200c}ها/PRO"),
            ["مهم\u{200c}ترین"]
        );
    }

    #[test]
    fn an_indefinite_noun_joins_nothing_but_an_adjective_does() {
        assert!(corrected("مزرعه\u{200c}ای/Ne کوچک/AJ").is_empty());
        assert_eq!(corrected("هسته\u{200c}ای/AJe ایران/N"), ["هسته\u{200c}ای"]);
    }

    #[test]
    fn the_parts_of_a_date_are_joined() {
        assert_eq!(
            corrected("۱۲/NUM آذر/N ۱۴۰۵/NUM خورشیدی/AJ ./PUNC"),
            ["۱۲", "آذر", "۱۴۰۵"]
        );
        assert_eq!(
            corrected("11/NUM سپتامبر/N 2001/NUM ./PUNC"),
            ["11", "سپتامبر"]
        );
        assert!(corrected("۹۹/NUM تیر/N از/P مهر/N و/CONJ").is_empty());
        assert!(corrected("۱۲۳۴۵/NUM خورشیدی/N").is_empty());
    }

    #[test]
    fn a_measure_is_joined_to_its_power() {
        assert_eq!(corrected("۲۰/NUM کیلومتر/N مربع/N"), ["کیلومتر"]);
        assert!(corrected("۲۰/NUM متر/N پارچه/N").is_empty());
    }

    #[test]
    fn a_foreign_name_is_two_unknown_words() {
        assert!(is_within_name("دیوسدادو", "ماکاپاگال"));
        assert!(!is_within_name("اورانگوتان", "سوماترایی"));
        assert!(!is_within_name("ماکاپاگال", "(("));
    }
}
