//! What happens on one connection: its calls, and when something last moved.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

/// One open connection.
#[derive(Debug)]
pub(in crate::server) struct Connection {
    activity: Mutex<Activity>,
    /// Wakes the task that serves the connection when it is asked to close it.
    close: Notify,
}

#[derive(Debug)]
struct Activity {
    /// Calls whose answer is not complete.
    calls: usize,
    /// Bodies of requests whose next message the server waits for.
    awaited: usize,
    /// Whether the handshake of TLS is over; true from the start if there is none.
    is_established: bool,
    /// When the connection was opened, or a call began, moved or ended.
    moved: Instant,
    /// Whether the connection was asked to close.
    closing: Option<Closing>,
}

/// How a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// Calls that begin meanwhile are answered first.
    WhenIdle,
    /// Its calls are ended, because they only wait for their client.
    Now,
}

/// Which connection is closed first. Lower ones come first. Those whose handshake is not over come before all others,
/// because strangers who open many could push out clients that are known otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ClosingOrder {
    is_established: bool,
    has_calls: bool,
    moved: Instant,
}

impl ClosingOrder {
    pub(super) fn closing(self) -> Closing {
        if self.has_calls { Closing::Now } else { Closing::WhenIdle }
    }
}

impl Connection {
    /// Makes a connection. If it begins with a handshake, [`Self::note_established`] says when that is over.
    pub(super) fn new(has_handshake: bool) -> Self {
        let moved = Instant::now();
        let activity =
            Activity { calls: 0, awaited: 0, is_established: !has_handshake, moved, closing: None };
        Self { activity: Mutex::new(activity), close: Notify::new() }
    }

    fn activity(&self) -> MutexGuard<'_, Activity> {
        // No code that holds the lock can panic half way.
        self.activity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the handshake is over.
    pub(super) fn note_established(&self) {
        let mut activity = self.activity();
        activity.is_established = true;
        activity.moved = Instant::now();
    }

    /// Notes that a message was sent or received.
    pub(super) fn note_movement(&self) {
        self.activity().moved = Instant::now();
    }

    /// Returns whether there is no call.
    pub(super) fn is_idle(&self) -> bool {
        self.activity().calls == 0
    }

    /// Returns whether the connection was asked to close and will do so soon.
    pub(super) fn is_closing(&self) -> bool {
        let activity = self.activity();
        match activity.closing {
            None => false,
            Some(Closing::Now) => true,
            // A call that began meanwhile may take long.
            Some(Closing::WhenIdle) => activity.calls == 0,
        }
    }

    /// Waits until there was no call for this long.
    pub(super) async fn idle_for(&self, idle: Duration) {
        loop {
            let (calls, moved) = {
                let activity = self.activity();
                (activity.calls, activity.moved)
            };
            // A call that runs now ends later, so it is early enough to look again then.
            let due = if calls > 0 { Instant::now() + idle } else { moved + idle };
            if calls == 0 && Instant::now() >= due {
                return;
            }
            tokio::time::sleep_until(due).await;
        }
    }

    /// Returns the order in which the connection may be closed to make room, or `None` if it must stay
    /// open: it is closing already, or a call of it is being answered, or moved in this time.
    pub(super) fn closing_order(&self, quiet: Duration) -> Option<ClosingOrder> {
        let activity = self.activity();
        let has_calls = activity.calls > 0;
        let waits_for_client = activity.awaited >= activity.calls && activity.moved.elapsed() >= quiet;
        let is_established = activity.is_established;
        (activity.closing.is_none() && (!has_calls || waits_for_client)).then_some(ClosingOrder {
            is_established,
            has_calls,
            moved: activity.moved,
        })
    }

    /// Asks the task that serves the connection to close it.
    pub(super) fn close(&self, closing: Closing) {
        self.activity().closing = Some(closing);
        self.close.notify_one();
    }

    /// Waits until the connection is asked to close.
    pub(super) async fn asked_to_close(&self) -> Closing {
        loop {
            self.close.notified().await;
            if let Some(closing) = self.activity().closing {
                return closing;
            }
        }
    }
}

/// A call of a connection, until its answer is complete or nobody wants it any more.
#[derive(Debug)]
pub(in crate::server) struct OpenCall {
    connection: Arc<Connection>,
    /// Held by a call that never has more to answer by itself.
    _awaited: Option<Awaited>,
}

impl OpenCall {
    /// Begins a call. A call that lasts as long as its client likes, such as a health watch, counts as
    /// one that waits for its client.
    pub(in crate::server) fn begin(connection: &Arc<Connection>, lasts: bool) -> Self {
        let mut activity = connection.activity();
        activity.calls += 1;
        activity.moved = Instant::now();
        drop(activity);
        let awaited = lasts.then(|| Awaited::begin(connection));
        Self { connection: Arc::clone(connection), _awaited: awaited }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let mut activity = self.connection.activity();
        activity.calls -= 1;
        activity.moved = Instant::now();
    }
}

/// The time in which the server waits for the client of a call.
#[derive(Debug)]
pub(super) struct Awaited(Arc<Connection>);

impl Awaited {
    pub(super) fn begin(connection: &Arc<Connection>) -> Self {
        connection.activity().awaited += 1;
        Self(Arc::clone(connection))
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.0.activity().awaited -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tokio::time::{Instant, sleep};

    use super::{Connection, OpenCall};

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn idle_time_begins_when_the_last_call_ends() {
        let connection = Arc::new(Connection::new(false));
        let call = OpenCall::begin(&connection, false);
        let ends = async {
            sleep(Duration::from_secs(90)).await;
            drop(call);
        };
        let from = Instant::now();
        tokio::join!(connection.idle_for(MINUTE), ends);
        assert_eq!(from.elapsed().as_secs(), 150);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_call_becomes_idle() {
        let from = Instant::now();
        Connection::new(false).idle_for(MINUTE).await;
        assert_eq!(from.elapsed().as_secs(), 60);
    }
}
