//! What can go wrong in a use case, as facts.
//!
//! `rpc/status.rs` holds the one table from these to gRPC codes; the CLI turns
//! them into exit code 2.

use std::fmt;

/// One bad field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field, as the `.proto` names it (`units[17].source.segment.text`).
    pub field: String,
    /// The stable reason (`TEXT_EMPTY`).
    pub reason: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl Violation {
    /// Makes a violation.
    pub fn new(field: impl Into<String>, reason: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), reason, message: message.into() }
    }

    /// Puts a path in front of the field.
    #[must_use]
    pub fn inside(mut self, path: &str) -> Self {
        self.field = match self.field.as_str() {
            "" => path.to_owned(),
            field => format!("{path}.{field}"),
        };
        self
    }
}

/// What kind of thing a fault names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A translation memory.
    Memory,
    /// A glossary.
    Glossary,
    /// A translation unit.
    Unit,
    /// A concept of a glossary.
    Concept,
    /// An import.
    Import,
}

impl Resource {
    /// Returns its name in prose and in `google.rpc.ResourceInfo`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Glossary => "glossary",
            Self::Unit => "unit",
            Self::Concept => "concept",
            Self::Import => "import",
        }
    }
}

/// Why a use case failed. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A field of the request is bad.
    Invalid(Violation),
    /// What the request names is not there.
    Unknown {
        /// What kind of thing.
        what: Resource,
        /// Its name or id.
        name: String,
    },
    /// What the request would make is there already.
    Exists {
        /// What kind of thing.
        what: Resource,
        /// Its name.
        name: String,
    },
    /// Something that the request relied on changed meanwhile.
    Changed(String),
    /// The disk is nearly full; writes are refused, lookups go on.
    DiskLow {
        /// Bytes left.
        available: u64,
        /// Bytes that must stay free.
        reserve: u64,
    },
    /// The disk is full; writes are refused until the server is started again.
    DiskFull,
    /// A commit failed; writes are refused until the server is started again.
    WritesStopped,
    /// The server has as much work as it takes at once.
    TooManyRequests,
    /// The store is being opened.
    Starting,
    /// The server is going down.
    Stopping,
    /// A defect or a failing disk; the cause is for the log only.
    Internal(String),
}

impl Fault {
    /// Makes the fault for one bad field.
    pub fn invalid(field: impl Into<String>, reason: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(Violation::new(field, reason, message))
    }

    /// Returns the stable reason that clients may rely on.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(violation) => violation.reason,
            Self::Unknown { what: Resource::Memory, .. } => "UNKNOWN_MEMORY",
            Self::Unknown { what: Resource::Glossary, .. } => "UNKNOWN_GLOSSARY",
            Self::Unknown { what: Resource::Unit, .. } => "UNKNOWN_UNIT",
            Self::Unknown { what: Resource::Concept, .. } => "UNKNOWN_CONCEPT",
            Self::Unknown { what: Resource::Import, .. } => "UNKNOWN_IMPORT",
            Self::Exists { what: Resource::Memory, .. } => "MEMORY_EXISTS",
            Self::Exists { what: Resource::Glossary, .. } => "GLOSSARY_EXISTS",
            Self::Exists { .. } => "UNIT_EXISTS",
            Self::Changed(_) => "CHANGED_MEANWHILE",
            Self::DiskLow { .. } => "DISK_LOW",
            Self::DiskFull => "DISK_FULL",
            Self::WritesStopped => "WRITES_STOPPED",
            Self::TooManyRequests => "TOO_MANY_REQUESTS",
            Self::Starting => "STARTING",
            Self::Stopping => "STOPPING",
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// Returns the field to blame, or an empty path.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            Self::Invalid(violation) => &violation.field,
            _ => "",
        }
    }
}

impl From<Violation> for Fault {
    fn from(violation: Violation) -> Self {
        Self::Invalid(violation)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(v) if v.field.is_empty() => f.write_str(&v.message),
            Self::Invalid(v) => write!(f, "{}: {}", v.field, v.message),
            Self::Unknown { what: Resource::Unit, name } => {
                write!(f, "there is no unit '{name}' in this memory")
            }
            Self::Unknown { what: Resource::Concept, name } => {
                write!(f, "there is no concept '{name}' in this glossary")
            }
            Self::Unknown { what: Resource::Import, name } => {
                write!(f, "there is no import '{name}' in this memory, or it was taken back already")
            }
            Self::Unknown { what, name } => {
                let what = what.name();
                write!(
                    f,
                    "there is no {what} '{name}': create it first, or list what there is ('dhakira {what} list')"
                )
            }
            Self::Exists { what: Resource::Unit, name } => {
                write!(
                    f,
                    "unit '{name}' says just this already, or has this external id: change or delete that one"
                )
            }
            Self::Exists { what, name } => {
                write!(
                    f,
                    "there is a {} '{name}' already: choose another name, or delete it first",
                    what.name()
                )
            }
            Self::Changed(what) => write!(f, "{what}: try again"),
            Self::DiskLow { available, reserve } => write!(
                f,
                "only {} MiB are free on the store's disk, {} MiB are kept in reserve: free some space; lookups go on",
                available >> 20,
                reserve >> 20
            ),
            Self::DiskFull => f.write_str(
                "the store's disk is full: free some space, then start the server again; lookups go on till then",
            ),
            Self::WritesStopped => f.write_str(
                "writes are refused since the store's disk failed: see the server's log, then start it again; lookups go on",
            ),
            Self::TooManyRequests => {
                f.write_str("the server is busy: try again in a moment, with fewer calls at once")
            }
            Self::Starting => f.write_str("the server is opening its store: try again in a moment"),
            Self::Stopping => f.write_str("the server is going down: try again when it is back"),
            Self::Internal(_) => f.write_str("internal error; the server's log has the cause"),
        }
    }
}

impl std::error::Error for Fault {}
