//! Terms in tables: CSV, TSV, OmegaT's tab glossaries and UTX. Without a header:
//! source, target and a note. With one, by name (and by the names that other
//! tools use): `id domain part_of_speech source source_variants target
//! target_variants proper_noun definition note status source_language
//! target_language`; further columns become properties. Variants are parted by
//! ` | `; one that ends with `^deprecated` or `^superseded` has that status.

use std::io::Read;

use rustc_hash::FxHashMap;

use super::rows::{Delimiter, Rows};
use crate::{
    interchange::{
        contract::{ConceptFile, FileConcept},
        error::ReadError,
        problem::{Place, Problem},
        term_words::{read_part_of_speech, read_status},
    },
    locale::Locale,
    term::{ConceptDraft, PartOfSpeech, Term, TermStatus},
    unit::{Property, Provenance},
};

/// Columns, and what they are called elsewhere: by TICO-19, UTX and Arabeyes.
const FIELDS: [(&str, &[&str]); 13] = [
    ("id", &["stringid"]),
    ("domain", &[]),
    ("part_of_speech", &["pos", "src:pos"]),
    ("source", &["src", "sourcestring", "word"]),
    ("source_variants", &[]),
    ("target", &["tgt", "targetstring", "translate"]),
    ("target_variants", &[]),
    ("proper_noun", &[]),
    ("definition", &["description"]),
    ("note", &["comment"]),
    ("status", &["term status"]),
    ("source_language", &["sourcelang"]),
    ("target_language", &["targetlang"]),
];

/// Returns the field that a column's name means.
fn field(name: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(field, others)| *field == name || others.contains(&name)).map(|(field, _)| *field)
}

/// Says whether a column of this name is a field and no property.
pub(crate) fn is_field(name: &str) -> bool {
    field(&name.trim().to_ascii_lowercase()).is_some()
}

/// What the columns hold.
struct Columns {
    known: FxHashMap<&'static str, usize>,
    /// Names of the others.
    further: Vec<(usize, String)>,
}

pub(crate) fn read(
    bytes: impl Read,
    tabs: bool,
    source: &Locale,
    target: &Locale,
) -> Result<ConceptFile, ReadError> {
    let delimiter = if tabs { Delimiter::Tab } else { Delimiter::Found };
    let mut rows = Rows::new(bytes, delimiter)?;
    let mut columns: Option<Columns> = None;
    let mut file = ConceptFile::default();
    while let Some((line, row)) = rows.next()? {
        // In tab glossaries `#` opens a comment; UTX has its header in one.
        let comment = row.first().filter(|_| tabs).is_some_and(|first| first.starts_with('#'));
        if comment || columns.is_none() {
            let header = header(&row);
            if comment || header.is_some() {
                columns = header.or(columns);
                continue;
            }
        }
        let columns = columns.get_or_insert_with(plain);
        file.read += 1;
        let place = Place { line, unit: format!("#{}", file.read) };
        let cell =
            |name: &str| columns.known.get(name).and_then(|n| row.get(*n)).map_or("", |cell| cell.trim());
        match directed(&cell, source, target).and_then(|swapped| concept(&cell, swapped, source, target)) {
            Ok(mut draft) => {
                let value = |n: usize| row.get(n).map_or("", |cell| cell.trim());
                draft.properties =
                    columns.further.iter().filter_map(|(n, name)| property(name, value(*n))).collect();
                file.concepts.push(FileConcept { place, draft, former_id: String::new() });
            }
            Err((reason, message)) => file.problems.push(Problem::refused(&place, reason, message)),
        }
    }
    Ok(file)
}

/// Makes a property of a cell of a further column.
pub(crate) fn property(name: &str, value: &str) -> Option<Property> {
    let property = Property { name: name.to_owned(), value: value.to_owned(), locale: String::new() };
    (!name.is_empty() && !value.is_empty()).then_some(property)
}

fn plain() -> Columns {
    let known = [("source", 0), ("target", 1), ("note", 2)].into_iter().collect();
    Columns { known, further: Vec::new() }
}

/// Reads a row as a header, if it is one: it names a source and a target.
fn header(row: &[String]) -> Option<Columns> {
    let mut columns = Columns { known: FxHashMap::default(), further: Vec::new() };
    for (n, cell) in row.iter().enumerate() {
        let told = cell.trim().trim_start_matches('#');
        let name = told.to_ascii_lowercase();
        // Where the source is called otherwise, a column of that name tells where a row is from.
        match field(&name).filter(|field| !columns.known.contains_key(field)) {
            Some(field) => drop(columns.known.insert(field, n)),
            None => columns.further.push((n, told.to_owned())),
        }
    }
    let is_header = columns.known.contains_key("source") && columns.known.contains_key("target");
    is_header.then_some(columns)
}

/// Says whether a row goes the other way than the glossary, by its languages.
fn directed<'r>(
    cell: &impl Fn(&str) -> &'r str,
    source: &Locale,
    target: &Locale,
) -> Result<bool, (&'static str, String)> {
    let language = |name: &str| match cell(name) {
        "" => Ok(None),
        told => Locale::parse_from_file(told).map(Some).map_err(|e| ("BAD_LOCALE", e.to_string())),
    };
    let (from, to) = (language("source_language")?, language("target_language")?);
    let is = |told: &Option<Locale>, ours: &Locale| told.as_ref().is_none_or(|t| t.same_language(ours));
    if is(&from, source) && is(&to, target) {
        Ok(false)
    } else if is(&from, target) && is(&to, source) {
        Ok(true)
    } else {
        let told = |l: Option<Locale>| l.map_or_else(|| "-".to_owned(), |l| l.to_string());
        let message = format!("the row is {} > {}, the glossary {source} > {target}", told(from), told(to));
        Err(("OTHER_LANGUAGES", message))
    }
}

fn concept<'r>(
    cell: &impl Fn(&str) -> &'r str,
    swapped: bool,
    source: &Locale,
    target: &Locale,
) -> Result<ConceptDraft, (&'static str, String)> {
    let (source_cell, target_cell) = if swapped { ("target", "source") } else { ("source", "target") };
    let (from, to) = (cell(source_cell), cell(target_cell));
    if from.is_empty() {
        return Err(("NO_SOURCE_TERM", "the source term is empty".to_owned()));
    }
    if to.is_empty() {
        return Err(("NO_TARGET_TERM", "the target term is empty".to_owned()));
    }
    let part_of_speech = read_part_of_speech(cell("part_of_speech")).ok_or_else(|| {
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
    let variants = |of: &str| cell(if of == "source" { "source_variants" } else { "target_variants" });
    let standing = match cell("status") {
        "" => TermStatus::Preferred,
        told => read_status(told).ok_or_else(|| {
            let known = "preferred, admitted, superseded or deprecated";
            ("BAD_STATUS", format!("'{told}' is no status: {known}"))
        })?,
    };
    for (locale, main, variants) in
        [(source, from, variants(source_cell)), (target, to, variants(target_cell))]
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
                None if n == 0 => (text, standing),
                None => (text, TermStatus::Admitted),
            };
            let term = Term::new(text.trim(), locale.clone());
            terms.push(Term { status, part_of_speech, proper_noun, ..term });
        }
    }
    let notes = Some(cell("note")).filter(|n| !n.is_empty()).map(str::to_owned).into_iter().collect();
    Ok(ConceptDraft {
        id: cell("id").to_owned(),
        definition: cell("definition").to_owned(),
        domain: cell("domain").to_owned(),
        terms,
        notes,
        properties: Vec::new(),
        provenance: Provenance::default(),
    })
}

/// Reads a row that goes the glossary's way.
pub(crate) fn concept_of<'r>(
    cell: &impl Fn(&str) -> &'r str,
    source: &Locale,
    target: &Locale,
) -> Result<ConceptDraft, (&'static str, String)> {
    concept(cell, false, source, target)
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::{interchange::ConceptFile, locale::Locale, term::TermStatus};

    fn table(text: &str, tabs: bool) -> ConceptFile {
        read(text.as_bytes(), tabs, &Locale::arabic(), &Locale::english()).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn plain_pairs_are_concepts_that_come_back_the_same() {
        let file = table("حصار\tsiege\n\tx\nهدنة\n\"نعم\tyes\n", true);
        let texts: Vec<_> = file.concepts.iter().map(|c| c.draft.terms[0].text.as_str()).collect();
        assert_eq!(texts, ["حصار", "\"نعم"]);
        let problems: Vec<_> = file.problems.iter().map(|p| (p.place.line, p.reason)).collect();
        assert_eq!(problems, [(2, "NO_SOURCE_TERM"), (3, "NO_TARGET_TERM")]);
        assert_eq!(file.read, 4);
    }

    #[test]
    fn named_columns_carry_variants_and_status() {
        let file = table(
            "source,target,source_variants,target_variants,part_of_speech\n\"كتيبة\",battalion,كتائب | كتايب^deprecated,\"brigade, small^deprecated\",noun\n",
            false,
        );
        let terms: Vec<_> =
            file.concepts[0].draft.terms.iter().map(|t| (t.text.as_str(), t.status)).collect();
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
    fn tables_of_other_tools_are_read() {
        let tico = table(
            "stringID,sourceLang,targetLang,pos,sourceString,targetString,rank\n7,en,ar_AR,noun,siege,حصار,3\n8,en,fr,noun,siege,siège,\n",
            false,
        );
        let concept = &tico.concepts[0].draft;
        assert_eq!(
            (concept.id.as_str(), concept.terms[0].text.as_str(), concept.terms[1].text.as_str()),
            ("7", "حصار", "siege")
        );
        assert_eq!(
            (concept.properties[0].name.as_str(), concept.properties[0].value.as_str()),
            ("rank", "3")
        );
        assert_eq!((tico.problems[0].reason, tico.problems[0].place.line), ("OTHER_LANGUAGES", 3));

        let omegat = table("# a remark\nحصار\tsiege\tof a town\n", true);
        assert_eq!(
            (omegat.read, omegat.concepts[0].draft.notes.as_slice()),
            (1, &["of a town".to_owned()][..])
        );

        let utx = table(
            "#UTX 1.11; ar/en\n#src\ttgt\tsrc:pos\tterm status\nحصار\tsiege\tnoun\tapproved\nحصار\tblockade\tnoun\tforbidden\n",
            true,
        );
        let told: Vec<_> =
            utx.concepts.iter().map(|c| (c.draft.terms[1].text.as_str(), c.draft.terms[1].status)).collect();
        assert_eq!(told, [("siege", TermStatus::Preferred), ("blockade", TermStatus::Deprecated)]);

        let arabeyes = table("word; translate; source \nحصار; siege ;Somebody\n", false);
        assert_eq!(arabeyes.concepts[0].draft.terms[1].text, "siege");
        assert_eq!(arabeyes.concepts[0].draft.properties[0].value, "Somebody");
    }
}
