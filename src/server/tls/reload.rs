//! Reads the files of TLS again when they have changed.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    acceptor::{Contents, Tls},
    files::TlsFileError,
};
use crate::clock::{Clock, SystemClock};

/// Looks for changes of the files.
#[derive(Debug)]
struct Reloader {
    tls: Tls,
    /// What was found when the files were last looked at, so that a change is tried once: the fingerprint of the
    /// contents, or why the files could not be read.
    seen: Result<u64, TlsFileError>,
}

/// What looking at the files led to.
#[derive(Debug, PartialEq, Eq)]
enum Reload {
    /// They are as they were when they were last looked at.
    Unchanged,
    /// New connections use what they have now.
    Replaced,
    /// They have changed and cannot be used.
    Refused(String),
}

impl Reloader {
    fn new(tls: Tls) -> Self {
        Self { seen: Ok(tls.opened_with()), tls }
    }

    /// Looks at the files, and uses them if they have changed.
    fn look(&mut self) -> Reload {
        let contents = Contents::read(self.tls.files());
        let (contents, seen) = match contents {
            Ok(contents) => {
                let seen = Ok(contents.fingerprint());
                (Some(contents), seen)
            }
            Err(error) => (None, Err(error)),
        };
        if seen == self.seen {
            return Reload::Unchanged;
        }
        self.seen = seen;
        let replaced = match (&contents, &self.seen) {
            (Some(contents), _) => self.tls.replace(contents, SystemClock.now()).map_err(|e| e.to_string()),
            (None, Err(error)) => Err(error.to_string()),
            (None, Ok(_)) => Ok(()),
        };
        replaced.map_or_else(Reload::Refused, |()| Reload::Replaced)
    }
}

impl Tls {
    /// Reads the files again whenever they have changed: looks at them in this interval, and when the process gets
    /// SIGHUP.
    pub(in crate::server) async fn follow_files(self, interval: Duration) {
        let mut hangup = signal(SignalKind::hangup())
            .inspect_err(|cause| tracing::warn!(%cause, "SIGHUP does not reload the certificate"))
            .ok();
        let mut reloader = Reloader::new(self);
        loop {
            let asked = tokio::select! {
                () = tokio::time::sleep(interval) => false,
                () = hung_up(hangup.as_mut()) => true,
            };
            let looked = tokio::task::spawn_blocking(move || {
                let found = reloader.look();
                (reloader, found)
            });
            let Ok((returned, found)) = looked.await else { return };
            reloader = returned;
            report(&reloader.tls, &found, asked);
        }
    }
}

/// Waits for SIGHUP.
async fn hung_up(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

fn report(tls: &Tls, found: &Reload, asked: bool) {
    match found {
        Reload::Unchanged if asked => tracing::info!("got SIGHUP: the files of TLS have not changed"),
        Reload::Unchanged => {}
        Reload::Replaced => {
            let certificate = tls.files().certificate.path.display();
            tracing::info!(%certificate, valid_until = tls.valid_until(), "the files of TLS were reloaded");
        }
        Reload::Refused(cause) => {
            tracing::error!(%cause, "the files of TLS have changed and cannot be used; the former ones stay in use");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, time::Duration};

    use rcgen::{CertificateParams, KeyPair};

    use super::{super::protocol::Protocol, Reload, Reloader, Tls};
    use crate::{
        clock::{Clock, SystemClock},
        server::TlsOptions,
    };

    fn write(folder: &Path, certificate: bool, key: bool) -> String {
        let pair = KeyPair::generate().unwrap();
        let pem = CertificateParams::default().self_signed(&pair).unwrap().pem();
        for (is_written, file, contents) in
            [(certificate, "c.pem", pem.clone()), (key, "c.key", pair.serialize_pem())]
        {
            if is_written {
                fs::write(folder.join(file), contents).unwrap();
            }
        }
        pem
    }

    fn open(folder: &Path) -> Tls {
        let options = TlsOptions {
            certificate: Some(folder.join("c.pem")),
            key: Some(folder.join("c.key")),
            client_ca: Some(folder.join("ca.pem")),
            client_required: true,
            ..TlsOptions::default()
        };
        options.open(SystemClock.now()).unwrap().unwrap()
    }

    #[tokio::test]
    async fn each_change_is_tried_once_and_a_bad_one_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        write(folder, true, true);
        let ca = write(folder, false, false);
        fs::write(folder.join("ca.pem"), &ca).unwrap();
        let tls = open(folder);
        let mut reloader = Reloader::new(tls.clone());
        let mut changes = Box::pin(tls.watch_client_ca());
        let mut ca_changed = async || tokio::time::timeout(Duration::ZERO, &mut changes).await.is_ok();
        let first = tls.config(Protocol::Grpc);
        assert_eq!(reloader.look(), Reload::Unchanged);
        // The certificate of a pair comes before its key.
        write(folder, true, false);
        assert!(matches!(reloader.look(), Reload::Refused(cause) if cause.contains("does not fit")));
        assert_eq!(reloader.look(), Reload::Unchanged, "it is reported once");
        fs::remove_file(folder.join("c.key")).unwrap();
        assert!(matches!(reloader.look(), Reload::Refused(cause) if cause.contains("cannot read")));
        assert_eq!(reloader.look(), Reload::Unchanged);
        assert!(std::sync::Arc::ptr_eq(&tls.config(Protocol::Grpc), &first), "the former pair stays");
        write(folder, true, true);
        assert_eq!(reloader.look(), Reload::Replaced);
        assert!(!std::sync::Arc::ptr_eq(&tls.config(Protocol::Grpc), &first));
        assert!(!ca_changed().await);
        fs::write(folder.join("ca.pem"), "").unwrap();
        assert!(matches!(reloader.look(), Reload::Refused(cause) if cause.contains("ca.pem")));
        assert!(!ca_changed().await);
        fs::write(folder.join("ca.pem"), write(folder, false, false)).unwrap();
        assert_eq!(reloader.look(), Reload::Replaced);
        assert!(ca_changed().await);
    }
}
