//! The methods of `InterchangeService`.

use std::{
    io::{Read, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::streams::{ChunkReader, ChunkWriter, SlowClient, forward_chunks, import_too_slow};
use crate::{
    caller::Caller,
    engine::{Checker, Engine},
    fault::{Fault, Violation},
    interchange::EncodedFile,
    limits::Limits,
    rpc::{
        admit::caller_of,
        convert::{self, ExportOrigin, ImportDestination},
        deadline::deadline,
        proto::{
            self, export_response::Part as Piece, import_request::Part as In, import_response::Part as Out,
            interchange_service_server::InterchangeService,
        },
        status::{status, violation_status},
    },
    service::{Admission, Place, StreamLimits, Waiting, WorkClass},
};

/// The number of chunks of an import that are buffered. The sender waits if there are more.
const MAX_BUFFERED_CHUNKS: usize = 8;

/// The number of chunks of an export that are buffered. It is small, because a client that takes
/// nothing keeps them as long as it keeps its stream.
const MAX_UNSENT_CHUNKS: usize = 2;

/// The number of units between two progress messages.
const UNITS_PER_PROGRESS_MESSAGE: u64 = 1_000;

#[derive(Debug)]
pub(crate) struct Interchange {
    admission: Admission,
    limits: Limits,
    streams: StreamLimits,
}

impl Interchange {
    pub(crate) fn new(admission: Admission, limits: Limits, streams: StreamLimits) -> Self {
        Self { admission, limits, streams }
    }
}

#[tonic::async_trait]
impl InterchangeService for Interchange {
    type ImportStream = ReceiverStream<Result<proto::ImportResponse, Status>>;

    async fn import(
        &self,
        request: Request<Streaming<proto::ImportRequest>>,
    ) -> Result<Response<Self::ImportStream>, Status> {
        let caller = caller_of(&request)?;
        let mut parts = request.into_inner();
        let limits = self.streams;
        let first = tokio::time::timeout(limits.stall, parts.message()).await;
        let first = first.map_err(|_| status(&import_too_slow(limits)))??.and_then(|m| m.part);
        let Some(In::Header(header)) = first else {
            let message = "the first message must hold the header, the others chunks";
            return Err(violation_status(Violation::new("header", "NO_HEADER", message)));
        };
        let total_bytes = header.total_bytes;
        let encoding_name = header.encoding.clone();
        let destination = convert::import_destination(header).map_err(violation_status)?;
        let encoding = convert::import_encoding(&encoding_name, &destination).map_err(violation_status)?;

        let waiting = self.admission.enter(WorkClass::Import).map_err(|fault| status(&fault))?;
        let (answers, stream) = mpsc::channel(4);
        tokio::spawn(async move {
            let Some(place) = place_or_end(waiting, &answers, limits, "import").await else { return };
            // Only now, because an import that waits must not fill the memory with its chunks.
            let (chunks, received) = mpsc::channel(MAX_BUFFERED_CHUNKS);
            let slow = SlowClient::default();
            let forwarder = tokio::spawn(forward_chunks(parts, chunks, limits, slow.clone()));
            let bytes_read = Arc::new(AtomicU64::new(0));
            let reader = ChunkReader::new(received, Arc::clone(&bytes_read));
            let progress_answers = answers.clone();
            let result = place
                .run(caller, move |engine, caller| {
                    let progress = ImportProgress {
                        started: Instant::now(),
                        bytes_read,
                        total_bytes,
                        answers: progress_answers,
                    };
                    let reader: Box<dyn Read> = match encoding {
                        Some(encoding) => Box::new(EncodedFile::new(reader, destination.endings(), encoding)),
                        None => Box::new(reader),
                    };
                    match destination {
                        ImportDestination::Memory(target, format) => {
                            engine.import_file(caller, target, format, reader, &mut |units_read| {
                                progress.report(units_read);
                            })
                        }
                        ImportDestination::Glossary(target, format) => {
                            engine.import_concepts(caller, target, format, reader)
                        }
                    }
                })
                .await;
            // It may still wait for a chunk that nobody needs, if the import failed.
            forwarder.abort();
            let last = result.map_err(|fault| status(&slow.or(fault))).map(|report| proto::ImportResponse {
                part: Some(Out::Report(convert::import_report(report))),
            });
            send_last(&answers, last, limits, "import").await;
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn revert_import(
        &self,
        request: Request<proto::RevertImportRequest>,
    ) -> Result<Response<proto::RevertImportResponse>, Status> {
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        if r.memory.is_empty() && !r.glossary.is_empty() {
            let glossary = convert::name("glossary", &r.glossary).map_err(violation_status)?;
            let report = self
                .admission
                .answer(caller, WorkClass::Write, move |engine, caller| {
                    engine.revert_concepts(caller, &glossary, r.import_id)
                })
                .await?;
            return Ok(Response::new(convert::concept_revert_report(report)));
        }
        let memory = convert::name("memory", &r.memory).map_err(violation_status)?;
        let report = self
            .admission
            .answer(caller, WorkClass::Write, move |e, caller| e.revert_import(caller, &memory, r.import_id))
            .await?;
        Ok(Response::new(convert::revert_report(&report)))
    }

    type ExportStream = ReceiverStream<Result<proto::ExportResponse, Status>>;

    async fn export(
        &self,
        request: Request<proto::ExportRequest>,
    ) -> Result<Response<Self::ExportStream>, Status> {
        let caller = caller_of(&request)?;
        let (deadline, cancels) = deadline(request.metadata()).cancelled_on_drop();
        let origin = convert::export_origin(Checker::new(&self.limits), request.into_inner())
            .map_err(violation_status)?;
        // Checked first, so that the call itself fails if the name is unknown, not the end of its stream.
        let named = origin.clone();
        self.admission
            .answer(caller.clone(), WorkClass::Cpu, move |e, caller| check_exists(e, caller, &named))
            .await?;
        let waiting = self.admission.enter(WorkClass::Export).map_err(|fault| status(&fault))?;
        let (answers, stream) = mpsc::channel(MAX_UNSENT_CHUNKS);
        let limits = self.streams;
        tokio::spawn(async move {
            let Some(place) = place_or_end(waiting, &answers, limits, "export").await else { return };
            let slow = SlowClient::default();
            let mut out = ChunkWriter::new(answers.clone(), limits.stall, slow.clone());
            let export = place.run(caller, move |engine, caller| {
                let report = match origin {
                    ExportOrigin::Memory(memory, filter, format) => {
                        engine.export_units(caller, &memory, &filter, format, &mut out, &deadline)?
                    }
                    ExportOrigin::Glossary(glossary, format) => {
                        engine.export_concepts(caller, &glossary, format, &mut out, &deadline)?
                    }
                };
                out.flush().map_err(|e| Fault::invalid("", "NOT_WRITABLE", e.to_string()))?;
                Ok(report)
            });
            let result = tokio::select! {
                result = export => result,
                // Nobody reads the file any more.
                () = answers.closed() => {
                    drop(cancels);
                    tracing::info!("an export's client left");
                    return;
                }
            };
            let last = result.map_err(|fault| status(&slow.or(fault))).map(|report| proto::ExportResponse {
                part: Some(Piece::Report(convert::export_report(report))),
            });
            send_last(&answers, last, limits, "export").await;
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// Waits for a place. Returns `None` if the client leaves before there is one, or if there is none; in
/// that case the fault is the last message of the stream.
async fn place_or_end<T>(
    waiting: Waiting,
    answers: &mpsc::Sender<Result<T, Status>>,
    limits: StreamLimits,
    what: &str,
) -> Option<Place> {
    let place = tokio::select! {
        place = waiting.place() => place,
        () = answers.closed() => return None,
    };
    match place {
        Ok(place) => Some(place),
        Err(fault) => {
            send_last(answers, Err(status(&fault)), limits, what).await;
            None
        }
    }
}

/// Sends the last message of a stream, unless the client has left or takes nothing.
async fn send_last<T>(answers: &mpsc::Sender<T>, last: T, limits: StreamLimits, what: &str) {
    if answers.send_timeout(last, limits.stall).await.is_err() {
        tracing::info!("the client of an {what} left before its end");
    }
}

/// The progress of one import, to be reported to its client.
struct ImportProgress {
    started: Instant,
    bytes_read: Arc<AtomicU64>,
    total_bytes: u64,
    answers: mpsc::Sender<Result<proto::ImportResponse, Status>>,
}

impl ImportProgress {
    /// Sends a progress message, once for each [`UNITS_PER_PROGRESS_MESSAGE`] units. The message is dropped if the
    /// client does not keep up.
    fn report(&self, units_read: u64) {
        if !units_read.is_multiple_of(UNITS_PER_PROGRESS_MESSAGE) {
            return;
        }
        let bytes_read = self.bytes_read.load(Ordering::Relaxed);
        let seconds = self.started.elapsed().as_secs_f64();
        let progress = convert::import_progress(bytes_read, units_read, self.total_bytes, seconds);
        let _ = self.answers.try_send(Ok(proto::ImportResponse { part: Some(Out::Progress(progress)) }));
    }
}

/// Returns an error if the memory or glossary to be exported does not exist.
fn check_exists(engine: &Engine, caller: &Caller, origin: &ExportOrigin) -> Result<(), Fault> {
    match origin {
        ExportOrigin::Memory(name, ..) => engine.memory(caller, name).map(drop),
        ExportOrigin::Glossary(name, _) => engine.glossary(caller, name).map(drop),
    }
}
