//! A copy of a store's files. sled changes a store when it opens it, so a store that may be damaged is
//! looked at in a copy.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    error::StoreError, folder, options::StoreOptions, read::Store, rewrite, sled_files::open_with_snapshots,
};

/// A copy of a store, opened. The copy is removed when it is dropped.
#[derive(Debug)]
pub(super) struct OpenCopy {
    pub(super) store: Store,
    _files: CopiedFiles,
}

/// A copy of a store's files, removed when it is dropped.
#[derive(Debug)]
pub(super) struct CopiedFiles(PathBuf);

impl OpenCopy {
    /// Copies the store in `path` into the folder `copy` and opens the copy.
    pub(super) fn make(path: &Path, copy: &Path, options: &StoreOptions) -> Result<Self, StoreError> {
        let files = CopiedFiles::make(path, copy)?;
        let (store, _) = open_with_snapshots(copy, options).map_err(|error| match error {
            StoreError::Damaged { cause, .. } => StoreError::Damaged { path: path.to_owned(), cause },
            other => other,
        })?;
        Ok(Self { store, _files: files })
    }
}

impl CopiedFiles {
    /// Copies the files of the store in `path` into the folder `copy`.
    fn make(path: &Path, copy: &Path) -> io::Result<Self> {
        if copy.exists() {
            fs::remove_dir_all(copy)?;
        }
        folder::create(copy)?;
        let copied = Self(copy.to_owned());
        copied.fill(path, &folder::store_files(path)?)?;
        Ok(copied)
    }

    /// Copies everything in `path` that makes up the store into a new folder in `scratch`: the store's
    /// files, and a rewritten store that the next open would put in their place.
    pub(super) fn make_in(path: &Path, scratch: &Path) -> io::Result<Self> {
        let copied = Self(create_private_folder(scratch)?);
        let names = [folder::store_files(path)?, rewrite::complete_folders(path)?].concat();
        copied.fill(path, &names)?;
        Ok(copied)
    }

    fn fill(&self, path: &Path, names: &[String]) -> io::Result<()> {
        names.iter().try_for_each(|name| copy_all(&path.join(name), &self.0.join(name)))
    }

    /// Returns the folder of the copy.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for CopiedFiles {
    fn drop(&mut self) {
        if let Err(cause) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%cause, folder = %self.0.display(), "the copy of the store could not be removed");
        }
    }
}

/// Copies a file, or a folder with all that is in it.
fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    folder::create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Makes a new folder that only its owner can enter. It must not exist before, because others may write
/// into a folder such as `/tmp`, too.
fn create_private_folder(parent: &Path) -> io::Result<PathBuf> {
    let mut number = 0;
    loop {
        let folder = parent.join(format!("dhakira-verify-{}-{number}", std::process::id()));
        match private_folder().create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(unix)]
fn private_folder() -> fs::DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = fs::DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private_folder() -> fs::DirBuilder {
    fs::DirBuilder::new()
}
