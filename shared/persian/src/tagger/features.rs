//! The observations of a sequence of tokens, byte for byte those of Wapiti (a C program that knows only bytes, so half a
//! Persian letter can be a prefix).
//!
//! A pattern is text with commands in it. `%x[-1,0]` is the token before this one, `%t[0,0,"\d"]` is `true` or `false` as
//! the expression matches the token, and `%m[0,0,"^.?"]` is what the expression matches in it. The first letter says what an
//! observation is weighed for: `u` for labels, `b` for pairs of labels, `*` for both.

use super::regex::Regex;

/// What stands for a token before the first one, by its distance; farther than this is the last of them.
const BEFORE: [&str; 5] = ["_x-1", "_x-2", "_x-3", "_x-4", "_x-#"];
const AFTER: [&str; 5] = ["_x+1", "_x+2", "_x+3", "_x+4", "_x+#"];

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    source: String,
    items: Vec<Item>,
}

#[derive(Clone, Debug)]
enum Item {
    Text(String),
    Token { offset: i32 },
    Test { offset: i32, regex: Regex },
    Match { offset: i32, regex: Regex },
}

impl Pattern {
    /// Compiles a pattern; the error says what isn't understood in it.
    pub fn compile(source: &str) -> Result<Self, String> {
        if !source.starts_with(['u', 'b', '*']) {
            return Err(format!(
                "the pattern «{source}» begins with none of u, b and *"
            ));
        }
        let mut items = Vec::new();
        let mut rest = source;
        while !rest.is_empty() {
            let command = rest.find('%').unwrap_or(rest.len());
            if command > 0 {
                items.push(Item::Text(rest[..command].to_owned()));
                rest = &rest[command..];
            } else {
                let (item, after) = command_of(rest).ok_or_else(|| {
                    format!("the pattern «{source}» has a command that isn't understood")
                })?;
                items.push(item);
                rest = after;
            }
        }
        Ok(Self {
            source: source.to_owned(),
            items,
        })
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// What stands before the token in the observation, if that is the token itself and nothing after it.
    pub fn word_prefix(&self) -> Option<&str> {
        match self.items.as_slice() {
            [Item::Text(prefix), Item::Token { offset: 0 }] => Some(prefix),
            _ => None,
        }
    }

    /// Writes the observation that the pattern makes at a position into `observation`, whose old content is dropped.
    pub fn observe(&self, tokens: &[&str], position: usize, observation: &mut Vec<u8>) {
        observation.clear();
        for item in &self.items {
            match item {
                Item::Text(text) => observation.extend_from_slice(text.as_bytes()),
                Item::Token { offset } => {
                    observation.extend_from_slice(token_at(tokens, position, *offset))
                }
                Item::Test { offset, regex } => {
                    let found = regex.find(token_at(tokens, position, *offset)).is_some();
                    observation.extend_from_slice(if found { b"true" } else { b"false" });
                }
                Item::Match { offset, regex } => {
                    let token = token_at(tokens, position, *offset);
                    if let Some(found) = regex.find(token) {
                        observation.extend_from_slice(&token[found]);
                    }
                }
            }
        }
    }
}

/// Reads the command at the beginning of the text, and gives what follows it.
fn command_of(text: &str) -> Option<(Item, &str)> {
    let kind = text.chars().nth(1)?;
    let arguments = text.get(2..)?.strip_prefix('[')?;
    let (offset, arguments) = arguments.split_once(',')?;
    let offset = offset.parse().ok()?;
    // There is one column only: the token.
    let arguments = arguments.strip_prefix('0')?;
    if kind == 'x' {
        return Some((Item::Token { offset }, arguments.strip_prefix(']')?));
    }
    let expression = arguments.strip_prefix(",\"")?;
    let end = closing_quote(expression)?;
    let regex = Regex::compile(&expression[..end])?;
    let rest = expression[end..].strip_prefix("\"]")?;
    match kind {
        't' => Some((Item::Test { offset, regex }, rest)),
        'm' => Some((Item::Match { offset, regex }, rest)),
        _ => None,
    }
}

fn closing_quote(expression: &str) -> Option<usize> {
    let mut escaped = false;
    expression.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

fn token_at<'a>(tokens: &[&'a str], position: usize, offset: i32) -> &'a [u8] {
    let distance = offset.unsigned_abs() as usize;
    if offset < 0 {
        match position.checked_sub(distance) {
            Some(index) => tokens[index].as_bytes(),
            None => outside(&BEFORE, distance - position),
        }
    } else {
        let index = position + distance;
        tokens.get(index).map_or_else(
            || outside(&AFTER, index + 1 - tokens.len()),
            |token| token.as_bytes(),
        )
    }
}

fn outside(names: &[&'static str; 5], distance: usize) -> &'static [u8] {
    names[(distance - 1).min(names.len() - 1)].as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(pattern: &str, tokens: &[&str], position: usize) -> Vec<u8> {
        let mut observation = b"left over".to_vec();
        Pattern::compile(pattern)
            .expect("a pattern")
            .observe(tokens, position, &mut observation);
        observation
    }

    fn text(pattern: &str, tokens: &[&str], position: usize) -> String {
        String::from_utf8(observed(pattern, tokens, position)).expect("whole letters")
    }

    #[test]
    fn neighbours_are_named_by_their_offset() {
        let tokens = ["کتاب", "خوب", "است"];
        assert_eq!(text("u:wl=%x[-1,0]", &tokens, 1), "u:wl=کتاب");
        assert_eq!(text("u:w=%x[0,0]", &tokens, 1), "u:w=خوب");
        assert_eq!(
            text("u:pair=%x[0,0]/%x[1,0]!", &tokens, 1),
            "u:pair=خوب/است!"
        );
    }

    #[test]
    fn outside_the_sequence_stand_names_of_the_distance() {
        let tokens = ["کتاب"];
        let before: Vec<_> = (1..7)
            .map(|distance| text(&format!("u%x[-{distance},0]"), &tokens, 0))
            .collect();
        assert_eq!(
            before,
            ["u_x-1", "u_x-2", "u_x-3", "u_x-4", "u_x-#", "u_x-#"]
        );
        let after: Vec<_> = (1..7)
            .map(|distance| text(&format!("u%x[{distance},0]"), &tokens, 0))
            .collect();
        assert_eq!(
            after,
            ["u_x+1", "u_x+2", "u_x+3", "u_x+4", "u_x+#", "u_x+#"]
        );
    }

    #[test]
    fn the_name_of_a_distance_is_tested_like_a_token() {
        // «_x-1» has punctuation and a digit in it, and the model was trained with that.
        assert_eq!(text(r#"*:p?l=%t[-1,0,"\p"]"#, &["کتاب"], 0), "*:p?l=true");
        assert_eq!(text(r#"*:n?r=%t[1,0,"\d"]"#, &["کتاب"], 0), "*:n?r=true");
        assert_eq!(text(r#"*:p?=%t[0,0,"\p"]"#, &["کتاب"], 0), "*:p?=false");
    }

    #[test]
    fn prefixes_and_suffixes_are_counted_in_bytes() {
        let word = "کتاب".as_bytes();
        assert_eq!(
            observed(r#"*:p1=%m[0,0,"^.?"]"#, &["کتاب"], 0),
            [b"*:p1=".as_slice(), &word[..1]].concat()
        );
        assert_eq!(
            observed(r#"*:p3=%m[0,0,"^.?.?.?"]"#, &["کتاب"], 0),
            [b"*:p3=".as_slice(), &word[..3]].concat()
        );
        assert_eq!(
            observed(r#"*:s3=%m[0,0,".?.?.?$"]"#, &["کتاب"], 0),
            [b"*:s3=".as_slice(), &word[5..]].concat()
        );
    }

    #[test]
    fn a_pattern_without_a_command_is_itself() {
        assert_eq!(text("*", &["کتاب"], 0), "*");
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for source in [
            "",
            "w=%x[0,0]",
            "u:%",
            "u:%x",
            "u:%x[0,1]",
            "u:%x[a,0]",
            "u:%q[0,0]",
            r#"u:%t[0,0,"\d]"#,
            "u:%t[0,0]",
            r#"u:%m[0,0,"*"]"#,
        ] {
            assert!(Pattern::compile(source).is_err(), "{source}");
        }
    }
}
