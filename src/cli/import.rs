//! `dhakira import`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{
    client::{Connection, block_on},
    exit::{CliError, Exit},
    input::expand_patterns,
    output::StdoutWriter,
    unit_format::UnitFormatArg,
    upload::{ReportPrinter, upload},
};
use crate::rpc::proto;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DuplicatePolicyArg {
    /// The translation of the file is stored beside the others.
    KeepAll,
    /// The translation of the file replaces the others.
    Replace,
    /// The translation of the file is not stored if there is another one.
    Skip,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// Memory to import into
    #[arg(long, value_name = "NAME")]
    memory: String,
    /// Create the memory if it does not exist
    #[arg(long)]
    create: bool,
    /// Language of the sources, if the memory is created
    #[arg(long, default_value = "ar", value_name = "LOCALE")]
    source_locale: String,
    /// Language of the targets, if the memory is created
    #[arg(long, default_value = "en", value_name = "LOCALE")]
    target_locale: String,
    /// What to do about other translations of the same source and context
    #[arg(long, default_value = "keep-all", value_name = "POLICY")]
    on_same_source: DuplicatePolicyArg,
    /// Let a unit of the files update the unit that has its id, even if its source is another one; for a
    /// memory that is kept in step with one system
    #[arg(long)]
    update_by_id: bool,
    /// Format of the files [default: by their extensions]
    #[arg(long)]
    format: Option<UnitFormatArg>,
    /// Store nothing, and report what would be stored
    #[arg(long)]
    dry_run: bool,
    /// Metadata to add to every unit, such as project=alpha; can be given several times
    #[arg(long = "property", value_name = "NAME=VALUE", value_parser = parse_name_value)]
    properties: Vec<(String, String)>,
    /// Print the report on each file as one JSON object
    #[arg(long)]
    json: bool,
    /// Read a locale of the files as another one, such as arb=ar; can be given several times
    #[arg(long = "rename-locale", value_name = "FROM=TO", value_parser = parse_name_value)]
    renamed: Vec<(String, String)>,
    /// Encoding of .csv and .tsv files, such as windows-1256 [default: UTF-8, or detected]
    #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
    encoding: String,
    /// Files: .tmx .tsv .csv .jsonl .po .xlf .xliff .sdlxliff .mqxliff, also compressed as .gz or .zip;
    /// patterns such as 'm/*.tmx' are expanded; - reads standard input and needs --format
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

impl ImportArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let on_same_source = match self.on_same_source {
            DuplicatePolicyArg::KeepAll => proto::OnSameSource::KeepAll,
            DuplicatePolicyArg::Replace => proto::OnSameSource::Replace,
            DuplicatePolicyArg::Skip => proto::OnSameSource::Skip,
        };
        let format = self.format.map_or(proto::FileFormat::Unspecified, UnitFormatArg::to_wire);
        let header = proto::ImportHeader {
            format: format.into(),
            memory: self.memory.clone(),
            create: self.create,
            source_locale: self.source_locale,
            target_locale: self.target_locale,
            on_same_source: on_same_source.into(),
            dry_run: self.dry_run,
            update_by_id: self.update_by_id,
            renamed_locales: self
                .renamed
                .into_iter()
                .map(|(from, to)| proto::RenamedLocale { from, to })
                .collect(),
            properties: self
                .properties
                .into_iter()
                .map(|(name, value)| proto::Property { name, value, locale: String::new() })
                .collect(),
            encoding: self.encoding,
            ..Default::default()
        };
        block_on(async {
            let client = self.connection.open().await?;
            let mut out = StdoutWriter::new();
            let mut reports =
                ReportPrinter { out: &mut out, json: self.json, destination: ("memory", &self.memory) };
            let mut exit = Exit::Done;
            for path in &expand_patterns(&self.files)? {
                let report = upload(&client, path, header.clone()).await?;
                exit = exit.combine(reports.print(path, &report)?);
            }
            Ok(exit)
        })
    }
}

/// Parses `NAME=VALUE`. The name must not be empty.
fn parse_name_value(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
