//! `dhakira lookup`.

use clap::{Args, ValueEnum};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{
    client::{Client, Connection, block_on},
    exit::{CliError, Exit},
    input::{InputSource, TextInput, next_line},
    json,
    output::StdoutWriter,
    show,
};
use crate::rpc::proto::{self, lookup_stream_response::Result as StreamResult};

/// An order of matches, as it is named on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum OrderName {
    Score,
    Usefulness,
}

#[derive(Debug, Args)]
pub(super) struct LookupArgs {
    /// Memory to search; can be given several times
    #[arg(long, required = true, value_name = "NAME")]
    memory: Vec<String>,
    /// Minimum score of a match, 0 to 100
    #[arg(long, default_value_t = 70.0, value_name = "PERCENT")]
    threshold: f64,
    /// Maximum number of matches, 1 to 100
    #[arg(long, default_value_t = 5, value_name = "N")]
    limit: i32,
    /// Glossary whose terms are recognised; can be given several times, in order of priority
    #[arg(long, value_name = "NAME")]
    glossary: Vec<String>,
    /// Apply the threshold to the similarity instead of the score, and sort by it
    #[arg(long, conflicts_with = "order")]
    raw: bool,
    /// Order of the matches: by score, or by how much of the translation can probably be used
    #[arg(long, value_name = "ORDER")]
    order: Option<OrderName>,
    /// Print one JSON object per text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    input: TextInput,
    #[command(flatten)]
    connection: Connection,
}

impl LookupArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let source = self.input.source()?;
        block_on(async {
            let client = self.connection.open().await?;
            match source {
                InputSource::Text(text) => self.look_up_text(&client, text).await,
                InputSource::Stream(stream) => self.look_up_lines(&client, stream).await,
            }
        })
    }

    fn request(&self, text: String) -> proto::LookupRequest {
        let options = proto::LookupOptions {
            memories: self
                .memory
                .iter()
                .map(|name| proto::MemorySelection { name: name.clone(), penalty: 0.0 })
                .collect(),
            threshold: Some(self.threshold),
            limit: Some(self.limit),
            glossaries: self.glossary.clone(),
            raw: self.raw,
            order: match self.order {
                None => proto::MatchOrder::Unspecified,
                Some(OrderName::Score) => proto::MatchOrder::Score,
                Some(OrderName::Usefulness) => proto::MatchOrder::Usefulness,
            }
            .into(),
            ..proto::LookupOptions::default()
        };
        proto::LookupRequest { text, options: Some(options), ..proto::LookupRequest::default() }
    }

    async fn look_up_text(&self, client: &Client, text: String) -> Result<Exit, CliError> {
        let answer = client.lookups().lookup(self.request(text.clone())).await?.into_inner();
        let mut out = StdoutWriter::new();
        if self.json {
            out.json(&json::lookup_to_json(&text, &answer))?;
        } else {
            show::print_lookup(&mut out, &text, &answer)?;
        }
        out.flush()?;
        let found = !answer.matches.is_empty() || !answer.terms.is_empty();
        Ok(if found { Exit::Done } else { Exit::Nothing })
    }

    /// Looks up each line over one stream, and prints one line for each, in order.
    async fn look_up_lines(
        &self,
        client: &Client,
        mut stream: Box<dyn std::io::BufRead + Send>,
    ) -> Result<Exit, CliError> {
        let (requests, receiver) = mpsc::channel(64);
        let (lines, mut read_lines) = mpsc::channel(64);
        let template = self.request(String::new());
        let reader = tokio::task::spawn_blocking(move || -> Result<(), CliError> {
            while let Some(line) = next_line(&mut *stream)? {
                let request = line.as_ref().ok().map(|text| proto::LookupStreamRequest {
                    request: Some(proto::LookupRequest { text: text.clone(), ..template.clone() }),
                });
                if lines.blocking_send(line).is_err() {
                    return Ok(());
                }
                if let Some(request) = request
                    && requests.blocking_send(request).is_err()
                {
                    return Ok(());
                }
            }
            Ok(())
        });
        let mut answers = client.lookups().lookup_stream(ReceiverStream::new(receiver)).await?.into_inner();
        let mut out = StdoutWriter::new();
        let (mut found, mut bad) = (false, false);
        while let Some(line) = read_lines.recv().await {
            let answer = match &line {
                Err(_) => StreamResult::Error(proto::CallError {
                    field: "text".to_owned(),
                    reason: "NOT_UTF8".to_owned(),
                    message: "the line is not UTF-8".to_owned(),
                    ..proto::CallError::default()
                }),
                Ok(_) => {
                    answers.message().await?.and_then(|m| m.result).ok_or_else(CliError::stream_ended)?
                }
            };
            match answer {
                StreamResult::Response(answer) => {
                    found |= !answer.matches.is_empty() || !answer.terms.is_empty();
                    let text = line.unwrap_or_default();
                    if self.json {
                        out.json(&json::lookup_to_json(&text, &answer))?;
                    } else {
                        out.line(best_match_line(&answer))?;
                    }
                }
                StreamResult::Error(error) if is_fatal(&error) => {
                    return Err(CliError::Refused { message: error.message, reason: Some(error.reason) });
                }
                StreamResult::Error(error) => {
                    bad = true;
                    out.json(&json::error_to_json(&error.field, &error.reason, &error.message))?;
                }
            }
            if read_lines.is_empty() {
                out.flush()?;
            }
        }
        out.flush()?;
        reader.await.map_err(|e| CliError::Message(e.to_string()))??;
        Ok(match (bad, found) {
            (true, _) => Exit::Problems,
            (false, true) => Exit::Done,
            (false, false) => Exit::Nothing,
        })
    }
}

/// Returns true if an error ends the command, because it is not about the text of a line. For example, a memory
/// is unknown.
fn is_fatal(error: &proto::CallError) -> bool {
    error.field != "text" && !error.field.starts_with("codes")
}

/// Returns the best match as one line: score, kind, source and target, separated by tabs. The line is empty
/// without a match.
fn best_match_line(answer: &proto::LookupResponse) -> String {
    let Some(found) = answer.matches.first() else { return String::new() };
    let unit = found.unit.clone().unwrap_or_default();
    let (source, target) =
        (json::text_and_locale(unit.source.as_ref()).0, json::text_and_locale(unit.target.as_ref()).0);
    let kind = json::without_prefix(found.kind().as_str_name(), "MATCH_KIND_");
    [Value::from(found.score).to_string(), kind, one_line(source), one_line(target)].join("\t")
}

/// Replaces tabs and line breaks with spaces.
fn one_line(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}
