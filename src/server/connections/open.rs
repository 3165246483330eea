//! The list of open connections. Makes room for new ones.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::activity::Connection;

/// How long nothing may have moved on a connection whose calls wait for their client, before it is
/// closed to make room. A client that is at work rarely pauses for so long, and the one that has been
/// quiet for longest is closed first.
pub(super) const QUIET_TIME: Duration = Duration::from_secs(2);

/// How long a client has to close a connection that it was asked to close. After that it is cut.
pub(super) const CLOSING_TIME: Duration = Duration::from_millis(250);

/// Connections that are closed together at the limit, at most. More than one, because a burst of new
/// connections would otherwise wait for [`CLOSING_TIME`] each.
const MAX_CLOSED_TOGETHER: usize = 16;

/// The time between two warnings about the limit, because a client may try again and again.
const TIME_BETWEEN_WARNINGS: Duration = Duration::from_secs(60);

/// The open connections. Cheap to clone; all clones share the list.
#[derive(Clone, Debug)]
pub(super) struct OpenConnections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limit: usize,
    /// One permit for each connection, until its socket is closed.
    places: Arc<Semaphore>,
    list: Mutex<HashMap<u64, Arc<Connection>>>,
    next_number: AtomicU64,
    warned: Mutex<Option<Instant>>,
}

/// The place of one connection in the list. The connection leaves the list when it is dropped.
#[derive(Debug)]
pub(super) struct OpenPlace {
    open: OpenConnections,
    number: u64,
    connection: Arc<Connection>,
    /// Freed after the connection has left the list.
    _permit: OwnedSemaphorePermit,
}

impl OpenPlace {
    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for OpenPlace {
    fn drop(&mut self) {
        self.open.list().remove(&self.number);
    }
}

impl OpenConnections {
    pub(super) fn new(limit: usize) -> Self {
        let limit = limit.min(Semaphore::MAX_PERMITS);
        Self(Arc::new(Shared {
            limit,
            places: Arc::new(Semaphore::new(limit)),
            list: Mutex::new(HashMap::new()),
            next_number: AtomicU64::new(0),
            warned: Mutex::new(None),
        }))
    }

    fn list(&self) -> MutexGuard<'_, HashMap<u64, Arc<Connection>>> {
        // No code that holds the lock can panic half way.
        self.0.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a place for a new connection, which begins with a handshake or not, if need be after closing others. Returns `None` if none can
    /// be closed, or if none of them closes in time.
    pub(super) async fn place(&self, has_handshake: bool) -> Option<OpenPlace> {
        let permit = match Arc::clone(&self.0.places).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) if self.make_room() => {
                let freed = Arc::clone(&self.0.places).acquire_owned();
                tokio::time::timeout(2 * CLOSING_TIME, freed).await.ok()?.ok()?
            }
            Err(_) => return None,
        };
        let number = self.0.next_number.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::new(Connection::new(has_handshake));
        self.list().insert(number, Arc::clone(&connection));
        Some(OpenPlace { open: self.clone(), number, connection, _permit: permit })
    }

    /// Asks the connections that have been without a call for longest to close. Returns whether any is
    /// closing.
    pub(super) fn make_room(&self) -> bool {
        let list = self.list();
        if list.values().any(|connection| connection.is_closing()) {
            return true;
        }
        let mut candidates: Vec<_> = list
            .values()
            .filter_map(|connection| Some((connection.closing_order(QUIET_TIME)?, connection)))
            .collect();
        candidates.sort_by_key(|(order, _)| *order);
        let together = (self.0.limit / 64).clamp(1, MAX_CLOSED_TOGETHER);
        candidates.truncate(together);
        for (order, connection) in &candidates {
            connection.close(order.closing());
        }
        !candidates.is_empty()
    }

    /// Logs that a connection was refused, unless that was logged a moment ago.
    pub(super) fn warn_of_refusal(&self) {
        let mut warned = self.0.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.is_none_or(|at| at.elapsed() >= TIME_BETWEEN_WARNINGS) {
            *warned = Some(Instant::now());
            let limit = self.0.limit;
            tracing::warn!(limit, "all connections have calls under way: new connections are closed at once");
        }
    }

    /// Waits until all connections are closed.
    pub(super) async fn all_closed(&self) {
        let all = u32::try_from(self.0.limit).unwrap_or(u32::MAX);
        // Nobody closes the semaphore.
        let _ = self.0.places.acquire_many(all).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tokio::time::{advance, timeout};

    use super::{
        super::activity::{Awaited, Closing, OpenCall},
        OpenConnections, OpenPlace, QUIET_TIME,
    };

    /// Returns so many places, each opened a second after the one before.
    async fn places(open: &OpenConnections, count: usize) -> Vec<OpenPlace> {
        let mut places = Vec::new();
        for _ in 0..count {
            places.push(open.place(false).await.unwrap());
            advance(Duration::from_secs(1)).await;
        }
        places
    }

    /// Returns how each place was asked to close.
    async fn asked(places: &[OpenPlace]) -> Vec<Option<Closing>> {
        let mut asked = Vec::new();
        for place in places {
            asked.push(timeout(Duration::ZERO, place.connection().asked_to_close()).await.ok());
        }
        asked
    }

    #[tokio::test(start_paused = true)]
    async fn the_one_idle_for_longest_makes_room() {
        let open = OpenConnections::new(3);
        let mut places = places(&open, 3).await;
        // A call on the oldest one makes it the newest.
        drop(OpenCall::begin(places[0].connection(), false));
        let (newcomer, ()) = tokio::join!(open.place(false), async {
            assert_eq!(asked(&places).await, [None, Some(Closing::WhenIdle), None]);
            drop(places.remove(1));
        });
        assert!(newcomer.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn those_whose_handshake_is_not_over_make_room_first() {
        let open = OpenConnections::new(3);
        let known = open.place(false).await.unwrap();
        advance(Duration::from_secs(1)).await;
        let finished = open.place(true).await.unwrap();
        finished.connection().note_established();
        advance(Duration::from_secs(1)).await;
        let unfinished = open.place(true).await.unwrap();
        assert!(open.make_room());
        let places = [known, finished, unfinished];
        assert_eq!(asked(&places).await, [None, None, Some(Closing::WhenIdle)]);
    }

    #[tokio::test(start_paused = true)]
    async fn connections_with_calls_under_way_stay_open() {
        let open = OpenConnections::new(2);
        let places = places(&open, 2).await;
        let _answered = OpenCall::begin(places[0].connection(), false);
        let _stalled = OpenCall::begin(places[1].connection(), false);
        let _awaited = Awaited::begin(places[1].connection());
        assert!(open.place(false).await.is_none());
        advance(QUIET_TIME - Duration::from_secs(1)).await;
        assert!(open.place(false).await.is_none());
        assert_eq!(asked(&places).await, [None, None]);
        // From now on the second one counts as stalled. It does not close in this test.
        advance(Duration::from_secs(1)).await;
        assert!(open.place(false).await.is_none());
        assert_eq!(asked(&places).await, [None, Some(Closing::Now)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_health_watch_counts_as_a_call_that_waits_for_its_client() {
        let open = OpenConnections::new(1);
        let places = places(&open, 1).await;
        let _watch = OpenCall::begin(places[0].connection(), true);
        assert!(!open.make_room());
        advance(QUIET_TIME).await;
        assert!(open.make_room());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_gets_a_call_while_it_closes_makes_no_room() {
        let open = OpenConnections::new(2);
        let places = places(&open, 2).await;
        assert!(open.make_room());
        let _call = OpenCall::begin(places[0].connection(), false);
        assert!(open.make_room());
        assert_eq!(asked(&places).await, [Some(Closing::WhenIdle); 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn many_are_closed_together_at_a_high_limit() {
        let open = OpenConnections::new(128);
        let places = places(&open, 128).await;
        assert!(open.make_room());
        let closing = asked(&places).await.into_iter().flatten().count();
        assert_eq!(closing, 2);
        assert!(places.iter().take(2).all(|place| place.connection().is_closing()));
        assert_eq!(Arc::strong_count(places[5].connection()), 2, "the list has it, and its place");
    }
}
