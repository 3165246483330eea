//! `dhakira export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{
    client::{Connection, block_on},
    download::download,
    exit::{CliError, Exit},
};
use crate::rpc::proto;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// TMX 1.4: holds everything
    Tmx,
    /// `source TAB target`, a pair a line
    Tsv,
    /// XLIFF 1.2
    Xliff,
    /// A gettext catalogue
    Po,
    /// A table with a header
    Csv,
    /// A JSON object a line: holds everything
    Jsonl,
}

#[derive(Debug, Args)]
pub(super) struct Export {
    /// Memory to write
    #[arg(long, value_name = "NAME")]
    memory: String,
    /// The format; else by the ending of the output's name, else TMX
    #[arg(long)]
    format: Option<Format>,
    /// The level of TMX: 2 with inline codes, 1 without
    #[arg(long, value_name = "LEVEL")]
    tmx_level: Option<i32>,
    /// The file to write; standard output without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

impl Export {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let ending = self.output.as_ref().and_then(|path| path.extension()?.to_str()).unwrap_or_default();
        let format = match (self.format, ending) {
            (Some(Format::Tsv), _) | (None, "tsv") => proto::FileFormat::Tsv,
            (Some(Format::Xliff), _) | (None, "xlf" | "xliff") => proto::FileFormat::Xliff,
            (Some(Format::Po), _) | (None, "po") => proto::FileFormat::Po,
            (Some(Format::Csv), _) | (None, "csv") => proto::FileFormat::Csv,
            (Some(Format::Jsonl), _) | (None, "jsonl" | "ndjson") => proto::FileFormat::Jsonl,
            (Some(Format::Tmx), _) | (None, _) => proto::FileFormat::Tmx,
        };
        let request = proto::ExportRequest {
            memory: self.memory,
            format: format.into(),
            tmx_level: self.tmx_level.unwrap_or_default(),
            ..Default::default()
        };
        block_on(async {
            let client = self.connection.open().await?;
            download(&client, request, self.output, "units").await
        })
    }
}
