//! Errors that end the reading of a file.

/// An error that ends the reading of a file, with the line if it is known.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The XML is not well formed.
    #[error("line {line}: not well-formed XML: {what}")]
    NotWellFormed {
        /// The line, from 1.
        line: u64,
        /// The parser's description.
        what: String,
    },
    /// The XML is well formed but has another root element, for example TMX where TBX is expected.
    #[error("line {line}: the root element is <{found}>, not {expected}: is this the right file?")]
    WrongRoot {
        /// The line, from 1.
        line: u64,
        /// The root element of the file.
        found: String,
        /// The accepted root elements.
        expected: &'static str,
    },
    /// The file has bytes that are invalid in its encoding.
    #[error(
        "line {line}: the bytes after offset {offset} are not {encoding}: convert the file, or name its encoding (in the XML declaration or the PO header, or for a table with --encoding)"
    )]
    NotEncoded {
        /// The line, from 1.
        line: u64,
        /// Bytes of decoded text before the error.
        offset: u64,
        /// The encoding that is used to decode the file.
        encoding: &'static str,
    },
    /// The file declares an encoding that is not supported.
    #[error("the encoding '{0}' is not known: convert the file to UTF-8")]
    UnknownEncoding(String),
    /// A table, JSONL or SRX file is not valid.
    #[error("line {line}: {what}")]
    BadTable {
        /// The line, from 1.
        line: u64,
        /// The reason and the remedy.
        what: String,
    },
    /// A PO file is not valid.
    #[error("line {line}: {what}")]
    BadPo {
        /// The line, from 1.
        line: u64,
        /// The reason and the remedy.
        what: String,
    },
    /// The file is in other languages than the memory, or does not name its languages.
    #[error("{what}")]
    OtherLanguages {
        /// The stable reason code.
        reason: &'static str,
        /// The reason and the remedy.
        what: String,
    },
    /// An I/O error.
    #[error("{0}")]
    Io(String),
}

impl ReadError {
    /// Returns the stable reason code.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotWellFormed { .. } => "NOT_WELL_FORMED",
            Self::WrongRoot { expected: "<srx>", .. } => "NOT_SRX",
            Self::WrongRoot { expected: "<tmx>", .. } => "NOT_TMX",
            Self::WrongRoot { expected: "<xliff>", .. } => "NOT_XLIFF",
            Self::WrongRoot { .. } => "NOT_TBX",
            Self::NotEncoded { encoding: "UTF-8", .. } => "NOT_UTF8",
            Self::NotEncoded { .. } => "NOT_ENCODED",
            Self::UnknownEncoding(_) => "UNKNOWN_ENCODING",
            Self::BadTable { .. } => "BAD_TABLE",
            Self::BadPo { .. } => "NOT_PO",
            Self::OtherLanguages { reason, .. } => reason,
            Self::Io(_) => "NOT_READABLE",
        }
    }
}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error.to_string())
    }
}
