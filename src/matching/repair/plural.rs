//! Which numbers count things, and which plural category they ask for.

use crate::{
    matching::values::{Value, ValueKind},
    text::{folded, is_arabic_letter},
};

/// Plural categories of CLDR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Category {
    Zero,
    One,
    Two,
    Few,
    Many,
    Other,
}

/// Which language's rules to go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Arabic,
    /// One and other; also the rule for languages that have no rules here.
    English,
}

impl Language {
    pub(super) fn category(self, integer: &str) -> Category {
        let digits = integer.trim_start_matches('-').trim_start_matches('0');
        let last_two: u32 =
            digits.get(digits.len().saturating_sub(2)..).and_then(|d| d.parse().ok()).unwrap_or(0);
        match (self, digits, last_two) {
            (_, "1", _) => Category::One,
            (Self::English, ..) => Category::Other,
            (_, "", _) => Category::Zero,
            (_, "2", _) => Category::Two,
            (_, _, 3..=10) => Category::Few,
            (_, _, 11..=99) => Category::Many,
            _ => Category::Other,
        }
    }
}

/// Arabic words, folded, that make the number behind them a label, a year or
/// a time and not a count.
const ARABIC_LABELS: &str = "\
    عام عامي سنه سنتي الاعوام السنوات عقد شهر يوم اليوم الساعه رقم الرقم ماده الماده المادتين \
    المواد فقره الفقره بند البند فصل الفصل باب الباب صفحه الصفحه الصفحات صفحتي جدول الجدول شكل \
    الشكل طابق الطابق دور الدور قناه القناه غرفه الغرفه قاعه القاعه بوابه البوابه رحله الرحله \
    قرار القرار اصدار الاصدار نسخه النسخه مركز المركز مرتبه المرتبه قانون القانون خط الخط مستوي \
    المستوي درس الدرس الخطوه";

/// Arabic words, folded, that follow a number but are not what it counts.
const ARABIC_NO_NOUNS: &str = "\
    في من الي علي عن مع او ام ثم بعد قبل حتي منذ هي هو هم ان لا لم لن فقط تقريبا بين عند لدي كل \
    بالمءه بالماءه ولا وفي ومن صباحا مساء ظهرا عصرا ليلا ميلاديه هجريه ميلاديا هجريا ه م كم كلم \
    كجم كغم كغ سم مم مل غ ملغ ملغم لذلك";

/// Months, folded, of the calendars in use.
const ARABIC_MONTHS: &str = "\
    يناير فبراير مارس ابريل مايو يونيو يونيه يوليو يوليه اغسطس سبتمبر اكتوبر نوفمبر ديسمبر كانون \
    شباط اذار نيسان ايار حزيران تموز اب ايلول تشرين محرم صفر ربيع جمادي رجب شعبان رمضان شوال ذي \
    ذو جانفي فيفري جويليه اوت";

/// Words before a number of four digits that make it a year.
const BEFORE_YEARS: &str = "\
    في منذ قبل بعد حتي خلال اواءل اواخر مطلع";

/// English words that make the number behind them a label or a time.
const ENGLISH_LABELS: &str = "\
    article articles page pages chapter section table figure floor channel version room gate \
    flight paragraph number no item step level grade phase line bus route resolution law clause \
    rule question lesson building platform track apartment ward group size year at hall part \
    volume tel";

/// English words that follow a number but are not what it counts.
const ENGLISH_NO_NOUNS: &str = "\
    of in on at and or to for from by with is are was were be the a an has have had will would \
    can may must than then per percent as but if that which who it he she they until after \
    before since during between not each am pm a.m p.m ah ad bc ce km kg cm mm m g gb mb kb tb \
    ml l x january february";

const ENGLISH_MONTHS: &str = "\
    march april june july august september october november december jan feb mar apr jun jul aug \
    sep sept oct nov dec";

/// Says for each value of a text whether it counts things, so that its plural
/// category matters to the words around it. In doubt it does.
///
/// A number does not count when it is no integer, a percentage, a year, part
/// of a date, a time, or a label («المادة 5»); when no noun follows it; when
/// what follows is definite («5 الأولى»), a unit's abbreviation or a
/// particle. What is said of one number holds for those joined to it by «و»,
/// «إلى» or a dash.
pub(super) fn counting(text: &str, values: &[Value], language: Language) -> Vec<bool> {
    let mut labelled_before = false;
    let mut end_before = 0;
    let one = |value: &Value| {
        let joined = text.get(end_before..value.range.start).is_some_and(is_joint) && end_before > 0;
        let labelled = is_labelled(text, value, language) || joined && labelled_before;
        labelled_before = labelled;
        end_before = value.end;
        value.kind == ValueKind::Integer
            && !value.percent
            && !labelled
            && next_word(text, value).is_some_and(|(word, glued)| counts(&word, glued, language))
    };
    values.iter().map(one).collect()
}

fn is_joint(between: &str) -> bool {
    matches!(
        folded(between).as_str(),
        "" | "و" | "-" | "–" | "—" | "," | "الي" | "او" | "و-" | "to" | "and" | "or"
    )
}

/// The folded word behind a value, and whether nothing stands between.
fn next_word(text: &str, value: &Value) -> Option<(String, bool)> {
    let rest = text.get(value.end..)?;
    let trimmed = rest.trim_start_matches([' ', '\u{a0}', '\u{200f}', '\u{200e}']);
    let hyphen = trimmed.strip_prefix('-').filter(|_| trimmed.len() == rest.len());
    let word = hyphen.unwrap_or(trimmed);
    let end =
        word.find(|c: char| !(c.is_alphabetic() || c == '.' || is_mark_or_joiner(c))).unwrap_or(word.len());
    let word = folded(word.get(..end)?.trim_end_matches('.'));
    (!word.is_empty()).then_some((word, trimmed.len() == rest.len()))
}

fn is_mark_or_joiner(c: char) -> bool {
    crate::text::is_mark(c) || c == 'ـ'
}

/// The folded word before a value.
fn word_before(text: &str, value: &Value) -> Option<(String, bool)> {
    let head = text.get(..value.range.start)?;
    let trimmed = head.trim_end_matches([' ', '\u{a0}', '.', ':', '#', '(', 'ـ']);
    let start = trimmed.rfind(|c: char| !(c.is_alphabetic() || is_mark_or_joiner(c)));
    let from =
        start.map_or(0, |at| at + trimmed.get(at..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8));
    let word = folded(trimmed.get(from..)?);
    (!word.is_empty()).then_some((word, head.ends_with(':')))
}

fn is_labelled(text: &str, value: &Value, language: Language) -> bool {
    let Some((word, _)) = word_before(text, value) else { return false };
    match language {
        Language::Arabic => {
            let bare = word.strip_prefix(['و', 'ف']).unwrap_or(&word);
            let bare_of_preposition = bare.strip_prefix(['ب', 'ل', 'ك']).unwrap_or(bare);
            let label = [word.as_str(), bare, bare_of_preposition].iter().any(|w| is_in(ARABIC_LABELS, w))
                || bare.strip_prefix("لل").is_some_and(|w| is_in(ARABIC_LABELS, w));
            label || is_year(value) && [word.as_str(), bare].iter().any(|w| is_in(BEFORE_YEARS, w))
        }
        Language::English => is_in(ENGLISH_LABELS, word.as_str()),
    }
}

/// Says whether a number looks like a year of our time.
fn is_year(value: &Value) -> bool {
    value.kind == ValueKind::Integer
        && value.worth.len() == 4
        && value.worth.starts_with("19") | value.worth.starts_with("20")
}

fn counts(word: &str, glued: bool, language: Language) -> bool {
    match language {
        Language::Arabic if !word.contains(is_arabic_letter) => counts(word, glued, Language::English),
        Language::Arabic => {
            // 1445هـ, 5كم: a letter or two right behind is an abbreviation.
            let abbreviation = glued && word.chars().count() <= 2;
            let definite = word.starts_with("ال") && word.chars().count() > 4;
            let no_noun = is_in(ARABIC_NO_NOUNS, word) || is_in(ARABIC_MONTHS, word);
            !abbreviation && !definite && !no_noun
        }
        Language::English => !is_in(ENGLISH_NO_NOUNS, word) && !is_in(ENGLISH_MONTHS, word),
    }
}

/// Says whether a word is among others, parted by spaces.
fn is_in(words: &str, word: &str) -> bool {
    words.split(' ').any(|w| w == word)
}

#[cfg(test)]
mod tests {
    use super::{Category, Language, counting};
    use crate::matching::values::values;

    #[test]
    fn categories_are_those_of_cldr() {
        for (n, arabic) in [
            ("0", Category::Zero),
            ("1", Category::One),
            ("2", Category::Two),
            ("3", Category::Few),
            ("10", Category::Few),
            ("11", Category::Many),
            ("99", Category::Many),
            ("100", Category::Other),
            ("102", Category::Other),
            ("103", Category::Few),
            ("111", Category::Many),
            ("1000", Category::Other),
        ] {
            assert_eq!(Language::Arabic.category(n), arabic, "{n}");
        }
        assert_eq!(Language::English.category("1"), Category::One);
        assert_eq!(Language::English.category("21"), Category::Other);
    }

    #[test]
    fn labels_years_and_units_do_not_count() {
        for (text, expected) in [
            ("اشترت 5 حواسيب", vec![true]),
            ("المادة 5 تنص على", vec![false]),
            ("بين عامي 2004 و2009 رممت", vec![false, false]),
            ("في 2019 ارتفعت الصادرات", vec![false]),
            ("5 مايو 2015", vec![false, false]),
            ("الساعة 9 صباحا", vec![false]),
            ("طوله 5 كم", vec![false]),
            ("عدد الطلاب: 25", vec![false]),
            ("خصم 5% على", vec![false]),
            ("النتيجة 3-1", vec![false, false]),
        ] {
            assert_eq!(counting(text, &values(text), Language::Arabic), expected, "{text}");
        }
        for (text, expected) in [
            ("5 new computers", vec![true]),
            ("Article 5 states", vec![false]),
            ("at 1 p.m.", vec![false]),
            ("1 percent of", vec![false]),
            ("Score: 25", vec![false]),
        ] {
            assert_eq!(counting(text, &values(text), Language::English), expected, "{text}");
        }
    }
}
