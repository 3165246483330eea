//! Files as streams of messages, for threads that may block.

use std::{
    io::{self, Read, Write},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::mpsc::{self, error::SendTimeoutError},
    time::Instant,
};
use tokio_stream::{Stream, StreamExt};
use tonic::Status;

use crate::{
    fault::Fault,
    rpc::proto::{self, export_response::Part, import_request::Part as In},
    service::{StreamLimits, WaitAllowance},
};

/// The maximum number of bytes in a chunk that a client sends.
const MAX_CHUNK_BYTES: usize = 1 << 20;

/// The number of buffered bytes from which a chunk is sent to the client.
const SENT_CHUNK_BYTES: usize = 256 << 10;

/// The fault of a client that was too slow, once that is known. The task that moves the chunks sets it,
/// because the job that reads or writes them only sees an I/O error.
#[derive(Clone, Debug, Default)]
pub(super) struct SlowClient(Arc<OnceLock<Fault>>);

impl SlowClient {
    /// Returns the fault of the client if it was too slow, otherwise the fault that the job returned.
    pub(super) fn or(&self, fault: Fault) -> Fault {
        self.0.get().cloned().unwrap_or(fault)
    }

    fn set(&self, fault: Fault) -> io::Error {
        let error = io::Error::other(fault.to_string());
        // Only the first fault counts.
        let _ = self.0.set(fault);
        error
    }
}

/// Returns the fault of a client that sends an import too slowly.
pub(super) fn import_too_slow(limits: StreamLimits) -> Fault {
    Fault::ImportTooSlow {
        kib_per_minute: limits.import_bytes_per_minute >> 10,
        stall_seconds: limits.stall.as_secs(),
    }
}

/// Forwards the client's chunks to the reader. An import needs the end message, because a stream that
/// stops without it was cancelled or broke. The reader then gets an error, and the import fails. It
/// fails in the same way if the client does not keep the least pace. Only the time in which this
/// function waits for the client counts, not the time in which the reader takes no chunk.
pub(super) async fn forward_chunks(
    mut parts: impl Stream<Item = Result<proto::ImportRequest, Status>> + Unpin,
    chunks: mpsc::Sender<io::Result<Option<Vec<u8>>>>,
    limits: StreamLimits,
    slow: SlowClient,
) {
    let mut allowance = WaitAllowance::new(limits);
    loop {
        let asked = Instant::now();
        let next = match tokio::time::timeout(allowance.left(), parts.next()).await {
            Err(_) => Err(slow.set(import_too_slow(limits))),
            Ok(Some(Err(status))) => {
                Err(io::Error::other(format!("the connection broke: {}", status.message())))
            }
            Ok(None) => Err(io::Error::other("the stream stopped without its end message")),
            Ok(Some(Ok(message))) => match message.part {
                Some(In::Chunk(bytes)) if bytes.len() > MAX_CHUNK_BYTES => {
                    let message = format!("a chunk of {} bytes: {MAX_CHUNK_BYTES} at most", bytes.len());
                    Err(io::Error::other(message))
                }
                Some(In::Chunk(bytes)) => {
                    allowance.take(asked.elapsed(), bytes.len());
                    Ok(Some(bytes))
                }
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
    /// Creates a reader of the chunks that [`forward_chunks`] sends.
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

/// Sends the bytes written to it in chunks. Waits if the client is slow, but not longer than a stall.
pub(super) struct ChunkWriter {
    chunks: mpsc::Sender<Result<proto::ExportResponse, Status>>,
    buffer: Vec<u8>,
    stall: Duration,
    slow: SlowClient,
}

impl ChunkWriter {
    /// Creates a writer into a stream.
    pub(super) fn new(
        chunks: mpsc::Sender<Result<proto::ExportResponse, Status>>,
        stall: Duration,
        slow: SlowClient,
    ) -> Self {
        Self { chunks, buffer: Vec::with_capacity(SENT_CHUNK_BYTES), stall, slow }
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
        let sent = self.chunks.send_timeout(Ok(message), self.stall);
        tokio::runtime::Handle::current().block_on(sent).map_err(|error| match error {
            SendTimeoutError::Timeout(_) => {
                self.slow.set(Fault::ExportTooSlow { stall_seconds: self.stall.as_secs() })
            }
            SendTimeoutError::Closed(_) => io::Error::other("the client left"),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        time::Duration,
    };

    use tokio::{sync::mpsc, time::Instant};
    use tokio_stream::wrappers::ReceiverStream;
    use tonic::Status;

    use super::{ChunkWriter, In, SENT_CHUNK_BYTES, SlowClient, forward_chunks, proto};
    use crate::{fault::Fault, service::StreamLimits};

    const LIMITS: StreamLimits =
        StreamLimits { stall: Duration::from_secs(60), import_bytes_per_minute: 60 << 10 };

    type Chunks = mpsc::Receiver<io::Result<Option<Vec<u8>>>>;

    /// Starts forwarding. Returns the client's side, the reader's side and the fault of a slow client.
    fn forwarding() -> (mpsc::Sender<Result<proto::ImportRequest, Status>>, Chunks, SlowClient) {
        let (client, parts) = mpsc::channel(1);
        let (chunks, received) = mpsc::channel(1);
        let slow = SlowClient::default();
        tokio::spawn(forward_chunks(ReceiverStream::new(parts), chunks, LIMITS, slow.clone()));
        (client, received, slow)
    }

    fn part(part: In) -> Result<proto::ImportRequest, Status> {
        Ok(proto::ImportRequest { part: Some(part) })
    }

    fn is_too_slow(slow: &SlowClient) -> bool {
        matches!(
            slow.or(Fault::DeadlinePassed),
            Fault::ImportTooSlow { kib_per_minute: 60, stall_seconds: 60 }
        )
    }

    #[tokio::test(start_paused = true)]
    async fn a_stalled_client_is_given_up_after_a_stall() {
        let (client, mut received, slow) = forwarding();
        client.send(part(In::Chunk(vec![0; 1 << 20]))).await.unwrap();
        assert!(received.recv().await.unwrap().unwrap().is_some());
        let from = Instant::now();
        let error = received.recv().await.unwrap().unwrap_err().to_string();
        assert!(error.contains("60 KiB a minute"), "{error}");
        assert_eq!(from.elapsed().as_secs(), LIMITS.stall.as_secs());
        assert!(is_too_slow(&slow));
        drop(client);
    }

    /// Sends a chunk of so many bytes every 20 s, for an hour at most. Returns how long that went well.
    async fn drip(bytes: usize) -> Duration {
        let (client, mut received, _) = forwarding();
        tokio::spawn(async move {
            while client.send(part(In::Chunk(vec![0; bytes]))).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(20)).await;
            }
        });
        let from = Instant::now();
        while from.elapsed() < Duration::from_secs(3_600) && received.recv().await.unwrap().is_ok() {}
        from.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_dripping_client_is_given_up_and_one_at_the_least_pace_is_not() {
        assert!(drip(20 << 10).await >= Duration::from_secs(3_600));
        assert!(drip(10 << 10).await < Duration::from_secs(300));
        assert!(drip(9).await < Duration::from_secs(90));
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_given_up() {
        // The receiver stays open, and nobody reads from it.
        let (chunks, _received) = mpsc::channel(1);
        let slow = SlowClient::default();
        let mut out = ChunkWriter::new(chunks, Duration::from_millis(1), slow.clone());
        let written = tokio::task::spawn_blocking(move || {
            (0..3).try_for_each(|_| out.write_all(&[0; SENT_CHUNK_BYTES]))
        });
        assert!(written.await.unwrap().is_err());
        assert!(matches!(slow.or(Fault::DeadlinePassed), Fault::ExportTooSlow { .. }));
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_in_which_no_chunk_is_taken_does_not_count() {
        let (client, mut received, slow) = forwarding();
        for _ in 0..3 {
            client.send(part(In::Chunk(vec![0; 9]))).await.unwrap();
        }
        // The reader is busy for much longer than a stall, for example because it waits for the disk.
        tokio::time::sleep(10 * LIMITS.stall).await;
        for _ in 0..3 {
            assert!(received.recv().await.unwrap().unwrap().is_some());
        }
        // The client still has its whole allowance.
        tokio::time::sleep(LIMITS.stall - Duration::from_secs(1)).await;
        client.send(part(In::End(proto::ImportEnd {}))).await.unwrap();
        assert!(received.recv().await.unwrap().unwrap().is_none());
        assert!(!is_too_slow(&slow));
    }
}
