//! The one table from faults to gRPC statuses.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::proto;
use crate::fault::{Fault, Violation};

/// The domain of `google.rpc.ErrorInfo`.
pub const DOMAIN: &str = "dhakira";

/// When to try a file again that found no place. Longer than after other refusals, because a place is
/// freed only when a whole file is done.
const RETRY_FILE_AFTER: Duration = Duration::from_secs(10);

/// Returns the code of a fault.
#[must_use]
pub fn status_code(fault: &Fault) -> Code {
    match fault {
        Fault::Invalid(_) => Code::InvalidArgument,
        Fault::Unknown { .. } => Code::NotFound,
        Fault::Exists { .. } => Code::AlreadyExists,
        Fault::Unauthenticated(_) => Code::Unauthenticated,
        Fault::RoleTooLow { .. } | Fault::NameNotGranted { .. } => Code::PermissionDenied,
        Fault::Conflict(_) | Fault::ImportTooSlow { .. } | Fault::ExportTooSlow { .. } => Code::Aborted,
        Fault::DiskLow { .. }
        | Fault::DiskFull
        | Fault::TooManyTokens { .. }
        | Fault::TooManyRequests
        | Fault::TooManyImports
        | Fault::TooManyExports => Code::ResourceExhausted,
        Fault::DeadlinePassed => Code::DeadlineExceeded,
        Fault::Starting | Fault::Stopping | Fault::WritesStopped => Code::Unavailable,
        Fault::Damaged(_) => Code::DataLoss,
        Fault::Internal(_) => Code::Internal,
    }
}

/// Returns the status of a fault. Its details always have an `ErrorInfo` and, where they apply, the bad
/// field, the resource, or the time after which to retry.
///
/// The cause of an internal error is only logged, with the request id that the status carries.
#[must_use]
pub fn status(fault: &Fault) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(fault.reason(), DOMAIN, HashMap::new());
    match fault {
        Fault::Invalid(violation) => {
            details.add_bad_request_violation(violation.field.clone(), violation.message.clone());
        }
        Fault::Unknown { what, name } | Fault::Exists { what, name } => {
            details.set_resource_info(what.name(), name.clone(), "", fault.to_string());
        }
        Fault::TooManyRequests | Fault::Starting | Fault::Stopping | Fault::Conflict(_) => {
            details.set_retry_info(Some(Duration::from_secs(1)));
        }
        Fault::TooManyImports | Fault::TooManyExports => {
            details.set_retry_info(Some(RETRY_FILE_AFTER));
        }
        Fault::Internal(cause) => {
            let request = next_request_id();
            tracing::error!(%request, %cause, "internal error");
            details.set_request_info(request, "");
        }
        Fault::Damaged(cause) => tracing::error!(%cause, "the store is damaged"),
        Fault::DiskLow { .. }
        | Fault::DiskFull
        | Fault::Unauthenticated(_)
        | Fault::RoleTooLow { .. }
        | Fault::NameNotGranted { .. }
        | Fault::TooManyTokens { .. }
        | Fault::WritesStopped
        | Fault::ImportTooSlow { .. }
        | Fault::ExportTooSlow { .. }
        | Fault::DeadlinePassed => {}
    }
    Status::with_error_details(status_code(fault), fault.to_string(), details)
}

/// Returns a fault as the error of one call of a stream. The stream continues after it.
pub(super) fn call_error(fault: &Fault) -> proto::CallError {
    proto::CallError {
        code: status_code(fault).into(),
        reason: fault.reason().to_owned(),
        field: fault.field().to_owned(),
        message: fault.to_string(),
    }
}

/// Returns the status for a bad field.
pub(super) fn violation_status(violation: Violation) -> Status {
    status(&Fault::Invalid(violation))
}

fn next_request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use tonic::Code;
    use tonic_types::StatusExt;

    use super::status;
    use crate::fault::{Fault, Resource};

    #[test]
    fn statuses_carry_their_details() {
        let bad = status(&Fault::invalid("units[17].source", "TEXT_EMPTY", "the text is empty"));
        let details = bad.get_error_details();
        assert_eq!(bad.code(), Code::InvalidArgument);
        assert_eq!(details.error_info().map(|i| i.reason.as_str()), Some("TEXT_EMPTY"));
        let field = details.bad_request().and_then(|b| b.field_violations.first()).map(|v| v.field.as_str());
        assert_eq!(field, Some("units[17].source"));

        let unknown = status(&Fault::Unknown { what: Resource::Memory, name: "x".into() });
        assert_eq!(unknown.code(), Code::NotFound);
        assert_eq!(unknown.get_error_details().resource_info().map(|r| r.resource_name.as_str()), Some("x"));
    }

    #[test]
    fn the_cause_of_an_internal_error_stays_inside() {
        let internal = status(&Fault::Internal("secret path /x".into()));
        assert!(!internal.message().contains("secret"));
        assert!(internal.get_error_details().request_info().is_some());
    }
}
