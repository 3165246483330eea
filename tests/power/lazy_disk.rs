//! A disk that loses what was not synced: a library for `LD_PRELOAD`, compiled by `tests/it/durability.rs`.
//!
//! It sees every write of the process to files below the folder `LAZY_FOLDER`, and remembers what the
//! file held before. `fsync` and `fdatasync` make a file's writes durable, so that what was remembered
//! is forgotten; `sync_file_range` does not, because it neither waits for the disk's cache nor writes
//! the file's metadata. A byte written to the pipe `LAZY_CUT` cuts the power: the writes that are not
//! durable are undone, newest first, and the process ends.
//!
//! `LAZY_SURVIVES` chooses what survives of the writes that are not durable: `nothing`, `sectors` (a
//! random half of the 512-byte sectors, by `LAZY_SEED`) or `allbutlast`. `LAZY_SKIP=fdatasync` makes
//! syncs do nothing; a test that then still passes proves nothing.
#![allow(non_camel_case_types, reason = "off_t and ssize_t have their names from C")]

use std::{
    collections::HashMap,
    ffi::{c_int, c_long, c_uint, c_void},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

type off_t = i64;
type ssize_t = isize;

// Numbers of system calls on x86-64.
const SYS_READ: c_long = 0;
const SYS_OPEN: c_long = 2;
const SYS_FSTAT: c_long = 5;
const SYS_PREAD: c_long = 17;
const SYS_PWRITE: c_long = 18;
const SYS_WRITE: c_long = 1;
const SYS_LSEEK: c_long = 8;
const SYS_READLINK: c_long = 89;
const SYS_FTRUNCATE: c_long = 77;
const SYS_EXIT_GROUP: c_long = 231;

unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
}

/// What a file held before a write that is not durable.
struct Undo {
    offset: i64,
    before: Vec<u8>,
    length: usize,
    size_before: i64,
}

/// A file with writes that are not durable.
struct LazyFile {
    /// A descriptor of the library's own, because the process may close its own.
    descriptor: c_int,
    undos: Vec<(u64, Undo)>,
}

#[derive(Default)]
struct Disk {
    files: HashMap<(u64, u64), LazyFile>,
    writes: u64,
}

static DISK: OnceLock<Mutex<Disk>> = OnceLock::new();
static FOLDER: OnceLock<Option<Vec<u8>>> = OnceLock::new();

fn disk() -> MutexGuard<'static, Disk> {
    DISK.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

fn folder() -> Option<&'static [u8]> {
    FOLDER.get_or_init(|| std::env::var("LAZY_FOLDER").ok().map(String::into_bytes)).as_deref()
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// Returns device, inode and size of a regular file.
fn identity(descriptor: c_int) -> Option<((u64, u64), i64)> {
    let mut stat = [0_u64; 18];
    if unsafe { syscall(SYS_FSTAT, c_long::from(descriptor), stat.as_mut_ptr()) } != 0 {
        return None;
    }
    // struct stat: st_dev, st_ino, st_nlink, st_mode and st_uid, …, st_size at byte 48.
    let is_regular = (stat[3] as u32) & 0o170_000 == 0o100_000;
    is_regular.then(|| ((stat[0], stat[1]), stat[6] as i64))
}

fn is_below_folder(descriptor: c_int) -> bool {
    let Some(folder) = folder() else { return false };
    let link = format!("/proc/self/fd/{descriptor}\0");
    let mut path = [0_u8; 4_096];
    let length = unsafe { syscall(SYS_READLINK, link.as_ptr(), path.as_mut_ptr(), path.len()) };
    usize::try_from(length).is_ok_and(|length| path[..length].starts_with(folder))
}

/// Remembers what a range of a file holds, before it is written.
fn remember(disk: &mut Disk, descriptor: c_int, offset: i64, length: usize) {
    if !is_below_folder(descriptor) {
        return;
    }
    let Some((file, size)) = identity(descriptor) else { return };
    let held = usize::try_from((size - offset).clamp(0, length as i64)).unwrap_or(0);
    disk.writes += 1;
    let number = disk.writes;
    let lazy = disk.files.entry(file).or_insert_with(|| {
        let path = format!("/proc/self/fd/{descriptor}\0");
        // O_RDWR | O_CLOEXEC
        let own = unsafe { syscall(SYS_OPEN, path.as_ptr(), 0o2_000_002 as c_long, 0_i64) };
        LazyFile { descriptor: own as c_int, undos: Vec::new() }
    });
    let mut before = vec![0_u8; held];
    let read = unsafe {
        syscall(SYS_PREAD, c_long::from(lazy.descriptor), before.as_mut_ptr(), before.len(), offset)
    };
    before.truncate(usize::try_from(read).unwrap_or(0));
    lazy.undos.push((number, Undo { offset, before, length, size_before: size }));
}

fn make_durable(descriptor: c_int) {
    if variable("LAZY_SKIP") == "fdatasync" || !is_below_folder(descriptor) {
        return;
    }
    let Some((file, _)) = identity(descriptor) else { return };
    if let Some(lazy) = disk().files.get_mut(&file) {
        lazy.undos.clear();
    }
}

/// Returns a random number; the same ones for a seed.
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// Undoes what is not durable, and ends the process.
fn cut_power() -> ! {
    let mut disk = disk();
    let survives = variable("LAZY_SURVIVES");
    let mut seed = variable("LAZY_SEED").parse::<u64>().unwrap_or(1) | 1;
    let last = disk.writes;
    for lazy in disk.files.values_mut() {
        for (number, undo) in std::mem::take(&mut lazy.undos).into_iter().rev() {
            if survives == "allbutlast" && number != last {
                continue;
            }
            restore(lazy.descriptor, &undo, survives == "sectors", &mut seed);
        }
    }
    unsafe { syscall(SYS_EXIT_GROUP, 137_i64) };
    unreachable!("the process has ended")
}

fn restore(descriptor: c_int, undo: &Undo, by_sector: bool, seed: &mut u64) {
    let descriptor = c_long::from(descriptor);
    for (n, sector) in undo.before.chunks(512).enumerate() {
        if by_sector && random(seed) & 1 == 0 {
            continue;
        }
        let offset = undo.offset + (n * 512) as i64;
        unsafe { syscall(SYS_PWRITE, descriptor, sector.as_ptr(), sector.len(), offset) };
    }
    // What lay past the former end of the file.
    if undo.offset + undo.length as i64 > undo.size_before && !(by_sector && random(seed) & 1 == 0) {
        unsafe { syscall(SYS_FTRUNCATE, descriptor, undo.size_before) };
    }
}

/// Starts the thread that waits for the cut when the library is loaded.
#[used]
#[unsafe(link_section = ".init_array")]
static START: extern "C" fn() = start;

extern "C" fn start() {
    let pipe = variable("LAZY_CUT");
    if pipe.is_empty() {
        return;
    }
    std::thread::spawn(move || {
        let path = format!("{pipe}\0");
        let descriptor = unsafe { syscall(SYS_OPEN, path.as_ptr(), 0_i64, 0_i64) };
        let mut byte = [0_u8; 1];
        if unsafe { syscall(SYS_READ, descriptor, byte.as_mut_ptr(), 1_usize) } == 1 {
            cut_power();
        }
    });
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(
    descriptor: c_int,
    bytes: *const c_void,
    length: usize,
    offset: off_t,
) -> ssize_t {
    let mut disk = disk();
    remember(&mut disk, descriptor, offset, length);
    unsafe { syscall(SYS_PWRITE, c_long::from(descriptor), bytes, length, offset) as ssize_t }
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
    let mut disk = disk();
    // SEEK_CUR is 1. Pipes and sockets have no position.
    let position = unsafe { syscall(SYS_LSEEK, c_long::from(descriptor), 0_i64, 1_i64) };
    if position >= 0 {
        remember(&mut disk, descriptor, position, length);
    } else {
        // A pipe may be full: writing to it must not hold the disk.
        drop(disk);
    }
    unsafe { syscall(SYS_WRITE, c_long::from(descriptor), bytes, length) as ssize_t }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate64(descriptor: c_int, size: off_t) -> c_int {
    let mut disk = disk();
    if let Some((_, present)) = identity(descriptor) {
        let length = usize::try_from((present - size).max(0)).unwrap_or(0);
        remember(&mut disk, descriptor, size.min(present), length.max(usize::from(size > present)));
    }
    unsafe { syscall(SYS_FTRUNCATE, c_long::from(descriptor), size) as c_int }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate(descriptor: c_int, size: off_t) -> c_int {
    unsafe { ftruncate64(descriptor, size) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(descriptor: c_int) -> c_int {
    make_durable(descriptor);
    0
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(descriptor: c_int) -> c_int {
    make_durable(descriptor);
    0
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sync_file_range(_: c_int, _: off_t, _: off_t, _: c_uint) -> c_int {
    0
}
