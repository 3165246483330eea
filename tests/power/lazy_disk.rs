//! A disk that loses what was not synced, and that fails: a library for `LD_PRELOAD`, compiled by
//! `tests/it/durability/lazy_disk.rs`.
//!
//! It sees the calls of the process on files below the folder `LAZY_FOLDER` (an absolute path without
//! symbolic links), and remembers what they change.
//!
//! # The power cut
//! A byte written to the pipe `LAZY_CUT`, or the disk call with the number `LAZY_CUT_AT`, cuts the power:
//! the changes that are not durable are undone, newest first, and the process ends with the code 137.
//!
//! Contents: `fsync` and `fdatasync` make a file's writes durable, so that what was remembered is
//! forgotten. `sync_file_range` does not, because it neither waits for the disk's cache nor writes the
//! file's metadata.
//!
//! Names: with `LAZY_META=late` a name that was created, renamed or removed is durable only once its
//! folder is synced. Until then the cut undoes it: a new file is gone even if its contents were synced, and
//! a removed file is back with the contents that were synced. With `LAZY_META=early` (the default) every
//! name is durable at once, so that a new file is there without its contents. A file system may do either.
//!
//! `LAZY_SURVIVES` chooses what survives of the changes that are not durable: `nothing`, `sectors` (a
//! random half of the 512-byte sectors, and the first so many changes of names, by `LAZY_SEED`),
//! `allbutlast`, or `allbutone` (one random write of each file is lost, and no name, by `LAZY_SEED`), because
//! the cache of a disk writes in any order. `LAZY_SKIP=fdatasync` makes syncs do nothing; a test that then still passes proves
//! nothing.
//!
//! # Faults
//! Writes, truncations, syncs, renames, removals, and opening a file to create or empty it are counted
//! together. `LAZY_COUNT` is a file that always has the number of calls so far. `LAZY_FAIL` is the number of
//! the call that fails; with `LAZY_FAIL_ALL=1` all later ones fail, too. `LAZY_ERROR` chooses how: `eio`
//! (the default), `enospc`, or `short`, where half of a write is written and the next call fails, because
//! that is what the end of a disk looks like.
//!
//! # What it does not see
//! Calls that do not go through the C library, and locks, which change nothing on a disk. sled 0.34.7 uses
//! `pwrite64`, `write`, `ftruncate64`, `fsync`, `sync_file_range`, `open64`, `mkdir`, `rename`, `unlink`
//! and `flock`. Calls that would change a file unseen, such as a writable `mmap`, end the process with
//! the code 86.
#![allow(non_camel_case_types, reason = "off_t and ssize_t have their names from C")]

use std::{
    collections::HashMap,
    ffi::{CStr, CString, c_char, c_int, c_long, c_uint, c_void},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

type off_t = i64;
type ssize_t = isize;
type Path = Vec<u8>;

// Numbers of system calls on x86-64.
const SYS_READ: c_long = 0;
const SYS_WRITE: c_long = 1;
const SYS_CLOSE: c_long = 3;
const SYS_FSTAT: c_long = 5;
const SYS_LSTAT: c_long = 6;
const SYS_LSEEK: c_long = 8;
const SYS_MMAP: c_long = 9;
const SYS_PREAD: c_long = 17;
const SYS_PWRITE: c_long = 18;
const SYS_WRITEV: c_long = 20;
const SYS_SENDFILE: c_long = 40;
const SYS_FCNTL: c_long = 72;
const SYS_FTRUNCATE: c_long = 77;
const SYS_GETCWD: c_long = 79;
const SYS_READLINK: c_long = 89;
const SYS_EXIT_GROUP: c_long = 231;
const SYS_OPENAT: c_long = 257;
const SYS_MKDIRAT: c_long = 258;
const SYS_UNLINKAT: c_long = 263;
const SYS_LINKAT: c_long = 265;
const SYS_FALLOCATE: c_long = 285;
const SYS_RENAMEAT2: c_long = 316;
const SYS_COPY_FILE_RANGE: c_long = 326;

const AT_FDCWD: c_int = -100;
const AT_REMOVEDIR: c_int = 0x200;
const O_RDONLY: c_int = 0;
const O_WRONLY: c_int = 0o1;
const O_RDWR: c_int = 0o2;
const O_CREAT: c_int = 0o100;
const O_TRUNC: c_int = 0o1_000;
const O_APPEND: c_int = 0o2_000;
const F_GETFL: c_long = 3;
const O_CLOEXEC: c_int = 0o2_000_000;
const SEEK_CUR: c_long = 1;
const EIO: c_int = 5;
const EXDEV: c_int = 18;
const EINVAL: c_int = 22;
const ENOSPC: c_int = 28;
const PROT_WRITE: c_int = 2;
const MAP_SHARED: c_int = 1;

unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
    fn __errno_location() -> *mut c_int;
}

/// How a call fails.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Eio,
    Enospc,
    /// Half of a write is written, and the next call fails.
    Short,
}

/// What of the changes that are not durable survives a power cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Survives {
    Nothing,
    Sectors,
    AllButLast,
    AllButOne,
}

/// The variables of the environment.
struct Settings {
    folder: Option<Path>,
    late_names: bool,
    skips_syncs: bool,
    survives: Survives,
    seed: u64,
    cut_at: u64,
    fail: u64,
    fail_all: bool,
    fault: Fault,
    /// The descriptor of the file for the number of calls; negative if there is none.
    count_file: c_int,
}

fn settings() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    SETTINGS.get_or_init(|| {
        let count_file = match variable("LAZY_COUNT") {
            file if file.is_empty() => -1,
            file => open_raw(file.as_bytes(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC),
        };
        Settings {
            folder: std::env::var("LAZY_FOLDER").ok().map(String::into_bytes),
            late_names: variable("LAZY_META") == "late",
            skips_syncs: variable("LAZY_SKIP") == "fdatasync",
            survives: match variable("LAZY_SURVIVES").as_str() {
                "sectors" => Survives::Sectors,
                "allbutlast" => Survives::AllButLast,
                "allbutone" => Survives::AllButOne,
                _ => Survives::Nothing,
            },
            seed: number("LAZY_SEED"),
            cut_at: number("LAZY_CUT_AT"),
            fail: number("LAZY_FAIL"),
            fail_all: variable("LAZY_FAIL_ALL") == "1",
            fault: match variable("LAZY_ERROR").as_str() {
                "enospc" => Fault::Enospc,
                "short" => Fault::Short,
                _ => Fault::Eio,
            },
            count_file,
        }
    })
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// Returns the number in a variable; 0 if there is none.
fn number(name: &str) -> u64 {
    variable(name).parse().unwrap_or(0)
}

/// A change of a file's contents that is not durable.
struct ContentChange {
    /// The ordinal among all changes.
    ordinal: u64,
    offset: i64,
    length: usize,
    /// What the file held there.
    before: Vec<u8>,
    size_before: i64,
    /// Whether it is a truncation, of which no half can survive.
    is_truncation: bool,
}

/// A file with writes that are not durable.
struct LazyFile {
    /// A descriptor of the library's own, because the process may close its own.
    descriptor: c_int,
    changes: Vec<ContentChange>,
}

/// A change of names that is not durable.
struct NameChange {
    ordinal: u64,
    /// The folder that has to be synced.
    folder: Path,
    kind: NameChangeKind,
}

enum NameChangeKind {
    /// A file or folder was created.
    Created(Path),
    Renamed {
        from: Path,
        to: Path,
        /// A link to the file that had the name before.
        replaced: Option<Path>,
    },
    /// A file was removed, and `kept` is a link to it.
    Removed {
        path: Path,
        kept: Path,
    },
    RemovedFolder(Path),
}

/// What is to be done with a counted call.
enum Verdict {
    Proceed,
    Shorten,
    Fail(c_int),
}

#[derive(Default)]
struct Disk {
    files: HashMap<(u64, u64), LazyFile>,
    /// Oldest first.
    names: Vec<NameChange>,
    changes: u64,
    calls: u64,
    links: u64,
}

fn disk() -> MutexGuard<'static, Disk> {
    static DISK: OnceLock<Mutex<Disk>> = OnceLock::new();
    DISK.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

impl Disk {
    /// Counts a call, and cuts the power if its turn has come.
    fn count(&mut self) -> Verdict {
        let settings = settings();
        self.calls += 1;
        if settings.count_file >= 0 {
            let text = format!("{:020}\n", self.calls);
            unsafe {
                syscall(SYS_PWRITE, c_long::from(settings.count_file), text.as_ptr(), text.len(), 0_i64)
            };
        }
        if self.calls == settings.cut_at {
            cut_power(self);
        }
        if settings.fail == 0 || self.calls < settings.fail {
            return Verdict::Proceed;
        }
        let error = if settings.fault == Fault::Eio { EIO } else { ENOSPC };
        match (self.calls - settings.fail, settings.fault) {
            (0, Fault::Short) => Verdict::Shorten,
            (0, _) | (1, Fault::Short) => Verdict::Fail(error),
            _ if settings.fail_all => Verdict::Fail(error),
            _ => Verdict::Proceed,
        }
    }

    /// Counts a call that is not a write, so that no half of it can be done.
    fn count_whole(&mut self) -> Result<(), c_int> {
        match self.count() {
            Verdict::Proceed => Ok(()),
            Verdict::Shorten => Err(ENOSPC),
            Verdict::Fail(error) => Err(error),
        }
    }

    fn next_ordinal(&mut self) -> u64 {
        self.changes += 1;
        self.changes
    }

    /// Remembers what a range of a file holds, before it changes.
    fn remember(&mut self, descriptor: c_int, offset: i64, length: usize, is_truncation: bool) {
        let Some(file) = stat(descriptor) else { return };
        let ordinal = self.next_ordinal();
        let lazy = self.files.entry(file.identity).or_insert_with(|| {
            let path = format!("/proc/self/fd/{descriptor}");
            LazyFile { descriptor: open_raw(path.as_bytes(), O_RDWR | O_CLOEXEC), changes: Vec::new() }
        });
        let held = usize::try_from((file.size - offset).clamp(0, length as i64)).unwrap_or(0);
        let mut before = vec![0_u8; held];
        let own = c_long::from(lazy.descriptor);
        let read = unsafe { syscall(SYS_PREAD, own, before.as_mut_ptr(), before.len(), offset) };
        if usize::try_from(read) != Ok(held) {
            unmodelled("a file that cannot be read");
        }
        lazy.changes.push(ContentChange {
            ordinal,
            offset,
            length,
            before,
            size_before: file.size,
            is_truncation,
        });
    }

    /// Forgets the changes of a file, because they are durable, or because the file has no name any more.
    fn forget(&mut self, identity: (u64, u64)) {
        if let Some(lazy) = self.files.remove(&identity) {
            unsafe { syscall(SYS_CLOSE, c_long::from(lazy.descriptor)) };
        }
    }

    /// Forgets a file that has lost its only name, because nobody can read it after a power cut.
    fn forget_if_nameless(&mut self, before: Option<Stat>) {
        if let Some(file) = before
            && file.links == 1
        {
            self.forget(file.identity);
        }
    }

    fn remember_name(&mut self, folder: Path, kind: NameChangeKind) {
        let ordinal = self.next_ordinal();
        self.names.push(NameChange { ordinal, folder, kind });
    }

    /// Remembers that a file or folder was created, unless names are durable at once.
    fn remember_created(&mut self, path: Path) {
        if settings().late_names {
            self.remember_name(parent(&path), NameChangeKind::Created(path));
        }
    }

    /// Makes the names in a folder durable.
    fn settle_names(&mut self, folder: &[u8]) {
        let mut at = 0;
        while at < self.names.len() {
            if self.names[at].folder != folder {
                at += 1;
                continue;
            }
            match self.names.remove(at).kind {
                NameChangeKind::Renamed { from, to, replaced } => {
                    remove_link(replaced);
                    at -= self.follow_rename(at, &from, &to);
                }
                NameChangeKind::Removed { kept, .. } => remove_link(Some(kept)),
                NameChangeKind::Created(_) | NameChangeKind::RemovedFolder(_) => {}
            }
        }
    }

    /// Changes older entries after a rename has become durable. Returns how many are gone: a file that
    /// durably has its new name was also durably created. What lies in a renamed folder has a new path.
    fn follow_rename(&mut self, older: usize, from: &[u8], to: &[u8]) -> usize {
        let newer = self.names.split_off(older);
        self.names.retain(|change| !matches!(&change.kind, NameChangeKind::Created(path) if path == from));
        let gone = older - self.names.len();
        let follow = |path: &mut Path| {
            if path.starts_with(from) && path.get(from.len()) == Some(&b'/') {
                path.splice(..from.len(), to.iter().copied());
            }
        };
        for change in &mut self.names {
            if change.folder == from {
                change.folder = to.to_vec();
            }
            follow(&mut change.folder);
            match &mut change.kind {
                NameChangeKind::Created(path)
                | NameChangeKind::RemovedFolder(path)
                | NameChangeKind::Removed { path, .. } => follow(path),
                NameChangeKind::Renamed { from, to, .. } => {
                    follow(from);
                    follow(to);
                }
            }
        }
        self.names.extend(newer);
        gone
    }

    /// Makes a link to a file beside the folder, so that the file can come back.
    fn keep(&mut self, path: &[u8]) -> Option<Path> {
        let kept = self.aside()?;
        (link_raw(path, &kept) == 0).then_some(kept)
    }

    /// Returns an unused path in the folder of links, which is beside the folder.
    fn aside(&mut self) -> Option<Path> {
        self.links += 1;
        let folder = kept_folder()?;
        Some([&folder, format!("/{}-{}", std::process::id(), self.links).as_bytes()].concat())
    }
}

fn kept_folder() -> Option<Path> {
    Some([settings().folder.as_deref()?, b".kept"].concat())
}

// System calls that are not counted.

fn c_path(path: &[u8]) -> CString {
    CString::new(path).unwrap_or_default()
}

fn open_raw(path: &[u8], flags: c_int) -> c_int {
    unsafe { syscall(SYS_OPENAT, c_long::from(AT_FDCWD), c_path(path).as_ptr(), flags, 0o600) as c_int }
}

fn link_raw(from: &[u8], to: &[u8]) -> c_long {
    let (from, to, here) = (c_path(from), c_path(to), c_long::from(AT_FDCWD));
    unsafe { syscall(SYS_LINKAT, here, from.as_ptr(), here, to.as_ptr(), 0_i64) }
}

fn rename_raw(from: &[u8], to: &[u8]) -> c_long {
    let (from, to, here) = (c_path(from), c_path(to), c_long::from(AT_FDCWD));
    unsafe { syscall(SYS_RENAMEAT2, here, from.as_ptr(), here, to.as_ptr(), 0_i64) }
}

fn make_folder(path: &[u8]) -> c_long {
    unsafe { syscall(SYS_MKDIRAT, c_long::from(AT_FDCWD), c_path(path).as_ptr(), 0o700_i64) }
}

fn remove_link(link: Option<Path>) {
    if let Some(link) = link {
        unsafe { syscall(SYS_UNLINKAT, c_long::from(AT_FDCWD), c_path(&link).as_ptr(), 0_i64) };
    }
}

struct Stat {
    /// Device and inode.
    identity: (u64, u64),
    links: u64,
    is_file: bool,
    is_folder: bool,
    size: i64,
}

impl Stat {
    /// Reads a struct stat: st_dev, st_ino, st_nlink, st_mode and st_uid, …, st_size at byte 48.
    fn read(call: impl FnOnce(*mut u64) -> c_long) -> Option<Self> {
        let mut stat = [0_u64; 18];
        if call(stat.as_mut_ptr()) != 0 {
            return None;
        }
        let kind = (stat[3] as u32) & 0o170_000;
        Some(Self {
            identity: (stat[0], stat[1]),
            links: stat[2],
            is_file: kind == 0o100_000,
            is_folder: kind == 0o040_000,
            size: stat[6] as i64,
        })
    }
}

fn stat(descriptor: c_int) -> Option<Stat> {
    Stat::read(|stat| unsafe { syscall(SYS_FSTAT, c_long::from(descriptor), stat) })
}

fn stat_path(path: &[u8]) -> Option<Stat> {
    Stat::read(|stat| unsafe { syscall(SYS_LSTAT, c_path(path).as_ptr(), stat) })
}

fn path_of(descriptor: c_int) -> Option<Path> {
    let link = format!("/proc/self/fd/{descriptor}\0");
    let mut path = vec![0_u8; 4_096];
    let length = unsafe { syscall(SYS_READLINK, link.as_ptr(), path.as_mut_ptr(), path.len()) };
    path.truncate(usize::try_from(length).ok()?);
    Some(path)
}

fn absolute(folder: c_int, path: *const c_char) -> Path {
    let path = unsafe { CStr::from_ptr(path) }.to_bytes().to_vec();
    if path.starts_with(b"/") {
        return path;
    }
    let mut base = if folder == AT_FDCWD {
        let mut here = vec![0_u8; 4_096];
        let length = unsafe { syscall(SYS_GETCWD, here.as_mut_ptr(), here.len()) };
        here.truncate(usize::try_from(length - 1).unwrap_or(0));
        here
    } else {
        path_of(folder).unwrap_or_default()
    };
    base.push(b'/');
    base.extend(path);
    base
}

/// Returns whether a path is the folder or below it.
fn is_ours(path: &[u8]) -> bool {
    let Some(folder) = &settings().folder else { return false };
    path.strip_prefix(folder.as_slice()).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// Returns whether a descriptor is of a file below the folder.
fn is_our_file(descriptor: c_int) -> bool {
    settings().folder.is_some()
        && path_of(descriptor).is_some_and(|path| is_ours(&path))
        && stat(descriptor).is_some_and(|stat| stat.is_file)
}

fn parent(path: &[u8]) -> Path {
    let end = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    path[..end].to_vec()
}

fn failed(error: c_int) -> c_int {
    unsafe { *__errno_location() = error };
    -1
}

/// Ends the process, because a test that goes on would prove nothing.
fn unmodelled(what: &str) -> ! {
    let text = format!("the lazy disk does not model {what}\n");
    unsafe { syscall(SYS_WRITE, 2_i64, text.as_ptr(), text.len()) };
    unsafe { syscall(SYS_EXIT_GROUP, 86_i64) };
    unreachable!("the process has ended")
}

/// Returns a random number; the same ones for a seed.
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// Undoes what is not durable, and ends the process.
fn cut_power(disk: &mut Disk) -> ! {
    let survives = settings().survives;
    let mut seed = settings().seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let last = disk.changes;
    // In the order of the inodes, because a seed must lose the same sectors again.
    let mut files: Vec<_> = disk.files.drain().collect();
    files.sort_by_key(|(identity, _)| *identity);
    for (_, lazy) in files {
        let one = lazy.changes.get(random(&mut seed) as usize % lazy.changes.len().max(1));
        let is_lost = |ordinal: u64| match survives {
            Survives::Nothing | Survives::Sectors => true,
            Survives::AllButLast => ordinal == last,
            Survives::AllButOne => one.is_some_and(|one| ordinal == one.ordinal),
        };
        for change in lazy.changes.iter().rev().filter(|change| is_lost(change.ordinal)) {
            restore(lazy.descriptor, change, survives == Survives::Sectors, &mut seed);
        }
    }
    // A journal keeps the order of the changes of names, so the first ones survive.
    let surviving = match survives {
        Survives::Sectors => random(&mut seed) as usize % (disk.names.len() + 1),
        Survives::Nothing | Survives::AllButLast => 0,
        Survives::AllButOne => disk.names.len(),
    };
    for change in disk.names.split_off(surviving).into_iter().rev() {
        if survives != Survives::AllButLast || change.ordinal == last {
            restore_name(disk, change.kind);
        }
    }
    unsafe { syscall(SYS_EXIT_GROUP, 137_i64) };
    unreachable!("the process has ended")
}

fn restore(descriptor: c_int, change: &ContentChange, by_sector: bool, seed: &mut u64) {
    if by_sector && change.is_truncation && random(seed) & 1 == 0 {
        return;
    }
    let by_sector = by_sector && !change.is_truncation;
    let write = |bytes: &[u8], offset: i64| unsafe {
        syscall(SYS_PWRITE, c_long::from(descriptor), bytes.as_ptr(), bytes.len(), offset)
    };
    let mut is_kept = || by_sector && random(seed) & 1 == 0;
    for (sector, offset) in change.before.chunks(512).zip((change.offset..).step_by(512)) {
        if !is_kept() {
            write(sector, offset);
        }
    }
    // What lay past the former end of the file: a lost sector before a surviving one reads as zeros.
    let end = change.offset + change.length as i64;
    let mut surviving_end = change.size_before;
    let mut at = change.size_before.max(change.offset);
    // A later write has survived beyond this one.
    let is_inside = stat(descriptor).is_some_and(|file| file.size > end);
    while (by_sector || is_inside) && at < end {
        let next = end.min(at + 512);
        if is_kept() {
            surviving_end = next;
        } else {
            write(&vec![0; (next - at) as usize], at);
        }
        at = next;
    }
    if end > change.size_before && !is_inside {
        unsafe { syscall(SYS_FTRUNCATE, c_long::from(descriptor), surviving_end) };
    }
}

fn restore_name(disk: &mut Disk, change: NameChangeKind) {
    match change {
        // Moved away and not removed, because a lost folder may have files.
        NameChangeKind::Created(path) => {
            if let Some(aside) = disk.aside() {
                rename_raw(&path, &aside);
            }
        }
        NameChangeKind::Renamed { from, to, replaced } => {
            rename_raw(&to, &from);
            if let Some(replaced) = replaced {
                rename_raw(&replaced, &to);
            }
        }
        NameChangeKind::Removed { path, kept } => {
            rename_raw(&kept, &path);
        }
        NameChangeKind::RemovedFolder(path) => {
            make_folder(&path);
        }
    }
}

/// Starts the thread that waits for the cut when the library is loaded.
#[used]
#[unsafe(link_section = ".init_array")]
static START: extern "C" fn() = start;

extern "C" fn start() {
    if settings().late_names
        && let Some(folder) = kept_folder()
    {
        make_folder(&folder);
    }
    let pipe = variable("LAZY_CUT");
    if pipe.is_empty() {
        return;
    }
    std::thread::spawn(move || {
        let descriptor = open_raw(pipe.as_bytes(), O_RDONLY | O_CLOEXEC);
        let mut byte = [0_u8; 1];
        if unsafe { syscall(SYS_READ, c_long::from(descriptor), byte.as_mut_ptr(), 1_usize) } == 1 {
            cut_power(&mut disk());
        }
    });
}

// Writes.

fn write_at(
    descriptor: c_int,
    length: usize,
    position: impl FnOnce() -> i64,
    write: impl FnOnce(usize) -> c_long,
) -> ssize_t {
    if !is_our_file(descriptor) {
        return write(length) as ssize_t;
    }
    let mut disk = disk();
    let length = match disk.count() {
        Verdict::Proceed => length,
        Verdict::Shorten if length > 1 => length / 2,
        Verdict::Shorten => return failed(ENOSPC) as ssize_t,
        Verdict::Fail(error) => return failed(error) as ssize_t,
    };
    disk.remember(descriptor, position(), length, false);
    write(length) as ssize_t
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(
    descriptor: c_int,
    bytes: *const c_void,
    length: usize,
    offset: off_t,
) -> ssize_t {
    let write =
        |length: usize| unsafe { syscall(SYS_PWRITE, c_long::from(descriptor), bytes, length, offset) };
    write_at(descriptor, length, || offset, write)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(
    descriptor: c_int,
    bytes: *const c_void,
    length: usize,
    offset: off_t,
) -> ssize_t {
    unsafe { pwrite64(descriptor, bytes, length, offset) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(descriptor: c_int, bytes: *const c_void, length: usize) -> ssize_t {
    let position = || {
        let flags = unsafe { syscall(SYS_FCNTL, c_long::from(descriptor), F_GETFL) };
        // A file that was opened to append is always written at its end.
        match stat(descriptor) {
            Some(file) if flags & c_long::from(O_APPEND) != 0 => file.size,
            _ => unsafe { syscall(SYS_LSEEK, c_long::from(descriptor), 0_i64, SEEK_CUR) },
        }
    };
    let write = |length: usize| unsafe { syscall(SYS_WRITE, c_long::from(descriptor), bytes, length) };
    write_at(descriptor, length, position, write)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate64(descriptor: c_int, size: off_t) -> c_int {
    if is_our_file(descriptor)
        && let Some(file) = stat(descriptor)
    {
        let mut disk = disk();
        if let Err(error) = disk.count_whole() {
            return failed(error);
        }
        let (start, end) = (size.min(file.size), size.max(file.size));
        disk.remember(descriptor, start, (end - start) as usize, true);
        return unsafe { syscall(SYS_FTRUNCATE, c_long::from(descriptor), size) as c_int };
    }
    unsafe { syscall(SYS_FTRUNCATE, c_long::from(descriptor), size) as c_int }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate(descriptor: c_int, size: off_t) -> c_int {
    unsafe { ftruncate64(descriptor, size) }
}

// Syncs. They are not passed on to the real disk, because the power that is cut is not the real one.

fn make_durable(descriptor: c_int) -> c_int {
    let (Some(path), Some(file)) = (path_of(descriptor), stat(descriptor)) else { return 0 };
    // The folder itself is a name in the folder above.
    let is_above = settings().folder.as_deref().is_some_and(|folder| path == parent(folder));
    if !is_ours(&path) && !is_above {
        return 0;
    }
    let mut disk = disk();
    if let Err(error) = disk.count_whole() {
        return failed(error);
    }
    if settings().skips_syncs {
        return 0;
    }
    if file.is_folder {
        disk.settle_names(&path);
    } else {
        disk.forget(file.identity);
    }
    0
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(descriptor: c_int) -> c_int {
    make_durable(descriptor)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(descriptor: c_int) -> c_int {
    make_durable(descriptor)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sync_file_range(descriptor: c_int, _: off_t, _: off_t, _: c_uint) -> c_int {
    if is_our_file(descriptor)
        && let Err(error) = disk().count_whole()
    {
        return failed(error);
    }
    0
}

// Names.

#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat64(folder: c_int, path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    let pass_on = || unsafe { syscall(SYS_OPENAT, c_long::from(folder), path, flags, mode) as c_int };
    if flags & (O_CREAT | O_TRUNC) == 0 {
        return pass_on();
    }
    let full = absolute(folder, path);
    if !is_ours(&full) {
        return pass_on();
    }
    let mut disk = disk();
    if let Err(error) = disk.count_whole() {
        return failed(error);
    }
    let existing = stat_path(&full);
    if let Some(file) = &existing
        && flags & O_TRUNC != 0
    {
        let own = open_raw(&full, O_RDWR | O_CLOEXEC);
        disk.remember(own, 0, file.size as usize, true);
        unsafe { syscall(SYS_CLOSE, c_long::from(own)) };
    }
    let descriptor = pass_on();
    if descriptor >= 0 && existing.is_none() {
        disk.remember_created(full);
    }
    descriptor
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat(folder: c_int, path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    unsafe { openat64(folder, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    unsafe { openat64(AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    unsafe { openat64(AT_FDCWD, path, flags, mode) }
}

/// Makes a call that creates a name.
fn create_name(path: Path, create: impl FnOnce() -> c_int) -> c_int {
    if !is_ours(&path) {
        return create();
    }
    let mut disk = disk();
    if let Err(error) = disk.count_whole() {
        return failed(error);
    }
    let result = create();
    if result == 0 {
        disk.remember_created(path);
    }
    result
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn mkdirat(folder: c_int, path: *const c_char, mode: c_uint) -> c_int {
    create_name(absolute(folder, path), || unsafe {
        syscall(SYS_MKDIRAT, c_long::from(folder), path, mode) as c_int
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn mkdir(path: *const c_char, mode: c_uint) -> c_int {
    unsafe { mkdirat(AT_FDCWD, path, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlinkat(folder: c_int, path: *const c_char, flags: c_int) -> c_int {
    let full = absolute(folder, path);
    let unlink = || unsafe { syscall(SYS_UNLINKAT, c_long::from(folder), path, flags) as c_int };
    if !is_ours(&full) {
        return unlink();
    }
    let mut disk = disk();
    if let Err(error) = disk.count_whole() {
        return failed(error);
    }
    let existing = stat_path(&full);
    let kept = if settings().late_names && flags & AT_REMOVEDIR == 0 { disk.keep(&full) } else { None };
    let result = unlink();
    match (result, kept) {
        (0, Some(kept)) => {
            disk.remember_name(parent(&full), NameChangeKind::Removed { path: full, kept });
        }
        (0, None) if settings().late_names => {
            disk.remember_name(parent(&full), NameChangeKind::RemovedFolder(full));
        }
        (0, None) => disk.forget_if_nameless(existing),
        (_, kept) => remove_link(kept),
    }
    result
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    unsafe { unlinkat(AT_FDCWD, path, 0) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rmdir(path: *const c_char) -> c_int {
    unsafe { unlinkat(AT_FDCWD, path, AT_REMOVEDIR) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn renameat2(
    from_folder: c_int,
    from: *const c_char,
    to_folder: c_int,
    to: *const c_char,
    flags: c_uint,
) -> c_int {
    let (full_from, full_to) = (absolute(from_folder, from), absolute(to_folder, to));
    let rename = || unsafe {
        syscall(SYS_RENAMEAT2, c_long::from(from_folder), from, c_long::from(to_folder), to, flags) as c_int
    };
    if !is_ours(&full_from) && !is_ours(&full_to) {
        return rename();
    }
    if flags != 0 || !is_ours(&full_from) || !is_ours(&full_to) {
        unmodelled("a rename with flags, or into or out of the folder");
    }
    let mut disk = disk();
    if let Err(error) = disk.count_whole() {
        return failed(error);
    }
    let existing = stat_path(&full_to);
    let replaced = if settings().late_names && existing.is_some() { disk.keep(&full_to) } else { None };
    let result = rename();
    if result != 0 {
        remove_link(replaced);
    } else if settings().late_names {
        let folder = parent(&full_to);
        disk.remember_name(folder, NameChangeKind::Renamed { from: full_from, to: full_to, replaced });
    } else {
        disk.forget_if_nameless(existing);
    }
    result
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn renameat(
    from_folder: c_int,
    from: *const c_char,
    to_folder: c_int,
    to: *const c_char,
) -> c_int {
    unsafe { renameat2(from_folder, from, to_folder, to, 0) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    unsafe { renameat2(AT_FDCWD, from, AT_FDCWD, to, 0) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn linkat(
    from_folder: c_int,
    from: *const c_char,
    to_folder: c_int,
    to: *const c_char,
    flags: c_int,
) -> c_int {
    create_name(absolute(to_folder, to), || unsafe {
        syscall(SYS_LINKAT, c_long::from(from_folder), from, c_long::from(to_folder), to, flags) as c_int
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn link(from: *const c_char, to: *const c_char) -> c_int {
    unsafe { linkat(AT_FDCWD, from, AT_FDCWD, to, 0) }
}

// Calls that would change a file without being seen.

#[unsafe(no_mangle)]
pub unsafe extern "C" fn writev(descriptor: c_int, parts: *const c_void, count: c_int) -> ssize_t {
    if is_our_file(descriptor) {
        unmodelled("writev");
    }
    unsafe { syscall(SYS_WRITEV, c_long::from(descriptor), parts, count) as ssize_t }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fallocate64(descriptor: c_int, mode: c_int, offset: off_t, length: off_t) -> c_int {
    if is_our_file(descriptor) {
        unmodelled("fallocate");
    }
    unsafe { syscall(SYS_FALLOCATE, c_long::from(descriptor), mode, offset, length) as c_int }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fallocate(descriptor: c_int, mode: c_int, offset: off_t, length: off_t) -> c_int {
    unsafe { fallocate64(descriptor, mode, offset, length) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn copy_file_range(
    from: c_int,
    from_offset: *mut off_t,
    to: c_int,
    to_offset: *mut off_t,
    length: usize,
    flags: c_uint,
) -> ssize_t {
    if is_our_file(to) {
        // As on a file system that cannot, so that the caller reads and writes.
        return failed(EXDEV) as ssize_t;
    }
    let (from, to) = (c_long::from(from), c_long::from(to));
    unsafe { syscall(SYS_COPY_FILE_RANGE, from, from_offset, to, to_offset, length, flags) as ssize_t }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sendfile64(to: c_int, from: c_int, offset: *mut off_t, length: usize) -> ssize_t {
    if is_our_file(to) {
        // As on a file system that cannot, so that the caller reads and writes.
        return failed(EINVAL) as ssize_t;
    }
    let (to, from) = (c_long::from(to), c_long::from(from));
    unsafe { syscall(SYS_SENDFILE, to, from, offset, length) as ssize_t }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn mmap64(
    address: *mut c_void,
    length: usize,
    protection: c_int,
    flags: c_int,
    descriptor: c_int,
    offset: off_t,
) -> *mut c_void {
    let may_write = protection & PROT_WRITE != 0 && flags & MAP_SHARED != 0;
    if may_write && descriptor >= 0 && is_our_file(descriptor) {
        unmodelled("a writable mmap");
    }
    let mapped = unsafe { syscall(SYS_MMAP, address, length, protection, flags, descriptor, offset) };
    mapped as *mut c_void
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn mmap(
    address: *mut c_void,
    length: usize,
    protection: c_int,
    flags: c_int,
    descriptor: c_int,
    offset: off_t,
) -> *mut c_void {
    unsafe { mmap64(address, length, protection, flags, descriptor, offset) }
}
