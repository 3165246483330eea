//! Serves connections, each as a server of its own.

use std::{sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
};

use super::{
    accept::accept,
    activity::{Closing, Connection},
    open::{CLOSING_TIME, OpenConnections, OpenPlace},
    socket::Socket,
    stream::Stream,
};
use crate::{
    access::ClientCertificate,
    server::tls::{Protocol, Tls, is_tls, refuse_plaintext},
};

/// A connection whose handshake, if it has one, is over.
#[derive(Debug)]
pub(in crate::server) struct Opened {
    /// Its bytes.
    pub(in crate::server) stream: Stream,
    /// What happens on it. Its calls must be noted there, because it is closed when it has been idle.
    pub(in crate::server) connection: Arc<Connection>,
    /// What the certificate of its client says.
    pub(in crate::server) certificate: Option<ClientCertificate>,
}

/// Answers the calls of connections in a protocol.
pub(in crate::server) trait AnswerConnection: Clone + Send + Sync + 'static {
    /// The protocol.
    const PROTOCOL: Protocol;

    /// Answers the calls of one connection. From `stop` on it begins no other call, and ends when those under way have
    /// ended.
    fn answer(
        self,
        opened: Opened,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = ()> + Send;
}

/// What it takes to serve the connections of a listener.
#[derive(Clone, Debug)]
pub(in crate::server) struct ConnectionServer<A> {
    /// Answers the calls.
    pub(in crate::server) answers: A,
    /// How connections are encrypted, if they are.
    pub(in crate::server) tls: Option<Tls>,
    /// How many connections may be open.
    pub(in crate::server) most: usize,
    /// How long a connection may be open without a call.
    pub(in crate::server) idle: Duration,
}

impl<A: AnswerConnection> ConnectionServer<A> {
    /// Accepts connections until `stop` is ready, and answers their calls. Then waits until all calls
    /// under way have ended and all connections are closed.
    ///
    /// A handshake is made by the task of its connection, so that one that takes long delays no other connection.
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
                place = open.place(self.tls.is_some()) => place,
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
        let trusted = self.tls.as_ref().map(Tls::watch_client_ca);
        let secured = tokio::select! {
            secured = secure(self.tls.as_ref(), socket, A::PROTOCOL) => secured,
            _ = connection.asked_to_close() => None,
            _ = stopped.changed() => None,
        };
        let Some((stream, certificate)) = secured else { return };
        connection.note_established();
        let has_certificate = certificate.is_some();
        let opened = Opened { stream, connection: Arc::clone(connection), certificate };
        let (go_away, going_away) = oneshot::channel::<()>();
        let serving = self.answers.answer(opened, async {
            // The sender sends nothing; it is dropped.
            let _ = going_away.await;
        });
        let mut serving = std::pin::pin!(serving);
        let closing = tokio::select! {
            () = &mut serving => return,
            () = control.closed() => return,
            closing = connection.asked_to_close() => Some(closing),
            () = connection.idle_for(self.idle) => Some(Closing::WhenIdle),
            // The CA of the client's certificate may not be trusted any more.
            () = changed(trusted), if has_certificate => Some(Closing::WhenIdle),
            // An error means that the server stops.
            _ = stopped.changed() => None,
        };
        drop(go_away);
        let Some(closing) = closing else {
            serving.await;
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

/// Waits for a change, if there can be one.
async fn changed(change: Option<impl Future<Output = ()>>) {
    match change {
        Some(change) => change.await,
        None => std::future::pending().await,
    }
}

/// Makes the handshake of TLS, if there is one. Returns `None` if the client does not finish it in time, is not accepted,
/// or does not speak TLS.
async fn secure(
    tls: Option<&Tls>,
    mut socket: Socket,
    protocol: Protocol,
) -> Option<(Stream, Option<ClientCertificate>)> {
    let Some(tls) = tls else { return Some((Stream::Plain(socket), None)) };
    let handshake = async {
        match socket.first_byte().await {
            Ok(Some(first)) if is_tls(first) => {}
            Ok(Some(_)) => {
                refuse_plaintext(&mut socket, protocol).await;
                return None;
            }
            Ok(None) | Err(_) => return None,
        }
        match tls.accept(socket, protocol).await {
            Ok((stream, certificate)) => Some((Stream::Tls(Box::new(stream)), certificate)),
            Err(cause) => {
                tracing::debug!(%cause, "a TLS handshake failed");
                None
            }
        }
    };
    tokio::time::timeout(tls.handshake_time(), handshake).await.ok().flatten()
}
