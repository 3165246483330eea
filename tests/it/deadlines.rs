//! Work whose deadline has passed, or whose call was cancelled, ends.

use dhakira::{
    caller::Caller,
    engine::{
        Condition, Deadline, DuplicatePolicy, Engine, Filter, LookupOptions, NewCollection, PageRequest,
        SuggestRequest,
    },
    fault::Fault,
    interchange::{ConceptFormat, UnitFormat},
    locale::Locale,
    segment::Segment,
    term::{ConceptDraft, Term},
    unit::UnitId,
};

use crate::support::{engine_with, name, unit};

/// Returns a deadline that has passed, because its call was cancelled.
fn passed() -> Deadline {
    let (deadline, guard) = Deadline::never().cancelled_on_drop();
    drop(guard);
    deadline
}

fn filled(path: &std::path::Path) -> (Engine, Vec<UnitId>) {
    let engine = engine_with(path, "m");
    let units = (0..10).map(|n| unit(&format!("جملة {n}"), "x")).collect();
    let put = engine.put_units(&Caller::anonymous(), &name("m"), units, DuplicatePolicy::KeepAll).unwrap();
    (engine, put.0.into_iter().map(|result| result.id).collect())
}

fn page(size: usize, token: String) -> PageRequest {
    PageRequest { size, token }
}

#[test]
fn a_list_comes_to_its_end_even_if_every_deadline_passes() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, ids) = filled(folder.path());
    let caller = Caller::anonymous();
    let nobody = Filter(Some(Condition::CreatedBy("nobody".into())));
    for (filter, expected) in [(Filter::default(), ids), (nobody, Vec::new())] {
        let (mut found, mut calls, mut token) = (Vec::new(), 0, String::new());
        loop {
            calls += 1;
            let units = engine.units(&caller, &name("m"), &filter, &page(100, token), &passed()).unwrap();
            found.extend(units.items.into_iter().map(|unit| unit.id));
            token = units.next_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!((found, calls), (expected, 10), "each call looks at one unit, at least");
        let all = engine.units(&caller, &name("m"), &filter, &page(100, token), &Deadline::never()).unwrap();
        assert_eq!(all.next_token, "");
    }
}

#[test]
fn work_ends_when_its_deadline_has_passed_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, ids) = filled(folder.path());
    let (caller, m) = (Caller::anonymous(), name("m"));
    let glossary = NewCollection::arabic_to_english(name("g"));
    engine.create_glossary(&caller, glossary).unwrap();
    let concept =
        ConceptDraft { terms: vec![Term::new("هدنة", Locale::arabic())], ..ConceptDraft::default() };
    engine.put_concepts(&caller, &name("g"), vec![concept]).unwrap();

    let late = passed();
    let everything = Filter(Some(Condition::Not(Box::new(Filter(Some(Condition::CreatedBy("x".into())))))));
    let is_late = |fault: Fault| assert_eq!(fault, Fault::DeadlinePassed);
    for dry_run in [true, false] {
        is_late(engine.delete_units_where(&caller, &m, &everything, dry_run, &late).unwrap_err());
    }
    is_late(engine.clone_memory(&caller, &m, &name("copy"), String::new(), &late).unwrap_err());
    is_late(engine.revisions(&caller, &m, ids[0], &page(10, String::new()), &late).unwrap_err());
    let mut out = Vec::new();
    let export = engine.export_units(&caller, &m, &Filter::default(), UnitFormat::Tmx, &mut out, &late);
    is_late(export.unwrap_err());
    for format in [ConceptFormat::Tbx, ConceptFormat::Csv, ConceptFormat::Tsv] {
        is_late(engine.export_concepts(&caller, &name("g"), format, &mut out, &late).unwrap_err());
    }
    let suggest = SuggestRequest { memory: m.clone(), known: vec![], options: Default::default(), limit: 10 };
    is_late(engine.suggest_terms(&caller, &suggest, &late).unwrap_err());

    assert_eq!(engine.memory(&caller, &m).unwrap().units, 10);
    assert!(engine.memory(&caller, &name("copy")).is_err(), "nothing of the copy stays");
    let in_time = engine.delete_units_where(&caller, &m, &everything, false, &Deadline::never()).unwrap();
    assert_eq!(in_time.0, 10);
}

#[test]
fn a_lookup_whose_call_was_cancelled_judges_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, _) = filled(folder.path());
    let options = LookupOptions::default();
    let text = || Segment::plain("جملة 3");
    let caller = Caller::anonymous();
    let answer = engine.lookup(&caller, text(), Default::default(), &options, &passed()).unwrap();
    assert_eq!((answer.truncated, answer.matches.len()), (true, 0));
    let answer = engine.lookup(&caller, text(), Default::default(), &options, &Deadline::never()).unwrap();
    assert_eq!((answer.truncated, answer.matches.is_empty()), (false, false));
}
