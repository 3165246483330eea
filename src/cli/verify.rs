//! `dhakira verify`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::{
    client::{Connection, block_on},
    exit::{CliError, Exit},
    json::without_prefix,
    output::{StdoutWriter, table_lines},
    progress::progress_bar,
};
use crate::{
    engine::verify_folder,
    rpc::{
        convert::verify_report,
        proto::{self, verify_response::Part},
    },
};

/// The progress bar, as a template of indicatif.
const PROGRESS_TEMPLATE: &str = "{wide_bar} {pos}/{len} records {eta}";

#[derive(Debug, Args)]
#[command(after_help = "Without --data, the running server verifies its store, while it serves.\n\
    Exit codes: 0 the store is whole, 1 it is damaged, 2 error.")]
pub(super) struct VerifyArgs {
    /// Directory of a store that no server uses. Nothing in it is changed
    #[arg(long, value_name = "DIR", conflicts_with_all = ["server", "token", "ca", "cert", "key"])]
    data: Option<PathBuf>,
    /// Directory for a copy of the store, which is removed at the end [default: the system's temporary directory]
    #[arg(long, value_name = "DIR", requires = "data")]
    scratch: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl VerifyArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let report = match &self.data {
            Some(data) => verify_at_rest(data, self.scratch.as_deref())?,
            None => block_on(verify_on_server(&self.connection))?,
        };
        let mut out = StdoutWriter::new();
        if self.json {
            out.json(&report_to_json(&report))?;
        } else {
            print_report(&report, &mut out)?;
        }
        out.flush()?;
        Ok(if report.whole { Exit::Done } else { Exit::Damaged })
    }
}

fn verify_at_rest(data: &Path, scratch: Option<&Path>) -> Result<proto::VerifyReport, CliError> {
    let scratch = scratch.map_or_else(std::env::temp_dir, Path::to_owned);
    let bar = progress_bar(None, PROGRESS_TEMPLATE);
    let found = verify_folder(data, &scratch, &mut |progress| {
        bar.set_length(progress.records);
        bar.set_position(progress.records_read);
    });
    bar.finish_and_clear();
    found.map(verify_report).map_err(|error| CliError::Message(error.to_string()))
}

async fn verify_on_server(connection: &Connection) -> Result<proto::VerifyReport, CliError> {
    let client = connection.open().await?;
    let mut answers = client.admin().verify(proto::VerifyRequest {}).await?.into_inner();
    let bar = progress_bar(None, PROGRESS_TEMPLATE);
    while let Some(answer) = answers.message().await? {
        match answer.part {
            Some(Part::Progress(progress)) => {
                bar.set_length(progress.records);
                bar.set_position(progress.records_read);
            }
            Some(Part::Report(report)) => {
                bar.finish_and_clear();
                return Ok(report);
            }
            None => {}
        }
    }
    Err(CliError::stream_ended())
}

fn print_report(report: &proto::VerifyReport, out: &mut StdoutWriter) -> Result<(), CliError> {
    if !report.collections.is_empty() {
        let head = ["KIND", "NAME", "ENTRIES", "FORMER", "STATE"].map(str::to_owned).to_vec();
        let rows: Vec<_> =
            std::iter::once(head).chain(report.collections.iter().map(collection_row)).collect();
        for line in table_lines(&rows) {
            out.line(line)?;
        }
    }
    for problem in &report.problems {
        out.line(format_args!("damage: {problem}"))?;
    }
    let listed = report.problems.len() as u64;
    if report.problem_count > listed {
        out.line(format_args!("and {} more", report.problem_count - listed))?;
    }
    if report.format < report.program_format {
        out.line(format_args!(
            "the store has format {}: this version of dhakira migrates it to format {} when a server opens it; until then missing records cannot be noticed",
            report.format, report.program_format
        ))?;
    }
    let state = if report.whole { "whole" } else { "damaged: restore a backup" };
    out.line(format_args!("{} records were read; the store is {state}", report.records))
}

/// Returns the cells of a memory or glossary in the table.
fn collection_row(collection: &proto::VerifiedCollection) -> Vec<String> {
    vec![
        kind_of(collection).to_lowercase(),
        collection.name.clone(),
        collection.entries.to_string(),
        collection.former_revisions.to_string(),
        if collection.whole { "whole" } else { "damaged" }.to_owned(),
    ]
}

fn kind_of(collection: &proto::VerifiedCollection) -> String {
    without_prefix(collection.kind().as_str_name(), "COLLECTION_KIND_")
}

fn report_to_json(report: &proto::VerifyReport) -> Value {
    let collections = report.collections.iter().map(|collection| {
        json!({
            "kind": kind_of(collection),
            "name": collection.name,
            "entries": collection.entries,
            "former_revisions": collection.former_revisions,
            "whole": collection.whole,
        })
    });
    json!({
        "whole": report.whole,
        "format": report.format,
        "program_format": report.program_format,
        "records": report.records,
        "collections": collections.collect::<Vec<_>>(),
        "problems": report.problems,
        "problem_count": report.problem_count,
    })
}
