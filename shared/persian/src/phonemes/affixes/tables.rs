//! The affixes of Persian, and how they sound after each kind of stem.

/// How a stem ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// In a consonant, `ow` included.
    Consonant,
    /// In `ɑ`, `u` or `o` with a letter of its own.
    Vowel,
    /// In `i`.
    I,
    /// In the `e` that a silent ه stands for.
    SilentHe,
}

/// An ending that a word may have.
#[derive(Debug, Clone, Copy)]
pub struct Suffix {
    /// Its letters.
    pub written: &'static str,
    /// Its place: of two suffixes the one of the lower level stands nearer to the stem.
    pub level: u8,
    /// How doubtful it is that a word that ends so has this ending.
    pub cost: u32,
    /// Its sound after a consonant, after `ɑ u o`, after `i`, after a silent ه; `-` where it can't stand.
    pub sounds: [&'static str; 4],
}

impl Suffix {
    /// Its sound after a stem with an end, `None` if it can't stand there.
    pub fn sound_after(&self, end: End) -> Option<&'static str> {
        let sound = match end {
            End::Consonant => self.sounds[0],
            End::Vowel => self.sounds[1],
            End::I => self.sounds[2],
            End::SilentHe => self.sounds[3],
        };
        (sound != "-").then_some(sound)
    }
}

/// A line of the table below.
const fn suffix(written: &'static str, level: u8, cost: u32, sounds: [&'static str; 4]) -> Suffix {
    Suffix {
        written,
        level,
        cost,
        sounds,
    }
}

/// Levels: 0 makes words, 1 compares, 2 is the plural, 3 the ی of the indefinite, of an abstract or of an ezafe, 4 a possessor or an object,
/// 5 the copula or a particle.
pub const SUFFIXES: &[Suffix] = &[
    suffix("تر", 1, 1, ["tar", "tar", "tar", "tar"]),
    suffix("ترین", 1, 0, ["tarin", "tarin", "tarin", "tarin"]),
    suffix("ها", 2, 0, ["hɑ", "hɑ", "hɑ", "hɑ"]),
    suffix("ان", 2, 3, ["ɑn", "-", "jɑn", "-"]),
    suffix("یان", 2, 2, ["-", "jɑn", "-", "-"]),
    suffix("ات", 2, 3, ["ɑt", "-", "jɑt", "-"]),
    suffix("ین", 2, 4, ["in", "-", "-", "-"]),
    suffix("ا", 2, 3, ["an", "-", "-", "-"]),
    suffix("یت", 2, 2, ["ijat", "-", "jat", "-"]),
    suffix("یات", 2, 2, ["ijɑt", "-", "jɑt", "-"]),
    suffix("ی", 3, 2, ["i", "je", "-", "je"]),
    suffix("یی", 3, 1, ["-", "ji", "-", "-"]),
    suffix("ای", 3, 1, ["-", "-", "ji", "ʔi"]),
    suffix("م", 4, 3, ["am", "m", "m", "m"]),
    suffix("ت", 4, 4, ["at", "t", "t", "t"]),
    suffix("ش", 4, 3, ["aʃ", "ʃ", "ʃ", "ʃ"]),
    suffix("مان", 4, 1, ["emɑn", "mɑn", "mɑn", "mɑn"]),
    suffix("تان", 4, 1, ["etɑn", "tɑn", "tɑn", "tɑn"]),
    suffix("شان", 4, 1, ["eʃɑn", "ʃɑn", "ʃɑn", "ʃɑn"]),
    suffix("مون", 4, 1, ["emun", "mun", "mun", "mun"]),
    suffix("تون", 4, 1, ["etun", "tun", "tun", "tun"]),
    suffix("شون", 4, 1, ["eʃun", "ʃun", "ʃun", "ʃun"]),
    suffix("یم", 4, 2, ["-", "jam", "-", "-"]),
    suffix("یت", 4, 2, ["-", "jat", "-", "-"]),
    suffix("یش", 4, 2, ["-", "jaʃ", "-", "-"]),
    suffix("یمان", 4, 1, ["-", "jemɑn", "-", "-"]),
    suffix("یتان", 4, 1, ["-", "jetɑn", "-", "-"]),
    suffix("یشان", 4, 1, ["-", "jeʃɑn", "-", "-"]),
    suffix("ام", 4, 1, ["am", "-", "jam", "ʔam"]),
    suffix("ات", 4, 1, ["at", "-", "jat", "ʔat"]),
    suffix("اش", 4, 1, ["aʃ", "-", "jaʃ", "ʔaʃ"]),
    suffix("است", 5, 1, ["ast", "st", "jast", "ʔast"]),
    suffix("ست", 5, 1, ["-", "st", "st", "st"]),
    suffix("اند", 5, 2, ["and", "-", "jand", "ʔand"]),
    suffix("ند", 5, 3, ["and", "nd", "nd", "-"]),
    suffix("ایم", 5, 2, ["im", "-", "jim", "ʔim"]),
    suffix("یم", 5, 4, ["im", "jim", "-", "-"]),
    suffix("اید", 5, 2, ["id", "-", "jid", "ʔid"]),
    suffix("ید", 5, 4, ["id", "jid", "-", "-"]),
    suffix("یند", 5, 3, ["-", "jand", "-", "-"]),
    suffix("ه", 5, 3, ["e", "-", "je", "-"]),
    suffix("و", 5, 4, ["o", "-", "jo", "-"]),
    suffix("رو", 5, 3, ["ro", "ro", "ro", "ro"]),
    suffix("را", 5, 3, ["rɑ", "rɑ", "rɑ", "rɑ"]),
];

/// Endings before which a stem drops its silent ه: بچه, بچگان, بچگی.
pub const SUFFIXES_IN_PLACE_OF_HE: &[Suffix] = &[
    suffix("گان", 2, 1, ["-", "-", "-", "ɡɑn"]),
    suffix("گی", 3, 1, ["-", "-", "-", "ɡi"]),
    suffix("گانه", 3, 1, ["-", "-", "-", "ɡɑne"]),
];

/// Numbers, whose م is that of ordinals.
pub const NUMBERS: &[&str] = &[
    "یک",
    "دو",
    "سه",
    "چهار",
    "پنج",
    "شش",
    "هفت",
    "هشت",
    "نه",
    "ده",
    "یازده",
    "دوازده",
    "سیزده",
    "چهارده",
    "پانزده",
    "شانزده",
    "هفده",
    "هجده",
    "نوزده",
    "بیست",
    "سی",
    "چهل",
    "پنجاه",
    "شصت",
    "هفتاد",
    "هشتاد",
    "نود",
    "صد",
    "دویست",
    "سیصد",
    "چهارصد",
    "پانصد",
    "ششصد",
    "هفتصد",
    "هشتصد",
    "نهصد",
    "هزار",
    "چند",
];

/// The endings of ordinals.
pub const ORDINALS: &[Suffix] = &[
    suffix("م", 1, 0, ["om", "vom", "jom", "vvom"]),
    suffix("مین", 1, 0, ["omin", "vomin", "jomin", "vvomin"]),
];

/// Endings that make words of level 0, most of them the second part of a compound.
pub const WORD_MAKERS: &[(&str, &str)] = &[
    ("گاه", "ɡɑh"),
    ("مند", "mand"),
    ("ستان", "estɑn"),
    ("انه", "ɑne"),
    ("چه", "ʧe"),
    ("ناک", "nɑk"),
    ("گر", "ɡar"),
    ("گری", "ɡari"),
    ("گرا", "ɡerɑ"),
    ("گرایی", "ɡerɑji"),
    ("بان", "bɑn"),
    ("دان", "dɑn"),
    ("دانی", "dɑni"),
    ("وار", "vɑr"),
    ("ور", "var"),
    ("دار", "dɑr"),
    ("داری", "dɑri"),
    ("کار", "kɑr"),
    ("کاری", "kɑri"),
    ("ساز", "sɑz"),
    ("سازی", "sɑzi"),
    ("باز", "bɑz"),
    ("بازی", "bɑzi"),
    ("گذار", "ɡozɑr"),
    ("گذاری", "ɡozɑri"),
    ("گزار", "ɡozɑr"),
    ("گزاری", "ɡozɑri"),
    ("گیر", "ɡir"),
    ("گیری", "ɡiri"),
    ("پذیر", "pazir"),
    ("پذیری", "paziri"),
    ("شناس", "ʃenɑs"),
    ("شناسی", "ʃenɑsi"),
    ("آمیز", "ɑmiz"),
    ("آور", "ɑvar"),
    ("انگیز", "anɡiz"),
    ("نامه", "nɑme"),
    ("خانه", "xɑne"),
    ("نویس", "nevis"),
    ("نویسی", "nevisi"),
    ("فروش", "foruʃ"),
    ("فروشی", "foruʃi"),
    ("پرست", "parast"),
    ("پرستی", "parasti"),
    ("پوش", "puʃ"),
    ("سوز", "suz"),
    ("سوزی", "suzi"),
    ("بخش", "baxʃ"),
    ("بندی", "bandi"),
    ("بین", "bin"),
    ("بینی", "bini"),
    ("خواه", "xɑh"),
    ("خواهی", "xɑhi"),
    ("یاب", "jɑb"),
    ("یابی", "jɑbi"),
    ("پرداز", "pardɑz"),
    ("پردازی", "pardɑzi"),
    ("ریزی", "rizi"),
    ("زدایی", "zodɑji"),
    ("زنی", "zani"),
    ("زده", "zade"),
    ("دهی", "dehi"),
    ("دهنده", "dehande"),
    ("کننده", "konande"),
    ("رسانی", "resɑni"),
    ("نشین", "neʃin"),
    ("گونه", "ɡune"),
    ("وارد", "vɑred"),
    ("پور", "pur"),
    ("زاده", "zɑde"),
    ("آباد", "ɑbɑd"),
    ("روی", "ravi"),
];

/// Prefixes that make words.
pub const PREFIXES: &[(&str, &str)] = &[
    ("بی", "bi"),
    ("نا", "nɑ"),
    ("هم", "ham"),
    ("پر", "por"),
    ("کم", "kam"),
    ("پیش", "piʃ"),
    ("پس", "pas"),
    ("غیر", "qejr"),
    ("ضد", "zedd"),
    ("فرا", "farɑ"),
    ("خوش", "xoʃ"),
    ("بد", "bad"),
    ("نیم", "nim"),
    ("چند", "ʧand"),
    ("ابر", "abar"),
    ("خود", "xod"),
    ("هر", "har"),
    ("این", "in"),
    ("به", "be"),
    ("در", "dar"),
    ("باز", "bɑz"),
    ("با", "bɑ"),
];
