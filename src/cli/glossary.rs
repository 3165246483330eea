//! `dhakira glossary …`.

use std::{
    io::BufRead,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    client::{Client, Code, Connection, Status, block_on},
    exit::{CliError, Exit},
    input::{Source, TextInput, next_line, open},
    json,
    output::{Output, table},
    show,
};
use crate::{
    interchange::{ConceptFile, ConceptFormat, read_concepts},
    locale::Locale,
    rpc::{convert, proto},
};

/// Concepts that go to the server at once.
const BATCH: usize = 1_000;

#[derive(Debug, Subcommand)]
pub(super) enum Glossary {
    /// List the glossaries
    List(List),
    /// Import files of terms: .tbx .csv .tsv .tab .txt .utx
    Import(Import),
    /// Find the terms in text
    Recognize(Recognize),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// Glossary to import into
    #[arg(long, value_name = "NAME")]
    glossary: String,
    /// Make the glossary if it is absent
    #[arg(long)]
    create: bool,
    /// Language of the source terms of a glossary that is made
    #[arg(long, default_value = "ar", value_name = "LOCALE")]
    source_locale: String,
    /// Language of the target terms of a glossary that is made
    #[arg(long, default_value = "en", value_name = "LOCALE")]
    target_locale: String,
    /// One JSON object a file
    #[arg(long)]
    json: bool,
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct Recognize {
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
    input: TextInput,
    #[command(flatten)]
    connection: Connection,
}

impl Glossary {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        match self {
            Self::List(c) => block_on(c.run()),
            Self::Import(c) => block_on(c.run()),
            Self::Recognize(c) => {
                let source = c.input.source()?;
                block_on(c.run(source))
            }
        }
    }
}

async fn all(client: &Client) -> Result<Vec<proto::Glossary>, CliError> {
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
    async fn run(self) -> Result<Exit, CliError> {
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

impl Import {
    async fn run(self) -> Result<Exit, CliError> {
        let client = self.connection.open().await?;
        let (source, target) = self.pair(&client).await?;
        // Every file is read before anything is stored.
        let mut files = Vec::new();
        for path in &self.files {
            files.push((path, read(path, &source, &target)?));
        }
        self.make(&client).await?;
        let mut out = Output::new();
        let mut exit = Exit::Done;
        for (path, file) in files {
            let (mut stored, mut updated, mut unchanged) = (0, 0, 0);
            let concepts: Vec<proto::Concept> =
                file.concepts.into_iter().map(convert::wire_concept).collect();
            for batch in concepts.chunks(BATCH) {
                let request =
                    proto::PutConceptsRequest { glossary: self.glossary.clone(), concepts: batch.to_vec() };
                let answer = client.glossaries().put_concepts(request).await?.into_inner();
                stored += answer.stored;
                updated += answer.updated;
                unchanged += answer.unchanged;
            }
            let refused = file.problems.iter().filter(|p| p.refused).count();
            if !file.problems.is_empty() {
                exit = Exit::Problems;
            }
            let problems: Vec<_> = file.problems.into_iter().map(convert::problem).collect();
            let name = path.display();
            if self.json {
                out.json(&json!({
                    "file": name.to_string(),
                    "read": file.read,
                    "stored": stored,
                    "updated": updated,
                    "unchanged": unchanged,
                    "refused": refused,
                    "problems": problems.iter().map(super::import::problem).collect::<Vec<_>>(),
                }))?;
            } else {
                out.line(format!("{name}: {} read: {stored} stored, {updated} updated, {unchanged} unchanged, {refused} refused", file.read))?;
                for p in &problems {
                    out.line(format!("  line {}, {}: {} [{}]", p.line, p.unit, p.message, p.reason))?;
                }
            }
        }
        out.flush()?;
        Ok(exit)
    }

    /// Finds the languages: of the glossary or, if it is to be made, as told.
    async fn pair(&self, client: &Client) -> Result<(Locale, Locale), CliError> {
        let found = all(client).await?.into_iter().find(|g| g.name == self.glossary);
        let (source, target) = match &found {
            Some(glossary) => (&glossary.source_locale, &glossary.target_locale),
            None => (&self.source_locale, &self.target_locale),
        };
        let parse = |tag: &String| Locale::parse(tag).map_err(|e| CliError::Said(e.to_string()));
        Ok((parse(source)?, parse(target)?))
    }

    async fn make(&self, client: &Client) -> Result<(), CliError> {
        if !self.create {
            return Ok(());
        }
        let request = proto::CreateGlossaryRequest {
            name: self.glossary.clone(),
            source_locale: self.source_locale.clone(),
            target_locale: self.target_locale.clone(),
            description: String::new(),
        };
        match client.glossaries().create_glossary(request).await {
            Err(status) if status.code() != Code::AlreadyExists => Err(status.into()),
            _ => Ok(()),
        }
    }
}

fn read(path: &Path, source: &Locale, target: &Locale) -> Result<ConceptFile, CliError> {
    let name = path.display().to_string();
    let failed = |cause: String| CliError::File { file: name.clone(), cause };
    let format = ConceptFormat::of_file(&name).ok_or_else(|| {
        failed("its ending tells no format: .tbx, .csv, .tsv, .tab, .txt or .utx".to_owned())
    })?;
    read_concepts(format, open(path)?, source, target).map_err(|e| failed(format!("{e} [{}]", e.reason())))
}

impl Recognize {
    async fn run(self, source: Source) -> Result<Exit, CliError> {
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

    fn next(
        &self,
        stream: &mut dyn BufRead,
    ) -> Result<Option<Result<String, super::input::NotUtf8>>, CliError> {
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
