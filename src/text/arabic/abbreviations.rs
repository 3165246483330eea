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

/// Units after a number, without tatweel. A stop after a unit ends a segment unless the clause goes on, for example
/// with one of [`AFTER_UNITS`].
pub const UNITS: &[&str] = &[
    "م", "ه", "كجم", "كغم", "كغ", "كم", "كلم", "سم", "مم", "ملم", "مل", "ملغ", "غ", "غم", "ل", "ش", "ص", "ظ",
];

/// Words with which a clause goes on after a unit: prepositions, conjunctions, relative pronouns, and what specifies
/// a measure or a date (مربع، الموافق).
pub const AFTER_UNITS: &[&str] = &[
    "في", "من", "إلى", "الى", "على", "عن", "حتى", "بين", "قبل", "بعد", "تحت", "فوق", "عند", "لدى", "منذ",
    "خلال", "حول", "نحو", "ضد", "مع", "دون", "عبر", "داخل", "خارج", "أمام", "وراء", "خلف", "قرب", "أو", "او",
    "أم", "أي", "التي", "الذي", "مربع", "مربعة", "مكعب", "مكعبة", "مربعا", "طولي", "فقط", "شمال", "جنوب",
    "شرق", "غرب", "شمالي", "جنوبي", "شرقي", "غربي", "الموافق", "المصادف", "غدا", "اليوم", "أمس", "مساء",
    "صباح", "يوم", "لكل", "لمدة", "لغاية", "بسرعة", "بعرض", "بطول", "بعمق", "بارتفاع", "بمعدل", "بتوقيت",
    "باتجاه", "بدلا", "تقريبا", "كل",
];

/// The beginnings of phrases with which a clause goes on after a unit: a preposition with the article.
pub const PHRASES_AFTER_UNITS: &[&str] = &["بال", "لل", "كال"];

/// Words that open a clause after a unit or an initial. A word that starts with و also does.
pub const CLAUSE_OPENERS: &[&str] = &[
    "ثم", "كما", "لكن", "لقد", "قد", "لم", "لن", "ليس", "ليست", "هذا", "هذه", "هكذا", "كان", "كانت", "إذا",
    "عندما", "بينما", "لماذا", "ماذا", "حينما", "إنه", "إنها",
];

/// Abbreviations after which a list of examples ends.
pub const ET_CETERA: &[&str] = &["إلخ", "الخ"];

/// Abbreviations of انتهى at the end of a quotation, without tatweel. A stop after one ends a segment.
pub const ENDS_OF_QUOTATION: &[&str] = &["ا.ه", "أ.ه"];

/// Words, without article and prepositions, after which a single letter is surely a label and not a title or an
/// initial: فيتامين د، التهاب الكبد ب، الحرف ق.
pub const CERTAIN_LABELS: &[&str] = &[
    "فيتامين", "فيتامينات", "كبد", "وبائي", "حرف", "إنفلونزا", "أنفلونزا", "انفلونزا", "هيموفيليا",
];

/// Words after which a single letter is usually a label: الفئة أ، الملحق ب.
pub const LABELS: &[&str] = &[
    "فئة", "مجموعة", "نوع", "صنف", "صف", "فصل", "قسم", "شعبة", "ملحق", "مرفق", "جدول", "بند", "فقرة", "مادة",
    "شكل", "نقطة", "وحدة", "مستوى", "خيار", "درجة", "محور", "مبنى", "قاعة", "بوابة", "سؤال", "جواب",
    "إجابة", "خطة", "نموذج", "باب", "ركن", "جناح", "منطقة", "نسخة", "طراز", "قطاع", "فريق", "طبقة", "زمرة",
    "فصيلة", "خلايا", "خلية", "مرحلة", "عينة", "لوحة", "قطعة", "عمود", "برج", "مدخل", "دائرة", "فيروس",
    "سلسلة", "طابق", "غرفة", "رمز", "مسار", "خط", "زاوية", "ضلع", "متغير",
];

/// Words of two letters that can open a sentence. Other words of two letters after a stop without a space may be a
/// part of a name: بي.إن
pub const SHORT_OPENERS: &[&str] = &[
    "تم", "لم", "في", "إن", "أن", "من", "لن", "إذ", "ثم", "قد", "لا", "هو", "هي", "هم", "هن", "ما", "مع", "عن",
    "هل", "كل", "لو", "يا", "أم", "أو", "أي", "بل", "كم", "كي", "له", "لي", "لك", "به", "مر", "رد", "عد", "ضم",
    "حث", "شن", "كن", "قل", "دع", "خذ", "ضع", "نص", "ظل", "صح", "جد",
];

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
    "سأله",
    "سألته",
    "سألها",
    "سألتها",
    "سألني",
    "تساءل",
    "تساءلت",
    "أجاب",
    "أجابت",
    "أجبت",
    "أجابه",
    "أجابته",
    "أجابها",
    "أجابتها",
    "أجابني",
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

/// Words that do not name a speaker. After a verb of saying, they begin what is said or what the verb is about.
pub const NO_SPEAKER: &[&str] = &[
    "أن", "إن", "أنه", "إنه", "أنها", "إنها", "أنهم", "إنهم", "أنني", "إنني", "أننا", "إننا", "أني", "إني", "بأن",
    "بأنه", "بأنها", "بأنهم", "ذلك", "هذا", "هذه", "الأمر", "ما", "كل", "لن", "لم", "لا", "قد", "سوف",
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
