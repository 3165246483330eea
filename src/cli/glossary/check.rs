//! `dhakira glossary check`.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    cli::{
        client::{Client, Connection, block_on, parse_locale},
        exit::{CliError, Exit},
        input::open,
        json::{self, without_prefix},
        output::{StdoutWriter, isolate_by_first_letter},
    },
    interchange::{
        EncodedFile, FilePosition, Languages, Problem, ReadError, TextEncoding, UnitFormat, UnitReader,
    },
    locale::Locale,
    rpc::proto::{self, TermVerdict, check_terms_stream_response::Result as CheckResult},
};

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Glossary to check against; can be given several times, in order of priority
    #[arg(long, required = true, value_name = "NAME")]
    glossary: Vec<String>,
    /// Encoding of .csv and .tsv files, such as windows-1256 [default: UTF-8, or detected]
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Print one JSON object per pair, with kept terms, too
    #[arg(long)]
    json: bool,
    /// Files of pairs: .tmx .tsv .csv .jsonl .po .xlf .xliff; - reads lines `source TAB target` from standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

/// Counts over all pairs.
#[derive(Default)]
struct CheckTally {
    pairs: u64,
    untranslated: u64,
    refused: u64,
    kept: u64,
    missing: u64,
    deprecated: u64,
}

/// A pair of a file that was sent to the server, or the problem because of which it was not.
enum CheckedPair {
    Pair(FilePosition),
    Problem(Problem),
}

impl CheckArgs {
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        block_on(async {
            let client = self.connection.open().await?;
            let (source, target) = self.glossary_locales(&client).await?;
            let mut out = StdoutWriter::new();
            let mut tally = CheckTally::default();
            for path in &self.files {
                self.check_file(&client, path, (&source, &target), &mut out, &mut tally).await?;
                out.flush()?;
            }
            let CheckTally { pairs, untranslated, refused, kept, missing, deprecated } = tally;
            eprintln!("pairs: {pairs}; terms kept: {kept}, missing: {missing}, not to be used: {deprecated}");
            if untranslated + refused > 0 {
                eprintln!("not checked: without a translation: {untranslated}, refused: {refused}");
            }
            Ok(if missing + deprecated + refused > 0 { Exit::Problems } else { Exit::Done })
        })
    }

    /// Returns the languages of the first glossary.
    async fn glossary_locales(&self, client: &Client) -> Result<(Locale, Locale), CliError> {
        let first = self.glossary.first().cloned().unwrap_or_default();
        let all = super::list::all_glossaries(client).await?;
        let found = all.into_iter().find(|g| g.name == first).ok_or_else(|| CliError::Refused {
            message: format!(
                "there is no glossary '{first}': list the glossaries with 'dhakira glossary list'"
            ),
            reason: Some("UNKNOWN_GLOSSARY".to_owned()),
        })?;
        Ok((parse_locale(&found.source_locale)?, parse_locale(&found.target_locale)?))
    }

    /// Returns the encoding of a file, if one is given.
    fn encoding(&self, file: &str, format: UnitFormat) -> Result<Option<TextEncoding>, CliError> {
        let Some(name) = &self.encoding else { return Ok(None) };
        let cause = if !matches!(format, UnitFormat::Csv | UnitFormat::Tsv) {
            "--encoding is only for CSV and TSV files: other formats name their encoding in the file"
                .to_owned()
        } else if let Some(encoding) = TextEncoding::parse(name) {
            return Ok(Some(encoding));
        } else {
            format!(
                "'{name}' is not a known encoding: write for example windows-1256, iso-8859-6 or utf-16le"
            )
        };
        Err(CliError::read_failed(file, format_args!("{cause} [BAD_ENCODING]")))
    }

    /// Checks the pairs of a file over one stream, and prints their faults.
    async fn check_file(
        &self,
        client: &Client,
        path: &Path,
        (source, target): (&Locale, &Locale),
        out: &mut StdoutWriter,
        tally: &mut CheckTally,
    ) -> Result<(), CliError> {
        let name = path.display().to_string();
        let (format, bytes): (UnitFormat, Box<dyn Read + Send>) = if name == "-" {
            (UnitFormat::Tsv, Box::new(io::stdin()))
        } else {
            let format = UnitFormat::from_file_name(&name);
            let format = format.ok_or_else(|| {
                CliError::read_failed(
                    &name,
                    "unknown file extension: use .tmx, .tsv, .csv, .jsonl, .po or .xlf",
                )
            })?;
            (format, Box::new(open(path)?))
        };
        let (requests, receiver) = mpsc::channel(64);
        let (pieces, mut read) = mpsc::channel(64);
        let glossaries = self.glossary.clone();
        let languages = Languages { source: source.clone(), target: target.clone(), ..Languages::default() };
        let encoding = self.encoding(&name, format)?;
        let reading = tokio::task::spawn_blocking(move || -> Result<(), String> {
            let bytes: Box<dyn Read> = match encoding {
                Some(encoding) => Box::new(EncodedFile::new(bytes, format.endings(), encoding)),
                None => bytes,
            };
            let mut reader = UnitReader::new(format, bytes, &languages).map_err(|e| with_reason(&e))?;
            while let Some(unit) = reader.next_unit().map_err(|e| with_reason(&e))? {
                for problem in unit.problems.into_iter().filter(|p| p.refused) {
                    if pieces.blocking_send(CheckedPair::Problem(problem)).is_err() {
                        return Ok(());
                    }
                }
                for draft in unit.drafts {
                    let request = proto::CheckTermsRequest {
                        source: draft.source.segment.text,
                        target: draft.target.segment.text,
                        glossaries: glossaries.clone(),
                        offset_unit: proto::OffsetUnit::CodePoint.into(),
                    };
                    let request = proto::CheckTermsStreamRequest { request: Some(request) };
                    let sent = pieces.blocking_send(CheckedPair::Pair(unit.position.clone())).is_ok()
                        && requests.blocking_send(request).is_ok();
                    if !sent {
                        return Ok(());
                    }
                }
            }
            Ok(())
        });
        let mut answers =
            client.glossaries().check_terms_stream(ReceiverStream::new(receiver)).await?.into_inner();
        while let Some(piece) = read.recv().await {
            let place = match piece {
                CheckedPair::Problem(problem) if problem.reason == "NO_TARGET" => {
                    tally.untranslated += 1;
                    continue;
                }
                CheckedPair::Problem(Problem { position: place, reason, message, .. }) => {
                    tally.refused += 1;
                    self.print_refusal(out, &name, &place, ("", reason, &message))?;
                    continue;
                }
                CheckedPair::Pair(place) => place,
            };
            tally.pairs += 1;
            match answers.message().await?.and_then(|m| m.result).ok_or_else(CliError::stream_ended)? {
                CheckResult::Response(answer) => {
                    tally.kept += u64::from(answer.kept);
                    tally.missing += u64::from(answer.missing);
                    tally.deprecated += u64::from(answer.deprecated);
                    self.print_faults(out, &name, &place, &answer)?;
                }
                CheckResult::Error(error) if !matches!(error.field.as_str(), "source" | "target") => {
                    return Err(CliError::Refused { message: error.message, reason: Some(error.reason) });
                }
                CheckResult::Error(error) => {
                    tally.refused += 1;
                    self.print_refusal(out, &name, &place, (&error.field, &error.reason, &error.message))?;
                }
            }
        }
        reading
            .await
            .map_err(|e| CliError::read_failed(&name, e))?
            .map_err(|e| CliError::read_failed(&name, e))
    }

    fn print_faults(
        &self,
        out: &mut StdoutWriter,
        file: &str,
        place: &FilePosition,
        answer: &proto::CheckTermsResponse,
    ) -> Result<(), CliError> {
        if self.json {
            return out.json(&json!({
                "file": file,
                "line": place.line,
                "unit": place.unit,
                "terms": answer.terms.iter().map(checked_term_to_json).collect::<Vec<_>>(),
                "kept": answer.kept,
                "missing": answer.missing,
                "deprecated": answer.deprecated,
            }));
        }
        for term in answer.terms.iter().filter(|t| t.verdict() != TermVerdict::Kept) {
            let surfaces: Vec<String> =
                term.places.iter().map(|p| isolate_by_first_letter(&p.surface)).collect();
            let used: Vec<String> = term
                .uses
                .iter()
                .filter(|u| is_forbidden(u))
                .filter_map(|u| Some(format!("'{}'", u.place.as_ref()?.surface)))
                .collect();
            let remedy = match (term.verdict(), term.preferred.as_str()) {
                (TermVerdict::Missing, preferred) => format!("is missing: '{preferred}'"),
                (_, "") => format!("must not be {}", used.join(", ")),
                (_, preferred) => format!("must not be {}: '{preferred}'", used.join(", ")),
            };
            out.line(format!(
                "{file}:{}: {}: {} {remedy} [{} {}]",
                place.line,
                place.unit,
                surfaces.join(", "),
                term.glossary,
                term.concept_id
            ))?;
        }
        Ok(())
    }

    fn print_refusal(
        &self,
        out: &mut StdoutWriter,
        file: &str,
        place: &FilePosition,
        (field, reason, message): (&str, &str, &str),
    ) -> Result<(), CliError> {
        if self.json {
            let mut value = json::error_to_json(field, reason, message);
            if let Some(object) = value.as_object_mut() {
                object.insert("file".to_owned(), file.into());
                object.insert("line".to_owned(), place.line.into());
                object.insert("unit".to_owned(), place.unit.clone().into());
            }
            return out.json(&value);
        }
        out.line(format!("{file}:{}: {}: not checked: {message} [{reason}]", place.line, place.unit))
    }
}

/// Returns the message of an error with its reason code.
fn with_reason(error: &ReadError) -> String {
    format!("{error} [{}]", error.reason())
}

/// Returns true if a term is deprecated or superseded.
fn is_forbidden(term: &proto::TermUse) -> bool {
    matches!(term.status(), proto::TermStatus::Deprecated | proto::TermStatus::Superseded)
}

fn text_span_to_json(span: &proto::TextSpan) -> Value {
    json!({"start": span.start, "end": span.end, "surface": span.surface})
}

fn term_use_to_json(term: &proto::TermUse) -> Value {
    json!({
        "term": term.term,
        "status": without_prefix(term.status().as_str_name(), "TERM_STATUS_"),
        "place": term.place.as_ref().map(text_span_to_json),
    })
}

fn checked_term_to_json(term: &proto::CheckedTerm) -> Value {
    json!({
        "verdict": without_prefix(term.verdict().as_str_name(), "TERM_VERDICT_"),
        "source": term.source,
        "places": term.places.iter().map(text_span_to_json).collect::<Vec<_>>(),
        "uses": term.uses.iter().map(term_use_to_json).collect::<Vec<_>>(),
        "targets": term.targets.iter().map(json::term_target_to_json).collect::<Vec<_>>(),
        "preferred": term.preferred,
        "glossary": term.glossary,
        "concept_id": term.concept_id,
        "domain": term.domain,
    })
}
