//! The pace that the client of a file must keep, so that it does not hold its place for nothing.

use std::time::Duration;

/// Bounds on how slowly a client may send or take a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamLimits {
    /// How long the server waits for the next chunk of an import, or for the client of an export to
    /// take one. A client that needs longer has stalled. Half of the default
    /// [`super::WorkLimits::queue_time`], so that stalled imports give their places to those that wait.
    /// Default: 30 s.
    pub stall: Duration,
    /// Bytes per minute that the client of an import must send at least. Only the time counts during
    /// which the server waits for the client. Default: 64 KiB, which a line of 10 kbit/s manages.
    pub import_bytes_per_minute: u64,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self { stall: Duration::from_secs(30), import_bytes_per_minute: 64 << 10 }
    }
}

/// The time that a server still waits for the client of an import. It is full at first, waiting uses
/// it up, and every byte adds the time that it may take at the least pace. It never exceeds
/// [`StreamLimits::stall`], because a client must not save up time for a stall by sending fast before.
#[derive(Clone, Debug)]
pub struct WaitAllowance {
    limits: StreamLimits,
    left: Duration,
}

impl WaitAllowance {
    /// Returns a full allowance.
    #[must_use]
    pub fn new(limits: StreamLimits) -> Self {
        Self { limits, left: limits.stall }
    }

    /// Returns how long the server waits for the next chunk.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.left
    }

    /// Accounts for a chunk that came after this time.
    pub fn take(&mut self, waited: Duration, bytes: usize) {
        let nanos = bytes as u128 * Duration::from_secs(60).as_nanos()
            / u128::from(self.limits.import_bytes_per_minute.max(1));
        let earned = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        self.left = self.left.saturating_sub(waited).saturating_add(earned).min(self.limits.stall);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{StreamLimits, WaitAllowance};

    const LIMITS: StreamLimits =
        StreamLimits { stall: Duration::from_secs(60), import_bytes_per_minute: 600 };

    /// Sends a chunk of so many bytes every so many seconds. Returns the number of chunks after which
    /// the allowance is used up, of a thousand at most.
    fn chunks_until_used_up(bytes: usize, seconds: u64) -> usize {
        let mut allowance = WaitAllowance::new(LIMITS);
        let waited = Duration::from_secs(seconds);
        (0..1_000)
            .take_while(|_| {
                let in_time = allowance.left() >= waited;
                allowance.take(waited, bytes);
                in_time
            })
            .count()
    }

    #[test]
    fn the_least_pace_is_enough_and_less_is_not() {
        // 600 bytes a minute are 10 a second.
        assert_eq!(chunks_until_used_up(200, 20), 1_000);
        assert!(chunks_until_used_up(190, 20) < 100);
        assert_eq!(chunks_until_used_up(1, 20), 3);
        assert_eq!(chunks_until_used_up(0, 1), 60);
    }

    #[test]
    fn time_is_not_saved_up() {
        let mut allowance = WaitAllowance::new(LIMITS);
        allowance.take(Duration::ZERO, 1 << 30);
        assert_eq!(allowance.left(), LIMITS.stall);
    }
}
