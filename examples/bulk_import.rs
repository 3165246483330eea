//! Imports a file into a memory, and reports what was stored and what was not.
//!
//! ```sh
//! cargo run --release -- serve --sample            # in another terminal
//! cargo run --release --example bulk_import -- glossary/sample.tmx
//! ```
//!
//! `InterchangeService.Import` takes a header, then the bytes of the file in chunks, then an end
//! marker. Its units become visible all at once when the import completes. If anything fails
//! before, nothing of it stays. This example imports the file, prints the report, and reverts the
//! import again.

use std::{io::Read, path::Path};

use dhakira::rpc::proto::{
    ImportEnd, ImportHeader, ImportRequest, ImportResponse, RevertImportRequest,
    import_request::Part as Send, import_response::Part as Received,
    interchange_service_client::InterchangeServiceClient,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Bytes of a chunk. Messages of up to 4 MiB are accepted; smaller chunks use less memory.
const CHUNK_BYTES: usize = 64 << 10;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = std::env::var("DHAKIRA_SERVER").unwrap_or("http://127.0.0.1:50051".to_owned());
    let path = std::env::args().nth(1).ok_or("usage: bulk_import FILE")?;
    let mut client = InterchangeServiceClient::connect(server).await?;

    let file = std::fs::File::open(&path)?;
    let header = ImportHeader {
        memory: "example".to_owned(),
        // Creates the memory if there is none. Its languages are ar and en unless the header
        // names others.
        create: true,
        // The extension says which format the file has.
        file_name: Path::new(&path).file_name().unwrap_or_default().to_string_lossy().into_owned(),
        // Lets the server estimate the time that is left.
        total_bytes: file.metadata()?.len(),
        ..ImportHeader::default()
    };

    // The channel is bounded, so that a slow server slows the reading of the file down.
    let (requests, stream) = mpsc::channel(8);
    let reading = tokio::task::spawn_blocking(move || send_file(header, file, &requests));
    let mut responses = client.import(ReceiverStream::new(stream)).await?.into_inner();

    let mut imported = None;
    while let Some(ImportResponse { part }) = responses.message().await? {
        match part {
            Some(Received::Progress(progress)) => {
                eprintln!("{} units, {:.0} units/s", progress.units_read, progress.units_per_second);
            }
            Some(Received::Report(report)) => imported = Some(report),
            None => {}
        }
    }
    reading.await??;

    let report = imported.ok_or("the server sent no report")?;
    println!(
        "{} read: {} stored, {} updated, {} unchanged, {} refused",
        report.read, report.stored, report.updated, report.unchanged, report.refused
    );
    for problem in &report.problems {
        println!("line {}: {} {}", problem.line, problem.reason, problem.message);
    }
    let request = RevertImportRequest {
        memory: "example".to_owned(),
        import_id: report.import_id,
        ..Default::default()
    };
    let reverted = client.revert_import(request).await?.into_inner();
    println!("{} removed again, {} restored", reverted.removed, reverted.restored);
    Ok(())
}

/// Sends the header, the file in chunks, and the end marker. Without the end marker the server
/// takes the file for cut off and stores nothing.
fn send_file(
    header: ImportHeader,
    mut file: std::fs::File,
    requests: &mpsc::Sender<ImportRequest>,
) -> std::io::Result<()> {
    let mut parts = vec![Send::Header(header)];
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        for part in parts.drain(..) {
            if requests.blocking_send(ImportRequest { part: Some(part) }).is_err() {
                // The call has ended early; its status says why.
                return Ok(());
            }
        }
        match file.read(&mut chunk)? {
            0 if chunk.is_empty() => return Ok(()),
            0 => {
                chunk.clear();
                parts.push(Send::End(ImportEnd {}));
            }
            length => parts.push(Send::Chunk(chunk.iter().take(length).copied().collect())),
        }
    }
}
