//! The calls of the load, and what they answer.

use dhakira::rpc::proto::{
    self, OnSameSource, glossary_service_client::GlossaryServiceClient, import_response::Part as Out,
    interchange_service_client::InterchangeServiceClient,
};
use tonic::{Status, transport::Channel};

use super::process::memories;
use crate::support::import_parts;

/// A call that writes. All its changes belong together.
#[derive(Debug)]
pub(super) enum Call {
    CreateMemory(String),
    DeleteMemory(String),
    CreateGlossary(String),
    PutUnits { memory: String, units: Vec<proto::UnitDraft>, replace: bool },
    UpdateUnit { memory: String, id: String, unit: Box<proto::UnitDraft>, revision: u32 },
    DeleteUnits { memory: String, ids: Vec<String> },
    PutConcepts { glossary: String, concepts: Vec<proto::Concept> },
    DeleteConcepts { glossary: String, ids: Vec<String> },
    Import { memory: String, rows: String, replace: bool },
    RevertImport { memory: String, import_id: u64 },
}

/// What of an answer later calls need.
pub(super) enum Answer {
    Done,
    /// The ids of the units that were put.
    Units(Vec<String>),
    /// The number of the import.
    Import(u64),
}

impl Call {
    pub(super) async fn send(&self, channel: &Channel) -> Result<Answer, Status> {
        let mut units = memories(channel);
        let mut glossaries = GlossaryServiceClient::new(channel.clone());
        match self {
            Self::CreateMemory(name) => {
                let request = proto::CreateMemoryRequest { name: name.clone(), ..Default::default() };
                units.create_memory(request).await?;
            }
            Self::DeleteMemory(name) => {
                units.delete_memory(proto::DeleteMemoryRequest { name: name.clone() }).await?;
            }
            Self::CreateGlossary(name) => {
                let request = proto::CreateGlossaryRequest { name: name.clone(), ..Default::default() };
                glossaries.create_glossary(request).await?;
            }
            Self::PutUnits { memory, units: drafts, replace } => {
                let request = proto::PutUnitsRequest {
                    memory: memory.clone(),
                    units: drafts.clone(),
                    on_same_source: policy(*replace),
                };
                let results = units.put_units(request).await?.into_inner().results;
                return Ok(Answer::Units(results.into_iter().map(|result| result.id).collect()));
            }
            Self::UpdateUnit { memory, id, unit, revision } => {
                let request = proto::UpdateUnitRequest {
                    memory: memory.clone(),
                    id: id.clone(),
                    unit: Some((**unit).clone()),
                    expected_revision: Some(*revision),
                };
                units.update_unit(request).await?;
            }
            Self::DeleteUnits { memory, ids } => {
                let request = proto::DeleteUnitsRequest {
                    memory: memory.clone(),
                    ids: ids.clone(),
                    ..Default::default()
                };
                units.delete_units(request).await?;
            }
            Self::PutConcepts { glossary, concepts } => {
                let request =
                    proto::PutConceptsRequest { glossary: glossary.clone(), concepts: concepts.clone() };
                glossaries.put_concepts(request).await?;
            }
            Self::DeleteConcepts { glossary, ids } => {
                let request = proto::DeleteConceptsRequest {
                    glossary: glossary.clone(),
                    ids: ids.clone(),
                    ..Default::default()
                };
                glossaries.delete_concepts(request).await?;
            }
            Self::Import { memory, rows, replace } => {
                return import(channel, memory, rows, *replace).await;
            }
            Self::RevertImport { memory, import_id } => {
                let request = proto::RevertImportRequest {
                    memory: memory.clone(),
                    import_id: *import_id,
                    ..Default::default()
                };
                InterchangeServiceClient::new(channel.clone()).revert_import(request).await?;
            }
        }
        Ok(Answer::Done)
    }
}

fn policy(replace: bool) -> i32 {
    if replace { OnSameSource::Replace.into() } else { OnSameSource::Unspecified.into() }
}

async fn import(channel: &Channel, memory: &str, rows: &str, replace: bool) -> Result<Answer, Status> {
    let header = proto::ImportHeader {
        memory: memory.to_owned(),
        file_name: "rows.tsv".to_owned(),
        on_same_source: policy(replace),
        ..Default::default()
    };
    let parts = import_parts(header, rows.as_bytes(), 64 << 10);
    let mut client = InterchangeServiceClient::new(channel.clone());
    let mut answers = client.import(tokio_stream::iter(parts)).await?.into_inner();
    while let Some(answer) = answers.message().await? {
        if let Some(Out::Report(report)) = answer.part {
            return Ok(Answer::Import(report.import_id));
        }
    }
    Err(Status::unknown("the import ended without a report"))
}
