//! Admission for gRPC: finds the caller of a request and returns the fault of a job as a status.

use tonic::{Request, Status};

use super::status::status;
use crate::{
    caller::Caller,
    engine::Engine,
    fault::Fault,
    service::{Admission, WorkClass},
};

/// Returns the caller of a request. This is the anonymous administrator until there is access control.
pub(super) fn caller_of<T>(request: &Request<T>) -> Caller {
    request.extensions().get().cloned().unwrap_or_else(Caller::anonymous)
}

impl Admission {
    /// Runs a job like [`Admission::run`] and returns its fault as a status.
    pub(super) async fn answer<T, F>(&self, caller: Caller, class: WorkClass, job: F) -> Result<T, Status>
    where
        T: Send + 'static,
        F: FnOnce(&Engine, &Caller) -> Result<T, Fault> + Send + 'static,
    {
        self.run(caller, class, job).await.map_err(|fault| status(&fault))
    }
}
