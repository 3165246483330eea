//! Checkpoints: they are used together with the changes since they were written, and ignored if
//! they do not fit the store. The answers are the same in both cases.

use std::{fs, path::Path};

use dhakira::{
    caller::Caller,
    engine::{Deadline, DuplicatePolicy, Engine, ImportTarget, LookupOptions, NewCollection},
    interchange::UnitFormat,
    matching::UnitSide,
    segment::Segment,
    text::FOLD_VERSION,
    unit::{Context, UnitDraft},
};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::support::{engine_at, engine_with, name, open_engine, stored_units, unit};

const CHECKPOINT_FILE: &str = "index.checkpoint";

fn put(engine: &Engine, numbers: std::ops::Range<u32>) {
    let units = numbers.map(|n| unit(&format!("الجملة رقم {n}"), &format!("sentence {n}"))).collect();
    engine.put_units(&Caller::anonymous(), &name("m"), units, DuplicatePolicy::KeepAll).unwrap();
}

/// Returns the matches of one lookup in the source and one in the target.
fn answers(engine: &Engine) -> Vec<(String, String, u32)> {
    [matches(engine, "الجملة رقم 7", UnitSide::Source), matches(engine, "sentence 31", UnitSide::Target)]
        .concat()
}

/// Returns the id, the score and the number of duplicates of each match.
fn matches(engine: &Engine, text: &str, side: UnitSide) -> Vec<(String, String, u32)> {
    let options = LookupOptions { side, limit: 100, ..LookupOptions::default() };
    let caller = Caller::anonymous();
    let answer = engine
        .lookup(&caller, Segment::plain(text), Context::default(), &options, &Deadline::never())
        .unwrap();
    let matches = answer.matches.into_iter().map(|m| {
        let found = m.ranked.judged_unit;
        (found.unit.id.to_string(), found.judgement.score.to_string(), m.ranked.duplicates)
    });
    matches.collect()
}

fn answers_after_reopen(folder: &Path) -> (Vec<(String, String, u32)>, u64) {
    let engine = engine_at(folder);
    (answers(&engine), engine.memory(&Caller::anonymous(), &name("m")).unwrap().units)
}

#[test]
fn answers_do_not_depend_on_the_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "z");
    engine.create_memory(&Caller::anonymous(), NewCollection::arabic_to_english(name("m"))).unwrap();
    put(&engine, 0..60);
    let expected = answers(&engine);
    assert!(expected.len() > 20);
    drop(engine);
    let kept = folder.path().join(CHECKPOINT_FILE);
    let bytes = fs::read(&kept).unwrap();
    assert_eq!(answers_after_reopen(folder.path()), (expected.clone(), 60), "from what was kept");

    fs::remove_file(&kept).unwrap();
    assert_eq!(answers_after_reopen(folder.path()), (expected.clone(), 60), "from the store");
    for at in [0, 9, 35, 60, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        fs::write(&kept, damaged).unwrap();
        assert_eq!(answers_after_reopen(folder.path()), (expected.clone(), 60), "byte {at} is wrong");
    }
    fs::write(&kept, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(answers_after_reopen(folder.path()), (expected, 60), "half of it is missing");
}

/// The checkpoint is older than the store, as after a restore of only some files.
#[test]
fn an_older_checkpoint_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    put(&engine, 0..30);
    drop(engine);
    let kept = folder.path().join(CHECKPOINT_FILE);
    let old = fs::read(&kept).unwrap();
    let engine = engine_at(folder.path());
    put(&engine, 30..60);
    let expected = answers(&engine);
    drop(engine);
    assert_ne!(fs::read(&kept).unwrap(), old);
    fs::write(&kept, old).unwrap();
    assert_eq!(answers_after_reopen(folder.path()), (expected, 60));
}

/// The folded texts of the checkpoint are those of other rules, so all units are folded again.
#[test]
fn a_checkpoint_of_other_folding_rules_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    put(&engine, 0..30);
    let expected = answers(&engine);
    drop(engine);
    let kept = folder.path().join(CHECKPOINT_FILE);
    let mut bytes = fs::read(&kept).unwrap();
    // The version is in the lower half of the third number of the header; a checksum ends the file.
    let version = bytes[16..24].try_into().map(u64::from_ne_bytes).unwrap();
    assert_eq!(version & u64::from(u32::MAX), u64::from(FOLD_VERSION));
    bytes[16..24].copy_from_slice(&(version - 1).to_ne_bytes());
    let end = bytes.len() - 4;
    let checksum = crc32fast::hash(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.to_ne_bytes());
    fs::write(&kept, bytes).unwrap();
    let (engine, read) = open_engine(folder.path(), 1);
    assert_eq!((read, answers(&engine)), (30, expected));
}

/// Copies the files as they are now, which is what kill -9 would leave.
fn copy_as_after_crash(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        // A checkpoint that is being written may disappear during the copy.
        if entry.file_type().unwrap().is_file() && !entry.file_name().to_string_lossy().contains("unfinished")
        {
            fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
    }
    copy
}

#[test]
fn after_a_crash_only_what_changed_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    put(&engine, 0..100);
    let first = stored_units(&engine, "m");
    drop(engine);
    let (engine, read) = open_engine(folder.path(), 1);
    assert_eq!(read, 0, "closed in order");
    put(&engine, 100..105);
    let mut changed = first[3].content.clone();
    changed.source.segment.text = "الجملة رقم 7000".to_owned();
    engine.update_unit(&Caller::anonymous(), &name("m"), first[3].id, changed, None).unwrap();
    engine.delete_units(&Caller::anonymous(), &name("m"), vec![first[9].id], false).unwrap();
    let expected = answers(&engine);
    let (again, read) = open_engine(copy_as_after_crash(folder.path()).path(), 1);
    assert_eq!(read, 6, "five new ones and the changed one");
    assert_eq!(answers(&again), expected);

    // The next process continues the dirty log.
    let copy = copy_as_after_crash(folder.path());
    let (again, _) = open_engine(copy.path(), 1);
    engine.delete_units(&Caller::anonymous(), &name("m"), vec![first[20].id], false).unwrap();
    again.delete_units(&Caller::anonymous(), &name("m"), vec![first[20].id], false).unwrap();
    let (third, read) = open_engine(copy_as_after_crash(copy.path()).path(), 1);
    assert_eq!((read, answers(&third)), (6, answers(&engine)));

    // A quarter has changed, so a new checkpoint is written while the engine serves.
    put(&engine, 200..230);
    engine.wait_for_checkpoint();
    assert_eq!(open_engine(copy_as_after_crash(folder.path()).path(), 1).1, 0);
}

/// If a new checkpoint cannot be written, the old one is still used, and writing is tried again
/// when the store closes.
#[test]
fn a_failed_checkpoint_leaves_the_old_one_usable() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    put(&engine, 0..100);
    drop(engine);
    let (engine, _) = open_engine(folder.path(), 1);
    // The checkpoint cannot be written, because a folder has its name.
    let in_the_way = folder.path().join("index.unfinished");
    fs::create_dir(&in_the_way).unwrap();
    put(&engine, 100..150);
    engine.wait_for_checkpoint();
    let units = stored_units(&engine, "m");
    let mut changed = units[120].content.clone();
    changed.source.segment.text = "الجملة رقم 700".to_owned();
    engine.update_unit(&Caller::anonymous(), &name("m"), units[120].id, changed, None).unwrap();
    let copy = copy_as_after_crash(folder.path());
    let (again, read) = open_engine(copy.path(), 1 << 20);
    assert_eq!((read, answers(&again)), (50, answers(&engine)));
    let memory = again.memory(&Caller::anonymous(), &name("m")).unwrap();
    assert_eq!(memory.units, 150, "no unit is there twice");
    drop(again);
    fs::remove_dir(&in_the_way).unwrap();
    let expected = answers(&engine);
    drop(engine);
    let (engine, read) = open_engine(folder.path(), 1);
    assert_eq!((read, answers(&engine)), (0, expected), "it was tried again at the end");
}

/// Imports rows into `m` and returns the number of the import.
fn import(engine: &Engine, rows: std::ops::Range<u32>) -> u64 {
    let target = ImportTarget {
        create: Some(NewCollection::arabic_to_english(name("m"))),
        ..ImportTarget::new(name("m"))
    };
    let tsv: String = rows.map(|n| format!("الجملة رقم {n}\tsentence {n}\n")).collect();
    engine
        .import_file(&Caller::anonymous(), target, UnitFormat::Tsv, tsv.as_bytes(), &mut |_| {})
        .unwrap()
        .import_id
}

/// A large import is reported as complete only when the checkpoint is written.
#[test]
fn a_crash_right_after_a_large_import_reads_nothing_again() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, _) = open_engine(folder.path(), 1_000);
    import(&engine, 0..900);
    assert_eq!(open_engine(copy_as_after_crash(folder.path()).path(), 1_000).1, 900, "too few to be kept");
    let last = import(&engine, 900..2_000);
    assert_eq!(open_engine(copy_as_after_crash(folder.path()).path(), 1_000).1, 0);
    import(&engine, 2_000..2_100);
    assert_eq!(open_engine(copy_as_after_crash(folder.path()).path(), 1_000).1, 100);
    // After a revert, the whole memory is read again until the next checkpoint is written.
    let copy = copy_as_after_crash(folder.path());
    let (again, _) = open_engine(copy.path(), 1 << 20);
    again.revert_import(&Caller::anonymous(), &name("m"), last).unwrap();
    let (third, read) = open_engine(copy_as_after_crash(copy.path()).path(), 1 << 20);
    assert_eq!((read, answers(&third)), (1_000, answers(&again)));
}

#[test]
fn a_checkpoint_of_another_store_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    put(&engine, 0..30);
    let expected = answers(&engine);
    drop(engine);
    let other = tempfile::tempdir().unwrap();
    let engine = engine_with(other.path(), "m");
    put(&engine, 1_000..1_030);
    drop(engine);
    // Both stores have the same change numbers and times, so the marks differ only in the token.
    fs::copy(other.path().join(CHECKPOINT_FILE), folder.path().join(CHECKPOINT_FILE)).unwrap();
    let (engine, read) = open_engine(folder.path(), 1);
    assert_eq!((read, answers(&engine)), (30, expected));
}

#[derive(Clone, Debug)]
enum Step {
    /// Puts units, each with a source, a target and perhaps an external id.
    Put(Vec<(u8, u8, Option<u8>)>, DuplicatePolicy),
    Delete(Vec<prop::sample::Index>),
    Import(Vec<(u8, u8, Option<u8>)>, DuplicatePolicy),
    /// Reverts one of the imports so far.
    Revert(prop::sample::Index),
    /// Restores the first revision of a unit, whether the unit exists or was deleted.
    Restore(prop::sample::Index),
    Close,
    /// Compares an engine opened from the checkpoint with one opened from the store. If true, the
    /// following steps run on the first.
    Crash(bool),
}

fn units() -> impl Strategy<Value = Vec<(u8, u8, Option<u8>)>> {
    prop::collection::vec((0_u8..9, 0_u8..3, prop::option::of(0_u8..4)), 1..9)
}

fn policy() -> impl Strategy<Value = DuplicatePolicy> {
    prop::sample::select(vec![DuplicatePolicy::KeepAll, DuplicatePolicy::Replace, DuplicatePolicy::Skip])
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let index = any::<prop::sample::Index>;
    let step = prop_oneof![
        4 => (units(), policy()).prop_map(|(units, policy)| Step::Put(units, policy)),
        2 => prop::collection::vec(index(), 1..4).prop_map(Step::Delete),
        2 => (units(), policy()).prop_map(|(units, policy)| Step::Import(units, policy)),
        1 => index().prop_map(Step::Revert),
        1 => index().prop_map(Step::Restore),
        1 => Just(Step::Close),
        3 => any::<bool>().prop_map(Step::Crash),
    ];
    prop::collection::vec(step, 1..24)
}

fn draft((source, target, id): (u8, u8, Option<u8>)) -> UnitDraft {
    let mut draft = unit(&format!("الجملة رقم {source}"), &format!("sentence {target}"));
    draft.external_id = id.map(|id| format!("t{id}")).unwrap_or_default();
    draft
}

/// Returns all that lookups find, and the results of putting a few units, which show whether the
/// external ids are known.
fn lookups_and_puts(engine: &Engine) -> impl PartialEq + std::fmt::Debug + use<> {
    let found = answers(engine);
    let units = (0..4).map(|id| draft((90 + id, id, Some(id)))).collect();
    let put = engine.put_units(&Caller::anonymous(), &name("m"), units, DuplicatePolicy::KeepAll).unwrap().0;
    let put: Vec<_> = put.into_iter().map(|r| format!("{r:?}")).collect();
    (found, put, answers(engine))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    /// Crashes, closings and checkpoints at any time make no difference to the answers.
    #[test]
    fn checkpoints_do_not_change_answers(steps in steps(), least in prop::sample::select(vec![1_usize, 8, 25])) {
        let caller = Caller::anonymous();
        let folder = tempfile::tempdir().unwrap();
        let mut engine = Some(open_engine(folder.path(), least).0);
        engine.as_ref().unwrap().create_memory(&caller, NewCollection::arabic_to_english(name("m"))).unwrap();
        let mut place = folder;
        let (mut imports, mut ids) = (Vec::new(), Vec::new());
        for step in steps {
            let e = engine.as_ref().unwrap();
            match step {
                Step::Put(units, policy) => {
                    let mut seen = std::collections::BTreeSet::new();
                    let units = units.into_iter().filter(|u| u.2.is_none_or(|id| seen.insert(id))).map(draft).collect();
                    let put = e.put_units(&caller, &name("m"), units, policy).unwrap();
                    ids.extend(put.0.into_iter().map(|r| r.id));
                }
                Step::Delete(which) => {
                    for which in which.iter().filter(|_| !ids.is_empty()) {
                        // The unit may have been deleted already.
                        let _ = e.delete_units(&caller, &name("m"), vec![ids[which.index(ids.len())]], false);
                    }
                }
                Step::Import(units, policy) => {
                    let target = ImportTarget { duplicates: policy, ..ImportTarget::new(name("m")) };
                    let mut session = e.begin_import(&caller, target).unwrap();
                    for unit in units {
                        session.push(&Default::default(), draft(unit)).unwrap().unwrap();
                    }
                    imports.push(session.complete().unwrap().0.import_id);
                }
                Step::Revert(which) if !imports.is_empty() => {
                    let _ = e.revert_import(&caller, &name("m"), imports[which.index(imports.len())]);
                }
                Step::Restore(which) if !ids.is_empty() => {
                    let _ = e.restore_revision(&caller, &name("m"), ids[which.index(ids.len())], 1);
                }
                Step::Revert(_) | Step::Restore(_) => {}
                Step::Close => {
                    drop(engine.take());
                    engine = Some(open_engine(place.path(), least).0);
                }
                Step::Crash(goes_on) => {
                    let (kept, unkept) = (copy_as_after_crash(place.path()), copy_as_after_crash(place.path()));
                    let _ = fs::remove_file(unkept.path().join(CHECKPOINT_FILE));
                    let (from_kept, _) = open_engine(kept.path(), least);
                    let (from_store, _) = open_engine(unkept.path(), least);
                    prop_assert_eq!(answers(&from_kept), answers(&from_store));
                    prop_assert_eq!(answers(&from_kept), answers(e));
                    let units = stored_units(e, "m");
                    let mut ids: Vec<_> = units.into_iter().map(|u| u.content.external_id).collect();
                    ids.retain(|id| !id.is_empty());
                    ids.sort();
                    prop_assert!(ids.windows(2).all(|two| two[0] != two[1]), "{:?}", ids);
                    if goes_on {
                        engine = Some(from_kept);
                        place = kept;
                    } else {
                        prop_assert_eq!(lookups_and_puts(&from_kept), lookups_and_puts(&from_store));
                    }
                }
            }
        }
    }
}
