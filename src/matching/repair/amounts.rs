//! Compares the amounts of a source with those of its translation.
//!
//! A number of a translation without a counterpart in the source may have been computed from another one:
//! «طول 3 أمتار» is `10 feet (3 metres) long`, and with 5 metres the 10 would be wrong. So a translation is
//! only repaired if every amount has a counterpart.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    matching::{
        guard::{GroupValue, TextTokenKind, TokenizedText, is_percent_word, number_groups, text_tokens},
        values::values,
    },
    text::{folded, number_word, unit_name, words},
};

/// A number, a month or a day of the week.
#[derive(Clone, Debug, PartialEq)]
struct Amount {
    value: GroupValue,
    /// Whether it has no digits.
    is_word: bool,
    certainty: Certainty,
}

/// How surely a word is an amount that the other text must have, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Certainty {
    /// It must.
    Sure,
    /// A word for zero, one or two, which a source may have without a counterpart.
    SmallWord,
    /// It may be another word. For example, one that looks like a dual.
    Guess,
}

/// The amounts of a text.
#[derive(Debug, Default)]
struct Amounts {
    numbers: Vec<Amount>,
    /// For each word that is a unit, or that states an amount, what it can be.
    names: Vec<Vec<&'static str>>,
    /// All names, with those of words such as «يوميا» (daily), which no translation has to have.
    known_names: FxHashSet<&'static str>,
}

/// The words of `amount_words.txt`, folded, with the name of their line.
static AMOUNT_WORDS: LazyLock<FxHashMap<String, &'static str>> = LazyLock::new(|| {
    let mut found = FxHashMap::default();
    for line in include_str!("amount_words.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split(' ');
        let Some(name) = cells.next() else { continue };
        found.extend(cells.map(|word| (folded(word), name)));
    }
    found
});

/// Units whose signs would be separated, with words for them.
const SPELLED_OUT: [(&str, &str); 21] = [
    ("per cent", "percent"),
    ("°C", " celsius"),
    ("°F", " fahrenheit"),
    ("°م", " مئوية"),
    ("ر.س", "ريال"),
    ("ر.ق", "ريال"),
    ("ر.ع", "ريال"),
    ("ر.ي", "ريال"),
    ("د.إ", "درهم"),
    ("د.م", "درهم"),
    ("د.ك", "دينار"),
    ("د.ب", "دينار"),
    ("د.أ", "دينار"),
    ("د.ا", "دينار"),
    ("د.ت", "دينار"),
    ("د.ج", "دينار"),
    ("د.ع", "دينار"),
    ("ج.م", "جنيه"),
    ("ج.س", "جنيه"),
    ("ل.س", "ليرة"),
    ("ل.ل", "ليرة"),
];

/// English words that are a month, a day or a numeral only in capitals, or never by themselves.
const NOT_AMOUNTS: [&str; 12] =
    ["may", "march", "mar", "sun", "sat", "mon", "wed", "dec", "v", "x", "I", "i"];

/// Words that contain the name of a unit: «يوميا» may be `a day`.
const UNIT_ADJECTIVES: [(&str, &str); 12] = [
    ("يومي", "day"),
    ("سنوي", "year"),
    ("شهري", "month"),
    ("اسبوعي", "week"),
    ("today", "day"),
    ("daily", "day"),
    ("weekly", "week"),
    ("monthly", "month"),
    ("yearly", "year"),
    ("annual", "year"),
    ("hourly", "hour"),
    ("aged", "year"),
];

/// Letters after a number that multiply it: `3.5bn`.
const SCALE_LETTERS: [(&str, f64); 6] =
    [("k", 1e3), ("m", 1e6), ("mn", 1e6), ("bn", 1e9), ("b", 1e9), ("tn", 1e12)];

/// Returns whether every amount of a translation has exactly one counterpart of the same value in its source,
/// and every amount of the source one in the translation. Every unit of the translation must be in the source.
///
/// `changed` are the values that a repair replaces. The translation must not have one of them as a word, too,
/// because it would not be clear which of both has to change.
///
/// Of the source, words for zero, one and two may have no counterpart, because they are often not translated:
/// «من ناحية ثانية» is `moreover`. Words of the source that look like a dual are an optional two.
pub(crate) fn have_counterparts(source: &str, target: &str, changed: &[&str]) -> bool {
    let (source, target) = (Amounts::of(source), Amounts::of(target));
    let changed: Vec<GroupValue> =
        changed.iter().filter_map(|value| value.parse().ok()).map(GroupValue::Number).collect();
    let is_changed_word =
        |amount: &Amount| amount.is_word && changed.iter().any(|value| value.equals(&amount.value));
    if target.numbers.iter().any(is_changed_word) {
        return false;
    }
    let mut used = vec![false; source.numbers.len()];
    for wanted in &target.numbers {
        let mut take = |is_it: &dyn Fn(&Amount) -> bool| {
            let mut free = source.numbers.iter().zip(&mut used).filter(|(_, used)| !**used);
            let found = free.find(|(amount, _)| is_it(amount));
            found.map(|(_, used)| *used = true).is_some()
        };
        let found = take(&|a| a.certainty == Certainty::Sure && a.value.equals(&wanted.value))
            || take(&|a| a.value.equals(&wanted.value))
            || take(&|a| is_number_inside(&a.value, &wanted.value));
        if !found && wanted.certainty != Certainty::Guess {
            return false;
        }
    }
    let mut unused = source.numbers.iter().zip(&used).filter(|(_, used)| !**used);
    let is_complete = unused.all(|(amount, _)| amount.certainty != Certainty::Sure);
    let has_names = target.names.iter().all(|names| names.iter().any(|n| source.known_names.contains(n)));
    is_complete && has_names
}

/// Returns whether one value is the number inside the other: 19 in `COVID-19`, 3.5 billion in `3.5bn`.
fn is_number_inside(a: &GroupValue, b: &GroupValue) -> bool {
    match (a, b) {
        (GroupValue::Text(text), GroupValue::Number(number))
        | (GroupValue::Number(number), GroupValue::Text(text)) => numbers_inside(text).contains(number),
        (GroupValue::Text(a), GroupValue::Text(b)) => {
            let (a, b) = (numbers_inside(a), numbers_inside(b));
            !a.is_empty() && a == b
        }
        _ => false,
    }
}

/// Returns the number inside an id, and the number that it is with the letters after it.
fn numbers_inside(id: &str) -> Vec<f64> {
    let is_digit = |c: char| c.is_ascii_digit();
    let Some(start) = id.find(is_digit) else { return Vec::new() };
    let number = id.get(start..).unwrap_or_default();
    let end = number.find(|c| !is_digit(c) && c != '.').unwrap_or(number.len());
    let (digits, letters) = number.split_at_checked(end).unwrap_or_default();
    let Ok(number) = digits.trim_end_matches('.').parse::<f64>() else { return Vec::new() };
    // Of 3-5km or A4B5, nobody knows which number is meant.
    if letters.contains(is_digit) {
        return Vec::new();
    }
    let scale = SCALE_LETTERS.iter().find(|(name, _)| *name == letters).filter(|_| start == 0);
    std::iter::once(number).chain(scale.map(|(_, scale)| number * scale)).collect()
}

impl Amounts {
    fn of(text: &str) -> Self {
        let text = folded(&without_other_words(text));
        let tokens = text_tokens(&text);
        let text = TokenizedText { text: &text, tokens: &tokens };
        let mut found = Self::default();
        let mut is_of_number = vec![false; tokens.len()];
        for group in number_groups(&text, 0..tokens.len()) {
            if text.word(group.tokens.start) == "second" && is_unit_of_time(&text, group.tokens.start) {
                continue;
            }
            is_of_number.iter_mut().take(group.tokens.end).skip(group.tokens.start).for_each(|is| *is = true);
            found.add_numbers(&text, &group.tokens, group.value, group.is_digits);
        }
        for (token, is_number) in is_of_number.iter().enumerate() {
            if !is_number && text.kind(token) != Some(TextTokenKind::Placeholder) {
                found.add_word(&text, token, &is_of_number);
            }
        }
        found.known_names.extend(found.names.iter().flatten());
        found
    }

    /// Adds the numbers of a group: one, or several if its first token is a range such as `3-5`.
    fn add_numbers(
        &mut self,
        text: &TokenizedText<'_>,
        tokens: &std::ops::Range<usize>,
        value: GroupValue,
        is_digits: bool,
    ) {
        let in_token = match text.kind(tokens.start) {
            Some(TextTokenKind::Number) => values(text.word(tokens.start)),
            _ => Vec::new(),
        };
        if let [first, .., last] = in_token.as_slice() {
            let numbers = in_token.iter().map(|v| v.normal_form.parse::<f64>().ok());
            let numbers: Vec<f64> = numbers.flatten().collect();
            let scale = match (&value, first.normal_form.parse::<f64>()) {
                (GroupValue::Number(scaled), Ok(first)) if first != 0.0 => scaled / first,
                _ => 1.0,
            };
            // The word after a range belongs to its last number: «3-5 ملايين».
            let last = last.normal_form.parse::<f64>().ok().map(|last| last * scale);
            let rest = numbers.len().saturating_sub(1);
            let all = numbers.into_iter().take(rest).chain(last).map(GroupValue::Number);
            self.numbers.extend(all.map(|value| Amount {
                value,
                is_word: false,
                certainty: Certainty::Sure,
            }));
            return;
        }
        let has_digits = is_digits || text.kind(tokens.start) == Some(TextTokenKind::Number);
        let is_small = matches!(value, GroupValue::Number(n) if n == 0.0 || n == 1.0 || n == 2.0);
        let certainty = if is_small && !has_digits { Certainty::SmallWord } else { Certainty::Sure };
        self.numbers.push(Amount { value, is_word: !has_digits, certainty });
    }

    /// Adds the value that a word may have.
    fn add_guess(&mut self, value: f64) {
        let value = GroupValue::Number(value);
        self.numbers.push(Amount { value, is_word: false, certainty: Certainty::Guess });
    }

    /// Adds a word that is not part of a number.
    fn add_word(&mut self, text: &TokenizedText<'_>, token: usize, is_of_number: &[bool]) {
        let word = text.word(token);
        let bare = without_proclitics(word);
        let is_number = |token: Option<usize>| token.is_some_and(|t| is_of_number.get(t) == Some(&true));
        let is_beside_number = is_number(token.checked_sub(1)) || is_number(Some(token + 1));
        if is_one(bare) {
            self.add_guess(1.0);
        }
        if is_dual(bare) {
            self.add_guess(2.0);
        }
        for (start, unit) in UNIT_ADJECTIVES {
            if bare.starts_with(start) {
                self.known_names.insert(unit);
            }
        }
        if let Some(name) = AMOUNT_WORDS.get(word).or_else(|| AMOUNT_WORDS.get(bare)) {
            self.names.push(vec![name]);
            return;
        }
        if is_percent_word(text, token) {
            self.names.push(vec!["percent"]);
            return;
        }
        // «عام 2015», «الساعة 9»: the word only says what the number is.
        let is_next = text.tokens.get(token + 1).zip(text.tokens.get(token)).is_some_and(|(next, own)| {
            let between = text.text.get(own.range.end..next.range.start).unwrap_or_default();
            between.chars().all(char::is_whitespace)
        });
        let names_number =
            !word.is_ascii() && is_next && is_number(Some(token + 1)) && !is_number(token.checked_sub(1));
        let units = unit_name(word).iter().filter(|unit| {
            (is_beside_number || !unit.is_sign && !matches!(bare, "bit" | "bits"))
                && unit.quantity != "halfday"
        });
        let units: Vec<&'static str> = units.map(|unit| unit.unit).collect();
        let is_time = unit_name(word).iter().any(|unit| unit.quantity == "time");
        if names_number && is_time {
            self.known_names.extend(units);
        } else if !units.is_empty() {
            self.names.push(units);
        }
    }
}

/// Returns a text without the words that only look like an amount, and with abbreviations of units as words.
fn without_other_words(text: &str) -> String {
    let mut text = text.to_owned();
    for (abbreviation, word) in SPELLED_OUT {
        if text.contains(abbreviation) {
            text = text.replace(abbreviation, word);
        }
    }
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for word in words(&text) {
        let numeral = roman_numeral(word.text);
        if numeral.is_none() && !NOT_AMOUNTS.contains(&word.text) {
            continue;
        }
        kept.push_str(text.get(at..word.start).unwrap_or_default());
        kept.push_str(&numeral.map(|number| number.to_string()).unwrap_or_default());
        at = word.end;
    }
    kept.push_str(text.get(at..).unwrap_or_default());
    kept
}

/// Returns the value of a Roman numeral in capitals that is greater than 20. Smaller ones are number words.
fn roman_numeral(word: &str) -> Option<u32> {
    let value = |c: char| match c {
        'I' => Some(1),
        'V' => Some(5),
        'X' => Some(10),
        'L' => Some(50),
        'C' => Some(100),
        'D' => Some(500),
        'M' => Some(1000),
        _ => None,
    };
    let values: Vec<u32> = word.chars().map(value).collect::<Option<_>>()?;
    let (mut sum, mut next) = (0_u32, 0);
    for value in values.iter().rev() {
        sum = if *value < next { sum.checked_sub(*value)? } else { sum.checked_add(*value)? };
        next = *value;
    }
    (values.len() > 1 && sum > 20).then_some(sum)
}

/// Returns whether `second` at a token is a unit: `1 second`, `per second`.
fn is_unit_of_time(text: &TokenizedText<'_>, token: usize) -> bool {
    let Some(before) = token.checked_sub(1) else { return false };
    text.kind(before) == Some(TextTokenKind::Number)
        || matches!(text.word(before), "per" | "every" | "each")
        || number_word(text.word(before)).is_some()
}

/// Returns an Arabic word without the particles and the article before it.
fn without_proclitics(word: &str) -> &str {
    let bare = word.strip_prefix(['و', 'ف']).filter(|w| w.chars().count() > 2).unwrap_or(word);
    let bare = ["بال", "لل", "كال", "ال", "ب", "ل"]
        .iter()
        .find_map(|prefix| bare.strip_prefix(prefix).filter(|w| w.chars().count() > 2));
    bare.unwrap_or(word)
}

/// Returns whether a word without proclitics is «one of»: أحد, إحداهما.
fn is_one(bare: &str) -> bool {
    ["احد", "احدي", "احدا"].iter().any(|one| {
        bare.strip_prefix(one)
            .is_some_and(|pronoun| matches!(pronoun, "" | "هم" | "هما" | "ها" | "هن" | "نا" | "كم"))
    })
}

/// Returns whether a word may be a dual: that of a unit of time, or a word in تان or تين.
fn is_dual(bare: &str) -> bool {
    let letters = bare.chars().count();
    let is_unit = bare.ends_with("ان") || bare.ends_with("ين") && bare != "سنين";
    letters >= 5 && (bare.ends_with("تان") || bare.ends_with("تين"))
        || letters >= 4 && is_unit && unit_name(bare).iter().any(|unit| unit.quantity == "time")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::have_counterparts;

    proptest! {
        #[test]
        fn a_text_corresponds_to_itself_but_not_with_one_more_number(
            text in "((عام|خمسة|five|May|3-5|½|A4|يومين|كم|doubled|[0-9]{1,3}|[ء-ي]{1,5}|[a-z]{1,5})[ ,(.%-]{1,2}){0,8}|\\PC{0,30}",
        ) {
            prop_assert!(have_counterparts(&text, &text, &[]));
            let more = format!("{text} (7654321.5)");
            prop_assert!(!have_counterparts(&text, &more, &[]) && !have_counterparts(&more, &text, &[]));
        }
    }

    #[test]
    fn amounts_correspond_by_value() {
        for (source, target) in [
            ("فحص 3 أطباء 25 مريضا", "Three doctors examined 25 patients"),
            ("تدرب 14 موظفا مدة يومين", "14 employees trained for two days"),
            ("أفرج عن أحد المتهمين وعددهم 14", "One of the 14 suspects was released"),
            ("سجلت 25 إصابة بمرض كوفيد-19", "25 cases of COVID-19"),
            ("الغرفة 14 في الطابق 5", "Room 14 on the 5th floor"),
            ("بلغت 3.5 مليار دولار", "It reached $3.5bn"),
            ("بيع 5 ملايين هاتف", "5 million phones were sold"),
            ("نحو 3-5 ملايين", "3-5 million"),
            ("من ناحية ثانية بلغ 7", "Moreover, it reached 7"),
            ("وصل إلى 7 درجات تحت الصفر", "It reached minus 7 degrees"),
            ("إجمالي الفاتورة: 129.99 ر.س", "Invoice total: SAR 129.99"),
            ("في 5 مايو 2015", "On 5 May 2015"),
            ("قد يصل 5 وزراء", "5 ministers may arrive"),
            ("أخذ نصف الأرض و5 أبقار", "He took half of the land and 5 cows"),
            ("20 مرة في الثانية", "20 times per second"),
            ("يعمل 8 ساعات يوميا", "He works 8 hours a day"),
            ("in 2015 the price was 5 dollars", "بلغ السعر 5 دولارات في عام 2015"),
        ] {
            assert!(have_counterparts(source, target, &[]), "{source} = {target}");
        }
    }

    #[test]
    fn a_changed_value_is_no_word_elsewhere() {
        let (source, target) = ("شاركت 3 فرق في المرحلة الثالثة", "Three teams took part in Phase 3");
        assert!(have_counterparts(source, target, &["5"]));
        assert!(!have_counterparts(source, target, &["3"]));
    }

    #[test]
    fn amounts_without_a_counterpart_are_seen() {
        for (source, target) in [
            ("طول 3 أمتار", "10 feet (3 metres) long"),
            ("طول 3 أمتار", "3 metres (some feet) long"),
            ("سعره 100 ريال", "$27 (100 riyals)"),
            ("عام 1445هـ", "in 2024 (1445 AH)"),
            ("بنسبة 50%", "by half (50%)"),
            ("درجة الحرارة 25", "77°F (25°C)"),
            ("24 شخصا", "two dozen (24) people"),
            ("ارتفع العدد من 5 إلى 10", "The number doubled from 5 to 10"),
            ("بين عامي 2019 و2020", "from 2019 to the following year"),
            ("استمر من 3 إلى 5", "It lasted from 3 to 5, two more"),
            ("انخفض من 3 إلى 2", "It fell by one from 3 to 2"),
            ("في 13 يناير 2019", "on Sunday, 13 January 2019"),
            ("المادة 5", "Article 5 (V)"),
            ("الدورة 34", "Session 34 (XXXIV)"),
            ("بعد 7 أيام", "within a week (7 days)"),
            ("شاب عمره 15", "a teenager aged 15"),
            ("سجل 3 أهداف ذهابا و3 أهداف إيابا", "He scored 3 goals in each leg"),
        ] {
            assert!(!have_counterparts(source, target, &[]), "{source} = {target}");
        }
    }
}
