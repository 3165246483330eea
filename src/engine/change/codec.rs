//! Changes to bytes and back, so that a change can travel to other nodes.

use prost::Message;

use super::{
    action::{
        Action, Change, CollectionDraft, CollectionRef, ConceptImport, DuplicatePolicy, ImportPolicy,
        RevisionCondition, TokenDraft,
    },
    filter_codec::{filter_message, read_filter},
    messages as m,
};
use crate::{
    access::{NewToken, TokenNumber},
    clock::Timestamp,
    engine::state::PreparedUnit,
    locale::Locale,
    name::Name,
    store::{
        CollectionKind, CollectionNumber, concept_draft, concept_record, grant_records, grants, token_hash,
        unit_draft, unit_record,
    },
    unit::{Sequence, UnitDraft, UnitId},
};

/// Encodes a change as a `dhakira.log.v1.Change`.
pub(crate) fn encode<U: AsRef<UnitDraft>>(change: &Change<U>) -> Vec<u8> {
    let action = Some(action_message(&change.action));
    m::Change { caller: change.caller.clone(), at_ms: change.at.0, action }.encode_to_vec()
}

/// Decodes a change.
///
/// # Errors
/// A text for the log, if the bytes are not a valid message, or if this version does not support the
/// action, or a locale, name or enum value in it.
pub(crate) fn decode(bytes: &[u8]) -> Result<Change<UnitDraft>, String> {
    let message = m::Change::decode(bytes).map_err(|e| e.to_string())?;
    let action = message.action.ok_or("the change has no action that this version knows")?;
    Ok(Change { caller: message.caller, at: Timestamp(message.at_ms), action: read_action(action)? })
}

/// Returns whether a change is the same after it was encoded, decoded and prepared again.
pub(crate) fn survives_codec(change: &Change<PreparedUnit>) -> bool {
    decode(&encode(change)).is_ok_and(|decoded| decoded.prepared() == *change)
}

fn action_message<U: AsRef<UnitDraft>>(action: &Action<U>) -> m::change::Action {
    use m::change::Action as A;
    match action {
        Action::CreateCollection { kind, new } => A::Create(m::CreateCollection {
            kind: kind_number(*kind),
            new: Some(collection_draft_message(new)),
        }),
        Action::DeleteCollection { kind, collection } => match kind {
            CollectionKind::Memory => A::DeleteMemory(collection_ref_message(collection)),
            CollectionKind::Glossary => A::DeleteGlossary(collection_ref_message(collection)),
        },
        Action::UpdateMemory { memory, new_name, description } => A::UpdateMemory(m::UpdateMemory {
            memory: Some(collection_ref_message(memory)),
            new_name: new_name.as_ref().map(ToString::to_string),
            description: description.clone(),
        }),
        Action::PutUnits { memory, units, duplicates, most_replaced } => A::PutUnits(m::PutUnits {
            memory: Some(collection_ref_message(memory)),
            units: units.iter().map(|unit| unit_record(unit.as_ref())).collect(),
            on_same_source: policy_number(*duplicates),
            most_replaced: *most_replaced,
        }),
        Action::ReviseUnit { memory, id, unit, condition } => A::ReviseUnit(m::ReviseUnit {
            memory: Some(collection_ref_message(memory)),
            id: id.0.0,
            unit: Some(unit_record((**unit).as_ref())),
            expected: condition.expected,
            undelete: condition.undelete,
        }),
        Action::DeleteUnits { memory, ids } => A::DeleteUnits(m::DeleteUnits {
            memory: Some(collection_ref_message(memory)),
            ids: ids.iter().map(|id| id.0.0).collect(),
        }),
        Action::DeleteMatchingUnits { memory, filter } => A::DeleteMatchingUnits(m::DeleteMatchingUnits {
            memory: Some(collection_ref_message(memory)),
            filter: Some(filter_message(filter)),
        }),
        Action::PutConcepts { glossary, create, concepts, import } => A::PutConcepts(m::PutConcepts {
            glossary: Some(collection_ref_message(glossary)),
            create: create.as_ref().map(collection_draft_message),
            concepts: concepts.iter().map(concept_record).collect(),
            import: import.as_ref().map(|import| m::ConceptImport {
                file_name: import.file_name.clone(),
                update_by_id: import.update_by_id,
            }),
        }),
        Action::RevertConcepts { glossary, import } => A::RevertConcepts(m::RevertConcepts {
            glossary: Some(collection_ref_message(glossary)),
            import: *import,
        }),
        Action::DeleteConcepts { glossary, ids } => A::DeleteConcepts(m::DeleteConcepts {
            glossary: Some(collection_ref_message(glossary)),
            ids: ids.clone(),
        }),
        Action::BeginImport { memory, create, only_new, policy, file_name } => {
            A::BeginImport(m::BeginImport {
                memory: Some(collection_ref_message(memory)),
                create: create.as_ref().map(collection_draft_message),
                only_new: *only_new,
                on_same_source: policy_number(policy.duplicates),
                update_by_id: policy.update_by_id,
                most_replaced: policy.most_replaced,
                file_name: file_name.clone(),
            })
        }
        Action::ImportUnits { import, units } => A::ImportUnits(m::ImportUnits {
            import: *import,
            units: units.iter().map(|unit| unit_record(unit.as_ref())).collect(),
        }),
        Action::CompleteImport { import } => A::CompleteImport(*import),
        Action::AbortImport { import } => A::AbortImport(*import),
        Action::RevertImport { memory, import } => {
            A::RevertImport(m::RevertImport { memory: Some(collection_ref_message(memory)), import: *import })
        }
        Action::CreateToken(draft) => A::CreateToken(m::CreateToken {
            name: draft.new.name.to_string(),
            hash: draft.hash.0.to_vec(),
            grants: grant_records(&draft.new.grants),
            expires_ms: draft.new.expires_at.map(|at| at.0),
            allow_unmatched: draft.new.allow_unmatched,
            most_valid: draft.most_valid,
        }),
        Action::RevokeToken { number } => A::RevokeToken(number.0),
        Action::NoteTokenUse { number, day } => {
            A::NoteTokenUse(m::NoteTokenUse { number: number.0, day_ms: day.0 })
        }
    }
}

fn read_action(action: m::change::Action) -> Result<Action<UnitDraft>, String> {
    use m::change::Action as A;
    Ok(match action {
        A::Create(create) => Action::CreateCollection {
            kind: read_kind(create.kind)?,
            new: read_collection_draft(create.new.unwrap_or_default())?,
        },
        A::DeleteMemory(memory) => Action::DeleteCollection {
            kind: CollectionKind::Memory,
            collection: read_collection_ref(Some(memory))?,
        },
        A::DeleteGlossary(glossary) => Action::DeleteCollection {
            kind: CollectionKind::Glossary,
            collection: read_collection_ref(Some(glossary))?,
        },
        A::UpdateMemory(update) => Action::UpdateMemory {
            memory: read_collection_ref(update.memory)?,
            new_name: update.new_name.as_deref().map(read_name).transpose()?,
            description: update.description,
        },
        A::PutUnits(put) => Action::PutUnits {
            memory: read_collection_ref(put.memory)?,
            units: put.units.into_iter().map(unit_draft).collect::<Result<_, _>>()?,
            duplicates: read_policy(put.on_same_source)?,
            most_replaced: put.most_replaced,
        },
        A::ReviseUnit(revise) => Action::ReviseUnit {
            memory: read_collection_ref(revise.memory)?,
            id: UnitId(Sequence(revise.id)),
            unit: Box::new(unit_draft(revise.unit.unwrap_or_default())?),
            condition: RevisionCondition { expected: revise.expected, undelete: revise.undelete },
        },
        A::DeleteUnits(delete) => Action::DeleteUnits {
            memory: read_collection_ref(delete.memory)?,
            ids: delete.ids.into_iter().map(|id| UnitId(Sequence(id))).collect(),
        },
        A::DeleteMatchingUnits(delete) => Action::DeleteMatchingUnits {
            memory: read_collection_ref(delete.memory)?,
            filter: read_filter(delete.filter.unwrap_or_default())?,
        },
        A::PutConcepts(put) => Action::PutConcepts {
            glossary: read_collection_ref(put.glossary)?,
            create: put.create.map(read_collection_draft).transpose()?,
            concepts: put.concepts.into_iter().map(concept_draft).collect::<Result<_, _>>()?,
            import: put.import.map(|import| ConceptImport {
                file_name: import.file_name,
                update_by_id: import.update_by_id,
            }),
        },
        A::RevertConcepts(revert) => {
            Action::RevertConcepts { glossary: read_collection_ref(revert.glossary)?, import: revert.import }
        }
        A::DeleteConcepts(delete) => {
            Action::DeleteConcepts { glossary: read_collection_ref(delete.glossary)?, ids: delete.ids }
        }
        A::BeginImport(begin) => Action::BeginImport {
            memory: read_collection_ref(begin.memory)?,
            create: begin.create.map(read_collection_draft).transpose()?,
            only_new: begin.only_new,
            policy: ImportPolicy {
                duplicates: read_policy(begin.on_same_source)?,
                update_by_id: begin.update_by_id,
                most_replaced: begin.most_replaced,
            },
            file_name: begin.file_name,
        },
        A::ImportUnits(chunk) => Action::ImportUnits {
            import: chunk.import,
            units: chunk.units.into_iter().map(unit_draft).collect::<Result<_, _>>()?,
        },
        A::CompleteImport(import) => Action::CompleteImport { import },
        A::AbortImport(import) => Action::AbortImport { import },
        A::RevertImport(revert) => {
            Action::RevertImport { memory: read_collection_ref(revert.memory)?, import: revert.import }
        }
        A::CreateToken(create) => Action::CreateToken(Box::new(TokenDraft {
            new: NewToken {
                name: read_name(&create.name)?,
                grants: grants(create.grants)?,
                expires_at: create.expires_ms.map(Timestamp),
                allow_unmatched: create.allow_unmatched,
            },
            hash: token_hash(create.hash)?,
            most_valid: create.most_valid,
        })),
        A::RevokeToken(number) => Action::RevokeToken { number: TokenNumber(number) },
        A::NoteTokenUse(used) => {
            Action::NoteTokenUse { number: TokenNumber(used.number), day: Timestamp(used.day_ms) }
        }
    })
}

fn collection_ref_message(collection: &CollectionRef) -> m::Collection {
    m::Collection {
        number: collection.number.map_or(0, |number| number.0),
        name: collection.name.to_string(),
    }
}

fn read_collection_ref(message: Option<m::Collection>) -> Result<CollectionRef, String> {
    let m::Collection { number, name } = message.unwrap_or_default();
    Ok(CollectionRef { number: Some(CollectionNumber(number)).filter(|n| n.0 != 0), name: read_name(&name)? })
}

fn collection_draft_message(new: &CollectionDraft) -> m::NewCollection {
    m::NewCollection {
        name: new.name.to_string(),
        source_locale: new.source_locale.to_string(),
        target_locale: new.target_locale.to_string(),
        description: new.description.clone(),
    }
}

fn read_collection_draft(message: m::NewCollection) -> Result<CollectionDraft, String> {
    Ok(CollectionDraft {
        name: read_name(&message.name)?,
        source_locale: read_locale(&message.source_locale)?,
        target_locale: read_locale(&message.target_locale)?,
        description: message.description,
    })
}

fn read_name(name: &str) -> Result<Name, String> {
    Name::parse(name).map_err(|e| e.to_string())
}

fn read_locale(locale: &str) -> Result<Locale, String> {
    Locale::parse(locale).map_err(|e| e.to_string())
}

fn kind_number(kind: CollectionKind) -> u32 {
    match kind {
        CollectionKind::Memory => 1,
        CollectionKind::Glossary => 2,
    }
}

fn read_kind(number: u32) -> Result<CollectionKind, String> {
    match number {
        1 => Ok(CollectionKind::Memory),
        2 => Ok(CollectionKind::Glossary),
        other => Err(format!("kind of collection {other} is not known")),
    }
}

fn policy_number(policy: DuplicatePolicy) -> u32 {
    match policy {
        DuplicatePolicy::KeepAll => 0,
        DuplicatePolicy::Replace => 1,
        DuplicatePolicy::Skip => 2,
    }
}

fn read_policy(number: u32) -> Result<DuplicatePolicy, String> {
    match number {
        0 => Ok(DuplicatePolicy::KeepAll),
        1 => Ok(DuplicatePolicy::Replace),
        2 => Ok(DuplicatePolicy::Skip),
        other => Err(format!("duplicate policy {other} is not known")),
    }
}
