//! The engine compared with a model, where reopening the store is one of the operations.

use std::collections::{BTreeMap, BTreeSet};

use dhakira::{
    caller::Caller,
    engine::{Deadline, DuplicatePolicy, Engine, ImportTarget, LookupOptions, NewCollection},
    interchange::{FilePosition, UnitFormat},
    score::Score,
    segment::Segment,
    unit::{Context, UnitDraft, UnitId},
};
use proptest::prelude::*;

use crate::support::{engine_at, name, stored_units, unit};

#[derive(Clone, Debug)]
enum Step {
    Put(Vec<(u8, u8)>, bool),
    PutNamed(u8, u8, u8),
    Delete(prop::sample::Index),
    Import(Vec<(u8, u8)>, bool),
    FailedImport(Vec<(u8, u8)>),
    Reboot,
}

fn pairs() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((0_u8..6, 0_u8..3), 1..5)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (pairs(), any::<bool>()).prop_map(|(p, replace)| Step::Put(p, replace)),
        2 => (0_u8..3, 0_u8..6, 0_u8..3).prop_map(|(id, s, t)| Step::PutNamed(id, s, t)),
        2 => any::<prop::sample::Index>().prop_map(Step::Delete),
        2 => (pairs(), any::<bool>()).prop_map(|(p, replace)| Step::Import(p, replace)),
        1 => pairs().prop_map(Step::FailedImport),
        2 => Just(Step::Reboot),
    ];
    prop::collection::vec(step, 1..25)
}

/// Returns a draft. The six sources have only three folded forms, so that some sources are equal
/// after folding.
fn draft(source: u8, target: u8) -> UnitDraft {
    let surface = ["أمر", "امر", "كِتاب", "كتاب", "دار", "دارٌ"][usize::from(source)];
    unit(surface, &format!("t{target}"))
}

type Key = (String, String);

fn key(draft: &UnitDraft) -> Key {
    (draft.source.segment.text.clone(), draft.target.segment.text.clone())
}

/// The expected units with their external ids; the same before the running import; and the units
/// that its file has added so far.
#[derive(Default)]
struct Model(BTreeMap<Key, String>, BTreeMap<Key, String>, BTreeSet<Key>);

impl Model {
    fn put(&mut self, draft: &UnitDraft, replace: bool) {
        let key = key(draft);
        if !draft.external_id.is_empty() {
            self.0.retain(|k, id| *id != draft.external_id || *k == key);
        }
        if replace {
            self.0.retain(|k, _| k.0 != key.0 || *k == key || self.2.contains(k));
        }
        // A unit that an import replaces and that comes later in the same file keeps its id.
        let former = self.1.get(&key).cloned().unwrap_or_default();
        let id = self.0.entry(key).or_insert(former);
        if !draft.external_id.is_empty() {
            id.clone_from(&draft.external_id);
        }
    }
}

fn stored(engine: &Engine) -> Vec<(UnitId, Key, String)> {
    stored_units(engine, "m").into_iter().map(|u| (u.id, key(&u.content), u.content.external_id)).collect()
}

/// Returns all units that a lookup finds with threshold 0.
fn visible(engine: &Engine) -> Vec<Key> {
    let options = LookupOptions { threshold: Score::ZERO, limit: 100, ..Default::default() };
    let answer = engine
        .lookup(&Caller::anonymous(), Segment::plain("امر"), Context::default(), &options, &Deadline::never())
        .unwrap();
    let mut keys: Vec<Key> = answer.matches.iter().map(|m| key(&m.ranked.judged_unit.unit.content)).collect();
    keys.sort();
    keys
}

fn target(file_name: &str, replace: bool) -> ImportTarget {
    let duplicates = if replace { DuplicatePolicy::Replace } else { DuplicatePolicy::KeepAll };
    ImportTarget { create: None, file_name: file_name.into(), duplicates, ..ImportTarget::new(name("m")) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn the_engine_does_as_the_model(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let caller = Caller::anonymous();
        let mut engine = engine_at(folder.path());
        engine.create_memory(&caller, NewCollection::arabic_to_english(name("m"))).unwrap();
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Put(pairs, replace) => {
                    let units: Vec<_> = pairs.iter().map(|(s, t)| draft(*s, *t)).collect();
                    units.iter().for_each(|u| model.put(u, replace));
                    let policy = if replace { DuplicatePolicy::Replace } else { DuplicatePolicy::KeepAll };
                    engine.put_units(&caller, &name("m"), units, policy).unwrap();
                }
                Step::PutNamed(id, s, t) => {
                    let named = UnitDraft { external_id: format!("id{id}"), ..draft(s, t) };
                    model.put(&named, false);
                    engine.put_units(&caller, &name("m"), vec![named], DuplicatePolicy::KeepAll).unwrap();
                }
                Step::Delete(nth) => {
                    let all = stored(&engine);
                    if !all.is_empty() {
                        let (id, key, _) = &all[nth.index(all.len())];
                        model.0.remove(key);
                        engine.delete_units(&caller, &name("m"), vec![*id], false).unwrap();
                    }
                }
                Step::Import(pairs, replace) => {
                    let mut file = String::new();
                    model.1 = model.0.clone();
                    for (s, t) in &pairs {
                        let unit = draft(*s, *t);
                        model.put(&unit, replace);
                        let (source, target) = key(&unit);
                        file.push_str(&format!("{source}\t{target}\n"));
                        model.2.insert((source, target));
                    }
                    (model.1, model.2) = Default::default();
                    let report = engine.import_file(&caller, target("x.tsv", replace), UnitFormat::Tsv, file.as_bytes(), &mut |_| {}).unwrap();
                    let tally = report.tally;
                    prop_assert_eq!(report.read, tally.stored + tally.updated + tally.unchanged);
                }
                Step::FailedImport(pairs) => {
                    let mut session = engine.begin_import(&caller, target("y.tsv", true)).unwrap();
                    for (s, t) in pairs {
                        session.push(&FilePosition::default(), draft(s, t)).unwrap().unwrap();
                    }
                    drop(session);
                }
                Step::Reboot => {
                    drop(engine);
                    engine = engine_at(folder.path());
                }
            }
            let mut now: Vec<Key> = stored(&engine).into_iter().map(|(_, key, _)| key).collect();
            now.sort();
            let expected: Vec<Key> = model.0.keys().cloned().collect();
            prop_assert_eq!(&now, &expected);
            prop_assert_eq!(&visible(&engine), &expected);
            let ids: Vec<(Key, String)> = { let mut ids: Vec<_> = stored(&engine).into_iter().map(|(_, k, id)| (k, id)).collect(); ids.sort(); ids };
            let model_ids: Vec<(Key, String)> = model.0.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
            prop_assert_eq!(ids, model_ids);
            prop_assert_eq!(engine.memory(&caller, &name("m")).unwrap().units, expected.len() as u64);
        }
    }
}

#[test]
fn an_import_is_invisible_until_it_completes() {
    let folder = tempfile::tempdir().unwrap();
    let caller = Caller::anonymous();
    let engine = engine_at(folder.path());
    engine.create_memory(&caller, NewCollection::arabic_to_english(name("m"))).unwrap();
    engine.put_units(&caller, &name("m"), vec![draft(0, 0)], DuplicatePolicy::KeepAll).unwrap();
    let mut session = engine.begin_import(&caller, target("x", true)).unwrap();
    for n in 0..1_500 {
        let unit = unit(&format!("أمر {n}"), "x");
        session.push(&FilePosition::default(), unit).unwrap().unwrap();
    }
    session.push(&FilePosition::default(), draft(0, 1)).unwrap().unwrap();
    assert_eq!(stored(&engine).len(), 1);
    // Another caller puts a unit that is also in the import. In the end it is stored once.
    engine.put_units(&caller, &name("m"), vec![unit("أمر 7", "x")], DuplicatePolicy::KeepAll).unwrap();
    assert_eq!(stored(&engine).len(), 2);
    let (imported, _) = session.complete().unwrap();
    assert_eq!((imported.tally.stored, imported.tally.unchanged), (1_500, 1));
    assert_eq!(stored(&engine).len(), 1_000, "the first page is full");
    assert_eq!(engine.memory(&caller, &name("m")).unwrap().units, 1_501);
    assert!(visible(&engine).iter().all(|k| *k != key(&draft(0, 0))), "what the import replaces is gone");
    drop(engine);
    let engine = engine_at(folder.path());
    assert_eq!(engine.memory(&caller, &name("m")).unwrap().units, 1_501);
}

fn named(text: &str) -> UnitDraft {
    UnitDraft { external_id: "k".into(), ..unit("نعم", text) }
}

#[test]
fn a_write_that_was_acknowledged_during_an_import_is_not_undone_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let caller = Caller::anonymous();
    let engine = engine_at(folder.path());
    engine.create_memory(&caller, NewCollection::arabic_to_english(name("m"))).unwrap();
    engine.put_units(&caller, &name("m"), vec![named("yess")], DuplicatePolicy::KeepAll).unwrap();
    // The import will replace the unit, but the unit is corrected by its id before it completes.
    let mut session = engine.begin_import(&caller, target("x", true)).unwrap();
    for n in 0..1_000 {
        let draft = if n == 0 { unit("نعم", "yeah") } else { unit(&format!("أمر {n}"), "x") };
        session.push(&FilePosition::default(), draft).unwrap().unwrap();
    }
    engine.put_units(&caller, &name("m"), vec![named("yes")], DuplicatePolicy::KeepAll).unwrap();
    let (imported, remarks) = session.complete().unwrap();
    assert_eq!((imported.tally.stored, imported.tally.replaced), (1_000, 0));
    assert_eq!(remarks.iter().map(|r| r.reason).collect::<Vec<_>>(), ["CHANGED_MEANWHILE"]);
    let kept: Vec<String> = stored(&engine).into_iter().map(|(_, key, _)| key.1).collect();
    assert_eq!(kept.first().map(String::as_str), Some("yes"));
}

#[test]
fn what_a_crash_leaves_of_an_import_is_removed_at_open() {
    let folder = tempfile::tempdir().unwrap();
    let caller = Caller::anonymous();
    let copy = tempfile::tempdir().unwrap();
    {
        let engine = engine_at(folder.path());
        engine.create_memory(&caller, NewCollection::arabic_to_english(name("m"))).unwrap();
        engine.put_units(&caller, &name("m"), vec![draft(0, 0)], DuplicatePolicy::KeepAll).unwrap();
        let mut session = engine.begin_import(&caller, target("x", true)).unwrap();
        for n in 0..2_500 {
            session.push(&FilePosition::default(), unit(&format!("أمر {n}"), "x")).unwrap().unwrap();
        }
        // The first batches are durable by now. The copy is what kill -9 would leave.
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
            }
        }
    }
    let engine = engine_at(copy.path());
    assert_eq!(stored(&engine).len(), 1);
    assert_eq!(visible(&engine), [key(&draft(0, 0))]);
}
