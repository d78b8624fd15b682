//! Measures how well the ezafe is found in sentences that are marked by hand, and compares the packed model with the one
//! that it was packed from.
//!
//! ```text
//! cargo run --release -p persian --example evaluate_ezafe -- pack <Wapiti text model> <packed file>
//! cargo run --release -p persian --example evaluate_ezafe -- score <model> <marked sentences> [errors]
//! cargo run --release -p persian --example evaluate_ezafe -- rishe <marked sentences>
//! cargo run --release -p persian --example evaluate_ezafe -- compare <Wapiti text model> <packed file> <sentences>…
//! cargo run --release -p persian --example evaluate_ezafe -- tag <model> <sentences>
//! ```
//!
//! `rishe` measures the rules of the crate of that name in the same way. A model is the text model or the packed file. The sentences stand one a line; where a line has several columns,
//! the first is the source of the sentence and the second the sentence. A `+` directly after a word marks its ezafe, as in `tests/data/ezafe.tsv`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Instant;

use persian::tagger::{Tagger, pack};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rishe::ezafe::RuleBasedEzafe;
use rishe::morphology::MorphologyEngine;

const RESAMPLES: usize = 10_000;
const SEED: u64 = 16;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut output = io::stdout().lock();
    match arguments.as_slice() {
        ["pack", text_model, packed] => {
            let report = pack(Path::new(text_model), Path::new(packed))?;
            writeln!(output, "{report:#?}")?;
        }
        ["score", model, sentences, rest @ ..] => {
            let tagger = open(Path::new(model), &mut output)?;
            let sentences = read_sentences(sentences)?;
            writeln!(output, "\nthe model alone")?;
            let by_model = |tokens: &[&str]| tagger.tag_by_model(tokens).into_iter().map(|tag| tag.ezafe).collect();
            score(&sentences, &mut output, false, by_model)?;
            writeln!(output, "\nwith the rules")?;
            let with_rules = |tokens: &[&str]| tagger.tag(tokens).into_iter().map(|tag| tag.ezafe).collect();
            score(&sentences, &mut output, rest == ["errors"], with_rules)?;
        }
        ["rishe", sentences] => {
            let morphology = MorphologyEngine::new();
            let predict = |tokens: &[&str]| {
                let tokens: Vec<String> = tokens.iter().map(|token| (*token).to_owned()).collect();
                RuleBasedEzafe::predict(&tokens, &morphology)
            };
            score(&read_sentences(sentences)?, &mut output, false, predict)?;
        }
        ["compare", text_model, packed, files @ ..] => compare(text_model, packed, files, &mut output)?,
        ["tag", model, sentences] => {
            let tagger = open(Path::new(model), &mut io::sink())?;
            for sentence in read_sentences(sentences)? {
                for (token, tag) in sentence.tokens.iter().zip(tagger.tag(&sentence.tokens())) {
                    writeln!(output, "{}\t{tag}", token.text)?;
                }
                writeln!(output)?;
            }
        }
        _ => return Err("expected pack, score, compare or tag, and files: see the beginning of the example's source".into()),
    }
    Ok(())
}

fn open(path: &Path, output: &mut dyn Write) -> Result<Tagger, Box<dyn Error>> {
    let start = Instant::now();
    let mut head = [0; 5];
    fs::File::open(path)?.read_exact(&mut head)?;
    let tagger = if head == *b"#mdl#" {
        Tagger::load_text_model(path)?
    } else {
        Tagger::load(path)?
    };
    writeln!(
        output,
        "{} loaded in {:.3} s{}",
        path.display(),
        start.elapsed().as_secs_f64(),
        resident_memory()
    )?;
    Ok(tagger)
}

/// The most memory that the process has had resident, where the system says so.
fn resident_memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(String::new, |peak| {
        format!(", {} resident at most", peak.trim())
    })
}

/// A sentence with its marks.
struct Sentence {
    source: String,
    tokens: Vec<Token>,
}

struct Token {
    text: String,
    is_word: bool,
    ezafe: bool,
}

impl Sentence {
    fn tokens(&self) -> Vec<&str> {
        self.tokens
            .iter()
            .map(|token| token.text.as_str())
            .collect()
    }
}

fn read_sentences(path: &str) -> Result<Vec<Sentence>, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    Ok(lines
        .map(|line| {
            let mut columns = line.split('\t');
            let first = columns.next().unwrap_or_default();
            let (source, sentence) = columns.next().map_or(("", first), |second| (first, second));
            Sentence {
                source: source.to_owned(),
                tokens: sentence.split_whitespace().flat_map(tokens_of).collect(),
            }
        })
        .collect())
}

/// A word and the punctuation around it, which is apart from it; between digits it belongs to the number.
fn tokens_of(word: &str) -> Vec<Token> {
    let letters: Vec<char> = word.chars().collect();
    let belongs_to_word = |index: usize| {
        let is_digit = |index: Option<usize>| {
            index
                .and_then(|index| letters.get(index))
                .is_some_and(|letter| letter.is_numeric())
        };
        let letter = letters[index];
        letter.is_alphanumeric()
            || matches!(letter, '\u{200c}' | '\u{64b}'..='\u{655}' | '\u{670}' | '_')
            || is_digit(index.checked_sub(1)) && is_digit(Some(index + 1))
    };
    let mut tokens: Vec<Token> = Vec::new();
    for (index, letter) in letters.iter().enumerate() {
        let is_word = belongs_to_word(index);
        match tokens.last_mut() {
            Some(last) if *letter == '+' && last.is_word => last.ezafe = true,
            Some(last) if last.is_word && is_word || !is_word && last.text.ends_with(*letter) => {
                last.text.push(*letter)
            }
            _ => tokens.push(Token {
                text: letter.to_string(),
                is_word,
                ezafe: false,
            }),
        }
    }
    tokens
}

/// How many marks were found rightly, wrongly, and not at all.
#[derive(Clone, Copy, Default)]
struct Counts {
    right: usize,
    wrong: usize,
    missed: usize,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
    }

    fn precision(self) -> f64 {
        self.right as f64 / (self.right + self.wrong) as f64
    }

    fn recall(self) -> f64 {
        self.right as f64 / (self.right + self.missed) as f64
    }

    fn f1(self) -> f64 {
        2.0 * self.right as f64 / (2 * self.right + self.wrong + self.missed) as f64
    }
}

fn score(
    sentences: &[Sentence],
    output: &mut dyn Write,
    show_errors: bool,
    predict: impl Fn(&[&str]) -> Vec<bool>,
) -> Result<(), Box<dyn Error>> {
    let mut counts = Vec::new();
    let mut by_source: BTreeMap<&str, Counts> = BTreeMap::new();
    for sentence in sentences {
        let predicted = predict(&sentence.tokens());
        let count = count(sentence, &predicted);
        if show_errors && count.wrong + count.missed > 0 {
            writeln!(output, "{}", with_errors(sentence, &predicted))?;
        }
        by_source.entry(&sentence.source).or_default().add(count);
        counts.push(count);
    }
    let mut all = Counts::default();
    counts.iter().for_each(|count| all.add(*count));
    let (low, high) = interval(&counts);
    writeln!(
        output,
        "source             right wrong missed  precision  recall      F1"
    )?;
    for (source, count) in by_source {
        line(output, source, count, "")?;
    }
    line(
        output,
        "all",
        all,
        &format!("  (95 %: {low:.4} to {high:.4})"),
    )
}

fn line(
    output: &mut dyn Write,
    name: &str,
    count: Counts,
    after: &str,
) -> Result<(), Box<dyn Error>> {
    let Counts {
        right,
        wrong,
        missed,
    } = count;
    let (precision, recall, f1) = (count.precision(), count.recall(), count.f1());
    writeln!(
        output,
        "{name:<18} {right:>5} {wrong:>5} {missed:>6}  {precision:>9.4}  {recall:>6.4}  {f1:>6.4}{after}"
    )?;
    Ok(())
}

fn count(sentence: &Sentence, predicted: &[bool]) -> Counts {
    let mut counts = Counts::default();
    for (token, predicted) in sentence.tokens.iter().zip(predicted) {
        match (token.ezafe, *predicted) {
            (true, true) => counts.right += 1,
            (false, true) => counts.wrong += 1,
            (true, false) => counts.missed += 1,
            (false, false) => {}
        }
    }
    counts
}

fn with_errors(sentence: &Sentence, predicted: &[bool]) -> String {
    let mut line = sentence.source.clone();
    for (token, predicted) in sentence.tokens.iter().zip(predicted) {
        line.push_str(&format!(" {}", token.text));
        if *predicted {
            line.push('+');
        }
        match (token.ezafe, *predicted) {
            (false, true) => line.push_str("[WRONG]"),
            (true, false) => line.push_str("[MISSED]"),
            _ => {}
        }
    }
    line
}

/// The 95 % interval of F1 by the bootstrap over sentences.
fn interval(counts: &[Counts]) -> (f64, f64) {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut scores: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let mut total = Counts::default();
            (0..counts.len()).for_each(|_| total.add(counts[rng.random_range(0..counts.len())]));
            total.f1()
        })
        .collect();
    scores.sort_by(f64::total_cmp);
    (
        scores[RESAMPLES * 25 / 1000],
        scores[RESAMPLES * 975 / 1000 - 1],
    )
}

fn compare(
    text_model: &str,
    packed: &str,
    files: &[&str],
    output: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    let packed = open(Path::new(packed), output)?;
    let original = open(Path::new(text_model), output)?;
    for file in files {
        let sentences = read_sentences(file)?;
        let (mut tokens, mut differing) = (0, 0);
        for sentence in &sentences {
            let texts = sentence.tokens();
            let (expected, got) = (original.tag_by_model(&texts), packed.tag_by_model(&texts));
            tokens += texts.len();
            differing += expected
                .iter()
                .zip(&got)
                .filter(|(expected, got)| expected != got)
                .count();
        }
        writeln!(
            output,
            "{file}: {} sentences, {tokens} tokens, {differing} tags differ",
            sentences.len()
        )?;
    }
    Ok(())
}
