//! The texts in the file: labels and patterns, each with its length in two bytes before it.

use super::super::features::Pattern;
use super::super::model::MAX_LABELS;
use super::super::tag::Tag;

/// # Errors
/// What is wrong, if a text is too long.
pub fn write(labels: &[Tag], patterns: &[Pattern]) -> Result<Vec<u8>, String> {
    let labels = labels.iter().map(ToString::to_string);
    let patterns = patterns.iter().map(|pattern| pattern.source().to_owned());
    let mut bytes = Vec::new();
    for text in labels.chain(patterns) {
        let length = u16::try_from(text.len()).map_err(|_| format!("«{text}» is too long"))?;
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    Ok(bytes)
}

/// # Errors
/// What is wrong, if there are more or fewer texts than these, or one isn't understood.
pub fn read(bytes: &[u8], labels: u32, patterns: u32) -> Result<(Vec<Tag>, Vec<Pattern>), String> {
    let mut rest = bytes;
    let mut text = || {
        let (length, after) = rest.split_first_chunk().ok_or("its texts end too early")?;
        let length = usize::from(u16::from_le_bytes(*length));
        let (text, after) = after
            .split_at_checked(length)
            .ok_or("its texts end too early")?;
        rest = after;
        std::str::from_utf8(text).map_err(|_| "a text isn't UTF-8")
    };
    let mut label = || {
        let label = text()?;
        Tag::from_label(label).ok_or_else(|| format!("the label «{label}» isn't in the tagset"))
    };
    let labels = (0..labels)
        .map(|_| label())
        .collect::<Result<Vec<_>, _>>()?;
    let patterns = (0..patterns)
        .map(|_| Pattern::compile(text()?))
        .collect::<Result<Vec<_>, _>>()?;
    if !(1..=MAX_LABELS).contains(&labels.len()) || !rest.is_empty() {
        return Err("its texts don't agree with their number".to_owned());
    }
    Ok((labels, patterns))
}
