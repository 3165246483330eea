//! Terms in tables. Without a header: source and target. With one, by name:
//! `id domain part_of_speech source source_variants target target_variants
//! proper_noun definition note`. Variants are parted by ` | `; one that ends
//! with `^deprecated` or `^superseded` has that status.

use std::{
    hash::{Hash, Hasher},
    io::Read,
};

use rustc_hash::{FxHashMap, FxHasher};

use super::{
    concepts::ConceptFile,
    decode::{Decoded, from_io},
    error::ReadError,
    problem::{Place, Problem},
};
use crate::{
    locale::Locale,
    term::{ConceptDraft, PartOfSpeech, Term, TermStatus},
    text::folded,
};

const FIELDS: [&str; 10] = [
    "id",
    "domain",
    "part_of_speech",
    "source",
    "source_variants",
    "target",
    "target_variants",
    "proper_noun",
    "definition",
    "note",
];

pub(super) fn read(
    bytes: impl Read,
    delimiter: u8,
    source: &Locale,
    target: &Locale,
) -> Result<ConceptFile, ReadError> {
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .quoting(delimiter != b'\t')
        .from_reader(Decoded::new(bytes)?);
    let mut columns: Option<FxHashMap<String, usize>> = None;
    let mut file = ConceptFile::default();
    let mut row = csv::StringRecord::new();
    loop {
        match rows.read_record(&mut row) {
            Ok(true) => {}
            Ok(false) => return Ok(file),
            Err(error) => return Err(failure(error)),
        }
        let line = row.position().map_or(0, csv::Position::line);
        let columns = match &columns {
            Some(columns) => columns,
            None => {
                let header = header(&row, line)?;
                let found = columns.insert(header.clone().unwrap_or_else(plain));
                if header.is_some() {
                    continue;
                }
                found
            }
        };
        file.read += 1;
        let place = Place { line, unit: format!("#{}", file.read) };
        let cell = |name: &str| columns.get(name).and_then(|n| row.get(*n)).unwrap_or_default().trim();
        match concept(&cell, source, target) {
            Ok(concept) => file.concepts.push(concept),
            Err((reason, message)) => file.problems.push(Problem::refused(&place, reason, message)),
        }
    }
}

fn plain() -> FxHashMap<String, usize> {
    [("source".to_owned(), 0), ("target".to_owned(), 1)].into_iter().collect()
}

/// Reads the first row as a header, if it is one.
fn header(row: &csv::StringRecord, line: u64) -> Result<Option<FxHashMap<String, usize>>, ReadError> {
    let names: Vec<String> = row.iter().map(|c| c.trim().to_ascii_lowercase()).collect();
    if !names.iter().any(|n| n == "source") {
        return Ok(None);
    }
    if let Some(unknown) = names.iter().find(|n| !FIELDS.contains(&n.as_str())) {
        let what = format!("the column '{unknown}' is not known: use {}", FIELDS.join(", "));
        return Err(ReadError::BadTable { line, what });
    }
    Ok(Some(names.into_iter().enumerate().map(|(n, name)| (name, n)).collect()))
}

fn concept<'r>(
    cell: &impl Fn(&str) -> &'r str,
    source: &Locale,
    target: &Locale,
) -> Result<ConceptDraft, (&'static str, String)> {
    let (from, to) = (cell("source"), cell("target"));
    if from.is_empty() {
        return Err(("NO_SOURCE_TERM", "the source term is empty".to_owned()));
    }
    if to.is_empty() {
        return Err(("NO_TARGET_TERM", "the target term is empty".to_owned()));
    }
    let part_of_speech = part_of_speech(cell("part_of_speech")).ok_or_else(|| {
        (
            "BAD_PART_OF_SPEECH",
            format!(
                "'{}' is no part of speech: noun, verb, adjective, adverb, properNoun, other",
                cell("part_of_speech")
            ),
        )
    })?;
    let proper_noun = match cell("proper_noun") {
        "" | "no" | "false" => part_of_speech == PartOfSpeech::ProperNoun,
        "yes" | "true" => true,
        other => return Err(("BAD_FLAG", format!("proper_noun is '{other}': write yes or leave it empty"))),
    };
    let mut terms = Vec::new();
    for (locale, main, variants) in
        [(source, from, cell("source_variants")), (target, to, cell("target_variants"))]
    {
        let others = variants.split('|').map(str::trim).filter(|v| !v.is_empty());
        for (n, text) in std::iter::once(main).chain(others).enumerate() {
            let (text, status) = match text.split_once('^') {
                Some((text, "deprecated")) => (text, TermStatus::Deprecated),
                Some((text, "superseded")) => (text, TermStatus::Superseded),
                Some((_, other)) => {
                    return Err((
                        "BAD_STATUS",
                        format!("'^{other}' is no status: ^deprecated or ^superseded"),
                    ));
                }
                None if n == 0 => (text, TermStatus::Preferred),
                None => (text, TermStatus::Admitted),
            };
            terms.push(Term {
                text: text.trim().to_owned(),
                locale: locale.clone(),
                status,
                part_of_speech,
                proper_noun,
                case_sensitive: false,
                usage_note: String::new(),
            });
        }
    }
    let id = match cell("id") {
        // The same row imported again must be the same concept.
        "" => {
            let mut hasher = FxHasher::default();
            (folded(from), to).hash(&mut hasher);
            format!("row-{:016x}", hasher.finish())
        }
        id => id.to_owned(),
    };
    let notes = Some(cell("note")).filter(|n| !n.is_empty()).map(str::to_owned).into_iter().collect();
    Ok(ConceptDraft {
        id,
        definition: cell("definition").to_owned(),
        domain: cell("domain").to_owned(),
        terms,
        notes,
        properties: Vec::new(),
    })
}

/// Reads a part of speech as TBX-Basic and tables write it.
pub(super) fn part_of_speech(text: &str) -> Option<PartOfSpeech> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" => Some(PartOfSpeech::Unknown),
        "noun" => Some(PartOfSpeech::Noun),
        "verb" => Some(PartOfSpeech::Verb),
        "adjective" => Some(PartOfSpeech::Adjective),
        "adverb" => Some(PartOfSpeech::Adverb),
        "propernoun" | "proper noun" => Some(PartOfSpeech::ProperNoun),
        "other" => Some(PartOfSpeech::Other),
        _ => None,
    }
}

fn failure(error: csv::Error) -> ReadError {
    let line = error.position().map_or(0, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(io) => from_io(&io),
        other => ReadError::BadTable { line, what: format!("{other:?}") },
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::{interchange::ConceptFile, locale::Locale, term::TermStatus};

    fn table(text: &str, delimiter: u8) -> ConceptFile {
        read(text.as_bytes(), delimiter, &Locale::arabic(), &Locale::english())
            .unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn plain_pairs_are_concepts_that_come_back_the_same() {
        let file = table("حصار\tsiege\n\tx\nهدنة\n\"نعم\tyes\n", b'\t');
        let texts: Vec<_> = file.concepts.iter().map(|c| c.terms[0].text.as_str()).collect();
        assert_eq!(texts, ["حصار", "\"نعم"]);
        let problems: Vec<_> = file.problems.iter().map(|p| (p.place.line, p.reason)).collect();
        assert_eq!(problems, [(2, "NO_SOURCE_TERM"), (3, "NO_TARGET_TERM")]);
        assert_eq!(file.read, 4);
        assert_eq!(table("حصار\tsiege\n", b'\t').concepts[0].id, file.concepts[0].id);
    }

    #[test]
    fn named_columns_carry_variants_and_status() {
        let file = table(
            "source,target,source_variants,target_variants,part_of_speech\n\"كتيبة\",battalion,كتائب | كتايب^deprecated,\"brigade, small^deprecated\",noun\n",
            b',',
        );
        let terms: Vec<_> = file.concepts[0].terms.iter().map(|t| (t.text.as_str(), t.status)).collect();
        assert_eq!(
            terms,
            [
                ("كتيبة", TermStatus::Preferred),
                ("كتائب", TermStatus::Admitted),
                ("كتايب", TermStatus::Deprecated),
                ("battalion", TermStatus::Preferred),
                ("brigade, small", TermStatus::Deprecated),
            ]
        );
    }

    #[test]
    fn an_unknown_column_is_named() {
        let error = read("source,colour\n".as_bytes(), b',', &Locale::arabic(), &Locale::english()).err();
        assert!(error.is_some_and(|e| e.to_string().contains("'colour'")));
    }
}
