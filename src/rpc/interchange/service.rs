//! `InterchangeService`: its methods.

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::streams::{ChunkReader, ChunkWriter, forward};
use crate::{
    caller::Caller,
    engine::{Engine, Filter, ImportTarget, NewCollection},
    fault::{Fault, Violation},
    interchange::{ConceptFormat, UnitFormat},
    locale::Locale,
    name::Name,
    rpc::{
        convert,
        memory::refused,
        proto::{
            self, export_response::Part as Piece, import_request::Part as In, import_response::Part as Out,
            interchange_service_server::InterchangeService,
        },
    },
    service::{Admission, WorkClass},
};

/// Chunks that wait for the reader: the client is held up beyond.
const CHUNKS: usize = 8;

/// Units between two messages of progress.
const PROGRESS_EVERY: u64 = 1_000;

/// Ids that a revert tells: clients take answers of 4 MiB.
const TOLD: usize = 10_000;

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
        let mut parts = request.into_inner();
        let first = parts.message().await?.and_then(|m| m.part);
        let Some(In::Header(header)) = first else {
            let message = "the first message must hold the header, the others chunks";
            return Err(refused(Violation::new("header", "NO_HEADER", message)));
        };
        let total_bytes = header.total_bytes;
        let destination = read_header(header).map_err(refused)?;

        let (chunks, received) = mpsc::channel(CHUNKS);
        let (answers, stream) = mpsc::channel(4);
        tokio::spawn(forward(parts, chunks));
        let admission = self.admission.clone();
        tokio::spawn(async move {
            let bytes_read = Arc::new(AtomicU64::new(0));
            let reader = ChunkReader::new(received, Arc::clone(&bytes_read));
            let progress = answers.clone();
            let result = admission
                .answer(WorkClass::Bulk, move |engine| {
                    let started = std::time::Instant::now();
                    let mut told = |units_read: u64| {
                        if units_read.is_multiple_of(PROGRESS_EVERY) {
                            let bytes_read = bytes_read.load(Ordering::Relaxed);
                            let passed = started.elapsed().as_secs_f64();
                            let part = Out::Progress(pace(bytes_read, units_read, total_bytes, passed));
                            // Progress is dropped when the client does not keep up.
                            let _ = progress.try_send(Ok(proto::ImportResponse { part: Some(part) }));
                        }
                    };
                    let caller = Caller::anonymous();
                    match destination {
                        Destination::Memory(target, format) => {
                            engine.import_file(&caller, target, format, reader, &mut told)
                        }
                        Destination::Glossary { glossary, create, format, dry_run } => {
                            engine.import_concepts(&caller, &glossary, create, format, reader, dry_run)
                        }
                    }
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

    async fn revert_import(
        &self,
        request: Request<proto::RevertImportRequest>,
    ) -> Result<Response<proto::RevertImportResponse>, Status> {
        let r = request.into_inner();
        let memory = convert::name("memory", &r.memory).map_err(refused)?;
        let report = self
            .admission
            .answer(WorkClass::Write, move |e| e.revert_import(&Caller::anonymous(), &memory, r.import_id))
            .await?;
        Ok(Response::new(proto::RevertImportResponse {
            removed: report.removed,
            restored: report.restored,
            overtaken: report.overtaken.len() as u64,
            overtaken_ids: report.overtaken.iter().take(TOLD).map(ToString::to_string).collect(),
            change_id: report.change_id,
        }))
    }

    type ExportStream = ReceiverStream<Result<proto::ExportResponse, Status>>;

    async fn export(
        &self,
        request: Request<proto::ExportRequest>,
    ) -> Result<Response<Self::ExportStream>, Status> {
        let origin = read_export(request.into_inner()).map_err(refused)?;
        // What is not there is told at once, and not as the end of a stream.
        let wanted = origin.clone();
        self.admission.answer(WorkClass::Cpu, move |e| wanted.is_there(e)).await?;
        let (answers, stream) = mpsc::channel(CHUNKS);
        let admission = self.admission.clone();
        tokio::spawn(async move {
            let mut out = ChunkWriter::new(answers.clone());
            let result = admission
                .answer(WorkClass::Bulk, move |engine| {
                    let caller = Caller::anonymous();
                    let report = match origin {
                        ExportOrigin::Memory(memory, filter, format) => {
                            engine.export_units(&caller, &memory, &filter, format, &mut out)?
                        }
                        ExportOrigin::Glossary(glossary, format) => {
                            engine.export_concepts(&caller, &glossary, format, &mut out)?
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

/// Tells how far an import is and how long it will go on.
#[expect(clippy::cast_precision_loss, reason = "a pace is an estimate")]
fn pace(bytes_read: u64, units_read: u64, total_bytes: u64, seconds: f64) -> proto::ImportProgress {
    let left = total_bytes.saturating_sub(bytes_read) as f64;
    proto::ImportProgress {
        bytes_read,
        units_read,
        units_per_second: units_read as f64 / seconds.max(1e-6),
        seconds_left: (total_bytes > 0 && bytes_read > 0).then(|| left * seconds / bytes_read as f64),
    }
}

/// What a file is read into.
enum Destination {
    Memory(ImportTarget, UnitFormat),
    Glossary { glossary: Name, create: Option<NewCollection>, format: ConceptFormat, dry_run: bool },
}

/// What a file is written of.
#[derive(Clone)]
enum ExportOrigin {
    Memory(Name, Filter, UnitFormat),
    Glossary(Name, ConceptFormat),
}

impl ExportOrigin {
    fn is_there(&self, engine: &Engine) -> Result<(), Fault> {
        let caller = Caller::anonymous();
        match self {
            Self::Memory(name, ..) => engine.memory(&caller, name).map(drop),
            Self::Glossary(name, _) => engine.glossary(&caller, name).map(drop),
        }
    }
}

fn read_export(request: proto::ExportRequest) -> Result<ExportOrigin, Violation> {
    let format = proto::FileFormat::try_from(request.format);
    match (request.memory.as_str(), request.glossary.as_str()) {
        (memory, "") if !memory.is_empty() => {
            let format = match format {
                Ok(proto::FileFormat::Unspecified) => UnitFormat::Tmx,
                _ => unit_format("format", request.format)?,
            };
            let format = match (format, request.tmx_level) {
                (UnitFormat::Tmx, 1) => UnitFormat::TmxLevel1,
                (UnitFormat::Tmx, 2) | (_, 0) => format,
                (_, level) => {
                    let message = format!("{level}: TMX is written at level 1 or 2, other formats have none");
                    return Err(Violation::new("tmx_level", "BAD_LEVEL", message));
                }
            };
            let filter = convert::filter("filter", request.filter)?;
            Ok(ExportOrigin::Memory(convert::name("memory", memory)?, filter, format))
        }
        ("", glossary) if !glossary.is_empty() => {
            let format = match format {
                Ok(proto::FileFormat::Tbx | proto::FileFormat::Unspecified) => ConceptFormat::Tbx,
                Ok(proto::FileFormat::Csv) => ConceptFormat::Csv,
                Ok(proto::FileFormat::Tsv) => ConceptFormat::Tsv,
                _ => return Err(no_concepts("format", request.format)),
            };
            Ok(ExportOrigin::Glossary(convert::name("glossary", glossary)?, format))
        }
        _ => {
            let message = "name either a memory or a glossary to export";
            Err(Violation::new("memory", "NO_ORIGIN", message))
        }
    }
}

/// What memories are read from and written in.
const OF_MEMORIES: &str = "TMX, XLIFF, PO, CSV, TSV or JSONL";

fn unit_format(field: &str, format: i32) -> Result<UnitFormat, Violation> {
    match proto::FileFormat::try_from(format) {
        Ok(proto::FileFormat::Tmx) => Ok(UnitFormat::Tmx),
        Ok(proto::FileFormat::Tsv) => Ok(UnitFormat::Tsv),
        Ok(proto::FileFormat::Xliff) => Ok(UnitFormat::Xliff),
        Ok(proto::FileFormat::Csv) => Ok(UnitFormat::Csv),
        Ok(proto::FileFormat::Jsonl) => Ok(UnitFormat::Jsonl),
        Ok(proto::FileFormat::Po) => Ok(UnitFormat::Po),
        _ => {
            let message = format!("{} is no format of a memory: {OF_MEMORIES}", format_name(format));
            Err(Violation::new(field, "BAD_FORMAT", message))
        }
    }
}

fn format_name(format: i32) -> String {
    proto::FileFormat::try_from(format).map_or_else(|_| format.to_string(), |f| f.as_str_name().to_owned())
}

fn no_concepts(field: &str, format: i32) -> Violation {
    let named = format_name(format);
    Violation::new(field, "BAD_FORMAT", format!("{named} is no format of a glossary: TBX, CSV or TSV"))
}

fn read_header(header: proto::ImportHeader) -> Result<Destination, Violation> {
    let create = |name: &Name| {
        let pair = convert::locale_or("header.source_locale", &header.source_locale, Locale::arabic())
            .and_then(|source| {
                let target =
                    convert::locale_or("header.target_locale", &header.target_locale, Locale::english())?;
                Ok((source, target))
            });
        let made = pair.map(|(source_locale, target_locale)| NewCollection {
            name: name.clone(),
            source_locale,
            target_locale,
            description: String::new(),
        });
        header.create.then_some(made).transpose()
    };
    let unknown = |what: &str| {
        let message = format!("the ending of '{}' tells no format: name {what}", header.file_name);
        Violation::new("header.format", "BAD_FORMAT", message)
    };
    match (header.memory.as_str(), header.glossary.as_str()) {
        (memory, "") if !memory.is_empty() => {
            let memory = convert::name("header.memory", memory)?;
            let format = match header.format {
                0 => UnitFormat::of_file(&header.file_name).ok_or_else(|| unknown(OF_MEMORIES))?,
                told => unit_format("header.format", told)?,
            };
            let renamed = |(n, l): (usize, &proto::RenamedLocale)| {
                let to = convert::locale(&format!("header.renamed_locales[{n}].to"), &l.to)?;
                Ok((l.from.clone(), to))
            };
            let create = create(&memory)?;
            let on_same_source =
                convert::on_same_source(header.on_same_source).map_err(|v| v.inside("header"))?;
            let file_name = header.file_name;
            let target = ImportTarget {
                create,
                file_name,
                on_same_source,
                dry_run: header.dry_run,
                renamed_locales: header
                    .renamed_locales
                    .iter()
                    .enumerate()
                    .map(renamed)
                    .collect::<Result<_, _>>()?,
                properties: convert::properties(header.properties).map_err(|v| v.inside("header"))?,
                ..ImportTarget::new(memory)
            };
            Ok(Destination::Memory(target, format))
        }
        ("", glossary) if !glossary.is_empty() => {
            let glossary = convert::name("header.glossary", glossary)?;
            let format = match proto::FileFormat::try_from(header.format) {
                Ok(proto::FileFormat::Tbx) => ConceptFormat::Tbx,
                Ok(proto::FileFormat::Csv) => ConceptFormat::Csv,
                Ok(proto::FileFormat::Tsv) => ConceptFormat::Tsv,
                Ok(proto::FileFormat::Unspecified) => {
                    ConceptFormat::of_file(&header.file_name).ok_or_else(|| unknown("TBX, CSV or TSV"))?
                }
                _ => return Err(no_concepts("header.format", header.format)),
            };
            let create = create(&glossary)?;
            Ok(Destination::Glossary { glossary, create, format, dry_run: header.dry_run })
        }
        _ => {
            let message = "name either a memory or a glossary to import into";
            Err(Violation::new("header.memory", "NO_DESTINATION", message))
        }
    }
}
