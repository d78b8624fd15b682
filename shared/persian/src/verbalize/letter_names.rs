//! Latin and Greek letters by their names. Vowels that the letters alone would leave open are spelled.

/// The name of a Latin letter, as Persian speakers say it (English names).
pub fn latin(letter: char) -> Option<&'static str> {
    Some(match letter.to_ascii_uppercase() {
        'A' => "اِی",
        'B' => "بی",
        'C' => "سی",
        'D' => "دی",
        'E' => "ای",
        'F' => "اِف",
        'G' => "جی",
        'H' => "اِچ",
        'I' => "آی",
        'J' => "جِی",
        'K' => "کِی",
        'L' => "اِل",
        'M' => "اِم",
        'N' => "اِن",
        'O' => "اُ",
        'P' => "پی",
        'Q' => "کیو",
        'R' => "آر",
        'S' => "اِس",
        'T' => "تی",
        'U' => "یو",
        'V' => "وی",
        'W' => "دابلیو",
        'X' => "ایکس",
        'Y' => "وای",
        'Z' => "زِد",
        _ => return None,
    })
}

/// The name of a Greek letter.
pub fn greek(letter: char) -> Option<&'static str> {
    let small = letter.to_lowercase().next()?;
    Some(match small {
        'α' => "آلفا",
        'β' => "بتا",
        'γ' => "گاما",
        'δ' => "دلتا",
        'ε' => "اِپسیلون",
        'ζ' => "زتا",
        'η' => "اِتا",
        'θ' => "تتا",
        'ι' => "یوتا",
        'κ' => "کاپا",
        'λ' => "لامبدا",
        'μ' => "مو",
        'ν' => "نو",
        'ξ' => "کسی",
        'ο' => "اُمیکرون",
        'π' => "پی",
        'ρ' => "رُو",
        'σ' | 'ς' => "سیگما",
        'τ' => "تاو",
        'υ' => "اوپسیلون",
        'φ' => "فی",
        'χ' => "خی",
        'ψ' => "پسی",
        'ω' => "اُمگا",
        _ => return None,
    })
}
