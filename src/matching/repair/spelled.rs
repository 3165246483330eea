//! Numbers written as English words.

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

/// What a number may also be called.
const OTHERS: [(u64, &str); 10] = [
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

/// Ordinals that are no cardinal with an ending.
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

/// Says whether a text spells an integer out: «five», «twenty-one», «one
/// hundred and five», «fifth», «twice», «a dozen».
pub(super) fn spells(text: &str, integer: &str) -> bool {
    names(integer).is_some_and(|(cardinals, others)| {
        let words = words(text);
        cardinals.iter().any(|name| has(&words, name)) || others.iter().any(|name| has(&words, name))
    })
}

/// Says whether a text spells an integer out as a count: an ordinal or a
/// second may mean something else.
pub(super) fn spells_count(text: &str, integer: &str) -> bool {
    names(integer).is_some_and(|(cardinals, others)| {
        let words = words(text);
        let counts =
            others.iter().filter(|name| matches!(name.as_str(), "both" | "twice" | "thrice" | "dozen"));
        cardinals.iter().chain(counts).any(|name| has(&words, name))
    })
}

fn words(text: &str) -> Vec<String> {
    let apart = |c: char| if c.is_alphanumeric() { c } else { ' ' };
    let spaced: String = text.to_lowercase().chars().map(apart).collect();
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// The cardinals of an integer, and what else it is called.
fn names(integer: &str) -> Option<(Vec<String>, Vec<String>)> {
    let n = integer.parse::<u64>().ok().filter(|n| *n < 1_000_000_000)?;
    let cardinal = cardinal(n);
    let without_and = cardinal.replace(" and ", " ");
    let mut others = vec![ordinal(&cardinal), ordinal(&without_and)];
    others.extend(OTHERS.iter().filter(|(of, _)| *of == n).map(|(_, name)| (*name).to_owned()));
    Some((vec![cardinal, without_and], others))
}

/// Says whether words have a name among them that is not part of a longer
/// number: the five of twenty-five is not 5.
fn has(words: &[String], name: &str) -> bool {
    let name: Vec<&str> = name.split(' ').collect();
    let scale = |w: &String| matches!(w.as_str(), "hundred" | "thousand" | "million" | "billion");
    let is = |(at, window): (usize, &[String])| {
        let alike = window.iter().zip(&name).all(|(w, n)| w == n || w.strip_suffix('s') == Some(n));
        let before = at.checked_sub(1).and_then(|n| words.get(n));
        let before_that = at.checked_sub(2).and_then(|n| words.get(n));
        let in_longer = before
            .is_some_and(|w| TENS.contains(&w.as_str()) || ONES.contains(&w.as_str()) || scale(w))
            || before.is_some_and(|w| w == "and") && before_that.is_some_and(scale);
        alike && !in_longer && !words.get(at + name.len()).is_some_and(scale)
    };
    words.windows(name.len()).enumerate().any(is)
}

fn cardinal(n: u64) -> String {
    let name = |list: &[&str], n: u64| {
        usize::try_from(n).ok().and_then(|n| list.get(n).copied()).unwrap_or_default().to_owned()
    };
    let joined = |high: u64, unit: &str, rest: u64, joint: &str| {
        let rest = if rest == 0 { String::new() } else { format!(" {joint}{}", cardinal(rest)) };
        format!("{} {unit}{rest}", cardinal(high))
    };
    match n {
        0..=19 => name(&ONES, n),
        20..=99 if n.is_multiple_of(10) => name(&TENS, n / 10),
        20..=99 => format!("{} {}", name(&TENS, n / 10), name(&ONES, n % 10)),
        100..=999 => joined(n / 100, "hundred", n % 100, "and "),
        1_000..=999_999 => joined(n / 1_000, "thousand", n % 1_000, ""),
        _ => joined(n / 1_000_000, "million", n % 1_000_000, ""),
    }
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
    use super::spells;

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
            assert_eq!(spells(text, n), found, "{text} {n}");
        }
    }
}
