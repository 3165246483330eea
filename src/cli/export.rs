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
    /// TMX 1.4, level 2: holds everything
    Tmx,
    /// `source TAB target`, a pair a line
    Tsv,
}

#[derive(Debug, Args)]
pub(super) struct Export {
    /// Memory to write
    #[arg(long, value_name = "NAME")]
    memory: String,
    /// The format; else by the ending of the output's name, else TMX
    #[arg(long)]
    format: Option<Format>,
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
            (Some(Format::Tmx), _) | (None, _) => proto::FileFormat::Tmx,
        };
        let request =
            proto::ExportRequest { memory: self.memory, format: format.into(), ..Default::default() };
        block_on(async {
            let client = self.connection.open().await?;
            download(&client, request, self.output, "units").await
        })
    }
}
