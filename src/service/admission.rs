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

use super::work::{Classes, WorkClass, WorkLimits, no_place, semaphore};
use crate::{
    access::{KnownCertificate, TokenHash},
    caller::Caller,
    engine::Engine,
    fault::Fault,
    metrics::{ClassFigures, Figures, Metrics},
};

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

/// The way to the engine, with bounds on the work. Cheap to clone; all clones share the bounds.
#[derive(Clone, Debug)]
pub struct Admission(Arc<Bounds>);

#[derive(Debug)]
struct Bounds {
    /// Empty until the store is open, and again after [`Admission::close`].
    engine: ArcSwapOption<Engine>,
    /// A [`Phase`], read before every job.
    phase: AtomicU8,
    classes: Classes,
    /// One permit for each part of a parallel call. The parts have permits of their own, because a
    /// single lookup would otherwise wait for all parts of a large batch.
    parts: Arc<Semaphore>,
    /// One permit for each job that runs, of any class, so that a stop can wait for all of them.
    jobs: Arc<Semaphore>,
    metrics: Metrics,
    /// One permit for a use of a token that is being noted.
    notes: Arc<Semaphore>,
}

/// More jobs than can ever run.
const ALL_JOBS: u32 = 1 << 20;

/// A call in the line of its class. It leaves the line when it is dropped.
#[derive(Debug)]
#[must_use = "dropping it leaves the line"]
pub struct Waiting {
    admission: Admission,
    class: WorkClass,
    in_line: OwnedSemaphorePermit,
}

/// The place of a job that may run. It is free again when it is dropped.
#[derive(Debug)]
#[must_use = "dropping it gives the place away"]
pub struct Place {
    admission: Admission,
    permits: (OwnedSemaphorePermit, OwnedSemaphorePermit),
}

impl Admission {
    /// Returns an admission that refuses all work that needs the engine until [`Self::open`], and that
    /// records in `metrics` which calls it refuses.
    #[must_use]
    pub fn new(limits: &WorkLimits, metrics: Metrics) -> Self {
        Self(Arc::new(Bounds {
            engine: ArcSwapOption::empty(),
            phase: AtomicU8::new(Phase::Starting as u8),
            classes: Classes::new(limits),
            parts: semaphore(limits.cores),
            jobs: Arc::new(Semaphore::new(ALL_JOBS as usize)),
            metrics,
            notes: semaphore(1),
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

    /// Refuses new calls, and imports, exports and scans that still wait. Running calls continue.
    pub fn stop(&self) {
        self.0.phase.store(Phase::Stopping as u8, Ordering::Release);
        self.0.classes.end_long_waits();
    }

    /// Waits until all jobs have ended, also those whose callers have left.
    pub async fn jobs_ended(&self) {
        // Nobody closes the semaphore.
        let _ = self.0.jobs.acquire_many(ALL_JOBS).await;
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

    /// Fails as a write would fail now. Needs no permit, because the health of a busy server is reported, too.
    ///
    /// # Errors
    /// `STARTING`, `STOPPING`, or those of [`Engine::check_writes`].
    pub async fn check_writes(&self) -> Result<(), Fault> {
        let engine = self.engine()?;
        let checked = tokio::task::spawn_blocking(move || engine.check_writes()).await;
        checked.unwrap_or_else(|cause| Err(Fault::Internal(cause.to_string())))
    }

    /// Returns the figures that the metrics show. Needs no permit, because a busy server is watched, too.
    ///
    /// # Errors
    /// `STARTING`, `STOPPING`, or those of [`Engine::figures`].
    pub async fn figures(&self, caller: &Caller) -> Result<Figures, Fault> {
        let (engine, caller) = (self.engine()?, caller.clone());
        let read = tokio::task::spawn_blocking(move || engine.figures(&caller)).await;
        read.unwrap_or_else(|cause| Err(Fault::Internal(cause.to_string())))
    }

    /// Returns what each class of work is doing.
    #[must_use]
    pub fn class_figures(&self) -> Vec<ClassFigures> {
        self.0.classes.figures()
    }

    /// Finds the caller that has a token. Needs no permit, because it takes a microsecond.
    ///
    /// # Errors
    /// `STARTING`, `STOPPING`, or those of [`Engine::caller_with`].
    pub(super) fn caller_with(&self, hash: &TokenHash) -> Result<Caller, Fault> {
        let engine = self.0.engine.load();
        let absent = if self.is_stopping() { Fault::Stopping } else { Fault::Starting };
        engine.as_ref().ok_or(absent)?.caller_with(hash)
    }

    /// Finds the caller that has a client certificate.
    ///
    /// # Errors
    /// `STARTING`, `STOPPING`, or those of [`Engine::caller_with_certificate`].
    pub(super) fn caller_with_certificate(&self, certificate: &KnownCertificate) -> Result<Caller, Fault> {
        let engine = self.0.engine.load();
        let absent = if self.is_stopping() { Fault::Stopping } else { Fault::Starting };
        engine.as_ref().ok_or(absent)?.caller_with_certificate(certificate)
    }

    /// Writes to the audit log that a stranger was refused.
    pub(super) fn audit_stranger(&self, fault: &Fault) {
        if let (Fault::Unauthenticated(_), Some(engine)) = (fault, self.0.engine.load().as_ref()) {
            engine.audit_refusal(None, fault);
        }
    }

    /// Notes that the caller's token is used today, unless that is noted already. Does not wait for it.
    pub(super) fn note_use(&self, caller: &Caller) {
        let is_unnoted = self.0.engine.load().as_ref().is_some_and(|e| e.has_unnoted_use(caller));
        if !is_unnoted {
            return;
        }
        // One at a time is enough: the next call of another token starts its own.
        let Ok(permit) = Arc::clone(&self.0.notes).try_acquire_owned() else { return };
        let (admission, caller) = (self.clone(), caller.clone());
        tokio::spawn(async move {
            let noted =
                admission.run(caller, WorkClass::Write, |engine, caller| engine.note_use(caller)).await;
            if let Err(fault) = noted {
                tracing::debug!(%fault, "the use of a token was not noted");
            }
            drop(permit);
        });
    }

    /// Puts a call into the line of its class.
    ///
    /// # Errors
    /// `STOPPING`, or if the line is full `TOO_MANY_REQUESTS`, `TOO_MANY_IMPORTS`, `TOO_MANY_EXPORTS`.
    pub fn enter(&self, class: WorkClass) -> Result<Waiting, Fault> {
        self.refuse_if_stopping()?;
        let line = Arc::clone(&self.0.classes.of(class).line);
        let in_line = line.try_acquire_owned().map_err(|refused| match refused {
            TryAcquireError::NoPermits => {
                self.0.metrics.refused(class.name());
                no_place(class)
            }
            TryAcquireError::Closed => Fault::Stopping,
        })?;
        Ok(Waiting { admission: self.clone(), class, in_line })
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
        // The whole call counts once; its parts have places of their own.
        let admitted = Arc::new(self.enter(WorkClass::Cpu)?);
        let mut running = Vec::new();
        for part in parts {
            let permit = Arc::clone(&self.0.parts).acquire_owned().await.map_err(|_| Fault::Stopping)?;
            let job = Arc::clone(&self.0.jobs).acquire_owned().await.map_err(|_| Fault::Stopping)?;
            let (engine, admitted) = (Arc::clone(&engine), Arc::clone(&admitted));
            // What the part logs belongs to its call.
            let call = tracing::Span::current();
            running.push(tokio::task::spawn_blocking(move || {
                let result = call.in_scope(|| part(&engine));
                drop((permit, admitted));
                // The job must not end before its reference to the engine, which may be the last one.
                drop(engine);
                drop(job);
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
    /// `STARTING`, those of [`Self::enter`] and [`Waiting::place`], or the error of the job.
    pub async fn run<T, F>(&self, caller: Caller, class: WorkClass, job: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Engine, &Caller) -> Result<T, Fault> + Send + 'static,
    {
        self.engine()?;
        self.enter(class)?.place().await?.run(caller, job).await
    }

    /// Runs a job that does not need the engine, for example segmentation, within the same bounds.
    ///
    /// # Errors
    /// Those of [`Self::enter`] and [`Waiting::place`], or the error of the job.
    pub async fn run_without_engine<T, F>(&self, class: WorkClass, job: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Fault> + Send + 'static,
    {
        self.enter(class)?.place().await?.run_without_engine(job).await
    }
}

impl Waiting {
    /// Waits for a place.
    ///
    /// # Errors
    /// `STOPPING`; of an import, an export or a scan that waited too long, the error of a full line.
    pub async fn place(self) -> Result<Place, Fault> {
        let bounds = self.admission.0.classes.of(self.class);
        let acquired = Arc::clone(&bounds.places).acquire_owned();
        let permit = match bounds.wait {
            None => acquired.await,
            Some(wait) => tokio::time::timeout(wait, acquired).await.map_err(|_| {
                self.admission.0.metrics.refused(self.class.name());
                no_place(self.class)
            })?,
        };
        let permit = permit.map_err(|_| Fault::Stopping)?;
        Ok(Place { admission: self.admission, permits: (self.in_line, permit) })
    }
}

impl Place {
    /// Runs a job that uses the engine, on a blocking thread.
    ///
    /// # Errors
    /// `STARTING`, `STOPPING`, or the error of the job.
    pub async fn run<T, F>(self, caller: Caller, job: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Engine, &Caller) -> Result<T, Fault> + Send + 'static,
    {
        // Fetched only now, because a call that waits must not keep the store open. A call that entered
        // before a stop is still answered, as long as the store is open.
        let stopping = self.admission.is_stopping();
        let absent = if stopping { Fault::Stopping } else { Fault::Starting };
        let engine = self.admission.0.engine.load_full().ok_or(absent)?;
        let job =
            move || job(&engine, &caller).inspect_err(|fault| engine.audit_refusal(Some(&caller), fault));
        self.run_without_engine(job).await
    }

    /// Runs a job that does not need the engine, on a blocking thread.
    ///
    /// # Errors
    /// The error of the job.
    pub async fn run_without_engine<T, F>(self, job: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Fault> + Send + 'static,
    {
        let jobs = Arc::clone(&self.admission.0.jobs);
        let running = jobs.acquire_owned().await.map_err(|_| Fault::Stopping)?;
        // What the job logs belongs to its call.
        let call = tracing::Span::current();
        let done = tokio::task::spawn_blocking(move || {
            let result = call.in_scope(job);
            drop((self.permits, running));
            result
        });
        done.await.unwrap_or_else(|cause| Err(Fault::Internal(cause.to_string())))
    }
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
    use crate::{fault::Fault, metrics::Metrics};

    fn one_core(calls: usize) -> Admission {
        Admission::new(&WorkLimits { calls, cores: 1, ..WorkLimits::default() }, Metrics::default())
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
        assert_eq!(
            admission.0.classes.of(WorkClass::Cpu).places.available_permits(),
            0,
            "the job still uses its core"
        );
        assert_eq!(
            admission.0.classes.of(WorkClass::Cpu).line.available_permits(),
            1,
            "the job still counts as a call"
        );
        drop(end);
        admission.run_without_engine(WorkClass::Cpu, || Ok(())).await.unwrap();
        assert_eq!(admission.0.classes.of(WorkClass::Cpu).places.available_permits(), 1);
    }

    #[tokio::test]
    async fn calls_beyond_the_bound_are_refused() {
        let admission = one_core(1);
        let end = cancelled_while_running(&admission);
        let refused = admission.run_without_engine(WorkClass::Cpu, || Ok(())).await;
        assert!(matches!(refused, Err(Fault::TooManyRequests)), "{refused:?}");
        drop(end);
    }

    #[tokio::test]
    async fn a_stop_can_wait_for_jobs_whose_callers_have_left() {
        let admission = one_core(1);
        let end = cancelled_while_running(&admission);
        let mut ended = Box::pin(admission.jobs_ended());
        assert!(ended.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(end);
        ended.await;
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
