//! The one writer: group commit.
//!
//! `flush` of sled 0.34 is `sync_file_range`, which does not outlive a power
//! cut, so `sync_data` on its file follows. `flush_async` can hang with
//! several callers and is not used (spacejam/sled#1308).

use std::{
    fs::File,
    sync::mpsc::{Receiver, RecvError, SyncSender, TryRecvError, channel, sync_channel},
    thread::JoinHandle,
};

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

    /// Everything applied so far is durable: readers may see it.
    fn committed(&mut self);

    /// Nothing applied since the last commit is stored: the state must be read
    /// from the store again.
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
        let file = store.file()?;
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || run(&store, &file, applier, &changes))?;
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

fn run<A: Applier>(store: &Store, file: &File, mut applier: A, changes: &Receiver<Message<A>>) {
    let mut batch = Batch::new(store);
    while let Ok(first) = changes.recv() {
        let mut group = vec![first];
        while group.len() < GROUP {
            match changes.try_recv() {
                Ok(next) => group.push(next),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        let (done, result) = carry_out(store, file, &mut applier, group, &mut batch);
        match result {
            Ok(()) => applier.committed(),
            Err(cause) => {
                tracing::error!(%cause, changes = done.len(), "a commit failed; nothing of it is stored");
                batch.clear();
                applier.aborted(store);
                for (reply, _) in done {
                    // A caller that has gone away needs no answer.
                    let _ = reply.send(Err(cause.clone().into()));
                }
                continue;
            }
        }
        for (reply, answer) in done {
            let _ = reply.send(answer);
        }
    }
    if let Err(cause) = store.sync() {
        tracing::error!(%cause, "the last flush failed");
    }
}

type Done<A> = Vec<(std::sync::mpsc::Sender<Reply<A>>, Reply<A>)>;

/// Applies a group and commits it. When that fails, every caller of the group
/// gets the failure, whatever its own answer was.
fn carry_out<A: Applier>(
    store: &Store,
    file: &File,
    applier: &mut A,
    group: Vec<Message<A>>,
    batch: &mut Batch,
) -> (Done<A>, Result<(), StoreError>) {
    let mut done: Done<A> = Vec::with_capacity(group.len());
    let mut failed = store.space_left().err();
    for Message { change, reply } in group {
        let answer = match failed.clone() {
            Some(cause) => Err(cause.into()),
            None => applier.apply(change, batch).unwrap_or_else(|cause| {
                failed = Some(cause.clone());
                Err(cause.into())
            }),
        };
        done.push((reply, answer));
    }
    let result = match failed {
        Some(cause) => Err(cause),
        None if batch.is_empty() => Ok(()),
        None => store.commit(batch.take(), file),
    };
    (done, result)
}

impl Store {
    fn file(&self) -> Result<File, StoreError> {
        Ok(File::open(self.path.join("db"))?)
    }

    fn commit(&self, batch: sled::Batch, file: &File) -> Result<(), StoreError> {
        self.db.apply_batch(batch)?;
        self.db.flush()?;
        file.sync_data()?;
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
        let available = fs4::available_space(&self.path)?;
        if available < self.reserve {
            return Err(StoreError::DiskLow { available, reserve: self.reserve });
        }
        Ok(())
    }
}
