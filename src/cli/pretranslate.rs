//! `dhakira pretranslate` and `dhakira assemble`.

use std::{collections::BTreeMap, io::Write, path::PathBuf};

use clap::Args;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{
    client::{Client, Connection, block_on, parse_locale},
    download::ExportFile,
    exit::{CliError, Exit},
    input::open,
    output::table_lines,
};
use crate::{
    engine::{
        Leverage, RepairedTarget, are_tied, context_in_document, prefer_plural_form, ranked_suggestions,
        target_with_codes,
    },
    interchange::{
        Answer, Document, DocumentFormat, FillResult, Languages, NotFilled, ReadError, SegmentToTranslate,
        Suggestion, TermNote, assemble, plural_forms,
    },
    rpc::{
        convert,
        proto::{self, lookup_stream_response::Result as StreamResult},
    },
    score::{MatchKind, Score},
    text::count_words,
};

#[derive(Debug, Args)]
pub(super) struct PretranslateArgs {
    /// Memory to search; can be given several times. The document must be in its languages, in either direction
    #[arg(long, required = true, value_name = "NAME")]
    memory: Vec<String>,
    /// Glossary whose terms are added; can be given several times, in order of priority
    #[arg(long, value_name = "NAME")]
    glossary: Vec<String>,
    /// Fill in translations that score at least this; by default matches are only added
    #[arg(long, value_name = "PERCENT")]
    fill: Option<f64>,
    /// Minimum score of a match that is added, 0 to 100 [default: 70, or --fill if that is lower]
    #[arg(long, value_name = "PERCENT")]
    threshold: Option<f64>,
    /// Maximum number of matches for a segment, 1 to 100
    #[arg(long, default_value_t = 3, value_name = "N")]
    limit: i32,
    /// Print the statistics as one JSON object
    #[arg(long)]
    json: bool,
    /// XLIFF file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Document: .xlf .xliff .sdlxliff .mqxliff .po, or .txt and .md as plain text
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    connection: Connection,
}

/// Counts over all segments of a document.
#[derive(Default)]
struct PretranslationTally {
    leverage: Leverage,
    filled: u64,
    /// Segments with a match that is good enough, but was not put in.
    not_filled: BTreeMap<NotFilled, u64>,
    terms: u64,
    refused: u64,
}

/// The default of the minimum score, in percent.
const DEFAULT_THRESHOLD_PERCENT: f64 = 70.0;

/// The minimum number of matches that are asked for, to see whether several different translations are the best. Only
/// `--limit` of them are added to the document.
const MATCHES_TO_COMPARE: i32 = 10;

/// The same for a plural form, because a memory may have several translations of a message, with up to six forms each.
const PLURAL_FORMS_TO_COMPARE: i32 = 60;

impl PretranslateArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let name = self.file.display().to_string();
        let file_name =
            self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let format = DocumentFormat::of_file(&name).ok_or_else(|| {
            CliError::read_failed(&name, "unknown file extension: use .xlf, .xliff, .po or .txt")
        })?;
        let fill = self.fill.map(|percent| {
            Score::from_percent(percent).ok_or_else(|| {
                CliError::Message(format!(
                    "--fill {percent} is not a percentage: use 0 to 100, with at most two decimals"
                ))
            })
        });
        let fill = fill.transpose()?;
        if let (Some(fill), Some(threshold)) = (self.fill, self.threshold)
            && fill < threshold
        {
            let message = format!(
                "--fill {fill} is less than --threshold {threshold}, and matches below the threshold are not found: raise --fill or lower --threshold"
            );
            return Err(CliError::Message(message));
        }
        block_on(async {
            let client = self.connection.open().await?;
            let languages = self.languages(&client).await?;
            let read = Document::read(format, &file_name, open(&self.file)?, &languages);
            let document = read
                .map_err(|e: ReadError| CliError::read_failed(&name, format_args!("{e} [{}]", e.reason())))?;
            let left = document.left_alone();
            if document.segments().is_empty() && left.other_languages > 0 {
                let cause = format!(
                    "its languages are not those of the memory, {} > {}: choose another memory [OTHER_LANGUAGES]",
                    languages.source, languages.target
                );
                return Err(CliError::read_failed(&name, cause));
            }
            let mut tally = PretranslationTally::default();
            let answers = self.look_up_segments(&client, document.segments(), &mut tally).await?;
            let mut to = ExportFile::new(self.output.clone())?;
            let mut bytes = Vec::new();
            for result in document.write(&answers, fill, &mut bytes)? {
                match result {
                    FillResult::Filled => tally.filled += 1,
                    FillResult::NoMatch => {}
                    FillResult::NotFilled(reason) => *tally.not_filled.entry(reason).or_default() += 1,
                }
            }
            to.write(&bytes)?;
            to.finish()?;
            self.print_statistics(&document, &tally)?;
            Ok(if tally.refused > 0 { Exit::Problems } else { Exit::Done })
        })
    }

    /// Returns the languages of the first memory.
    async fn languages(&self, client: &Client) -> Result<Languages, CliError> {
        let name = self.memory.first().cloned().unwrap_or_default();
        let request = proto::GetMemoryRequest { name };
        let memory = client.memories().get_memory(request).await?.into_inner().memory.unwrap_or_default();
        Ok(Languages {
            source: parse_locale(&memory.source_locale)?,
            target: parse_locale(&memory.target_locale)?,
            ..Languages::default()
        })
    }

    /// Looks up all segments over one stream, each with its neighbours as context. Errors of single segments are
    /// printed to standard error, and all segments are counted in `tally`.
    async fn look_up_segments(
        &self,
        client: &Client,
        segments: &[SegmentToTranslate],
        tally: &mut PretranslationTally,
    ) -> Result<Vec<Answer>, CliError> {
        let requests: Vec<proto::LookupStreamRequest> =
            (0..segments.len()).filter_map(|n| self.request(segments, n)).collect();
        let (sender, receiver) = mpsc::channel(64);
        tokio::spawn(async move {
            for request in requests {
                if sender.send(request).await.is_err() {
                    return;
                }
            }
        });
        let mut stream = client.lookups().lookup_stream(ReceiverStream::new(receiver)).await?.into_inner();
        let mut answers = Vec::with_capacity(segments.len());
        for segment in segments {
            let result = stream.message().await?.and_then(|m| m.result).ok_or_else(CliError::stream_ended)?;
            let answer = match result {
                StreamResult::Response(response) => self.to_answer(response, segment),
                StreamResult::Error(error) if error.reason == "TEXT_FOLDS_TO_NOTHING" => Answer::default(),
                StreamResult::Error(error) => {
                    let of_segment = error.reason == "BAD_INLINE_CODE" || error.reason.starts_with("TEXT");
                    eprintln!("unit '{}': {} [{}]", segment.unit, error.message, error.reason);
                    tally.refused += 1;
                    // For example, an unknown memory. Every other segment would fail as well.
                    if !of_segment && (error.reason.starts_with("UNKNOWN") || error.reason.starts_with("BAD"))
                    {
                        return Err(CliError::Refused { message: error.message, reason: Some(error.reason) });
                    }
                    Answer::default()
                }
            };
            let best = answer.suggestions.first().map_or(Score::ZERO, |s| s.score);
            tally.leverage.count(best, count_words(&segment.segment.text) as u64);
            tally.terms += answer.terms.len() as u64;
            answers.push(answer);
        }
        Ok(answers)
    }

    /// Builds the request for the segment at an index, or returns `None` past the end.
    fn request(&self, segments: &[SegmentToTranslate], n: usize) -> Option<proto::LookupStreamRequest> {
        let segment = segments.get(n)?;
        let compared = if segment.form.is_some() { PLURAL_FORMS_TO_COMPARE } else { MATCHES_TO_COMPARE };
        let request = proto::LookupRequest {
            text: segment.segment.text.clone(),
            codes: convert::wire_segment(segment.segment.clone()).codes,
            context: Some(convert::wire_context(context_in_document(n, |n| {
                segments.get(n).map(|s| s.segment.text.as_str())
            }))),
            options: Some(proto::LookupOptions {
                memories: self
                    .memory
                    .iter()
                    .map(|name| proto::MemorySelection { name: name.clone(), penalty: 0.0 })
                    .collect(),
                threshold: Some(self.threshold.unwrap_or_else(|| {
                    self.fill.unwrap_or(DEFAULT_THRESHOLD_PERCENT).min(DEFAULT_THRESHOLD_PERCENT)
                })),
                limit: Some(if self.limit < 1 { self.limit } else { self.limit.max(compared) }),
                // A glossary has no terms for a reverse lookup, because they are found in its source language only.
                glossaries: if segment.reverse { Vec::new() } else { self.glossary.clone() },
                reverse: segment.reverse,
                ..proto::LookupOptions::default()
            }),
        };
        Some(proto::LookupStreamRequest { request: Some(request) })
    }

    /// Prints the statistics to standard error, because the document can be written to standard output.
    fn print_statistics(&self, document: &Document, tally: &PretranslationTally) -> Result<(), CliError> {
        let left = document.left_alone();
        let mut err = std::io::stderr().lock();
        if self.json {
            let bands: Vec<_> = tally
                .leverage
                .bands()
                .map(|(band, count)| {
                    json!({"best_match": band.name, "segments": count.segments, "words": count.words})
                })
                .collect();
            let not_filled: serde_json::Map<_, _> = tally
                .not_filled
                .iter()
                .map(|(reason, count)| (reason.name().to_owned(), json!(count)))
                .collect();
            let value = json!({
                "file": self.file.display().to_string(),
                "segments": document.segments().len(),
                "bands": bands,
                "filled": tally.filled,
                "not_filled": not_filled,
                "terms": tally.terms,
                "refused": tally.refused,
                "translated_before": left.translated,
                "not_translatable": left.not_translatable,
                "other_languages": left.other_languages,
                "unreadable": left.unreadable,
            });
            return Ok(writeln!(err, "{value}")?);
        }
        let mut rows = vec![["best match", "segments", "words"].map(str::to_owned).to_vec()];
        for (band, count) in tally.leverage.bands() {
            rows.push(vec![band.name.to_owned(), count.segments.to_string(), count.words.to_string()]);
        }
        let all = tally.leverage.total();
        rows.push(vec!["all".to_owned(), all.segments.to_string(), all.words.to_string()]);
        for line in table_lines(&rows) {
            writeln!(err, "{line}")?;
        }
        writeln!(err, "filled: {}; terms found: {}", tally.filled, tally.terms)?;
        if !tally.not_filled.is_empty() {
            let reasons: Vec<String> = tally
                .not_filled
                .iter()
                .map(|(reason, count)| format!("{}: {count}", reason.description()))
                .collect();
            writeln!(err, "good matches that were only added: {}", reasons.join(", "))?;
        }
        let alone = left.translated + left.not_translatable + left.other_languages + left.unreadable;
        if alone > 0 {
            writeln!(
                err,
                "left as they are: translated before: {}, not to be translated: {}, in other languages: {}, unreadable: {}",
                left.translated, left.not_translatable, left.other_languages, left.unreadable
            )?;
        }
        Ok(())
    }

    /// Converts the response for a segment, best match first.
    fn to_answer(&self, response: proto::LookupResponse, asked: &SegmentToTranslate) -> Answer {
        let matches = response.matches.into_iter().map(|found| to_suggestion(found, asked));
        let mut suggestions = ranked_suggestions(matches);
        let tied = match &asked.form {
            Some(form) => prefer_plural_form(&mut suggestions, form),
            None => are_tied(&suggestions),
        };
        // A match can give two suggestions: the stored translation, and one with the values of the segment.
        let mut added: Vec<String> = Vec::new();
        suggestions.retain(|suggestion| {
            let is_added = added.contains(&suggestion.origin);
            let has_room = i32::try_from(added.len()).is_ok_and(|count| count < self.limit);
            if !is_added && has_room {
                added.push(suggestion.origin.clone());
            }
            is_added || has_room
        });
        Answer { suggestions, tied, terms: response.terms.into_iter().map(to_note).collect() }
    }
}

/// Converts a match, and its repaired translation if it has one. The sides of a match in reverse are swapped.
fn to_suggestion(found: proto::Match, asked: &SegmentToTranslate) -> (Suggestion, Option<RepairedTarget>) {
    let kind = match found.kind() {
        proto::MatchKind::InContext => MatchKind::InContext,
        proto::MatchKind::Exact => MatchKind::Exact,
        proto::MatchKind::ExactOrthographic => MatchKind::ExactOrthographic,
        proto::MatchKind::Fuzzy | proto::MatchKind::Unspecified => MatchKind::Fuzzy,
    };
    let unit = found.unit.unwrap_or_default();
    let plural_forms = plural_forms(&convert::properties(unit.properties).unwrap_or_default());
    let (source, target) = (convert::answered_segment(unit.source), convert::answered_segment(unit.target));
    let (source, target) = if asked.reverse { (target, source) } else { (source, target) };
    let carried = found
        .carried_codes
        .map(|carried| convert::segment(String::new(), carried.codes).unwrap_or_default().codes);
    let target = target_with_codes(&asked.segment, &source, target, carried);
    let suggestion = Suggestion {
        source,
        target,
        kind,
        score: to_score(found.score),
        similarity: to_score(found.similarity),
        origin: format!("{}/{}", unit.memory, unit.id),
        plural_forms,
    };
    // The number that such a form leaves out is the one that it is for.
    let may_leave_number = suggestion.is_form_of_one_count(asked);
    let only_flag = found.flags.as_slice() == [i32::from(proto::Flag::PlaceholderDiffers)];
    let suggestion = if may_leave_number && only_flag {
        let points = found.penalties.iter().map(|penalty| to_score(penalty.points));
        let score = points.fold(Score::FULL, Score::minus);
        Suggestion { score, ..suggestion }
    } else {
        suggestion
    };
    let repaired = found.repair.map(|repair| RepairedTarget {
        // The server only sends valid codes and scores, so the defaults are not used.
        target: convert::segment(repair.target, repair.codes).unwrap_or_default(),
        score: to_score(repair.score),
    });
    (suggestion, repaired)
}

/// Converts a term. Its deprecated and superseded translations must not be used.
fn to_note(term: proto::RecognizedTerm) -> TermNote {
    let (forbidden, good): (Vec<_>, Vec<_>) = term.targets.into_iter().partition(|target| {
        matches!(target.status(), proto::TermStatus::Deprecated | proto::TermStatus::Superseded)
    });
    let texts = |targets: Vec<proto::TermTarget>| targets.into_iter().map(|target| target.text).collect();
    TermNote { term: term.source, translations: texts(good), forbidden: texts(forbidden) }
}

fn to_score(percent: f64) -> Score {
    Score::from_percent(percent).unwrap_or_default()
}

#[derive(Debug, Args)]
pub(super) struct AssembleArgs {
    /// File to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// XLIFF file that `pretranslate` made from a text or a PO file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl AssembleArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let name = self.file.display().to_string();
        let assembled = assemble(open(&self.file)?).map_err(|e| CliError::read_failed(&name, e))?;
        let mut to = ExportFile::new(self.output)?;
        to.write(assembled.text.as_bytes())?;
        to.finish()?;
        if assembled.missing > 0 {
            eprintln!(
                "{} segments have no translation: a text has their sources instead, a PO file empty strings",
                assembled.missing
            );
            return Ok(Exit::Problems);
        }
        Ok(Exit::Done)
    }
}
