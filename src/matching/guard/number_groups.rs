//! Reads numbers that are written in words and digits together, and names of months and days.

use std::ops::Range;

use super::word_alignment::{TextTokenKind, TokenizedText};
use crate::{
    matching::values::values,
    text::{NumberWord, is_arabic_letter, month_name, number_word, weekday},
};

/// The value of a group.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::matching) enum GroupValue {
    /// A number: «خمسة وعشرون», 25, «5 آلاف», ½.
    Number(f64),
    /// Another value with digits: a date, a time, an id.
    Text(String),
    /// A month.
    Month(u8),
    /// A day of the week.
    Weekday(u8),
}

impl GroupValue {
    /// Returns whether two values are equal. Fractions such as a third are not exact.
    pub(in crate::matching) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
            _ => self == other,
        }
    }

    /// Returns whether two values are of kinds that can be compared.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let class = |value: &Self| match value {
            Self::Number(_) | Self::Text(_) => 0,
            Self::Month(_) => 1,
            Self::Weekday(_) => 2,
        };
        class(self) == class(other)
    }
}

/// Tokens that are one number or name together.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::matching) struct NumberGroup {
    /// The tokens.
    pub(in crate::matching) tokens: Range<usize>,
    /// Their value.
    pub(in crate::matching) value: GroupValue,
    /// Whether it has digits only.
    pub(in crate::matching) is_digits: bool,
}

/// Words that are "percent" together with «في» or a preposition, not a hundred.
const PERCENT_WORDS: [&str; 3] = ["بالمءه", "بالماءه", "بالميه"];

/// Returns whether a token is the word for percent: «بالمئة», or the second word of «في المئة».
pub(in crate::matching) fn is_percent_word(text: &TokenizedText<'_>, token: usize) -> bool {
    let word = text.word(token);
    PERCENT_WORDS.contains(&word)
        || matches!(word, "المءه" | "الماءه" | "الميه") && token > 0 && text.word(token - 1) == "في"
}

/// Returns whether a token can be part of a group.
pub(super) fn is_numeric(text: &TokenizedText<'_>, token: usize) -> bool {
    match text.kind(token) {
        Some(TextTokenKind::Number) => true,
        Some(TextTokenKind::Word) => {
            let word = text.word(token);
            word.contains(|c: char| c.is_ascii_digit())
                || number_word(word).is_some()
                || weekday(word).is_some()
                || month_name(word, Some(text.word(token + 1))).is_some()
                || token > 0 && month_name(text.word(token - 1), Some(word)).is_some_and(|(_, n)| n == 2)
        }
        _ => false,
    }
}

/// Returns the groups of a range of tokens, in order.
pub(in crate::matching) fn number_groups(text: &TokenizedText<'_>, tokens: Range<usize>) -> Vec<NumberGroup> {
    let mut found: Vec<NumberGroup> = Vec::new();
    let mut at = tokens.start;
    while at < tokens.end {
        match group_at(text, at, tokens.end) {
            Some(group) => {
                at = group.tokens.end.max(at + 1);
                found.push(group);
            }
            None => at += 1,
        }
    }
    found
}

fn group_at(text: &TokenizedText<'_>, at: usize, end: usize) -> Option<NumberGroup> {
    let word = text.word(at);
    let before = at.checked_sub(1).map(|n| text.word(n)).unwrap_or_default();
    match text.kind(at)? {
        TextTokenKind::Number => {
            let Some(value) = values(word).into_iter().next() else {
                // A fraction that is one character: ½.
                let (number, _) = number_word(word)?;
                return Some(NumberReader::start(text, at, end).after_word(number));
            };
            return match value.normal_form.parse::<f64>() {
                // Longer digits are not exact as a number, and versions such as 3.10 are not one.
                Ok(number) if value.normal_form.len() <= 15 && word.matches('.').count() < 2 => {
                    Some(NumberReader::start(text, at, end).after_digits(number))
                }
                _ => Some(NumberGroup {
                    tokens: at..at + 1,
                    value: GroupValue::Text(value.normal_form),
                    is_digits: true,
                }),
            };
        }
        TextTokenKind::Word => {}
        TextTokenKind::Placeholder | TextTokenKind::Sign => return None,
    }
    let next = (at + 1 < end).then(|| text.word(at + 1));
    let name = |value, length| NumberGroup { tokens: at..at + length, value, is_digits: false };
    if let Some(day) = weekday(word) {
        return Some(name(GroupValue::Weekday(day), 1));
    }
    if let Some((month, length)) = month_name(word, next)
        // صفر is a month after «شهر», otherwise zero.
        && (number_word(word).is_none() || length == 2 || before.ends_with("شهر"))
    {
        return Some(name(GroupValue::Month(month), length));
    }
    if word.contains(|c: char| c.is_ascii_digit()) {
        return Some(name(GroupValue::Text(word.to_owned()), 1));
    }
    // «الست-عشرية» is one word.
    let after = text.tokens.get(at).and_then(|t| text.text.get(t.range.end..)).unwrap_or_default();
    if after.strip_prefix('-').is_some_and(|rest| rest.starts_with(is_arabic_letter)) {
        return None;
    }
    let (number, _) = number_word(word)?;
    let follows_number =
        at > 0 && (text.kind(at - 1) == Some(TextTokenKind::Number) || number_word(before).is_some());
    let is_part = match word {
        // «10 ثانية» are seconds.
        "ثانيه" | "ثواني" => !follows_number,
        // أحد (anyone) is one only in «أحد عشر».
        "احد" | "احدي" | "حادي" | "الحادي" | "حاديه" | "الحاديه" => {
            next.and_then(number_word).is_some_and(|(n, joined)| n == NumberWord::Ten || joined)
        }
        _ => !is_percent_word(text, at),
    };
    is_part.then(|| NumberReader::start(text, at, end).after_word(number))
}

/// Adds up the words of one number.
struct NumberReader<'r> {
    text: &'r TokenizedText<'r>,
    start: usize,
    next: usize,
    end: usize,
    /// The thousands and greater that are complete.
    complete: f64,
    /// The number below, which a following «ألف» multiplies.
    current: f64,
}

impl<'r> NumberReader<'r> {
    fn start(text: &'r TokenizedText<'r>, at: usize, end: usize) -> Self {
        Self { text, start: at, next: at + 1, end, complete: 0.0, current: 0.0 }
    }

    fn after_digits(mut self, number: f64) -> NumberGroup {
        self.current = number;
        self.finish(true)
    }

    fn after_word(mut self, number: NumberWord) -> NumberGroup {
        match number {
            NumberWord::Count(n) | NumberWord::Fraction(n) => self.current = n,
            NumberWord::Ten => self.current = 10.0,
            NumberWord::Scale(scale) => self.multiply(scale),
        }
        self.finish(false)
    }

    fn multiply(&mut self, scale: f64) {
        let count = if self.current == 0.0 { 1.0 } else { self.current };
        if scale >= 1e3 {
            self.complete += count * scale;
            self.current = 0.0;
        } else {
            self.current = count * scale;
        }
    }

    /// Reads the following words that belong to the number.
    fn finish(mut self, mut is_digits: bool) -> NumberGroup {
        while self.next < self.end {
            let word = self.text.word(self.next);
            // «one hundred and five»
            let and = word == "and" && self.complete + self.current >= 100.0;
            let at = self.next + usize::from(and);
            let follows = if at < self.end { number_word(self.text.word(at)) } else { None };
            let Some((number, joined)) = follows else { break };
            let latin = self.text.word(at).is_ascii();
            if is_percent_word(self.text, at) || !self.takes(number, joined || and || latin, is_digits, latin)
            {
                break;
            }
            is_digits = false;
            self.next = at + 1;
        }
        GroupValue::Number(self.complete + self.current).in_group(self.start..self.next, is_digits)
    }

    /// Adds a word if it belongs to the number.
    fn takes(&mut self, number: NumberWord, joined: bool, after_digits: bool, latin: bool) -> bool {
        match number {
            NumberWord::Scale(scale) if !joined || latin => {
                let fits = self.current != 0.0 && self.current < scale
                    || self.current == 0.0 && self.complete > scale;
                let fits = fits || after_digits;
                if fits {
                    self.multiply(scale);
                }
                fits
            }
            NumberWord::Scale(scale) => {
                let fits = self.complete > scale && self.current == 0.0;
                if fits {
                    self.multiply(scale);
                }
                fits
            }
            NumberWord::Ten if !joined && self.current > 0.0 && self.current < 10.0 && !after_digits => {
                self.current += 10.0;
                true
            }
            // «واحد ونصف», «5 ونصف», «ثلاثة أرباع»
            NumberWord::Fraction(part) if joined && part < 1.0 && !latin => {
                self.current += part;
                true
            }
            NumberWord::Fraction(part) if !joined && part == 0.25 && self.current >= 2.0 => {
                self.current *= part;
                true
            }
            NumberWord::Count(n) if joined && !after_digits => self.adds(n, latin),
            NumberWord::Ten if joined && !after_digits => self.adds(10.0, latin),
            _ => false,
        }
    }

    /// Adds a number that is joined with و or follows in English, if it is of a lower or, for ones before
    /// tens in Arabic, the next order: «خمسة وعشرون», «مئة وخمسة», `twenty five`.
    fn adds(&mut self, n: f64, latin: bool) -> bool {
        let tens_after_ones = !latin
            && self.current > 0.0
            && self.current < 10.0
            && (20.0..100.0).contains(&n)
            && n % 10.0 == 0.0;
        let below = if self.current == 0.0 {
            self.complete >= 1e3 && n < 1e3
        } else if self.current % 100.0 == 0.0 {
            n < 100.0
        } else if self.current % 100.0 < 10.0 && self.current > 100.0 {
            !latin && (20.0..100.0).contains(&n)
        } else {
            latin && self.current % 100.0 >= 20.0 && self.current % 10.0 == 0.0 && n < 10.0
        };
        if tens_after_ones || below {
            self.current += n;
        }
        tens_after_ones || below
    }
}

impl GroupValue {
    fn in_group(self, tokens: Range<usize>, is_digits: bool) -> NumberGroup {
        NumberGroup { tokens, value: self, is_digits }
    }
}

#[cfg(test)]
mod tests {
    use super::{GroupValue, number_groups};
    use crate::{
        matching::guard::word_alignment::{TokenizedText, text_tokens},
        text::folded,
    };

    fn groups(text: &str) -> Vec<GroupValue> {
        let folded = folded(text);
        let tokens = text_tokens(&folded);
        let text = TokenizedText { text: &folded, tokens: &tokens };
        number_groups(&text, 0..tokens.len()).into_iter().map(|group| group.value).collect()
    }

    #[test]
    fn numbers_are_read_across_words() {
        for (text, expected) in [
            ("خمسة وعشرون كتابا", vec![25.0]),
            ("أحد عشر كوكبا", vec![11.0]),
            ("لا أحد هنا", vec![]),
            ("الأعداد الست-عشرية", vec![]),
            ("خمسة عشر", vec![15.0]),
            ("مئة وخمسة وعشرون", vec![125.0]),
            ("ثلاثمئة وستون", vec![360.0]),
            ("ألف ومئتان", vec![1200.0]),
            ("خمسة آلاف وثلاثمئة", vec![5300.0]),
            ("5 آلاف", vec![5000.0]),
            ("3.5 مليون", vec![3.5e6]),
            ("ثلاثة أرباع", vec![0.75]),
            ("خمسة وستة", vec![5.0, 6.0]),
            ("الحادية عشرة", vec![11.0]),
            ("المادة الثانية والعشرون", vec![22.0]),
            ("بعد 10 ثوان", vec![10.0]),
            ("بعد 10 ثانية", vec![10.0]),
            ("خمسون بالمئة", vec![50.0]),
            ("50 في المئة", vec![50.0]),
            ("one hundred and five seats", vec![105.0]),
            ("twenty-five teams and six", vec![25.0, 6.0]),
            ("two thousand", vec![2000.0]),
            ("القسم VII", vec![7.0]),
            ("½ كوب", vec![0.5]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(GroupValue::Number).collect();
            assert_eq!(groups(text), expected, "{text}");
        }
        assert_eq!(groups("في شهر صفر"), [GroupValue::Month(22)]);
        assert_eq!(groups("كانون الثاني"), [GroupValue::Month(1)]);
        assert_eq!(groups("يوم الاثنين"), [GroupValue::Weekday(2)]);
        assert_eq!(groups("12/5/2020"), [GroupValue::Text("12/5/2020".into())]);
    }
}
