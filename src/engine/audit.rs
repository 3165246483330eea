//! The audit log: who changed what and when, and who was refused. It has no texts.
//!
//! It is a file of JSON lines, which are only appended. At [`MAX_FILE_BYTES`] the file is closed under a
//! number, and the oldest ones are removed. It is written beside the store and not into it, because it also
//! has what was refused, and because a disk that is full must not lose it together with the store's writes.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};

use super::change::{Action, Outcome};
use crate::{
    caller::Caller, clock::Timestamp, fault::Fault, interchange::write_precise, store::CollectionKind,
};

/// The folder of the audit log in the folder of the store.
pub const AUDIT_FOLDER: &str = "audit";

/// The file that lines are appended to.
const OPEN_FILE: &str = "audit.jsonl";

/// The number of bytes at which a file is closed. A line has some 150 bytes.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// The number of closed files that are kept.
const CLOSED_FILES: usize = 15;

/// The number of refused strangers that get a line in one minute. Others are counted, because a stranger could
/// otherwise push everything else out of the log.
const STRANGERS_PER_MINUTE: u32 = 60;

/// The milliseconds of a minute.
const MINUTE: i64 = 60_000;

/// The audit log of a store.
#[derive(Debug)]
pub(crate) struct AuditLog {
    folder: PathBuf,
    state: Mutex<LogState>,
}

#[derive(Debug)]
struct LogState {
    file: File,
    bytes: u64,
    strangers: Strangers,
}

/// Refused strangers of the present minute.
#[derive(Debug, Default)]
struct Strangers {
    minute: i64,
    refused: u32,
}

/// What a caller did, for one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuditEntry {
    /// A short name of the action, for example `put_units`.
    action: &'static str,
    /// The memory, glossary or token.
    target: Option<(&'static str, String)>,
}

impl AuditEntry {
    pub(crate) fn new(action: &'static str, target: Option<(&'static str, String)>) -> Self {
        Self { action, target }
    }

    /// Returns what a change does, or `None` for changes that get no line: the parts of an import, whose
    /// beginning and end have lines, and the notes that the server makes itself.
    pub(crate) fn of<U>(action: &Action<U>) -> Option<Self> {
        let memory = |name: &dyn ToString| Some(("memory", name.to_string()));
        let glossary = |name: &dyn ToString| Some(("glossary", name.to_string()));
        let import = |number: &u64| Some(("import", number.to_string()));
        let of_kind = |kind: &CollectionKind, name: &dyn ToString| match kind {
            CollectionKind::Memory => memory(name),
            CollectionKind::Glossary => glossary(name),
        };
        let (action, target) = match action {
            Action::CreateCollection { kind, new } => ("create", of_kind(kind, &new.name)),
            Action::DeleteCollection { kind, collection } => ("delete", of_kind(kind, &collection.name)),
            Action::UpdateMemory { memory: m, .. } => ("update", memory(&m.name)),
            Action::PutUnits { memory: m, .. } => ("put_units", memory(&m.name)),
            Action::ReviseUnit { memory: m, .. } => ("revise_unit", memory(&m.name)),
            Action::DeleteUnits { memory: m, .. } | Action::DeleteMatchingUnits { memory: m, .. } => {
                ("delete_units", memory(&m.name))
            }
            Action::PutConcepts { glossary: g, import: None, .. } => ("put_concepts", glossary(&g.name)),
            Action::PutConcepts { glossary: g, import: Some(_), .. } => {
                ("import_concepts", glossary(&g.name))
            }
            Action::RevertConcepts { glossary: g, .. } => ("revert_import", glossary(&g.name)),
            Action::DeleteConcepts { glossary: g, .. } => ("delete_concepts", glossary(&g.name)),
            Action::BeginImport { memory: m, .. } => ("begin_import", memory(&m.name)),
            Action::CompleteImport { import: number } => ("complete_import", import(number)),
            Action::AbortImport { import: number } => ("abort_import", import(number)),
            Action::RevertImport { memory: m, .. } => ("revert_import", memory(&m.name)),
            Action::CreateToken(draft) => ("create_token", Some(("owner", draft.new.name.to_string()))),
            Action::RevokeToken { number } => ("revoke_token", Some(("revoked_token", number.to_string()))),
            Action::ImportUnits { .. } | Action::NoteTokenUse { .. } => return None,
        };
        Some(Self { action, target })
    }
}

impl AuditLog {
    /// Opens the log in a folder, which is made if it is absent.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        if !folder.exists() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let file = open_file(folder)?;
        let bytes = file.metadata()?.len();
        let state = Mutex::new(LogState { file, bytes, strangers: Strangers::default() });
        Ok(Self { folder: folder.to_owned(), state })
    }

    /// Appends what a caller did and how it ended.
    pub(crate) fn write(&self, at: Timestamp, caller: &Caller, entry: &AuditEntry, ended: &Ended) {
        let mut line = json!({
            "at": write_precise(at),
            "caller": caller.name(),
            "action": entry.action,
            "result": ended.reason,
        });
        if let Some(fields) = line.as_object_mut() {
            let mut add = |key: &str, value: Option<Value>| value.map(|v| fields.insert(key.to_owned(), v));
            add("token", caller.token().map(|number| number.0.into()));
            add("certificate", caller.certificate_owner().map(|owner| owner.subject.to_string().into()));
            if let Some((kind, name)) = &entry.target {
                add(kind, Some(name.as_str().into()));
            }
            add("change", ended.change.map(Into::into));
            add("import", ended.import.map(Into::into));
            add("made_token", ended.made_token.map(Into::into));
        }
        self.append(&mut self.state(), &line);
    }

    /// Appends that a caller whom no token opens the server was refused.
    pub(crate) fn write_stranger(&self, at: Timestamp, reason: &'static str) {
        let mut state = self.state();
        let minute = at.0.div_euclid(MINUTE);
        if state.strangers.minute != minute {
            let unlisted = state.strangers.refused.saturating_sub(STRANGERS_PER_MINUTE);
            state.strangers = Strangers { minute, refused: 0 };
            if unlisted > 0 {
                let line =
                    json!({"at": write_precise(at), "action": "authenticate", "more_refused": unlisted});
                self.append(&mut state, &line);
            }
        }
        state.strangers.refused += 1;
        if state.strangers.refused <= STRANGERS_PER_MINUTE {
            let line = json!({"at": write_precise(at), "action": "authenticate", "result": reason});
            self.append(&mut state, &line);
        }
    }

    fn state(&self) -> MutexGuard<'_, LogState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a line. What was done is done already, so that an error of the file is only reported.
    fn append(&self, state: &mut LogState, line: &Value) {
        // One write, so that a line is whole even if two processes append.
        let text = format!("{line}\n");
        let written = state.file.write_all(text.as_bytes()).and_then(|()| {
            state.bytes += text.len() as u64;
            if state.bytes >= MAX_FILE_BYTES { self.rotate(state) } else { Ok(()) }
        });
        if let Err(cause) = written {
            tracing::error!(%cause, folder = %self.folder.display(), %line, "the audit log was not written");
        }
    }

    /// Closes the file under the next number, begins another one, and removes the oldest.
    fn rotate(&self, state: &mut LogState) -> io::Result<()> {
        state.file.sync_data()?;
        let closed = closed_files(&self.folder)?;
        let next = closed.last().map_or(1, |(number, _)| number + 1);
        fs::rename(self.folder.join(OPEN_FILE), self.folder.join(format!("audit.{next:06}.jsonl")))?;
        state.file = open_file(&self.folder)?;
        state.bytes = 0;
        let surplus = (closed.len() + 1).saturating_sub(CLOSED_FILES);
        for (_, path) in closed.iter().take(surplus) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

fn open_file(folder: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(folder.join(OPEN_FILE))
}

/// Returns the closed files by ascending number.
fn closed_files(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let number = name.strip_prefix("audit.").and_then(|rest| rest.strip_suffix(".jsonl"));
        if let Some(number) = number.and_then(|digits| digits.parse().ok()) {
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found)
}

/// How a use case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// `OK`, or the reason of its fault.
    reason: &'static str,
    change: Option<u64>,
    import: Option<u64>,
    made_token: Option<u64>,
}

impl Ended {
    /// Returns how a use case ended that is not a change.
    pub(crate) fn of<T>(result: &Result<T, Fault>) -> Self {
        let reason = result.as_ref().map_or_else(Fault::reason, |_| "OK");
        Self { reason, change: None, import: None, made_token: None }
    }

    /// Returns how a change ended, with its number if its outcome has it.
    pub(crate) fn of_change(result: &Result<Outcome, Fault>) -> Self {
        let mut ended = Self::of(result);
        match result {
            Ok(Outcome::Removed { change_id, .. } | Outcome::UnitsPut { change_id, .. }) => {
                ended.change = Some(*change_id);
            }
            Ok(Outcome::ConceptsPut(report)) => ended.change = Some(report.change_id),
            Ok(Outcome::ImportReverted(report)) => ended.change = Some(report.change_id),
            Ok(Outcome::ConceptsReverted(report)) => ended.change = Some(report.change_id),
            Ok(Outcome::UnitRevised(unit)) => ended.change = Some(unit.stamp.change_id),
            Ok(Outcome::ImportBegun { import, .. }) => ended.import = Some(*import),
            Ok(Outcome::Token(token)) if token.revoked.is_none() => ended.made_token = Some(token.number.0),
            _ => {}
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::{AuditEntry, AuditLog, CLOSED_FILES, Ended, OPEN_FILE, STRANGERS_PER_MINUTE, closed_files};
    use crate::{access::TokenNumber, caller::Caller, clock::Timestamp, fault::Fault};

    fn lines(log: &AuditLog) -> Vec<Value> {
        let text = fs::read_to_string(log.folder.join(OPEN_FILE)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn write(log: &AuditLog) {
        let entry = AuditEntry::new("put_units", Some(("memory", "m".to_owned())));
        let caller = Caller::with_token("amal".to_owned(), TokenNumber(7));
        log.write(Timestamp(1_500), &caller, &entry, &Ended::of(&Ok::<_, Fault>(())));
    }

    #[test]
    fn a_line_says_who_did_what() {
        let folder = tempfile::tempdir().unwrap();
        let log = AuditLog::open(&folder.path().join("audit")).unwrap();
        write(&log);
        let expected = json!({
            "at": "1970-01-01T00:00:01.500Z", "caller": "amal", "token": 7, "action": "put_units",
            "memory": "m", "result": "OK",
        });
        assert_eq!(lines(&log), std::slice::from_ref(&expected));
        drop(log);
        let again = AuditLog::open(&folder.path().join("audit")).unwrap();
        write(&again);
        assert_eq!(lines(&again), [expected.clone(), expected], "lines are only appended");
    }

    #[test]
    fn a_full_file_is_closed_and_the_oldest_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let log = AuditLog::open(folder.path()).unwrap();
        for _ in 0..CLOSED_FILES + 3 {
            log.state().bytes = super::MAX_FILE_BYTES;
            write(&log);
        }
        assert!(lines(&log).is_empty());
        let numbers: Vec<_> = closed_files(folder.path()).unwrap().into_iter().map(|(n, _)| n).collect();
        let last = CLOSED_FILES as u64 + 3;
        assert_eq!(numbers, (last - CLOSED_FILES as u64 + 1..=last).collect::<Vec<_>>());
    }

    #[test]
    fn strangers_cannot_fill_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = AuditLog::open(folder.path()).unwrap();
        for _ in 0..STRANGERS_PER_MINUTE + 25 {
            log.write_stranger(Timestamp(59_999), "TOKEN_UNKNOWN");
        }
        assert_eq!(lines(&log).len(), STRANGERS_PER_MINUTE as usize);
        log.write_stranger(Timestamp(60_000), "TOKEN_UNKNOWN");
        let all = lines(&log);
        assert_eq!(all[all.len() - 2]["more_refused"], 25);
        assert_eq!(all[all.len() - 1]["result"], "TOKEN_UNKNOWN");
    }
}
