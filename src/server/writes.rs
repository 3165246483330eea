//! Health of writes: whether they work is reported under a name of its own, because lookups go on without
//! them.

use std::{convert::Infallible, future::Future, time::Duration};

use tokio::sync::oneshot;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::fault::Fault;

/// The name under which health reports whether writes work.
pub const WRITES_SERVICE: &str = "dhakira.writes";

/// How often to check whether writes work. Asking the system for the free space takes microseconds.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Reports whether writes work, and returns it.
pub(super) async fn report_writes(health: &HealthReporter, checked: Result<(), Fault>) -> bool {
    let works = checked.is_ok();
    if let Err(fault) = checked {
        tracing::warn!(reason = fault.reason(), %fault, "writes are refused");
    }
    let status = if works { ServingStatus::Serving } else { ServingStatus::NotServing };
    health.set_service_status(WRITES_SERVICE, status).await;
    works
}

/// Checks in this interval whether writes work, and reports every change. Begins when `first_report` has
/// what was reported after the store opened.
pub(super) async fn watch_writes<F: Future<Output = Result<(), Fault>>>(
    health: &HealthReporter,
    first_report: oneshot::Receiver<bool>,
    interval: Duration,
    mut check: impl FnMut() -> F,
) -> Infallible {
    let Ok(mut reported) = first_report.await else {
        // The store did not open, so the server stops.
        return std::future::pending().await;
    };
    let mut ticks = tokio::time::interval(interval);
    loop {
        ticks.tick().await;
        let checked = check().await;
        if checked.is_ok() != reported {
            reported = report_writes(health, checked).await;
            if reported {
                tracing::info!("writes work again");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, time::Duration};

    use tokio::sync::{mpsc, oneshot};
    use tokio_stream::StreamExt;
    use tonic::Request;
    use tonic_health::{
        pb::{HealthCheckRequest, health_check_response::ServingStatus, health_server::Health},
        server::{HealthReporter, HealthService},
    };

    use super::{WRITES_SERVICE, report_writes, watch_writes};
    use crate::fault::Fault;

    #[tokio::test]
    async fn every_change_is_reported_and_nothing_else() {
        let health = HealthReporter::new();
        let full = || Err(Fault::DiskLow { available: 1, reserve: 2 });
        let works = report_writes(&health, full()).await;
        let request = Request::new(HealthCheckRequest { service: WRITES_SERVICE.to_owned() });
        let watched = HealthService::from_health_reporter(health.clone()).watch(request).await.unwrap();
        let mut watched = watched.into_inner();
        let mut next = async || {
            let reported = tokio::time::timeout(Duration::from_secs(30), watched.next()).await;
            reported.expect("a report").unwrap().unwrap().status()
        };
        assert_eq!(next().await, ServingStatus::NotServing);

        let (first, first_report) = oneshot::channel();
        let (answers, received) = mpsc::unbounded_channel();
        let received = std::sync::Arc::new(tokio::sync::Mutex::new(received));
        let task = tokio::spawn(async move {
            let check = || {
                let received = received.clone();
                async move { received.lock().await.recv().await.unwrap_or(Err(Fault::Stopping)) }
            };
            let never: Infallible = watch_writes(&health, first_report, Duration::from_nanos(1), check).await;
            match never {}
        });
        first.send(works).unwrap();
        for (checked, expected) in [
            (vec![full(), Ok(())], ServingStatus::Serving),
            (vec![Ok(()), Ok(()), Err(Fault::WritesStopped)], ServingStatus::NotServing),
            (vec![Err(Fault::WritesStopped), full(), Ok(())], ServingStatus::Serving),
        ] {
            checked.into_iter().for_each(|answer| answers.send(answer).unwrap());
            assert_eq!(next().await, expected);
        }
        task.abort();
    }
}
