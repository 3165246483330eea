//! Words for numbers.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// A word for a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NumberWord {
    /// A cardinal or an ordinal: خمسة, الخامس, five, fifth.
    Count(f64),
    /// A word that multiplies the number before it: ألف, مليون, hundred.
    Scale(f64),
    /// عشر after a number below ten, which it makes greater by ten; otherwise it is ten.
    Ten,
    /// A fraction or a multiple: نصف, ربع, ضعف, half, double.
    Fraction(f64),
}

use NumberWord::{Count, Fraction, Scale, Ten};

/// The folded forms of Arabic number words. Those of 3 to 9 and the ordinals are made from [`ONES`].
const ARABIC: [(&str, NumberWord); 67] = [
    ("صفر", Count(0.0)),
    ("واحد", Count(1.0)),
    ("واحده", Count(1.0)),
    ("اثنان", Count(2.0)),
    ("اثنين", Count(2.0)),
    ("اثنتان", Count(2.0)),
    ("اثنتين", Count(2.0)),
    ("اثنا", Count(2.0)),
    ("اثني", Count(2.0)),
    ("اثنتا", Count(2.0)),
    ("اثنتي", Count(2.0)),
    ("مرتان", Count(2.0)),
    ("مرتين", Count(2.0)),
    ("عشر", Ten),
    ("عشره", Ten),
    ("عشرون", Count(20.0)),
    ("عشرين", Count(20.0)),
    ("مءه", Scale(100.0)),
    ("ماءه", Scale(100.0)),
    ("ميه", Scale(100.0)),
    ("مءتان", Count(200.0)),
    ("مءتين", Count(200.0)),
    ("مءتا", Count(200.0)),
    ("مءتي", Count(200.0)),
    ("ماءتان", Count(200.0)),
    ("ماءتين", Count(200.0)),
    ("الف", Scale(1e3)),
    ("الاف", Scale(1e3)),
    ("الفان", Count(2e3)),
    ("الفين", Count(2e3)),
    ("الفا", Scale(1e3)),
    ("مليون", Scale(1e6)),
    ("مليونا", Scale(1e6)),
    ("ملايين", Scale(1e6)),
    ("مليونان", Count(2e6)),
    ("مليونين", Count(2e6)),
    ("مليار", Scale(1e9)),
    ("مليارا", Scale(1e9)),
    ("مليارات", Scale(1e9)),
    ("ملياران", Count(2e9)),
    ("مليارين", Count(2e9)),
    ("بليون", Scale(1e9)),
    ("بلايين", Scale(1e9)),
    ("تريليون", Scale(1e12)),
    ("ترليون", Scale(1e12)),
    ("تريليونات", Scale(1e12)),
    ("نصف", Fraction(0.5)),
    ("نصفا", Fraction(0.5)),
    ("ثلث", Fraction(1.0 / 3.0)),
    ("ثلثا", Fraction(2.0 / 3.0)),
    ("ثلثي", Fraction(2.0 / 3.0)),
    ("ثلثان", Fraction(2.0 / 3.0)),
    ("ثلثين", Fraction(2.0 / 3.0)),
    ("ربع", Fraction(0.25)),
    ("ارباع", Fraction(0.25)),
    ("سدس", Fraction(1.0 / 6.0)),
    ("ضعف", Fraction(2.0)),
    ("ضعفا", Fraction(2.0)),
    ("ضعفي", Fraction(2.0)),
    ("ضعفين", Fraction(2.0)),
    ("اول", Count(1.0)),
    ("اولي", Count(1.0)),
    ("اولا", Count(1.0)),
    ("حادي", Count(1.0)),
    ("حاديه", Count(1.0)),
    ("احد", Count(1.0)),
    ("احدي", Count(1.0)),
];

/// The cardinal of 2 to 10 without ending, and the ordinal.
const ONES: [(&str, &str, f64); 9] = [
    ("اثن", "ثان", 2.0),
    ("ثلاث", "ثالث", 3.0),
    ("اربع", "رابع", 4.0),
    ("خمس", "خامس", 5.0),
    ("ست", "سادس", 6.0),
    ("سبع", "سابع", 7.0),
    ("ثمان", "ثامن", 8.0),
    ("تسع", "تاسع", 9.0),
    ("عشر", "عاشر", 10.0),
];

/// English number words.
const ENGLISH: [(&str, NumberWord); 64] = [
    ("zero", Count(0.0)),
    ("one", Count(1.0)),
    ("once", Count(1.0)),
    ("two", Count(2.0)),
    ("twice", Count(2.0)),
    ("three", Count(3.0)),
    ("four", Count(4.0)),
    ("five", Count(5.0)),
    ("six", Count(6.0)),
    ("seven", Count(7.0)),
    ("eight", Count(8.0)),
    ("nine", Count(9.0)),
    ("ten", Count(10.0)),
    ("eleven", Count(11.0)),
    ("twelve", Count(12.0)),
    ("dozen", Count(12.0)),
    ("thirteen", Count(13.0)),
    ("fourteen", Count(14.0)),
    ("fifteen", Count(15.0)),
    ("sixteen", Count(16.0)),
    ("seventeen", Count(17.0)),
    ("eighteen", Count(18.0)),
    ("nineteen", Count(19.0)),
    ("twenty", Count(20.0)),
    ("thirty", Count(30.0)),
    ("forty", Count(40.0)),
    ("fifty", Count(50.0)),
    ("sixty", Count(60.0)),
    ("seventy", Count(70.0)),
    ("eighty", Count(80.0)),
    ("ninety", Count(90.0)),
    ("hundred", Scale(100.0)),
    ("hundreds", Scale(100.0)),
    ("thousand", Scale(1e3)),
    ("thousands", Scale(1e3)),
    ("million", Scale(1e6)),
    ("millions", Scale(1e6)),
    ("billion", Scale(1e9)),
    ("billions", Scale(1e9)),
    ("trillion", Scale(1e12)),
    ("first", Count(1.0)),
    ("second", Count(2.0)),
    ("third", Count(3.0)),
    ("fourth", Count(4.0)),
    ("fifth", Count(5.0)),
    ("sixth", Count(6.0)),
    ("seventh", Count(7.0)),
    ("eighth", Count(8.0)),
    ("ninth", Count(9.0)),
    ("tenth", Count(10.0)),
    ("eleventh", Count(11.0)),
    ("twelfth", Count(12.0)),
    ("twentieth", Count(20.0)),
    ("thirtieth", Count(30.0)),
    ("hundredth", Count(100.0)),
    ("half", Fraction(0.5)),
    ("halves", Fraction(0.5)),
    ("thirds", Fraction(1.0 / 3.0)),
    ("quarter", Fraction(0.25)),
    ("quarters", Fraction(0.25)),
    ("double", Fraction(2.0)),
    ("triple", Fraction(3.0)),
    ("quadruple", Fraction(4.0)),
    ("thrice", Count(3.0)),
];

/// Fractions that are one character.
const VULGAR: [(&str, f64); 11] = [
    ("½", 0.5),
    ("¼", 0.25),
    ("¾", 0.75),
    ("⅓", 1.0 / 3.0),
    ("⅔", 2.0 / 3.0),
    ("⅕", 0.2),
    ("⅙", 1.0 / 6.0),
    ("⅛", 0.125),
    ("⅜", 0.375),
    ("⅝", 0.625),
    ("⅞", 0.875),
];

/// Roman numerals that are not also English words.
const ROMAN: [&str; 21] = [
    "", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi",
    "xvii", "xviii", "xix", "xx",
];

static WORDS: LazyLock<FxHashMap<String, NumberWord>> = LazyLock::new(all_words);

fn all_words() -> FxHashMap<String, NumberWord> {
    let mut all = FxHashMap::default();
    for (cardinal, ordinal, value) in ONES {
        let mut add = |word: String, value: f64| all.insert(word, Count(value));
        for ending in ["", "ه"] {
            add(format!("{cardinal}{ending}"), value);
        }
        for ending in ["", "ه", "ا", "ي", "يه", "يا"] {
            add(format!("{ordinal}{ending}"), value);
        }
        if (3.0..10.0).contains(&value) {
            for ending in ["ون", "ين"] {
                add(format!("{cardinal}{ending}"), value * 10.0);
            }
            for hundred in ["مءه", "ماءه", "ميه"] {
                add(format!("{cardinal}{hundred}"), value * 100.0);
                add(format!("{cardinal}ي{hundred}"), value * 100.0);
            }
        }
    }
    // Eight has a final ي, which is written or not: ثمانية, ثماني, ثمان.
    for eight in ["ثماني", "ثمانيه"] {
        all.insert(eight.to_owned(), Count(8.0));
    }
    for (word, value) in ARABIC.iter().chain(&ENGLISH) {
        all.insert((*word).to_owned(), *value);
    }
    for (sign, value) in VULGAR {
        all.insert(sign.to_owned(), Fraction(value));
    }
    for (value, numeral) in (0_u8..).zip(ROMAN).skip(1) {
        all.insert(numeral.to_owned(), Count(f64::from(value)));
    }
    all
}

/// Returns the number that a folded word is, and whether و (and) joins it to the word before it. A number
/// can have the article and a preposition: «والخمسين» is 50, joined.
///
/// A word such as «ضعف» (double, or weakness) also has other meanings, so a caller should compare a number
/// word only with another number.
#[must_use]
pub fn number_word(word: &str) -> Option<(NumberWord, bool)> {
    if let Some(number) = WORDS.get(word) {
        return Some((*number, false));
    }
    let conjunctions = [(Some(word), false), (word.strip_prefix('و'), true), (word.strip_prefix('ف'), false)];
    conjunctions.into_iter().find_map(|(rest, joined)| {
        let rest = rest?;
        ["", "ال", "ب", "بال", "ل", "لل", "ك", "كال"].into_iter().find_map(|prefix| {
            let number = WORDS.get(rest.strip_prefix(prefix)?)?;
            Some((*number, joined))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{
        NumberWord::{Count, Fraction, Scale, Ten},
        number_word,
    };
    use crate::text::folded;

    #[test]
    fn words_have_their_values() {
        for (word, expected) in [
            ("خمسة", Some((Count(5.0), false))),
            ("الخامسة", Some((Count(5.0), false))),
            ("وخمسون", Some((Count(50.0), true))),
            ("والخمسين", Some((Count(50.0), true))),
            ("ثلاثمئة", Some((Count(300.0), false))),
            ("ثمانمائة", Some((Count(800.0), false))),
            ("مائة", Some((Scale(100.0), false))),
            ("ملايين", Some((Scale(1e6), false))),
            ("عشرة", Some((Ten, false))),
            ("نصف", Some((Fraction(0.5), false))),
            ("½", Some((Fraction(0.5), false))),
            ("vii", Some((Count(7.0), false))),
            ("seventh", Some((Count(7.0), false))),
            ("كتاب", None),
            ("وزارة", None),
        ] {
            assert_eq!(number_word(&folded(word)), expected, "{word}");
        }
    }
}
