//! `dhakira glossary suggest`.

use clap::Args;
use serde_json::json;

use crate::{
    cli::{
        client::Connection,
        exit::{CliError, Exit},
        output::StdoutWriter,
    },
    interchange::csv_row,
    rpc::proto,
};

#[derive(Debug, Args)]
pub(crate) struct SuggestArgs {
    /// Memory to extract terms from, Arabic to English
    #[arg(long, value_name = "NAME")]
    memory: String,
    /// Glossary whose terms are not suggested, because they are known; can be given several times
    #[arg(long = "known", value_name = "GLOSSARY")]
    known: Vec<String>,
    /// Maximum number of candidates
    #[arg(long, default_value_t = 200, value_name = "N")]
    limit: i32,
    /// Minimum number of units that contain both phrases
    #[arg(long, default_value_t = 3, value_name = "N")]
    least_together: i32,
    /// Minimum score; 100 if neither phrase occurs without the other
    #[arg(long, default_value_t = 40.0, value_name = "PERCENT")]
    least_score: f64,
    /// Print one JSON object per candidate instead of CSV
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl SuggestArgs {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let client = self.connection.open().await?;
        let request = proto::SuggestTermsRequest {
            memory: self.memory,
            known_glossaries: self.known,
            limit: Some(self.limit),
            least_together: Some(self.least_together),
            least_score: Some(self.least_score),
        };
        let answer = client.glossaries().suggest_terms(request).await?.into_inner();
        let mut out = StdoutWriter::new();
        if self.json {
            for term in &answer.terms {
                let examples: Vec<_> = term
                    .examples
                    .iter()
                    .map(|e| json!({"unit_id": e.unit_id, "source": e.source, "target": e.target}))
                    .collect();
                out.json(&json!({
                    "source": term.source,
                    "target": term.target,
                    "source_count": term.source_count,
                    "target_count": term.target_count,
                    "together": term.together,
                    "score": term.score,
                    "examples": examples,
                }))?;
            }
        } else {
            // A person reviews this table, deletes the bad rows, and can import the rest.
            out.line("source,target,status,score,together,example_source,example_target")?;
            for term in &answer.terms {
                let (from, to) = term.examples.first().map_or(("", ""), |e| (&e.source, &e.target));
                let (score, together) = (format!("{:.2}", term.score), term.together.to_string());
                out.line(csv_row(&[&term.source, &term.target, "provisional", &score, &together, from, to]))?;
            }
        }
        out.flush()?;
        eprintln!("{} candidates from {} units", answer.terms.len(), answer.units_read);
        Ok(if answer.terms.is_empty() { Exit::Nothing } else { Exit::Done })
    }
}
