//! `dhakira glossary recognize`.

use std::io::BufRead;

use clap::Args;
use serde_json::json;

use crate::{
    cli::{
        client::{Client, Code, Connection, Status},
        exit::{CliError, Exit},
        input::{NotUtf8, Source, TextInput, next_line},
        json,
        output::Output,
        show,
    },
    rpc::proto,
};

#[derive(Debug, Args)]
pub(in crate::cli) struct Recognize {
    /// Glossary to search; several may be named, the first goes first
    #[arg(long, required = true, value_name = "NAME")]
    glossary: Vec<String>,
    /// Also terms inside longer ones
    #[arg(long)]
    all: bool,
    /// One JSON object a text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) input: TextInput,
    #[command(flatten)]
    connection: Connection,
}

impl Recognize {
    pub(super) async fn run(self, source: Source) -> Result<Exit, CliError> {
        let client = self.connection.open().await?;
        let mut out = Output::new();
        let (mut found, mut bad) = (false, false);
        match source {
            Source::Text(text) => {
                let terms = self.ask(&client, text).await?;
                found = !terms.is_empty();
                self.print(&mut out, &terms)?;
            }
            Source::Stream(mut stream) => {
                while let Some(line) = self.next(&mut *stream)? {
                    let Ok(text) = line else {
                        bad = true;
                        out.json(&json::not_utf8())?;
                        continue;
                    };
                    match self.ask(&client, text).await {
                        Ok(terms) => {
                            found |= !terms.is_empty();
                            self.print_line(&mut out, &terms)?;
                        }
                        Err(status)
                            if status.code() == Code::InvalidArgument
                                && status.message().starts_with("text") =>
                        {
                            let refused = CliError::from(status);
                            let CliError::Refused { message, reason } = refused else { return Err(refused) };
                            bad = true;
                            out.json(&json::error("text", &reason.unwrap_or_default(), &message))?;
                        }
                        Err(status) => return Err(status.into()),
                    }
                }
            }
        }
        out.flush()?;
        Ok(match (bad, found) {
            (true, _) => Exit::Problems,
            (false, true) => Exit::Done,
            (false, false) => Exit::Nothing,
        })
    }

    fn next(&self, stream: &mut dyn BufRead) -> Result<Option<Result<String, NotUtf8>>, CliError> {
        Ok(next_line(stream)?)
    }

    async fn ask(&self, client: &Client, text: String) -> Result<Vec<proto::RecognizedTerm>, Status> {
        let request = proto::RecognizeTermsRequest {
            text,
            glossaries: self.glossary.clone(),
            nested: self.all,
            offset_unit: proto::OffsetUnit::CodePoint.into(),
        };
        Ok(client.glossaries().recognize_terms(request).await?.into_inner().terms)
    }

    fn print(&self, out: &mut Output, terms: &[proto::RecognizedTerm]) -> Result<(), CliError> {
        if self.json { self.print_line(out, terms) } else { show::terms(out, terms) }
    }

    fn print_line(&self, out: &mut Output, terms: &[proto::RecognizedTerm]) -> Result<(), CliError> {
        if self.json {
            return out.json(&json!({"terms": terms.iter().map(json::term).collect::<Vec<_>>()}));
        }
        let pair = |t: &proto::RecognizedTerm| {
            let target = t.targets.first().map_or("", |t| t.text.as_str());
            format!("{} = {target}", t.source)
        };
        out.line(terms.iter().map(pair).collect::<Vec<_>>().join("; "))
    }
}
