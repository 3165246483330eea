//! A disk of which one call fails, for tests.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{
    disk::{Disk, SledDisk},
    error::StoreError,
    tree::Changes,
};

/// Which call of a disk fails.
#[derive(Clone, Debug)]
pub(crate) struct FailingCall {
    /// The ordinal of the call, from 1.
    pub(crate) number: usize,
    /// Whether the call does its work before it reports a failure.
    pub(crate) works: bool,
    /// The number of calls so far.
    pub(crate) calls: Arc<AtomicUsize>,
}

thread_local! {
    static NEXT: RefCell<Option<FailingCall>> = const { RefCell::new(None) };
}

impl FailingCall {
    /// Lets a call fail on the disk of the next writer that this thread starts.
    pub(crate) fn fail_next_writer(number: usize, works: bool) -> Self {
        let call = Self { number, works, calls: Arc::default() };
        NEXT.set(Some(call.clone()));
        call
    }

    /// Returns whether the call has been made.
    pub(crate) fn was_made(&self) -> bool {
        self.calls.load(Ordering::SeqCst) >= self.number
    }
}

/// A disk of which one call may fail.
pub(super) struct FailingDisk {
    disk: SledDisk,
    call: Option<FailingCall>,
}

impl FailingDisk {
    pub(super) fn new(disk: SledDisk) -> Self {
        Self { disk, call: NEXT.take() }
    }

    fn call(&mut self, work: impl FnOnce(&mut SledDisk) -> Result<(), StoreError>) -> Result<(), StoreError> {
        if let Some(call) = &self.call
            && call.calls.fetch_add(1, Ordering::SeqCst) + 1 == call.number
        {
            if call.works {
                work(&mut self.disk)?;
            }
            return Err(StoreError::Io("this call fails".to_owned()));
        }
        work(&mut self.disk)
    }
}

impl Disk for FailingDisk {
    fn apply(&mut self, changes: Changes) -> Result<(), StoreError> {
        self.call(|disk| disk.apply(changes))
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.call(Disk::flush)
    }

    /// Does not wait for the disk if the test is about failures: the process lives on, so that the
    /// page cache of the operating system has everything, and a run has a hundred syncs.
    fn sync_data(&mut self) -> Result<(), StoreError> {
        let is_real = self.call.is_none();
        self.call(|disk| if is_real { disk.sync_data() } else { Ok(()) })
    }

    fn confirm(&mut self) -> Result<(), StoreError> {
        self.call(Disk::confirm)
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        self.disk.reopen()
    }
}
