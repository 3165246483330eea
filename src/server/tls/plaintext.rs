//! The answer to a client that sends plain HTTP to a port with TLS.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::protocol::Protocol;

/// What such a client gets to read.
pub const NOT_TLS: &str = "this port speaks TLS: connect with https://";

/// The first byte of every TLS connection: the type of a record with a handshake.
const HANDSHAKE: u8 = 0x16;

/// The bytes of a refused client that are read and thrown away, at most.
const MAX_DISCARDED_BYTES: usize = 64 << 10;

/// An empty SETTINGS frame, which begins every HTTP/2 connection of a server.
const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];

/// The type of a GOAWAY frame.
const GO_AWAY: u8 = 7;

/// The error code of HTTP/2 for a connection that is not secure enough.
const INADEQUATE_SECURITY: u8 = 12;

/// Returns whether a connection with this first byte speaks TLS.
pub(in crate::server) fn is_tls(first: u8) -> bool {
    first == HANDSHAKE
}

/// Answers a client that does not speak TLS with the reason, in the protocol of the port, and closes the connection.
pub(in crate::server) async fn refuse_plaintext<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    protocol: Protocol,
) {
    // An error means that the client has left, so that nobody waits for the answer.
    let _ = stream.write_all(&answer(protocol)).await;
    close_gently(stream).await;
}

fn answer(protocol: Protocol) -> Vec<u8> {
    match protocol {
        Protocol::Grpc => {
            let mut frames = SETTINGS.to_vec();
            let length = u8::try_from(8 + NOT_TLS.len()).unwrap_or(8);
            frames.extend([0, 0, length, GO_AWAY, 0, 0, 0, 0, 0]);
            // No stream of the client was looked at.
            frames.extend([0, 0, 0, 0, 0, 0, 0, INADEQUATE_SECURITY]);
            frames.extend(NOT_TLS.bytes().take(usize::from(length - 8)));
            frames
        }
        Protocol::Http => format!(
            "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{NOT_TLS}\n",
            NOT_TLS.len() + 1
        )
        .into_bytes(),
    }
}

/// Closes a connection so that its client can read what was sent last: if bytes of the client were still unread, the
/// system would throw away the answer and reset the connection.
pub(super) async fn close_gently<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let mut buffer = [0; 1_024];
    let mut discarded = 0;
    while discarded < MAX_DISCARDED_BYTES {
        match stream.read(&mut buffer).await {
            Ok(bytes) if bytes > 0 => discarded += bytes,
            _ => return,
        }
    }
}
