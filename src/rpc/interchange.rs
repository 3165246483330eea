//! `InterchangeService`: files as streams of bytes.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::{
    convert,
    gate::{Gate, Work},
    memory::{on_same_source, refused},
    proto::{
        self, import_request::Part as In, import_response::Part as Out,
        interchange_service_server::InterchangeService,
    },
};
use crate::{
    caller::Caller,
    engine::{ImportTarget, NewCollection},
    fault::Violation,
    interchange::UnitFormat,
    locale::Locale,
};

/// Chunks that wait for the reader: the client is held up beyond.
const CHUNKS: usize = 8;

/// Bytes of one chunk.
const CHUNK_BYTES: usize = 1 << 20;

/// How long the next chunk may take: a client that went silent must not keep
/// its place.
const PATIENCE: Duration = Duration::from_secs(60);

/// Units between two messages of progress.
const PROGRESS_EVERY: u64 = 1_000;

#[derive(Debug)]
pub(super) struct Interchange {
    gate: Gate,
}

impl Interchange {
    pub(super) fn new(gate: Gate) -> Self {
        Self { gate }
    }
}

#[tonic::async_trait]
impl InterchangeService for Interchange {
    type ImportStream = ReceiverStream<Result<proto::ImportResponse, Status>>;

    async fn import(
        &self,
        request: Request<Streaming<proto::ImportRequest>>,
    ) -> Result<Response<Self::ImportStream>, Status> {
        let mut parts = request.into_inner();
        let first = parts.message().await?.and_then(|m| m.part);
        let Some(In::Header(header)) = first else {
            let message = "the first message must hold the header, the others chunks";
            return Err(refused(Violation::new("header", "NO_HEADER", message)));
        };
        let (target, format) = read_header(header).map_err(refused)?;

        let (chunks, received) = mpsc::channel(CHUNKS);
        let (answers, stream) = mpsc::channel(4);
        tokio::spawn(forward(parts, chunks));
        let gate = self.gate.clone();
        tokio::spawn(async move {
            let bytes_read = Arc::new(AtomicU64::new(0));
            let reader = ChunkReader {
                received,
                ready: Vec::new(),
                at: 0,
                ended: false,
                bytes_read: Arc::clone(&bytes_read),
            };
            let progress = answers.clone();
            let result = gate
                .run(Work::Import, move |engine| {
                    let mut told = |units_read: u64| {
                        if units_read.is_multiple_of(PROGRESS_EVERY) {
                            let bytes_read = bytes_read.load(Ordering::Relaxed);
                            let part = Out::Progress(proto::ImportProgress { bytes_read, units_read });
                            // Progress is dropped when the client does not keep up.
                            let _ = progress.try_send(Ok(proto::ImportResponse { part: Some(part) }));
                        }
                    };
                    engine.import_file(&Caller::anonymous(), target, format, reader, &mut told)
                })
                .await;
            let last = result
                .map(|report| proto::ImportResponse { part: Some(Out::Report(convert::report(report))) });
            if answers.send(last).await.is_err() {
                tracing::info!("an import's client left before its report");
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

fn read_header(header: proto::ImportHeader) -> Result<(ImportTarget, UnitFormat), Violation> {
    let memory = convert::name("header.memory", &header.memory)?;
    let on_same_source = on_same_source(header.on_same_source).map_err(|v| v.inside("header"))?;
    let format = match proto::ImportFormat::try_from(header.format) {
        Ok(proto::ImportFormat::Tmx) => UnitFormat::Tmx,
        Ok(proto::ImportFormat::Tsv) => UnitFormat::Tsv,
        Ok(proto::ImportFormat::Unspecified) => UnitFormat::of_file(&header.file_name).ok_or_else(|| {
            let message = format!("the ending of '{}' tells no format: name TMX or TSV", header.file_name);
            Violation::new("header.format", "BAD_FORMAT", message)
        })?,
        Err(_) => {
            let message = format!("{} is no format: TMX or TSV", header.format);
            return Err(Violation::new("header.format", "BAD_FORMAT", message));
        }
    };
    let create = if header.create {
        Some(NewCollection {
            name: memory.clone(),
            source_locale: convert::locale_or(
                "header.source_locale",
                &header.source_locale,
                Locale::arabic(),
            )?,
            target_locale: convert::locale_or(
                "header.target_locale",
                &header.target_locale,
                Locale::english(),
            )?,
            description: String::new(),
        })
    } else {
        None
    };
    Ok((
        ImportTarget { memory, create, only_new: false, file_name: header.file_name, on_same_source },
        format,
    ))
}

/// Hands the client's chunks to the reader. The end must be said: a stream
/// that stops without it was cancelled or broke, and the import is given up.
async fn forward(
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
struct ChunkReader {
    received: mpsc::Receiver<io::Result<Option<Vec<u8>>>>,
    ready: Vec<u8>,
    at: usize,
    ended: bool,
    bytes_read: Arc<AtomicU64>,
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
