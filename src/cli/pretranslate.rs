//! `dhakira pretranslate` and `dhakira assemble`.

use std::{io::Write, path::PathBuf};

use clap::Args;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{
    client::{Client, Connection, block_on},
    download::Destination,
    exit::{CliError, Exit},
    input::open,
    output::table,
};
use crate::{
    interchange::{
        Answer, Document, DocumentFormat, Languages, ReadError, Suggestion, TermNote, ToTranslate, assemble,
    },
    locale::Locale,
    rpc::{
        convert,
        proto::{self, lookup_stream_response::Result as StreamResult},
    },
    score::Score,
    text::count_words,
};

#[derive(Debug, Args)]
pub(super) struct Pretranslate {
    /// Memory to search; several may be named. Its languages are the document's, in either direction
    #[arg(long, required = true, value_name = "NAME")]
    memory: Vec<String>,
    /// Glossary whose terms are told; several may be named, the first goes first
    #[arg(long, value_name = "NAME")]
    glossary: Vec<String>,
    /// Fill a target with a match that scores at least this; else matches are only told
    #[arg(long, value_name = "PERCENT")]
    fill: Option<f64>,
    /// Least score of a match that is told, 0 to 100 [default: 70, or --fill where that is less]
    #[arg(long, value_name = "PERCENT")]
    threshold: Option<f64>,
    /// How many matches of a segment are told at most, 1 to 100
    #[arg(long, default_value_t = 3, value_name = "N")]
    limit: i32,
    /// The statistics as one JSON object
    #[arg(long)]
    json: bool,
    /// The XLIFF to write; standard output without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The document: .xlf .xliff .sdlxliff .mqxliff .po, or .txt and .md as plain text
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    connection: Connection,
}

/// What the answers add up to.
#[derive(Default)]
struct Tally {
    /// Segments and words, by what their best match is worth.
    bands: [(u64, u64); BANDS.len()],
    filled: u64,
    terms: u64,
    refused: u64,
}

/// The least score that is told, unless told otherwise.
const USUAL: f64 = 70.0;

/// The least score of each row of the statistics, and its name.
const BANDS: [(u16, &str); 6] = [
    (10_000, "100%"),
    (9_500, "95-99%"),
    (8_500, "85-94%"),
    (7_500, "75-84%"),
    (1, "under 75%"),
    (0, "no match"),
];

impl Pretranslate {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let name = self.file.display().to_string();
        let failed = |cause: String| CliError::File { file: name.clone(), cause };
        let short = self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let format = DocumentFormat::of_file(&name)
            .ok_or_else(|| failed("its ending tells no format: .xlf .xliff .po .txt".to_owned()))?;
        let fill = self.fill.map(|percent| {
            Score::from_percent(percent)
                .ok_or_else(|| CliError::Said(format!("--fill {percent}: 0 to 100, two decimals at most")))
        });
        let fill = fill.transpose()?;
        if let (Some(fill), Some(threshold)) = (self.fill, self.threshold)
            && fill < threshold
        {
            let what = format!(
                "--fill {fill} is less than --threshold {threshold}: matches below that are not looked for"
            );
            return Err(CliError::Said(what));
        }
        block_on(async {
            let client = self.connection.open().await?;
            let languages = self.languages(&client).await?;
            let read = Document::read(format, &short, open(&self.file)?, &languages);
            let document = read.map_err(|e: ReadError| failed(format!("{e} [{}]", e.reason())))?;
            let left = document.left_alone();
            if document.segments().is_empty() && left.other_languages > 0 {
                let what = format!(
                    "it is in other languages than the memory, which is {} > {} [OTHER_LANGUAGES]",
                    languages.source, languages.target
                );
                return Err(failed(what));
            }
            let mut tally = Tally::default();
            let answers = self.answers(&client, document.segments(), &mut tally).await?;
            let mut to = Destination::new(self.output.clone())?;
            let mut bytes = Vec::new();
            let filled = document.write(&answers, fill, &mut bytes)?;
            tally.filled = filled.iter().filter(|filled| **filled).count() as u64;
            to.write(&bytes)?;
            to.finish()?;
            self.tell(&document, &tally)?;
            Ok(if tally.refused > 0 { Exit::Problems } else { Exit::Done })
        })
    }

    /// Returns the languages of the first memory.
    async fn languages(&self, client: &Client) -> Result<Languages, CliError> {
        let name = self.memory.first().cloned().unwrap_or_default();
        let request = proto::GetMemoryRequest { name };
        let memory = client.memories().get_memory(request).await?.into_inner().memory.unwrap_or_default();
        let parse = |tag: &str| Locale::parse(tag).map_err(|e| CliError::Said(e.to_string()));
        Ok(Languages {
            source: parse(&memory.source_locale)?,
            target: parse(&memory.target_locale)?,
            ..Languages::default()
        })
    }

    /// Asks for all segments over one stream, each with its neighbours.
    async fn answers(
        &self,
        client: &Client,
        segments: &[ToTranslate],
        tally: &mut Tally,
    ) -> Result<Vec<Answer>, CliError> {
        let requests: Vec<proto::LookupStreamRequest> =
            (0..segments.len()).filter_map(|n| self.request(segments, n)).collect();
        let (questions, asked) = mpsc::channel(64);
        tokio::spawn(async move {
            for request in requests {
                if questions.send(request).await.is_err() {
                    return;
                }
            }
        });
        let mut stream = client.lookups().lookup_stream(ReceiverStream::new(asked)).await?.into_inner();
        let mut answers = Vec::with_capacity(segments.len());
        for segment in segments {
            let gone = || CliError::Said("the server ended the stream".to_owned());
            let answer = stream.message().await?.and_then(|m| m.result).ok_or_else(gone)?;
            let answer = match answer {
                StreamResult::Response(response) => told(response, segment.reverse),
                StreamResult::Error(error) if error.reason == "TEXT_FOLDS_TO_NOTHING" => Answer::default(),
                StreamResult::Error(error) => {
                    let of_segment = error.reason == "BAD_INLINE_CODE" || error.reason.starts_with("TEXT");
                    eprintln!("unit '{}': {} [{}]", segment.unit, error.message, error.reason);
                    tally.refused += 1;
                    // A glossary or memory that is not there fails for all segments.
                    if !of_segment && (error.reason.starts_with("UNKNOWN") || error.reason.starts_with("BAD"))
                    {
                        return Err(CliError::Refused { message: error.message, reason: Some(error.reason) });
                    }
                    Answer::default()
                }
            };
            let best = answer.suggestions.first().map_or(0, |s| s.score.hundredths());
            let words = count_words(&segment.segment.text) as u64;
            if let Some(band) =
                BANDS.iter().position(|(least, _)| best >= *least).and_then(|n| tally.bands.get_mut(n))
            {
                *band = (band.0 + 1, band.1 + words);
            }
            tally.terms += answer.terms.len() as u64;
            answers.push(answer);
        }
        Ok(answers)
    }

    fn request(&self, segments: &[ToTranslate], n: usize) -> Option<proto::LookupStreamRequest> {
        let segment = segments.get(n)?;
        let around = |n: Option<usize>| n.and_then(|n| segments.get(n)).map(|s| s.segment.text.clone());
        let memory = |name: &String| proto::MemorySelection { name: name.clone(), penalty: 0.0 };
        let request = proto::LookupRequest {
            text: segment.segment.text.clone(),
            codes: convert::wire_segment(segment.segment.clone()).codes,
            context: Some(proto::Context {
                previous: around(n.checked_sub(1)),
                following: around(n.checked_add(1)),
                id: None,
            }),
            options: Some(proto::LookupOptions {
                memories: self.memory.iter().map(memory).collect(),
                threshold: Some(self.threshold.unwrap_or_else(|| self.fill.unwrap_or(USUAL).min(USUAL))),
                limit: Some(self.limit),
                // Terms are found in the glossary's source language.
                glossaries: if segment.reverse { Vec::new() } else { self.glossary.clone() },
                reverse: segment.reverse,
                ..proto::LookupOptions::default()
            }),
        };
        Some(proto::LookupStreamRequest { request: Some(request) })
    }

    fn tell(&self, document: &Document, tally: &Tally) -> Result<(), CliError> {
        let left = document.left_alone();
        let mut err = std::io::stderr().lock();
        if self.json {
            let band = |((_, name), (segments, words)): (&(u16, &str), &(u64, u64))| json!({"best_match": name, "segments": segments, "words": words});
            let value = json!({
                "file": self.file.display().to_string(),
                "segments": document.segments().len(),
                "bands": BANDS.iter().zip(&tally.bands).map(band).collect::<Vec<_>>(),
                "filled": tally.filled,
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
        let mut all = (0, 0);
        for ((_, name), (segments, words)) in BANDS.iter().zip(&tally.bands) {
            all = (all.0 + segments, all.1 + words);
            rows.push(vec![(*name).to_owned(), segments.to_string(), words.to_string()]);
        }
        rows.push(vec!["all".to_owned(), all.0.to_string(), all.1.to_string()]);
        for line in table(&rows) {
            writeln!(err, "{line}")?;
        }
        writeln!(err, "filled: {}; terms told: {}", tally.filled, tally.terms)?;
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
}

/// Reads what the server says of a segment.
fn told(response: proto::LookupResponse, reverse: bool) -> Answer {
    let mut suggestions: Vec<Suggestion> = Vec::new();
    for found in response.matches {
        let unit = found.unit.unwrap_or_default();
        let text = |side: Option<proto::Variant>| side.and_then(|v| v.segment).unwrap_or_default().text;
        let (source, target) = (text(unit.source), text(unit.target));
        let (source, target) = if reverse { (target, source) } else { (source, target) };
        let score = |percent: f64| Score::from_percent(percent).unwrap_or_default();
        // What the server sends, it has checked.
        let translation = |text, codes| convert::segment(text, codes).unwrap_or_default();
        let suggestion = Suggestion {
            source,
            target: translation(target, found.carried_codes.unwrap_or_default().codes),
            score: score(found.score),
            similarity: score(found.similarity),
            origin: format!("{}/{}", unit.memory, unit.id),
        };
        // Numbers and placeholders carried over: worth more than the match as it is stored.
        if let Some(repair) = found.repair
            && score(repair.score) > suggestion.score
        {
            suggestions.push(Suggestion {
                target: translation(repair.target, repair.codes),
                score: score(repair.score),
                ..suggestion.clone()
            });
        }
        suggestions.push(suggestion);
    }
    suggestions.sort_by_key(|s| std::cmp::Reverse(s.score));
    let term = |term: proto::RecognizedTerm| TermNote {
        term: term.source,
        translations: term.targets.into_iter().map(|t| t.text).collect(),
    };
    Answer { suggestions, terms: response.terms.into_iter().map(term).collect() }
}

#[derive(Debug, Args)]
pub(super) struct Assemble {
    /// The file to write; standard output without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// An XLIFF file that `pretranslate` made of a text or a PO file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Assemble {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let name = self.file.display().to_string();
        let made =
            assemble(open(&self.file)?).map_err(|e| CliError::File { file: name, cause: e.to_string() })?;
        let mut to = Destination::new(self.output)?;
        to.write(made.text.as_bytes())?;
        to.finish()?;
        if made.missing > 0 {
            eprintln!(
                "{} segments have no translation: their sources stand there, in a PO file nothing",
                made.missing
            );
            return Ok(Exit::Problems);
        }
        Ok(Exit::Done)
    }
}
