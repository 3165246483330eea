//! The result of deciding a change, and what each of its writes is stamped with.

use crate::{
    clock::Timestamp,
    engine::change::CollectionRef,
    fault::{Fault, Resource},
    store::{CollectionKind, CollectionNumber, Refusal},
    unit::Stamp,
};

/// The result of deciding a change: done, refused with nothing changed, or given up because the
/// store failed.
pub(crate) type Decision<T> = Result<T, Refusal<Fault>>;

impl From<Fault> for Refusal<Fault> {
    fn from(fault: Fault) -> Self {
        Self::Decided(fault)
    }
}

/// The caller, the time and the number of a change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChangeMeta<'c> {
    pub(crate) caller: &'c str,
    pub(crate) at: Timestamp,
    pub(crate) change_id: u64,
}

impl<'c> ChangeMeta<'c> {
    /// Returns what the writes of a change are stamped with that made a stamp.
    pub(crate) fn of(stamp: &'c Stamp) -> Self {
        Self { caller: &stamp.caller, at: stamp.changed_at, change_id: stamp.change_id }
    }

    /// Returns the stamp of the revision after `previous`.
    pub(crate) fn stamp(&self, previous: u32, import_id: u64) -> Stamp {
        Stamp {
            revision: previous + 1,
            change_id: self.change_id,
            import_id,
            caller: self.caller.to_owned(),
            changed_at: self.at,
            restored_revision: 0,
        }
    }
}

/// Refuses a change that was proposed for another collection than the one that has the name now.
///
/// A change is checked against the languages of the collection that its proposer saw. For
/// example, a memory may be deleted and created again with other languages before it is applied.
pub(crate) fn check_same_collection(
    kind: CollectionKind,
    seen: &CollectionRef,
    present: Option<CollectionNumber>,
) -> Result<(), Fault> {
    let what = resource(kind);
    match present {
        None => Err(Fault::Unknown { what, name: seen.name.to_string() }),
        Some(_) if seen.number == present => Ok(()),
        Some(_) => {
            Err(Fault::Conflict(format!("{} '{}' was created again meanwhile", what.name(), seen.name)))
        }
    }
}

/// Returns what faults call a collection of a kind.
pub(crate) fn resource(kind: CollectionKind) -> Resource {
    match kind {
        CollectionKind::Memory => Resource::Memory,
        CollectionKind::Glossary => Resource::Glossary,
    }
}

#[cfg(test)]
mod tests {
    use super::check_same_collection;
    use crate::{
        engine::change::CollectionRef,
        fault::Fault,
        name::Name,
        store::{CollectionKind, CollectionNumber},
    };

    #[test]
    fn a_collection_that_was_created_again_is_another_one() {
        let seen = |number: Option<u32>| CollectionRef {
            number: number.map(CollectionNumber),
            name: Name::parse("news").unwrap(),
        };
        let check = |seen, present: Option<u32>| {
            check_same_collection(CollectionKind::Memory, &seen, present.map(CollectionNumber))
        };
        assert_eq!(check(seen(Some(3)), Some(3)), Ok(()));
        assert!(matches!(check(seen(Some(3)), Some(4)), Err(Fault::Conflict(_))));
        assert!(matches!(check(seen(None), Some(4)), Err(Fault::Conflict(_))));
        assert!(matches!(check(seen(Some(3)), None), Err(Fault::Unknown { .. })));
    }
}
