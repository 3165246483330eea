//! The one writer: group commit.
//!
//! `flush` of sled 0.34 is `sync_file_range`, which does not outlive a power
//! cut, so `sync_data` on its file follows. `flush_async` can hang with
//! several callers and is not used (spacejam/sled#1308).

use std::{
    ffi::OsString,
    fs::File,
    path::PathBuf,
    sync::mpsc::{Receiver, RecvError, SyncSender, TryRecvError, channel, sync_channel},
    thread::JoinHandle,
};

use rustc_hash::FxHashSet;

use super::{batch::Batch, error::StoreError, read::Store};

/// Applies changes one after another, in the writer's thread: the one place
/// where the state behind the indexes changes.
pub trait Applier: Send + 'static {
    /// What is to be done.
    type Change: Send + 'static;
    /// What was done.
    type Outcome: Send + 'static;
    /// Why it was not done.
    type Refusal: From<StoreError> + Send + 'static;

    /// Applies a change to the state and adds what it writes to the batch. A
    /// refusal must leave both as they were.
    ///
    /// # Errors
    /// The outer error is the store's: it gives up the whole group.
    fn apply(
        &mut self,
        change: Self::Change,
        batch: &mut Batch,
    ) -> Result<Result<Self::Outcome, Self::Refusal>, StoreError>;

    /// Says whether a change is let through on a disk that is nearly full.
    fn frees_space(change: &Self::Change) -> bool;

    /// Adds to the batch what the applier itself has to write. Called when the writer starts,
    /// before every commit, and when nothing more will come: then the call is the `last`.
    fn before_commit(&mut self, batch: &mut Batch, last: bool);

    /// Everything applied so far is durable: readers may see it.
    fn committed(&mut self);

    /// Nothing applied since the last commit was written: the state must be
    /// read from the store again.
    fn aborted(&mut self, store: &Store);
}

type Reply<A> = Result<<A as Applier>::Outcome, <A as Applier>::Refusal>;

struct Message<A: Applier> {
    change: A::Change,
    reply: std::sync::mpsc::Sender<Reply<A>>,
}

/// The handle of the writer's thread. Dropping it carries out what is queued
/// and waits for the thread.
pub struct Writer<A: Applier> {
    queue: Option<SyncSender<Message<A>>>,
    thread: Option<JoinHandle<()>>,
}

/// A change on its way.
#[must_use = "the change may be refused"]
pub struct Ticket<A: Applier> {
    reply: Receiver<Reply<A>>,
}

/// Changes that one commit takes at most, so that the first does not wait for
/// ever; more than there are callers at once.
const GROUP: usize = 256;

/// Changes that may wait; further callers block: backpressure.
const QUEUE: usize = 1_024;

impl<A: Applier> Writer<A> {
    /// Starts the writer's thread.
    ///
    /// # Errors
    /// No thread can be had, or the store's file cannot be opened for `sync_data`.
    pub fn start(store: Store, applier: A) -> Result<Self, StoreError> {
        let (queue, changes) = sync_channel(QUEUE);
        let files = Files::open(&store)?;
        let batch = Batch::new(&store)?;
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || Committer { store: &store, files, batch, applier, broken: None }.run(&changes))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues a change; waits only while the queue is full.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] when the writer is gone.
    pub fn send(&self, change: A::Change) -> Result<Ticket<A>, StoreError> {
        let (reply, answer) = channel();
        let queue = self.queue.as_ref().ok_or(StoreError::Stopped)?;
        queue.send(Message { change, reply }).map_err(|_| StoreError::Stopped)?;
        Ok(Ticket { reply: answer })
    }
}

impl<A: Applier> Ticket<A> {
    /// Waits until the change is durable or refused.
    ///
    /// # Errors
    /// The applier's refusal, or the store's failure.
    pub fn wait(self) -> Reply<A> {
        self.reply.recv().unwrap_or_else(|RecvError| Err(StoreError::Stopped.into()))
    }
}

impl<A: Applier> Drop for Writer<A> {
    fn drop(&mut self) {
        self.queue.take();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer's thread panicked");
        }
    }
}

impl<A: Applier> std::fmt::Debug for Ticket<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket").finish_non_exhaustive()
    }
}

impl<A: Applier> std::fmt::Debug for Writer<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

/// A group of changes with their answers.
type Done<A> = Vec<(std::sync::mpsc::Sender<Reply<A>>, Reply<A>)>;

/// What the writer's thread works with.
struct Committer<'s, A: Applier> {
    store: &'s Store,
    files: Files,
    batch: Batch,
    applier: A,
    /// Why no write is taken any more.
    broken: Option<StoreError>,
}

impl<A: Applier> Committer<'_, A> {
    fn run(mut self, changes: &Receiver<Message<A>>) {
        // Whoever comes next is told what broke.
        let _ = self.commit(false);
        while let Ok(first) = changes.recv() {
            let mut group = vec![first];
            while group.len() < GROUP {
                match changes.try_recv() {
                    Ok(next) => group.push(next),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
            }
            for (reply, answer) in self.answers(group) {
                // A caller that has gone away needs no answer.
                let _ = reply.send(answer);
            }
        }
        if self.broken.is_none() {
            // The failure was logged, and nobody is left to be told.
            let _ = self.commit(true);
        }
        if let Err(cause) = self.store.sync() {
            tracing::error!(%cause, "the last flush failed");
        }
    }

    /// Applies a group of changes and commits them.
    fn answers(&mut self, group: Vec<Message<A>>) -> Done<A> {
        let low = self.store.space_left().err();
        let mut done: Done<A> = Vec::with_capacity(group.len());
        let mut failed = None;
        for Message { change, reply } in group {
            let low = low.clone().filter(|_| !A::frees_space(&change));
            let answer = match self.broken.clone().or(failed.clone()).or(low) {
                Some(cause) => Err(cause.into()),
                None => self.applier.apply(change, &mut self.batch).unwrap_or_else(|cause| {
                    failed = Some(cause.clone());
                    Err(cause.into())
                }),
            };
            done.push((reply, answer));
        }
        if let Some(cause) = failed {
            // Nothing has reached the disk: the state goes back to what is there.
            tracing::error!(%cause, "a change could not be decided; its group is not stored");
            self.batch.clear();
            self.applier.aborted(self.store);
            return refuse::<A>(done, &cause);
        }
        match self.commit(false) {
            Ok(()) => done,
            Err(cause) => refuse::<A>(done, &cause),
        }
    }

    /// Makes durable what the batch holds, if anything.
    fn commit(&mut self, last: bool) -> Result<(), StoreError> {
        if self.broken.is_none() && self.store.space_left().is_ok() {
            self.applier.before_commit(&mut self.batch, last);
        }
        if self.batch.is_empty() {
            return Ok(());
        }
        self.store.commit(&mut self.batch, &mut self.files).inspect_err(|cause| {
            // What sled holds and what the disk holds may differ from here on. Nothing
            // may be acknowledged behind a hole in the log: only reopening tells.
            tracing::error!(%cause, "a commit failed: writes are refused until the server is started again");
            self.broken = Some(match cause {
                StoreError::DiskFull => cause.clone(),
                other => StoreError::Broken(other.to_string()),
            });
        })?;
        self.applier.committed();
        Ok(())
    }
}

/// Gives every caller of a group the failure, whatever its own answer was.
fn refuse<A: Applier>(done: Done<A>, cause: &StoreError) -> Done<A> {
    done.into_iter().map(|(reply, _)| (reply, Err(cause.clone().into()))).collect()
}

/// Values from this size on may lie in files of their own: sled moves them to
/// `blobs/` when they outgrow its segments, and never syncs them.
const BLOB_BYTES: usize = 32 << 10;

/// The files that a commit makes durable.
struct Files {
    log: File,
    blobs: PathBuf,
    synced: FxHashSet<OsString>,
}

impl Files {
    fn open(store: &Store) -> Result<Self, StoreError> {
        let blobs = store.path.join("blobs");
        let mut files = Self { log: store.file()?, blobs, synced: FxHashSet::default() };
        files.sync_blobs()?;
        Ok(files)
    }

    /// Makes blobs durable that were not there at the last call.
    fn sync_blobs(&mut self) -> Result<(), StoreError> {
        if !self.blobs.is_dir() {
            return Ok(());
        }
        let mut present = FxHashSet::default();
        for entry in std::fs::read_dir(&self.blobs)? {
            let entry = entry?;
            if !self.synced.contains(&entry.file_name()) {
                File::open(entry.path())?.sync_all()?;
            }
            present.insert(entry.file_name());
        }
        self.synced = present;
        Ok(File::open(&self.blobs)?.sync_all()?)
    }
}

impl Store {
    fn file(&self) -> Result<File, StoreError> {
        Ok(File::open(self.path.join("db"))?)
    }

    fn commit(&self, batch: &mut Batch, files: &mut Files) -> Result<(), StoreError> {
        let large = batch.largest() >= BLOB_BYTES;
        self.db.apply_batch(batch.take())?;
        self.db.flush()?;
        if large {
            files.sync_blobs()?;
        }
        files.log.sync_data()?;
        Ok(())
    }

    /// Makes everything written so far durable.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.db.flush()?;
        self.file()?.sync_data()?;
        Ok(())
    }

    /// Refuses when less than the reserve is free.
    fn space_left(&self) -> Result<(), StoreError> {
        self.space_left_beside(0)
    }

    /// Refuses when less than the reserve and so many bytes beside it are free.
    ///
    /// # Errors
    /// [`StoreError::DiskLow`], or a disk that does not tell.
    pub fn space_left_beside(&self, bytes: u64) -> Result<(), StoreError> {
        let available = fs4::available_space(&self.path)?;
        let reserve = self.reserve.saturating_add(bytes);
        if available < reserve {
            return Err(StoreError::DiskLow { available, reserve });
        }
        Ok(())
    }
}
