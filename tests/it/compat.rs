//! Stores that earlier versions wrote are opened, read and changed by today's code.
//!
//! `tests/compat/make` wrote them with the binary of each format. Beside each store is what that
//! binary itself exported from it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use dhakira::{
    clock::SystemClock,
    engine::{Deadline, Engine, Filter, PageRequest},
    interchange::{ConceptFormat, UnitFormat},
    limits::Limits,
    store::StoreOptions,
};

use crate::support::{caller, copy_folder, name, root, stored_units};

/// The folders below `tests/compat/`, one for each format.
fn formats() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(root().join("tests/compat"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn open(folder: &Path) -> Engine {
    let options = StoreOptions { disk_reserve_bytes: 0, ..StoreOptions::default() };
    Engine::open(folder, &options, Limits::default(), Box::new(SystemClock)).unwrap().0
}

fn units_as_jsonl(engine: &Engine) -> String {
    let mut bytes = Vec::new();
    engine
        .export_units(
            &caller(),
            &name("news"),
            &Filter::default(),
            UnitFormat::Jsonl,
            &mut bytes,
            &Deadline::never(),
        )
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn stores_of_earlier_formats_hold_what_their_program_saw() {
    let formats = formats();
    assert!(formats.len() >= 2, "{formats:?}");
    for format in formats {
        let folder = tempfile::tempdir().unwrap();
        copy_folder(&format.join("store"), folder.path());
        // Twice, because opening may change the store.
        for _ in 0..2 {
            let engine = open(folder.path());
            assert_eq!(units_as_jsonl(&engine), fs::read_to_string(format.join("news.jsonl")).unwrap());
            let mut terms = Vec::new();
            engine
                .export_concepts(
                    &caller(),
                    &name("terms"),
                    ConceptFormat::Csv,
                    &mut terms,
                    &Deadline::never(),
                )
                .unwrap();
            assert_eq!(
                String::from_utf8(terms).unwrap(),
                fs::read_to_string(format.join("terms.csv")).unwrap()
            );

            let stored = fs::read_to_string(format.join("revisions.json")).unwrap();
            let stored: serde_json::Value = serde_json::from_str(&stored).unwrap();
            let first = stored_units(&engine, "news").remove(0);
            let whole = PageRequest { size: 1_000, token: String::new() };
            let (revisions, present) =
                engine.revisions(&caller(), &name("news"), first.id, &whole, &Deadline::never()).unwrap();
            assert!(present);
            let targets: Vec<&str> =
                revisions.items.iter().map(|r| r.content.target.segment.text.as_str()).collect();
            let stored: Vec<&str> = stored["revisions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|revision| revision["target"]["segment"]["text"].as_str().unwrap())
                .collect();
            assert_eq!(targets, stored);
        }
    }
}

#[test]
fn stores_of_earlier_formats_are_changed_and_reverted() {
    for format in formats() {
        let folder = tempfile::tempdir().unwrap();
        copy_folder(&format.join("store"), folder.path());
        let engine = open(folder.path());
        // Import 2 replaced a translation of import 1.
        let report = engine.revert_import(&caller(), &name("news"), 2).unwrap();
        assert_eq!((report.removed, report.restored, report.conflicts.len()), (1, 1, 0), "{format:?}");
        let mut last = stored_units(&engine, "news").remove(0);
        last.content.target.segment.text = "The delegation has arrived".to_owned();
        let changed = engine.update_unit(&caller(), &name("news"), last.id, last.content, None).unwrap();
        assert_eq!(changed.stamp.revision, 3);
        let before = units_as_jsonl(&engine);
        assert!(before.contains("The minister left the country") && before.contains("has arrived"));
        drop(engine);
        assert_eq!(units_as_jsonl(&open(folder.path())), before);
    }
}
