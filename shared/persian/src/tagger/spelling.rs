//! Writes tokens as the texts were written that the model learned from: the corpus Peykare, as the library hazm reads it.

use super::model::Model;

/// What the model sees as one token: one or more of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub text: String,
    /// How many tokens it stands for; more than one for the parts of a verb («گفته شده است»).
    pub tokens: usize,
}

/// Asks the model which words it knows.
pub(super) struct Speller<'a> {
    model: &'a dyn Model,
    /// What stands before a word in the observation of that word alone; `None` if the model has none, and knows no word.
    prefix: Option<&'a str>,
}

impl<'a> Speller<'a> {
    pub fn new(model: &'a dyn Model) -> Self {
        let prefix = model.patterns().iter().find_map(|pattern| pattern.word_prefix());
        Self { model, prefix }
    }

    pub fn knows(&self, word: &str) -> bool {
        self.prefix.is_some_and(|prefix| self.model.knows(format!("{prefix}{word}").as_bytes()))
    }

    /// The tokens as the model wants them, the parts of a verb joined.
    pub fn units(&self, tokens: &[&str]) -> Vec<Unit> {
        let mut units: Vec<Unit> = Vec::with_capacity(tokens.len());
        // From the end, for an auxiliary may itself be joined to what follows it.
        for token in tokens.iter().rev() {
            let text = self.spell(token);
            match units.last_mut() {
                Some(next) if self.joins(&text, &next.text) && next.tokens < MAX_VERB_PARTS => {
                    next.text = format!("{text}_{}", next.text);
                    next.tokens += 1;
                }
                _ => units.push(Unit { text, tokens: 1 }),
            }
        }
        units.reverse();
        units
    }

    /// The corpus joins «خواهد» to what follows, and a participle to its auxiliary.
    fn joins(&self, text: &str, next: &str) -> bool {
        let first_of_next = next.split('_').next().unwrap_or_default();
        if is_future_auxiliary(text) {
            return next != "." && !first_of_next.is_empty() && is_word(first_of_next);
        }
        let is_auxiliary = AUXILIARIES.contains(&strip_verb_prefix(next))
            || is_future_auxiliary(first_of_next)
            || matches!(first_of_next, "شده" | "نشده") && next != first_of_next;
        is_auxiliary && text.ends_with('ه') && self.is_participle(text)
    }

    fn is_participle(&self, word: &str) -> bool {
        ["است", "شد", "بود", "شود", "شده_است", "می‌شود"].iter().any(|auxiliary| self.knows(&format!("{word}_{auxiliary}")))
    }

    /// The spelling of a token that the model knows best.
    fn spell(&self, token: &str) -> String {
        let plain = plain(token);
        if self.knows(&plain) {
            return plain;
        }
        let others = [plain.replace(ZWNJ, "_"), plain.replace(ZWNJ, ""), plain.replace(['أ', 'إ'], "ا").replace('ؤ', "و").replace('ئ', "ی"), plain.replace('٫', "/")];
        others.into_iter().find(|other| *other != plain && self.knows(other)).unwrap_or(plain)
    }
}

const ZWNJ: char = '\u{200c}';
const MAX_VERB_PARTS: usize = 4;

/// What follows a participle, without «ن» and «می‌».
const AUXILIARIES: [&str; 30] = [
    "ام", "ای", "است", "ایم", "اید", "اند", "بودم", "بودی", "بود", "بودیم", "بودید", "بودند", "باشم", "باشی", "باشد", "باشیم", "باشید",
    "باشند", "شوم", "شوی", "شود", "شویم", "شوید", "شوند", "شدم", "شدی", "شد", "شدیم", "شدید", "شدند",
];

fn strip_verb_prefix(verb: &str) -> &str {
    let stem = ["نمی‌", "می‌", "ن"].iter().find_map(|prefix| verb.strip_prefix(prefix)).unwrap_or(verb);
    if stem.starts_with('ش') { stem } else { verb }
}

fn is_future_auxiliary(word: &str) -> bool {
    let positive = word.strip_prefix('ن').unwrap_or(word);
    matches!(positive, "خواهم" | "خواهی" | "خواهد" | "خواهیم" | "خواهید" | "خواهند")
}

fn is_word(token: &str) -> bool {
    token.chars().any(char::is_alphabetic)
}

/// Without vowel signs, with Persian letters and digits, the ezafe after ه as «ه‌ی», and without white space.
fn plain(token: &str) -> String {
    let mut plain = String::with_capacity(token.len());
    for letter in token.chars() {
        match letter {
            // Tanvin stays: the model knows «لطفاً».
            '\u{64c}'..='\u{652}' | '\u{670}' | '\u{640}' => {}
            '\u{654}' if plain.ends_with('ه') => plain.push_str("\u{200c}ی"),
            'ۀ' => plain.push_str("ه\u{200c}ی"),
            'ي' | 'ى' => plain.push('ی'),
            'ك' => plain.push('ک'),
            '0'..='9' => plain.extend(persian_digit(letter, '0')),
            '٠'..='٩' => plain.extend(persian_digit(letter, '٠')),
            '“' | '„' => plain.push('«'),
            '”' => plain.push('»'),
            _ if letter.is_whitespace() => plain.push('_'),
            _ => plain.push(letter),
        }
    }
    match plain.as_str() {
        // A sign that stands alone.
        "" => token.to_owned(),
        "..." => "…".to_owned(),
        _ => plain,
    }
}

fn persian_digit(digit: char, zero: char) -> Option<char> {
    char::from_u32('۰' as u32 + (digit as u32 - zero as u32))
}
