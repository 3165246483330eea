//! Abbreviations, titles, units and letter names as the segmenter needs them.

/// Titles before a name: a stop after them ends nothing.
pub const TITLES: &[&str] = &["د", "أ", "ا", "م", "أ.د", "ا.د", "أ.م.د", "ا.م.د", "أ.م", "ا.م", "دكتور", "آ"];

/// Titles that take a one-letter proclitic (ود. لد. فم.).
pub const TITLES_WITH_PROCLITIC: &[&str] = &["د", "م", "أ", "ا", "أ.د", "ا.د"];

/// Proclitics that titles take.
pub const TITLE_PROCLITICS: &[char] = &['و', 'ل', 'ف'];

/// Abbreviations after which a text goes on.
pub const ABBREVIATIONS: &[&str] =
    &["ص.ب", "ت.ب", "ج.م.ع", "أ.ف.ب", "ا.ف.ب", "د.ب.أ", "د.ب.ا", "تلفون", "ط", "ج"];

/// Units after a number: a stop after them ends a segment only before a word
/// that opens a clause.
pub const UNITS: &[&str] = &["م", "هـ", "ق.م", "ق.ه", "كجم", "كغم", "كم", "سم", "مم", "غ", "ل", "ش"];

/// Words that open a clause after a unit; a leading و does, too.
pub const CLAUSE_OPENERS: &[&str] = &["ثم", "كما"];

/// Names of Latin letters as they are spelled in Arabic (إف. جيه. كينيدي).
pub const LETTER_NAMES: &[&str] = &[
    "إيه",
    "ايه",
    "بي",
    "سي",
    "دي",
    "إي",
    "اي",
    "إف",
    "اف",
    "جي",
    "جيه",
    "إتش",
    "اتش",
    "آي",
    "كيه",
    "كي",
    "إل",
    "ال",
    "إم",
    "ام",
    "إن",
    "ان",
    "أو",
    "او",
    "بيه",
    "كيو",
    "آر",
    "ار",
    "إس",
    "اس",
    "تي",
    "يو",
    "في",
    "دبليو",
    "إكس",
    "اكس",
    "واي",
    "زد",
];

/// Latin abbreviations, without their last stop.
pub const LATIN: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "e.g", "i.e", "inc", "ltd", "co", "corp", "no",
    "fig", "vol", "pp", "ed", "al", "gen", "col", "lt", "sgt", "capt", "rev", "hon", "gov", "sen", "rep",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "approx", "dept",
    "est", "cf",
];

/// Arabic top-level domains: a dot before them is inside a name (موقع.مصر).
pub const ARABIC_TOP_LEVEL_DOMAINS: &[&str] = &[
    "مصر",
    "السعودية",
    "امارات",
    "الاردن",
    "فلسطين",
    "قطر",
    "سوريا",
    "سورية",
    "تونس",
    "الجزائر",
    "المغرب",
    "عمان",
    "عراق",
    "السودان",
    "اليمن",
    "ليبيا",
    "لبنان",
    "موريتانيا",
    "البحرين",
    "شبكة",
    "موقع",
    "بازار",
    "بيتك",
    "كوم",
    "ارامكو",
    "ابوظبي",
    "العليان",
    "اتصالات",
    "همراه",
    "ایران",
    "ايران",
    "پاکستان",
    "پاكستان",
    "بھارت",
    "ڀارت",
    "مليسيا",
    "كاثوليك",
    "عرب",
];
