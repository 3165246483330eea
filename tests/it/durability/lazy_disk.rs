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
            // Opened for reading, too, because opening it for writing waits for a reader, which may end. It
            // stays open until the process has ended, because a byte that nobody has read yet is lost with it.
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

/// What the disk itself promises, without a server.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod tests {
    use std::{
        collections::BTreeMap,
        fs::{self, File},
        io::Write,
        os::unix::fs::FileExt,
        path::PathBuf,
        process::Command,
    };

    use super::{CUT, LazyDisk, library};
    use crate::durability::rounds::scratch;

    /// Runs `on_the_lazy_disk` in a process of its own, on a folder with some files. Returns the folder.
    fn run(test: &str, what: &str, variables: &[(&str, &str)]) -> LazyDisk {
        let data = scratch(test).join("data");
        fs::create_dir(&data).unwrap();
        for name in ["changed", "replaced", "renamed", "removed"] {
            fs::write(data.join(name), format!("old {name}")).unwrap();
        }
        let disk = LazyDisk::new(&data);
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "durability::lazy_disk::tests::on_the_lazy_disk", "--ignored"])
            .env("LD_PRELOAD", library())
            .env("LAZY_FOLDER", &data)
            .env("LAZY_CUT", &disk.pipe)
            .env("LAZY_COUNT", &disk.count)
            .env("ON_THE_LAZY_DISK", what)
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), CUT, "{output:?}");
        disk
    }

    /// Returns the files of a folder with their contents, and removes it.
    fn take_files(disk: &LazyDisk) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&disk.folder).unwrap() {
            let entry = entry.unwrap();
            let content = fs::read_to_string(entry.path()).unwrap_or("a folder".to_owned());
            files.insert(entry.file_name().into_string().unwrap(), content);
        }
        fs::remove_dir_all(disk.folder.parent().unwrap()).unwrap();
        files
    }

    #[test]
    #[ignore = "runs on the lazy disk, started by the other tests here"]
    fn on_the_lazy_disk() {
        let Ok(what) = std::env::var("ON_THE_LAZY_DISK") else { return };
        let data = PathBuf::from(std::env::var("LAZY_FOLDER").unwrap());
        if what == "writes" {
            let file = File::options().write(true).open(data.join("changed")).unwrap();
            let results: Vec<_> = (0..4)
                .map(|n| match file.write_at(format!("{n}{n}{n}{n}").as_bytes(), n * 4) {
                    Ok(length) => length.to_string(),
                    Err(error) => error.to_string(),
                })
                .collect();
            fs::write(data.with_extension("results"), results.join("; ")).unwrap();
            // It fails, too, if all later calls do.
            let _ = file.sync_all();
        } else {
            let mut durable = File::create(data.join("durable")).unwrap();
            durable.write_all(b"new").unwrap();
            durable.sync_all().unwrap();
            File::open(&data).unwrap().sync_all().unwrap();
            let mut created = File::create(data.join("created")).unwrap();
            created.write_all(b"new").unwrap();
            created.sync_all().unwrap();
            fs::write(data.join("empty"), "new").unwrap();
            fs::write(data.join("changed"), "new").unwrap();
            fs::rename(data.join("renamed"), data.join("replaced")).unwrap();
            fs::remove_file(data.join("removed")).unwrap();
            fs::create_dir(data.join("folder")).unwrap();
        }
        fs::write(std::env::var("LAZY_CUT").unwrap(), [1]).unwrap();
        loop {
            std::thread::park();
        }
    }

    fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect()
    }

    #[test]
    fn late_names_are_undone_unless_their_folder_is_synced() {
        let expected = files(&[
            ("changed", "old changed"),
            ("durable", "new"),
            ("removed", "old removed"),
            ("renamed", "old renamed"),
            ("replaced", "old replaced"),
        ]);
        let disk = run("late_names", "names", &[("LAZY_META", "late")]);
        assert_eq!(take_files(&disk), expected);
    }

    #[test]
    fn early_names_stay_and_contents_are_undone() {
        let expected = files(&[
            ("changed", "old changed"),
            ("created", "new"),
            ("durable", "new"),
            ("empty", ""),
            ("folder", "a folder"),
            ("replaced", "old renamed"),
        ]);
        let disk = run("early_names", "names", &[("LAZY_META", "early")]);
        assert_eq!(take_files(&disk), expected);
    }

    #[test]
    fn a_chosen_call_fails_as_chosen() {
        let io = "Input/output error (os error 5)";
        let full = "No space left on device (os error 28)";
        for (error, all, results) in [
            ("eio", "0", format!("4; {io}; 4; 4")),
            ("enospc", "0", format!("4; {full}; 4; 4")),
            ("short", "0", format!("4; 2; {full}; 4")),
            ("eio", "1", format!("4; {io}; {io}; {io}")),
        ] {
            let variables = [("LAZY_FAIL", "2"), ("LAZY_ERROR", error), ("LAZY_FAIL_ALL", all)];
            let disk = run("a_chosen_call", "writes", &variables);
            let found = fs::read_to_string(disk.folder.with_extension("results")).unwrap();
            assert_eq!(found, results, "{error}, {all}");
            assert_eq!(disk.calls(), 5);
            take_files(&disk);
        }
    }
}
