//! Small models for the tests, written as Wapiti writes them.

use std::fs;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::error::TaggerError;
use super::model::weight_codes;
use super::text_model::TextModel;
use super::wapiti;

pub const LABELS: [&str; 4] = ["N", "Ne", "V", "PUNC"];

/// A model in Wapiti's text form. Each observation comes with all of its weights: for a `u` as many as there are labels, for
/// a `*` those and as many as there are pairs.
pub fn text(patterns: &[&str], labels: &[&str], observations: &[(String, Vec<f64>)]) -> Vec<u8> {
    let all = || {
        observations
            .iter()
            .flat_map(|(_, weights)| weights)
            .enumerate()
            .filter(|(_, weight)| **weight != 0.0)
    };
    let mut text = format!("#mdl#2#{}\n#rdr#{}/0/0\n", all().count(), patterns.len());
    patterns
        .iter()
        .for_each(|pattern| text.push_str(&string(pattern)));
    text.push_str(&format!("#qrk#{}\n", labels.len()));
    labels
        .iter()
        .for_each(|label| text.push_str(&string(label)));
    text.push_str(&format!("#qrk#{}\n", observations.len()));
    observations
        .iter()
        .for_each(|(observation, _)| text.push_str(&string(observation)));
    all().for_each(|(number, weight)| {
        text.push_str(&format!("{number}={}\n", hexadecimal(*weight)))
    });
    text.into_bytes()
}

fn string(text: &str) -> String {
    format!("{}:{text},\n", text.len())
}

pub fn hexadecimal(value: f64) -> String {
    let bits = value.to_bits();
    let sign = if value < 0.0 { "-" } else { "" };
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1023;
    format!("{sign}0x1.{:013x}p{exponent:+}", bits & ((1 << 52) - 1))
}

pub fn read(text: &[u8]) -> Result<TextModel, TaggerError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model");
    fs::write(&path, text).expect("the model is written");
    wapiti::read(&path)
}

/// A model that knows the words and their neighbours, with weights by chance.
pub fn random_text(words: &[&str], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut weights = |count: usize| {
        (0..count)
            .map(|_| rng.random_range(-2.0..2.0))
            .collect::<Vec<f64>>()
    };
    let labels = LABELS.len();
    let mut observations = vec![("*".to_owned(), weights(weight_codes(labels)))];
    for word in words.iter().chain(&["_x-1"]) {
        observations.push((format!("u:wl={word}"), weights(labels)));
        observations.push((format!("u:w={word}"), weights(labels)));
        observations.push((format!("*:p1={word}"), weights(weight_codes(labels))));
    }
    let patterns = ["*", "u:wl=%x[-1,0]", "u:w=%x[0,0]", r#"*:p1=%m[0,0,"^.?"]"#];
    text(&patterns, &LABELS, &observations)
}

pub fn random_model(words: &[&str], rng: &mut ChaCha8Rng) -> TextModel {
    read(&random_text(words, rng)).expect("a model")
}

/// A model that knows these words and nothing of them.
pub fn vocabulary(words: &[&str]) -> TextModel {
    let observations: Vec<(String, Vec<f64>)> = words
        .iter()
        .map(|word| (format!("u:w={word}"), vec![0.0; LABELS.len()]))
        .collect();
    read(&text(&["u:w=%x[0,0]"], &LABELS, &observations)).expect("a model")
}
