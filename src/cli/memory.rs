//! `dhakira memory …`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    client::{Client, Connection, block_on},
    exit::{CliError, Exit},
    output::{StdoutWriter, table_lines},
    revert::RevertArgs,
};
use crate::rpc::proto;

#[derive(Debug, Subcommand)]
pub(super) enum MemoryCommand {
    /// List the memories
    List(ListArgs),
    /// Create an empty memory
    Create(CreateArgs),
    /// Delete a memory with all its units
    Delete(DeleteArgs),
    /// Copy the units of a memory into a new one
    Clone(CloneArgs),
    /// Show the counts of a memory
    Stats(StatsArgs),
    /// Revert an import
    Revert(RevertArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// Name of the memory: a-z, 0-9, '.', '_' and '-'
    name: String,
    /// Language of the sources
    #[arg(long, default_value = "ar", value_name = "LOCALE")]
    source_locale: String,
    /// Language of the targets
    #[arg(long, default_value = "en", value_name = "LOCALE")]
    target_locale: String,
    /// Description of the memory
    #[arg(long, default_value = "", value_name = "TEXT")]
    description: String,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct DeleteArgs {
    /// Name of the memory
    name: String,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct CloneArgs {
    /// Memory to copy
    name: String,
    /// Name of the copy
    new_name: String,
    /// Description of the copy
    #[arg(long, default_value = "", value_name = "TEXT")]
    description: String,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct StatsArgs {
    /// Name of the memory
    name: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl MemoryCommand {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        block_on(async {
            match self {
                Self::List(c) => {
                    let memories = all_memories(&c.connection.open().await?).await?;
                    print_memories(&memories, c.json)
                }
                Self::Create(c) => {
                    let request = proto::CreateMemoryRequest {
                        name: c.name,
                        source_locale: c.source_locale,
                        target_locale: c.target_locale,
                        description: c.description,
                    };
                    c.connection.open().await?.memories().create_memory(request).await?;
                    Ok(Exit::Done)
                }
                Self::Delete(c) => {
                    let request = proto::DeleteMemoryRequest { name: c.name };
                    let answer =
                        c.connection.open().await?.memories().delete_memory(request).await?.into_inner();
                    eprintln!("deleted, with {} units", answer.deleted_units);
                    Ok(Exit::Done)
                }
                Self::Clone(c) => {
                    let request = proto::CloneMemoryRequest {
                        name: c.name,
                        new_name: c.new_name,
                        description: c.description,
                    };
                    let answer =
                        c.connection.open().await?.memories().clone_memory(request).await?.into_inner();
                    eprintln!("copied {} units", answer.memory.unwrap_or_default().unit_count);
                    Ok(Exit::Done)
                }
                Self::Revert(c) => c.run_for_memory().await,
                Self::Stats(c) => {
                    let request = proto::GetMemoryRequest { name: c.name };
                    let answer =
                        c.connection.open().await?.memories().get_memory(request).await?.into_inner();
                    let memories: Vec<_> = answer.memory.into_iter().collect();
                    print_memories(&memories, c.json)
                }
            }
        })
    }
}

/// Returns all memories of the server.
async fn all_memories(client: &Client) -> Result<Vec<proto::Memory>, CliError> {
    let mut memories = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = proto::ListMemoriesRequest { page_size: 1_000, page_token };
        let page = client.memories().list_memories(request).await?.into_inner();
        memories.extend(page.memories);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(memories);
        }
    }
}

/// Prints memories as a table, or as one JSON object per line.
fn print_memories(memories: &[proto::Memory], as_json: bool) -> Result<Exit, CliError> {
    let mut out = StdoutWriter::new();
    if as_json {
        for memory in memories {
            out.json(&memory_to_json(memory))?;
        }
    } else if !memories.is_empty() {
        let head = ["NAME", "PAIR", "UNITS", "SOURCES", "DESCRIPTION"].map(str::to_owned).to_vec();
        let rows: Vec<_> = std::iter::once(head).chain(memories.iter().map(memory_row)).collect();
        for line in table_lines(&rows) {
            out.line(line.trim_end())?;
        }
    }
    out.flush()?;
    Ok(if memories.is_empty() { Exit::Nothing } else { Exit::Done })
}

/// Returns the cells of a memory in the table.
fn memory_row(memory: &proto::Memory) -> Vec<String> {
    vec![
        memory.name.clone(),
        format!("{} > {}", memory.source_locale, memory.target_locale),
        memory.unit_count.to_string(),
        memory.source_count.to_string(),
        memory.description.clone(),
    ]
}

fn memory_to_json(memory: &proto::Memory) -> Value {
    json!({
        "name": memory.name,
        "source_locale": memory.source_locale,
        "target_locale": memory.target_locale,
        "description": memory.description,
        "unit_count": memory.unit_count,
        "source_count": memory.source_count,
        "created_at": memory.created_at.map(|t| t.to_string()),
    })
}
