//! Abbreviations, titles, units and letter names for the segmentation of Arabic. A stop after one
//! of them does not always end a segment.

/// Titles before a name. A stop after a title does not end a segment.
pub const TITLES: &[&str] = &["د", "أ", "ا", "م", "أ.د", "ا.د", "أ.م.د", "ا.م.د", "أ.م", "ا.م", "دكتور", "آ"];

/// Titles that can follow a proclitic, with the letters of the proclitics (ود. لأ.د. فد.). Pairs
/// such as لا and لم are missing because they are words that can end a sentence.
pub const TITLES_WITH_PROCLITIC: &[(&str, &str)] =
    &[("د", "ولف"), ("أ", "ولف"), ("أ.د", "ولف"), ("ا.د", "ولف"), ("م", "و")];

/// Abbreviations inside a sentence. A stop after one does not end a segment.
pub const ABBREVIATIONS: &[&str] =
    &["ص.ب", "ت.ب", "ج.م.ع", "أ.ف.ب", "ا.ف.ب", "د.ب.أ", "د.ب.ا", "تلفون", "ط", "ج"];

/// Units after a number. A stop after a unit ends a segment only before a word that opens a clause.
pub const UNITS: &[&str] = &["م", "هـ", "ق.م", "ق.ه", "كجم", "كغم", "كم", "سم", "مم", "غ", "ل", "ش"];

/// Words that open a clause after a unit or an initial. A word that starts with و also does.
pub const CLAUSE_OPENERS: &[&str] = &["ثم", "كما"];

/// Names of Latin letters, spelled in Arabic (إف. جيه. كينيدي).
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

/// The letter names that are not also other words. A stop after one belongs to an initial
/// (جون إف. كينيدي) unless a new clause opens. في is included although it is also a preposition,
/// because a sentence does not end with a preposition.
pub const UNAMBIGUOUS_LETTER_NAMES: &[&str] =
    &["إف", "جيه", "إتش", "اتش", "كيه", "بيه", "آر", "إس", "إم", "إل", "دبليو", "إكس", "اكس", "زد", "في"];

/// Verbs of saying. If nothing else follows a quotation up to the next stop, the verb belongs to its segment.
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

/// Words that attribute the quotation before them to a speaker.
pub const ATTRIBUTION_WORDS: &[&str] = &["حسبما", "وفقما", "مثلما"];

/// Abbreviations in Latin script, in lower case and without their last stop.
pub const LATIN_ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "e.g", "i.e", "inc", "ltd", "co", "corp", "no",
    "fig", "vol", "pp", "ed", "al", "gen", "col", "lt", "sgt", "capt", "rev", "hon", "gov", "sen", "rep",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "approx", "dept",
    "est", "cf",
];

/// Arabic top-level domains. A dot before one is part of a domain name (موقع.مصر).
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
