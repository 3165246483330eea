//! Finds the columns that a header names by their languages: `en,ar`, `English,Arabic`, `term:ar`.

use crate::{interchange::contract::Languages, locale::Locale};

/// Names of languages in headers, in lower case.
const NAMES: [(&str, &[&str]); 3] = [
    ("ar", &["arabic", "arabic term", "ara", "arabe", "عربي", "العربية", "عربية", "اللغة العربية"]),
    (
        "en",
        &[
            "english",
            "english term",
            "eng",
            "anglais",
            "إنجليزي",
            "الإنجليزية",
            "إنجليزية",
            "انجليزي",
            "الانجليزية",
            "اللغة الإنجليزية",
        ],
    ),
    ("fr", &["french", "french term", "fra", "français", "فرنسي", "الفرنسية", "فرنسية"]),
];

/// Returns the columns of source and target that a header names by language. `known` are the columns that
/// it names in another way. A side takes the first column with its locale, else the first with its language
/// in any region: `ar-EG` is the source of a memory in `ar`. A language by its name counts only if both
/// sides are then named, because a name may also be a text: `Arabic,العربية` is a pair.
pub(super) fn language_columns(
    row: &[String],
    languages: &Languages,
    known: [Option<usize>; 2],
    is_taken: impl Fn(usize) -> bool,
) -> [Option<usize>; 2] {
    let sides = [&languages.source, &languages.target];
    let mut columns = known;
    let ways: [fn(&str, &Languages, &Locale) -> bool; 3] = [is_locale, is_tag_of, is_name_of];
    for (way, names_language) in ways.into_iter().enumerate() {
        let mut found = columns;
        for (side, locale) in sides.into_iter().enumerate() {
            let other = found.get(1 - side).copied().flatten();
            let Some(column) = found.get_mut(side).filter(|column| column.is_none()) else { continue };
            let mut cells = row.iter().enumerate();
            *column = cells
                .find(|(n, cell)| {
                    Some(*n) != other && !is_taken(*n) && names_language(own_part(cell), languages, locale)
                })
                .map(|(n, _)| n);
        }
        if way < 2 || found.iter().all(Option::is_some) {
            columns = found;
        }
    }
    columns
}

/// Returns a cell without what UTX writes before the language: `term:ar`.
fn own_part(cell: &str) -> &str {
    let cell = cell.trim().trim_start_matches('#');
    cell.strip_prefix("term:").unwrap_or(cell).trim()
}

fn is_locale(cell: &str, languages: &Languages, locale: &Locale) -> bool {
    languages.parse_locale(cell).is_ok_and(|read| read == *locale)
}

fn is_tag_of(cell: &str, languages: &Languages, locale: &Locale) -> bool {
    is_tag(cell) && languages.parse_locale(cell).is_ok_and(|read| read.has_same_language(locale))
}

fn is_name_of(cell: &str, _: &Languages, locale: &Locale) -> bool {
    let cell = cell.to_lowercase();
    let names = NAMES.iter().find(|(language, _)| *language == locale.language());
    names.is_some_and(|(_, names)| names.contains(&cell.as_str()))
}

/// Returns true if a word looks like a language, with or without a script and a region: `ar`,
/// `en-US`.
pub(super) fn is_tag(word: &str) -> bool {
    let mut parts = word.split(['-', '_']);
    let is_language = parts.next().is_some_and(|part| matches!(part.len(), 2 | 3) && has_only_letters(part));
    let further: Vec<&str> = parts.collect();
    is_language && further.len() <= 2 && further.into_iter().all(is_script_or_region)
}

fn is_script_or_region(part: &str) -> bool {
    match part.len() {
        2 | 4 => has_only_letters(part),
        3 => part.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    }
}

fn has_only_letters(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_alphabetic())
}
