//! Units as a CSV table (RFC 4180), one row per unit.
//!
//! The columns of the header are `id source target source_locale target_locale previous following
//! place created_by created_at changed_by changed_at origin review_state tool usage_count last_used_at
//! note`;
//! others become properties. Without a header the first two columns are source and target.

use std::io::{self, Read, Write};

use rustc_hash::FxHashMap;

use super::{
    direction::{ScriptColumns, TURNED, contradicting_header, turned_message},
    language_columns::language_columns,
    review_cells::{parse_review, with_status},
    rows::{Delimiter, TableReader, detected_encoding},
    terms_csv::property,
};
use crate::{
    clock::Timestamp,
    interchange::{
        bytes::{read_precise, write_precise},
        contract::{FileUnit, Languages, ReadUnits, WriteLosses, WriteUnits},
        error::ReadError,
        problem::{FilePosition, Problem},
        tmx::{UNREVIEWED, origin_name, parse_origin},
    },
    limits::VALUE_BYTES,
    locale::Locale,
    segment::Segment,
    unit::{Context, Provenance, ReviewState, UnitDraft, Variant},
};

/// The columns in the order in which they are written, with other names by which they are read.
const COLUMNS: [(&str, &[&str]); 18] = [
    ("id", &["external_id", "tuid"]),
    ("source", &["src", "source_text", "source text", "source string", "source segment"]),
    (
        "target",
        &[
            "tgt",
            "target_text",
            "target text",
            "target string",
            "target segment",
            "translation",
            "translated text",
        ],
    ),
    ("source_locale", &[]),
    ("target_locale", &[]),
    ("previous", &[]),
    ("following", &[]),
    ("place", &["context"]),
    ("created_by", &[]),
    ("created_at", &[]),
    ("changed_by", &[]),
    ("changed_at", &[]),
    ("origin", &[]),
    // `fuzzy` is the name in the tables of translate-toolkit and Weblate.
    ("review_state", &["fuzzy"]),
    ("tool", &[]),
    ("usage_count", &[]),
    ("last_used_at", &[]),
    ("note", &["comment"]),
];

pub(crate) struct CsvReader<R: Read> {
    rows: TableReader<R>,
    languages: Languages,
    columns: Option<UnitColumns>,
    number: u64,
    columns_reported: bool,
    /// True if the columns are read the other way round, until that is reported.
    turned: bool,
}

/// The columns of a table, by name.
#[derive(Default)]
struct UnitColumns {
    known: FxHashMap<&'static str, usize>,
    /// Numbers and names of the other columns, which become properties.
    further: Vec<(usize, String)>,
    /// True if the header names the languages of source and target.
    names_languages: bool,
}

impl<R: Read> CsvReader<R> {
    pub(crate) fn new(bytes: R, languages: Languages) -> Result<Self, ReadError> {
        Self::with_delimiter(bytes, Delimiter::Detected, languages)
    }

    fn with_delimiter(bytes: R, delimiter: Delimiter, languages: Languages) -> Result<Self, ReadError> {
        let rows = TableReader::new(bytes, delimiter)?;
        Ok(Self { rows, languages, columns: None, number: 0, columns_reported: false, turned: false })
    }

    /// Sets the columns, and swaps those of the sides if the script shows that they are the wrong way round.
    fn set_columns(&mut self, mut columns: UnitColumns) -> Result<(), ReadError> {
        let column = |side: &str| columns.known.get(side).copied();
        let rows_name_languages =
            ["source_locale", "target_locale"].into_iter().any(|name| columns.known.contains_key(name));
        if let (Some(source), Some(target), false) = (column("source"), column("target"), rows_name_languages)
            && let Some(script) =
                ScriptColumns::new((source, &self.languages.source), (target, &self.languages.target))
            && self.rows.is_turned(script, |_| false)?
        {
            if columns.names_languages {
                return Err(contradicting_header(&self.languages));
            }
            columns.known.extend([("source", target), ("target", source)]);
            self.turned = true;
        }
        self.columns = Some(columns);
        Ok(())
    }

    /// Returns the remarks on the whole file that have not been returned yet.
    fn file_remarks(&mut self, place: &FilePosition) -> Vec<Problem> {
        let encoding = self.rows.new_detected_encoding().map(|name| detected_encoding(place, name));
        let turned = std::mem::take(&mut self.turned)
            .then(|| Problem::remark(place, TURNED, turned_message(&self.languages)));
        encoding.into_iter().chain(turned).collect()
    }

    fn unit(&mut self, line: u64, row: &[String]) -> FileUnit {
        self.number += 1;
        let own_id = self.columns.as_ref().map_or("", |columns| NamedCells { columns, row }.get("id"));
        let place = FilePosition {
            line,
            unit: if own_id.is_empty() { format!("#{}", self.number) } else { own_id.to_owned() },
        };
        let mut problems = self.file_remarks(&place);
        let columns = &*self.columns.get_or_insert_with(UnitColumns::plain);
        let cells = NamedCells { columns, row };
        let named = columns.known.len() + columns.further.len();
        if row.len() > named && !self.columns_reported {
            self.columns_reported = true;
            let message = format!("{} columns without a name are ignored, here and below", row.len() - named);
            problems.push(Problem::remark(&place, "MORE_COLUMNS", message));
        }
        let drafts = match draft(&cells, &self.languages, &place, &mut problems) {
            Ok(mut draft) => {
                let further = columns.further.iter();
                draft.properties = further
                    .filter_map(|(n, name)| property(name, row.get(*n).map_or("", String::as_str)))
                    .collect();
                let drafts = with_status(draft);
                if drafts.is_empty() {
                    let message = "the translation is marked as rejected: correct it, and confirm it";
                    problems.push(Problem::refused(&place, "REJECTED", message));
                }
                drafts
            }
            Err((reason, message)) => {
                problems.push(Problem::refused(&place, reason, message));
                Vec::new()
            }
        };
        FileUnit { position: place, drafts, problems }
    }
}

impl<R: Read> ReadUnits for CsvReader<R> {
    fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError> {
        loop {
            let Some((line, row)) = self.rows.next_row()? else { return Ok(None) };
            if row.iter().all(String::is_empty) {
                continue;
            }
            if self.columns.is_none() {
                match UnitColumns::header(&row, &self.languages) {
                    Ok(Some(header)) => {
                        self.set_columns(header)?;
                        continue;
                    }
                    Ok(None) => {
                        // The row is the first unit, and shows the direction, too.
                        self.rows.put_back((line, row));
                        self.set_columns(UnitColumns::plain())?;
                        continue;
                    }
                    Err(what) => return Err(ReadError::BadTable { line, what }),
                }
            }
            return Ok(Some(self.unit(line, &row)));
        }
    }
}

impl UnitColumns {
    fn plain() -> Self {
        let known = [("source", 0), ("target", 1)].into_iter().collect();
        Self { known, further: Vec::new(), names_languages: false }
    }

    /// Reads a row as a header. Returns `None` if it names no column, so that it is the first unit.
    ///
    /// # Errors
    /// The row names a column, but not both source and target.
    fn header(row: &[String], languages: &Languages) -> Result<Option<Self>, String> {
        let mut known: FxHashMap<&'static str, usize> = FxHashMap::default();
        for (n, cell) in row.iter().enumerate() {
            let name = cell.trim().to_ascii_lowercase();
            let by_name =
                COLUMNS.iter().find(|(column, others)| *column == name || others.contains(&name.as_str()));
            if let Some((column, _)) = by_name {
                known.entry(column).or_insert(n);
            }
        }
        let sides = ["source", "target"];
        let named = sides.map(|side| known.get(side).copied());
        let columns = language_columns(row, languages, named, |n| known.values().any(|taken| *taken == n));
        let names_languages = columns != named;
        for (side, column) in sides.into_iter().zip(columns) {
            known.extend(column.map(|column| (side, column)));
        }
        let Some(first) = known.values().min().and_then(|n| row.get(*n)) else { return Ok(None) };
        // Two cells are a pair of texts if neither names a side, although one is the name of another
        // column. For example, `ملاحظة,note` is a unit.
        if row.len() == 2 && sides.into_iter().all(|side| !known.contains_key(side)) {
            return Ok(None);
        }
        if let Some(missing) = sides.into_iter().find(|side| !known.contains_key(side)) {
            return Err(format!(
                "the header names '{}' and has no column for the {missing}: call it {missing}; if this row is not a header, put one with the names source and target above it",
                first.trim()
            ));
        }
        let further = row.iter().enumerate().filter(|(n, _)| known.values().all(|taken| taken != n));
        let further = further.map(|(n, cell)| (n, cell.trim().to_owned())).collect();
        Ok(Some(Self { known, further, names_languages }))
    }
}

/// The cells of a row, by the names of their columns.
struct NamedCells<'r> {
    columns: &'r UnitColumns,
    row: &'r [String],
}

impl<'r> NamedCells<'r> {
    /// Returns the cell in a column. It is empty if there is no such column.
    fn get(&self, column: &str) -> &'r str {
        let number = self.columns.known.get(column);
        number.and_then(|n| self.row.get(*n)).map_or("", String::as_str)
    }

    /// Returns the cell in a column, or `None` if it is empty.
    fn non_empty(&self, column: &str) -> Option<String> {
        Some(self.get(column)).filter(|cell| !cell.is_empty()).map(str::to_owned)
    }

    /// Returns a side, whose locale is `locale` unless the row names another one.
    fn side(
        &self,
        column: &str,
        locale: &Locale,
        languages: &Languages,
    ) -> Result<Variant, (&'static str, String)> {
        let text = self.get(column);
        if text.is_empty() {
            let reason = if column == "source" { "NO_SOURCE" } else { "NO_TARGET" };
            return Err((reason, format!("the column '{column}' is empty")));
        }
        let own = format!("{column}_locale");
        let locale = match self.get(&own).trim() {
            "" => locale.clone(),
            tag => languages.parse_locale(tag).map_err(|e| ("BAD_LOCALE", format!("{own}: {e}")))?,
        };
        Ok(Variant::new(locale, Segment::plain(text)))
    }

    /// Returns the date in a column. A bad date is left out and reported.
    fn date(&self, column: &str, place: &FilePosition, problems: &mut Vec<Problem>) -> Option<Timestamp> {
        let at = self.non_empty(column).and_then(|cell| read_precise(&cell));
        if at.is_none() && !self.get(column).is_empty() {
            let message = self.left_out(column, "not 2026-01-31T12:00:00Z");
            problems.push(Problem::remark(place, "BAD_DATE", message));
        }
        at
    }

    /// Returns the message for a cell that is left out.
    fn left_out(&self, column: &str, why: &str) -> String {
        format!("{column} is '{}', {why}: left out", self.get(column))
    }
}

/// Makes a unit from a row, or returns the reason and the message for refusing it.
fn draft(
    cells: &NamedCells<'_>,
    languages: &Languages,
    place: &FilePosition,
    problems: &mut Vec<Problem>,
) -> Result<UnitDraft, (&'static str, String)> {
    let source = cells.side("source", &languages.source, languages)?;
    let target = cells.side("target", &languages.target, languages)?;
    let created_at = cells.date("created_at", place, problems);
    let changed_at = cells.date("changed_at", place, problems);
    let last_used_at = cells.date("last_used_at", place, problems);
    let usage_count = cells.get("usage_count").parse().ok();
    if usage_count.is_none() && !cells.get("usage_count").is_empty() {
        let message = cells.left_out("usage_count", "not a whole number");
        problems.push(Problem::remark(place, "BAD_NUMBER", message));
    }
    let origin = parse_origin(cells.get("origin"));
    if origin.is_none() {
        let message = cells.left_out("origin", "not human, machine or aligned");
        problems.push(Problem::remark(place, "BAD_ORIGIN", message));
    }
    let review = parse_review(cells.get("review_state"));
    if review.is_none() {
        let cell = cells.get("review_state");
        let message = format!(
            "review_state is '{cell}', not confirmed or unreviewed, true or false: stored as unreviewed"
        );
        problems.push(Problem::remark(place, "BAD_REVIEW_STATE", message));
    }
    let context = Context {
        previous: cells.non_empty("previous"),
        following: cells.non_empty("following"),
        id: cells.non_empty("place"),
    };
    Ok(UnitDraft {
        source,
        target,
        context,
        external_id: cells.get("id").to_owned(),
        provenance: Provenance {
            created_by: cells.get("created_by").to_owned(),
            created_at,
            changed_by: cells.get("changed_by").to_owned(),
            changed_at,
            origin: origin.unwrap_or_default(),
            // A word that is not known never makes a translation confirmed.
            review: review.unwrap_or(ReviewState::Unreviewed),
            tool: cells.get("tool").to_owned(),
            usage_count,
            last_used_at,
        },
        properties: Vec::new(),
        notes: cells.non_empty("note").into_iter().collect(),
    })
}

pub(crate) struct CsvWriter<W: Write> {
    rows: csv::Writer<W>,
    losses: WriteLosses,
}

impl<W: Write> CsvWriter<W> {
    pub(crate) fn new(out: W) -> io::Result<Self> {
        let mut rows = csv::Writer::from_writer(out);
        rows.write_record(COLUMNS.map(|(column, _)| column))?;
        Ok(Self { rows, losses: WriteLosses::default() })
    }
}

impl<W: Write> WriteUnits for CsvWriter<W> {
    fn write_unit(&mut self, unit: &UnitDraft) -> io::Result<()> {
        let UnitDraft { source, target, context, external_id, provenance, properties, notes } = unit;
        let contexts = [&context.previous, &context.following, &context.id].map(Option::as_deref);
        let whole = is_whole(source)
            && is_whole(target)
            && properties.is_empty()
            && notes.len() < 2
            && !contexts.contains(&Some(""));
        let review = if provenance.review == ReviewState::Unreviewed { UNREVIEWED } else { "" };
        let [previous, following, id] = contexts.map(Option::unwrap_or_default);
        self.losses.partial += u64::from(!whole);
        self.rows.write_record([
            external_id,
            &source.segment.text,
            &target.segment.text,
            source.locale.as_str(),
            target.locale.as_str(),
            previous,
            following,
            id,
            &provenance.created_by,
            &optional_date(provenance.created_at),
            &provenance.changed_by,
            &optional_date(provenance.changed_at),
            origin_name(provenance.origin).unwrap_or_default(),
            review,
            &provenance.tool,
            &provenance.usage_count.map(|n| n.to_string()).unwrap_or_default(),
            &optional_date(provenance.last_used_at),
            &joined(notes),
        ])?;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<WriteLosses> {
        self.rows.flush()?;
        Ok(self.losses)
    }
}

/// Returns true if a table has a place for everything in a side of a unit.
fn is_whole(side: &Variant) -> bool {
    side.segment.codes.is_empty() && !side.has_metadata()
}

/// Formats a date, as an empty text if there is none.
fn optional_date(at: Option<Timestamp>) -> String {
    at.map(write_precise).unwrap_or_default()
}

/// Joins the first notes to one, as many as fit.
fn joined(notes: &[String]) -> String {
    let mut all = notes.first().cloned().unwrap_or_default();
    for note in notes.iter().skip(1) {
        if all.len() + 1 + note.len() > VALUE_BYTES {
            break;
        }
        all.push('\n');
        all.push_str(note);
    }
    all
}

#[cfg(test)]
mod tests;
