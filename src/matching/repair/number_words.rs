//! Finds numbers that are written as English words.

use rustc_hash::FxHashMap;

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// Other names of numbers.
const OTHER_NAMES: [(u64, &str); 10] = [
    (0, "no"),
    (1, "once"),
    (2, "twice"),
    (2, "both"),
    (2, "second"),
    (3, "thrice"),
    (12, "dozen"),
    (100, "hundred"),
    (1_000, "thousand"),
    (1_000_000, "million"),
];

/// Endings of cardinals whose ordinals are not formed with «th».
const ORDINALS: [(&str, &str); 8] = [
    ("one", "first"),
    ("two", "second"),
    ("three", "third"),
    ("five", "fifth"),
    ("eight", "eighth"),
    ("nine", "ninth"),
    ("twelve", "twelfth"),
    ("y", "ieth"),
];

/// The words of a text, to find numbers that are spelled out.
pub(crate) struct NumberWords {
    words: Vec<String>,
    /// The positions of each word in `words`.
    places: FxHashMap<String, Vec<usize>>,
}

impl NumberWords {
    /// Cuts a text into words.
    pub(crate) fn new(text: &str) -> Self {
        let lower = text.to_lowercase();
        let spaced: String = lower.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
        let words: Vec<String> = spaced.split_whitespace().map(str::to_owned).collect();
        let mut places: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (at, word) in words.iter().enumerate() {
            places.entry(word.clone()).or_default().push(at);
        }
        Self { words, places }
    }

    /// Returns whether an integer is spelled out: «five», «twenty-one», «one hundred and five», «fifth»,
    /// «twice», «a dozen».
    pub(crate) fn has_number(&self, integer: &str) -> bool {
        names(integer).is_some_and(|(cardinals, others)| {
            cardinals.iter().chain(&others).any(|name| self.has_name(name))
        })
    }

    /// Returns whether a name occurs that is not part of a longer number: the «five» of «twenty-five» is not
    /// 5. Each word of the name may be a plural.
    fn has_name(&self, name: &str) -> bool {
        let name: Vec<&str> = name.split(' ').collect();
        let Some(first) = name.first() else { return false };
        let starts = [self.places.get(*first), self.places.get(&format!("{first}s"))];
        starts.into_iter().flatten().flatten().any(|at| self.is_whole(*at, &name))
    }

    /// Returns whether the words at `at` are the name, without other number words next to them.
    fn is_whole(&self, at: usize, name: &[&str]) -> bool {
        let Some(window) = self.words.get(at..at + name.len()) else { return false };
        let alike = window.iter().zip(name).all(|(w, n)| w == n || w.strip_suffix('s') == Some(n));
        let before = at.checked_sub(1).and_then(|n| self.words.get(n));
        let before_that = at.checked_sub(2).and_then(|n| self.words.get(n));
        let in_longer = before
            .is_some_and(|w| TENS.contains(&w.as_str()) || ONES.contains(&w.as_str()) || is_scale(w))
            || before.is_some_and(|w| w == "and") && before_that.is_some_and(|w| is_scale(w));
        alike && !in_longer && !self.words.get(at + name.len()).is_some_and(|w| is_scale(w))
    }
}

/// Returns whether a word multiplies the number before it.
fn is_scale(word: &str) -> bool {
    matches!(word, "hundred" | "thousand" | "million" | "billion")
}

/// Returns the cardinals of an integer and its other names; `None` if it is negative or
/// has more than nine digits.
fn names(integer: &str) -> Option<(Vec<String>, Vec<String>)> {
    let n = integer.parse::<u64>().ok().filter(|n| *n < 1_000_000_000)?;
    let cardinal = cardinal(n);
    let without_and = cardinal.replace(" and ", " ");
    let mut others = vec![ordinal(&cardinal), ordinal(&without_and)];
    others.extend(OTHER_NAMES.iter().filter(|(of, _)| *of == n).map(|(_, name)| (*name).to_owned()));
    Some((vec![cardinal, without_and], others))
}

fn cardinal(n: u64) -> String {
    match n {
        0..=19 => name_at(&ONES, n).to_owned(),
        20..=99 if n.is_multiple_of(10) => name_at(&TENS, n / 10).to_owned(),
        20..=99 => format!("{} {}", name_at(&TENS, n / 10), name_at(&ONES, n % 10)),
        100..=999 => compound(n / 100, "hundred", n % 100, "and "),
        1_000..=999_999 => compound(n / 1_000, "thousand", n % 1_000, ""),
        _ => compound(n / 1_000_000, "million", n % 1_000_000, ""),
    }
}

fn name_at(names: &[&'static str], n: u64) -> &'static str {
    usize::try_from(n).ok().and_then(|n| names.get(n).copied()).unwrap_or_default()
}

/// Returns the name of so many units and a rest: «two hundred and five».
fn compound(count: u64, unit: &str, rest: u64, joint: &str) -> String {
    let rest = if rest == 0 { String::new() } else { format!(" {joint}{}", cardinal(rest)) };
    format!("{} {unit}{rest}", cardinal(count))
}

fn ordinal(cardinal: &str) -> String {
    for (ending, ordinal) in ORDINALS {
        if let Some(stem) = cardinal.strip_suffix(ending) {
            return format!("{stem}{ordinal}");
        }
    }
    format!("{cardinal}th")
}

#[cfg(test)]
mod tests {
    use super::NumberWords;

    #[test]
    fn spelled_numbers_are_found() {
        for (text, n, found) in [
            ("The film won five awards", "5", true),
            ("Twenty-one people", "21", true),
            ("one hundred and five seats", "105", true),
            ("A hundred guests", "100", true),
            ("the third floor", "3", true),
            ("on the twentieth", "20", true),
            ("a dozen eggs", "12", true),
            ("It was repeated twice", "2", true),
            ("three thousand four hundred", "3400", true),
            ("The office is often open", "10", false),
            ("someone", "1", false),
            ("fiver", "5", false),
            ("twenty-five teams", "5", false),
            ("five hundred teams", "5", false),
            ("one hundred and five", "5", false),
        ] {
            assert_eq!(NumberWords::new(text).has_number(n), found, "{text} {n}");
        }
    }
}
