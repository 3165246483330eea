//! A file from the server.

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

/// Writes what the server sends to a file or standard output, and says what was
/// written and what the format does not hold.
pub(super) async fn download(
    client: &Client,
    request: proto::ExportRequest,
    output: Option<PathBuf>,
    what: &str,
) -> Result<Exit, CliError> {
    let mut parts = client.interchange().export(request).await?.into_inner();
    let mut to = Destination::new(output)?;
    while let Some(message) = parts.message().await? {
        match message.part {
            Some(Part::Chunk(bytes)) => to.write(&bytes)?,
            Some(Part::Report(report)) => {
                to.finish()?;
                eprintln!("{} {what} written", report.written);
                if report.partly > 0 {
                    eprintln!(
                        "{} of them not whole: the format has no place for all they hold",
                        report.partly
                    );
                }
                if report.replaced_characters > 0 {
                    eprintln!(
                        "{} characters that XML does not have became U+FFFD",
                        report.replaced_characters
                    );
                }
                let whole = report.partly == 0 && report.replaced_characters == 0;
                return Ok(if whole { Exit::Done } else { Exit::Problems });
            }
            None => {}
        }
    }
    Err(CliError::Said("the server ended without a report: what was written is not whole".to_owned()))
}

/// Where an export goes: a file takes its name only when it is whole.
pub(super) struct Destination {
    out: Box<dyn Write>,
    /// The name it is written under, and the one it gets.
    names: Option<(PathBuf, PathBuf)>,
}

impl Destination {
    pub(super) fn new(path: Option<PathBuf>) -> Result<Self, CliError> {
        let Some(path) = path else { return Ok(Self { out: Box::new(io::stdout()), names: None }) };
        let mut part = path.clone().into_os_string();
        // Its own, so that nobody's file is overwritten and two do not write one.
        part.push(format!(".{}.part", std::process::id()));
        let part = PathBuf::from(part);
        let failed =
            |e: io::Error| CliError::Written { file: path.display().to_string(), cause: e.to_string() };
        let file = File::create(&part).map_err(failed)?;
        Ok(Self { out: Box::new(file), names: Some((part, path)) })
    }

    fn failed(&self, e: io::Error) -> CliError {
        match &self.names {
            Some((_, path)) => CliError::Written { file: path.display().to_string(), cause: e.to_string() },
            None => e.into(),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.out.write_all(bytes).map_err(|e| self.failed(e))
    }

    pub(super) fn finish(&mut self) -> Result<(), CliError> {
        self.out.flush().map_err(|e| self.failed(e))?;
        if let Some((part, path)) = &self.names {
            std::fs::rename(part, path).map_err(|e| self.failed(e))?;
        }
        self.names = None;
        Ok(())
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        if let Some((part, _)) = &self.names {
            // What is not whole is of no use, and who cannot remove it cannot be helped here.
            let _ = std::fs::remove_file(part);
        }
    }
}
