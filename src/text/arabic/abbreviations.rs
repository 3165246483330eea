//! Abbreviations, titles, units and letter names as the segmenter needs them.

/// Titles before a name: a stop after them ends nothing.
pub const TITLES: &[&str] = &["د", "أ", "ا", "م", "أ.د", "ا.د", "أ.م.د", "ا.م.د", "أ.م", "ا.م", "دكتور", "آ"];

/// Titles that take a proclitic, and which ones (ود. لأ.د. فد.). Not every
/// pair: لا and لم are words that end sentences.
pub const TITLES_WITH_PROCLITIC: &[(&str, &str)] =
    &[("د", "ولف"), ("أ", "ولف"), ("أ.د", "ولف"), ("ا.د", "ولف"), ("م", "و")];

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

/// Those of them that are no other word: a stop after one is that of an
/// initial (جون إف. كينيدي) unless a new clause opens. في is a preposition,
/// too, but no sentence ends with that.
pub const INITIALS: &[&str] =
    &["إف", "جيه", "إتش", "اتش", "كيه", "بيه", "آر", "إس", "إم", "إل", "دبليو", "إكس", "اكس", "زد", "في"];

/// Verbs of saying. One that stands alone behind a quotation still belongs to it.
pub const SAY_VERBS: &[&str] = &[
    "قال",
    "قالت",
    "قالوا",
    "قلت",
    "سأل",
    "سألت",
    "سألوا",
    "تساءل",
    "تساءلت",
    "أجاب",
    "أجابت",
    "أجبت",
    "رد",
    "ردت",
    "صاح",
    "صاحت",
    "صرخ",
    "صرخت",
    "هتف",
    "هتفت",
    "هتفوا",
    "همس",
    "همست",
    "أضاف",
    "أضافت",
    "تابع",
    "تابعت",
    "أردف",
    "أردفت",
    "علق",
    "علقت",
    "أوضح",
    "أوضحت",
    "أكد",
    "أكدت",
    "ذكر",
    "ذكرت",
    "كتب",
    "كتبت",
];

/// Words that attribute what stands before them.
pub const ATTRIBUTIONS: &[&str] = &["حسبما", "وفقما", "مثلما"];

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
