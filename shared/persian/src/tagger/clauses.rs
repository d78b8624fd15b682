//! Clauses without a subject because the model has read it as one phrase with what follows: «قلبِ خون را می‌رساند».
//!
//! The model looks two words to each side, so it can't know that a clause in the third person wants a subject. Where the
//! phrase that should hold it is the only one, one ezafe in that phrase is too many, and this module says which phrase it is.

use std::ops::Range;

use super::tag::{Pos, Tag};

/// The words with an ezafe of which one probably has none, for each clause in which the subject is hidden.
pub(super) fn hidden_subjects(tokens: &[&str], tags: &[Tag]) -> Vec<Vec<usize>> {
    let clauses = clauses(tokens, tags);
    clauses.iter().map(|clause| clause.suspicious_links(tokens, tags)).filter(|links| !links.is_empty()).collect()
}

/// A clause that may be expected to name its subject: one at the beginning of a sentence, after a comma that ends a clause, or
/// after «که» that begins a statement.
struct Clause<'a> {
    verb: Range<usize>,
    phrases: Vec<Phrase>,
    last_verb_token: &'a str,
}

struct Phrase {
    role: Role,
    range: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// A subject, a predicate, or the noun of a compound verb.
    Nominal,
    /// Before «را».
    Object,
    Prepositional,
    Adverbial,
}

const COPULAS: [&str; 8] = ["است", "نیست", "بود", "نبود", "هستند", "نیستند", "بودند", "نبودند"];
const HAVE: [&str; 8] = ["دارد", "ندارد", "دارند", "ندارند", "داشت", "نداشت", "داشتند", "نداشتند"];
/// «ملک را گفتند»: in older prose the person who is told something, or has something («مال را بقایی نیست»), bears «را».
const SAY: [&str; 4] = ["گفت", "گفتند", "پرسید", "پرسیدند"];

fn clauses<'a>(tokens: &[&'a str], tags: &[Tag]) -> Vec<Clause<'a>> {
    let mut clauses = Vec::new();
    let mut start = 0;
    let mut wants_subject = true;
    let mut index = 0;
    while index < tokens.len() {
        let after_verb = index > 0 && tags[index - 1].pos == Pos::Verb;
        match tags[index].pos {
            Pos::Verb => {
                let run = tags[index..].iter().take_while(|tag| tag.pos == Pos::Verb).count();
                let verb = index..index + run;
                if wants_subject {
                    let phrases = phrases(tokens, tags, start..index);
                    clauses.push(Clause { verb: verb.clone(), phrases, last_verb_token: tokens[verb.end - 1] });
                }
                // What follows a verb directly may share its subject.
                wants_subject = false;
                start = verb.end;
                index = verb.end;
                continue;
            }
            Pos::Punctuation => {
                wants_subject = match tokens[index] {
                    "." | "!" | "؟" | "?" | ":" | "؛" | "…" => true,
                    "،" => after_verb,
                    _ => wants_subject && start == index,
                };
                start = index + 1;
            }
            Pos::Conjunction if tokens[index] == "که" && after_verb => {
                // «این است که …» states something; «کسی است که …» describes someone, who is the subject.
                let is_statement = !COPULAS.contains(&tokens[index - 1]) || index > 1 && tokens[index - 2] == "این";
                wants_subject = is_statement;
                start = index + 1;
            }
            _ => {}
        }
        index += 1;
    }
    clauses
}

/// The phrases of a range: words that are joined by an ezafe, by «و», or by a determiner, numeral or preposition before them.
fn phrases(tokens: &[&str], tags: &[Tag], range: Range<usize>) -> Vec<Phrase> {
    let mut phrases = Vec::new();
    let mut index = range.start;
    while index < range.end {
        let first = tags[index].pos;
        let start = index;
        index += 1;
        if matches!(first, Pos::Conjunction | Pos::Postposition | Pos::Punctuation) {
            continue;
        }
        while index < range.end && joins(tokens[index - 1], tags[index - 1], tokens[index], tags[index]) {
            index += 1;
        }
        let role = match first {
            _ if tokens.get(index) == Some(&"را") => Role::Object,
            Pos::Preposition => Role::Prepositional,
            Pos::Adverb => Role::Adverbial,
            _ => Role::Nominal,
        };
        phrases.push(Phrase { role, range: start..index });
    }
    phrases
}

fn joins(token: &str, tag: Tag, next: &str, next_tag: Tag) -> bool {
    let leads = matches!(tag.pos, Pos::Determiner | Pos::Numeral | Pos::Classifier | Pos::Preposition);
    tag.ezafe || leads || token == "و" || next == "و" || next_tag.pos == Pos::Classifier
}

impl Clause<'_> {
    fn suspicious_links(&self, tokens: &[&str], tags: &[Tag]) -> Vec<usize> {
        if !self.is_third_person(tokens) {
            return Vec::new();
        }
        let is_one_of = |verbs: &[&str]| self.verb.len() == 1 && verbs.contains(&self.last_verb_token);
        match self.phrases.iter().position(|phrase| phrase.role == Role::Object) {
            Some(_) if is_one_of(&COPULAS) || SAY.contains(&self.last_verb_token) => Vec::new(),
            Some(object) if self.only_object(object) => links(&self.phrases[object], tokens, tags),
            Some(_) => Vec::new(),
            None if is_one_of(&COPULAS) => self.links_before_predicate(tokens, tags),
            None if is_one_of(&HAVE) => self.links_before_possession(tokens, tags),
            None => Vec::new(),
        }
    }

    /// Whether no phrase but the object can be the subject. A single noun between it and the verb belongs to the verb.
    fn only_object(&self, object: usize) -> bool {
        let last = self.phrases.len() - 1;
        let belongs_to_verb = |index: usize, phrase: &Phrase| index == last && index > object && phrase.range.len() == 1;
        let mut phrases = self.phrases.iter().enumerate();
        phrases.all(|(index, phrase)| phrase.role != Role::Nominal || belongs_to_verb(index, phrase))
    }

    /// «دینِ رسمیِ کشورِ اسلام است»: the clause consists of one phrase, but wants two. Before an indefinite noun («قتلِ عادلانهٔ
    /// فیلمی از … است») more phrases may follow, for they belong to it. «کارِ سختی است» is a predicate alone.
    fn links_before_predicate(&self, tokens: &[&str], tags: &[Tag]) -> Vec<usize> {
        let Some(first) = self.phrases.first() else { return Vec::new() };
        if first.role != Role::Nominal || self.nominal_phrases() > 1 {
            return Vec::new();
        }
        let mut links = links(first, tokens, tags);
        let is_indefinite = |word: &str| word.ends_with('ی') && !word.ends_with("های");
        let before_indefinite: Vec<usize> =
            links.iter().copied().filter(|link| tags[link + 1].pos == Pos::Noun && is_indefinite(tokens[link + 1])).collect();
        if !before_indefinite.is_empty() {
            return before_indefinite;
        }
        let is_whole_clause = self.phrases.len() == 1 && first.range.end == self.verb.start;
        if !is_whole_clause || tokens[self.verb.start - 1].ends_with('ی') {
            links.clear();
        }
        links
    }

    /// «کارگرانِ حق دارند»: whoever has something and what they have are two phrases, the second of them before the verb.
    fn links_before_possession(&self, tokens: &[&str], tags: &[Tag]) -> Vec<usize> {
        match self.phrases.last() {
            Some(last) if last.range.end == self.verb.start && self.nominal_phrases() <= 1 => links(last, tokens, tags),
            _ => Vec::new(),
        }
    }

    fn nominal_phrases(&self) -> usize {
        self.phrases.iter().filter(|phrase| phrase.role == Role::Nominal).count()
    }

    /// By the ending, which in the past is none: stems of the past end in د or ت.
    fn is_third_person(&self, tokens: &[&str]) -> bool {
        let first = tokens[self.verb.start];
        let is_future = first.trim_start_matches('ن').starts_with("خواه");
        let verb = if is_future { first } else { self.last_verb_token };
        if matches!(verb, "ببند" | "بخند" | "بپسند") {
            return false;
        }
        if verb.ends_with("ید") {
            // «رسید» is third person, «می‌روید» isn't.
            return PASTS_IN_ID.iter().any(|past| verb.ends_with(past));
        }
        verb.ends_with(['د', 'ت']) || verb.ends_with("ده") || verb.ends_with("ته")
    }
}

/// The words of a phrase that carry an ezafe and before which a phrase could end: not prepositions, and not before an
/// adjective or «دیگر».
fn links(phrase: &Phrase, tokens: &[&str], tags: &[Tag]) -> Vec<usize> {
    let may_end = |index: &usize| {
        let next = index + 1;
        tags[*index].ezafe && tags[*index].pos != Pos::Preposition && tags[next].pos != Pos::Adjective && tokens[next] != "دیگر"
    };
    (phrase.range.start..phrase.range.end - 1).filter(may_end).collect()
}

const PASTS_IN_ID: [&str; 30] = [
    "رسید", "دید", "شنید", "کشید", "خرید", "پرسید", "فهمید", "بخشید", "ترسید", "خندید", "پوشید", "نوشید", "چشید", "وزید", "دوید", "پرید",
    "چید", "برید", "دمید", "ورزید", "کوشید", "جنگید", "خوابید", "چرخید", "بارید", "تابید", "لرزید", "پیچید", "گردید", "درید",
];
