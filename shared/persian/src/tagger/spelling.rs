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
        let prefix = model
            .patterns()
            .iter()
            .find_map(|pattern| pattern.word_prefix());
        Self { model, prefix }
    }

    pub fn knows(&self, word: &str) -> bool {
        self.prefix
            .is_some_and(|prefix| self.model.knows(format!("{prefix}{word}").as_bytes()))
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

    /// The corpus joins «خواهد» to what follows, and a participle to its auxiliary, which may be joined already.
    fn joins(&self, text: &str, next: &str) -> bool {
        let first = next.split('_').next().unwrap_or_default();
        if is_future_auxiliary(text) {
            return first.chars().any(char::is_alphabetic);
        }
        let is_perfect = matches!(first, "شده" | "نشده") && next != first;
        let is_future = is_future_auxiliary(first) && next.ends_with("_شد");
        (is_auxiliary(next) || is_perfect || is_future) && self.is_participle(text)
    }

    fn is_participle(&self, word: &str) -> bool {
        let known_with = |auxiliary| self.knows(&format!("{word}_{auxiliary}"));
        word.ends_with('ه')
            && ["است", "شد", "بود", "شود", "شده_است", "می‌شود"]
                .into_iter()
                .any(known_with)
    }

    /// The spelling of a token that the model knows.
    fn spell(&self, token: &str) -> String {
        let plain = plain(token);
        if self.knows(&plain) {
            return plain;
        }
        let others = [
            // «گفته‌است», «کتاب‌ها», «مسأله», «۴٫۵»
            plain.replace(ZWNJ, "_"),
            plain.replace(ZWNJ, ""),
            plain
                .replace(['أ', 'إ'], "ا")
                .replace('ؤ', "و")
                .replace('ئ', "ی"),
            plain.replace('٫', "/"),
        ];
        others
            .into_iter()
            .find(|other| self.knows(other))
            .unwrap_or(plain)
    }
}

const ZWNJ: char = '\u{200c}';
const MAX_VERB_PARTS: usize = 4;

/// What follows a participle.
fn is_auxiliary(verb: &str) -> bool {
    let stem = ["نمی\u{200c}", "می\u{200c}", "ن"]
        .iter()
        .find_map(|prefix| verb.strip_prefix(prefix));
    AUXILIARIES.contains(&verb)
        || stem.is_some_and(|stem| BECOME.contains(&stem))
        || BECOME.contains(&verb)
}

const AUXILIARIES: [&str; 18] = [
    "ام",
    "ای",
    "است",
    "ایم",
    "اید",
    "اند",
    "بودم",
    "بودی",
    "بود",
    "بودیم",
    "بودید",
    "بودند",
    "باشم",
    "باشی",
    "باشد",
    "باشیم",
    "باشید",
    "باشند",
];

/// Of the passive, which may have «می» or «ن» before them.
const BECOME: [&str; 12] = [
    "شوم", "شوی", "شود", "شویم", "شوید", "شوند", "شدم", "شدی", "شد", "شدیم", "شدید", "شدند",
];

fn is_future_auxiliary(word: &str) -> bool {
    let positive = word.strip_prefix('ن').unwrap_or(word);
    matches!(
        positive,
        "خواهم" | "خواهی" | "خواهد" | "خواهیم" | "خواهید" | "خواهند"
    )
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

#[cfg(test)]
mod tests {
    use super::super::test_model::vocabulary;
    use super::*;

    fn spelled(known: &[&str], tokens: &[&str]) -> Vec<(String, usize)> {
        let model = vocabulary(known);
        Speller::new(&model)
            .units(tokens)
            .into_iter()
            .map(|unit| (unit.text, unit.tokens))
            .collect()
    }

    fn alone(known: &[&str], token: &str) -> String {
        spelled(known, &[token]).remove(0).0
    }

    #[test]
    fn a_word_is_spelled_as_the_model_knows_it() {
        assert_eq!(alone(&["کتابها"], "کتاب\u{200c}ها"), "کتابها");
        assert_eq!(
            alone(&["خانه\u{200c}ها", "خانهها"], "خانه\u{200c}ها"),
            "خانه\u{200c}ها"
        );
        assert_eq!(alone(&["گفته_است"], "گفته\u{200c}است"), "گفته_است");
        assert_eq!(alone(&["مساله"], "مسأله"), "مساله");
        assert_eq!(alone(&["۴/۵"], "4٫5"), "۴/۵");
    }

    #[test]
    fn an_unknown_word_stays_as_it_is() {
        assert_eq!(
            alone(&["آب"], "گذر\u{200c}واژه\u{200c}ها"),
            "گذر\u{200c}واژه\u{200c}ها"
        );
    }

    #[test]
    fn vowel_signs_are_dropped_and_letters_and_digits_are_persian() {
        assert_eq!(alone(&["آب"], "كِتابي"), "کتابی");
        assert_eq!(alone(&["آب"], "12٣"), "۱۲۳");
        assert_eq!(alone(&["آب"], "خانهٔ"), "خانه\u{200c}ی");
        assert_eq!(alone(&["آب"], "خانۀ"), "خانه\u{200c}ی");
        assert_eq!(alone(&["آب"], "لطفاً"), "لطفاً");
    }

    #[test]
    fn the_parts_of_a_verb_become_one_unit() {
        let known = ["گفته_است", "رفته_بود"];
        let joined = |tokens: &[&str]| {
            spelled(&known, tokens)
                .into_iter()
                .map(|(text, _)| text)
                .collect::<Vec<_>>()
        };
        assert_eq!(joined(&["او", "گفته", "است"]), ["او", "گفته_است"]);
        assert_eq!(joined(&["گفته", "نمی\u{200c}شود"]), ["گفته_نمی\u{200c}شود"]);
        assert_eq!(joined(&["نخواهم", "رفت"]), ["نخواهم_رفت"]);
        assert_eq!(joined(&["گفته", "خواهد", "شد"]), ["گفته_خواهد_شد"]);
        assert_eq!(joined(&["خسته", "شد"]), ["خسته", "شد"]);
        assert_eq!(joined(&["خواهد", "."]), ["خواهد", "."]);
    }

    #[test]
    fn units_stand_for_all_tokens() {
        let units = spelled(
            &["گفته_شد", "شده_است"],
            &["آنچه", "گفته", "شده", "است", "،", "خواهد", "آمد"],
        );
        let counts: Vec<usize> = units.iter().map(|(_, tokens)| *tokens).collect();
        assert_eq!(counts, [1, 3, 1, 2]);
    }

    #[test]
    fn no_token_becomes_empty_or_keeps_white_space() {
        assert_eq!(alone(&["آب"], "ـ"), "ـ");
        assert_eq!(alone(&["آب"], "\u{650}"), "\u{650}");
        assert_eq!(alone(&["آب"], "از\u{a0}آن"), "از_آن");
    }

    #[test]
    fn a_long_row_of_auxiliaries_makes_short_units() {
        let tokens = ["خواهد"; 1000];
        let units = spelled(&["آب"], &tokens);
        assert!(units.iter().all(|(_, tokens)| *tokens <= MAX_VERB_PARTS));
        assert_eq!(
            units.iter().map(|(_, tokens)| tokens).sum::<usize>(),
            tokens.len()
        );
    }
}
