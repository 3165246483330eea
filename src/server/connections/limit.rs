//! How many connections may be open: fewer than there are file descriptors.

use std::time::Duration;

use rustix::process::{Resource, getrlimit};

/// Bounds on connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Connections that may be open at the same time. Default: what `ulimit -n` allows, without
    /// [`RESERVED_DESCRIPTORS`], and [`DEFAULT_CONNECTIONS`] at most.
    pub most: Option<usize>,
    /// How long a connection may be open without a call before it is closed. Its client opens
    /// another one for its next call. Default: 10 minutes, because a translator pauses, and an idle
    /// connection costs little.
    pub idle: Duration,
    /// How often an HTTP/2 ping checks whether the client still exists. Without an answer for 20 s the
    /// connection is closed. Default: 60 s.
    pub keepalive: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self { most: None, idle: Duration::from_secs(600), keepalive: Duration::from_secs(60) }
    }
}

/// File descriptors that are not used for connections, because the store, its checkpoints and the
/// listener need some. They use about 20; the rest is a reserve.
pub const RESERVED_DESCRIPTORS: usize = 128;

/// Connections of the listener of the metrics that may be open at the same time. They are of the reserve. Prometheus
/// needs one, and each load balancer that looks at the health another one.
pub(in crate::server) const METRICS_CONNECTIONS: usize = 32;

/// The largest default for the number of connections. Each takes some 50 KB, so that these take 200 MB.
pub const DEFAULT_CONNECTIONS: usize = 4_096;

/// The process may open too few files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorError {
    /// There are too few for the connections that the configuration asks for.
    #[error(
        "connections: {asked} connections need {} open files, and this process may open {descriptors}: set 'connections' to {} at most, or raise the limit (ulimit -n, LimitNOFILE)",
        asked.saturating_add(RESERVED_DESCRIPTORS),
        descriptors - RESERVED_DESCRIPTORS
    )]
    Connections {
        /// The connections asked for.
        asked: usize,
        /// The files that may be open.
        descriptors: usize,
    },
    /// There are too few for the store alone.
    #[error(
        "this process may open {descriptors} files, and the server needs more than {RESERVED_DESCRIPTORS}: raise the limit (ulimit -n, LimitNOFILE)"
    )]
    Store {
        /// The files that may be open.
        descriptors: usize,
    },
}

impl ConnectionLimits {
    /// Returns the number of connections that may be open.
    ///
    /// # Errors
    /// There are too few file descriptors.
    pub fn resolve(&self) -> Result<usize, DescriptorError> {
        let descriptors = getrlimit(Resource::Nofile).current;
        resolve(self.most, descriptors.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX)))
    }
}

fn resolve(asked: Option<usize>, descriptors: usize) -> Result<usize, DescriptorError> {
    let available = descriptors.saturating_sub(RESERVED_DESCRIPTORS);
    match asked {
        _ if available == 0 => Err(DescriptorError::Store { descriptors }),
        Some(asked) if asked > available => Err(DescriptorError::Connections { asked, descriptors }),
        Some(asked) => Ok(asked),
        None => Ok(available.min(DEFAULT_CONNECTIONS)),
    }
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_CONNECTIONS, DescriptorError, resolve};

    #[test]
    fn connections_leave_descriptors_for_the_store() {
        assert_eq!(resolve(None, 1_024), Ok(896));
        assert_eq!(resolve(None, 1 << 20), Ok(DEFAULT_CONNECTIONS));
        assert_eq!(resolve(Some(896), 1_024), Ok(896));
        assert_eq!(
            resolve(Some(897), 1_024),
            Err(DescriptorError::Connections { asked: 897, descriptors: 1_024 })
        );
        assert_eq!(resolve(None, 129), Ok(1));
        assert_eq!(resolve(None, 128), Err(DescriptorError::Store { descriptors: 128 }));
    }

    #[test]
    fn the_error_names_the_remedy() {
        let message = resolve(Some(897), 1_024).unwrap_err().to_string();
        assert!(message.contains("connections") && message.contains("896") && message.contains("ulimit -n"));
    }
}
