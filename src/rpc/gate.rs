//! The way from async calls to the engine: open or not, bounded, off the
//! async threads.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use arc_swap::ArcSwapOption;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};
use tonic::Status;

use super::status::status;
use crate::{engine::Engine, fault::Fault};

/// How far the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// The store is being opened.
    Starting,
    /// Calls are answered.
    Serving,
    /// Calls under way are finished, new ones refused.
    Stopping,
}

/// How much work is taken at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkLimits {
    /// Calls that are answered or waiting at once; more are refused with a
    /// clear error instead of piling up. Default: 1,024.
    pub calls: usize,
    /// Calls that use a core at once. Default: the machine's cores.
    pub cores: usize,
    /// Calls that wait for the disk at once: they make up commit groups. Default: 64.
    pub writes: usize,
    /// Imports at once. Default: 4.
    pub imports: usize,
}

impl Default for WorkLimits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { calls: 1_024, cores, writes: 64, imports: 4 }
    }
}

/// What a call mostly waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Core,
    Disk,
    Import,
}

/// The engine behind its bounds; cheap to clone.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    engine: ArcSwapOption<Engine>,
    phase: AtomicU8,
    calls: Arc<Semaphore>,
    cores: Semaphore,
    parts: Arc<Semaphore>,
    writes: Semaphore,
    imports: Semaphore,
}

impl Gate {
    /// Makes a gate that refuses everything until it is opened.
    #[must_use]
    pub fn new(limits: &WorkLimits) -> Self {
        Self(Arc::new(Inner {
            engine: ArcSwapOption::empty(),
            phase: AtomicU8::new(Phase::Starting as u8),
            calls: Arc::new(Semaphore::new(limits.calls)),
            cores: Semaphore::new(limits.cores),
            parts: Arc::new(Semaphore::new(limits.cores)),
            writes: Semaphore::new(limits.writes),
            imports: Semaphore::new(limits.imports),
        }))
    }

    /// Lets calls through to an engine.
    pub fn open(&self, engine: Arc<Engine>) {
        self.0.engine.store(Some(engine));
        self.0.phase.store(Phase::Serving as u8, Ordering::Release);
    }

    /// Refuses new calls; those under way go on.
    pub fn stop(&self) {
        self.0.phase.store(Phase::Stopping as u8, Ordering::Release);
    }

    /// Lets go of the engine: the last call that has it closes the store.
    pub fn close(&self) {
        self.stop();
        self.0.engine.store(None);
    }

    fn engine(&self) -> Result<Arc<Engine>, Fault> {
        let phase = self.0.phase.load(Ordering::Acquire);
        if phase == Phase::Stopping as u8 {
            return Err(Fault::Stopping);
        }
        self.0.engine.load_full().ok_or(Fault::Starting)
    }

    fn admit(&self) -> Result<OwnedSemaphorePermit, Fault> {
        Arc::clone(&self.0.calls).try_acquire_owned().map_err(|refused| match refused {
            TryAcquireError::NoPermits => Fault::TooManyRequests,
            TryAcquireError::Closed => Fault::Stopping,
        })
    }

    /// Runs the parts of one call on all cores and returns what they told, in
    /// order. Parts have bounds of their own, so that whoever asks for one
    /// thing does not wait until all parts of another's call are done.
    pub(super) async fn run_parts<T, F>(&self, parts: impl IntoIterator<Item = F>) -> Result<Vec<T>, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Engine) -> Result<T, Fault> + Send + 'static,
    {
        let engine = self.engine()?;
        let _admitted = self.admit()?;
        let mut under_way = Vec::new();
        for part in parts {
            let permit = Arc::clone(&self.0.parts).acquire_owned().await.map_err(|_| Fault::Stopping)?;
            let engine = Arc::clone(&engine);
            under_way.push(tokio::task::spawn_blocking(move || {
                let told = part(&engine);
                drop(permit);
                told
            }));
        }
        let mut told = Vec::with_capacity(under_way.len());
        for part in under_way {
            told.push(part.await.map_err(|cause| Fault::Internal(cause.to_string()))??);
        }
        Ok(told)
    }

    /// Runs engine work off the async threads, bounded by its kind.
    pub(super) async fn run<T, F>(&self, work: Work, job: F) -> Result<T, Status>
    where
        T: Send + 'static,
        F: FnOnce(&Engine) -> Result<T, Fault> + Send + 'static,
    {
        self.try_run(work, job).await.map_err(|fault| status(&fault))
    }

    /// Runs engine work and keeps the fault.
    pub(super) async fn try_run<T, F>(&self, work: Work, job: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Engine) -> Result<T, Fault> + Send + 'static,
    {
        let engine = self.engine()?;
        let admitted = self.admit()?;
        let bound = match work {
            Work::Core => &self.0.cores,
            Work::Disk => &self.0.writes,
            Work::Import => &self.0.imports,
        };
        let permit = bound.acquire().await.map_err(|_| Fault::Stopping)?;
        let done = tokio::task::spawn_blocking(move || {
            let answer = job(&engine);
            drop(admitted);
            answer
        })
        .await;
        drop(permit);
        done.unwrap_or_else(|cause| Err(Fault::Internal(cause.to_string())))
    }
}
