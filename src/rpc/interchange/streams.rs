//! Files as streams of messages, for threads that may block.

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

/// The maximum number of bytes in a chunk that a client sends.
const MAX_CHUNK_BYTES: usize = 1 << 20;

/// The number of buffered bytes from which a chunk is sent to the client.
const SENT_CHUNK_BYTES: usize = 256 << 10;

/// The time within which the next chunk must arrive or be taken, because a client that stalls would keep
/// its permit.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(60);

/// Forwards the client's chunks to the reader. An import needs the end message, because a stream that
/// stops without it was cancelled or broke. The reader then gets an error, and the import fails.
pub(super) async fn forward_chunks(
    mut parts: Streaming<proto::ImportRequest>,
    chunks: mpsc::Sender<io::Result<Option<Vec<u8>>>>,
) {
    loop {
        let next = match tokio::time::timeout(CHUNK_TIMEOUT, parts.message()).await {
            Err(_) => Err(io::Error::other("no chunk came for a minute")),
            Ok(Err(status)) => Err(io::Error::other(format!("the connection broke: {}", status.message()))),
            Ok(Ok(None)) => Err(io::Error::other("the stream stopped without its end message")),
            Ok(Ok(Some(message))) => match message.part {
                Some(In::Chunk(bytes)) if bytes.len() > MAX_CHUNK_BYTES => {
                    let message = format!("a chunk of {} bytes: {MAX_CHUNK_BYTES} at most", bytes.len());
                    Err(io::Error::other(message))
                }
                Some(In::Chunk(bytes)) => Ok(Some(bytes)),
                Some(In::End(_)) => Ok(None),
                Some(In::Header(_)) | None => {
                    Err(io::Error::other("a message without a chunk: the header comes once, first"))
                }
            },
        };
        let is_last = !matches!(next, Ok(Some(_)));
        if chunks.send(next).await.is_err() || is_last {
            return;
        }
    }
}

/// Reads chunks as one file, in a thread that may block.
pub(super) struct ChunkReader {
    received: mpsc::Receiver<io::Result<Option<Vec<u8>>>>,
    chunk: Vec<u8>,
    position: usize,
    ended: bool,
    bytes_read: Arc<AtomicU64>,
}

impl ChunkReader {
    /// Creates a reader of the chunks that [`forward`] sends.
    pub(super) fn new(
        received: mpsc::Receiver<io::Result<Option<Vec<u8>>>>,
        bytes_read: Arc<AtomicU64>,
    ) -> Self {
        Self { received, chunk: Vec::new(), position: 0, ended: false, bytes_read }
    }
}

impl Read for ChunkReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.position == self.chunk.len() {
            if self.ended {
                return Ok(0);
            }
            match self.received.blocking_recv() {
                Some(Ok(Some(bytes))) => {
                    self.bytes_read.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    self.chunk = bytes;
                    self.position = 0;
                }
                Some(Ok(None)) => {
                    self.ended = true;
                    return Ok(0);
                }
                Some(Err(broken)) => return Err(broken),
                None => return Err(io::Error::other("the connection broke")),
            }
        }
        let rest = self.chunk.get(self.position..).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        self.position += n;
        Ok(n)
    }
}

/// Sends the bytes written to it in chunks. Waits if the client is slow.
pub(super) struct ChunkWriter {
    chunks: mpsc::Sender<Result<proto::ExportResponse, Status>>,
    buffer: Vec<u8>,
}

impl ChunkWriter {
    /// Creates a writer into a stream.
    pub(super) fn new(chunks: mpsc::Sender<Result<proto::ExportResponse, Status>>) -> Self {
        Self { chunks, buffer: Vec::with_capacity(SENT_CHUNK_BYTES) }
    }
}

impl Write for ChunkWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= SENT_CHUNK_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(SENT_CHUNK_BYTES));
        let message = proto::ExportResponse { part: Some(Part::Chunk(chunk)) };
        let sent = self.chunks.send_timeout(Ok(message), CHUNK_TIMEOUT);
        tokio::runtime::Handle::current().block_on(sent).map_err(|error| {
            io::Error::other(match error {
                SendTimeoutError::Timeout(_) => "the client took nothing for a minute",
                SendTimeoutError::Closed(_) => "the client left",
            })
        })
    }
}
