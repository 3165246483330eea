//! Writes concepts as a table that `terms_csv` reads: one row per concept, one column per field and
//! per name of a property.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use super::terms_csv;
use crate::{
    interchange::{
        contract::{GlossaryHead, WriteLosses},
        term_words::{part_of_speech_name, status_name},
    },
    locale::Locale,
    term::{ConceptDraft, PartOfSpeech, Term, TermStatus},
};

const COLUMNS: [&str; 11] = [
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
    "status",
];

/// Writes a table. A concept without a target term is left out, because the reader would refuse
/// it, and is counted like a concept that a table holds only in part.
pub(crate) fn write<'c>(
    out: &mut dyn Write,
    delimiter: u8,
    head: &GlossaryHead<'_>,
    concepts: impl Iterator<Item = &'c ConceptDraft> + Clone,
) -> io::Result<WriteLosses> {
    let further: BTreeSet<&str> = concepts
        .clone()
        .flat_map(|c| &c.properties)
        .filter(|p| p.locale.is_empty() && !terms_csv::is_field(&p.name))
        .map(|p| p.name.as_str())
        .collect();
    let style = if delimiter == b'\t' { csv::QuoteStyle::Never } else { csv::QuoteStyle::Necessary };
    let mut rows = csv::WriterBuilder::new().delimiter(delimiter).quote_style(style).from_writer(out);
    rows.write_record(COLUMNS.iter().copied().chain(further.iter().copied()))?;
    let mut losses = WriteLosses::default();
    for concept in concepts {
        let mut row = ConceptRow { tabbed: delimiter == b'\t', whole: true, cells: Vec::new() };
        if row.fill(concept, head, &further).is_some() {
            rows.write_record(&row.cells)?;
        } else {
            row.whole = false;
            losses.left_out += 1;
        }
        losses.partial += u64::from(!row.whole);
    }
    rows.flush()?;
    Ok(losses)
}

/// Formats cells as a row of comma-separated values, quoted where necessary, without the line end.
#[must_use]
pub fn csv_row(cells: &[&str]) -> String {
    let mut row = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = row.write_record(cells);
    let bytes = row.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default().trim_end_matches('\n').to_owned()
}

struct ConceptRow {
    tabbed: bool,
    /// True if the row holds the concept without a loss.
    whole: bool,
    cells: Vec<String>,
}

impl ConceptRow {
    fn cell(&mut self, text: &str) {
        // In a tab table a tab or a line end would end the cell.
        self.cells.push(if self.tabbed { text.replace(['\t', '\n', '\r'], " ") } else { text.to_owned() });
    }

    fn fill(
        &mut self,
        concept: &ConceptDraft,
        head: &GlossaryHead<'_>,
        further: &BTreeSet<&str>,
    ) -> Option<()> {
        let (sources, targets) = (terms_in(concept, head.source), terms_in(concept, head.target));
        let (source, target) = (sources.first()?, targets.first()?);
        // The reader would take the row for a comment.
        if self.tabbed && concept.id.starts_with('#') {
            return None;
        }
        self.cell(&concept.id);
        self.cell(&concept.domain);
        self.cell(part_of_speech_name(source.part_of_speech));
        self.cell(&source.text);
        self.cell(&variants(&sources));
        self.cell(&main(target, source.status));
        self.cell(&variants(&targets));
        let proper = source.proper_noun && source.part_of_speech != PartOfSpeech::ProperNoun;
        self.cell(if proper { "yes" } else { "" });
        self.cell(&concept.definition);
        self.cell(concept.notes.first().map_or("", String::as_str));
        self.cell(if source.status == TermStatus::Preferred { "" } else { status_name(source.status) });
        for name in further {
            let value = concept.properties.iter().find(|p| p.name == *name && p.locale.is_empty());
            self.cell(value.map_or("", |p| p.value.as_str()));
        }
        let read = terms_csv::concept_of(&|name| self.field(name), head.source, head.target);
        let mut read = read.ok()?;
        read.properties = further
            .iter()
            .zip(self.cells.iter().skip(COLUMNS.len()))
            .filter_map(|(name, cell)| terms_csv::property(name, cell.trim()))
            .collect();
        let mut wanted = concept.clone();
        wanted.properties.sort_by(|a, b| a.name.cmp(&b.name));
        self.whole = read == wanted;
        Some(())
    }

    /// Returns a field as the reader will return it.
    fn field(&self, name: &str) -> &str {
        let at = COLUMNS.iter().position(|column| *column == name);
        at.and_then(|at| self.cells.get(at)).map_or("", |cell| cell.trim())
    }
}

fn terms_in<'c>(concept: &'c ConceptDraft, locale: &Locale) -> Vec<&'c Term> {
    concept.terms.iter().filter(|t| t.locale == *locale).collect()
}

/// Returns a term with a mark for its status, if that has one.
fn marked(term: &Term) -> String {
    match term.status {
        TermStatus::Deprecated | TermStatus::Superseded => {
            format!("{}^{}", term.text, status_name(term.status))
        }
        TermStatus::Preferred | TermStatus::Admitted => term.text.clone(),
    }
}

/// Returns the main term of a side. It is marked unless its status is that of the row.
fn main(term: &Term, row: TermStatus) -> String {
    if term.status == row { term.text.clone() } else { marked(term) }
}

fn variants(terms: &[&Term]) -> String {
    terms.iter().skip(1).map(|t| marked(t)).collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{
        interchange::{
            ConceptFormat, GlossaryHead, WriteLosses, concept_streams::read_whole, write_concepts,
        },
        locale::Locale,
        term::{ConceptDraft, PartOfSpeech, Term, TermStatus},
        unit::Property,
    };

    fn written(format: ConceptFormat, concepts: &[ConceptDraft]) -> (Vec<u8>, WriteLosses) {
        let (source, target) = (Locale::arabic(), Locale::english());
        let head = GlossaryHead { name: "g", description: "", source: &source, target: &target };
        let mut bytes = Vec::new();
        let losses = write_concepts(format, &mut bytes, &head, concepts.iter());
        (bytes, losses.unwrap_or_else(|e| panic!("{e}")))
    }

    fn read(format: ConceptFormat, bytes: &[u8]) -> Vec<ConceptDraft> {
        let file = read_whole(format, bytes).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(file.problems, []);
        file.drafts
    }

    prop_compose! {
        fn concepts()(
            id in "[a-z#]{3,8}[0-9]{6}",
            words in prop::collection::vec("[ab ,;\"|^\t\nح]{1,6}", 2..6),
            status in prop::sample::select(vec![TermStatus::Preferred, TermStatus::Admitted, TermStatus::Deprecated]),
            part_of_speech in prop::sample::select(vec![PartOfSpeech::Unknown, PartOfSpeech::Verb, PartOfSpeech::ProperNoun]),
            proper_noun in any::<bool>(),
            note in "[ab\t\n,]{0,4}",
            rank in prop::option::of("[1-3 ]{1,2}"),
        ) -> ConceptDraft {
            let words = words.iter().enumerate();
            let mut terms: Vec<Term> = words.map(|(n, text)| {
                let locale = if n % 2 == 0 { Locale::arabic() } else { Locale::english() };
                let status = if n < 2 { status } else { TermStatus::Admitted };
                Term { status, part_of_speech, proper_noun, ..Term::new(text.as_str(), locale) }
            }).collect();
            terms.sort_by_key(|t| t.locale.as_str() == "en");
            let rank = rank.map(|value| Property { name: "Rank".into(), value, locale: String::new() });
            ConceptDraft {
                id, terms, notes: vec![note], properties: rank.into_iter().collect(), ..Default::default()
            }
        }
    }

    proptest! {
        /// The writer counts concepts that a table cannot hold; the others are read back unchanged.
        #[test]
        fn concepts_without_losses_are_read_back(concept in concepts()) {
            for format in [ConceptFormat::Csv, ConceptFormat::Tsv] {
                let (bytes, losses) = written(format, std::slice::from_ref(&concept));
                if losses.partial == 0 {
                    prop_assert_eq!(read(format, &bytes), vec![concept.clone()]);
                }
            }
        }
    }

    fn term(text: &str, locale: Locale, status: TermStatus) -> Term {
        Term { status, ..Term::new(text, locale) }
    }

    #[test]
    fn plain_concepts_are_lossless_and_others_are_counted() {
        let plain = ConceptDraft {
            id: "c1".into(),
            definition: "a, \"b\"".into(),
            terms: vec![
                term("كتيبة", Locale::arabic(), TermStatus::Preferred),
                term("كتائب", Locale::arabic(), TermStatus::Admitted),
                term("battalion", Locale::english(), TermStatus::Preferred),
                term("brigade", Locale::english(), TermStatus::Deprecated),
            ],
            notes: vec!["n".into()],
            properties: vec![Property { name: "rank".into(), value: "3".into(), locale: String::new() }],
            ..Default::default()
        };
        let mut rich = ConceptDraft { id: "c2".into(), ..plain.clone() };
        rich.terms[0].usage_note = "here".into();
        let source_only = ConceptDraft { id: "c3".into(), terms: plain.terms[..1].to_vec(), ..plain.clone() };
        for format in [ConceptFormat::Csv, ConceptFormat::Tsv] {
            let (bytes, losses) = written(format, &[plain.clone(), rich.clone(), source_only.clone()]);
            assert_eq!(losses.partial, 2);
            let back = read(format, &bytes);
            assert_eq!((back.len(), &back[0]), (2, &plain));
        }
    }
}
