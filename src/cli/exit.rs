//! Exit codes and errors of commands.

use std::{fmt::Display, io, process::ExitCode};

use super::plain_words::in_plain_words;
use crate::fault::Fault;

/// The exit code of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done, or found.
    Done,
    /// Nothing found.
    Nothing,
    /// An error ended the command.
    Error,
    /// Done with problems.
    Problems,
    /// The store is damaged. It has the code of a test that fails, because `dhakira verify` reports no
    /// other problem.
    Damaged,
}

impl Exit {
    /// Returns `other` if `self` is `Done`, else `self`. For example, a problem with one of several files
    /// stays the result if the next file has none.
    pub(super) fn combine(self, other: Self) -> Self {
        if self == Self::Done { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Nothing | Exit::Damaged => 1,
            Exit::Error => 2,
            Exit::Problems => 3,
        })
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// The reader of the output has closed it, as `head` does.
    #[error("broken pipe")]
    BrokenPipe,
    /// Any other error, as its message.
    #[error("{0}")]
    Message(String),
    /// A file cannot be read.
    #[error("cannot read {file}: {cause}")]
    ReadFailed {
        /// The name of the file.
        file: String,
        /// What is wrong.
        cause: String,
    },
    /// A file cannot be written.
    #[error("cannot write {file}: {cause}")]
    WriteFailed {
        /// The name of the file.
        file: String,
        /// The error of the system.
        cause: String,
    },
    /// The server cannot be reached.
    #[error("cannot reach the server at {address}: {cause}. Is 'dhakira serve' running there?")]
    Unreachable {
        /// The address of the server.
        address: String,
        /// The error of the connection.
        cause: String,
    },
    /// The connection to the server is not secure as it should be.
    #[error("cannot connect to {address}: {cause}")]
    Insecure {
        /// The address of the server.
        address: String,
        /// What is wrong, and the remedy.
        cause: String,
    },
    /// The server refused the call.
    #[error("{message}{}", reason.as_ref().map(|r| format!(" [{r}]")).unwrap_or_default())]
    Refused {
        /// The message of the server.
        message: String,
        /// The stable reason code.
        reason: Option<String>,
    },
}

impl CliError {
    /// Makes the error for a file that cannot be read.
    pub(super) fn read_failed(file: impl Display, cause: impl Display) -> Self {
        Self::ReadFailed { file: file.to_string(), cause: cause.to_string() }
    }

    /// Makes the error for a file that cannot be written.
    pub(super) fn write_failed(file: impl Display, cause: impl Display) -> Self {
        Self::WriteFailed { file: file.to_string(), cause: cause.to_string() }
    }

    /// Makes the error for a job on a store that was refused as a server refuses it.
    pub(super) fn refused(fault: &Fault) -> Self {
        let message = in_plain_words(&fault.to_string());
        Self::Refused { message, reason: Some(fault.reason().to_owned()) }
    }

    /// Makes the error for a stream that the server ended before it answered every request.
    pub(super) fn stream_ended() -> Self {
        Self::Message("the server ended the stream too early".to_owned())
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Message(error.to_string()),
        }
    }
}
