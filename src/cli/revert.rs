//! `dhakira memory revert` and `dhakira glossary revert`.

use clap::Args;

use super::{
    client::Connection,
    exit::{CliError, Exit},
};
use crate::rpc::proto;

#[derive(Debug, Args)]
pub(super) struct RevertArgs {
    /// Name of the memory or glossary
    name: String,
    /// Number of the import, from its report
    import: u64,
    #[command(flatten)]
    connection: Connection,
}

impl RevertArgs {
    /// Reverts an import into a memory.
    pub(super) async fn run_for_memory(self) -> Result<Exit, CliError> {
        let Self { name, import, connection } = self;
        let request = proto::RevertImportRequest { memory: name, import_id: import, ..Default::default() };
        revert(&connection, request, "units").await
    }

    /// Reverts an import into a glossary.
    pub(super) async fn run_for_glossary(self) -> Result<Exit, CliError> {
        let Self { name, import, connection } = self;
        let request = proto::RevertImportRequest { glossary: name, import_id: import, ..Default::default() };
        revert(&connection, request, "concepts").await
    }
}

async fn revert(
    connection: &Connection,
    request: proto::RevertImportRequest,
    what: &str,
) -> Result<Exit, CliError> {
    let client = connection.open().await?;
    let answer = client.interchange().revert_import(request).await?.into_inner();
    eprintln!("{what} removed: {}, restored: {}", answer.removed, answer.restored);
    let one = what.trim_end_matches('s');
    for id in &answer.overtaken_ids {
        eprintln!(
            "{one} {id} was not restored, because it was changed or replaced later, or another one has the same content"
        );
    }
    let listed = answer.overtaken_ids.len() as u64;
    if answer.overtaken > listed {
        eprintln!("and {} more {what} were not restored", answer.overtaken - listed);
    }
    Ok(if answer.overtaken == 0 { Exit::Done } else { Exit::Problems })
}
