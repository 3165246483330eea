//! `dhakira import`.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{
    client::{Client, Connection, Status, block_on},
    exit::{CliError, Exit},
    input::open,
    output::Output,
};
use crate::rpc::proto::{self, import_request::Part as In, import_response::Part as Out};

/// Bytes of a message.
const CHUNK: usize = 256 << 10;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OnSameSource {
    /// Translations of one source stand side by side.
    KeepAll,
    /// The file's translation replaces the others.
    Replace,
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
    /// One JSON object a file: the report
    #[arg(long)]
    json: bool,
    /// The files: .tmx .tsv
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

impl Import {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        block_on(async {
            let client = self.connection.open().await?;
            let mut out = Output::new();
            let mut exit = Exit::Done;
            for path in &self.files {
                let report = self.file(&client, path).await?;
                if report.problem_count > 0 {
                    exit = Exit::Problems;
                }
                self.print(&mut out, path, &report)?;
                out.flush()?;
            }
            Ok(exit)
        })
    }

    async fn file(&self, client: &Client, path: &Path) -> Result<proto::ImportReport, CliError> {
        let name = path.display().to_string();
        let failed = |cause: String| CliError::File { file: name.clone(), cause };
        let mut file = open(path)?;
        let metadata = file.metadata().map_err(|e| failed(e.to_string()))?;
        if metadata.is_dir() {
            return Err(failed("it is a folder".to_owned()));
        }
        let on_same_source = match self.on_same_source {
            OnSameSource::KeepAll => proto::OnSameSource::KeepAll,
            OnSameSource::Replace => proto::OnSameSource::Replace,
        };
        let header = proto::ImportHeader {
            memory: self.memory.clone(),
            create: self.create,
            source_locale: self.source_locale.clone(),
            target_locale: self.target_locale.clone(),
            file_name: name.clone(),
            format: proto::ImportFormat::Unspecified.into(),
            total_bytes: metadata.len(),
            on_same_source: on_same_source.into(),
        };
        let (parts, stream) = mpsc::channel(4);
        let sender = tokio::task::spawn_blocking(move || -> std::io::Result<()> {
            let mut part = In::Header(header);
            loop {
                let over = matches!(part, In::End(_));
                if parts.blocking_send(proto::ImportRequest { part: Some(part) }).is_err() || over {
                    // Sent whole, or the server has ended the import; its answer says why.
                    return Ok(());
                }
                let mut chunk = Vec::with_capacity(CHUNK);
                // A file that cannot be read to its end is not ended: the server drops it.
                file.by_ref().take(CHUNK as u64).read_to_end(&mut chunk)?;
                part = if chunk.is_empty() { In::End(proto::ImportEnd {}) } else { In::Chunk(chunk) };
            }
        });
        let answers = client.interchange().import(ReceiverStream::new(stream)).await;
        let refused = |status: Status| match CliError::from(status) {
            CliError::Refused { message, reason } => {
                let message = message.strip_prefix("chunk: ").unwrap_or(&message).to_owned();
                CliError::Refused { message: format!("{name}: {message}"), reason }
            }
            other => other,
        };
        let mut answers = answers.map_err(refused)?.into_inner();
        let bar = bar(metadata.len());
        let report = loop {
            let answer = match answers.message().await {
                Ok(answer) => answer.and_then(|m| m.part),
                Err(status) => {
                    // What ails the file here says more than what the server makes of it.
                    if let Ok(Err(cause)) = sender.await {
                        return Err(failed(cause.to_string()));
                    }
                    return Err(refused(status));
                }
            };
            match answer {
                Some(Out::Progress(progress)) => {
                    bar.set_position(progress.bytes_read);
                    bar.set_message(format!("{} units", progress.units_read));
                }
                Some(Out::Report(report)) => break report,
                None => return Err(failed("the server ended without a report".to_owned())),
            }
        };
        bar.finish_and_clear();
        sender.await.map_err(|e| failed(e.to_string()))?.map_err(|e| failed(e.to_string()))?;
        Ok(report)
    }

    fn print(&self, out: &mut Output, path: &Path, report: &proto::ImportReport) -> Result<(), CliError> {
        if self.json {
            return out.json(&json!({
                "file": path.display().to_string(),
                "memory": self.memory,
                "import_id": report.import_id,
                "read": report.read,
                "split": report.split,
                "stored": report.stored,
                "updated": report.updated,
                "unchanged": report.unchanged,
                "refused": report.refused,
                "replaced": report.replaced,
                "problem_count": report.problem_count,
                "problems": report.problems.iter().map(problem).collect::<Vec<_>>(),
            }));
        }
        out.line(format!(
            "{}: {} units read: {} stored, {} updated, {} unchanged, {} refused",
            path.display(),
            report.read,
            report.stored,
            report.updated,
            report.unchanged,
            report.refused
        ))?;
        if report.split > 0 {
            out.line(format!("  {} more made of units with several targets", report.split))?;
        }
        if report.replaced > 0 {
            out.line(format!("  {} older translations replaced", report.replaced))?;
        }
        for p in &report.problems {
            let what = if p.refused { "refused" } else { "remark" };
            out.line(format!("  line {}, unit {}: {what}: {} [{}]", p.line, p.unit, p.message, p.reason))?;
        }
        let listed = report.problems.len() as u64;
        if report.problem_count > listed {
            out.line(format!("  and {} more problems", report.problem_count - listed))?;
        }
        Ok(())
    }
}

/// A problem as JSON.
pub(super) fn problem(p: &proto::ImportProblem) -> Value {
    json!({"line": p.line, "unit": p.unit, "reason": p.reason, "message": p.message, "refused": p.refused})
}

/// A progress bar on standard error, if that is a terminal.
fn bar(bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes);
    let style = "{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} {msg}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}
