//! The methods of `InterchangeService`.

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::streams::{ChunkReader, ChunkWriter, forward_chunks};
use crate::{
    caller::Caller,
    engine::Engine,
    fault::{Fault, Violation},
    rpc::{
        admit::caller_of,
        convert::{self, ExportOrigin, ImportDestination},
        proto::{
            self, export_response::Part as Piece, import_request::Part as In, import_response::Part as Out,
            interchange_service_server::InterchangeService,
        },
        status::violation_status,
    },
    service::{Admission, WorkClass},
};

/// The number of chunks that are buffered. The sender waits if there are more.
const MAX_BUFFERED_CHUNKS: usize = 8;

/// The number of units between two progress messages.
const UNITS_PER_PROGRESS_MESSAGE: u64 = 1_000;

#[derive(Debug)]
pub(crate) struct Interchange {
    admission: Admission,
}

impl Interchange {
    pub(crate) fn new(admission: Admission) -> Self {
        Self { admission }
    }
}

#[tonic::async_trait]
impl InterchangeService for Interchange {
    type ImportStream = ReceiverStream<Result<proto::ImportResponse, Status>>;

    async fn import(
        &self,
        request: Request<Streaming<proto::ImportRequest>>,
    ) -> Result<Response<Self::ImportStream>, Status> {
        let caller = caller_of(&request);
        let mut parts = request.into_inner();
        let first = parts.message().await?.and_then(|m| m.part);
        let Some(In::Header(header)) = first else {
            let message = "the first message must hold the header, the others chunks";
            return Err(violation_status(Violation::new("header", "NO_HEADER", message)));
        };
        let total_bytes = header.total_bytes;
        let destination = convert::import_destination(header).map_err(violation_status)?;

        let (chunks, received) = mpsc::channel(MAX_BUFFERED_CHUNKS);
        let (answers, stream) = mpsc::channel(4);
        tokio::spawn(forward_chunks(parts, chunks));
        let admission = self.admission.clone();
        tokio::spawn(async move {
            let bytes_read = Arc::new(AtomicU64::new(0));
            let reader = ChunkReader::new(received, Arc::clone(&bytes_read));
            let progress_answers = answers.clone();
            let result = admission
                .answer(caller, WorkClass::Bulk, move |engine, caller| {
                    let progress = ImportProgress {
                        started: Instant::now(),
                        bytes_read,
                        total_bytes,
                        answers: progress_answers,
                    };
                    match destination {
                        ImportDestination::Memory(target, format) => {
                            engine.import_file(caller, target, format, reader, &mut |units_read| {
                                progress.report(units_read);
                            })
                        }
                        ImportDestination::Glossary { glossary, create, format, dry_run } => {
                            engine.import_concepts(caller, &glossary, create, format, reader, dry_run)
                        }
                    }
                })
                .await;
            let last = result.map(|report| proto::ImportResponse {
                part: Some(Out::Report(convert::import_report(report))),
            });
            if answers.send(last).await.is_err() {
                tracing::info!("an import's client left before its report");
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn revert_import(
        &self,
        request: Request<proto::RevertImportRequest>,
    ) -> Result<Response<proto::RevertImportResponse>, Status> {
        let caller = caller_of(&request);
        let r = request.into_inner();
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
        let caller = caller_of(&request);
        let origin = convert::export_origin(request.into_inner()).map_err(violation_status)?;
        // Checked first, so that the call itself fails if the name is unknown, not the end of its stream.
        let named = origin.clone();
        self.admission
            .answer(caller.clone(), WorkClass::Cpu, move |e, caller| check_exists(e, caller, &named))
            .await?;
        let (answers, stream) = mpsc::channel(MAX_BUFFERED_CHUNKS);
        let admission = self.admission.clone();
        tokio::spawn(async move {
            let mut out = ChunkWriter::new(answers.clone());
            let result = admission
                .answer(caller, WorkClass::Bulk, move |engine, caller| {
                    let report = match origin {
                        ExportOrigin::Memory(memory, filter, format) => {
                            engine.export_units(caller, &memory, &filter, format, &mut out)?
                        }
                        ExportOrigin::Glossary(glossary, format) => {
                            engine.export_concepts(caller, &glossary, format, &mut out)?
                        }
                    };
                    out.flush().map_err(|e| Fault::invalid("", "NOT_WRITABLE", e.to_string()))?;
                    Ok(report)
                })
                .await;
            let last = result.map(|report| proto::ExportResponse {
                part: Some(Piece::Report(convert::export_report(report))),
            });
            if answers.send(last).await.is_err() {
                tracing::info!("an export's client left before its report");
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
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
