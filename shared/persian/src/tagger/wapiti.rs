//! Reads a model as Wapiti saves it, as text:
//!
//! ```text
//! #mdl#2#<number of weights>          2: a conditional random field
//! #rdr#<number of patterns>/…/0
//! 14:u:wll=%x[-2,0],                  length:pattern, — likewise labels and observations
//! #qrk#<number of labels>
//! 2:Ne,
//! #qrk#<number of observations>
//! 9:u:w=کتاب,                         the length counts bytes
//! <number of the weight>=<hexadecimal floating point>
//! ```
//!
//! The weights are numbered through the observations in their order: as many as there are labels for an observation that is
//! weighed for labels (`u`, `*`), and the square of it for one that is weighed for pairs (`b`, `*`). Those left out are zero.
//!
//! Only the packer and comparisons with it read this form, which takes a second and some hundred megabytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::error::TaggerError;
use super::features::Pattern;
use super::model::{MAX_LABELS, weight_codes};
use super::tag::Tag;
use super::text_model::{TextModel, Weights};

const MAX_PATTERNS: usize = 1000;
const MAX_STRING_BYTES: usize = 1 << 16;
const MAX_LINE_BYTES: usize = 200;

/// Reads the whole model.
pub(super) fn read(path: &Path) -> Result<TextModel, TaggerError> {
    let file = File::open(path).map_err(TaggerError::io(path))?;
    let mut parser = Parser {
        input: BufReader::with_capacity(1 << 20, file),
        at: 0,
    };
    parser.model().map_err(|error| match error {
        ParseError::Io(source) => TaggerError::Io {
            path: path.to_owned(),
            source,
        },
        ParseError::Format(what) => TaggerError::TextModel {
            path: path.to_owned(),
            at: parser.at,
            what,
        },
    })
}

enum ParseError {
    Io(io::Error),
    Format(String),
}

impl From<io::Error> for ParseError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn format_error<T>(what: impl Into<String>) -> Result<T, ParseError> {
    Err(ParseError::Format(what.into()))
}

struct Parser<R> {
    input: R,
    /// How many bytes have been read.
    at: u64,
}

impl<R: BufRead> Parser<R> {
    fn model(&mut self) -> Result<TextModel, ParseError> {
        let head = self.line()?;
        let Some(weight_count) = head
            .strip_prefix("#mdl#2#")
            .and_then(|count| count.parse::<u64>().ok())
        else {
            return format_error(format!("expected #mdl#2# and a number, got «{head}»"));
        };
        let patterns = self.patterns()?;
        let labels = self.labels()?;
        let observations = self.observations()?;
        let weights = self.weights(weight_count, &observations, labels.len())?;
        if !self.input.fill_buf()?.is_empty() {
            return format_error("something follows the last weight");
        }
        TextModel::new(labels, patterns, observations, weights).map_err(ParseError::Format)
    }

    fn patterns(&mut self) -> Result<Vec<Pattern>, ParseError> {
        let head = self.line()?;
        let figures = head
            .strip_prefix("#rdr#")
            .and_then(|rest| rest.split_once('/'));
        let Some((Ok(count), Some(("0", "0")))) =
            figures.map(|(count, rest)| (count.parse::<usize>(), rest.split_once('/')))
        else {
            return format_error(format!(
                "expected #rdr#, the number of patterns and /0/0, got «{head}»"
            ));
        };
        if !(1..=MAX_PATTERNS).contains(&count) {
            return format_error(format!(
                "expected 1 to {MAX_PATTERNS} patterns, got {count}"
            ));
        }
        (0..count)
            .map(|_| Pattern::compile(&self.text()?).map_err(ParseError::Format))
            .collect()
    }

    fn labels(&mut self) -> Result<Vec<Tag>, ParseError> {
        let count = self.count()?;
        if !(1..=MAX_LABELS).contains(&count) {
            return format_error(format!("expected 1 to {MAX_LABELS} labels, got {count}"));
        }
        (0..count)
            .map(|_| {
                let label = self.text()?;
                Tag::from_label(&label).ok_or_else(|| {
                    ParseError::Format(format!("the label «{label}» isn't in the tagset"))
                })
            })
            .collect()
    }

    fn observations(&mut self) -> Result<Vec<Box<[u8]>>, ParseError> {
        let count = self.count()?;
        // Not reserved at once, for the number may be wrong; each costs at least a byte of the file.
        let mut observations = Vec::new();
        for _ in 0..count {
            let observation = self.string()?;
            if !matches!(observation.first(), Some(b'u' | b'b' | b'*')) {
                return format_error("an observation begins with none of u, b and *");
            }
            observations.push(observation.into_boxed_slice());
        }
        Ok(observations)
    }

    fn weights(
        &mut self,
        count: u64,
        observations: &[Box<[u8]>],
        labels: usize,
    ) -> Result<Weights, ParseError> {
        let mut ends = Vec::with_capacity(observations.len());
        let mut weights = Vec::new();
        // The observation whose turn it is, and the numbers of its first weight and of the next observation's.
        let (mut first, mut next) = (0, 0);
        let mut last = None;
        for _ in 0..count {
            let (number, weight) = self.weight()?;
            if last >= Some(number) {
                return format_error(format!("the weight {number} isn't in its order"));
            }
            last = Some(number);
            while number >= next {
                if next > 0 {
                    ends.push(weights.len());
                }
                let Some(observation) = observations.get(ends.len()) else {
                    return format_error(format!("the weight {number} belongs to no observation"));
                };
                first = next;
                next += weight_count_of(observation[0], labels);
            }
            let mut code = number - first;
            if observations[ends.len()][0] == b'b' {
                code += labels as u64;
            }
            match u16::try_from(code) {
                Ok(code) => weights.push((code, weight)),
                Err(_) => {
                    return format_error(format!(
                        "the weight {number} is beyond what {labels} labels can have"
                    ));
                }
            }
        }
        ends.resize(observations.len(), weights.len());
        Ok(Weights {
            ends,
            by_code: weights,
        })
    }

    fn weight(&mut self) -> Result<(u64, f64), ParseError> {
        let line = self.line()?;
        let parts = line
            .split_once('=')
            .and_then(|(number, value)| Some((number.parse().ok()?, hexadecimal(value)?)));
        match parts {
            Some(parts) => Ok(parts),
            None => format_error(format!("expected a weight, got «{line}»")),
        }
    }

    fn count(&mut self) -> Result<usize, ParseError> {
        let head = self.line()?;
        match head
            .strip_prefix("#qrk#")
            .and_then(|count| count.parse().ok())
        {
            Some(count) => Ok(count),
            None => format_error(format!("expected #qrk# and a number, got «{head}»")),
        }
    }

    fn text(&mut self) -> Result<String, ParseError> {
        String::from_utf8(self.string()?)
            .or_else(|_| format_error("a pattern or label isn't UTF-8"))
    }

    /// A string with its length before it and a comma after it.
    fn string(&mut self) -> Result<Vec<u8>, ParseError> {
        let length = self.until(b':', 20)?;
        let length = match length.parse() {
            Ok(length) if (1..=MAX_STRING_BYTES).contains(&length) => length,
            _ => {
                return format_error(format!(
                    "expected a length up to {MAX_STRING_BYTES}, got «{length}»"
                ));
            }
        };
        let mut string = vec![0; length];
        self.input.read_exact(&mut string)?;
        self.at += length as u64;
        match self.until(b'\n', 2)?.as_str() {
            "," => Ok(string),
            after => format_error(format!("expected a comma after a string, got «{after}»")),
        }
    }

    fn line(&mut self) -> Result<String, ParseError> {
        self.until(b'\n', MAX_LINE_BYTES)
    }

    /// What stands before the byte `end`, which must come within `limit` bytes.
    fn until(&mut self, end: u8, limit: usize) -> Result<String, ParseError> {
        let mut read = Vec::new();
        io::Read::take(&mut self.input, limit as u64).read_until(end, &mut read)?;
        self.at += read.len() as u64;
        if read.pop() != Some(end) {
            return format_error("the file ends too early, or a line is too long");
        }
        String::from_utf8(read).or_else(|_| format_error("a line isn't UTF-8"))
    }
}

fn weight_count_of(kind: u8, labels: usize) -> u64 {
    let count = match kind {
        b'u' => labels,
        b'b' => labels * labels,
        _ => weight_codes(labels),
    };
    count as u64
}

/// Reads a number as C's `%a` prints it, exactly: `-0x1.8p-2` is −0.375. `None` for what isn't one, and beyond 2^±900.
fn hexadecimal(text: &str) -> Option<f64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (digits, exponent) = text.strip_prefix("0x")?.split_once('p')?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    // 53 bits at most, and far from the ends of the range, so that the conversion and the product are exact.
    if !matches!(whole, "0" | "1") || fraction.len() > 13 {
        return None;
    }
    let mantissa = u64::from_str_radix(&format!("{whole}{fraction}"), 16).ok()?;
    let exponent = exponent
        .parse::<i32>()
        .ok()
        .filter(|exponent| (-900..=900).contains(exponent))?;
    let value = mantissa as f64 * 2f64.powi(exponent - 4 * fraction.len() as i32);
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests;
