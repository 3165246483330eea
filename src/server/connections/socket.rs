//! A socket that can be cut from outside, and that reports when it is closed.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::oneshot,
};

/// The socket of one connection.
#[derive(Debug)]
pub(in crate::server) struct Socket {
    stream: TcpStream,
    cut: oneshot::Receiver<()>,
    is_cut: bool,
    /// Dropped with the socket, which [`SocketControl::closed`] notices.
    _open: oneshot::Sender<()>,
}

/// The other end of a [`Socket`].
#[derive(Debug)]
pub(super) struct SocketControl {
    cut: Option<oneshot::Sender<()>>,
    closed: oneshot::Receiver<()>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream) -> (Self, SocketControl) {
        let (cut, is_cut) = oneshot::channel();
        let (open, closed) = oneshot::channel();
        let socket = Self { stream, cut: is_cut, is_cut: false, _open: open };
        (socket, SocketControl { cut: Some(cut), closed })
    }

    /// Returns whether the socket was cut. Wakes the task when that happens.
    fn poll_cut(&mut self, context: &mut Context<'_>) -> bool {
        self.is_cut = self.is_cut || Pin::new(&mut self.cut).poll(context).is_ready();
        self.is_cut
    }
}

impl Socket {
    /// Returns the first byte that the client sends, without taking it. `None` if it sends nothing.
    pub(super) async fn first_byte(&self) -> io::Result<Option<u8>> {
        let mut buffer = [0];
        let bytes = self.stream.peek(&mut buffer).await?;
        Ok((bytes > 0).then_some(buffer[0]))
    }
}

impl SocketControl {
    /// Waits until the socket is closed.
    pub(super) async fn closed(&mut self) {
        // The sender sends nothing; it is dropped with the socket.
        let _ = (&mut self.closed).await;
    }

    /// Cuts the connection, and waits until the socket is closed.
    pub(super) async fn cut(mut self) {
        self.cut = None;
        self.closed().await;
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.poll_cut(context) {
            // As if the client had closed the connection.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.poll_cut(context) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.poll_cut(context) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
