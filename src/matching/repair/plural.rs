//! Decides which numbers count things, and which plural category they require.

use crate::{
    matching::values::{Value, ValueKind},
    text::{folded, is_arabic_letter, is_mark},
};

/// A plural category of CLDR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PluralCategory {
    Zero,
    One,
    Two,
    Few,
    Many,
    Other,
    /// The category of one integer in a language without rules.
    Unruled(String),
}

/// The language whose plural rules apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PluralLanguage {
    Arabic,
    /// It has the categories one and other.
    English,
    /// A language without rules here. Every integer has its own category.
    Other,
}

impl PluralLanguage {
    /// Returns the plural category of an integer.
    pub(crate) fn category(self, integer: &str) -> PluralCategory {
        let digits = integer.trim_start_matches('-').trim_start_matches('0');
        let last_two: u32 =
            digits.get(digits.len().saturating_sub(2)..).and_then(|d| d.parse().ok()).unwrap_or(0);
        match (self, digits, last_two) {
            (Self::Other, ..) => PluralCategory::Unruled(digits.to_owned()),
            (_, "1", _) => PluralCategory::One,
            (Self::English, ..) => PluralCategory::Other,
            (_, "", _) => PluralCategory::Zero,
            (_, "2", _) => PluralCategory::Two,
            (_, _, 3..=10) => PluralCategory::Few,
            (_, _, 11..=99) => PluralCategory::Many,
            _ => PluralCategory::Other,
        }
    }
}

/// Arabic words, folded, that make the number after them a label, a year or a time and not a count.
const ARABIC_LABELS: &str = "\
    عام عامي سنه سنتي الاعوام السنوات العام السنه الساعه رقم الرقم ماده الماده المادتين \
    المادتان المواد فقره الفقره بند البند الفصل الباب صفحه الصفحه الصفحات صفحتي جدول الجدول \
    الشكل طابق الطابق الدور قناه القناه غرفه الغرفه القاعه بوابه البوابه الرحله قرار القرار \
    الاصدار النسخه المركز المرتبه القانون الخط المستوي الدرس الخطوه اليوم الايه الملحق المرحله \
    المجموعه الاسبوع الحلقه المثال الصف السطر العنصر السوره المبني الطريق هاتف الهاتف السوءال \
    التمرين الملف العدد";

/// Arabic words, folded, that follow a number but are not what it counts.
const ARABIC_NON_NOUNS: &str = "\
    في من الي علي عن مع او ام ثم بعد قبل حتي منذ هي هو هم ان لا لم لن فقط تقريبا بين عند لدي \
    كل بالمءه بالماءه ولا وفي ومن صباحا مساء ظهرا عصرا ليلا ميلاديه هجريه ميلاديا هجريا ه م كم \
    كلم كجم كغم كغ سم مم مل غ ملغ ملغم ر.س د.ا ج.م لذلك";

/// Months, folded, of the calendars in use.
const ARABIC_MONTHS: &str = "\
    يناير فبراير مارس ابريل مايو يونيو يونيه يوليو يوليه اغسطس سبتمبر اكتوبر نوفمبر ديسمبر \
    كانون شباط اذار نيسان ايار حزيران تموز اب ايلول تشرين محرم صفر ربيع جمادي رجب شعبان رمضان \
    شوال ذي ذو جانفي فيفري جويليه اوت ماي غشت افريل جوان شتنبر نونبر دجنبر";

/// Arabic words, folded, after which a number that looks like a year is one.
const BEFORE_YEARS: &str = "\
    في منذ قبل بعد حتي خلال اواءل اواخر مطلع بحلول بين من الي موسم صيف شتاء ربيع خريف انتخابات \
    نهايه بدايه دوره";

/// English words that make the number after them a label or a time.
const ENGLISH_LABELS: &str = "\
    article articles page pages chapter section table figure floor channel version room gate \
    flight paragraph item step phase clause question lesson platform track apartment annex \
    appendix example episode verse season week day";

/// English words that make the number after them a label, but only if no noun follows.
const ENGLISH_WEAK_LABELS: &str = "\
    number no level grade line bus route resolution law rule building ward group size year \
    hall part volume tel rank score";

/// Units and similar words that follow a number and have no plural.
const ENGLISH_UNITS: &str = "\
    percent per km kg cm mm m g mg gb mb kb tb mhz ghz ml l x am pm a.m p.m ah ad bc ce sar \
    usd eur egp aed °c °f";

/// English words that may follow a label. They are not nouns that the number could count.
const ENGLISH_PARTICLES: &str = "\
    of in on at and or to for from by with is are was were the a an has have will can may must \
    states than as but if that which who until after before since during between not";

const ENGLISH_MONTHS: &str = "\
    january february march april may june july august september october november december jan \
    feb mar apr jun jul aug sep sept oct nov dec muharram safar rajab shaban ramadan shawwal";

/// Returns for each value of a text whether it counts things, so that the words around it depend on its
/// plural category. In doubt it does.
///
/// A number does not count things if it is not an integer, or if it is a percentage, a year, part of a date,
/// a time, or a label («المادة 5»), or if the abbreviation of a unit follows it. In Arabic it also does not
/// if no noun follows, or a definite noun, or a particle. In English a verb or pronoun may agree with a
/// number that no noun follows, so it counts unless a colon is before it.
///
/// A label also applies to the numbers that are joined to it by «و», «إلى», a dash or the like. For example,
/// both numbers of «بين عامي 2004 و2009» are years.
pub(crate) fn which_count(text: &str, values: &[Value], language: PluralLanguage) -> Vec<bool> {
    let mut labelled_before = false;
    let mut end_before = None;
    values
        .iter()
        .map(|value| {
            let between = end_before.and_then(|end| text.get(end..value.range.start));
            let labelled =
                is_labelled(text, value, language) || labelled_before && between.is_some_and(is_joint);
            labelled_before = labelled;
            end_before = Some(value.outer_end);
            value.kind == ValueKind::Integer
                && !is_percentage(text, value)
                && !labelled
                && may_count(text, value, language)
        })
        .collect()
}

/// Returns whether a value is a percentage, by a sign or in words.
pub(crate) fn is_percentage(text: &str, value: &Value) -> bool {
    // Longer than any of the words, with marks and spaces.
    const NEAR: usize = 96;
    let after = text.get(value.outer_end..).unwrap_or_default();
    let after = folded(after.get(..after.floor_char_boundary(NEAR)).unwrap_or_default());
    let words = ["percent", "per cent", "pct", "بالمءه", "بالماءه", "في المءه", "في الماءه"];
    value.percent || words.iter().any(|w| after.starts_with(w))
}

/// Returns whether the text between two numbers joins them.
fn is_joint(between: &str) -> bool {
    let joint = folded(between);
    matches!(joint.as_str(), "" | "و" | "-" | "الي" | "او" | "to" | "and" | "or")
}

/// Returns the text after a value without the brackets, quotation marks and markup that it begins with.
fn text_after<'t>(text: &'t str, value: &Value) -> &'t str {
    let mut rest = text.get(value.outer_end..).unwrap_or_default();
    loop {
        let trimmed = rest.trim_start_matches(|c: char| {
            c.is_whitespace()
                || matches!(c, ')' | ']' | '"' | '”' | '»' | '*' | '+' | '_' | '\u{200e}' | '\u{200f}')
        });
        let trimmed = trimmed.strip_prefix("&nbsp;").unwrap_or(trimmed);
        let trimmed = match trimmed.strip_prefix('<').and_then(|tag| tag.find('>').map(|at| (tag, at))) {
            Some((tag, at)) if at <= 40 => tag.get(at + 1..).unwrap_or_default(),
            _ => trimmed,
        };
        if trimmed.len() == rest.len() {
            return rest;
        }
        rest = trimmed;
    }
}

/// Returns the word after a value as it is written, and whether it touches the value.
fn next_word<'t>(text: &'t str, value: &Value) -> Option<(&'t str, bool)> {
    let rest = text_after(text, value);
    let glued = text.len() - rest.len() == value.outer_end;
    let word = if glued { rest.strip_prefix('-').unwrap_or(rest) } else { rest };
    let end = word.find(|c: char| !(is_of_word(c) || c == '.')).unwrap_or(word.len());
    let word = word.get(..end)?.trim_end_matches('.');
    word.starts_with(is_of_word).then_some((word, glued))
}

/// Returns whether a character belongs to a word or to a unit such as °C.
fn is_of_word(c: char) -> bool {
    c.is_alphabetic() || is_mark(c) || matches!(c, 'ـ' | '°')
}

/// Returns the folded word before a value, and the text between the two.
fn word_before<'t>(text: &'t str, value: &Value) -> Option<(String, &'t str)> {
    let head = text.get(..value.range.start)?;
    let trimmed = head.trim_end_matches([' ', '\u{a0}', '.', ':', '#', '(', 'ـ', '%', '٪']);
    let start = trimmed.rfind(|c: char| !(c.is_alphabetic() || is_mark(c) || c == 'ـ'));
    let from =
        start.map_or(0, |at| at + trimmed.get(at..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8));
    let word = folded(trimmed.get(from..)?);
    (!word.is_empty()).then_some((word, head.get(trimmed.len()..)?))
}

/// Returns whether the word before a value makes it a label, a year or a time.
fn is_labelled(text: &str, value: &Value, language: PluralLanguage) -> bool {
    let Some((word, between)) = word_before(text, value) else { return false };
    match language {
        PluralLanguage::Arabic => {
            let bare = word.strip_prefix(['و', 'ف']).unwrap_or(&word);
            let bare_of_preposition = bare.strip_prefix(['ب', 'ل', 'ك']).unwrap_or(bare);
            let label = [word.as_str(), bare, bare_of_preposition].iter().any(|w| is_in(ARABIC_LABELS, w))
                || bare.strip_prefix("لل").is_some_and(|w| is_in(ARABIC_LABELS, &format!("ال{w}")));
            label || is_year(value) && [word.as_str(), bare].iter().any(|w| is_in(BEFORE_YEARS, w))
        }
        PluralLanguage::English | PluralLanguage::Other => {
            let next = next_word(text, value).map(|(word, _)| folded(word));
            let alone = next.is_none_or(|w| is_in(ENGLISH_PARTICLES, &w));
            between.contains([':', '#']) && alone
                || is_in(ENGLISH_LABELS, &word)
                || is_in(ENGLISH_MONTHS, &word)
                || is_in(ENGLISH_WEAK_LABELS, &word) && alone
                || is_year(value) && is_in("in since of by until before after from to", &word)
        }
    }
}

/// Returns whether a number looks like a year from 1900 to 2099.
fn is_year(value: &Value) -> bool {
    value.kind == ValueKind::Integer
        && value.normal_form.len() == 4
        && ["19", "20"].iter().any(|century| value.normal_form.starts_with(century))
}

/// Returns whether the text around an integer allows it to count things.
fn may_count(text: &str, value: &Value, language: PluralLanguage) -> bool {
    let next = next_word(text, value);
    match (language, next) {
        (PluralLanguage::Arabic, None) => false,
        (PluralLanguage::Arabic, Some((word, glued))) if word.contains(is_arabic_letter) => {
            let plain = folded(word);
            // One or two letters that touch the number are an abbreviation: 1445هـ, 5كم.
            let abbreviation = glued && plain.chars().count() <= 2;
            // Not every noun with these letters is definite: ألعاب (games) is not.
            let definite =
                word.starts_with("ال") && plain.chars().count() > 4 && !is_in(INDEFINITE_PLURALS, &plain);
            !abbreviation && !definite && !is_in(ARABIC_NON_NOUNS, &plain) && !is_in(ARABIC_MONTHS, &plain)
        }
        (_, Some((word, _))) => {
            let word = folded(word);
            !is_in(ENGLISH_UNITS, &word) && !is_in(ENGLISH_MONTHS, &word)
        }
        // At the end of a sentence a number counts, but not as part of a score or ratio (3-1), or of a price.
        (_, None) => {
            !text.get(value.outer_end..).unwrap_or_default().starts_with(['-', '–', ':', '/'])
                && !text
                    .get(..value.range.start)
                    .unwrap_or_default()
                    .ends_with(['-', '–', ':', '/', '$', '€', '£'])
        }
    }
}

/// Folded plurals that begin with the letters of the article, but not with the article.
const INDEFINITE_PLURALS: &str = "العاب الوان الواح السنه الغام القاب الياف الحان البان";

/// Returns whether a word is in a list of words with spaces between them.
fn is_in(words: &str, word: &str) -> bool {
    words.split(' ').any(|w| w == word)
}

#[cfg(test)]
mod tests {
    use super::{PluralCategory, PluralLanguage, which_count};
    use crate::matching::values::values;

    #[test]
    fn categories_are_those_of_cldr() {
        for (n, arabic) in [
            ("0", PluralCategory::Zero),
            ("1", PluralCategory::One),
            ("2", PluralCategory::Two),
            ("3", PluralCategory::Few),
            ("10", PluralCategory::Few),
            ("11", PluralCategory::Many),
            ("99", PluralCategory::Many),
            ("100", PluralCategory::Other),
            ("102", PluralCategory::Other),
            ("103", PluralCategory::Few),
            ("111", PluralCategory::Many),
            ("1000", PluralCategory::Other),
        ] {
            assert_eq!(PluralLanguage::Arabic.category(n), arabic, "{n}");
        }
        assert_eq!(PluralLanguage::English.category("1"), PluralCategory::One);
        assert_eq!(PluralLanguage::English.category("21"), PluralCategory::Other);
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
            assert_eq!(which_count(text, &values(text), PluralLanguage::Arabic), expected, "{text}");
        }
        for (text, expected) in [
            ("5 new computers", vec![true]),
            ("Article 5 states", vec![false]),
            ("at 1 p.m.", vec![false]),
            ("1 percent of", vec![false]),
            ("Score: 25", vec![false]),
        ] {
            assert_eq!(which_count(text, &values(text), PluralLanguage::English), expected, "{text}");
        }
    }
}
