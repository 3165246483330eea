//! What two texts have in common at their ends.

/// Returns the bytes of whole characters that two texts share at their start, and at their end
/// beyond that; the two do not overlap.
#[must_use]
pub fn shared_ends(a: &str, b: &str) -> (usize, usize) {
    let same = |(a, b): &(u8, u8)| a == b;
    let head = a.floor_char_boundary(a.bytes().zip(b.bytes()).take_while(same).count());
    let most = a.len().min(b.len()) - head;
    let tail = a.bytes().rev().zip(b.bytes().rev()).take(most).take_while(same).count();
    (head, a.len() - a.ceil_char_boundary(a.len() - tail))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::shared_ends;

    proptest! {
        #[test]
        fn ends_are_shared_character_by_character(a in "[ابa\u{64b}é]{0,9}", b in "[ابa\u{64b}é]{0,9}") {
            let (head, tail) = shared_ends(&a, &b);
            let alike = |(x, y): &(char, char)| x == y;
            let start: usize = a.chars().zip(b.chars()).take_while(alike).map(|(c, _)| c.len_utf8()).sum();
            let (rest_a, rest_b) = (&a[start..], &b[start..]);
            let ends = rest_a.chars().rev().zip(rest_b.chars().rev()).take_while(alike);
            prop_assert_eq!((head, tail), (start, ends.map(|(c, _)| c.len_utf8()).sum()));
        }
    }
}
