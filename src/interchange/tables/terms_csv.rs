//! Reads terms from tables: CSV, TSV, OmegaT's tab glossaries and UTX.
//!
//! Without a header the columns are source, target and a note. The columns of a header are `id
//! domain part_of_speech source source_variants target target_variants proper_noun definition note
//! status source_language target_language`, also by the names that other tools use; others become
//! properties. Variants are separated by ` | `; one that ends with `^deprecated` or `^superseded`
//! has that status.

use std::io::Read;

use rustc_hash::FxHashMap;

use super::{
    direction::{ScriptColumns, TURNED, contradicting_header, turned_message},
    language_columns::{is_tag, language_columns},
    rows::{Delimiter, TableReader, detected_encoding},
};
use crate::{
    interchange::{
        contract::{ConceptFilePart, FileConcept, Languages, ReadConcepts},
        error::ReadError,
        problem::{FilePosition, Problem},
        term_words::{read_part_of_speech, read_status, too_many_terms},
    },
    locale::Locale,
    term::{ConceptDraft, PartOfSpeech, Term, TermStatus},
    unit::{Property, Provenance},
};

/// The columns, with the names that TICO-19, UTX and Arabeyes use for them.
const FIELDS: [(&str, &[&str]); 13] = [
    ("id", &["stringid"]),
    ("domain", &[]),
    ("part_of_speech", &["pos", "src:pos"]),
    ("source", &["src", "sourcestring", "word", "source term"]),
    ("source_variants", &[]),
    ("target", &["tgt", "targetstring", "translate", "target term"]),
    ("target_variants", &[]),
    ("proper_noun", &[]),
    ("definition", &["description"]),
    ("note", &["comment"]),
    ("status", &["term status"]),
    ("source_language", &["sourcelang"]),
    ("target_language", &["targetlang"]),
];

/// Returns the field for the name of a column, which must be in lower case.
fn field(name: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(field, others)| *field == name || others.contains(&name)).map(|(field, _)| *field)
}

/// Returns true if a column of this name is a field of a concept and not a property.
pub(crate) fn is_field(name: &str) -> bool {
    field(&name.trim().to_ascii_lowercase()).is_some()
}

/// The columns of a table, by name.
struct TermColumns {
    known: FxHashMap<&'static str, usize>,
    /// Numbers and names of the other columns, which become properties.
    further: Vec<(usize, String)>,
    /// True if the header names the languages of source and target.
    names_languages: bool,
}

impl TermColumns {
    /// Returns the trimmed cell of a field. It is empty if the table has no such column.
    fn cell<'r>(&self, row: &'r [String], field: &str) -> &'r str {
        self.known.get(field).and_then(|n| row.get(*n)).map_or("", |cell| cell.trim())
    }
}

/// Reads the rows of a table one by one.
pub(crate) struct TermReader<R: Read> {
    rows: TableReader<R>,
    tabs: bool,
    languages: Languages,
    /// The most terms of one concept.
    most_terms: usize,
    /// The columns, once they are known.
    columns: Option<TermColumns>,
    /// True if the first line of a UTX file names the languages of the glossary, in either order.
    utx_languages: bool,
    /// True if source and target of all rows are swapped, because of that line or of the script.
    swapped: bool,
    number: u64,
    /// Remarks on the whole file that have not been returned yet.
    remarks: Vec<Problem>,
}

impl<R: Read> TermReader<R> {
    pub(crate) fn new(
        bytes: R,
        tabs: bool,
        (source, target): (Locale, Locale),
        most_terms: usize,
    ) -> Result<Self, ReadError> {
        let delimiter = if tabs { Delimiter::Tab } else { Delimiter::Detected };
        Ok(Self {
            rows: TableReader::new(bytes, delimiter)?,
            tabs,
            languages: Languages { source, target, renamed: Vec::new() },
            most_terms,
            columns: None,
            utx_languages: false,
            swapped: false,
            number: 0,
            remarks: Vec::new(),
        })
    }

    /// Sets the columns, and looks whether the script shows that those of the sides are the wrong way round.
    fn set_columns(&mut self, columns: TermColumns, line: u64) -> Result<(), ReadError> {
        // Columns that name their languages need no line that names them.
        self.swapped &= !columns.names_languages;
        let column = |side: &str| columns.known.get(side).copied().unwrap_or_default();
        let Languages { source, target, .. } = &self.languages;
        let mut sides = [source, target];
        if self.swapped {
            sides.reverse();
        }
        let [first, second] = sides;
        let tabs = self.tabs;
        // In a table with these columns the direction is certain. Exports of this program have the last two.
        let certain = ["source_language", "target_language", "source_variants", "target_variants"];
        let is_certain = certain.into_iter().any(|name| columns.known.contains_key(name));
        if let Some(script) = ScriptColumns::new((column("source"), first), (column("target"), second))
            && !is_certain
            && self.rows.is_turned(script, |row| tabs && is_comment(row))?
        {
            if columns.names_languages || self.utx_languages {
                return Err(contradicting_header(&self.languages));
            }
            self.swapped = true;
            let place = FilePosition { line, unit: String::new() };
            self.remarks.push(Problem::remark(&place, TURNED, turned_message(&self.languages)));
        }
        self.columns = Some(columns);
        Ok(())
    }

    /// Reads the languages of the first line of a UTX file (`#UTX 1.20; en/ar; 2020-01-01;`).
    fn read_utx_languages(&mut self, row: &[String]) -> Result<(), ReadError> {
        let Some((from, to)) = row.first().and_then(|cell| utx_languages(cell)) else { return Ok(()) };
        let Some(reversed) = self.languages.reversed(&from, Some(&to)) else {
            return Err(self.other_languages(&format!("{from} and {to}")));
        };
        (self.utx_languages, self.swapped) = (true, reversed);
        Ok(())
    }

    fn other_languages(&self, found: &str) -> ReadError {
        let Languages { source, target, .. } = &self.languages;
        let what = format!("the header names the languages {found}, the glossary is {source} > {target}");
        ReadError::OtherLanguages { reason: "OTHER_LANGUAGES", what }
    }

    fn entry(&self, columns: &TermColumns, place: FilePosition, row: &[String]) -> FileConcept {
        let cell = |name: &str| columns.cell(row, name);
        let (source, target) = (&self.languages.source, &self.languages.target);
        match directed_concept(&cell, self.swapped, (source, target), self.most_terms) {
            Ok(mut draft) => {
                let further = columns.further.iter();
                draft.properties = further
                    .filter_map(|(n, name)| property(name, row.get(*n).map_or("", |cell| cell.trim())))
                    .collect();
                FileConcept::new(place, draft)
            }
            Err((reason, message)) => FileConcept::refused(place, reason, message),
        }
    }
}

impl<R: Read> ReadConcepts for TermReader<R> {
    fn next_part(&mut self) -> Result<Option<ConceptFilePart>, ReadError> {
        loop {
            if let Some(remark) = self.remarks.pop() {
                return Ok(Some(ConceptFilePart::Remark(remark)));
            }
            let Some((line, row)) = self.rows.next_row()? else { return Ok(None) };
            if let Some(name) = self.rows.new_detected_encoding() {
                self.remarks.push(detected_encoding(&FilePosition { line, unit: String::new() }, name));
            }
            // The header of a UTX file is a comment.
            if self.tabs && is_comment(&row) {
                self.read_utx_languages(&row)?;
                if let Some(columns) = self.header(&row)? {
                    self.set_columns(columns, line)?;
                }
                continue;
            }
            let Some(columns) = self.columns.take() else {
                match self.header(&row)? {
                    Some(columns) => self.set_columns(columns, line)?,
                    None => {
                        // The row is the first entry, and shows the direction, too.
                        self.rows.put_back((line, row));
                        self.set_columns(plain(), line)?;
                    }
                }
                continue;
            };
            self.number += 1;
            let place = FilePosition { line, unit: format!("#{}", self.number) };
            let entry = self.entry(&columns, place, &row);
            self.columns = Some(columns);
            return Ok(Some(ConceptFilePart::Entry(Box::new(entry))));
        }
    }
}

/// Returns true if a row of a tab glossary is a comment.
fn is_comment(row: &[String]) -> bool {
    row.first().is_some_and(|first| first.starts_with('#'))
}

/// Returns the languages that the first line of a UTX file names.
fn utx_languages(line: &str) -> Option<(Locale, Locale)> {
    let line = line.strip_prefix('#')?.trim_start();
    line.get(..3).filter(|name| name.eq_ignore_ascii_case("utx"))?;
    line.split(';').find_map(|part| {
        let (from, to) = part.trim().split_once('/')?;
        Some((Locale::parse_from_file(from).ok()?, Locale::parse_from_file(to).ok()?))
    })
}

/// Makes a property from the name and the cell of a column. Returns `None` if one is empty.
pub(crate) fn property(name: &str, value: &str) -> Option<Property> {
    let property = Property { name: name.to_owned(), value: value.to_owned(), locale: String::new() };
    (!name.is_empty() && !value.is_empty()).then_some(property)
}

fn plain() -> TermColumns {
    let known = [("source", 0), ("target", 1), ("note", 2)].into_iter().collect();
    TermColumns { known, further: Vec::new(), names_languages: false }
}

impl<R: Read> TermReader<R> {
    /// Reads a row as a header. Returns `None` if it does not name a source and a target.
    ///
    /// # Errors
    /// The row names one language of the glossary and another language.
    fn header(&self, row: &[String]) -> Result<Option<TermColumns>, ReadError> {
        let mut known: FxHashMap<&'static str, usize> = FxHashMap::default();
        for (n, cell) in row.iter().enumerate() {
            let name = cell.trim().trim_start_matches('#').to_ascii_lowercase();
            // A second column of the same field is a property. For example, Arabeyes calls the source
            // term `word`, and its column `source` names where the row is from.
            if let Some(field) = field(&name) {
                known.entry(field).or_insert(n);
            }
        }
        let named = ["source", "target"].map(|side| known.get(side).copied());
        let sides =
            language_columns(row, &self.languages, named, |n| known.values().any(|taken| *taken == n));
        let [Some(source), Some(target)] = sides else {
            let tags: Vec<&str> = row.iter().map(|cell| cell.trim()).filter(|cell| is_tag(cell)).collect();
            let is_header = sides.iter().any(Option::is_some) && tags.len() > 1 && tags.len() == row.len();
            return if is_header { Err(self.other_languages(&tags.join(" and "))) } else { Ok(None) };
        };
        known.extend([("source", source), ("target", target)]);
        let further = row.iter().enumerate().filter(|(n, _)| known.values().all(|taken| taken != n));
        let further = further.map(|(n, cell)| (n, cell.trim().trim_start_matches('#').to_owned())).collect();
        Ok(Some(TermColumns { known, further, names_languages: named != sides }))
    }
}

/// Makes a concept from a row in either direction, or returns the reason and the message for
/// refusing it.
fn directed_concept<'r>(
    cell: &impl Fn(&str) -> &'r str,
    file_swapped: bool,
    (source, target): (&Locale, &Locale),
    most_terms: usize,
) -> Result<ConceptDraft, (&'static str, String)> {
    let names_languages = !cell("source_language").is_empty() || !cell("target_language").is_empty();
    let swapped = if names_languages { is_row_reversed(cell, source, target)? } else { file_swapped };
    concept(cell, swapped, (source, target), most_terms)
}

/// Returns true if the languages of a row are those of the glossary in the opposite order.
fn is_row_reversed<'r>(
    cell: &impl Fn(&str) -> &'r str,
    source: &Locale,
    target: &Locale,
) -> Result<bool, (&'static str, String)> {
    let (from, to) = (language(cell("source_language"))?, language(cell("target_language"))?);
    if allows(from.as_ref(), source) && allows(to.as_ref(), target) {
        Ok(false)
    } else if allows(from.as_ref(), target) && allows(to.as_ref(), source) {
        Ok(true)
    } else {
        let [from, to] = [&from, &to].map(|language| language.as_ref().map_or("-", Locale::as_str));
        let message = format!("the row is {from} > {to}, the glossary {source} > {target}");
        Err(("OTHER_LANGUAGES", message))
    }
}

/// Parses the language in a cell. An empty cell is `None`.
fn language(cell: &str) -> Result<Option<Locale>, (&'static str, String)> {
    match cell {
        "" => Ok(None),
        tag => Locale::parse_from_file(tag).map(Some).map_err(|e| ("BAD_LOCALE", e.to_string())),
    }
}

/// Returns true if a row whose language is `language`, or not given, can be in the language of
/// `locale`.
fn allows(language: Option<&Locale>, locale: &Locale) -> bool {
    language.is_none_or(|language| language.has_same_language(locale))
}

fn concept<'r>(
    cell: &impl Fn(&str) -> &'r str,
    swapped: bool,
    (source, target): (&Locale, &Locale),
    most_terms: usize,
) -> Result<ConceptDraft, (&'static str, String)> {
    let mut sides = [(cell("source"), cell("source_variants")), (cell("target"), cell("target_variants"))];
    if swapped {
        sides.reverse();
    }
    let [(from, from_variants), (to, to_variants)] = sides;
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
                "'{}' is not a part of speech: write noun, verb, adjective, adverb, properNoun or other",
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
    let row_status = match cell("status") {
        "" => TermStatus::Preferred,
        name => read_status(name).ok_or_else(|| {
            let known = "preferred, admitted, superseded or deprecated";
            ("BAD_STATUS", format!("'{name}' is not a status: write {known}"))
        })?,
    };
    for (locale, main, variants) in [(source, from, from_variants), (target, to, to_variants)] {
        let others = variants.split('|').map(str::trim).filter(|v| !v.is_empty());
        for (n, text) in std::iter::once(main).chain(others).enumerate() {
            if terms.len() == most_terms {
                return Err(("TOO_MANY_TERMS", too_many_terms(most_terms)));
            }
            let (text, status) = match text.split_once('^') {
                Some((text, "deprecated")) => (text, TermStatus::Deprecated),
                Some((text, "superseded")) => (text, TermStatus::Superseded),
                Some((_, other)) => {
                    return Err((
                        "BAD_STATUS",
                        format!("'^{other}' is not a status: write ^deprecated or ^superseded"),
                    ));
                }
                None if n == 0 => (text, row_status),
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

/// Makes a concept from a row in the glossary's direction.
pub(crate) fn concept_of<'r>(
    cell: &impl Fn(&str) -> &'r str,
    source: &Locale,
    target: &Locale,
) -> Result<ConceptDraft, (&'static str, String)> {
    concept(cell, false, (source, target), usize::MAX)
}

#[cfg(test)]
mod tests {
    use crate::{
        interchange::{
            ConceptFormat,
            concept_streams::{WholeConceptFile, read_whole},
        },
        term::TermStatus,
    };

    fn table(text: &str, tabs: bool) -> WholeConceptFile {
        let format = if tabs { ConceptFormat::Tsv } else { ConceptFormat::Csv };
        read_whole(format, text.as_bytes()).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn plain_pairs_are_concepts_that_come_back_the_same() {
        let file = table("حصار\tsiege\n\tx\nهدنة\n\"نعم\tyes\n", true);
        let texts: Vec<_> = file.drafts.iter().map(|c| c.terms[0].text.as_str()).collect();
        assert_eq!(texts, ["حصار", "\"نعم"]);
        let problems: Vec<_> = file.problems.iter().map(|p| (p.position.line, p.reason)).collect();
        assert_eq!(problems, [(2, "NO_SOURCE_TERM"), (3, "NO_TARGET_TERM")]);
        assert_eq!(file.entries_read, 4);
    }

    #[test]
    fn named_columns_carry_variants_and_status() {
        let file = table(
            "source,target,source_variants,target_variants,part_of_speech\n\"كتيبة\",battalion,كتائب | كتايب^deprecated,\"brigade, small^deprecated\",noun\n",
            false,
        );
        let terms: Vec<_> = file.drafts[0].terms.iter().map(|t| (t.text.as_str(), t.status)).collect();
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
        let concept = &tico.drafts[0];
        assert_eq!(
            (concept.id.as_str(), concept.terms[0].text.as_str(), concept.terms[1].text.as_str()),
            ("7", "حصار", "siege")
        );
        assert_eq!(
            (concept.properties[0].name.as_str(), concept.properties[0].value.as_str()),
            ("rank", "3")
        );
        assert_eq!((tico.problems[0].reason, tico.problems[0].position.line), ("OTHER_LANGUAGES", 3));

        let omegat = table("# a remark\nحصار\tsiege\tof a town\n", true);
        assert_eq!(
            (omegat.entries_read, omegat.drafts[0].notes.as_slice()),
            (1, &["of a town".to_owned()][..])
        );

        let utx = table(
            "#UTX 1.11; ar/en\n#src\ttgt\tsrc:pos\tterm status\nحصار\tsiege\tnoun\tapproved\nحصار\tblockade\tnoun\tforbidden\n",
            true,
        );
        let terms: Vec<_> =
            utx.drafts.iter().map(|c| (c.terms[1].text.as_str(), c.terms[1].status)).collect();
        assert_eq!(terms, [("siege", TermStatus::Preferred), ("blockade", TermStatus::Deprecated)]);

        let arabeyes = table("word; translate; source \nحصار; siege ;Somebody\n", false);
        assert_eq!(arabeyes.drafts[0].terms[1].text, "siege");
        assert_eq!(arabeyes.drafts[0].properties[0].value, "Somebody");
    }

    fn pairs(file: &WholeConceptFile) -> Vec<(&str, &str)> {
        file.drafts.iter().map(|c| (c.terms[0].text.as_str(), c.terms[1].text.as_str())).collect()
    }

    #[test]
    fn a_header_that_names_the_languages_is_obeyed() {
        for (text, tabs) in [
            ("en,ar\nbank,بنك\n", false),
            ("ar,en\nبنك,bank\n", false),
            ("id,ar-EG,en_US\n1,بنك,bank\n", false),
            ("English;Arabic\nbank;بنك\n", false),
            ("ENG,ARA,note\nbank,بنك,\n", false),
            ("العربية,الإنجليزية\nبنك,bank\n", false),
            ("en\tar\nbank\tبنك\n", true),
            ("Source Term\tTarget Term\nبنك\tbank\n", true),
            ("#UTX 1.20; en/ar; 2020-01-01;\n#src\ttgt\tsrc:pos\nbank\tبنك\tnoun\n", true),
            ("#UTX 1.11; ar-EG/en-US; x\n#src\ttgt\nبنك\tbank\n", true),
            ("#UTX 1.20; en/ar\n#term:en\tterm:ar\nbank\tبنك\n", true),
            ("# UTX is not this file\nبنك\tbank\n", true),
        ] {
            // The UTX file with `term:` names its languages twice, and its columns decide.
            let file = table(text, tabs);
            assert_eq!((pairs(&file), file.problems.len()), (vec![("بنك", "bank")], 0), "{text}");
        }
        for (text, format) in [
            ("#UTX 1.20; en/fr; x\n#src\ttgt\na\tb\n", ConceptFormat::Tsv),
            ("en,fr\nyes,oui\n", ConceptFormat::Csv),
        ] {
            let error = read_whole(format, text.as_bytes()).err();
            assert_eq!(error.map(|e| e.reason()), Some("OTHER_LANGUAGES"), "{text}");
        }
        // One of two words that look like tags names no language of the glossary.
        assert_eq!(pairs(&table("no,la\nبنك,bank\n", false)).len(), 2);
    }

    #[test]
    fn a_glossary_the_wrong_way_round_is_turned_by_its_script() {
        for (text, tabs) in [
            ("bank,بنك\n123,456\n", false),
            ("source,target\nbank,بنك\n", false),
            ("# مصرف\nbank\tبنك\n", true),
            ("#src\ttgt\nbank\tبنك\n", true),
        ] {
            let file = table(text, tabs);
            assert_eq!(pairs(&file)[0], ("بنك", "bank"), "{text}");
            let problems: Vec<_> = file.problems.iter().map(|p| (p.reason, p.refused)).collect();
            assert_eq!(problems, [("COLUMNS_TURNED", false)], "{text}");
        }
        for (text, format) in [
            ("ar,en\nbank,بنك\n", ConceptFormat::Csv),
            ("#UTX 1.20; ar/en; x\n#src\ttgt\nbank\tبنك\n", ConceptFormat::Tsv),
        ] {
            let error = read_whole(format, text.as_bytes()).err();
            assert_eq!(error.map(|e| e.reason()), Some("COLUMNS_TURNED"), "{text}");
        }
        // An export has these columns, and is read as it was written.
        let exported = table("source,source_variants,target,target_variants\nbank,,بنك,\n", false);
        assert_eq!(pairs(&exported), [("bank", "بنك")]);
    }
}
