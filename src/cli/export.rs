//! `dhakira export`.

use std::path::PathBuf;

use clap::Args;

use super::{
    client::{Connection, block_on},
    download::download,
    exit::{CliError, Exit},
    unit_format::UnitFormatArg,
};
use crate::rpc::proto;

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// Memory to export
    #[arg(long, value_name = "NAME")]
    memory: String,
    /// Format of the file [default: by the extension of --output, else TMX]
    #[arg(long)]
    format: Option<UnitFormatArg>,
    /// Level of TMX: 2 with inline codes, 1 without [default: 2]
    #[arg(long, value_name = "LEVEL")]
    tmx_level: Option<i32>,
    /// File to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

impl ExportArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let extension = self.output.as_ref().and_then(|path| path.extension()?.to_str()).unwrap_or_default();
        let by_extension = match extension {
            "tsv" => UnitFormatArg::Tsv,
            "xlf" | "xliff" => UnitFormatArg::Xliff,
            "po" => UnitFormatArg::Po,
            "csv" => UnitFormatArg::Csv,
            "jsonl" | "ndjson" => UnitFormatArg::Jsonl,
            _ => UnitFormatArg::Tmx,
        };
        let format = self.format.unwrap_or(by_extension).to_wire();
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
