//! Months of the two calendars, and which days they have.

/// The Solar Hijri calendar of Iran, or the Gregorian one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calendar {
    Jalali,
    Gregorian,
}

/// The months of the Solar Hijri year.
const JALALI: [&str; 12] = [
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد",
    "شهریور",
    "مهر",
    "آبان",
    "آذر",
    "دی",
    "بهمن",
    "اسفند",
];
/// The Gregorian months by their French names, which Iran's press and encyclopedias use: اوت, ژوئیه and مه rather than
/// آگوست, جولای and می. What a writer wrote out stays as it is.
const GREGORIAN: [&str; 12] = [
    "ژانویه",
    "فوریه",
    "مارس",
    "آوریل",
    "مه",
    "ژوئن",
    "ژوئیه",
    "اوت",
    "سپتامبر",
    "اکتبر",
    "نوامبر",
    "دسامبر",
];
/// Other names that people write, with the number of the month.
const OTHER_NAMES: &[(&str, u32)] = &[
    ("امرداد", 5),
    ("فبروری", 102),
    ("مارچ", 103),
    ("آپریل", 104),
    ("اپریل", 104),
    ("می", 105),
    ("جون", 106),
    ("جولای", 107),
    ("ژولای", 107),
    ("آگوست", 108),
    ("اوگوست", 108),
    ("آگست", 108),
];

/// English names and abbreviations of the Gregorian months, by their first three letters.
const ENGLISH: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The Persian name of a month that is written in English.
pub fn english_month(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let is_month = |name: &&str| *name == lower || (lower.len() == 3 && name.starts_with(&lower));
    let at = ENGLISH.iter().position(is_month)?;
    GREGORIAN.get(at).copied()
}

/// A month by its calendar and its number, 1 to 12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    pub calendar: Calendar,
    pub number: u32,
}

impl Month {
    /// The month of a name, without signs.
    pub fn of(name: &str) -> Option<Month> {
        let find = |names: &[&str]| names.iter().position(|known| *known == name);
        if let Some(at) = find(&JALALI) {
            return Some(Month::new(Calendar::Jalali, at as u32 + 1));
        }
        if let Some(at) = find(&GREGORIAN) {
            return Some(Month::new(Calendar::Gregorian, at as u32 + 1));
        }
        let (_, number) = OTHER_NAMES.iter().find(|(known, _)| *known == name)?;
        Some(if *number > 100 {
            Month::new(Calendar::Gregorian, number - 100)
        } else {
            Month::new(Calendar::Jalali, *number)
        })
    }

    pub fn new(calendar: Calendar, number: u32) -> Month {
        Month { calendar, number }
    }

    /// Its name; `None` for a number that no month has.
    pub fn name(self) -> Option<&'static str> {
        let names = match self.calendar {
            Calendar::Jalali => JALALI,
            Calendar::Gregorian => GREGORIAN,
        };
        names.get((self.number as usize).checked_sub(1)?).copied()
    }

    /// How many days it has in a year; in a year that isn't known, the most that it can have.
    pub fn days(self, year: Option<u64>) -> u32 {
        match (self.calendar, self.number) {
            (Calendar::Jalali, 1..=6) => 31,
            (Calendar::Jalali, 7..=11) => 30,
            (Calendar::Jalali, 12) if year.is_none_or(is_jalali_leap) => 30,
            (Calendar::Jalali, 12) => 29,
            (Calendar::Gregorian, 4 | 6 | 9 | 11) => 30,
            (Calendar::Gregorian, 2) if year.is_none_or(is_gregorian_leap) => 29,
            (Calendar::Gregorian, 2) => 28,
            (Calendar::Gregorian, 1..=12) => 31,
            _ => 0,
        }
    }
}

/// By the cycle of 33 years, which agrees with the astronomical calendar from 1244 to 1502.
fn is_jalali_leap(year: u64) -> bool {
    matches!(year % 33, 1 | 5 | 9 | 13 | 17 | 22 | 26 | 30)
}

fn is_gregorian_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn esfand_has_thirty_days_in_leap_years_only() {
        let esfand = Month::new(Calendar::Jalali, 12);
        for leap in [1375, 1379, 1383, 1387, 1391, 1395, 1399, 1403, 1408] {
            assert_eq!(esfand.days(Some(leap)), 30, "{leap}");
        }
        for common in [1398, 1400, 1401, 1402, 1404, 1407] {
            assert_eq!(esfand.days(Some(common)), 29, "{common}");
        }
    }

    #[test]
    fn every_month_is_found_by_its_name() {
        for calendar in [Calendar::Jalali, Calendar::Gregorian] {
            for number in 1..=12 {
                let month = Month::new(calendar, number);
                assert_eq!(month.name().and_then(Month::of), Some(month));
            }
            assert_eq!(Month::new(calendar, 13).name(), None);
            assert_eq!(Month::new(calendar, 0).name(), None);
        }
    }
}
