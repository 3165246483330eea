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
const OTHERS: [(u64, &str); 9] = [
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
    let Some(n) = integer.parse::<u64>().ok().filter(|n| *n < 1_000_000_000) else { return false };
    let apart = |c: char| if c.is_alphanumeric() { c } else { ' ' };
    let words: String = text.to_lowercase().chars().map(apart).collect();
    let words = format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "));
    let cardinal = cardinal(n);
    let without_and = cardinal.replace(" and ", " ");
    let mut names = vec![ordinal(&cardinal), ordinal(&without_and), cardinal, without_and];
    names.extend(OTHERS.iter().filter(|(of, _)| *of == n).map(|(_, name)| (*name).to_owned()));
    names.iter().any(|name| words.contains(&format!(" {name} ")) || words.contains(&format!(" {name}s ")))
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
        ] {
            assert_eq!(spells(text, n), found, "{text} {n}");
        }
    }
}
