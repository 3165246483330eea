//! `dhakira glossary suggest`.

use clap::Args;
use serde_json::json;

use crate::{
    cli::{
        client::Connection,
        exit::{CliError, Exit},
        output::Output,
    },
    interchange::csv_row,
    rpc::proto,
};

#[derive(Debug, Args)]
pub(crate) struct Suggest {
    /// Memory to take the terms from, Arabic to English
    #[arg(long, value_name = "NAME")]
    memory: String,
    /// Glossary whose terms are known already; several may be named
    #[arg(long = "known", value_name = "GLOSSARY")]
    known: Vec<String>,
    /// Candidates at most
    #[arg(long, default_value_t = 200, value_name = "N")]
    limit: i32,
    /// Segments in which both sides must stand together
    #[arg(long, default_value_t = 3, value_name = "N")]
    least_together: i32,
    /// The least score in per cent: how often neither side stands without the other
    #[arg(long, default_value_t = 40.0, value_name = "PERCENT")]
    least_score: f64,
    /// One JSON object a candidate instead of CSV
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Suggest {
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
        let mut out = Output::new();
        if self.json {
            for term in &answer.terms {
                let example = |e: &proto::SuggestionExample| json!({"unit_id": e.unit_id, "source": e.source, "target": e.target});
                out.json(&json!({
                    "source": term.source,
                    "target": term.target,
                    "source_count": term.source_count,
                    "target_count": term.target_count,
                    "together": term.together,
                    "score": term.score,
                    "examples": term.examples.iter().map(example).collect::<Vec<_>>(),
                }))?;
            }
        } else {
            // Made to be looked through, and imported once the bad rows are gone.
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
