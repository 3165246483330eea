//! Every disk call of a run fails once: after reopening, each change is whole or absent, nothing
//! acknowledged is missing, and after the failure nothing more was acknowledged.

use std::{fmt::Write as _, path::Path, thread};

use crate::{
    caller::Caller,
    clock::{Clock, Timestamp},
    engine::{Deadline, DuplicatePolicy, Engine, ImportTarget, NewCollection, PageRequest},
    fault::Fault,
    interchange::UnitFormat,
    limits::Limits,
    locale::Locale,
    name::Name,
    segment::Segment,
    store::{FailingCall, StoreOptions},
    term::{ConceptDraft, Term},
    unit::{TranslationUnit, UnitDraft, Variant},
};

/// The number of changes of a run.
const CHANGES: usize = 40;

const WORKERS: usize = 8;

#[derive(Debug)]
struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(1_000)
    }
}

fn open(folder: &Path) -> Engine {
    let options = StoreOptions { disk_reserve_bytes: 0, cache_bytes: 4 << 20, ..StoreOptions::default() };
    Engine::open(folder, &options, Limits::default(), Box::new(FixedClock)).expect("a store").0
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

/// Returns a unit. Every third one has a note of 60 KiB, the others have none.
fn draft(source: usize, target: usize) -> UnitDraft {
    let source_text = Segment::plain(format!("الجملة رقم {source}"));
    let target_text = Segment::plain(format!("Sentence {source}, {target}"));
    let mut unit = UnitDraft::new(
        Variant::new(Locale::arabic(), source_text),
        Variant::new(Locale::english(), target_text),
    );
    if target.is_multiple_of(3) {
        unit.notes = vec!["n".repeat(60 << 10)];
    }
    unit
}

fn units(engine: &Engine, memory: &Name) -> Result<Vec<TranslationUnit>, Fault> {
    let page = PageRequest { size: 1_000, token: String::new() };
    let all = engine.units(&Caller::anonymous(), memory, &Default::default(), &page, &Deadline::never())?;
    assert_eq!(all.next_token, "", "all units fit on a page");
    Ok(all.items)
}

fn unknown(what: &str) -> Fault {
    Fault::Internal(format!("there is no {what}"))
}

/// Makes the n-th change of the run. What it does follows from n and from what is stored.
fn change(engine: &Engine, n: usize) -> Result<(), Fault> {
    let caller = Caller::anonymous();
    let (memory, glossary) = (name("m"), name("g"));
    let last = || units(engine, &memory)?.pop().ok_or_else(|| unknown("unit"));
    match (n, n % 9) {
        (0, _) => drop(engine.create_memory(&caller, NewCollection::arabic_to_english(memory))?),
        (1, _) => drop(engine.create_glossary(&caller, NewCollection::arabic_to_english(glossary))?),
        (_, 0 | 2) => {
            let group = (0..3).map(|part| draft(n * 10 + part, n)).collect();
            engine.put_units(&caller, &memory, group, DuplicatePolicy::KeepAll)?;
        }
        (_, 1) => {
            let unit = last()?;
            let again = (0..2).map(|part| draft((n - 8) * 10 + part, n)).collect();
            assert!(unit.stamp.revision > 0);
            engine.put_units(&caller, &memory, again, DuplicatePolicy::Replace)?;
        }
        (_, 3) => {
            let unit = last()?;
            let content = UnitDraft { notes: vec!["m".repeat(n << 10)], ..unit.content };
            engine.update_unit(&caller, &memory, unit.id, content, Some(unit.stamp.revision))?;
        }
        (_, 4) => {
            let mut target = ImportTarget::new(memory);
            target.duplicates = DuplicatePolicy::Replace;
            let rows: String =
                [(n - 2) * 10, n * 10].map(|source| format!("الجملة رقم {source}\tImported {n}\n")).concat();
            engine.import_file(&caller, target, UnitFormat::Tsv, rows.as_bytes(), &mut |_| {})?;
        }
        (_, 5) => {
            let concepts = (0..3)
                .map(|part| ConceptDraft {
                    id: format!("c{part}"),
                    terms: vec![Term::new(format!("مصطلح {n} {part}"), Locale::arabic())],
                    ..ConceptDraft::default()
                })
                .collect();
            engine.put_concepts(&caller, &glossary, concepts)?;
        }
        (_, 6) => {
            let import = units(engine, &memory)?.iter().map(|unit| unit.stamp.import_id).max();
            let import = import.filter(|import| *import > 0).ok_or_else(|| unknown("import"))?;
            engine.revert_import(&caller, &memory, import)?;
        }
        (_, 7) => {
            let ids = units(engine, &memory)?.iter().take(2).map(|unit| unit.id).collect();
            engine.delete_units(&caller, &memory, ids, false)?;
        }
        (_, _) => drop(engine.delete_concepts(&caller, &glossary, vec!["c1".to_owned()], false)?),
    }
    Ok(())
}

/// Describes everything that is stored, with the history of each unit.
fn dump(engine: &Engine) -> String {
    let caller = Caller::anonymous();
    let all = PageRequest { size: 1_000, token: String::new() };
    let mut text = String::new();
    for memory in engine.memories(&caller, &all).expect("memories").items {
        writeln!(text, "{memory:?}").expect("a string");
        for unit in units(engine, &name("m")).expect("units") {
            let history = engine.revisions(&caller, &name("m"), unit.id, &all, &Deadline::never());
            let history = history.expect("revisions");
            writeln!(text, "{history:?}").expect("a string");
        }
    }
    for glossary in engine.glossaries(&caller, &all).expect("glossaries").items {
        writeln!(text, "{glossary:?}").expect("a string");
        let concepts = engine.concepts(&caller, &name("g"), &all).expect("concepts");
        writeln!(text, "{:?}", concepts.items).expect("a string");
    }
    text
}

/// Runs the changes with a failing call. Returns whether there was such a call.
fn run(dumps: &[String], number: usize, works: bool) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let failing = FailingCall::fail_next_writer(number, works);
    let engine = open(folder.path());
    let mut acknowledged = 0;
    for n in 0..CHANGES {
        match change(&engine, n) {
            Ok(()) => {
                assert_eq!(acknowledged, n, "call {number}: change {n} was acknowledged after a failure");
                acknowledged += 1;
            }
            Err(fault) => assert!(failing.was_made(), "call {number}: change {n}: {fault}"),
        }
    }
    drop(engine);
    let stored = dump(&open(folder.path()));
    let whole_or_absent = stored == dumps[acknowledged] || dumps.get(acknowledged + 1) == Some(&stored);
    assert!(
        whole_or_absent,
        "call {number} (works: {works}), {acknowledged} changes acknowledged: {}\nbefore: {}\nafter: {:?}",
        shorten(&stored),
        shorten(&dumps[acknowledged]),
        dumps.get(acknowledged + 1).map(|dump| shorten(dump))
    );
    failing.was_made()
}

/// Leaves out the text of the notes.
fn shorten(dump: &str) -> String {
    dump.replace(&"n".repeat(1 << 10), "").replace(&"m".repeat(1 << 10), "")
}

#[test]
fn every_disk_call_may_fail() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path());
    let mut dumps = vec![dump(&engine)];
    for n in 0..CHANGES {
        change(&engine, n).unwrap_or_else(|fault| panic!("change {n}: {fault}"));
        dumps.push(dump(&engine));
    }
    drop(engine);
    for pair in dumps.windows(2) {
        assert_ne!(pair[0], pair[1], "each change changes what is stored");
    }
    let dumps = &dumps;
    for works in [false, true] {
        // Several at once, because a run mostly waits for the disk.
        let failed: usize = thread::scope(|scope| {
            let part =
                |first: usize| (first..).step_by(WORKERS).take_while(|n| run(dumps, *n, works)).count();
            let workers: Vec<_> = (1..=WORKERS).map(|first| scope.spawn(move || part(first))).collect();
            workers.into_iter().map(|worker| worker.join().expect("a worker")).sum()
        });
        assert!(failed >= 3 * CHANGES, "each commit has at least three calls: {failed}");
    }
}
