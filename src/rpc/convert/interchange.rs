//! Imports and exports: converts their headers and requests to domain values, and their reports back.

use super::{filter, locale, locale_or, name, on_same_source, properties};
use crate::{
    engine::{
        Checker, ConceptImportTarget, ConceptRevertReport, Filter, ImportTarget, NewCollection, RevertReport,
    },
    fault::Violation,
    interchange::{ConceptFormat, TextEncoding, UnitFormat},
    locale::Locale,
    name::Name,
    rpc::proto,
};

/// The destination of an import.
pub enum ImportDestination {
    /// A memory.
    Memory(ImportTarget, UnitFormat),
    /// A glossary.
    Glossary(ConceptImportTarget, ConceptFormat),
}

impl ImportDestination {
    /// Returns the extensions of the files in its format, with the dot.
    #[must_use]
    pub fn endings(&self) -> &'static [&'static str] {
        match self {
            Self::Memory(_, format) => format.endings(),
            Self::Glossary(_, format) => format.endings(),
        }
    }

    fn is_table(&self) -> bool {
        match self {
            Self::Memory(_, format) => matches!(format, UnitFormat::Csv | UnitFormat::Tsv),
            Self::Glossary(_, format) => matches!(format, ConceptFormat::Csv | ConceptFormat::Tsv),
        }
    }
}

/// The origin of an export.
#[derive(Clone)]
pub enum ExportOrigin {
    /// The units of a memory that pass a filter.
    Memory(Name, Filter, UnitFormat),
    /// A glossary.
    Glossary(Name, ConceptFormat),
}

/// Ids of units that the report of a revert lists at most, because clients accept answers of 4 MiB.
const MAX_LISTED_IDS: usize = 10_000;

/// Formats of memories, for messages.
const UNIT_FORMATS: &str = "TMX, XLIFF, PO, CSV, TSV or JSONL";

/// Formats of glossaries, for messages.
const CONCEPT_FORMATS: &str = "TBX, CSV or TSV";

/// Converts the header of an import.
///
/// # Errors
/// `NO_DESTINATION`, `BAD_FORMAT`, `BAD_NAME`, `BAD_LOCALE`, `BAD_ON_SAME_SOURCE`, `BAD_PROPERTY`.
pub fn import_destination(header: proto::ImportHeader) -> Result<ImportDestination, Violation> {
    match (header.memory.as_str(), header.glossary.as_str()) {
        (memory, "") if !memory.is_empty() => {
            let memory = name("header.memory", memory)?;
            let format = match header.format {
                0 => UnitFormat::from_file_name(&header.file_name)
                    .ok_or_else(|| unknown_extension(&header.file_name, UNIT_FORMATS))?,
                number => unit_format("header.format", number)?,
            };
            let mut renamed_locales = Vec::with_capacity(header.renamed_locales.len());
            for (n, renamed) in header.renamed_locales.iter().enumerate() {
                let to = locale(&format!("header.renamed_locales[{n}].to"), &renamed.to)?;
                renamed_locales.push((renamed.from.clone(), to));
            }
            let target = ImportTarget {
                create: collection_to_create(&header, &memory)?,
                duplicates: on_same_source(header.on_same_source).map_err(|v| v.inside("header"))?,
                file_name: header.file_name,
                update_by_id: header.update_by_id,
                dry_run: header.dry_run,
                renamed_locales,
                properties: properties(header.properties).map_err(|v| v.inside("header"))?,
                ..ImportTarget::new(memory)
            };
            Ok(ImportDestination::Memory(target, format))
        }
        ("", glossary) if !glossary.is_empty() => {
            let glossary = name("header.glossary", glossary)?;
            let format = match header.format {
                0 => ConceptFormat::from_file_name(&header.file_name)
                    .ok_or_else(|| unknown_extension(&header.file_name, CONCEPT_FORMATS))?,
                number => concept_format("header.format", number)?,
            };
            let target = ConceptImportTarget {
                create: collection_to_create(&header, &glossary)?,
                file_name: header.file_name,
                update_by_id: header.update_by_id,
                dry_run: header.dry_run,
                ..ConceptImportTarget::new(glossary)
            };
            Ok(ImportDestination::Glossary(target, format))
        }
        _ => {
            let message = "name either a memory or a glossary to import into";
            Err(Violation::new("header.memory", "NO_DESTINATION", message))
        }
    }
}

/// Converts the encoding of a file to import. Empty is `None`.
///
/// # Errors
/// `BAD_ENCODING`: the name is unknown, or the file is not a table.
pub fn import_encoding(
    name: &str,
    destination: &ImportDestination,
) -> Result<Option<TextEncoding>, Violation> {
    if name.is_empty() {
        return Ok(None);
    }
    let bad = |message: String| Violation::new("header.encoding", "BAD_ENCODING", message);
    if !destination.is_table() {
        let message = "only CSV and TSV files need one: other formats name their encoding in the file";
        return Err(bad(message.to_owned()));
    }
    let encoding = TextEncoding::parse(name);
    encoding.map(Some).ok_or_else(|| {
        let shown: String = name.chars().take(40).collect();
        bad(format!(
            "'{shown}' is not a known encoding: write for example windows-1256, iso-8859-6 or utf-16le"
        ))
    })
}

/// Returns the collection that an import creates, if its header requests one.
fn collection_to_create(
    header: &proto::ImportHeader,
    name: &Name,
) -> Result<Option<NewCollection>, Violation> {
    if !header.create {
        return Ok(None);
    }
    Ok(Some(NewCollection {
        name: name.clone(),
        source_locale: locale_or("header.source_locale", &header.source_locale, Locale::arabic())?,
        target_locale: locale_or("header.target_locale", &header.target_locale, Locale::english())?,
        description: String::new(),
    }))
}

/// Converts the request for an export.
///
/// # Errors
/// `NO_ORIGIN`, `BAD_FORMAT`, `BAD_LEVEL`, `BAD_NAME`, and those of [`filter`].
pub fn export_origin(check: Checker<'_>, request: proto::ExportRequest) -> Result<ExportOrigin, Violation> {
    match (request.memory.as_str(), request.glossary.as_str()) {
        (memory, "") if !memory.is_empty() => {
            let format = match request.format {
                0 => UnitFormat::Tmx,
                number => unit_format("format", number)?,
            };
            let format = match (format, request.tmx_level) {
                (UnitFormat::Tmx, 1) => UnitFormat::TmxLevel1,
                (UnitFormat::Tmx, 2) | (_, 0) => format,
                (_, level) => {
                    let message = format!("{level}: TMX is written at level 1 or 2, other formats have none");
                    return Err(Violation::new("tmx_level", "BAD_LEVEL", message));
                }
            };
            let filter = filter(check, "filter", request.filter)?;
            Ok(ExportOrigin::Memory(name("memory", memory)?, filter, format))
        }
        ("", glossary) if !glossary.is_empty() => {
            let format = match request.format {
                0 => ConceptFormat::Tbx,
                number => concept_format("format", number)?,
            };
            Ok(ExportOrigin::Glossary(name("glossary", glossary)?, format))
        }
        _ => {
            let message = "name either a memory or a glossary to export";
            Err(Violation::new("memory", "NO_ORIGIN", message))
        }
    }
}

fn unit_format(field: &str, number: i32) -> Result<UnitFormat, Violation> {
    match proto::FileFormat::try_from(number) {
        Ok(proto::FileFormat::Tmx) => Ok(UnitFormat::Tmx),
        Ok(proto::FileFormat::Tsv) => Ok(UnitFormat::Tsv),
        Ok(proto::FileFormat::Xliff) => Ok(UnitFormat::Xliff),
        Ok(proto::FileFormat::Csv) => Ok(UnitFormat::Csv),
        Ok(proto::FileFormat::Jsonl) => Ok(UnitFormat::Jsonl),
        Ok(proto::FileFormat::Po) => Ok(UnitFormat::Po),
        _ => {
            let message = format!("{} is not a format of memories: use {UNIT_FORMATS}", format_name(number));
            Err(Violation::new(field, "BAD_FORMAT", message))
        }
    }
}

fn concept_format(field: &str, number: i32) -> Result<ConceptFormat, Violation> {
    match proto::FileFormat::try_from(number) {
        Ok(proto::FileFormat::Tbx) => Ok(ConceptFormat::Tbx),
        Ok(proto::FileFormat::Csv) => Ok(ConceptFormat::Csv),
        Ok(proto::FileFormat::Tsv) => Ok(ConceptFormat::Tsv),
        _ => {
            let message =
                format!("{} is not a format of glossaries: use {CONCEPT_FORMATS}", format_name(number));
            Err(Violation::new(field, "BAD_FORMAT", message))
        }
    }
}

fn format_name(number: i32) -> String {
    let name = |format: proto::FileFormat| format.as_str_name().trim_start_matches("FILE_FORMAT_").to_owned();
    proto::FileFormat::try_from(number).map_or_else(|_| number.to_string(), name)
}

fn unknown_extension(file_name: &str, formats: &str) -> Violation {
    let message = format!("'{file_name}' has no known file extension: set the format, {formats}");
    Violation::new("header.format", "BAD_FORMAT", message)
}

/// Converts the report of a revert.
#[must_use]
pub fn revert_report(report: &RevertReport) -> proto::RevertImportResponse {
    proto::RevertImportResponse {
        removed: report.removed,
        restored: report.restored,
        overtaken: report.conflicts.len() as u64,
        overtaken_ids: report.conflicts.iter().take(MAX_LISTED_IDS).map(ToString::to_string).collect(),
        change_id: report.change_id,
    }
}

/// Converts the report of a revert of an import of concepts.
#[must_use]
pub fn concept_revert_report(report: ConceptRevertReport) -> proto::RevertImportResponse {
    proto::RevertImportResponse {
        removed: report.removed,
        restored: report.restored,
        overtaken: report.overtaken.len() as u64,
        overtaken_ids: report.overtaken.into_iter().take(MAX_LISTED_IDS).collect(),
        change_id: report.change_id,
    }
}

/// Returns the progress of an import, with an estimate of the time that it still needs.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a pace is an estimate")]
pub fn import_progress(
    bytes_read: u64,
    units_read: u64,
    total_bytes: u64,
    seconds: f64,
) -> proto::ImportProgress {
    let left = total_bytes.saturating_sub(bytes_read) as f64;
    proto::ImportProgress {
        bytes_read,
        units_read,
        units_per_second: units_read as f64 / seconds.max(1e-6),
        seconds_left: (total_bytes > 0 && bytes_read > 0).then(|| left * seconds / bytes_read as f64),
    }
}
