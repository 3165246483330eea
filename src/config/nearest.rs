//! The known name that is nearest to an unknown one, for errors.

use std::cmp::Reverse;

/// Returns the name that takes the fewest changes of characters to become `unknown`, and of equal ones the one with the
/// longest common beginning. A name whose last part is equal comes first: for example, `idle_seconds` for
/// `penalties.idle_seconds`, which is below the wrong table.
pub(super) fn nearest(unknown: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let beginning = |name: &str| name.chars().zip(unknown.chars()).take_while(|(a, b)| a == b).count();
    names.min_by_key(|name| {
        (last(name) != last(unknown), strsim::levenshtein(unknown, name), Reverse(beginning(name)))
    })
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelled_or_misplaced_name_leads_to_the_right_one() {
        let names = || ["calls", "cores", "idle_seconds", "penalties.aligned"].map(str::to_owned).into_iter();
        for (unknown, expected) in [
            ("cals", "calls"),
            ("core", "cores"),
            ("idle_second", "idle_seconds"),
            ("penalties.idle_seconds", "idle_seconds"),
            ("aligned", "penalties.aligned"),
            ("colour", "cores"),
            ("penaltys.aligned", "penalties.aligned"),
        ] {
            assert_eq!(nearest(unknown, names()).as_deref(), Some(expected), "{unknown}");
        }
        assert_eq!(nearest("x", std::iter::empty()), None);
    }
}
