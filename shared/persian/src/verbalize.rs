//! The fourth stage: everything in Persian words.
//!
//! What is ambiguous in writing is decided by rules, each in the file that applies it:
//!
//! | written | read | file |
//! |---|---|---|
//! | 1000, 007 | هزار, صفر صفر هفت; beyond a thousand trillions digit by digit | `cardinal` |
//! | 3.5, ۳٫۵, ۳/۵ | سه ممیز پنج; zeros behind the point by name, up to three digits as a number | `numbers` |
//! | ۱/۲۰۰/۰۰۰, 1.200.000, 12.500 تومان | separators of thousands | `numbers` |
//! | 1/2 | یک ممیز دو; «یک دوم» only before a kitchen measure, نهایی, از, جمعیت or behind کسر; ½ always | `fractions` |
//! | ۱۴۰۳/۰۵/۱۲, ۱۲ آذر ۱۴۰۵ | دوازدهمِ مردادِ هزار و …; places have the cardinal: میدان هفتِ تیر | `dates` |
//! | ۱۴۰۳/۱۳/۴۵ | no date, so three numbers with pauses | `numeric_dates` |
//! | ۱۴:۳۰, ۹:۰۰, ۱۶:۹ | چهارده و سی دقیقه, نه, شانزده به نه (no time of day) | `times` |
//! | سال ۱۳۵۷, ساعت ۵ | سالِ …, ساعتِ …, unless counted (هر سال ۲۰۰۰ نفر) | `years` |
//! | ۵–۱۰, ۳–۱, 10-4=6, 4-4-2 | پنج تا ده, سه بر یک, ده منهای چهار …, چهار چهار دو | `ranges` |
//! | ۳×۴, ۶ × ۷ | سه در چهار (a size), شش ضرب‌در هفت | `math` |
//! | $1.5 میلیون | number, scale, currency | `money` |
//! | 0912…, 021-…, cards, codes | customary groups with pauses; codes digit by digit | `phone` |
//! | BBC, Google, Foobar | letters by name, by the table, by rules of spelling | `latin` |
//! | `info@example.com`, `https://www.x.ir/?q` | نقطه, ات ساین; scheme, `www.`, query and fragment aren't said | `addresses` |
//! | ه.ش, ص ۵, (ع), و… | written out; single letters only where a number or brackets make them certain | `abbreviations` |
//! | می روم, کتاب ها | joined with a half-space where that is certain | `join` |
//!
//! The crate spells an ezafe (kasra, ی, hamza) only inside what it writes itself; all others are left to the tagger.
//!
//! Readers, one a file, are asked in a fixed order what they make of the tokens at a place; the first that knows takes them.
//! Each is a pure function of the tokens and the place. What none of them reads is dropped and reported.

mod abbreviations;
mod addresses;
mod calendar;
mod cardinal;
mod dates;
mod fractions;
mod join;
mod latin;
mod latin_words;
mod letter_names;
mod math;
mod money;
mod numbers;
mod numeric_dates;
mod phone;
mod prepare;
mod quantity;
mod ranges;
mod roman;
mod spoken;
mod symbols;
mod times;
mod transliterate;
mod unit_names;
mod units;
mod years;

pub use self::cardinal::MAX_CARDINAL;
pub use self::spoken::{SpokenKind, SpokenWord, Verbalized, line};

use self::prepare::{prepare, rank};
use self::spoken::{Reading, kind_at};
use crate::normalize::Normalized;
use crate::signs::{is_sign, with_ezafe};
use crate::span::{DropReason, Dropped, Span};
use crate::tokens::{Token, TokenKind};

/// What a reader makes of the tokens at a place.
type Reader = fn(&[Token], usize) -> Option<Reading>;

/// The readers in the order in which they are asked. The order decides what is ambiguous: a date before a number, a range
/// before a negative number, Roman numerals before Latin words.
const READERS: [Reader; 15] = [
    addresses::read,
    abbreviations::read,
    phone::read,
    dates::read,
    times::read,
    years::read,
    money::read,
    quantity::read_percent_first,
    ranges::read,
    math::read,
    quantity::read,
    roman::read,
    latin::read,
    symbols::read,
    written,
];

/// Says the tokens of a sentence of `normalized` in words.
///
/// The result consists of Persian words with the signs that their writer or the verbalizer has spelled, of the punctuation
/// . ، ؛ : ! ؟ … – « » ( ), and of inline phonemes as they were. No digit, Latin letter or symbol is left outside inline
/// phonemes. It has at most 32 bytes for each byte of the original text, and 64 more.
///
/// ```
/// let text = persian::normalize("قیمت آن در ۱۴۰۳/۰۵/۱۲ به $20 رسید.");
/// let tokens = persian::tokens(&text, &persian::sentences(&text)[0]);
/// let spoken = persian::verbalize(&text, &tokens);
/// assert_eq!(spoken.text(), "قیمت آن در دوازدهمِ مردادِ هزار و چهارصد و سه به بیست دلار رسید.");
/// ```
pub fn verbalize(normalized: &Normalized, tokens: &[Token]) -> Verbalized {
    let (tokens, unread) = prepare(tokens);
    let mut writer = Writer {
        words: Vec::new(),
        unread,
    };
    let mut at = 0;
    while at < tokens.len() {
        for (range, reason) in addresses::unread(&tokens[at]) {
            let start = tokens[at].range.start;
            let span = normalized.origin(start + range.start..start + range.end);
            writer.unread.push((span, reason));
        }
        match READERS.iter().find_map(|read| read(&tokens, at)) {
            Some(reading) => {
                let used = reading.used.max(1);
                writer.write(&tokens, at, reading);
                at += used;
            }
            None => {
                writer.leave_out(&tokens[at]);
                at += 1;
            }
        }
    }
    writer.unread.sort_by_key(|(span, _)| *span);
    let dropped = |(span, reason): (Span, DropReason)| Dropped {
        span,
        text: span.of(normalized.original()).to_owned(),
        reason,
    };
    Verbalized {
        words: join::join(writer.words),
        dropped: writer.unread.into_iter().map(dropped).collect(),
    }
}

/// Persian words, inline phonemes and punctuation stay as they are.
fn written(tokens: &[Token], at: usize) -> Option<Reading> {
    // The damma of ۲۱ُم begins a word where that is no ordinal after all.
    let text = tokens.get(at)?.text.trim_start_matches(is_sign).to_owned();
    let kind = match kind_at(tokens, at)? {
        TokenKind::Word => SpokenKind::Written,
        TokenKind::Phonemes => SpokenKind::Phonemes,
        TokenKind::Punctuation => SpokenKind::Punctuation,
        _ => return None,
    };
    Some(Reading::new(1, vec![text], kind))
}

struct Writer {
    words: Vec<SpokenWord>,
    /// What isn't spoken, and why.
    unread: Vec<(Span, DropReason)>,
}

impl Writer {
    fn write(&mut self, tokens: &[Token], at: usize, reading: Reading) {
        let Some(span) = span_of(tokens, at, reading.used) else {
            return;
        };
        if reading.ezafe_before
            && let Some(last) = self.words.last_mut()
        {
            last.text = with_ezafe(&last.text);
        }
        for text in reading.words {
            let is_pause = text == "،";
            let kind = if is_pause {
                SpokenKind::Punctuation
            } else {
                reading.kind
            };
            if kind == SpokenKind::Punctuation {
                self.punctuate(text, span);
            } else {
                self.words.push(SpokenWord { text, span, kind });
            }
        }
    }

    /// Of two pauses in a row the stronger one is kept.
    fn punctuate(&mut self, text: String, span: Span) {
        let text = if text == "—" {
            "–".to_owned()
        } else {
            text
        };
        let new = rank(&text);
        let last = self
            .words
            .last_mut()
            .filter(|last| last.kind == SpokenKind::Punctuation);
        match (new, last) {
            (Some(new), Some(last)) if rank(&last.text).is_some() => {
                if rank(&last.text).is_some_and(|old| new > old) {
                    last.text = text;
                }
                last.span = last.span.to(span);
            }
            _ => self.words.push(SpokenWord {
                text,
                span,
                kind: SpokenKind::Punctuation,
            }),
        }
    }

    /// What nobody reads. A dash beside a number that turned out to be no sign is a pause.
    fn leave_out(&mut self, token: &Token) {
        if matches!(token.text.as_str(), "-" | "−") {
            return self.punctuate("–".to_owned(), token.span);
        }
        self.unread.push((token.span, DropReason::Symbol));
    }
}

fn span_of(tokens: &[Token], at: usize, used: usize) -> Option<Span> {
    let first = tokens.get(at)?;
    let last = tokens.get(at + used.max(1) - 1).unwrap_or(first);
    Some(first.span.to(last.span))
}
