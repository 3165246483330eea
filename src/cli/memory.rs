//! `dhakira memory …`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    client::{Client, Connection, block_on},
    exit::{CliError, Exit},
    output::{Output, table},
};
use crate::rpc::proto;

#[derive(Debug, Subcommand)]
pub(super) enum Memory {
    /// List the memories
    List(List),
    /// Make an empty memory
    Create(Create),
    /// Delete a memory with all its units
    Delete(Delete),
    /// Copy a memory's units into a new one
    Clone(CloneTo),
    /// Show one memory's counts
    Stats(Stats),
    /// Take an import back
    Revert(Revert),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct Revert {
    /// Name
    name: String,
    /// The import's number, as its report told
    import: u64,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// Name: a-z, 0-9, '.', '_' and '-'
    name: String,
    /// Language of the sources
    #[arg(long, default_value = "ar", value_name = "LOCALE")]
    source_locale: String,
    /// Language of the targets
    #[arg(long, default_value = "en", value_name = "LOCALE")]
    target_locale: String,
    /// What it is for
    #[arg(long, default_value = "", value_name = "TEXT")]
    description: String,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct Delete {
    /// Name
    name: String,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct CloneTo {
    /// Memory to copy
    name: String,
    /// Name of the copy
    new_name: String,
    /// What the copy is for
    #[arg(long, default_value = "", value_name = "TEXT")]
    description: String,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct Stats {
    /// Name
    name: String,
    /// One JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Memory {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        block_on(async {
            match self {
                Self::List(c) => {
                    let memories = all(&c.connection.open().await?).await?;
                    print(&memories, c.json)
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
                Self::Revert(c) => {
                    let request = proto::RevertImportRequest { memory: c.name, import_id: c.import };
                    let client = c.connection.open().await?;
                    let answer = client.interchange().revert_import(request).await?.into_inner();
                    eprintln!("units removed: {}, as they were before: {}", answer.removed, answer.restored);
                    for id in &answer.overtaken_ids {
                        eprintln!(
                            "{id} is not as it was: it was changed or replaced since, or another unit says what it said"
                        );
                    }
                    let listed = answer.overtaken_ids.len() as u64;
                    if answer.overtaken > listed {
                        eprintln!("and {} more units", answer.overtaken - listed);
                    }
                    Ok(if answer.overtaken == 0 { Exit::Done } else { Exit::Problems })
                }
                Self::Stats(c) => {
                    let request = proto::GetMemoryRequest { name: c.name };
                    let answer =
                        c.connection.open().await?.memories().get_memory(request).await?.into_inner();
                    let memories: Vec<_> = answer.memory.into_iter().collect();
                    print(&memories, c.json)
                }
            }
        })
    }
}

async fn all(client: &Client) -> Result<Vec<proto::Memory>, CliError> {
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

fn print(memories: &[proto::Memory], as_json: bool) -> Result<Exit, CliError> {
    let mut out = Output::new();
    if as_json {
        for memory in memories {
            out.json(&value(memory))?;
        }
    } else if !memories.is_empty() {
        let head = ["NAME", "PAIR", "UNITS", "SOURCES", "DESCRIPTION"].map(str::to_owned).to_vec();
        let row = |m: &proto::Memory| {
            let pair = format!("{} > {}", m.source_locale, m.target_locale);
            vec![
                m.name.clone(),
                pair,
                m.unit_count.to_string(),
                m.source_count.to_string(),
                m.description.clone(),
            ]
        };
        let rows: Vec<_> = std::iter::once(head).chain(memories.iter().map(row)).collect();
        for line in table(&rows) {
            out.line(line.trim_end())?;
        }
    }
    out.flush()?;
    Ok(if memories.is_empty() { Exit::Nothing } else { Exit::Done })
}

fn value(memory: &proto::Memory) -> Value {
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
