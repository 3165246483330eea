//! Accepts connections, also when that fails for a while.

use std::{io, time::Duration};

/// How long to wait after accepting failed. It doubles with each failure.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);

/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Accepts the next connection. If the system lacks what a connection needs, for example a file
/// descriptor (EMFILE), calls `make_room` and tries again later, because a loop without a wait would
/// use a whole core.
pub(super) async fn accept<T, F>(mut attempt: impl FnMut() -> F, mut make_room: impl FnMut()) -> T
where
    F: Future<Output = io::Result<T>>,
{
    let mut wait = SHORTEST_WAIT;
    loop {
        let cause = match attempt().await {
            Ok(accepted) => return accepted,
            Err(cause) => cause,
        };
        // The client of this connection has left, and the next one is ready.
        if matches!(cause.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
            continue;
        }
        if wait == SHORTEST_WAIT {
            tracing::warn!(%cause, "no connection can be accepted; trying again");
        }
        make_room();
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::ready, io};

    use tokio::time::Instant;

    use super::accept;

    /// Accepts after failures with this error. Returns the seconds that it took, and how often room
    /// was made.
    async fn after_failures(failures: u32, error: i32) -> (u64, u32) {
        let (mut attempts, mut made) = (0, 0);
        let attempt = || {
            attempts += 1;
            ready(if attempts <= failures { Err(io::Error::from_raw_os_error(error)) } else { Ok(()) })
        };
        let from = Instant::now();
        accept(attempt, || made += 1).await;
        (from.elapsed().as_secs(), made)
    }

    #[tokio::test(start_paused = true)]
    async fn a_lack_of_descriptors_neither_ends_nor_spins_it() {
        const EMFILE: i32 = 24;
        // 10 + 20 + … + 640 ms are 1.27 s, and each further failure takes a second.
        assert_eq!(after_failures(7, EMFILE).await, (1, 7));
        assert_eq!(after_failures(67, EMFILE).await, (61, 67));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_left_delays_nobody() {
        const ECONNABORTED: i32 = 103;
        assert_eq!(after_failures(100, ECONNABORTED).await, (0, 0));
    }
}
