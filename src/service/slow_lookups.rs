//! The log of slow lookups, with what made them slow: the length of the segment, the threshold, and how many rows passed
//! the filter of the index. For example, a threshold of 30 lets most rows pass, so that most are compared.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{engine::LookupEffort, score::Score};

/// Which slow lookups are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowLookupSettings {
    /// Lookups that take at least this long are logged. The time in which a lookup waits for a core does not count,
    /// because other lookups are its cause. Default: 1 s, because a translator notices that.
    pub threshold: Duration,
    /// How many are logged in a minute at most. Default: 60.
    pub per_minute: usize,
    /// Whether the text is logged, too. Default: no, because texts may be confidential.
    pub texts: bool,
}

impl Default for SlowLookupSettings {
    fn default() -> Self {
        Self { threshold: Duration::from_secs(1), per_minute: 60, texts: false }
    }
}

/// The log of slow lookups. Cheap to clone; all clones share the bound.
#[derive(Clone, Debug)]
pub struct SlowLookupLog(Arc<Log>);

#[derive(Debug)]
struct Log {
    settings: SlowLookupSettings,
    minute: Mutex<Minute>,
}

/// What was logged in a minute.
#[derive(Debug, Default)]
struct Minute {
    /// When it began; `None` before the first slow lookup.
    began: Option<Instant>,
    logged: usize,
    /// Slow lookups that were not logged since the last line.
    skipped: u64,
}

/// A lookup under way.
#[derive(Debug)]
#[must_use = "without an end, the lookup is not logged"]
pub struct LookupTimer {
    log: SlowLookupLog,
    began: Instant,
}

/// A lookup of one segment, or of a group of segments of a batch.
#[derive(Clone, Copy, Debug)]
pub struct SlowLookup<'t> {
    /// How many segments it looked up.
    pub segments: usize,
    /// The longest of them.
    pub longest: &'t str,
    /// The minimum score of its matches.
    pub threshold: Score,
    /// What it took.
    pub effort: LookupEffort,
}

impl SlowLookupLog {
    /// Makes a log.
    #[must_use]
    pub fn new(settings: SlowLookupSettings) -> Self {
        Self(Arc::new(Log { settings, minute: Mutex::default() }))
    }

    /// Notes that a lookup begins.
    pub fn begin(&self) -> LookupTimer {
        LookupTimer { log: self.clone(), began: Instant::now() }
    }

    /// Returns whether a lookup that took so long is logged, as the number of those that were not logged since the
    /// last line.
    fn admit(&self, took: Duration, now: Instant) -> Option<u64> {
        if took < self.0.settings.threshold {
            return None;
        }
        // No code that holds the lock can panic half way.
        let mut minute = self.0.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over =
            minute.began.is_none_or(|began| now.saturating_duration_since(began) >= Duration::from_secs(60));
        if is_over {
            minute.began = Some(now);
            minute.logged = 0;
        }
        if minute.logged >= self.0.settings.per_minute {
            minute.skipped += 1;
            return None;
        }
        minute.logged += 1;
        Some(std::mem::take(&mut minute.skipped))
    }
}

impl LookupTimer {
    /// Logs the lookup that has ended, if it was slow. The line belongs to the span of the call, which has its method
    /// and its id.
    pub fn end(self, lookup: &SlowLookup<'_>) {
        let now = Instant::now();
        let took = now.saturating_duration_since(self.began);
        let Some(skipped) = self.log.admit(took, now) else { return };
        let SlowLookup { segments, longest, threshold, effort } = *lookup;
        tracing::warn!(
            milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            segments,
            chars = longest.chars().count(),
            threshold = threshold.percent(),
            candidates = effort.candidates,
            rows = effort.rows,
            memories = effort.memories,
            skipped,
            text = self.log.0.settings.texts.then_some(longest),
            "a slow lookup"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{SlowLookupLog, SlowLookupSettings};

    #[test]
    fn lookups_from_the_threshold_on_are_logged() {
        let threshold = Duration::from_millis(200);
        let log = SlowLookupLog::new(SlowLookupSettings { threshold, ..SlowLookupSettings::default() });
        let now = Instant::now();
        for (milliseconds, expected) in [(0, None), (199, None), (200, Some(0)), (5_000, Some(0))] {
            assert_eq!(log.admit(Duration::from_millis(milliseconds), now), expected, "{milliseconds}");
        }
    }

    #[test]
    fn a_minute_has_a_bounded_number_of_lines_and_the_rest_is_counted() {
        let settings = SlowLookupSettings { per_minute: 3, ..SlowLookupSettings::default() };
        let log = SlowLookupLog::new(settings);
        let (start, slow) = (Instant::now(), settings.threshold);
        let logged = |seconds: u64| log.admit(slow, start + Duration::from_secs(seconds));
        assert_eq!([logged(0), logged(1), logged(2)], [Some(0); 3]);
        assert_eq!([logged(3), logged(59)], [None; 2]);
        assert_eq!(log.admit(Duration::ZERO, start), None, "a fast one is not counted");
        assert_eq!([logged(60), logged(61), logged(62), logged(63)], [Some(2), Some(0), Some(0), None]);
        assert_eq!(logged(3_600), Some(1));
    }
}
