//! Admission for gRPC: a job's fault becomes a status.

use tonic::Status;

use super::status::status;
use crate::{
    engine::Engine,
    fault::Fault,
    service::{Admission, WorkClass},
};

impl Admission {
    /// Runs a job like [`Admission::run`] and returns its fault as a status.
    pub(super) async fn answer<T, F>(&self, class: WorkClass, job: F) -> Result<T, Status>
    where
        T: Send + 'static,
        F: FnOnce(&Engine) -> Result<T, Fault> + Send + 'static,
    {
        self.run(class, job).await.map_err(|fault| status(&fault))
    }
}
