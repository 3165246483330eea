//! Admission of work to the engine: calls are accepted or refused, and their jobs run on blocking
//! threads, bounded by class. Every interface of the server (today gRPC) uses it.
//!
//! **A permit belongs to the job, not to the call.** A job on a blocking thread continues when its
//! call is cancelled, because a thread cannot be stopped. The job therefore holds its permits until
//! it ends. Otherwise clients that call and cancel could start more jobs than there are cores. Long
//! jobs end early because they check the `engine::Deadline`, which passes when the call is
//! cancelled.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use arc_swap::ArcSwapOption;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use crate::{caller::Caller, engine::Engine, fault::Fault};

/// The stage of the server's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// The store is being opened.
    Starting,
    /// Calls are answered.
    Serving,
    /// Running calls are finished, new ones refused.
    Stopping,
}

/// Bounds on the work that is accepted at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkLimits {
    /// Calls that may run or wait at the same time. Further calls are refused with
    /// `TOO_MANY_REQUESTS`, instead of making the queue longer. Default: 1,024.
    pub calls: usize,
    /// Jobs that may use a core at the same time. Default: the number of cores.
    pub cores: usize,
    /// Writes that may wait for the disk at the same time. They share commit groups. Default: 64.
    pub writes: usize,
    /// Imports and exports that may run at the same time. Default: 4.
    pub imports: usize,
}

impl Default for WorkLimits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { calls: 1_024, cores, writes: 64, imports: 4 }
    }
}

/// What a job mostly waits for. Each class has a bound of its own. For example, four long imports
/// do not make lookups wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkClass {
    /// The processor. For example lookups, lists and segmentation.
    Cpu,
    /// The disk. For example single writes, which share commit groups.
    Write,
    /// A whole file or memory. For example imports, exports and suggestions.
    Bulk,
}

/// The way to the engine, with bounds on the work. Cheap to clone; all clones share the bounds.
#[derive(Clone, Debug)]
pub struct Admission(Arc<Bounds>);

#[derive(Debug)]
struct Bounds {
    /// Empty until the store is open, and again after [`Admission::close`].
    engine: ArcSwapOption<Engine>,
    /// A [`Phase`], read before every job.
    phase: AtomicU8,
    /// One permit for each call that runs or waits.
    calls: Arc<Semaphore>,
    cpu: Arc<Semaphore>,
    /// One permit for each part of a parallel call. The parts have permits of their own, because a
    /// single lookup would otherwise wait for all parts of a large batch.
    parts: Arc<Semaphore>,
    write: Arc<Semaphore>,
    bulk: Arc<Semaphore>,
}

impl Admission {
    /// Returns an admission that refuses all work that needs the engine until [`Self::open`].
    #[must_use]
    pub fn new(limits: &WorkLimits) -> Self {
        Self(Arc::new(Bounds {
            engine: ArcSwapOption::empty(),
            phase: AtomicU8::new(Phase::Starting as u8),
            calls: semaphore(limits.calls),
            cpu: semaphore(limits.cores),
            parts: semaphore(limits.cores),
            write: semaphore(limits.writes),
            bulk: semaphore(limits.imports),
        }))
    }

    /// Starts to admit calls to an engine. Returns false, and changes nothing, if the server is
    /// stopping already, because a stop during a long open must not be lost.
    #[must_use]
    pub fn open(&self, engine: Arc<Engine>) -> bool {
        self.0.engine.store(Some(engine));
        let (starting, serving) = (Phase::Starting as u8, Phase::Serving as u8);
        let opened =
            self.0.phase.compare_exchange(starting, serving, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if !opened {
            self.0.engine.store(None);
        }
        opened
    }

    /// Refuses new calls. Running calls continue.
    pub fn stop(&self) {
        self.0.phase.store(Phase::Stopping as u8, Ordering::Release);
    }

    /// Stops, and drops the engine. The store closes when the last job that uses it ends.
    pub fn close(&self) {
        self.stop();
        self.0.engine.store(None);
    }

    /// Returns whether [`Self::stop`] was called.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.phase.load(Ordering::Acquire) == Phase::Stopping as u8
    }

    fn refuse_if_stopping(&self) -> Result<(), Fault> {
        if self.is_stopping() { Err(Fault::Stopping) } else { Ok(()) }
    }

    fn engine(&self) -> Result<Arc<Engine>, Fault> {
        self.refuse_if_stopping()?;
        self.0.engine.load_full().ok_or(Fault::Starting)
    }

    fn admit(&self) -> Result<OwnedSemaphorePermit, Fault> {
        Arc::clone(&self.0.calls).try_acquire_owned().map_err(|refused| match refused {
            TryAcquireError::NoPermits => Fault::TooManyRequests,
            TryAcquireError::Closed => Fault::Stopping,
        })
    }

    /// Runs the parts of one call in parallel, on all cores, and returns their results in order.
    ///
    /// # Errors
    /// `STARTING`, `STOPPING`, `TOO_MANY_REQUESTS`, or the first error of a part.
    pub async fn run_parallel<T, F>(&self, parts: impl IntoIterator<Item = F>) -> Result<Vec<T>, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Engine) -> Result<T, Fault> + Send + 'static,
    {
        let engine = self.engine()?;
        let admitted = Arc::new(self.admit()?);
        let mut running = Vec::new();
        for part in parts {
            let permit = Arc::clone(&self.0.parts).acquire_owned().await.map_err(|_| Fault::Stopping)?;
            let (engine, admitted) = (Arc::clone(&engine), Arc::clone(&admitted));
            running.push(tokio::task::spawn_blocking(move || {
                let result = part(&engine);
                drop((permit, admitted));
                result
            }));
        }
        let mut results = Vec::with_capacity(running.len());
        for part in running {
            results.push(part.await.map_err(|cause| Fault::Internal(cause.to_string()))??);
        }
        Ok(results)
    }

    /// Runs a job that uses the engine, on a blocking thread and within the bound of its class.
    ///
    /// # Errors
    /// `STARTING`, `STOPPING`, `TOO_MANY_REQUESTS`, or the error of the job.
    pub async fn run<T, F>(&self, caller: Caller, class: WorkClass, job: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Engine, &Caller) -> Result<T, Fault> + Send + 'static,
    {
        let engine = self.engine()?;
        self.run_without_engine(class, move || job(&engine, &caller)).await
    }

    /// Runs a job that does not need the engine, for example segmentation, within the same bounds.
    ///
    /// # Errors
    /// `STOPPING`, `TOO_MANY_REQUESTS`, or the error of the job.
    pub async fn run_without_engine<T, F>(&self, class: WorkClass, job: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Fault> + Send + 'static,
    {
        self.refuse_if_stopping()?;
        let admitted = self.admit()?;
        let bound = match class {
            WorkClass::Cpu => &self.0.cpu,
            WorkClass::Write => &self.0.write,
            WorkClass::Bulk => &self.0.bulk,
        };
        let permit = Arc::clone(bound).acquire_owned().await.map_err(|_| Fault::Stopping)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = job();
            drop((permit, admitted));
            result
        });
        done.await.unwrap_or_else(|cause| Err(Fault::Internal(cause.to_string())))
    }
}

fn semaphore(permits: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(permits))
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
            mpsc,
        },
        task::{Context, Waker},
    };

    use super::{Admission, WorkClass, WorkLimits};
    use crate::fault::Fault;

    fn one_core(calls: usize) -> Admission {
        Admission::new(&WorkLimits { calls, cores: 1, writes: 1, imports: 1 })
    }

    /// Starts a job and drops its call as soon as the job runs. The job ends when the returned sender
    /// is dropped.
    fn cancelled_while_running(admission: &Admission) -> mpsc::Sender<()> {
        let (started, starts) = mpsc::channel();
        let (end, ends) = mpsc::channel::<()>();
        let mut call = Box::pin(admission.run_without_engine(WorkClass::Cpu, move || {
            started.send(()).unwrap();
            let _ = ends.recv();
            Ok(())
        }));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        starts.recv().unwrap();
        drop(call);
        end
    }

    #[tokio::test]
    async fn a_job_keeps_its_permits_when_its_call_is_cancelled() {
        let admission = one_core(2);
        let end = cancelled_while_running(&admission);
        assert_eq!(admission.0.cpu.available_permits(), 0, "the job still uses its core");
        assert_eq!(admission.0.calls.available_permits(), 1, "the job still counts as a call");
        drop(end);
        admission.run_without_engine(WorkClass::Cpu, || Ok(())).await.unwrap();
        assert_eq!(admission.0.cpu.available_permits(), 1);
    }

    #[tokio::test]
    async fn calls_beyond_the_bound_are_refused() {
        let admission = one_core(1);
        let end = cancelled_while_running(&admission);
        let refused = admission.run_without_engine(WorkClass::Cpu, || Ok(())).await;
        assert!(matches!(refused, Err(Fault::TooManyRequests)), "{refused:?}");
        drop(end);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_more_jobs_run_at_once_than_there_are_cores() {
        let admission = one_core(64);
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let calls: Vec<_> = (0..32)
            .map(|_| {
                let (admission, running, most) = (admission.clone(), Arc::clone(&running), Arc::clone(&most));
                tokio::spawn(async move {
                    admission
                        .run_without_engine(WorkClass::Cpu, move || {
                            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                            std::thread::yield_now();
                            running.fetch_sub(1, Ordering::SeqCst);
                            Ok(())
                        })
                        .await
                })
            })
            .collect();
        for call in calls {
            call.await.unwrap().unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_stopping_server_refuses_work_that_needs_no_store_too() {
        let admission = one_core(1);
        admission.stop();
        let refused = admission.run_without_engine(WorkClass::Cpu, || Ok(())).await;
        assert!(matches!(refused, Err(Fault::Stopping)), "{refused:?}");
    }
}
