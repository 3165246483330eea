//! When former revisions that are no longer kept are removed.
//!
//! A pass goes over the former revisions of all collections, as a cleanup in small steps. It begins when many were
//! written since the last one, and once a day. Time is that of the changes, because the writer has no clock.

use crate::{
    clock::Timestamp,
    engine::state::WriterState,
    store::{Cleanup, CollectionKind, OldRevisions, Retention, Store},
};

/// A pass begins once there are so many former revisions more than after the last one, or half as many again if
/// that is more.
const MIN_NEW_REVISIONS: u64 = 2_000;

const MS_PER_DAY: i64 = 24 * 60 * 60 * 1_000;

/// Begins the passes of a store.
#[derive(Debug)]
pub(super) struct RetentionPasses {
    retention: Retention,
    /// How many former revisions there were after the last pass.
    revisions: u64,
    /// When the last pass began; `None` before the first one.
    began_at: Option<Timestamp>,
    running: bool,
}

impl RetentionPasses {
    pub(super) fn new(retention: Retention) -> Self {
        Self { retention, revisions: 0, began_at: None, running: false }
    }

    /// Returns the cleanups of a pass, if one is due. May only be called while no cleanup waits, so that the
    /// last pass has ended.
    pub(super) fn next_pass(&mut self, state: &WriterState, store: &Store) -> Vec<Cleanup> {
        if self.retention.keeps_all() {
            return Vec::new();
        }
        let revisions = store.count_former_revisions();
        if self.running {
            (self.running, self.revisions) = (false, revisions);
        }
        let now = state.applied.last_at;
        let is_many = revisions > self.revisions + MIN_NEW_REVISIONS.max(self.revisions / 2);
        let is_next_day = self.began_at.is_none_or(|began| now.0 - began.0 >= MS_PER_DAY);
        if revisions == 0 || !is_many && !is_next_day {
            return Vec::new();
        }
        (self.running, self.began_at) = (true, Some(now));
        let made_before = self.retention.days.map(|days| Timestamp(now.0 - i64::from(days) * MS_PER_DAY));
        let old =
            OldRevisions { kept: self.retention.revisions, made_before, seen_by: state.applied.change_id };
        let memories = state.memories.values().map(|memory| (CollectionKind::Memory, memory.number));
        let glossaries =
            state.glossaries.values().map(|glossary| (CollectionKind::Glossary, glossary.number));
        memories.chain(glossaries).map(|(kind, number)| Cleanup::FormerRevisions(kind, number, old)).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        caller::Caller,
        clock::SystemClock,
        engine::{DuplicatePolicy, Engine, NewCollection},
        limits::Limits,
        name::Name,
        store::{Retention, StoreOptions},
        unit::{UnitDraft, Variant},
    };
    use crate::{locale::Locale, segment::Segment};

    fn draft(target: u32) -> UnitDraft {
        let source = Variant::new(Locale::arabic(), Segment::plain("وصل الوفد"));
        let mut unit =
            UnitDraft::new(source, Variant::new(Locale::english(), Segment::plain(target.to_string())));
        unit.external_id = "1".to_owned();
        unit
    }

    /// Returns how many former revisions are left of 3,000.
    fn former_revisions(retention: Retention) -> u64 {
        let folder = tempfile::tempdir().expect("a folder");
        let options = StoreOptions { disk_reserve_bytes: 0, retention, ..StoreOptions::default() };
        let open = || {
            Engine::open(folder.path(), &options, Limits::default(), Box::new(SystemClock))
                .expect("an engine")
                .0
        };
        let (engine, caller) = (open(), Caller::anonymous());
        let name = Name::parse("m").expect("a name");
        engine.create_memory(&caller, NewCollection::arabic_to_english(name.clone())).expect("a memory");
        let mut id = None;
        for n in 0..=3_000 {
            let put = engine.put_units(&caller, &name, vec![draft(n)], DuplicatePolicy::default());
            id = put.expect("a put").0.first().map(|result| result.id);
        }
        let id = id.expect("a unit");
        let present = engine.unit(&caller, &name, id).expect("a unit");
        assert_eq!(present.content.target.segment.text, "3000");
        // The writer ends when it has nothing more to remove.
        drop(engine);
        let engine = open();
        assert_eq!(engine.unit(&caller, &name, id).expect("a unit").stamp.revision, 3_001);
        engine.store.count_former_revisions()
    }

    #[test]
    fn old_revisions_are_removed_only_if_that_is_wanted() {
        assert_eq!(former_revisions(Retention::default()), 3_000);
        let left = former_revisions(Retention { revisions: Some(5), days: None });
        assert!((5..2_100).contains(&left), "{left} are left");
        // All of them are from today.
        assert_eq!(former_revisions(Retention { revisions: None, days: Some(1) }), 3_000);
    }
}
