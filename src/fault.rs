//! The errors of a use case.
//!
//! `rpc/status.rs` has the table that maps them to gRPC codes. The CLI exits with code 2
//! for any of them.

use std::fmt;

/// A field of a request that is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field, as the `.proto` names it (`units[17].source.segment.text`).
    pub field: String,
    /// The stable reason (`TEXT_EMPTY`).
    pub reason: &'static str,
    /// What is wrong, and what to do about it.
    pub message: String,
}

impl Violation {
    /// Makes a violation.
    pub fn new(field: impl Into<String>, reason: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), reason, message: message.into() }
    }

    /// Puts a path before the field: `text` inside `source` becomes `source.text`.
    #[must_use]
    pub fn inside(mut self, path: &str) -> Self {
        self.field = match self.field.as_str() {
            "" => path.to_owned(),
            field => format!("{path}.{field}"),
        };
        self
    }
}

/// The kind of a resource that a fault names.
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
    /// A token.
    Token,
}

impl Resource {
    /// Returns the name of the kind, in prose and in `google.rpc.ResourceInfo`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Glossary => "glossary",
            Self::Unit => "unit",
            Self::Concept => "concept",
            Self::Import => "import",
            Self::Token => "token",
        }
    }
}

/// Why it is not known who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProblem {
    /// The call has no token.
    Missing,
    /// What it has does not have the form of a token.
    Malformed,
    /// The store has no such token.
    Unknown,
    /// The time of the token is over.
    Expired,
    /// The token was revoked.
    Revoked,
    /// The configuration of the server has no owner of the client certificate.
    CertificateUnknown,
    /// The time of the client certificate is over.
    CertificateExpired,
}

impl TokenProblem {
    fn reason(self) -> &'static str {
        match self {
            Self::Missing => "TOKEN_MISSING",
            Self::Malformed => "TOKEN_MALFORMED",
            Self::Unknown => "TOKEN_UNKNOWN",
            Self::Expired => "TOKEN_EXPIRED",
            Self::Revoked => "TOKEN_REVOKED",
            Self::CertificateUnknown => "CERTIFICATE_UNKNOWN",
            Self::CertificateExpired => "CERTIFICATE_EXPIRED",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Missing => {
                "this server requires a token: send it as 'authorization: Bearer TOKEN' (dhakira: --token, or DHAKIRA_TOKEN). Or connect with a client certificate, if the server takes them (dhakira: --cert and --key)"
            }
            Self::Malformed => {
                "the authorization does not have the form of a token: send it once, as 'Bearer dhk_' and 64 hexadecimal digits"
            }
            Self::Unknown => {
                "this server does not know the token: check that it is whole and that it was made on this server, or ask its administrator for a new one"
            }
            Self::Expired => "the token has expired: ask the server's administrator for a new one",
            Self::Revoked => "the token was revoked: ask the server's administrator for a new one",
            Self::CertificateUnknown => {
                "the server trusts the CA of the client certificate, but its configuration does not have the subject: ask the server's administrator to add it to [[client_certificates]], or send a token"
            }
            Self::CertificateExpired => {
                "the client certificate has expired since the connection was opened: connect again with a new one"
            }
        }
    }
}

/// The reason why a use case failed. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A field of the request is not valid.
    Invalid(Violation),
    /// The resource that the request names does not exist.
    Unknown {
        /// The kind of the resource.
        what: Resource,
        /// Its name or id.
        name: String,
    },
    /// The resource that the request would create already exists.
    Exists {
        /// The kind of the resource.
        what: Resource,
        /// Its name or id.
        name: String,
    },
    /// The request conflicts with another change: for example, the unit has another revision than the
    /// request expects.
    Conflict(String),
    /// It is not known who calls.
    Unauthenticated(TokenProblem),
    /// The caller may read what the request names, but its role does not reach.
    RoleTooLow {
        /// What needs the role, for example `memory 'news'`.
        what: String,
        /// The lowest role that is enough.
        needed: &'static str,
    },
    /// The request would create a collection under a name for which the caller has no role.
    NameNotGranted {
        /// The kind of the collection.
        what: Resource,
        /// The name.
        name: String,
    },
    /// The store has as many valid tokens as it accepts.
    TooManyTokens {
        /// How many.
        most: u32,
    },
    /// The disk is nearly full; writes are refused, lookups still work.
    DiskLow {
        /// Free bytes on the disk.
        available: u64,
        /// Bytes that must stay free.
        reserve: u64,
    },
    /// The disk is full; writes are refused until the server is restarted.
    DiskFull,
    /// A commit failed; writes are refused until the server is restarted.
    WritesStopped,
    /// A part of the store cannot be read; the cause is what is damaged.
    Damaged(String),
    /// The server already has as much work as it accepts at once.
    TooManyRequests,
    /// As many imports as the server accepts run or wait already, or this one has waited too long.
    TooManyImports,
    /// As many exports as the server accepts run or wait already, or this one has waited too long.
    TooManyExports,
    /// The client of an import sent its chunks too slowly. Nothing of the import is stored.
    ImportTooSlow {
        /// The least pace, in KiB a minute.
        kib_per_minute: u64,
        /// How long a chunk may take, in seconds.
        stall_seconds: u64,
    },
    /// The client of an export took nothing for too long.
    ExportTooSlow {
        /// How long a client may take nothing, in seconds.
        stall_seconds: u64,
    },
    /// The caller's deadline passed, or the caller left, before the answer was ready.
    DeadlinePassed,
    /// The store is being opened.
    Starting,
    /// The server is shutting down.
    Stopping,
    /// A defect or a failing disk; the cause is only for the log.
    Internal(String),
}

impl Fault {
    /// Makes the fault for one bad field.
    pub fn invalid(field: impl Into<String>, reason: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(Violation::new(field, reason, message))
    }

    /// Makes the fault for a reply that would be larger than `most` bytes. `field` is the field of the
    /// request by which the caller can make it smaller, and `remedy` says how.
    #[must_use]
    pub fn reply_too_large(field: &str, most: usize, remedy: &str) -> Self {
        let message = format!("the reply would have more than {most} bytes: {remedy}");
        Self::invalid(field, "REPLY_TOO_LARGE", message)
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
            Self::Unknown { what: Resource::Token, .. } => "UNKNOWN_TOKEN",
            Self::Exists { what: Resource::Memory, .. } => "MEMORY_EXISTS",
            Self::Exists { what: Resource::Glossary, .. } => "GLOSSARY_EXISTS",
            Self::Exists { .. } => "UNIT_EXISTS",
            Self::Conflict(_) => "CHANGED_MEANWHILE",
            Self::Unauthenticated(problem) => problem.reason(),
            Self::RoleTooLow { .. } => "ROLE_TOO_LOW",
            Self::NameNotGranted { .. } => "NAME_NOT_GRANTED",
            Self::TooManyTokens { .. } => "TOO_MANY_TOKENS",
            Self::DiskLow { .. } => "DISK_LOW",
            Self::DiskFull => "DISK_FULL",
            Self::WritesStopped => "WRITES_STOPPED",
            Self::Damaged(_) => "STORE_DAMAGED",
            Self::TooManyRequests => "TOO_MANY_REQUESTS",
            Self::TooManyImports => "TOO_MANY_IMPORTS",
            Self::TooManyExports => "TOO_MANY_EXPORTS",
            Self::ImportTooSlow { .. } => "IMPORT_TOO_SLOW",
            Self::ExportTooSlow { .. } => "EXPORT_TOO_SLOW",
            Self::DeadlinePassed => "DEADLINE_PASSED",
            Self::Starting => "STARTING",
            Self::Stopping => "STOPPING",
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// Returns the path of the field that is not valid, or an empty path.
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
                write!(f, "there is no import '{name}' in this memory, or it was already reverted")
            }
            Self::Unknown { what: Resource::Token, name } => {
                write!(f, "there is no token '{name}': list those that exist ('dhakira token list')")
            }
            Self::Unknown { what, name } => {
                let what = what.name();
                write!(
                    f,
                    "there is no {what} '{name}': create it first, or list those that exist ('dhakira {what} list')"
                )
            }
            Self::Exists { what: Resource::Unit, name } => {
                write!(
                    f,
                    "unit '{name}' already has this content or this external id: change or delete that unit"
                )
            }
            Self::Exists { what, name } => {
                write!(
                    f,
                    "{} '{name}' already exists: choose another name, or delete it first",
                    what.name()
                )
            }
            Self::Conflict(what) => write!(f, "{what}: try again"),
            Self::Unauthenticated(problem) => f.write_str(problem.message()),
            Self::RoleTooLow { what, needed } => write!(
                f,
                "{what} needs the role {needed}, and your token has a lower one: ask the server's administrator for a token with this role"
            ),
            Self::NameNotGranted { what, name } => {
                let what = what.name();
                write!(
                    f,
                    "your token gives no role for the name '{name}' of a {what}: choose a name that one of its patterns matches"
                )
            }
            Self::TooManyTokens { most } => {
                write!(f, "the store has {most} valid tokens already: revoke those that nobody uses")
            }
            Self::DiskLow { available, reserve } => write!(
                f,
                "only {} MiB are free on the store's disk, {} MiB are kept in reserve: free some space; lookups still work",
                available >> 20,
                reserve >> 20
            ),
            Self::DiskFull => f.write_str(
                "the store's disk is full: free some space, then restart the server; until then reads may fail, too",
            ),
            Self::WritesStopped => f.write_str(
                "writes are refused because a write of the store failed: see the server's log, then restart the server; until then reads may fail, too",
            ),
            Self::Damaged(cause) => write!(
                f,
                "the store is damaged: {cause}. Stop the server and restore a backup; 'dhakira verify' says what is whole"
            ),
            Self::TooManyRequests => {
                f.write_str("the server is busy: try again in a moment, with fewer calls at once")
            }
            Self::TooManyImports => f.write_str(
                "other imports are running and waiting: try again later, and import files one after the other",
            ),
            Self::TooManyExports => f.write_str(
                "other exports are running and waiting: try again later, and export one memory after the other",
            ),
            Self::ImportTooSlow { kib_per_minute, stall_seconds } => write!(
                f,
                "the file came too slowly, so nothing of it is stored: send at least {kib_per_minute} KiB a minute, in chunks that take less than {stall_seconds} s each"
            ),
            Self::ExportTooSlow { stall_seconds } => write!(
                f,
                "the client took nothing of the file for {stall_seconds} s: export again, and read the chunks as they come"
            ),
            Self::DeadlinePassed => f.write_str(
                "the deadline passed before the answer was ready, and nothing was changed: allow more time, or ask for less at once",
            ),
            Self::Starting => f.write_str("the server is opening its store: try again in a moment"),
            Self::Stopping => f.write_str("the server is shutting down: try again when it is back"),
            Self::Internal(_) => f.write_str("internal error; the server's log has the cause"),
        }
    }
}

impl std::error::Error for Fault {}
