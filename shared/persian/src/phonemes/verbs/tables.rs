//! Stems, endings and prefixes of verbs.

use super::form::Form;

/// A verb a line: past stem, its reading, present stem, its reading; `-` where there is none in use. Of verbs with
/// a form in common, the one that comes first is read: رویم is `ravim`, «we go», and only then `rujam`, «I grow».
pub const VERBS: &str = include_str!("verbs.tsv");

/// Present stems of the spoken language that are written as they sound (میگم, میخوام, می‌ره).
pub const SPOKEN_STEMS: &[(&str, &str)] = &[
    ("خوا", "xɑ"),
    ("گ", "ɡ"),
    ("ر", "r"),
    ("ش", "ʃ"),
    ("د", "d"),
    ("ذار", "zɑr"),
    ("زار", "zɑr"),
    ("دون", "dun"),
    ("تون", "tun"),
    ("خون", "xun"),
    ("مون", "mun"),
    ("شین", "ʃin"),
    ("شون", "ʃun"),
    ("رسون", "resun"),
    ("ترسون", "tarsun"),
    ("چرخون", "ʧarxun"),
    ("ا", "ɑ"),
    ("آر", "ɑr"),
];

/// Past stems of the spoken language.
pub const SPOKEN_PAST_STEMS: &[(&str, &str)] = &[
    ("خوند", "xund"),
    ("موند", "mund"),
    ("تونست", "tunest"),
    ("دونست", "dunest"),
    ("رسوند", "resund"),
    ("چرخوند", "ʧarxund"),
    ("خوابوند", "xɑbund"),
    ("ترسوند", "tarsund"),
    ("نشوند", "neʃund"),
    ("ذاشت", "zɑʃt"),
    ("اومد", "umad"),
    ("آورد", "ɑvord"),
];

/// Endings of the present after a consonant.
pub const PRESENT: &[(&str, &str)] = &[
    ("م", "am"),
    ("ی", "i"),
    ("د", "ad"),
    ("یم", "im"),
    ("ید", "id"),
    ("ند", "and"),
];

/// Endings of the present after a vowel.
pub const PRESENT_AFTER_VOWEL: &[(&str, &str)] = &[
    ("یم", "jam"),
    ("یی", "ji"),
    ("ید", "jad"),
    ("ییم", "jim"),
    ("یید", "jid"),
    ("یند", "jand"),
];

/// Endings of the present after a consonant that belong to the spoken language.
pub const SPOKEN_PRESENT: &[(&str, &str)] = &[("ه", "e"), ("ین", "in"), ("ن", "an")];

/// Endings of the present after a vowel of the spoken language.
pub const PRESENT_AFTER_SPOKEN_VOWEL: &[(&str, &str)] = &[
    ("م", "m"),
    ("ی", "j"),
    ("د", "d"),
    ("یم", "jm"),
    ("ین", "jn"),
    ("ن", "n"),
];

/// Endings of the past.
pub const PAST: &[(&str, &str)] = &[
    ("م", "am"),
    ("ی", "i"),
    ("", ""),
    ("یم", "im"),
    ("ید", "id"),
    ("ند", "and"),
    ("ین", "in"),
    ("ن", "an"),
];

/// A prefix: its letters, its phonemes, the forms it stands before.
pub type Prefix = (&'static str, &'static str, &'static [Form]);

/// Prefixes, the longer ones first.
pub const PREFIXES: &[Prefix] = &[
    (
        "نمی",
        "nemi",
        &[
            Form::Present,
            Form::Past,
            Form::SpokenPresent,
            Form::Participle,
        ],
    ),
    ("همی", "hami", &[Form::Present, Form::Past]),
    (
        "می",
        "mi",
        &[
            Form::Present,
            Form::Past,
            Form::SpokenPresent,
            Form::Participle,
        ],
    ),
    (
        "ن",
        "na",
        &[
            Form::Present,
            Form::SpokenPresent,
            Form::Imperative,
            Form::Past,
            Form::Participle,
            Form::Noun,
        ],
    ),
    (
        "ب",
        "be",
        &[Form::Present, Form::SpokenPresent, Form::Imperative],
    ),
    ("م", "ma", &[Form::Imperative]),
];

/// Adverbs that stand before a verb and are often written with it.
pub const PREVERBS: &[(&str, &str)] = &[
    ("باز", "bɑz"),
    ("فرو", "foru"),
    ("فرا", "farɑ"),
    ("بر", "bar"),
    ("در", "dar"),
    ("وا", "vɑ"),
    ("ور", "var"),
];
