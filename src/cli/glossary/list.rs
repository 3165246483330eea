//! `dhakira glossary list`.

use clap::Args;
use serde_json::{Value, json};

use crate::{
    cli::{
        client::{Client, Connection},
        exit::{CliError, Exit},
        output::{StdoutWriter, table_lines},
    },
    rpc::proto,
};

#[derive(Debug, Args)]
pub(crate) struct GlossaryListArgs {
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Returns all glossaries of the server.
pub(crate) async fn all_glossaries(client: &Client) -> Result<Vec<proto::Glossary>, CliError> {
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

impl GlossaryListArgs {
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let glossaries = all_glossaries(&self.connection.open().await?).await?;
        let mut out = StdoutWriter::new();
        if self.json {
            for glossary in &glossaries {
                out.json(&glossary_to_json(glossary))?;
            }
        } else if !glossaries.is_empty() {
            let head =
                ["NAME", "PAIR", "CONCEPTS", "SOURCE TERMS", "DESCRIPTION"].map(str::to_owned).to_vec();
            let rows: Vec<_> = std::iter::once(head).chain(glossaries.iter().map(glossary_row)).collect();
            for line in table_lines(&rows) {
                out.line(line.trim_end())?;
            }
        }
        out.flush()?;
        Ok(if glossaries.is_empty() { Exit::Nothing } else { Exit::Done })
    }
}

/// Returns the cells of a glossary in the table.
fn glossary_row(glossary: &proto::Glossary) -> Vec<String> {
    vec![
        glossary.name.clone(),
        format!("{} > {}", glossary.source_locale, glossary.target_locale),
        glossary.concept_count.to_string(),
        glossary.source_term_count.to_string(),
        glossary.description.clone(),
    ]
}

fn glossary_to_json(glossary: &proto::Glossary) -> Value {
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
