//! Servers on a disk that loses what was not synced, and that fails: `tests/power/lazy_disk.rs`.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use super::process::Process;
use crate::support::root;

/// The exit code of a process whose power was cut.
pub(super) const CUT: Option<i32> = Some(137);

/// Compiles the library.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        // Renamed when it is complete, because another run of the tests may be using it.
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("liblazy_disk.so");
        let partial = library.with_extension(format!("{}.so", std::process::id()));
        let rustc = std::env::var("RUSTC").unwrap_or("rustc".to_owned());
        let compiled = Command::new(rustc)
            .args(["--edition", "2024", "-O", "--crate-type", "cdylib", "-o"])
            .arg(&partial)
            .arg(root().join("tests/power/lazy_disk.rs"))
            .status()
            .unwrap();
        assert!(compiled.success());
        std::fs::rename(&partial, &library).unwrap();
        library
    })
}

/// The disk of one folder.
pub(super) struct LazyDisk {
    folder: PathBuf,
    pipe: PathBuf,
    count: PathBuf,
}

impl LazyDisk {
    /// Returns the disk of a folder, which need not exist yet. The path must have no symbolic links.
    pub(super) fn new(folder: &Path) -> Self {
        let disk = Self {
            folder: folder.to_owned(),
            pipe: folder.with_extension("cut"),
            count: folder.with_extension("calls"),
        };
        let _ = std::fs::remove_file(&disk.pipe);
        assert!(Command::new("mkfifo").arg(&disk.pipe).status().unwrap().success());
        disk
    }

    /// Starts a server on the disk. If the store does not open, the error is the exit code.
    pub(super) async fn start(&self, variables: &[(&'static str, String)]) -> Result<Process, Option<i32>> {
        // Links that the previous server has left to files that it had removed.
        let _ = std::fs::remove_dir_all(self.folder.with_extension("kept"));
        let mut all = vec![
            ("LD_PRELOAD", library().display().to_string()),
            ("LAZY_FOLDER", self.folder.display().to_string()),
            ("LAZY_CUT", self.pipe.display().to_string()),
            ("LAZY_COUNT", self.count.display().to_string()),
        ];
        all.extend(variables.iter().cloned());
        Process::start_with(&self.folder, &all).await
    }

    /// Cuts the power, unless it is cut already.
    pub(super) fn cut(&self, mut process: Process) -> Option<i32> {
        if !process.has_ended() {
            // Opened for reading, too, because opening it for writing waits for a reader, which may end.
            let mut pipe = std::fs::File::options().read(true).write(true).open(&self.pipe).unwrap();
            std::io::Write::write_all(&mut pipe, &[1]).unwrap();
            return process.wait();
        }
        process.wait()
    }

    /// Returns how many disk calls the last server has made.
    pub(super) fn calls(&self) -> u64 {
        std::fs::read_to_string(&self.count).unwrap().trim().parse().unwrap()
    }
}
