//! `dhakira serve --check`: everything that starting needs, looked at without leaving anything.

use std::net::TcpListener;

use super::serve::{ServeError, Settings};
use crate::{
    clock::{Clock, SystemClock},
    service::AccessMode,
    store::{StoreError, StoreFolder, check_folder, check_unused, copied_state, free_space_near},
};

/// How bad a finding is, from harmless to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is wrong.
    Good,
    /// The server starts, and the operator should know this.
    Warning,
    /// The server does not start.
    Problem,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What was looked at.
    pub subject: &'static str,
    /// What was found, and the remedy.
    pub text: String,
}

impl Finding {
    /// Makes a warning.
    #[must_use]
    pub fn warning(subject: &'static str, text: String) -> Self {
        Self { severity: Severity::Warning, subject, text }
    }

    fn good(subject: &'static str, text: String) -> Self {
        Self { severity: Severity::Good, subject, text }
    }

    fn problem(subject: &'static str, text: &dyn std::fmt::Display) -> Self {
        Self { severity: Severity::Problem, subject, text: text.to_string() }
    }
}

/// Looks at everything that starting needs, and returns what was found. The addresses are bound and released, and a store
/// that exists is opened in a copy.
#[must_use]
pub fn check_start(listen: &str, metrics: Option<&str>, settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.push(match settings.connections.resolve() {
        Ok(most) => Finding::good("connections", format!("{most} may be open at once")),
        Err(error) => Finding::problem("connections", &error),
    });
    // Both stay bound until the end, because they must not be the same.
    let grpc = check_address("listen", listen, settings, &mut findings);
    let _metrics = metrics.and_then(|address| check_address("metrics", address, settings, &mut findings));
    check_tls(settings, &mut findings);
    let store = check_store(settings, &mut findings);
    let mode = grpc
        .and_then(|listener| settings.exposure.mode(listener.local_addr().ok()?, settings.tls.is_on()).ok());
    if let (Some(mode), Some(has_token)) = (mode, store) {
        findings.push(check_tokens(mode, has_token, settings));
    }
    findings
}

/// Binds an address and checks that the server may listen on it.
fn check_address(
    subject: &'static str,
    address: &str,
    settings: &Settings,
    findings: &mut Vec<Finding>,
) -> Option<TcpListener> {
    let bound = TcpListener::bind(address).and_then(|listener| Ok((listener.local_addr()?, listener)));
    match bound {
        Ok((local, listener)) => {
            findings.push(match settings.exposure.check(local, settings.tls.is_on()) {
                Ok(()) => Finding::good(subject, format!("{address} is free")),
                Err(error) => Finding::problem(subject, &error),
            });
            Some(listener)
        }
        Err(cause) => {
            let error = ServeError::Listen { address: address.to_owned(), cause };
            findings.push(Finding::problem(subject, &error));
            None
        }
    }
}

/// Reads the files of TLS, if there is TLS.
fn check_tls(settings: &Settings, findings: &mut Vec<Finding>) {
    match settings.check_tls() {
        Ok(()) if settings.tls.is_on() => {
            findings.push(Finding::good("tls", "the certificate and its key can be used".to_owned()));
        }
        Ok(()) => {}
        Err(error) => findings.push(Finding::problem("tls", &error)),
    }
}

/// Looks at the folder and at the store in it. Returns whether the store has a valid token, if that is known.
fn check_store(settings: &Settings, findings: &mut Vec<Finding>) -> Option<bool> {
    let data = &settings.data;
    let found = match check_folder(data) {
        Ok(found) => found,
        Err(error) => {
            findings.push(Finding::problem("data", &error));
            return None;
        }
    };
    findings.push(match found {
        StoreFolder::Absent => Finding::good("data", format!("{} would be created", data.display())),
        StoreFolder::Empty => {
            Finding::good("data", format!("a store would be created in {}", data.display()))
        }
        StoreFolder::Used { is_open_to_others: false } => {
            Finding::good("data", format!("{} can be used", data.display()))
        }
        StoreFolder::Used { is_open_to_others: true } => Finding::warning(
            "data",
            format!("other users may look into {}: run 'chmod 700' on it", data.display()),
        ),
    });
    check_space(settings, findings);
    if !matches!(found, StoreFolder::Used { .. }) {
        return Some(false);
    }
    if let Err(error) = check_unused(data) {
        findings.push(Finding::problem("lock", &error));
        return None;
    }
    findings.push(Finding::good("lock", "no other process has the store open".to_owned()));
    check_contents(settings, findings)
}

fn check_space(settings: &Settings, findings: &mut Vec<Finding>) {
    let reserve = settings.store.disk_reserve_bytes;
    let (subject, mib) = ("space", |bytes: u64| bytes >> 20);
    findings.push(match free_space_near(&settings.data) {
        Ok(free) if free < reserve => Finding::warning(
            subject,
            format!(
                "{} MiB are free and disk_reserve_mib is {}, so writes would be rejected: free some space",
                mib(free),
                mib(reserve)
            ),
        ),
        Ok(free) => Finding::good(subject, format!("{} MiB are free", mib(free))),
        Err(cause) => Finding::problem(subject, &format!("the free space cannot be read: {cause}")),
    });
}

/// Opens a copy of the store. Returns whether it has a valid token, if that is known.
fn check_contents(settings: &Settings, findings: &mut Vec<Finding>) -> Option<bool> {
    let scratch = std::env::temp_dir();
    match copied_state(&settings.data, &scratch, &settings.store) {
        Ok(state) if state.format < crate::store::FORMAT_VERSION => {
            let text = format!(
                "it has format {} and would be migrated to {}; an earlier dhakira cannot open it afterwards",
                state.format,
                crate::store::FORMAT_VERSION
            );
            findings.push(Finding::warning("store", text));
            Some(false)
        }
        Ok(state) => {
            findings
                .push(Finding::good("store", format!("a copy of it opens, with format {}", state.format)));
            let now = SystemClock.now();
            Some(state.tokens.iter().any(|token| token.is_valid(now)))
        }
        Err(StoreError::Scratch { path, cause }) => {
            let text = format!(
                "it was not looked at, because it cannot be copied into {}: {cause}. Name another folder with TMPDIR",
                path.display()
            );
            findings.push(Finding::warning("store", text));
            None
        }
        Err(error) => {
            findings.push(Finding::problem("store", &error));
            None
        }
    }
}

fn check_tokens(mode: AccessMode, has_token: bool, settings: &Settings) -> Finding {
    let has_owners = !settings.tls.owners.0.is_empty();
    match (mode, has_token) {
        (AccessMode::Tokens, true) => Finding::good("tokens", "callers need one".to_owned()),
        (AccessMode::Tokens, false) if has_owners => {
            Finding::good("tokens", "there is none; callers need a client certificate".to_owned())
        }
        (AccessMode::Open, false) => Finding::good("tokens", "callers need none".to_owned()),
        (AccessMode::Tokens, false) => {
            let error = ServeError::NoToken { folder: settings.data.display().to_string() };
            Finding::problem("tokens", &error)
        }
        (AccessMode::Open, true) => Finding::warning(
            "tokens",
            "the store has tokens, but callers need none; --require-tokens changes that".to_owned(),
        ),
    }
}
