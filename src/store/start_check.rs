//! Looks at a folder as opening a store in it would, without changing anything: rights, lock, space, and in a copy the
//! store itself.

use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{Access, AtFlags, CWD, accessat},
    process::geteuid,
};

use super::{
    FORMAT_VERSION,
    error::StoreError,
    folder,
    format::newer,
    lock::{check_unlocked, unusable},
    open::check_has_records,
    options::StoreOptions,
    rewrite,
    sled_files::{find_snapshots, open_with_snapshots},
    synced_mark::Synced,
    verify::missing_batches,
    verify_folder::{check_store_exists, copy_into},
};
use crate::access::Token;

/// What a folder is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreFolder {
    /// It does not exist. Opening makes it.
    Absent,
    /// There is no store in it. Opening makes one.
    Empty,
    /// There is a store in it.
    Used {
        /// Whether other users of the machine may look into it.
        is_open_to_others: bool,
    },
}

/// What was found in a copy of a store.
#[derive(Clone, Debug)]
pub struct CopiedState {
    /// Its format. Opening migrates an earlier one.
    pub format: u32,
    /// Its tokens.
    pub tokens: Vec<Token>,
}

/// Checks that this process may do with a folder and its files what opening a store does.
///
/// # Errors
/// Returns [`StoreError::Unusable`] with the path of what it may not use.
pub fn check_folder(path: &Path) -> Result<StoreFolder, StoreError> {
    let found = match path.metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let above = nearest_existing(path);
            check_is_folder(&above, &above.metadata().map_err(|e| unusable(&above, &e))?)?;
            return Ok(StoreFolder::Absent);
        }
        Err(error) => return Err(unusable(path, &error)),
    };
    check_is_folder(path, &found)?;
    let entries = fs::read_dir(path).map_err(|e| unusable(path, &e))?;
    for entry in entries {
        let file = entry.map_err(|e| unusable(path, &e))?.path();
        check_file(&file)?;
    }
    match check_store_exists(path) {
        Ok(()) => Ok(StoreFolder::Used { is_open_to_others: found.mode() & 0o077 != 0 }),
        Err(StoreError::NoStore(_)) => Ok(StoreFolder::Empty),
        Err(error) => Err(error),
    }
}

/// Returns the nearest folder above a path that exists.
fn nearest_existing(path: &Path) -> PathBuf {
    let above = path.ancestors().skip(1).find(|above| above.as_os_str().is_empty() || above.exists());
    let above = above.filter(|above| !above.as_os_str().is_empty());
    above.unwrap_or(Path::new(".")).to_owned()
}

fn check_is_folder(path: &Path, found: &Metadata) -> Result<(), StoreError> {
    if !found.is_dir() {
        return Err(unusable(path, &"it is not a folder"));
    }
    check_access(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK)
}

/// Checks the rights to a file or folder in the folder of a store.
fn check_file(path: &Path) -> Result<(), StoreError> {
    let found = path.metadata().map_err(|e| unusable(path, &e))?;
    if found.is_dir() {
        return check_is_folder(path, &found);
    }
    check_access(path, Access::READ_OK | Access::WRITE_OK)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let user = geteuid();
    if folder::is_store_file(&name) && !user.is_root() && user.as_raw() != found.uid() {
        return Err(unusable(path, &"it belongs to another user, so its rights cannot be restricted"));
    }
    Ok(())
}

fn check_access(path: &Path, access: Access) -> Result<(), StoreError> {
    // With the rights that opening would have. For example, nobody can write on a disk that is mounted read-only.
    accessat(CWD, path, access, AtFlags::EACCESS).map_err(|error| unusable(path, &io::Error::from(error)))
}

/// Checks that no other process has the store in a folder open. Does not wait.
///
/// # Errors
/// Returns [`StoreError::Locked`], or [`StoreError::Unusable`] if the lock cannot be looked at.
pub fn check_unused(path: &Path) -> Result<(), StoreError> {
    check_unlocked(path).map_err(StoreError::from)
}

/// Returns how many bytes are free on the disk of a folder, or of the nearest one above it that exists.
///
/// # Errors
/// The system does not say it.
pub fn free_space_near(path: &Path) -> io::Result<u64> {
    if path.exists() { fs4::available_space(path) } else { fs4::available_space(nearest_existing(path)) }
}

/// Opens a copy of the store in a folder and returns what is in it. The copy is made in the folder `scratch`, and removed.
///
/// # Errors
/// Returns [`StoreError::Newer`], [`StoreError::Damaged`] or another error that opening the store would return, or
/// [`StoreError::Scratch`] if no copy can be made.
pub fn copied_state(path: &Path, scratch: &Path, options: &StoreOptions) -> Result<CopiedState, StoreError> {
    let files = copy_into(path, scratch)?;
    let copy = files.path();
    rewrite::finish(copy)?;
    let synced = Synced::read(copy)?;
    for half in find_snapshots(copy, true)? {
        fs::remove_file(half)?;
    }
    let (store, _) = open_with_snapshots(copy, options).map_err(|error| match error {
        StoreError::Damaged { cause, .. } | StoreError::Unusable { cause, .. } => {
            StoreError::Damaged { path: path.to_owned(), cause }
        }
        other => other,
    })?;
    let format = store.format()?.map_or(FORMAT_VERSION, |found| found.format);
    if format > FORMAT_VERSION {
        return Err(newer(path, format));
    }
    // A store of an earlier format was not counted, and has no tokens.
    if format < FORMAT_VERSION {
        return Ok(CopiedState { format, tokens: Vec::new() });
    }
    check_has_records(&store, path, folder::size(copy)?)?;
    if let Some(cause) = missing_batches(&store.totals(), synced) {
        return Err(StoreError::Damaged { path: path.to_owned(), cause });
    }
    Ok(CopiedState { format, tokens: store.tokens()? })
}
