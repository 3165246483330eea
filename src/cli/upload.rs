//! Imports: the upload of a file to the server, and the report.

use std::{io::Read, path::Path};

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{
    client::{Client, Status},
    exit::{CliError, Exit},
    input::open,
    output::StdoutWriter,
    plain_words::in_plain_words,
    progress::progress_bar,
};
use crate::rpc::proto::{self, import_request::Part as In, import_response::Part as Out};

/// Size of a chunk in bytes.
const CHUNK_BYTES: usize = 256 << 10;

/// Sends a file, with a progress bar, and returns the server's report. `-` is standard input. Sets the name
/// and the size of the file in the header.
pub(super) async fn upload(
    client: &Client,
    path: &Path,
    header: proto::ImportHeader,
) -> Result<proto::ImportReport, CliError> {
    let name = path.display().to_string();
    let (mut file, size): (Box<dyn Read + Send>, Option<u64>) = if name == "-" {
        (Box::new(std::io::stdin()), None)
    } else {
        let file = open(path)?;
        let metadata = file.metadata().map_err(|e| CliError::read_failed(&name, e))?;
        if metadata.is_dir() {
            return Err(CliError::read_failed(&name, "it is a folder"));
        }
        // A pipe has no size.
        let size = metadata.is_file().then_some(metadata.len());
        (Box::new(file), size)
    };
    let header =
        proto::ImportHeader { file_name: name.clone(), total_bytes: size.unwrap_or_default(), ..header };
    let (parts, stream) = mpsc::channel(4);
    let sender = tokio::task::spawn_blocking(move || -> std::io::Result<()> {
        let mut part = In::Header(header);
        loop {
            let is_end = matches!(part, In::End(_));
            if parts.blocking_send(proto::ImportRequest { part: Some(part) }).is_err() || is_end {
                // The whole file is sent, or the server has ended the import and its answer gives the reason.
                return Ok(());
            }
            let mut chunk = Vec::with_capacity(CHUNK_BYTES);
            // After a read error no end is sent, so that the server does not import a part of the file.
            file.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut chunk)?;
            part = if chunk.is_empty() { In::End(proto::ImportEnd {}) } else { In::Chunk(chunk) };
        }
    });
    let answers = client.interchange().import(ReceiverStream::new(stream)).await;
    let mut answers = answers.map_err(|status| import_error(&name, status))?.into_inner();
    let template = if size.is_some() {
        "{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} {msg}"
    } else {
        "{spinner} {bytes} {bytes_per_sec} {msg}"
    };
    let bar = progress_bar(size, template);
    let report = loop {
        let answer = match answers.message().await {
            Ok(answer) => answer.and_then(|m| m.part),
            Err(status) => {
                // A local read error is more useful than the server's view of it.
                if let Ok(Err(cause)) = sender.await {
                    return Err(CliError::read_failed(&name, cause));
                }
                return Err(import_error(&name, status));
            }
        };
        match answer {
            Some(Out::Progress(progress)) => {
                bar.set_position(progress.bytes_read);
                bar.set_message(format!("{} units, {:.0}/s", progress.units_read, progress.units_per_second));
            }
            Some(Out::Report(report)) => break report,
            None => {
                return Err(CliError::read_failed(&name, "the server ended the import without a report"));
            }
        }
    };
    bar.finish_and_clear();
    sender
        .await
        .map_err(|e| CliError::read_failed(&name, e))?
        .map_err(|e| CliError::read_failed(&name, e))?;
    Ok(report)
}

/// Converts the error of an import. The message names the file instead of the field `chunk`.
fn import_error(file: &str, status: Status) -> CliError {
    match CliError::from(status) {
        CliError::Refused { message, reason } => {
            let message = message.strip_prefix("chunk: ").unwrap_or(&message);
            CliError::Refused { message: format!("{file}: {message}"), reason }
        }
        other => other,
    }
}

/// Prints reports of imports.
pub(super) struct ReportPrinter<'o> {
    /// The output.
    pub(super) out: &'o mut StdoutWriter,
    /// True to print each report as a JSON object.
    pub(super) json: bool,
    /// The destination: `memory` or `glossary`, and its name.
    pub(super) destination: (&'static str, &'o str),
}

impl ReportPrinter<'_> {
    /// Prints the report on a file. Returns `Problems` if a part of the file was refused, else `Done`. Remarks are no
    /// reason to look at the file again.
    pub(super) fn print(&mut self, path: &Path, report: &proto::ImportReport) -> Result<Exit, CliError> {
        let exit = if report.refused > 0 { Exit::Problems } else { Exit::Done };
        if self.json {
            let mut value = json!({
                "file": path.display().to_string(),
                "import_id": report.import_id,
                "read": report.read,
                "split": report.split,
                "stored": report.stored,
                "updated": report.updated,
                "unchanged": report.unchanged,
                "refused": report.refused,
                "replaced": report.replaced,
                "ids_taken": report.ids_taken,
                "problem_count": report.problem_count,
                "problems": report.problems.iter().map(problem_to_json).collect::<Vec<_>>(),
            });
            let (what, name) = self.destination;
            if let Some(object) = value.as_object_mut() {
                object.insert(what.to_owned(), name.into());
            }
            self.out.json(&value)?;
            return Ok(exit);
        }
        let out = &mut *self.out;
        let what = if self.destination.0 == "memory" { "units" } else { "concepts" };
        out.line(format!(
            "{}: {} {what} read: {} stored, {} updated, {} unchanged, {} refused",
            path.display(),
            report.read,
            report.stored,
            report.updated,
            report.unchanged,
            report.refused
        ))?;
        if report.import_id > 0 && report.stored + report.updated + report.replaced > 0 {
            let (kind, name) = self.destination;
            let revert = format!("dhakira {kind} revert {name} {}", report.import_id);
            out.line(format!("  import {}: '{revert}' takes it back", report.import_id))?;
        }
        if report.split > 0 {
            out.line(format!("  {} more made of units with several targets", report.split))?;
        }
        if report.replaced > 0 {
            out.line(format!("  {} older translations replaced", report.replaced))?;
        }
        if report.ids_taken > 0 {
            out.line(format!(
                "  {} stored beside others that have their ids; if they correct those, revert the import and use --update-by-id",
                report.ids_taken
            ))?;
        }
        for p in &report.problems {
            let kind = if p.refused { "refused" } else { "remark" };
            out.line(format!(
                "  line {}, {} {}: {kind}: {} [{}]",
                p.line,
                what.trim_end_matches('s'),
                p.unit,
                in_plain_words(&p.message),
                p.reason
            ))?;
        }
        let listed = report.problems.len() as u64;
        if report.problem_count > listed {
            out.line(format!("  and {} more problems and remarks", report.problem_count - listed))?;
        }
        out.flush()?;
        Ok(exit)
    }
}

/// Returns a problem as JSON.
fn problem_to_json(p: &proto::ImportProblem) -> Value {
    json!({"line": p.line, "unit": p.unit, "reason": p.reason, "message": p.message, "refused": p.refused})
}
