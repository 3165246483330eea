//! Units as a table with a header, RFC 4180: one row a unit.
//!
//! Columns: `id source target source_locale target_locale previous following place
//! created_by created_at changed_by changed_at origin tool usage_count last_used_at
//! note`; further ones become properties. A file without a header has source and target.

use std::io::{self, Read, Write};

use rustc_hash::FxHashMap;

use super::{
    rows::{Delimiter, Rows},
    terms_csv::property,
};
use crate::{
    interchange::{
        bytes::{read_precise, write_precise},
        contract::{FileUnit, Languages, ReadUnits, WriteLosses, WriteUnits},
        error::ReadError,
        problem::{Place, Problem},
        tmx::{origin_name, read_origin},
    },
    locale::Locale,
    segment::Segment,
    unit::{Context, Provenance, UnitDraft, Variant},
};

/// The columns that are written, in order, and what they are called elsewhere.
const COLUMNS: [(&str, &[&str]); 17] = [
    ("id", &["external_id", "tuid"]),
    ("source", &["src", "source_text", "source text"]),
    ("target", &["tgt", "target_text", "target text", "translation"]),
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
    ("tool", &[]),
    ("usage_count", &[]),
    ("last_used_at", &[]),
    ("note", &["comment"]),
];

pub(crate) struct CsvReader<R: Read> {
    rows: Rows<R>,
    languages: Languages,
    columns: Option<Columns>,
    number: u64,
    told_columns: bool,
}

/// What the columns hold.
#[derive(Default)]
struct Columns {
    known: FxHashMap<&'static str, usize>,
    /// Names of the others.
    further: Vec<(usize, String)>,
}

impl<R: Read> CsvReader<R> {
    pub(crate) fn new(bytes: R, languages: Languages) -> Result<Self, ReadError> {
        let rows = Rows::new(bytes, Delimiter::Found)?;
        Ok(Self { rows, languages, columns: None, number: 0, told_columns: false })
    }

    fn unit(&mut self, line: u64, row: &[String]) -> FileUnit {
        self.number += 1;
        let columns = self.columns.get_or_insert_with(Columns::plain);
        let cell = |name: &str| columns.known.get(name).and_then(|n| row.get(*n)).map_or("", String::as_str);
        let id = cell("id");
        let place =
            Place { line, unit: if id.is_empty() { format!("#{}", self.number) } else { id.to_owned() } };
        let mut problems = Vec::new();
        let named = columns.known.len() + columns.further.len();
        if row.len() > named && !self.told_columns {
            self.told_columns = true;
            let message = format!("{} columns without a name are ignored, here and below", row.len() - named);
            problems.push(Problem::remark(&place, "MORE_COLUMNS", message));
        }
        let drafts = match draft(&cell, &self.languages, &place, &mut problems) {
            Ok(mut draft) => {
                let value = |n: usize| row.get(n).map_or("", String::as_str);
                let further = columns.further.iter();
                draft.properties = further.filter_map(|(n, name)| property(name, value(*n))).collect();
                vec![draft]
            }
            Err(refused) => {
                problems.push(refused);
                Vec::new()
            }
        };
        FileUnit { place, drafts, problems }
    }
}

impl<R: Read> ReadUnits for CsvReader<R> {
    fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError> {
        loop {
            let Some((line, row)) = self.rows.next()? else { return Ok(None) };
            if row.iter().all(String::is_empty) {
                continue;
            }
            if self.columns.is_none() {
                match Columns::header(&row, &self.languages) {
                    Ok(Some(header)) => {
                        self.columns = Some(header);
                        continue;
                    }
                    Ok(None) => {}
                    Err(what) => return Err(ReadError::BadTable { line, what }),
                }
            }
            return Ok(Some(self.unit(line, &row)));
        }
    }
}

impl Columns {
    fn plain() -> Self {
        Self { known: [("source", 0), ("target", 1)].into_iter().collect(), further: Vec::new() }
    }

    /// Reads a row as a header, if it names a column. One that does not name a source and a
    /// target is of no use.
    fn header(row: &[String], languages: &Languages) -> Result<Option<Self>, String> {
        let sides = [("source", &languages.source), ("target", &languages.target)];
        let mut known: FxHashMap<&'static str, usize> = FxHashMap::default();
        for (n, cell) in row.iter().enumerate() {
            let name = cell.trim().to_ascii_lowercase();
            let is = |(column, others): &&(&'static str, &[&str])| {
                *column == name || others.contains(&name.as_str())
            };
            let by_name = COLUMNS.iter().find(is).map(|(column, _)| *column);
            let by_locale = |(_, locale): &(&'static str, &Locale)| {
                languages.read(cell).is_ok_and(|told| told == **locale)
            };
            let column = by_name.or_else(|| sides.into_iter().find(by_locale).map(|(column, _)| column));
            if let Some(column) = column {
                known.entry(column).or_insert(n);
            }
        }
        // A side that has no column yet has the first one in its language, whatever the region.
        for (column, locale) in sides {
            let same = |(n, cell): &(usize, &String)| {
                known.values().all(|taken| taken != n)
                    && is_tag(cell.trim())
                    && languages.read(cell).is_ok_and(|told| told.same_language(locale))
            };
            if !known.contains_key(column)
                && let Some((n, _)) = row.iter().enumerate().find(same)
            {
                known.insert(column, n);
            }
        }
        let Some(first) = known.values().min().and_then(|n| row.get(*n)) else { return Ok(None) };
        // Two cells of which none is a side's name are a pair, and one happens to be a column's name.
        if row.len() == 2 && sides.into_iter().all(|(column, _)| !known.contains_key(column)) {
            return Ok(None);
        }
        if let Some((missing, _)) = sides.into_iter().find(|(column, _)| !known.contains_key(column)) {
            return Err(format!(
                "the header names '{}' and has no column for the {missing}: call it {missing}; if this is no header, put one with the names source and target above it",
                first.trim()
            ));
        }
        let further = row.iter().enumerate().filter(|(n, _)| known.values().all(|taken| taken != n));
        let further = further.map(|(n, cell)| (n, cell.trim().to_owned())).collect();
        Ok(Some(Self { known, further }))
    }
}

/// Says whether a word looks like a language with a script or a region: `ar`, `en-US`.
fn is_tag(word: &str) -> bool {
    let parts: Vec<&str> = word.split(['-', '_']).collect();
    let letters = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphabetic())
    };
    let further = |part: &str| {
        letters(part, 2, 2)
            || letters(part, 4, 4)
            || part.len() == 3 && part.chars().all(|c| c.is_ascii_digit())
    };
    parts.len() <= 3
        && parts.first().is_some_and(|language| letters(language, 2, 3))
        && parts.iter().skip(1).all(|part| further(part))
}

fn draft<'r>(
    cell: &impl Fn(&str) -> &'r str,
    languages: &Languages,
    place: &Place,
    problems: &mut Vec<Problem>,
) -> Result<UnitDraft, Problem> {
    let side = |column: &str, locale: &Locale, reason| {
        let text = cell(column);
        if text.is_empty() {
            return Err(Problem::refused(place, reason, format!("the column '{column}' is empty")));
        }
        let own = format!("{column}_locale");
        let locale = match cell(&own).trim() {
            "" => locale.clone(),
            told => languages
                .read(told)
                .map_err(|e| Problem::refused(place, "BAD_LOCALE", format!("{own}: {e}")))?,
        };
        Ok(Variant::new(locale, Segment::plain(text)))
    };
    let (source, target) =
        (side("source", &languages.source, "NO_SOURCE")?, side("target", &languages.target, "NO_TARGET")?);
    let told = |column: &str| Some(cell(column)).filter(|c| !c.is_empty()).map(str::to_owned);
    let mut left_out = |column: &str, reason, what: &str| {
        let message = format!("{column} is '{}', {what}: left out", cell(column));
        problems.push(Problem::remark(place, reason, message));
    };
    let mut date = |column: &str| {
        let at = told(column).and_then(|c| read_precise(&c));
        if at.is_none() && !cell(column).is_empty() {
            left_out(column, "BAD_DATE", "not 2026-01-31T12:00:00Z");
        }
        at
    };
    let (created_at, changed_at, last_used_at) =
        (date("created_at"), date("changed_at"), date("last_used_at"));
    let usage_count = cell("usage_count").parse().ok();
    if usage_count.is_none() && !cell("usage_count").is_empty() {
        left_out("usage_count", "BAD_NUMBER", "not a whole number");
    }
    let origin = read_origin(cell("origin"));
    if origin.is_none() {
        left_out("origin", "BAD_ORIGIN", "not human, machine or aligned");
    }
    Ok(UnitDraft {
        source,
        target,
        context: Context { previous: told("previous"), following: told("following"), id: told("place") },
        external_id: cell("id").to_owned(),
        provenance: Provenance {
            created_by: cell("created_by").to_owned(),
            created_at,
            changed_by: cell("changed_by").to_owned(),
            changed_at,
            origin: origin.unwrap_or_default(),
            tool: cell("tool").to_owned(),
            usage_count,
            last_used_at,
        },
        properties: Vec::new(),
        notes: told("note").into_iter().collect(),
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
    fn unit(&mut self, unit: &UnitDraft) -> io::Result<()> {
        let UnitDraft { source, target, context, external_id, provenance, properties, notes } = unit;
        let date = |at| Option::map(at, write_precise).unwrap_or_default();
        let around = |text: &Option<String>| text.clone().unwrap_or_default();
        let side_is_whole = |s: &Variant| s.segment.codes.is_empty() && !s.has_metadata();
        let empty = |text: &Option<String>| text.as_deref() == Some("");
        let whole = side_is_whole(source)
            && side_is_whole(target)
            && properties.is_empty()
            && notes.len() < 2
            && ![&context.previous, &context.following, &context.id].into_iter().any(empty);
        self.losses.partly += u64::from(!whole);
        self.rows.write_record([
            external_id,
            &source.segment.text,
            &target.segment.text,
            source.locale.as_str(),
            target.locale.as_str(),
            &around(&context.previous),
            &around(&context.following),
            &around(&context.id),
            &provenance.created_by,
            &date(provenance.created_at),
            &provenance.changed_by,
            &date(provenance.changed_at),
            origin_name(provenance.origin).unwrap_or_default(),
            &provenance.tool,
            &provenance.usage_count.map(|n| n.to_string()).unwrap_or_default(),
            &date(provenance.last_used_at),
            &joined(notes),
        ])?;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<WriteLosses> {
        self.rows.flush()?;
        Ok(self.losses)
    }
}

/// Bytes of a cell of notes: what the server takes for a note unless told otherwise.
const LONGEST_NOTE: usize = 65_536;

/// Puts notes into one, as many as one can hold.
fn joined(notes: &[String]) -> String {
    let mut all = notes.first().cloned().unwrap_or_default();
    for note in notes.iter().skip(1) {
        if all.len() + 1 + note.len() > LONGEST_NOTE {
            break;
        }
        all.push('\n');
        all.push_str(note);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{CsvReader, Languages, ReadUnits};
    use crate::{
        interchange::{FileUnit, ReadError},
        locale::Locale,
    };

    fn read(file: &str) -> Result<Vec<FileUnit>, ReadError> {
        let mut reader = CsvReader::new(file.as_bytes(), Languages::default())?;
        std::iter::from_fn(|| reader.next_unit().transpose()).collect()
    }

    fn told(units: &[FileUnit]) -> Vec<(u64, &str, &str, Vec<&str>)> {
        let told = |u: &FileUnit| -> Vec<&str> { u.problems.iter().map(|p| p.reason).collect() };
        let rows = units.iter().map(|u| match u.drafts.first() {
            Some(d) => {
                (u.place.line, d.source.segment.text.as_str(), d.target.segment.text.as_str(), told(u))
            }
            None => (u.place.line, "", "", told(u)),
        });
        rows.collect()
    }

    #[test]
    fn rows_without_a_header_are_pairs() {
        let units = read("نعم,yes\r\n\r\n\"لا، \"\"كلا\"\"\nثم\",no,more,x\n,no\nx,\n").unwrap();
        assert_eq!(
            told(&units),
            [
                (1, "نعم", "yes", vec![]),
                (3, "لا، \"كلا\"\nثم", "no", vec!["MORE_COLUMNS"]),
                (5, "", "", vec!["NO_SOURCE"]),
                (6, "", "", vec!["NO_TARGET"]),
            ]
        );
    }

    #[test]
    fn a_header_that_lacks_a_side_is_told() {
        let error = read("id,source,translated\n1,نعم,yes\n").err();
        assert!(
            matches!(&error, Some(ReadError::BadTable { line: 1, what }) if what.contains("target")),
            "{error:?}"
        );
        assert_eq!(told(&read("sep=;\nsource;target\nنعم;yes\n").unwrap()), [(3, "نعم", "yes", vec![])]);
        assert_eq!(told(&read("source\ttranslation\nنعم\tyes\n").unwrap()), [(2, "نعم", "yes", vec![])]);
    }

    #[test]
    fn languages_name_columns_whatever_the_region() {
        // A word with a hyphen is no tag, and two cells that are not the sides' names are a pair.
        let pairs = read("في الطريق,en-route\n").unwrap();
        assert_eq!(told(&pairs), [(1, "في الطريق", "en-route", vec![])]);
        assert_eq!(told(&read("ملاحظة,note\n").unwrap()), [(1, "ملاحظة", "note", vec![])]);
        for header in ["ar,en-US", "AR_EG,en", "client,en-us,ar-EG", "source,en-GB", "ar-EG,target"] {
            let units = read(&format!("{header}\n")).unwrap();
            assert_eq!(told(&units), [], "{header}");
        }
        let units = read("ar-EG,en-US,ar,en\nلا,no,نعم,yes\n").unwrap();
        assert_eq!(told(&units), [(2, "نعم", "yes", vec![])]);
        let names: Vec<_> = units[0].drafts[0].properties.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["ar-EG", "en-US"]);
        let renamed = Languages {
            renamed: vec![("Arabic".to_owned(), Locale::arabic()), ("English".to_owned(), Locale::english())],
            ..Languages::default()
        };
        let mut reader = CsvReader::new("English,Arabic\nyes,نعم\n".as_bytes(), renamed).unwrap();
        assert_eq!(told(&[reader.next_unit().unwrap().unwrap()]), [(2, "نعم", "yes", vec![])]);
    }

    #[test]
    fn one_known_name_makes_a_header() {
        for (header, named, missing) in [
            ("source,english", "source", "target"),
            ("Arabic,en-US", "en-US", "source"),
            ("id,arabic,english", "id", "source"),
            ("source,source", "source", "target"),
        ] {
            let error =
                read(&format!("{header}\nنعم,yes\n")).err().map(|e| e.to_string()).unwrap_or_default();
            let expected =
                format!("line 1: the header names '{named}' and has no column for the {missing}: ");
            assert!(error.starts_with(&expected), "{error}");
        }
        // Without a known name it is a pair.
        assert_eq!(told(&read("العربية,French\n").unwrap()), [(1, "العربية", "French", vec![])]);
        assert_eq!(told(&read("source,target\nid,source\n").unwrap()), [(2, "id", "source", vec![])]);
    }

    #[test]
    fn columns_are_known_by_name_and_others_are_properties() {
        let units = read(
            "Target;AR;client;usage_count;created_at;origin;target_locale\nyes;نعم;acme;many;2026-01-31T12:00:00.250Z;human;en-GB\n",
        )
        .unwrap();
        let draft = &units[0].drafts[0];
        assert_eq!((draft.source.segment.text.as_str(), draft.target.locale.as_str()), ("نعم", "en-GB"));
        assert_eq!(
            (draft.properties[0].name.as_str(), draft.properties[0].value.as_str()),
            ("client", "acme")
        );
        assert_eq!(draft.provenance.created_at.map(|t| t.0 % 1_000), Some(250));
        assert_eq!(units[0].problems[0].reason, "BAD_NUMBER");
    }
}
