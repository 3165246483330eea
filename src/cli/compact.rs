//! `dhakira compact`.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use serde_json::json;

use super::{
    client::{Connection, block_on},
    exit::{CliError, Exit},
    output::StdoutWriter,
};
use crate::{
    engine::compact_folder,
    rpc::{convert::compact_report, proto},
};

#[derive(Debug, Args)]
#[command(
    after_help = "Without --data, the running server compacts its store, while it serves. The disk must have \
    room for a second copy of the store."
)]
pub(super) struct CompactArgs {
    /// Directory of a store that no server uses
    #[arg(long, value_name = "DIR", conflicts_with_all = ["server", "token", "ca", "cert", "key"])]
    data: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl CompactArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let report = match &self.data {
            Some(data) => compact_at_rest(data)?,
            None => block_on(async {
                let client = self.connection.open().await?;
                Ok(client.admin().compact(proto::CompactRequest {}).await?.into_inner())
            })?,
        };
        let mut out = StdoutWriter::new();
        let proto::CompactResponse { bytes_before, bytes_after, seconds } = report;
        if self.json {
            out.json(&json!({"bytes_before": bytes_before, "bytes_after": bytes_after, "seconds": seconds}))?;
        } else {
            out.line(format_args!("{bytes_before} bytes before, {bytes_after} after, in {seconds:.1} s"))?;
        }
        out.flush()?;
        Ok(Exit::Done)
    }
}

fn compact_at_rest(data: &Path) -> Result<proto::CompactResponse, CliError> {
    let started = Instant::now();
    let report = compact_folder(data).map_err(|error| CliError::Message(error.to_string()))?;
    Ok(compact_report(report, started.elapsed().as_secs_f64()))
}
