//! How commands end.

use std::{io, process::ExitCode};

/// The exit code of a command that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done, or found.
    Done,
    /// Nothing found.
    Nothing,
    /// Failed.
    Error,
    /// Done with problems.
    Problems,
}

impl Exit {
    /// Returns the worse of two ends, where done is best.
    pub(super) fn worst(self, other: Self) -> Self {
        if self == Self::Done { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Nothing => 1,
            Exit::Error => 2,
            Exit::Problems => 3,
        })
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// Whoever reads the output has enough.
    #[error("broken pipe")]
    BrokenPipe,
    /// In so many words.
    #[error("{0}")]
    Said(String),
    /// A file cannot be read.
    #[error("cannot read {file}: {cause}")]
    File {
        /// The file.
        file: String,
        /// Why.
        cause: String,
    },
    /// A file cannot be written.
    #[error("cannot write {file}: {cause}")]
    Written {
        /// The file.
        file: String,
        /// Why.
        cause: String,
    },
    /// The server cannot be reached.
    #[error("cannot reach the server at {address}: {cause}. Is 'dhakira serve' running there?")]
    Unreachable {
        /// Where it should be.
        address: String,
        /// Why.
        cause: String,
    },
    /// The server refused.
    #[error("{message}{}", reason.as_ref().map(|r| format!(" [{r}]")).unwrap_or_default())]
    Refused {
        /// What it said.
        message: String,
        /// The stable reason.
        reason: Option<String>,
    },
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Said(error.to_string()),
        }
    }
}
