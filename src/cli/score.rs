//! `dhakira score`: explains the score of each pair of segments.

use clap::Args;

use super::{
    exit::{CliError, Exit},
    input::{InputSource, TextInput, next_line},
    json,
    output::StdoutWriter,
};
use crate::rpc::{explain, proto};

#[derive(Debug, Args)]
#[command(after_help = "Each line is `asked TAB stored`. With the translation of the stored segment as a \
    third cell, the output also shows whether numbers can be carried over.")]
pub(super) struct ScoreArgs {
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
    /// The stored translations are unreviewed: nobody has confirmed them
    #[arg(long)]
    unreviewed: bool,
    /// The stored translations are machine translation
    #[arg(long)]
    machine: bool,
    #[command(flatten)]
    input: TextInput,
}

/// An error for one line.
struct LineError {
    field: String,
    reason: String,
    message: String,
}

impl ScoreArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let mut out = StdoutWriter::new();
        let mut exit = Exit::Done;
        match self.input.source()? {
            InputSource::Text(text) => self.explain_line(Ok(text), &mut out, &mut exit)?,
            InputSource::Stream(mut stream) => {
                while let Some(line) = next_line(&mut *stream)? {
                    let line = line.map_err(|_| LineError {
                        field: "text".to_owned(),
                        reason: "NOT_UTF8".to_owned(),
                        message: "the line is not UTF-8".to_owned(),
                    });
                    self.explain_line(line, &mut out, &mut exit)?;
                }
            }
        }
        out.flush()?;
        Ok(exit)
    }

    fn explain_line(
        &self,
        line: Result<String, LineError>,
        out: &mut StdoutWriter,
        exit: &mut Exit,
    ) -> Result<(), CliError> {
        match line.and_then(|line| self.explain_pair(&line)) {
            Ok(explained) if self.json => out.json(&json::score_to_json(&explained)),
            Ok(explained) => out.line(explanation_line(&explained)),
            Err(bad) => {
                *exit = Exit::Problems;
                out.json(&json::error_to_json(&bad.field, &bad.reason, &bad.message))
            }
        }
    }

    fn explain_pair(&self, line: &str) -> Result<proto::ScoreResponse, LineError> {
        let mut cells = line.splitn(3, '\t');
        let (Some(asked), Some(stored)) = (cells.next(), cells.next()) else {
            return Err(LineError {
                field: "stored".to_owned(),
                reason: "CELL_MISSING".to_owned(),
                message: "write the segment asked for, a tab, and the stored one".to_owned(),
            });
        };
        let request = proto::ScoreRequest {
            asked: Some(to_query(asked)),
            stored: Some(to_query(stored)),
            target: cells.next().unwrap_or_default().to_owned(),
            stored_provenance: Some(self.provenance()),
            ..Default::default()
        };
        explain(request).map_err(|fault| LineError {
            field: fault.field().to_owned(),
            reason: fault.reason().to_owned(),
            message: fault.to_string(),
        })
    }

    /// Returns the provenance of the stored translations.
    fn provenance(&self) -> proto::Provenance {
        let origin = if self.machine { proto::Origin::Machine } else { proto::Origin::Unspecified };
        let review =
            if self.unreviewed { proto::ReviewState::Unreviewed } else { proto::ReviewState::Unspecified };
        proto::Provenance { origin: origin.into(), review_state: review.into(), ..Default::default() }
    }
}

fn to_query(text: &str) -> proto::LookupQuery {
    proto::LookupQuery { text: text.to_owned(), ..Default::default() }
}

/// Returns an explanation as one line, separated by tabs: score, similarity, kind, flags, and the repair or the
/// reason why there is none.
fn explanation_line(explained: &proto::ScoreResponse) -> String {
    let flags: Vec<String> =
        explained.flags().map(|f| json::without_prefix(f.as_str_name(), "FLAG_")).collect();
    let repair = match &explained.repair {
        Some(repair) => repair.target.clone(),
        None => json::repair_refusal(explained.repair_refused()).unwrap_or_default(),
    };
    let kind = json::without_prefix(explained.kind().as_str_name(), "MATCH_KIND_");
    let (score, similarity) = (format!("{:.2}", explained.score), format!("{:.2}", explained.similarity));
    [score, similarity, kind, flags.join(","), repair].join("\t").trim_end().to_owned()
}
