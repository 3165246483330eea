//! Indexes kept beside the store: used when they are of the last change,
//! thrown away in doubt. The answers are the same either way.

use std::{fs, path::Path};

use dhakira::{
    caller::Caller,
    engine::{Deadline, Engine, LookupOptions, NewCollection, OnSameSource},
    matching::UnitSide,
    score::Score,
    segment::Segment,
    unit::Context,
};

use crate::support::{engine_at, engine_with, name, unit};

const FILE: &str = "index.checkpoint";

fn put(engine: &Engine, numbers: std::ops::Range<u32>) {
    let units = numbers.map(|n| unit(&format!("الجملة رقم {n}"), &format!("sentence {n}"))).collect();
    engine.put_units(&Caller::anonymous(), &name("m"), units, OnSameSource::KeepAll).unwrap();
}

/// Every answer to a few questions, both ways round.
fn answers(engine: &Engine) -> Vec<(String, String)> {
    let ask = |text: &str, side| {
        let options = LookupOptions { side, limit: 100, ..LookupOptions::default() };
        let caller = Caller::anonymous();
        engine.lookup(&caller, Segment::plain(text), Context::default(), &options, Deadline::never()).unwrap()
    };
    let told = |text: &str, side| {
        ask(text, side).matches.into_iter().map(|m| {
            let found = m.ranked.candidate;
            (found.unit.id.to_string(), found.judgement.score.to_string())
        })
    };
    told("الجملة رقم 7", UnitSide::Source).chain(told("sentence 31", UnitSide::Target)).collect()
}

fn reopened(folder: &Path) -> (Vec<(String, String)>, u64) {
    let engine = engine_at(folder);
    (answers(&engine), engine.memory(&Caller::anonymous(), &name("m")).unwrap().units)
}

#[test]
fn answers_do_not_depend_on_what_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "z");
    engine.create_memory(&Caller::anonymous(), NewCollection::arabic_to_english(name("m"))).unwrap();
    put(&engine, 0..60);
    let expected = answers(&engine);
    assert!(expected.len() > 20);
    drop(engine);
    let kept = folder.path().join(FILE);
    let bytes = fs::read(&kept).unwrap();
    assert_eq!(reopened(folder.path()), (expected.clone(), 60), "from what was kept");

    fs::remove_file(&kept).unwrap();
    assert_eq!(reopened(folder.path()), (expected.clone(), 60), "from the store");
    for at in [0, 9, 35, 60, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        fs::write(&kept, damaged).unwrap();
        assert_eq!(reopened(folder.path()), (expected.clone(), 60), "byte {at} is wrong");
    }
    fs::write(&kept, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(reopened(folder.path()), (expected, 60), "half of it is missing");
}

/// What a crash leaves: a checkpoint of an earlier change.
#[test]
fn an_older_state_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    put(&engine, 0..30);
    drop(engine);
    let kept = folder.path().join(FILE);
    let old = fs::read(&kept).unwrap();
    let engine = engine_at(folder.path());
    put(&engine, 30..60);
    let expected = answers(&engine);
    drop(engine);
    assert_ne!(fs::read(&kept).unwrap(), old);
    fs::write(&kept, old).unwrap();
    assert_eq!(reopened(folder.path()), (expected, 60));
}

/// A checkpoint that is right but for its texts shows that it is really used.
#[test]
fn what_was_kept_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    put(&engine, 0..30);
    drop(engine);
    let other = tempfile::tempdir().unwrap();
    let engine = engine_with(other.path(), "m");
    put(&engine, 1_000..1_030);
    drop(engine);
    // The same changes at the same time, as only a clock that stands still allows.
    fs::copy(other.path().join(FILE), folder.path().join(FILE)).unwrap();
    let engine = engine_at(folder.path());
    let found = engine.lookup(
        &Caller::anonymous(),
        Segment::plain("الجملة رقم 1007"),
        Context::default(),
        &LookupOptions { threshold: Score::ZERO, ..LookupOptions::default() },
        Deadline::never(),
    );
    assert_eq!(found.unwrap().matches.len(), 5);
    let exact = LookupOptions { threshold: Score::FULL, ..LookupOptions::default() };
    let text = Segment::plain("الجملة رقم 7");
    let found =
        engine.lookup(&Caller::anonymous(), text, Context::default(), &exact, Deadline::never()).unwrap();
    assert!(found.matches.is_empty(), "its row is not in the index that was kept");
}
