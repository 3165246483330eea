//! The folder of a store: its rights, its names on disk, and whether it is still the same folder.

use std::{
    fs::{self, File, Metadata},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::error::StoreError;

/// How often a commit looks whether the folder is still there. A stat for every commit would
/// be a waste, and an operator who removes a folder notices a second later.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// The beginning of the name of the folder that keeps a store of an earlier format.
pub(super) const FORMER: &str = "db.format";

/// The end of the name of a snapshot that is being written.
pub(super) const HALF_SNAPSHOT: &str = ".generating";

/// The name of the file that [`super::synced_mark`] writes.
pub(super) const SYNCED: &str = "synced";

/// Returns whether a file in the store's folder is one of sled's or describes them. The checkpoint is not:
/// it belongs to marks that a copy of the records has, too. A half-written snapshot is not either: sled would
/// not open with it.
pub(super) fn is_store_file(name: &str) -> bool {
    matches!(name, "db" | "conf" | "blobs" | SYNCED)
        || name.starts_with("snap.") && !name.ends_with(HALF_SNAPSHOT)
}

/// Lists the store's files in a folder, by name.
pub(super) fn store_files(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if is_store_file(&name) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Returns the size of the store's files in bytes.
pub(super) fn size(folder: &Path) -> io::Result<u64> {
    let mut size = 0;
    for name in store_files(folder)? {
        let path = folder.join(name);
        if path.is_dir() {
            for blob in fs::read_dir(path)? {
                size += blob?.metadata()?.len();
            }
        } else {
            size += path.metadata()?.len();
        }
    }
    Ok(size)
}

/// Makes a folder that only its owner can enter, if it is absent, and makes its name durable.
pub(super) fn create(folder: &Path) -> io::Result<()> {
    if make_folder(folder)? { restrict(folder, 0o700) } else { Ok(()) }
}

/// Makes a folder and those above it, if they are absent, and makes their names durable. Returns whether it made
/// the folder.
fn make_folder(folder: &Path) -> io::Result<bool> {
    if folder.exists() {
        return Ok(false);
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        make_folder(parent)?;
    }
    match fs::create_dir(folder) {
        // Another process may make it at the same time.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        made => made?,
    }
    sync_names(parent.unwrap_or(Path::new(".")))?;
    Ok(true)
}

/// Makes the names in a folder durable: a file that was made or renamed is otherwise gone after a power
/// cut, whatever was synced of its contents.
pub(super) fn sync_names(folder: &Path) -> io::Result<()> {
    // Only Unix can open a folder.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Makes sled's files durable, contents and names, and keeps other users from reading them.
pub(super) fn secure_files(folder: &Path) -> io::Result<()> {
    for name in store_files(folder)? {
        let path = folder.join(name);
        if path.is_dir() {
            restrict(&path, 0o700)?;
            sync_names(&path)?;
        } else {
            restrict(&path, 0o600)?;
            File::open(&path)?.sync_all()?;
        }
    }
    sync_names(folder)
}

/// Removes the stores of earlier formats that a migration kept.
pub(super) fn remove_former(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.strip_prefix(FORMER).is_some_and(|format| format.parse::<u32>().is_ok()) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// Notices that sled's file was unlinked or replaced while it is open. Writes to it would then go on
/// without an error, and be gone at the next start.
#[derive(Debug)]
pub(super) struct FileIdentity {
    db: PathBuf,
    opened: (u64, u64),
    looked_at: Instant,
}

impl FileIdentity {
    /// Takes the identity of sled's file in a folder.
    pub(super) fn of(folder: &Path) -> io::Result<Self> {
        let db = folder.join("db");
        let opened = identity(&db.metadata()?);
        Ok(Self { db, opened, looked_at: Instant::now() })
    }

    /// Fails if the file in the folder is another one by now. Looks at most once in [`LOOK_INTERVAL`].
    pub(super) fn check(&mut self) -> Result<(), StoreError> {
        if self.looked_at.elapsed() < LOOK_INTERVAL {
            return Ok(());
        }
        self.look()?;
        self.looked_at = Instant::now();
        Ok(())
    }

    fn look(&self) -> Result<(), StoreError> {
        match self.db.metadata() {
            Ok(found) if identity(&found) == self.opened => Ok(()),
            Ok(_) => Err(StoreError::Replaced(self.db.clone())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(StoreError::Replaced(self.db.clone()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(unix)]
fn identity(file: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (file.dev(), file.ino())
}

#[cfg(not(unix))]
fn identity(_file: &Metadata) -> (u64, u64) {
    // Windows does not let an open file be removed.
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::{FileIdentity, create, secure_files};

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_a_new_store() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a/b");
        create(&folder).unwrap();
        std::fs::write(folder.join("db"), b"x").unwrap();
        std::fs::create_dir(folder.join("blobs")).unwrap();
        secure_files(&folder).unwrap();
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("db")), 0o600);
        assert_eq!(mode(&folder.join("blobs")), 0o700);
    }

    #[test]
    fn a_file_that_is_gone_or_replaced_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("db");
        std::fs::write(&db, b"x").unwrap();
        let identity = FileIdentity::of(folder.path()).unwrap();
        assert!(identity.look().is_ok());
        // The open file keeps the number of the first one in use.
        let _open = std::fs::File::open(&db).unwrap();
        std::fs::remove_file(&db).unwrap();
        assert!(identity.look().is_err());
        std::fs::write(&db, b"x").unwrap();
        assert!(identity.look().is_err());
    }
}
