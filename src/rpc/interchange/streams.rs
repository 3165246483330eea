//! Files as streams of messages, for threads that may wait.

use std::{
    io::{self, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::mpsc::{self, error::SendTimeoutError};
use tonic::{Status, Streaming};

use crate::rpc::proto::{self, export_response::Part, import_request::Part as In};

/// Bytes of one chunk.
const CHUNK_BYTES: usize = 1 << 20;

/// Bytes of one chunk that goes out.
const OUT_BYTES: usize = 256 << 10;

/// How long the next chunk may take, in or out: a client that went silent must not keep
/// its place.
const PATIENCE: Duration = Duration::from_secs(60);

/// Hands the client's chunks to the reader. The end must be said: a stream
/// that stops without it was cancelled or broke, and the import is given up.
pub(super) async fn forward(
    mut parts: Streaming<proto::ImportRequest>,
    chunks: mpsc::Sender<io::Result<Option<Vec<u8>>>>,
) {
    loop {
        let broken = |why: &str| Err(io::Error::other(why.to_owned()));
        let next = match tokio::time::timeout(PATIENCE, parts.message()).await {
            Err(_) => broken("no chunk came for a minute"),
            Ok(Err(status)) => broken(&format!("the connection broke: {}", status.message())),
            Ok(Ok(None)) => broken("the stream stopped without its end message"),
            Ok(Ok(Some(message))) => match message.part {
                Some(In::Chunk(bytes)) if bytes.len() > CHUNK_BYTES => {
                    broken(&format!("a chunk of {} bytes: {CHUNK_BYTES} at most", bytes.len()))
                }
                Some(In::Chunk(bytes)) => Ok(Some(bytes)),
                Some(In::End(_)) => Ok(None),
                Some(In::Header(_)) | None => {
                    broken("a message without a chunk: the header comes once, first")
                }
            },
        };
        let over = !matches!(next, Ok(Some(_)));
        if chunks.send(next).await.is_err() || over {
            return;
        }
    }
}

/// Reads chunks as one file, in a thread that may wait.
pub(super) struct ChunkReader {
    received: mpsc::Receiver<io::Result<Option<Vec<u8>>>>,
    ready: Vec<u8>,
    at: usize,
    ended: bool,
    bytes_read: Arc<AtomicU64>,
}

impl ChunkReader {
    /// Makes a reader of what [`forward`] hands on.
    pub(super) fn new(
        received: mpsc::Receiver<io::Result<Option<Vec<u8>>>>,
        bytes_read: Arc<AtomicU64>,
    ) -> Self {
        Self { received, ready: Vec::new(), at: 0, ended: false, bytes_read }
    }
}

impl Read for ChunkReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() {
            if self.ended {
                return Ok(0);
            }
            match self.received.blocking_recv() {
                Some(Ok(Some(bytes))) => {
                    self.bytes_read.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    self.ready = bytes;
                    self.at = 0;
                }
                Some(Ok(None)) => {
                    self.ended = true;
                    return Ok(0);
                }
                Some(Err(broken)) => return Err(broken),
                None => return Err(io::Error::other("the connection broke")),
            }
        }
        let rest = self.ready.get(self.at..).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        self.at += n;
        Ok(n)
    }
}

/// Sends what is written in chunks, and waits for a client that is slow.
pub(super) struct ChunkWriter {
    chunks: mpsc::Sender<Result<proto::ExportResponse, Status>>,
    ready: Vec<u8>,
}

impl ChunkWriter {
    /// Makes a writer into a stream.
    pub(super) fn new(chunks: mpsc::Sender<Result<proto::ExportResponse, Status>>) -> Self {
        Self { chunks, ready: Vec::with_capacity(OUT_BYTES) }
    }
}

impl Write for ChunkWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.ready.extend_from_slice(bytes);
        if self.ready.len() >= OUT_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.ready.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.ready, Vec::with_capacity(OUT_BYTES));
        let message = proto::ExportResponse { part: Some(Part::Chunk(chunk)) };
        let sent = self.chunks.send_timeout(Ok(message), PATIENCE);
        tokio::runtime::Handle::current().block_on(sent).map_err(|error| {
            io::Error::other(match error {
                SendTimeoutError::Timeout(_) => "the client took nothing for a minute",
                SendTimeoutError::Closed(_) => "the client left",
            })
        })
    }
}
