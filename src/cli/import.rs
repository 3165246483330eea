//! `dhakira import`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{
    client::{Connection, block_on},
    exit::{CliError, Exit},
    input::expanded,
    output::Output,
    unit_format::UnitFormat,
    upload::{Reports, upload},
};
use crate::rpc::proto;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OnSameSource {
    /// Translations of one source stand side by side.
    KeepAll,
    /// The file's translation replaces the others.
    Replace,
    /// The file's translation is passed over where there is one.
    Skip,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// Memory to import into
    #[arg(long, value_name = "NAME")]
    memory: String,
    /// Make the memory if it is absent
    #[arg(long)]
    create: bool,
    /// Language of the sources of a memory that is made
    #[arg(long, default_value = "ar", value_name = "LOCALE")]
    source_locale: String,
    /// Language of the targets of a memory that is made
    #[arg(long, default_value = "en", value_name = "LOCALE")]
    target_locale: String,
    /// What happens to other translations of the same source and context
    #[arg(long, default_value = "keep-all", value_name = "POLICY")]
    on_same_source: OnSameSource,
    /// What the files are; else by their endings
    #[arg(long)]
    format: Option<UnitFormat>,
    /// Store nothing: tell what would be stored
    #[arg(long)]
    dry_run: bool,
    /// Metadata for every unit, such as project=alpha; several may be given
    #[arg(long = "property", value_name = "NAME=VALUE", value_parser = property)]
    properties: Vec<(String, String)>,
    /// One JSON object a file: the report
    #[arg(long)]
    json: bool,
    /// What a locale of the files stands for, such as arb=ar; several may be given
    #[arg(long = "rename-locale", value_name = "FROM=TO", value_parser = property)]
    renamed: Vec<(String, String)>,
    /// The files: .tmx .tsv .csv .jsonl .po .xlf .xliff .sdlxliff .mqxliff, also packed as .gz or .zip;
    /// patterns such as 'm/*.tmx' are looked up; - reads standard input, with --format
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

impl Import {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let on_same_source = match self.on_same_source {
            OnSameSource::KeepAll => proto::OnSameSource::KeepAll,
            OnSameSource::Replace => proto::OnSameSource::Replace,
            OnSameSource::Skip => proto::OnSameSource::Skip,
        };
        let format = self.format.map_or(proto::FileFormat::Unspecified, UnitFormat::on_wire);
        let header = proto::ImportHeader {
            format: format.into(),
            memory: self.memory.clone(),
            create: self.create,
            source_locale: self.source_locale,
            target_locale: self.target_locale,
            on_same_source: on_same_source.into(),
            dry_run: self.dry_run,
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
            ..Default::default()
        };
        block_on(async {
            let client = self.connection.open().await?;
            let mut out = Output::new();
            let mut reports = Reports { out: &mut out, json: self.json, into: ("memory", &self.memory) };
            let mut exit = Exit::Done;
            for path in &expanded(&self.files)? {
                let report = upload(&client, path, header.clone()).await?;
                exit = exit.worst(reports.print(path, &report)?);
            }
            Ok(exit)
        })
    }
}

/// Reads `NAME=VALUE`.
fn property(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
