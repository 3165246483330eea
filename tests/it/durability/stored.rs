//! What a server has stored.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    hash::{DefaultHasher, Hash, Hasher},
};

use dhakira::rpc::proto;
use tonic::Status;

use super::process::Process;
use crate::support::{pages, text_of};

/// Everything that a server has stored.
#[derive(Default)]
pub(super) struct Stored {
    /// The content by path: a collection by its name, a unit by the names of its memory and its
    /// source, for example `puts0/الجملة 7`, a concept by the name of its glossary and its id.
    pub(super) entries: BTreeMap<String, String>,
    /// The ids of the units, by path.
    pub(super) ids: BTreeMap<String, String>,
    /// The imports that wrote the current revisions of units, by the first word of the target.
    pub(super) imports: BTreeMap<String, u64>,
}

/// Returns what the entry of a unit contains. The revisions of imported units are left out, because
/// reverting an import decides them.
pub(super) fn unit_content(memory: &str, target: &str, revision: u32, notes: &[String]) -> String {
    let revision = if memory.starts_with("imports") { 0 } else { revision };
    format!("{target}, revision {revision}, {}", digest(notes))
}

/// Returns what the entry of a concept contains.
pub(super) fn concept_content(term: &str, notes: &[String]) -> String {
    format!("{term}, {}", digest(notes))
}

fn digest(notes: &[String]) -> String {
    let mut hasher = DefaultHasher::new();
    notes.hash(&mut hasher);
    format!("notes {} bytes {:08x}", notes.iter().map(String::len).sum::<usize>(), hasher.finish() >> 32)
}

impl Stored {
    pub(super) async fn read(process: &Process) -> Result<Self, String> {
        let mut stored = Self::default();
        stored.read_memories(process).await?;
        stored.read_glossaries(process).await?;
        Ok(stored)
    }

    fn insert(&mut self, path: String, content: String) -> Result<(), String> {
        match self.entries.entry(path) {
            Entry::Vacant(place) => {
                place.insert(content);
                Ok(())
            }
            Entry::Occupied(place) => Err(format!("{} is there twice", place.key())),
        }
    }

    async fn read_memories(&mut self, process: &Process) -> Result<(), String> {
        let memories = pages(async |page_token| {
            let request = proto::ListMemoriesRequest { page_size: 100, page_token };
            let page = process.memories().list_memories(request).await?.into_inner();
            Ok((page.memories, page.next_page_token))
        });
        for memory in memories.await.map_err(|status| describe(&status))?.into_iter().flatten() {
            let units = read_units(process, &memory.name).await.map_err(|status| describe(&status))?;
            if units.len() as u64 != memory.unit_count {
                let (name, counted, listed) = (memory.name, memory.unit_count, units.len());
                return Err(format!("{name}: the index has {counted} units, the store {listed}"));
            }
            self.insert_units(memory.name, units)?;
        }
        Ok(())
    }

    fn insert_units(&mut self, memory: String, units: Vec<proto::TranslationUnit>) -> Result<(), String> {
        for unit in units {
            let (source, target) = (text_of(unit.source.as_ref()), text_of(unit.target.as_ref()));
            let revision = unit.revision.unwrap();
            let path = format!("{memory}/{source}");
            self.imports.insert(target.split(' ').next().unwrap_or_default().to_owned(), revision.import_id);
            self.ids.insert(path.clone(), unit.id);
            self.insert(path, unit_content(&memory, target, revision.number, &unit.notes))?;
        }
        self.insert(memory, "memory".to_owned())
    }

    async fn read_glossaries(&mut self, process: &Process) -> Result<(), String> {
        let request = proto::ListGlossariesRequest { page_size: 100, page_token: String::new() };
        let list = process.glossaries().list_glossaries(request).await;
        for glossary in list.map_err(|status| describe(&status))?.into_inner().glossaries {
            let concepts = pages(async |page_token| {
                let request =
                    proto::ListConceptsRequest { glossary: glossary.name.clone(), page_size: 50, page_token };
                let mut client = process.glossaries().max_decoding_message_size(256 << 20);
                let page = client.list_concepts(request).await?.into_inner();
                Ok((page.concepts, page.next_page_token))
            });
            for concept in concepts.await.map_err(|status| describe(&status))?.into_iter().flatten() {
                let path = format!("{}/{}", glossary.name, concept.id);
                self.insert(path, concept_content(&concept.terms[0].text, &concept.notes))?;
            }
            self.insert(glossary.name, "glossary".to_owned())?;
        }
        Ok(())
    }
}

fn describe(status: &Status) -> String {
    format!("what is stored cannot be read: {:?}: {}", status.code(), status.message())
}

/// Returns all units of a memory.
pub(super) async fn read_units(
    process: &Process,
    memory: &str,
) -> Result<Vec<proto::TranslationUnit>, Status> {
    let units = pages(async |page_token| {
        let request =
            proto::ListUnitsRequest { memory: memory.into(), page_size: 50, page_token, filter: None };
        let page = process.memories().list_units(request).await?.into_inner();
        Ok((page.units, page.next_page_token))
    });
    Ok(units.await?.into_iter().flatten().collect())
}
