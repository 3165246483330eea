//! The common prefix and suffix of two texts.

/// Returns the lengths, in bytes of whole characters, of the common prefix of two texts and of the
/// common suffix of the rest. The two do not overlap.
#[must_use]
pub fn common_affixes(a: &str, b: &str) -> (usize, usize) {
    let head = a.floor_char_boundary(a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count());
    let most = a.len().min(b.len()) - head;
    let tail = a.bytes().rev().zip(b.bytes().rev()).take(most).take_while(|(a, b)| a == b).count();
    (head, a.len() - a.ceil_char_boundary(a.len() - tail))
}

/// The part of two texts that differs, with whole words: around it, the texts are equal up to a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DifferingPart {
    /// Where it starts, in both texts.
    pub start: usize,
    /// Where it ends in the first text.
    pub end_in_first: usize,
    /// Where it ends in the second text.
    pub end_in_second: usize,
}

impl DifferingPart {
    /// Finds the part of two texts that differs.
    #[must_use]
    pub fn of(first: &str, second: &str) -> Self {
        let (head, tail) = common_affixes(first, second);
        let start = first.get(..head).and_then(|equal| equal.rfind(' ')).map_or(0, |space| space + 1);
        let end = |text: &str| {
            let equal = text.get(text.len() - tail..).unwrap_or_default();
            equal.find(' ').map_or(text.len(), |space| text.len() - tail + space)
        };
        Self { start, end_in_first: end(first), end_in_second: end(second) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::common_affixes;

    proptest! {
        #[test]
        fn ends_are_shared_character_by_character(a in "[ابa\u{64b}é]{0,9}", b in "[ابa\u{64b}é]{0,9}") {
            let (head, tail) = common_affixes(&a, &b);
            let starts = a.chars().zip(b.chars()).take_while(|(x, y)| x == y);
            let start: usize = starts.map(|(c, _)| c.len_utf8()).sum();
            let (rest_a, rest_b) = (&a[start..], &b[start..]);
            let ends = rest_a.chars().rev().zip(rest_b.chars().rev()).take_while(|(x, y)| x == y);
            prop_assert_eq!((head, tail), (start, ends.map(|(c, _)| c.len_utf8()).sum()));
        }
    }
}
