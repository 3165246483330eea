//! The writer's thread and its group commit.
//!
//! The `flush` of sled 0.34 calls `sync_file_range`, which is ours ([`super::log_sync`]). `sync_data` on sled's file
//! follows it, because an answer must not depend on which function the linker took. `flush_async` can hang with several callers (spacejam/sled#1308).

use std::{
    collections::VecDeque,
    sync::mpsc::{Receiver, RecvError, RecvTimeoutError, SyncSender, TryRecvError, channel, sync_channel},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{
    applier::{Applied, Applier, NextCleanup, Refusal},
    batch::Batch,
    cleanup::CleanupTask,
    compaction::{CompactReport, Compaction},
    disk::{Disk, SledDisk},
    error::StoreError,
    read::Store,
};

type Reply<A> = Result<<A as Applier>::Outcome, <A as Applier>::Fault>;

struct QueuedChange<A: Applier> {
    change: A::Change,
    reply: std::sync::mpsc::Sender<Reply<A>>,
}

/// What the writer's thread is asked to do.
enum Queued<A: Applier> {
    Change(QueuedChange<A>),
    Compact(std::sync::mpsc::Sender<Result<CompactReport, StoreError>>),
}

/// The handle of the writer's thread. Dropping it waits until the thread has applied all queued
/// changes and ended.
pub struct Writer<A: Applier> {
    queue: Option<SyncSender<Queued<A>>>,
    thread: Option<JoinHandle<()>>,
}

/// A change that was queued; [`Ticket::wait`] returns its outcome.
#[must_use = "the change may be refused"]
pub struct Ticket<A: Applier> {
    reply: Receiver<Reply<A>>,
}

/// Largest number of changes in one commit, so that the first one does not wait forever. It is
/// higher than the number of callers that write at once.
const COMMIT_GROUP_MAX: usize = 256;

/// A group takes no more changes once its records have so many bytes.
const COMMIT_BYTES_MAX: usize = 1 << 20;

/// So many steps of cleaning up follow the last change. The next start goes on with what is left, because a
/// stop must not take minutes after a large memory was deleted.
const CLEANUP_STEPS_AT_STOP: usize = 256;

/// Largest number of changes in the queue. If the queue is full, callers block (backpressure).
const MAX_QUEUED_CHANGES: usize = 1_024;

impl<A: Applier> Writer<A> {
    /// Starts the writer's thread.
    ///
    /// # Errors
    /// The thread cannot be started, or the store's file cannot be opened for `sync_data`.
    pub fn start(store: Store, applier: A) -> Result<Self, StoreError> {
        let disk = SledDisk::open(&store)?;
        #[cfg(test)]
        let disk = super::failing_disk::FailingDisk::new(disk);
        Self::start_on(Box::new(disk), store, applier)
    }

    fn start_on(disk: Box<dyn Disk>, store: Store, applier: A) -> Result<Self, StoreError> {
        let (queue, changes) = sync_channel(MAX_QUEUED_CHANGES);
        let batch = Batch::new(&store)?;
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
            store.set_writer();
            Committer::new(&store, disk, batch, applier).run(&changes);
        })?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues a change. Blocks only while the queue is full.
    ///
    /// # Errors
    /// Returns [`StoreError::Stopped`] if the writer's thread has ended.
    pub fn send(&self, change: A::Change) -> Result<Ticket<A>, StoreError> {
        let (reply, answer) = channel();
        let queue = self.queue.as_ref().ok_or(StoreError::Stopped)?;
        queue.send(Queued::Change(QueuedChange { change, reply })).map_err(|_| StoreError::Stopped)?;
        Ok(Ticket { reply: answer })
    }

    /// Compacts the store, while reads and writes go on, and waits until it is done.
    ///
    /// # Errors
    /// Returns [`StoreError::NoRoomToRewrite`], [`StoreError::CompactionRunning`], or the failure of
    /// the disk. The store is then as it was.
    pub fn compact(&self) -> Result<CompactReport, StoreError> {
        let (reply, answer) = channel();
        let queue = self.queue.as_ref().ok_or(StoreError::Stopped)?;
        queue.send(Queued::Compact(reply)).map_err(|_| StoreError::Stopped)?;
        answer.recv().unwrap_or(Err(StoreError::Stopped))
    }
}

impl<A: Applier> Ticket<A> {
    /// Waits until the change is durable or refused.
    ///
    /// # Errors
    /// The refusal of the applier, or a failure of the store.
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

/// How many steps of a job come between two groups of changes. Each takes a millisecond or two, for which the
/// next group waits.
const STEPS_BETWEEN_GROUPS: usize = 4;

/// How long the writer waits for a change before it looks again whether a cleanup that readers delay may go
/// on, or whether a compaction has copied its records.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);

/// What a step of a cleanup did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CleanupStep {
    /// It did something, and there may be more to do.
    Done,
    /// There is something to do later.
    Delayed,
    /// There is nothing to do.
    Idle,
}

/// A group of changes with their answers.
type Answers<A> = Vec<(std::sync::mpsc::Sender<Reply<A>>, Reply<A>)>;

/// The state of the writer's thread.
struct Committer<'s, A: Applier> {
    store: &'s Store,
    disk: Box<dyn Disk>,
    batch: Batch,
    applier: A,
    /// Changes that the last group had no room for.
    deferred: Vec<QueuedChange<A>>,
    /// Changes that wait until a job has ended, in the order in which they came.
    waiting: VecDeque<QueuedChange<A>>,
    /// The callers whose changes are applied in steps, by the number of the job.
    jobs: Vec<(u64, std::sync::mpsc::Sender<Reply<A>>)>,
    /// The compaction that is under way, and who waits for it.
    compaction: Option<(Compaction, std::sync::mpsc::Sender<Result<CompactReport, StoreError>>)>,
    /// The cleanup that is under way.
    cleanup: Option<CleanupTask>,
    /// The failed commit because of which all further writes are refused.
    broken: Option<StoreError>,
}

impl<'s, A: Applier> Committer<'s, A> {
    fn new(store: &'s Store, disk: Box<dyn Disk>, batch: Batch, applier: A) -> Self {
        let (waiting, deferred, jobs) = (VecDeque::new(), Vec::new(), Vec::new());
        Self {
            store,
            disk,
            batch,
            applier,
            deferred,
            waiting,
            jobs,
            compaction: None,
            cleanup: None,
            broken: None,
        }
    }

    fn run(mut self, changes: &Receiver<Queued<A>>) {
        // If this fails, the next caller gets the error, because `broken` is set.
        let _ = self.commit(false, 0);
        while let Some(group) = self.next_group(changes) {
            self.answer_group(group);
            // Between two groups a job would otherwise take only one step for each sync of the disk.
            for _ in 0..STEPS_BETWEEN_GROUPS {
                if self.has_job() {
                    self.answer_group(Vec::new());
                }
            }
            // Here, too, because the queue may never be empty while many callers write.
            self.clean_up_step();
            self.finish_compaction();
        }
        // Whoever waits for a compaction gets the error that the writer has stopped.
        self.compaction = None;
        if self.broken.is_none() {
            // A failure was logged already, and there is no caller left to report it to.
            let _ = self.commit(true, 0);
        }
        self.applier.finish();
        let mut steps = 0..CLEANUP_STEPS_AT_STOP;
        while steps.next().is_some() && self.clean_up_step() == CleanupStep::Done {}
        if let Err(cause) = self.store.sync() {
            tracing::error!(%cause, "the last flush failed");
        }
    }

    /// Returns the next group of changes. It is empty if there is none, but a job is under way. Returns
    /// `None` once the writer is dropped, the queue is empty, and every job has ended.
    fn next_group(&mut self, changes: &Receiver<Queued<A>>) -> Option<Vec<QueuedChange<A>>> {
        let mut group = std::mem::take(&mut self.deferred);
        if !group.is_empty() {
            // They have waited for one commit already.
        } else if self.has_job() {
            // The job goes on whether or not there are changes.
        } else if self.waiting.is_empty() {
            group.push(self.next_change(changes)?);
        } else {
            group.extend(self.waiting.drain(..));
        }
        while group.len() < COMMIT_GROUP_MAX {
            match changes.try_recv() {
                Ok(Queued::Change(next)) => group.push(next),
                Ok(Queued::Compact(reply)) => self.begin_compaction(reply),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        Some(group)
    }

    fn has_job(&self) -> bool {
        self.broken.is_none() && self.applier.has_job()
    }

    /// Waits for a change, and cleans up while there is none. Returns `None` once the writer is
    /// dropped and the queue is empty.
    fn next_change(&mut self, changes: &Receiver<Queued<A>>) -> Option<QueuedChange<A>> {
        loop {
            self.finish_compaction();
            let next = match changes.try_recv() {
                Ok(next) => next,
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => match self.clean_up_step() {
                    CleanupStep::Done => continue,
                    CleanupStep::Idle if self.compaction.is_none() => changes.recv().ok()?,
                    CleanupStep::Delayed | CleanupStep::Idle => match changes.recv_timeout(RETRY_INTERVAL) {
                        Ok(next) => next,
                        Err(RecvTimeoutError::Timeout) => continue,
                        Err(RecvTimeoutError::Disconnected) => return None,
                    },
                },
            };
            match next {
                Queued::Change(change) => return Some(change),
                Queued::Compact(reply) => self.begin_compaction(reply),
            }
        }
    }

    fn begin_compaction(&mut self, reply: std::sync::mpsc::Sender<Result<CompactReport, StoreError>>) {
        let begun = match (&self.compaction, &self.broken) {
            (Some(_), _) => Err(StoreError::CompactionRunning),
            (None, Some(cause)) => Err(cause.clone()),
            (None, None) => Compaction::begin(self.store),
        };
        match begun {
            Ok(compaction) => self.compaction = Some((compaction, reply)),
            // If the caller has gone away, nobody needs the answer.
            Err(cause) => drop(reply.send(Err(cause))),
        }
    }

    /// Goes on with the compacted store once its records are copied.
    fn finish_compaction(&mut self) {
        let copied = self.compaction.take_if(|(compaction, _)| compaction.is_copied());
        let Some((mut compaction, reply)) = copied else { return };
        let prepared = self.broken.clone().map_or_else(|| compaction.copy_rest(), Err);
        let answer = prepared.and_then(|()| {
            let swapped = compaction.swap().and_then(|report| {
                self.disk.reopen()?;
                Ok(report)
            });
            swapped.inspect_err(|cause| self.stop_writes(cause))
        });
        if let Err(cause) = &answer {
            tracing::error!(%cause, "the store could not be compacted");
        }
        // If the caller has gone away, nobody needs the answer.
        let _ = reply.send(answer);
    }

    /// Does one step of a cleanup.
    fn clean_up_step(&mut self) -> CleanupStep {
        if self.broken.is_some() {
            return CleanupStep::Idle;
        }
        let Some(task) = &mut self.cleanup else {
            return match self.applier.next_cleanup() {
                NextCleanup::Now(cleanup) => {
                    self.cleanup = Some(CleanupTask::new(cleanup));
                    CleanupStep::Done
                }
                NextCleanup::Later => CleanupStep::Delayed,
                NextCleanup::None => CleanupStep::Idle,
            };
        };
        match task.step(self.store) {
            Ok(false) => {}
            Ok(true) => {
                if let Some(import) = task.import {
                    self.batch.forget_hidden(import);
                }
                self.cleanup = None;
            }
            Err(cause) => {
                // Nobody sees what is left, and the next open removes it.
                tracing::error!(%cause, "the contents of a deleted collection or a dropped import are not removed yet");
                self.cleanup = None;
            }
        }
        CleanupStep::Done
    }

    /// Applies a group of changes, does a step of a job, and answers the callers.
    fn answer_group(&mut self, group: Vec<QueuedChange<A>>) {
        for (reply, answer) in self.apply_group(group) {
            // If the caller has gone away, nobody needs the answer.
            let _ = reply.send(answer);
        }
    }

    /// Applies a group of changes and commits them.
    fn apply_group(&mut self, group: Vec<QueuedChange<A>>) -> Answers<A> {
        let mut done: Answers<A> = Vec::with_capacity(group.len());
        let mut failed = None;
        for QueuedChange { change, reply } in group {
            // The rest makes the next group, because sled must not have many segments on their way.
            if self.batch.bytes() > COMMIT_BYTES_MAX {
                self.deferred.push(QueuedChange { change, reply });
                continue;
            }
            let answer = match self.broken.clone().or(failed.clone()) {
                Some(cause) => Err(cause.into()),
                None if self.applier.must_wait(&change) => {
                    self.waiting.push_back(QueuedChange { change, reply });
                    continue;
                }
                None => match self.applier.apply(change, &mut self.batch) {
                    Ok(Applied::Done(outcome)) => Ok(outcome),
                    Ok(Applied::Started(job)) => {
                        self.jobs.push((job, reply));
                        continue;
                    }
                    Err(Refusal::Decided(fault)) => Err(fault),
                    Err(Refusal::Store(cause)) => {
                        failed = Some(cause.clone());
                        Err(cause.into())
                    }
                },
            };
            done.push((reply, answer));
        }
        let no_answers = done.is_empty();
        let mut job_ended = false;
        if failed.is_none() && self.has_job() {
            match self.applier.step(&mut self.batch) {
                Ok(Some(ended)) => {
                    job_ended = true;
                    done.extend(self.reply_of_job(ended.number).map(|reply| (reply, Ok(ended.outcome))));
                }
                Ok(None) => {}
                Err(cause) => failed = Some(cause),
            }
        }
        if let Some(cause) = failed {
            // Nothing has reached the disk, so the state is read from the store again.
            tracing::error!(%cause, "a change could not be decided; its group is not stored");
            self.batch.clear();
            self.cleanup = None;
            self.applier.aborted(self.store);
            return self.fail_all(done, &cause);
        }
        let committed =
            if no_answers && !job_ended { self.write_step() } else { self.commit(false, done.len()) };
        match committed {
            Ok(()) => done,
            Err(cause) => self.fail_all(done, &cause),
        }
    }

    /// Takes the caller whose change was applied as a job.
    fn reply_of_job(&mut self, number: u64) -> Option<std::sync::mpsc::Sender<Reply<A>>> {
        let place = self.jobs.iter().position(|(job, _)| *job == number)?;
        Some(self.jobs.swap_remove(place).1)
    }

    /// Writes a step of a job. It need not be durable, because nothing is acknowledged, and because a
    /// later commit makes everything before it durable, too.
    fn write_step(&mut self) -> Result<(), StoreError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let written = self.disk.apply(self.batch.take_changes());
        written.inspect_err(|cause| self.stop_writes(cause))
    }

    /// Replaces every answer of a group by the failure, because none of its changes is surely durable. The
    /// callers of jobs get it, too: the jobs are finished when the store is opened again.
    fn fail_all(&mut self, done: Answers<A>, cause: &StoreError) -> Answers<A> {
        let changes = done.into_iter().map(|(reply, _)| reply);
        let jobs = self.jobs.drain(..).map(|(_, reply)| reply);
        changes.chain(jobs).map(|reply| (reply, Err(cause.clone().into()))).collect()
    }

    /// Makes the batch durable, in which there are so many `changes` of callers. An empty batch is not committed.
    fn commit(&mut self, last: bool, changes: usize) -> Result<(), StoreError> {
        if self.broken.is_none() && self.store.check_space().is_ok() {
            self.applier.before_commit(&mut self.batch, last);
        }
        if self.batch.is_empty() {
            return Ok(());
        }
        let started = Instant::now();
        commit_durably(self.disk.as_mut(), &mut self.batch).inspect_err(|cause| self.stop_writes(cause))?;
        self.store.inner.metrics.committed(changes, started.elapsed());
        self.applier.committed();
        Ok(())
    }

    /// Refuses all writes from here on. The state of sled and the contents of the disk may differ, and only
    /// opening the store again shows what was written. No later write may be acknowledged, because
    /// there may be a hole in the log before it.
    fn stop_writes(&mut self, cause: &StoreError) {
        self.store.inner.metrics.failed();
        tracing::error!(%cause, "a commit failed: writes are refused until the server is started again");
        self.store.note_failure();
        let refusal = match cause {
            StoreError::DiskFull => cause.clone(),
            other => StoreError::Broken(other.to_string()),
        };
        self.store.note_writes_stopped(refusal.clone());
        self.broken = Some(refusal);
    }
}

/// Applies a batch and makes it durable. The order of the calls matters: `sync_data` makes durable
/// only what was flushed.
fn commit_durably(disk: &mut dyn Disk, batch: &mut Batch) -> Result<(), StoreError> {
    disk.apply(batch.take_changes())?;
    disk.flush()?;
    disk.sync_data()?;
    disk.confirm()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::{Applied, Applier, NextCleanup, Refusal, Writer};
    use crate::store::{
        Batch, EndedJob, Store, StoreError, StoreOptions,
        disk::{Disk, SledDisk},
        tree::Changes,
    };

    type Calls = Arc<Mutex<Vec<&'static str>>>;

    /// A disk that records its calls and fails one of them.
    struct RecordingDisk {
        disk: SledDisk,
        calls: Calls,
        fails: Option<&'static str>,
    }

    impl RecordingDisk {
        fn call(&self, name: &'static str) -> Result<(), StoreError> {
            self.calls.lock().expect("a lock").push(name);
            if self.fails == Some(name) { Err(StoreError::Io(name.to_owned())) } else { Ok(()) }
        }
    }

    impl Disk for RecordingDisk {
        fn apply(&mut self, changes: Changes) -> Result<(), StoreError> {
            self.call("apply")?;
            self.disk.apply(changes)
        }

        fn flush(&mut self) -> Result<(), StoreError> {
            self.call("flush")?;
            self.disk.flush()
        }

        fn sync_data(&mut self) -> Result<(), StoreError> {
            self.call("sync_data")?;
            self.disk.sync_data()
        }

        fn confirm(&mut self) -> Result<(), StoreError> {
            self.call("confirm")?;
            self.disk.confirm()
        }

        fn reopen(&mut self) -> Result<(), StoreError> {
            self.disk.reopen()
        }
    }

    /// Writes a key for every change.
    struct Keys(Calls);

    impl Applier for Keys {
        type Change = usize;
        type Outcome = ();
        type Fault = StoreError;

        fn apply(&mut self, bytes: usize, batch: &mut Batch) -> Result<Applied<()>, Refusal<StoreError>> {
            batch.set(b"key".to_vec(), Some(vec![1; bytes]));
            Ok(Applied::Done(()))
        }

        fn must_wait(&self, _change: &usize) -> bool {
            false
        }

        fn has_job(&self) -> bool {
            false
        }

        fn step(&mut self, _batch: &mut Batch) -> Result<Option<EndedJob<()>>, StoreError> {
            Ok(None)
        }

        fn before_commit(&mut self, _batch: &mut Batch, _last: bool) {}

        fn committed(&mut self) {
            self.0.lock().expect("a lock").push("committed");
        }

        fn aborted(&mut self, _store: &Store) {}

        fn next_cleanup(&mut self) -> NextCleanup {
            NextCleanup::None
        }

        fn finish(&mut self) {}
    }

    fn writer(folder: &std::path::Path, fails: Option<&'static str>) -> (Writer<Keys>, Calls) {
        let options = StoreOptions { disk_reserve_bytes: 0, ..StoreOptions::default() };
        let (store, _) = Store::open(folder, &options).expect("a store");
        let calls = Calls::default();
        let disk = SledDisk::open(&store).expect("a disk");
        let disk = RecordingDisk { disk, calls: Arc::clone(&calls), fails };
        let writer = Writer::start_on(Box::new(disk), store, Keys(Arc::clone(&calls))).expect("a writer");
        (writer, calls)
    }

    #[test]
    fn an_answer_comes_after_flush_and_sync_data() {
        let folder = tempfile::tempdir().expect("a folder");
        let (writer, calls) = writer(folder.path(), None);
        writer.send(1).expect("a queue").wait().expect("an answer");
        let seen = std::mem::take(&mut *calls.lock().expect("a lock"));
        assert_eq!(seen, ["apply", "flush", "sync_data", "confirm", "committed"]);
    }

    #[test]
    fn after_a_failed_call_nothing_is_acknowledged() {
        for fails in ["apply", "flush", "sync_data", "confirm"] {
            let folder = tempfile::tempdir().expect("a folder");
            let (writer, calls) = writer(folder.path(), Some(fails));
            let answer = writer.send(1).expect("a queue").wait();
            assert!(matches!(answer, Err(StoreError::Io(cause)) if cause == fails), "{fails}");
            assert!(matches!(writer.send(1).expect("a queue").wait(), Err(StoreError::Broken(_))), "{fails}");
            assert!(!calls.lock().expect("a lock").contains(&"committed"), "{fails}");
        }
    }
}
