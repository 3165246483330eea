//! Exports of memories and glossaries, written to a file or standard output.

use std::{
    fs::File,
    io::{self, Write},
    path::PathBuf,
};

use super::{
    client::Client,
    exit::{CliError, Exit},
};
use crate::rpc::proto::{self, export_response::Part};

/// Exports to a file or standard output. Prints to standard error how much was written, and how much the
/// format cannot hold. `what` is the plural noun for the exported items, such as `units`.
pub(super) async fn download(
    client: &Client,
    request: proto::ExportRequest,
    output: Option<PathBuf>,
    what: &str,
) -> Result<Exit, CliError> {
    let mut parts = client.interchange().export(request).await?.into_inner();
    let mut to = ExportFile::new(output)?;
    while let Some(message) = parts.message().await? {
        match message.part {
            Some(Part::Chunk(bytes)) => to.write(&bytes)?,
            Some(Part::Report(report)) => {
                to.finish()?;
                eprintln!("{} {what} written", report.written);
                if report.partly > 0 {
                    eprintln!(
                        "{} {what} written only in part or not at all, because the format cannot hold all their data",
                        report.partly
                    );
                }
                if report.replaced_characters > 0 {
                    eprintln!(
                        "{} characters that XML does not allow were replaced by U+FFFD",
                        report.replaced_characters
                    );
                }
                let complete = report.partly == 0 && report.replaced_characters == 0;
                return Ok(if complete { Exit::Done } else { Exit::Problems });
            }
            None => {}
        }
    }
    Err(CliError::Message(
        "the server ended the export without a report: the output is incomplete".to_owned(),
    ))
}

/// The output of an export: a file or standard output. A file gets its name only after it is complete. Until
/// then it has a temporary name beside it, and it is removed if the export fails.
pub(super) struct ExportFile {
    out: Box<dyn Write>,
    /// The temporary path and the final one. `None` for standard output, and after `finish`.
    paths: Option<(PathBuf, PathBuf)>,
}

impl ExportFile {
    /// Opens the output. `None` is standard output.
    pub(super) fn new(path: Option<PathBuf>) -> Result<Self, CliError> {
        let Some(path) = path else { return Ok(Self { out: Box::new(io::stdout()), paths: None }) };
        let mut part = path.clone().into_os_string();
        // The process id makes the name unique, so that no other file is overwritten and two processes
        // never write to the same file.
        part.push(format!(".{}.part", std::process::id()));
        let part = PathBuf::from(part);
        let file = File::create(&part).map_err(|e| CliError::write_failed(path.display(), e))?;
        Ok(Self { out: Box::new(file), paths: Some((part, path)) })
    }

    fn write_error(&self, e: io::Error) -> CliError {
        match &self.paths {
            Some((_, path)) => CliError::write_failed(path.display(), e),
            None => e.into(),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.out.write_all(bytes).map_err(|e| self.write_error(e))
    }

    /// Completes the output, and gives a file its name.
    pub(super) fn finish(&mut self) -> Result<(), CliError> {
        self.out.flush().map_err(|e| self.write_error(e))?;
        if let Some((part, path)) = &self.paths {
            std::fs::rename(part, path).map_err(|e| self.write_error(e))?;
        }
        self.paths = None;
        Ok(())
    }
}

impl Drop for ExportFile {
    fn drop(&mut self) {
        if let Some((part, _)) = &self.paths {
            // The file is incomplete. An error is ignored, because the one that ended the export is reported.
            let _ = std::fs::remove_file(part);
        }
    }
}
