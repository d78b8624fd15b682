//! What becomes of each character: the normalized alphabet is closed, so that later stages meet nothing unknown.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::signs::{HAMZA_ABOVE, ZWNJ, is_letter, is_sign};
use crate::span::DropReason;

/// What one character of the original text is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// This character of the normalized alphabet.
    Keep(char),
    /// A sign on the letter before it.
    Sign(char),
    /// A space.
    Space,
    /// The end of a line.
    Newline,
    /// A half-space.
    HalfSpace,
    /// Several characters, each with a fate of its own.
    Several(&'static str),
    /// What its compatibility decomposition consists of.
    Decompose,
    /// Nothing: what stands on both sides of it stays together.
    Drop(DropReason),
    /// Nothing: what stands on both sides of it is kept apart.
    Separate(DropReason),
}

/// Symbols that may have a reading, by what stands beside them.
const SYMBOLS: &str = "+-–—−×÷=<>≤≥≠≈±~^√∞%‰$€£¥₺₽₹₿₩¢﷼°′″#@&_*/§⁄⁰¹²³⁴⁵⁶⁷⁸⁹⁻";
/// The punctuation of the normalized alphabet.
const PUNCTUATION: &str = ".،؛:!؟…«»()\"'";

/// The fate of a character.
pub fn fate(character: char) -> Fate {
    if is_letter(character) || character.is_ascii_alphanumeric() {
        return Fate::Keep(character);
    }
    if is_sign(character) || matches!(character, '\u{653}' | '\u{655}') {
        return Fate::Sign(character);
    }
    if let Some(fate) = persian(character).or_else(|| punctuation(character)) {
        return fate;
    }
    if SYMBOLS.contains(character) || PUNCTUATION.contains(character) {
        return Fate::Keep(character);
    }
    if let Some(fate) = spacing(character) {
        return fate;
    }
    if is_compatibility(character) {
        return Fate::Decompose;
    }
    foreign(character)
}

/// Letters and digits that people type for Persian ones.
fn persian(character: char) -> Option<Fate> {
    let digit = match character {
        '۰'..='۹' => Some(u32::from(character) - u32::from('۰')),
        '٠'..='٩' => Some(u32::from(character) - u32::from('٠')),
        _ => None,
    };
    if let Some(digit) = digit.and_then(|digit| char::from_digit(digit, 10)) {
        return Some(Fate::Keep(digit));
    }
    Some(match character {
        'ي' | 'ى' | 'ې' | 'ۍ' | 'ے' | 'ێ' | '\u{63d}'..='\u{63f}' => Fate::Keep('ی'),
        'ك' | 'ڪ' | 'ګ' | 'ڭ' => Fate::Keep('ک'),
        'ە' | 'ھ' | 'ہ' | 'ۃ' => Fate::Keep('ه'),
        'ۀ' | 'ۂ' => Fate::Several("هٔ"),
        'ۓ' => Fate::Several("ئ"),
        'ٱ' | 'ٲ' | 'ٳ' => Fate::Keep('ا'),
        'ٵ' => Fate::Several("أ"),
        'ٶ' => Fate::Several("ؤ"),
        'ٸ' => Fate::Several("ئ"),
        'ۆ' | 'ۇ' | 'ۈ' | 'ۋ' | 'ۉ' | 'ڤ' => Fate::Keep('و'),
        'ڕ' | 'ڑ' | 'ړ' => Fate::Keep('ر'),
        'ڵ' => Fate::Keep('ل'),
        'ٹ' | 'ټ' => Fate::Keep('ت'),
        'ڈ' | 'ډ' => Fate::Keep('د'),
        'ں' | 'ڼ' => Fate::Keep('ن'),
        'ښ' => Fate::Keep('ش'),
        'ږ' | 'ڗ' | 'ڙ' => Fate::Keep('ژ'),
        '\u{677}' => Fate::Several("ؤ"),
        // Signs of the Koran's recitation.
        '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}' => {
            Fate::Drop(DropReason::Mark)
        }
        'ـ' => Fate::Drop(DropReason::Tatweel),
        // The small high hamza is typed for the one that stands on the letter.
        'ٴ' => Fate::Sign(HAMZA_ABOVE),
        '﷼' => Fate::Keep('﷼'),
        'ﷺ' => Fate::Several("(ص)"),
        '\u{fdfd}' => Fate::Several("بسم الله الرحمن الرحیم"),
        _ => return None,
    })
}

/// Quotes, dashes and commas to a small set; brackets to round ones, for square ones hold inline phonemes.
fn punctuation(character: char) -> Option<Fate> {
    Some(Fate::Keep(match character {
        ',' | '，' | '、' | '､' | '﹐' => '،',
        ';' | '；' | '﹔' => '؛',
        '?' | '？' | '﹖' => '؟',
        '！' | '﹗' => '!',
        '：' | '﹕' | '∶' => ':',
        '。' | '．' | '۔' | '﹒' => '.',
        '“' | '„' | '‟' | '‹' | '《' | '〈' | '「' | '『' => '«',
        '”' | '›' | '》' | '〉' | '」' | '』' => '»',
        '‘' | '’' | '‚' | '‛' | '`' | '´' | '＇' => '\'',
        '＂' => '"',
        '[' | '{' | '（' | '［' | '｛' | '⟨' | '【' | '﴾' => '(',
        ']' | '}' | '）' | '］' | '｝' | '⟩' | '】' | '﴿' => ')',
        '‐' | '‑' | '﹣' | '－' | '⁃' => '-',
        '‒' => '–',
        '―' | '⸺' => '—',
        '٪' | '％' | '﹪' => '%',
        '٫' => '٫',
        '٬' => '٬',
        '∼' | '～' | '∽' => '~',
        '∗' | '٭' | '⋅' => '*',
        '∕' | '／' => '/',
        '№' => '#',
        'µ' => 'μ',
        '˚' | 'º' => '°',
        _ => return None,
    }))
}

fn spacing(character: char) -> Option<Fate> {
    Some(match character {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Fate::Newline,
        ZWNJ | '\u{200b}' | '¬' => Fate::HalfSpace,
        '\u{ad}'
        | '\u{61c}'
        | '\u{200d}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{20e3}'
        | '\u{34f}'
        | '\u{180b}'..='\u{180e}'
        | '\u{e0000}'..='\u{e0fff}' => Fate::Drop(DropReason::Invisible),
        _ if character.is_whitespace() => Fate::Space,
        _ if character.is_control() => Fate::Drop(DropReason::Control),
        '\u{e000}'..='\u{f8ff}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}'
        | '\u{f0000}'..='\u{10ffff}' => Fate::Separate(DropReason::Control),
        _ => return None,
    })
}

/// Whether it is another form of characters that have one already: presentation forms, full-width letters, ligatures,
/// fractions in one character, squared units.
fn is_compatibility(character: char) -> bool {
    matches!(
        character,
        '½' | '¼' | '¾' | '\u{2150}'..='\u{218b}'
            | '\u{132}'..='\u{133}' | '\u{149}'
            | '\u{2080}'..='\u{2089}' | '\u{2090}'..='\u{209c}'
            | '\u{2103}' | '\u{2109}' | '\u{2126}' | '\u{212a}' | '\u{212b}'
            | '\u{2460}'..='\u{24ff}'
            | '\u{3380}'..='\u{33df}'
            | '\u{fb00}'..='\u{fb06}'
            | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
            | '\u{ff10}'..='\u{ff5a}'
            | '\u{1d400}'..='\u{1d7ff}'
    )
}

/// Latin letters lose their accents, Greek ones are kept by name; all else has no reading.
fn foreign(character: char) -> Fate {
    match character {
        'ß' => return Fate::Several("ss"),
        'æ' => return Fate::Several("ae"),
        'Æ' => return Fate::Several("Ae"),
        'œ' => return Fate::Several("oe"),
        'Œ' => return Fate::Several("Oe"),
        'ø' | 'Ø' => return Fate::Keep('o'),
        'đ' | 'Đ' | 'ð' => return Fate::Keep('d'),
        'ł' | 'Ł' => return Fate::Keep('l'),
        'ı' => return Fate::Keep('i'),
        'þ' => return Fate::Several("th"),
        'ς' => return Fate::Keep('σ'),
        'α'..='ω' | 'Α'..='Ω' => return Fate::Keep(character),
        _ => {}
    }
    let base = std::iter::once(character).nfd().next().unwrap_or(character);
    if base != character && (base.is_ascii_alphabetic() || matches!(base, 'α'..='ω' | 'Α'..='Ω'))
    {
        return Fate::Keep(base);
    }
    if is_combining_mark(character) {
        Fate::Drop(DropReason::Mark)
    } else if is_foreign_letter(character) {
        Fate::Separate(DropReason::UnknownScript)
    } else {
        Fate::Separate(DropReason::Symbol)
    }
}

/// Whether it is a letter or digit of a script that isn't read.
fn is_foreign_letter(character: char) -> bool {
    character.is_alphabetic() || character.is_numeric()
}

/// Whether it goes on with a word of a script that isn't read.
pub fn continues_foreign_word(character: char) -> bool {
    fate(character) == Fate::Separate(DropReason::UnknownScript)
        || (is_combining_mark(character) && !is_sign(character))
}

/// Whether it is a Greek letter, or another form of one.
pub fn is_greek(character: char) -> bool {
    let is_kept = |c: char| matches!(fate(c), Fate::Keep('α'..='ω' | 'Α'..='Ω'));
    is_kept(character)
        || (fate(character) == Fate::Decompose && std::iter::once(character).nfkc().all(is_kept))
}
