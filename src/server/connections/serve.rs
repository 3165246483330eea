//! Serves connections, each as a server of its own.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
};
use tokio_stream::StreamExt;
use tonic::transport::Server;

use super::{
    accept::accept,
    activity::Closing,
    calls::CountedCalls,
    open::{CLOSING_TIME, OpenConnections, OpenPlace},
    socket::Socket,
};
use crate::server::sight::ObservedCalls;

/// What it takes to serve a connection.
#[derive(Clone, Debug)]
pub(in crate::server) struct ConnectionServer {
    /// The settings of HTTP/2.
    pub(in crate::server) transport: Server,
    /// The services.
    pub(in crate::server) services: ObservedCalls,
    /// How many connections may be open.
    pub(in crate::server) most: usize,
    /// How long a connection may be open without a call.
    pub(in crate::server) idle: Duration,
}

impl ConnectionServer {
    /// Accepts connections until `stop` is ready, and answers their calls. Then waits until all calls
    /// under way have ended and all connections are closed.
    pub(in crate::server) async fn run(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let open = OpenConnections::new(self.most);
        let (stopping, stopped) = watch::channel(());
        let mut stop = std::pin::pin!(stop);
        loop {
            let make_room = || {
                open.make_room();
            };
            let stream = tokio::select! {
                () = &mut stop => break,
                (stream, _) = accept(|| listener.accept(), make_room) => stream,
            };
            let place = tokio::select! {
                () = &mut stop => break,
                place = open.place() => place,
            };
            match place {
                Some(place) => drop(tokio::spawn(self.clone().serve(stream, place, stopped.clone()))),
                // Dropping the stream closes it, so that its client need not wait for an answer.
                None => open.warn_of_refusal(),
            }
        }
        drop((listener, stopping));
        open.all_closed().await;
    }

    /// Serves one connection until it is closed.
    async fn serve(self, stream: TcpStream, place: OpenPlace, mut stopped: watch::Receiver<()>) {
        if let Err(cause) = stream.set_nodelay(true) {
            tracing::debug!(%cause, "a connection closed before it was served");
            return;
        }
        let connection = place.connection();
        let (socket, mut control) = Socket::new(stream);
        let (go_away, going_away) = oneshot::channel::<()>();
        // There is never a second connection, but the server would stop at the end of the stream.
        let incoming = tokio_stream::once(Ok::<_, io::Error>(socket)).chain(tokio_stream::pending());
        let calls = CountedCalls::new(self.services, Arc::clone(connection));
        let serving = self.transport.serve_with_incoming_shutdown(calls, incoming, async {
            // The sender sends nothing; it is dropped.
            let _ = going_away.await;
        });
        let mut serving = std::pin::pin!(serving);
        let closing = tokio::select! {
            _ = &mut serving => return,
            () = control.closed() => return,
            closing = connection.asked_to_close() => Some(closing),
            () = connection.idle_for(self.idle) => Some(Closing::WhenIdle),
            // An error means that the server stops.
            _ = stopped.changed() => None,
        };
        drop(go_away);
        let Some(closing) = closing else {
            // Only an error of the transport, after which nothing is left to do.
            let _ = serving.await;
            return;
        };
        while tokio::time::timeout(CLOSING_TIME, &mut serving).await.is_err() {
            if closing == Closing::Now || connection.is_idle() {
                control.cut().await;
                return;
            }
        }
    }
}
