//! Finds out whether the columns of a table are the wrong way round, by the script of their texts.

use crate::{
    interchange::{contract::Languages, error::ReadError},
    locale::Locale,
    text::is_arabic_letter,
};

/// Languages that are written in Arabic script unless their tag names another one.
const ARABIC_SCRIPT: [&str; 12] =
    ["ar", "arb", "arz", "apc", "ary", "fa", "ur", "ps", "ckb", "sd", "ug", "ks"];

/// The columns of the two sides, if exactly one of their languages is written in Arabic script. Otherwise
/// the script shows nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScriptColumns {
    arabic: usize,
    other: usize,
}

/// What the texts of a row show about the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowScript {
    /// The Arabic side has an Arabic letter, so the columns are the right way round.
    Right,
    /// The Arabic side has none, and the other side has one.
    Turned,
    /// Neither has one.
    Neither,
}

impl ScriptColumns {
    pub(super) fn new(source: (usize, &Locale), target: (usize, &Locale)) -> Option<Self> {
        match (has_arabic_script(source.1), has_arabic_script(target.1)) {
            (true, false) => Some(Self { arabic: source.0, other: target.0 }),
            (false, true) => Some(Self { arabic: target.0, other: source.0 }),
            _ => None,
        }
    }

    /// Returns what a row shows.
    pub(super) fn of_row(self, row: &[String]) -> RowScript {
        let has_arabic =
            |column: usize| row.get(column).is_some_and(|cell| cell.chars().any(is_arabic_letter));
        if has_arabic(self.arabic) {
            RowScript::Right
        } else if has_arabic(self.other) {
            RowScript::Turned
        } else {
            RowScript::Neither
        }
    }
}

fn has_arabic_script(locale: &Locale) -> bool {
    let script = locale.as_str().split('-').skip(1).find(|part| part.len() == 4);
    match script {
        Some(script) => script == "Arab",
        None => ARABIC_SCRIPT.contains(&locale.language()),
    }
}

/// The reason of the remark on a file whose columns are read the other way round.
pub(super) const TURNED: &str = "COLUMNS_TURNED";

/// Returns the message of that remark.
pub(super) fn turned_message(languages: &Languages) -> String {
    let Languages { source, target, .. } = languages;
    format!(
        "the columns are read as {target}, {source}, because no cell of the Arabic side has an Arabic letter and cells of the other side have; name the columns in a header to read them otherwise"
    )
}

/// Returns the error for a file whose header names the languages of columns that have the other one.
pub(super) fn contradicting_header(languages: &Languages) -> ReadError {
    let Languages { source, target, .. } = languages;
    let what = format!(
        "the header names the columns of {source} and {target}, but no cell of the Arabic side has an Arabic letter and cells of the other side have: correct the header"
    );
    ReadError::OtherLanguages { reason: TURNED, what }
}

#[cfg(test)]
mod tests {
    use super::{Locale, RowScript, ScriptColumns};

    #[test]
    fn the_script_shows_the_direction_of_a_row() {
        let locale = |tag: &str| Locale::parse(tag).unwrap();
        let of = |source: &str, target: &str, row: [&str; 2]| {
            let columns = ScriptColumns::new((0, &locale(source)), (1, &locale(target)))?;
            Some(columns.of_row(&row.map(str::to_owned)))
        };
        for (source, target, row, expected) in [
            ("ar", "en", ["نعم", "yes"], Some(RowScript::Right)),
            ("ar", "en", ["yes", "نعم"], Some(RowScript::Turned)),
            ("en", "ar-EG", ["نعم", "yes"], Some(RowScript::Turned)),
            ("fa", "en", ["yes", "بله"], Some(RowScript::Turned)),
            ("ar", "en", ["نعم", "«نعم» means yes"], Some(RowScript::Right)),
            ("ar", "en", ["DNA", "DNA"], Some(RowScript::Neither)),
            ("ar", "fa", ["yes", "نعم"], None),
            ("ar-Latn", "en", ["yes", "نعم"], None),
            ("en", "fr", ["yes", "نعم"], None),
        ] {
            assert_eq!(of(source, target, row), expected, "{source} {target} {row:?}");
        }
    }
}
