//! `dhakira glossary import` and `export`.

use std::{
    fs::File,
    io::{self, Write},
    path::PathBuf,
};

use clap::{Args, ValueEnum};

use crate::{
    cli::{
        client::Connection,
        exit::{CliError, Exit},
        output::Output,
        upload::{Reports, upload},
    },
    rpc::proto::{self, export_response::Part},
};

#[derive(Debug, Args)]
pub(in crate::cli) struct Import {
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

impl Import {
    pub(super) async fn run(self) -> Result<Exit, CliError> {
        let client = self.connection.open().await?;
        let header = proto::ImportHeader {
            glossary: self.glossary.clone(),
            create: self.create,
            source_locale: self.source_locale,
            target_locale: self.target_locale,
            ..Default::default()
        };
        let mut out = Output::new();
        let mut reports = Reports { out: &mut out, json: self.json, into: ("glossary", &self.glossary) };
        let mut exit = Exit::Done;
        for path in &self.files {
            let report = upload(&client, path, header.clone()).await?;
            exit = exit.worst(reports.print(path, &report)?);
        }
        Ok(exit)
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// TBX version 3, TBX-Basic in style DCA: holds everything
    Tbx,
    /// A table with a header, comma-separated
    Csv,
    /// A table with a header, tab-separated
    Tsv,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// Glossary to write
    #[arg(long, value_name = "NAME")]
    glossary: String,
    /// The format; else by the ending of the output's name, else TBX
    #[arg(long)]
    format: Option<Format>,
    /// The file to write; standard output without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

impl Export {
    pub(super) async fn run(self) -> Result<Exit, CliError> {
        let client = self.connection.open().await?;
        let ending = self.output.as_ref().and_then(|path| path.extension()?.to_str()).unwrap_or_default();
        let format = match (self.format, ending) {
            (Some(Format::Tbx), _) | (None, "tbx") => proto::FileFormat::Tbx,
            (Some(Format::Csv), _) | (None, "csv") => proto::FileFormat::Csv,
            (Some(Format::Tsv), _) | (None, "tsv" | "tab" | "txt") => proto::FileFormat::Tsv,
            (None, _) => proto::FileFormat::Tbx,
        };
        let request = proto::ExportRequest { glossary: self.glossary, format: format.into() };
        let mut parts = client.interchange().export(request).await?.into_inner();
        let mut to = Destination::new(self.output)?;
        while let Some(message) = parts.message().await? {
            match message.part {
                Some(Part::Chunk(bytes)) => to.write(&bytes)?,
                Some(Part::Report(report)) => {
                    to.finish()?;
                    eprintln!("{} concepts written", report.written);
                    if report.partly > 0 {
                        eprintln!(
                            "{} of them not whole: the format has no place for all; TBX has",
                            report.partly
                        );
                    }
                    if report.replaced_characters > 0 {
                        eprintln!(
                            "{} characters that XML does not have became U+FFFD",
                            report.replaced_characters
                        );
                    }
                    let whole = report.partly == 0 && report.replaced_characters == 0;
                    return Ok(if whole { Exit::Done } else { Exit::Problems });
                }
                None => {}
            }
        }
        Err(CliError::Said("the server ended without a report: what was written is not whole".to_owned()))
    }
}

/// Where an export goes: a file takes its name only when it is whole.
struct Destination {
    out: Box<dyn Write>,
    /// The name it is written under, and the one it gets.
    names: Option<(PathBuf, PathBuf)>,
}

impl Destination {
    fn new(path: Option<PathBuf>) -> Result<Self, CliError> {
        let Some(path) = path else { return Ok(Self { out: Box::new(io::stdout()), names: None }) };
        let mut part = path.clone().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let failed =
            |e: io::Error| CliError::Written { file: path.display().to_string(), cause: e.to_string() };
        let file = File::create(&part).map_err(failed)?;
        Ok(Self { out: Box::new(file), names: Some((part, path)) })
    }

    fn failed(&self, e: io::Error) -> CliError {
        match &self.names {
            Some((_, path)) => CliError::Written { file: path.display().to_string(), cause: e.to_string() },
            None => e.into(),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.out.write_all(bytes).map_err(|e| self.failed(e))
    }

    fn finish(&mut self) -> Result<(), CliError> {
        self.out.flush().map_err(|e| self.failed(e))?;
        if let Some((part, path)) = &self.names {
            std::fs::rename(part, path).map_err(|e| self.failed(e))?;
        }
        Ok(())
    }
}
