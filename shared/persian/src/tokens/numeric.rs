//! Forms of numbers, dates, times, telephone and card numbers.

use super::token::TokenKind;

/// The kind and length of the token of digits at the start of `rest`, which begins with a digit or with +; `before` is what
/// stands before it.
pub fn scan(rest: &str, before: &str) -> Option<(TokenKind, usize)> {
    if (before.is_empty() || before.ends_with([' ', '\n', '(', '«', ':']) || !rest.starts_with('+'))
        && !goes_on_from(before)
        && let Some(length) = phone(rest)
    {
        return Some((TokenKind::Phone, length));
    }
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if goes_on_from(before) {
        return clock(rest).or_else(|| Some(number(rest)));
    }
    card(rest)
        .map(|length| (TokenKind::Card, length))
        .or_else(|| date(rest).map(|length| (TokenKind::Date, length)))
        .or_else(|| clock(rest))
        .or_else(|| dotted(rest))
        .or_else(|| Some(number(rest)))
}

/// Whether digits behind `before` are the next part of a number with hyphens or slashes (978-600-…), and no date or telephone
/// number of their own. A hyphen behind a date or a time begins another one.
fn goes_on_from(before: &str) -> bool {
    let Some(number) = before.strip_suffix(['-', '/']) else {
        return false;
    };
    // Longer runs of digits end no date.
    let digits = number
        .bytes()
        .rev()
        .take(5)
        .take_while(u8::is_ascii_digit)
        .count();
    let after_date = before.ends_with('-') && number[..number.len() - digits].ends_with(['/', ':']);
    digits > 0 && !after_date
}

/// Digits at the start of `text`.
fn digits(text: &str) -> usize {
    digits_within(text, usize::MAX)
}

/// Digits at the start of `text`, of its first `most` bytes.
fn digits_within(text: &str, most: usize) -> usize {
    text.bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count()
}

/// Whether a token may end before `rest`: no digit or letter goes on, and no separator with a digit behind it.
fn ends_before(rest: &str) -> bool {
    let mut characters = rest.chars();
    match characters.next() {
        None => true,
        Some(c) if c.is_ascii_alphanumeric() => false,
        Some('/' | '-' | '.' | ':') => !characters.next().is_some_and(|c| c.is_ascii_digit()),
        Some(_) => true,
    }
}

/// Groups of digits with one space or hyphen between them: their lengths, and the byte after each. At most 8.
fn groups(rest: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while found.len() < 8 {
        // Longer runs of digits are no telephone number, so they need not be read to their end.
        let length = digits_within(&rest[at..], 30);
        if length == 0 {
            break;
        }
        at += length;
        found.push((length, at));
        if !rest[at..].starts_with([' ', '-']) {
            break;
        }
        at += 1;
    }
    found
}

/// The length of the first groups of `rest` that have `total` digits together and end there.
fn groups_of(rest: &str, total: usize, first: &[usize]) -> Option<usize> {
    let groups = groups(rest);
    if !groups
        .first()
        .is_some_and(|(length, _)| first.contains(length))
    {
        return None;
    }
    let mut sum = 0;
    for (length, end) in groups {
        sum += length;
        if sum >= total {
            return (sum == total && ends_before(&rest[end..])).then_some(end);
        }
    }
    None
}

/// Mobile numbers (0912…), numbers with an area code (021…), with Iran's country code, and with another one.
fn phone(rest: &str) -> Option<usize> {
    let iran = ["+98", "0098"].iter().find(|code| rest.starts_with(**code));
    if let Some(code) = iran {
        let after = rest[code.len()..].trim_start_matches([' ', '-']);
        let skipped = rest.len() - after.len();
        let length = groups_of(after, 10, &[2, 3, 10])?;
        return (skipped <= code.len() + 1 && !after.starts_with('0')).then_some(skipped + length);
    }
    if let Some(abroad) = rest.strip_prefix('+') {
        let length = digits_within(abroad, 16);
        return ((10..=15).contains(&length) && ends_before(&abroad[length..]))
            .then_some(1 + length);
    }
    let is_national = rest.starts_with('0') && !rest.starts_with("00");
    is_national
        .then(|| groups_of(rest, 11, &[3, 4, 11]))
        .flatten()
}

/// Four groups of four digits or more, of which only a fifth or later one may be shorter; without separators only what
/// begins like a bank card does.
fn card(rest: &str) -> Option<usize> {
    let groups = groups(rest);
    let lengths: Vec<usize> = groups.iter().map(|(length, _)| *length).collect();
    let end = match lengths.as_slice() {
        [16, ..] if rest.starts_with(['4', '5', '6']) => groups[0].1,
        [4, 4, 4, 4] if !rest.starts_with('0') => groups[3].1,
        [4, 4, 4, 4, more @ .., 1..=4] if more.iter().all(|&length| length == 4) => {
            groups[lengths.len() - 1].1
        }
        _ => return None,
    };
    ends_before(&rest[end..]).then_some(end)
}

/// Three numbers with the same separator, of which one is a year, or a year and a month with /.
fn date(rest: &str) -> Option<usize> {
    let first = digits_within(rest, 5);
    let separator = rest[first..]
        .chars()
        .next()
        .filter(|c| matches!(c, '/' | '-' | '.'))?;
    let second = digits_within(&rest[first + 1..], 3);
    let end = first + 1 + second;
    if !(1..=2).contains(&second) {
        return None;
    }
    if !rest[end..].starts_with(separator) {
        let is_year_and_month = separator == '/'
            && first == 4
            && second == 2
            && matches!(&rest[..2], "12" | "13" | "14" | "19" | "20")
            && matches!(rest[5..7].parse(), Ok(1..=12));
        return (is_year_and_month && ends_before(&rest[end..])).then_some(end);
    }
    let third = digits_within(&rest[end + 1..], 5);
    let last = end + 1 + third;
    let fits = match (first, third) {
        (4, 1..=2) | (1..=2, 4) => true,
        (1..=2, 1..=2) => separator == '/',
        _ => false,
    };
    let mut after = rest[last..].chars();
    let is_iso = after.next() == Some('T') && after.next().is_some_and(|c| c.is_ascii_digit());
    let is_range = separator != '-' && rest[last..].starts_with('-');
    (fits && (is_iso || is_range || ends_before(&rest[last..]))).then_some(last)
}

/// 14:30, 14:30:15, or another two numbers around a colon.
fn clock(rest: &str) -> Option<(TokenKind, usize)> {
    let first = digits(rest);
    let after = rest[first..].strip_prefix(':')?;
    let second = digits(after);
    if second == 0 {
        return None;
    }
    let end = first + 1 + second;
    let in_range = |range: &str, most: u32| range.parse().is_ok_and(|value: u32| value <= most);
    let is_time =
        first <= 2 && second == 2 && in_range(&rest[..first], 24) && in_range(&after[..2], 59);
    if !is_time {
        return Some((TokenKind::Ratio, end));
    }
    let seconds = rest[end..].strip_prefix(':').map_or(0, digits);
    if seconds == 2 && in_range(&rest[end + 1..end + 3], 59) {
        return Some((TokenKind::Time, end + 3));
    }
    Some((TokenKind::Time, end))
}

/// Three numbers or more with dots between them, unless the dots part thousands.
fn dotted(rest: &str) -> Option<(TokenKind, usize)> {
    let mut end = digits(rest);
    let mut parts = vec![end];
    while let Some(after) = rest[end..].strip_prefix('.') {
        let length = digits(after);
        if length == 0 {
            break;
        }
        parts.push(length);
        end += 1 + length;
    }
    if parts.len() < 3 {
        return None;
    }
    let are_thousands = parts[0] <= 3 && parts[1..].iter().all(|&length| length == 3);
    let is_ip = parts.len() == 4
        && rest[..end]
            .split('.')
            .all(|part| part.parse::<u8>().is_ok());
    let kind = if are_thousands && !is_ip {
        TokenKind::Number
    } else {
        TokenKind::Dotted
    };
    Some((kind, end))
}

/// A number with separators of thousands and of decimals, or two numbers around U+2044.
fn number(rest: &str) -> (TokenKind, usize) {
    let first = digits(rest);
    let mut end = first;
    if (1..=3).contains(&first) {
        for separator in ['٬', '،', '/'] {
            let (thousands, groups) = thousands(&rest[first..], separator);
            // One group behind a slash is a decimal: 3/125.
            if groups > 1 || (groups == 1 && separator != '/') {
                end = first + thousands;
            }
        }
    }
    let after = rest[end..].chars().next();
    let Some(separator) = after.filter(|c| matches!(c, '.' | '٫' | '/' | '⁄')) else {
        return (TokenKind::Number, end);
    };
    let start = end + separator.len_utf8();
    let decimals = digits(&rest[start..]);
    let is_more = decimals > 0 && !(separator == '/' && rest[start + decimals..].starts_with('/'));
    match separator {
        _ if !is_more => (TokenKind::Number, end),
        '⁄' => (TokenKind::Fraction, start + decimals),
        _ => (TokenKind::Number, start + decimals),
    }
}

/// The bytes and the count of groups of three digits at the start of `rest`, each behind `separator`.
fn thousands(rest: &str, separator: char) -> (usize, usize) {
    let mut at = 0;
    let mut count = 0;
    while let Some(after) = rest[at..].strip_prefix(separator) {
        if digits_within(after, 4) != 3 {
            break;
        }
        at += separator.len_utf8() + 3;
        count += 1;
    }
    (at, count)
}
