//! Why reading a file ends.

/// Why a file cannot be read on. Says where.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The XML is broken.
    #[error("line {line}: not well-formed XML: {what}")]
    NotWellFormed {
        /// From 1.
        line: u64,
        /// What is broken.
        what: String,
    },
    /// Well-formed XML of another kind.
    #[error("line {line}: the root element is <{found}>, not {expected}: is this the right file?")]
    WrongRoot {
        /// From 1.
        line: u64,
        /// The root found.
        found: String,
        /// The roots that would do.
        expected: &'static str,
    },
    /// Bytes that the encoding does not have.
    #[error(
        "line {line}: the bytes after offset {offset} are not {encoding}: convert the file, or declare its encoding"
    )]
    NotEncoded {
        /// From 1.
        line: u64,
        /// Bytes of the decoded text before.
        offset: u64,
        /// The encoding in force.
        encoding: &'static str,
    },
    /// An encoding that is not known.
    #[error("the encoding '{0}' is not known: convert the file to UTF-8")]
    UnknownEncoding(String),
    /// A table that cannot be made sense of.
    #[error("line {line}: {what}")]
    BadTable {
        /// From 1.
        line: u64,
        /// What is wrong and what to do.
        what: String,
    },
    /// A PO file that cannot be made sense of.
    #[error("line {line}: {what}")]
    BadPo {
        /// From 1.
        line: u64,
        /// What is wrong and what to do.
        what: String,
    },
    /// The file is in other languages than the memory, or does not tell.
    #[error("{what}")]
    OtherLanguages {
        /// The stable reason.
        reason: &'static str,
        /// What is wrong and what to do.
        what: String,
    },
    /// The file cannot be read at all.
    #[error("{0}")]
    Io(String),
}

impl ReadError {
    /// Returns the stable reason.
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
