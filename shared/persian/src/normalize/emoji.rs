//! Picture characters: how long one is, with all that is joined to it.

const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// The length in bytes of the picture character at the start of `text`: its base, skin colour, variation selector, keycap
/// and tags, and whatever a zero-width joiner adds. `None` where there is none.
pub fn emoji_length(text: &str) -> Option<usize> {
    let first = text.chars().next().filter(|&c| is_picture(c))?;
    let mut end = first.len_utf8();
    if is_flag_letter(first) {
        // A flag is a pair of letters.
        if let Some(second) = text[end..].chars().next().filter(|&c| is_flag_letter(c)) {
            end += second.len_utf8();
        }
        return Some(end);
    }
    loop {
        end += modifiers(&text[end..]);
        let rest = &text[end..];
        let joined = rest.strip_prefix(ZERO_WIDTH_JOINER);
        match joined.and_then(|joined| joined.chars().next()) {
            Some(next) if is_picture(next) => {
                end += ZERO_WIDTH_JOINER.len_utf8() + next.len_utf8();
            }
            _ => return Some(end),
        }
    }
}

/// The bytes of what follows a base and belongs to it.
fn modifiers(text: &str) -> usize {
    text.chars()
        .take_while(|c| {
            matches!(
                c,
                '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}'
            )
        })
        .map(char::len_utf8)
        .sum()
}

fn is_flag_letter(character: char) -> bool {
    matches!(character, '\u{1f1e6}'..='\u{1f1ff}')
}

fn is_picture(character: char) -> bool {
    matches!(
        character,
        '\u{1f000}'..='\u{1f0ff}'
            | '\u{1f18e}'
            | '\u{1f191}'..='\u{1f1ff}'
            | '\u{1f200}'..='\u{1faff}'
            | '\u{2600}'..='\u{27bf}'
            | '\u{231a}' | '\u{231b}' | '\u{2328}' | '\u{23cf}' | '\u{23e9}'..='\u{23ff}'
            | '\u{25b6}' | '\u{25c0}' | '\u{25fb}'..='\u{25fe}'
            | '\u{2934}' | '\u{2935}' | '\u{2b05}'..='\u{2b07}' | '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}'
            | '\u{203c}' | '\u{2049}' | '\u{2139}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joined_sequence_is_one_picture() {
        for whole in ["👨‍👩‍👧‍👦", "👍🏽", "🇮🇷", "❤️", "🏴\u{e0067}\u{e0062}\u{e007f}"]
        {
            assert_eq!(emoji_length(whole), Some(whole.len()), "{whole}");
            assert_eq!(
                emoji_length(&format!("{whole}😀")),
                Some(whole.len()),
                "{whole}"
            );
        }
    }

    #[test]
    fn a_joiner_that_joins_no_picture_is_left_outside() {
        assert_eq!(emoji_length("😀\u{200d}س"), Some("😀".len()));
        assert_eq!(emoji_length("س"), None);
        assert_eq!(emoji_length(""), None);
    }
}
