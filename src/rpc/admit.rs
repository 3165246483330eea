//! Admission for gRPC: finds the caller of a request and returns the fault of a job as a status.

use tonic::{Request, Status, metadata::MetadataValue, service::Interceptor};

use super::status::status;
use crate::{
    access::ClientCertificate,
    caller::Caller,
    engine::Engine,
    fault::Fault,
    service::{Admission, Authenticator, WorkClass},
};

/// Finds the caller of each call before its method runs, by its token or the client certificate of its connection,
/// and refuses the call if that is not valid.
#[derive(Clone, Debug)]
pub(super) struct Authorize(Authenticator);

impl Authorize {
    pub(super) fn new(authenticator: Authenticator) -> Self {
        Self(authenticator)
    }
}

impl Interceptor for Authorize {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let headers = request.metadata().get_all("authorization").iter().map(MetadataValue::as_bytes);
        let certificate = request.extensions().get::<ClientCertificate>();
        let caller = self.0.authenticate(headers, certificate).map_err(|fault| status(&fault))?;
        request.extensions_mut().insert(caller);
        Ok(request)
    }
}

/// Returns the caller of a request, whom [`Authorize`] has found.
///
/// # Errors
/// The service was built without [`Authorize`]. Nobody gets in then.
pub(super) fn caller_of<T>(request: &Request<T>) -> Result<Caller, Status> {
    let found = request.extensions().get().cloned();
    found.ok_or_else(|| status(&Fault::Internal("a service does not authorize its calls".to_owned())))
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
