//! `dhakira glossary list`, and all glossaries of a server.

use clap::Args;
use serde_json::{Value, json};

use crate::{
    cli::{
        client::{Client, Connection},
        exit::{CliError, Exit},
        output::{Output, table},
    },
    rpc::proto,
};

#[derive(Debug, Args)]
pub(crate) struct List {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

pub(crate) async fn all(client: &Client) -> Result<Vec<proto::Glossary>, CliError> {
    let mut glossaries = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = proto::ListGlossariesRequest { page_size: 1_000, page_token };
        let page = client.glossaries().list_glossaries(request).await?.into_inner();
        glossaries.extend(page.glossaries);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(glossaries);
        }
    }
}

impl List {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let glossaries = all(&self.connection.open().await?).await?;
        let mut out = Output::new();
        if self.json {
            for glossary in &glossaries {
                out.json(&value(glossary))?;
            }
        } else if !glossaries.is_empty() {
            let head =
                ["NAME", "PAIR", "CONCEPTS", "SOURCE TERMS", "DESCRIPTION"].map(str::to_owned).to_vec();
            let row = |g: &proto::Glossary| {
                let pair = format!("{} > {}", g.source_locale, g.target_locale);
                vec![
                    g.name.clone(),
                    pair,
                    g.concept_count.to_string(),
                    g.source_term_count.to_string(),
                    g.description.clone(),
                ]
            };
            let rows: Vec<_> = std::iter::once(head).chain(glossaries.iter().map(row)).collect();
            for line in table(&rows) {
                out.line(line.trim_end())?;
            }
        }
        out.flush()?;
        Ok(if glossaries.is_empty() { Exit::Nothing } else { Exit::Done })
    }
}

fn value(glossary: &proto::Glossary) -> Value {
    json!({
        "name": glossary.name,
        "source_locale": glossary.source_locale,
        "target_locale": glossary.target_locale,
        "description": glossary.description,
        "concept_count": glossary.concept_count,
        "source_term_count": glossary.source_term_count,
        "created_at": glossary.created_at.map(|t| t.to_string()),
    })
}
