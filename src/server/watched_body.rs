//! The body of a request or of an answer, with somebody who looks at what it brings.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Frame, SizeHint};
use tonic::{Status, body::Body, codegen::Bytes};

/// What a body brought when it was polled.
pub(super) type PolledFrame = Poll<Option<Result<Frame<Bytes>, Status>>>;

/// Looks at what a body brings. It is dropped with the body.
pub(super) trait BodyWatch {
    fn look(&mut self, polled: &PolledFrame);
}

/// A body that is passed on unchanged.
#[derive(Debug)]
pub(super) struct WatchedBody<W> {
    body: Body,
    watch: W,
}

impl<W> WatchedBody<W> {
    pub(super) fn new(body: Body, watch: W) -> Self {
        Self { body, watch }
    }
}

impl<W: BodyWatch + Unpin> http_body::Body for WatchedBody<W> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> PolledFrame {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.watch.look(&polled);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
