//! Clauses without a subject because the model has read it as one phrase with what follows: «قلبِ خون را می‌رساند».
//!
//! The model looks two words to each side, so it can't know that a clause in the third person wants a subject. Where the
//! phrase that should hold it is the only one, one ezafe in that phrase is too many, and this module says which phrase it is.

use std::ops::Range;

use super::tag::{Pos, Tag};
use super::verbs;

/// The words with an ezafe of which one probably has none, for each clause in which the subject is hidden.
pub(super) fn hidden_subjects(tokens: &[&str], tags: &[Tag]) -> Vec<Vec<usize>> {
    let clauses = clauses(tokens, tags);
    clauses
        .iter()
        .map(|clause| clause.suspicious_links(tokens, tags))
        .filter(|links| !links.is_empty())
        .collect()
}

/// A clause that may be expected to name its subject: one at the beginning of a sentence, after a comma that ends a clause, or
/// after «که» that begins a statement.
struct Clause<'a> {
    verb: Range<usize>,
    last_verb_token: &'a str,
    phrases: Vec<Phrase>,
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

fn clauses<'a>(tokens: &[&'a str], tags: &[Tag]) -> Vec<Clause<'a>> {
    let mut clauses = Vec::new();
    let mut start = 0;
    let mut wants_subject = true;
    let mut index = 0;
    while index < tokens.len() {
        let after_verb = index > 0 && tags[index - 1].pos == Pos::Verb;
        match tags[index].pos {
            Pos::Verb => {
                let run = tags[index..]
                    .iter()
                    .take_while(|tag| tag.pos == Pos::Verb)
                    .count();
                let verb = index..index + run;
                if wants_subject {
                    let phrases = phrases(tokens, tags, start..index);
                    clauses.push(Clause {
                        verb: verb.clone(),
                        phrases,
                        last_verb_token: tokens[verb.end - 1],
                    });
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
                let is_statement =
                    !verbs::is_copula(tokens[index - 1]) || index > 1 && tokens[index - 2] == "این";
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
        if matches!(
            first,
            Pos::Conjunction | Pos::Postposition | Pos::Punctuation
        ) {
            continue;
        }
        while index < range.end
            && joins(
                tokens[index - 1],
                tags[index - 1],
                tokens[index],
                tags[index],
            )
        {
            index += 1;
        }
        let role = match first {
            _ if tokens.get(index) == Some(&"را") => Role::Object,
            Pos::Preposition => Role::Prepositional,
            Pos::Adverb => Role::Adverbial,
            _ => Role::Nominal,
        };
        phrases.push(Phrase {
            role,
            range: start..index,
        });
    }
    phrases
}

fn joins(token: &str, tag: Tag, next: &str, next_tag: Tag) -> bool {
    let leads = matches!(
        tag.pos,
        Pos::Determiner | Pos::Numeral | Pos::Classifier | Pos::Preposition
    );
    tag.ezafe || leads || token == "و" || next == "و" || next_tag.pos == Pos::Classifier
}

impl Clause<'_> {
    fn suspicious_links(&self, tokens: &[&str], tags: &[Tag]) -> Vec<usize> {
        if !verbs::is_third_person(&tokens[self.verb.clone()]) {
            return Vec::new();
        }
        let is_simple = self.verb.len() == 1;
        let is_copula = is_simple && verbs::is_copula(self.last_verb_token);
        let is_have = is_simple && verbs::is_have(self.last_verb_token);
        match self
            .phrases
            .iter()
            .position(|phrase| phrase.role == Role::Object)
        {
            Some(_) if is_copula || verbs::is_say(self.last_verb_token) => Vec::new(),
            Some(object) if self.only_object(object) => links(&self.phrases[object], tokens, tags),
            Some(_) => Vec::new(),
            None if is_copula => self.links_before_predicate(tokens, tags),
            None if is_have => self.links_before_possession(tokens, tags),
            None => Vec::new(),
        }
    }

    /// Whether no phrase but the object can be the subject. A single noun between it and the verb belongs to the verb.
    fn only_object(&self, object: usize) -> bool {
        let last = self.phrases.len() - 1;
        let belongs_to_verb = |index: usize, phrase: &Phrase| {
            index == last && index > object && phrase.range.len() == 1
        };
        let mut phrases = self.phrases.iter().enumerate();
        phrases
            .all(|(index, phrase)| phrase.role != Role::Nominal || belongs_to_verb(index, phrase))
    }

    /// «دینِ رسمیِ کشورِ اسلام است»: the clause consists of one phrase, but wants two. Before an indefinite noun («قتلِ عادلانهٔ
    /// فیلمی از … است») more phrases may follow, for they belong to it. «کارِ سختی است» is a predicate alone.
    fn links_before_predicate(&self, tokens: &[&str], tags: &[Tag]) -> Vec<usize> {
        let Some(first) = self.phrases.first() else {
            return Vec::new();
        };
        if first.role != Role::Nominal || self.nominal_phrases() > 1 {
            return Vec::new();
        }
        let links = links(first, tokens, tags);
        let is_indefinite = |word: &str| word.ends_with('ی') && !word.ends_with("های");
        let last = self.verb.start - 1;
        let begins_predicate = |link: &usize| {
            link + 1 < last && tags[link + 1].pos == Pos::Noun && is_indefinite(tokens[link + 1])
        };
        let before_predicate: Vec<usize> = links.iter().copied().filter(begins_predicate).collect();
        if !before_predicate.is_empty() {
            return before_predicate;
        }
        let is_whole_clause = self.phrases.len() == 1 && first.range.end == self.verb.start;
        if is_whole_clause && !is_indefinite(tokens[last]) {
            links
        } else {
            Vec::new()
        }
    }

    /// «کارگرانِ حق دارند»: whoever has something and what they have are two phrases, the second of them before the verb.
    fn links_before_possession(&self, tokens: &[&str], tags: &[Tag]) -> Vec<usize> {
        match self.phrases.last() {
            Some(last) if last.range.end == self.verb.start && self.nominal_phrases() <= 1 => {
                links(last, tokens, tags)
            }
            _ => Vec::new(),
        }
    }

    fn nominal_phrases(&self) -> usize {
        self.phrases
            .iter()
            .filter(|phrase| phrase.role == Role::Nominal)
            .count()
    }
}

/// The words of a phrase that carry an ezafe and before which a phrase could end: not prepositions, and not before an
/// adjective or «دیگر».
fn links(phrase: &Phrase, tokens: &[&str], tags: &[Tag]) -> Vec<usize> {
    let may_end = |index: &usize| {
        let next = index + 1;
        tags[*index].ezafe
            && tags[*index].pos != Pos::Preposition
            && tags[next].pos != Pos::Adjective
            && tokens[next] != "دیگر"
    };
    (phrase.range.start..phrase.range.end - 1)
        .filter(may_end)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words with labels after a slash; the words of which one carries an ezafe too many.
    fn suspicious(sentence: &str) -> Vec<Vec<&str>> {
        let (tokens, tags): (Vec<&str>, Vec<Tag>) = sentence
            .split(' ')
            .filter_map(|token| token.rsplit_once('/'))
            .map(|(word, label)| (word, Tag::from_label(label).expect("a label")))
            .unzip();
        let found = hidden_subjects(&tokens, &tags);
        found
            .into_iter()
            .map(|links| links.into_iter().map(|index| tokens[index]).collect())
            .collect()
    }

    #[test]
    fn a_third_person_does_something_to_an_object_only_if_there_is_a_subject() {
        assert_eq!(
            suspicious("قلب/Ne خون/N را/POSTP به/P بدن/N می\u{200c}رساند/V ./PUNC"),
            [["قلب"]]
        );
        assert_eq!(
            suspicious("هیئت/Ne دولت/Ne بودجه/Ne سال/N را/POSTP تصویب/N کرد/V"),
            [["هیئت", "دولت", "بودجه"]]
        );
        assert_eq!(suspicious("سپس/ADV قلب/Ne خون/N را/POSTP برد/V"), [["قلب"]]);
    }

    #[test]
    fn other_persons_need_no_subject() {
        for verb in [
            "خواندم",
            "خواندیم",
            "بخوانید",
            "می\u{200c}خوانی",
            "بخوان",
            "خواهم/V خواند",
            "ببند",
            "بستید",
        ] {
            assert!(
                suspicious(&format!("کتاب/Ne علی/N را/POSTP {verb}/V")).is_empty(),
                "{verb}"
            );
        }
        for verb in [
            "خواند",
            "می\u{200c}خوانند",
            "خواهد/V خواند",
            "دید",
            "خوانده/V است",
        ] {
            assert!(
                !suspicious(&format!("کتاب/Ne علی/N را/POSTP {verb}/V")).is_empty(),
                "{verb}"
            );
        }
    }

    #[test]
    fn a_clause_with_a_subject_is_left_alone() {
        assert!(suspicious("او/PRO خون/Ne بدن/N را/POSTP برد/V").is_empty());
        assert!(suspicious("خط/Ne میخی/N را/POSTP مردم/Ne سومر/N ساختند/V").is_empty());
    }

    #[test]
    fn older_prose_puts_its_persons_before_the_object_marker() {
        assert!(suspicious("مال/Ne پادشاه/N را/POSTP بقایی/N نیست/V").is_empty());
        assert!(suspicious("ملک/Ne عرب/N را/POSTP گفتند/V").is_empty());
    }

    #[test]
    fn what_is_said_of_something_is_a_phrase_of_its_own() {
        assert_eq!(
            suspicious("دین/Ne کشور/Ne اسلام/N است/V ./PUNC"),
            [["دین", "کشور"]]
        );
        assert_eq!(
            suspicious("تاریخ/Ne موازی/AJe ژانری/N از/P داستان/N است/V"),
            [["موازی"]]
        );
        assert!(suspicious("خانه/Ne ما/PRO بزرگ/AJ است/V").is_empty());
        assert!(suspicious("کار/Ne سختی/N است/V").is_empty());
        assert!(suspicious("خانه/Ne دوست/N در/P تهران/N است/V").is_empty());
    }

    #[test]
    fn whoever_has_something_is_not_part_of_it() {
        assert_eq!(suspicious("کارگران/Ne حق/N دارند/V"), [["کارگران"]]);
        assert!(suspicious("این/DET شهر/N مردم/Ne خوبی/N دارد/V").is_empty());
    }

    #[test]
    fn a_clause_that_shares_its_subject_needs_none() {
        assert!(suspicious("او/PRO آمد/V و/CONJ کتاب/Ne علی/N را/POSTP برد/V").is_empty());
        assert!(suspicious("کسی/N است/V که/CONJ کتاب/Ne علی/N را/POSTP برد/V").is_empty());
    }

    #[test]
    fn a_statement_after_its_verb_begins_anew() {
        assert_eq!(
            suspicious("او/PRO گفت/V که/CONJ قلب/Ne خون/N را/POSTP می\u{200c}برد/V"),
            [["قلب"]]
        );
        assert_eq!(
            suspicious("اگر/CONJ او/PRO آمد/V ،/PUNC قلب/Ne خون/N را/POSTP می\u{200c}برد/V"),
            [["قلب"]]
        );
    }

    #[test]
    fn no_phrase_ends_before_an_adjective() {
        assert_eq!(
            suspicious("سلول/Ne عصبی/AJe پیام/N را/POSTP برد/V"),
            [["عصبی"]]
        );
        assert!(suspicious("کار/Ne خوب/AJ را/POSTP کرد/V").is_empty());
    }

    #[test]
    fn a_sentence_of_fragments_is_survived() {
        for sentence in [
            "",
            "را/POSTP",
            "است/V",
            "را/POSTP است/V",
            "که/CONJ که/CONJ",
            "،/PUNC ./PUNC",
            "و/CONJ دارد/V",
            "از/P را/POSTP برد/V",
        ] {
            assert!(suspicious(sentence).is_empty(), "{sentence}");
        }
    }
}
