//! Makes what sled writes to its log durable at the moment when sled takes it for durable.
//!
//! On Linux sled 0.34 calls `sync_file_range` after each write to its log, and takes what was written for stable
//! then: the headers of later segments (512 KiB each) say so, and segments whose pages all have newer versions are
//! overwritten. But `sync_file_range` neither empties the disk's cache nor makes the length of the file durable.
//! If the power is cut before the next `sync_data`, a segment may survive that calls an earlier, lost one stable.
//! sled then drops its log since the last snapshot, with writes that were acknowledged long ago. It writes outside
//! batches, too, for example when a read splits a large page, so no order of our calls prevents this.
//!
//! sled has no setting for this, and on other systems it calls `fsync`. So this file defines the function that
//! sled calls. The linker takes it before the one of the C library; `.ci/run` looks that the program does not
//! import that one.

#[cfg(target_os = "linux")]
use std::{
    ffi::{c_int, c_uint},
    fs::File,
    mem::ManuallyDrop,
    os::fd::FromRawFd,
};

/// Makes all data of an open file durable, whatever the range is. Returns 0, or -1 with the cause in `errno`,
/// where sled looks for it.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "it has the name and the signature of a function of the C library")]
#[unsafe(no_mangle)]
extern "C" fn sync_file_range(descriptor: c_int, _offset: i64, _length: i64, _flags: c_uint) -> c_int {
    if descriptor < 0 {
        // The standard library panics here, and a panic may not leave a function of C.
        return -1;
    }
    // SAFETY: sled holds the file open during its call, and `ManuallyDrop` does not close it.
    let file = ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) });
    // This is `fdatasync`, which leaves its cause in `errno`.
    if file.sync_data().is_ok() { 0 } else { -1 }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{fs::File, io::pipe, os::fd::AsRawFd};

    use super::sync_file_range;

    #[test]
    fn a_file_is_synced_and_a_failure_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let file = File::create(folder.path().join("db")).unwrap();
        assert_eq!(sync_file_range(file.as_raw_fd(), 0, 0, 0), 0);
        // A pipe cannot be synced.
        let (reader, _writer) = pipe().unwrap();
        assert_eq!(sync_file_range(reader.as_raw_fd(), 0, 0, 0), -1);
        assert!(std::io::Error::last_os_error().raw_os_error().is_some_and(|code| code != 0));
    }
}
