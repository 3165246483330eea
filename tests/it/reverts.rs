//! Reverted imports.

use std::collections::BTreeSet;

use dhakira::{
    engine::{Deadline, DuplicatePolicy, Engine, ImportReport, ImportTarget, NewCollection, RevertReport},
    fault::Fault,
    interchange::UnitFormat,
    unit::{UnitDraft, UnitId},
};
use proptest::{prelude::*, test_runner::TestRunner};

use crate::support::{caller, engine_at, engine_with, name, stored_units, unit};

/// A unit with a source, a target, and perhaps an external id and a property. There are few values
/// of each, so that units often collide.
type Small = (u8, u8, Option<u8>, Option<u8>);

fn tmx(units: &[Small]) -> String {
    format!("<tmx version='1.4'><body>{}</body></tmx>", units.iter().map(tu).collect::<String>())
}

fn tu((source, target, id, property): &Small) -> String {
    let id = id.map(|id| format!(" tuid='t{id}'")).unwrap_or_default();
    let property = property.map(|p| format!("<prop type='p'>{p}</prop>")).unwrap_or_default();
    format!(
        "<tu{id}>{property}<tuv xml:lang='ar'><seg>جملة {source}</seg></tuv><tuv xml:lang='en'><seg>t{target}</seg></tuv></tu>"
    )
}

fn import(engine: &Engine, units: &[Small], policy: DuplicatePolicy, dry_run: bool) -> ImportReport {
    import_into(engine, "m", units, policy, dry_run)
}

fn import_into(
    engine: &Engine,
    memory: &str,
    units: &[Small],
    policy: DuplicatePolicy,
    dry_run: bool,
) -> ImportReport {
    let target = ImportTarget {
        create: Some(NewCollection::arabic_to_english(name(memory))),
        duplicates: policy,
        // Both kinds, chosen by the file, so that importing it again is the same.
        update_by_id: units.len() % 2 == 1,
        dry_run,
        ..ImportTarget::new(name(memory))
    };
    engine.import_file(&caller(), target, UnitFormat::Tmx, tmx(units).as_bytes(), &mut |_| {}).unwrap()
}

fn contents(engine: &Engine) -> Vec<(UnitId, UnitDraft)> {
    contents_of(engine, "m")
}

fn contents_of(engine: &Engine, memory: &str) -> Vec<(UnitId, UnitDraft)> {
    stored_units(engine, memory).into_iter().map(|u| (u.id, u.content)).collect()
}

/// Returns all units that lookups find, which come from the index, unlike [`contents`].
fn findable(engine: &Engine) -> BTreeSet<UnitId> {
    let mut found = BTreeSet::new();
    for source in 0..6 {
        let options = dhakira::engine::LookupOptions { limit: 100, ..Default::default() };
        let segment = dhakira::segment::Segment::plain(format!("جملة {source}"));
        let answer =
            engine.lookup(&caller(), segment, Default::default(), &options, &Deadline::never()).unwrap();
        found.extend(answer.matches.iter().map(|m| m.ranked.judged_unit.unit.id));
    }
    found
}

fn units() -> impl Strategy<Value = Vec<Small>> {
    let small = (0_u8..6, 0_u8..3, prop::option::of(0_u8..4), prop::option::of(0_u8..2));
    prop::collection::vec(small, 0..12)
}

fn policies() -> impl Strategy<Value = DuplicatePolicy> {
    prop::sample::select(vec![DuplicatePolicy::KeepAll, DuplicatePolicy::Replace, DuplicatePolicy::Skip])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// After a revert the memory is as it was before the import, also after reopening. A dry run
    /// reports what the import then does.
    #[test]
    fn a_reverted_import_leaves_no_trace(first in units(), second in units(), policy in policies()) {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine_at(folder.path());
        import(&engine, &first, DuplicatePolicy::KeepAll, false);
        let before = contents(&engine);
        let seen = findable(&engine);
        let rehearsed = import(&engine, &second, policy, true);
        prop_assert_eq!(&contents(&engine), &before);
        let report = import(&engine, &second, policy, false);
        prop_assert_eq!(rehearsed.tally, report.tally);
        prop_assert_eq!(rehearsed.problems, report.problems);
        let reverted = engine.revert_import(&caller(), &name("m"), report.import_id).unwrap();
        prop_assert_eq!(&reverted.conflicts, &vec![]);
        prop_assert!(reverted.removed <= report.tally.stored);
        prop_assert_eq!(&contents(&engine), &before);
        prop_assert_eq!(&findable(&engine), &seen);
        let again = engine.revert_import(&caller(), &name("m"), report.import_id);
        prop_assert!(matches!(again, Err(Fault::Unknown { .. })), "{:?}", again);
        drop(engine);
        let engine = engine_at(folder.path());
        prop_assert_eq!(&contents(&engine), &before);
        prop_assert_eq!(&findable(&engine), &seen);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// Imports are reverted one after another, the last one first.
    #[test]
    fn imports_are_reverted_one_after_another(
        files in prop::collection::vec((units(), policies()), 1..5),
        reopen in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = engine_with(folder.path(), "m");
        let mut done = Vec::new();
        for (units, policy) in &files {
            let before = (contents(&engine), findable(&engine));
            done.push((import(&engine, units, *policy, false).import_id, before));
        }
        while let Some((id, before)) = done.pop() {
            let reverted = engine.revert_import(&caller(), &name("m"), id).unwrap();
            prop_assert_eq!(&reverted.conflicts, &vec![]);
            prop_assert_eq!((contents(&engine), findable(&engine)), before);
            if reopen {
                drop(engine);
                engine = engine_at(folder.path());
            }
        }
        prop_assert_eq!(contents(&engine), vec![]);
    }

    /// When all imports are reverted, in any order, nothing of them is left.
    #[test]
    fn imports_reverted_in_any_order_leave_nothing(
        files in prop::collection::vec((units(), policies()), 1..6),
        order in any::<[u8; 6]>(),
        reopen in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = engine_with(folder.path(), "m");
        let made = files.iter().map(|(units, policy)| import(&engine, units, *policy, false).import_id);
        let mut ids: Vec<_> = order.into_iter().zip(made).collect();
        ids.sort_unstable();
        for (_, id) in ids {
            engine.revert_import(&caller(), &name("m"), id).unwrap();
            let left: BTreeSet<UnitId> = contents(&engine).into_iter().map(|(id, _)| id).collect();
            prop_assert_eq!(&left, &findable(&engine));
            if reopen {
                drop(engine);
                engine = engine_at(folder.path());
                prop_assert_eq!(&left, &findable(&engine));
            }
        }
        prop_assert_eq!(contents(&engine), vec![]);
    }
}

/// Returns units for a file for which the law of [`reverted_imports_are_as_if_never_made`] holds. The
/// first two sources have one translation and an external id each, the others have several
/// translations and no id. Units that the memory has already are left out, because a unit belongs
/// to the import that added it, and not to a later import that only found it.
fn file(units: &[Small], there: &BTreeSet<(String, String, String)>) -> Vec<Small> {
    let (mut seen, mut kept) = (BTreeSet::new(), Vec::new());
    for (source, target, ..) in units {
        let named = (*source < 2).then_some(*source);
        let key = if named.is_some() { (*source, 0) } else { (*source, *target) };
        let id = named.map(|n| format!("t{n}")).unwrap_or_default();
        let is_there = there.contains(&(format!("جملة {source}"), format!("t{target}"), id));
        if !is_there && seen.insert(key) {
            kept.push((*source, *target, named, None));
        }
    }
    kept
}

fn texts(engine: &Engine, memory: &str) -> BTreeSet<(String, String, String)> {
    let all = contents_of(engine, memory);
    let count = all.len();
    let all: BTreeSet<_> =
        all.into_iter().map(|(_, u)| (u.source.segment.text, u.target.segment.text, u.external_id)).collect();
    assert_eq!(all.len(), count, "no unit is there twice");
    all
}

/// When some imports are reverted, in any order, the memory is the same as if only the others had
/// been made.
#[test]
fn reverted_imports_are_as_if_never_made() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_at(folder.path());
    let cases = std::cell::Cell::new(0);
    let policies = prop::sample::select(vec![DuplicatePolicy::KeepAll, DuplicatePolicy::Replace]);
    let world = (prop::collection::vec((units(), policies), 1..7), any::<[u8; 7]>(), 0_usize..7);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(400));
    let outcome = runner.run(&world, |(files, order, reverts)| {
        cases.set(cases.get() + 1);
        let (all, others) = (format!("all{}", cases.get()), format!("others{}", cases.get()));
        let mut made = Vec::new();
        for ((units, policy), order) in files.iter().zip(order) {
            let units = file(units, &if made.is_empty() { BTreeSet::new() } else { texts(&engine, &all) });
            let report = import_into(&engine, &all, &units, *policy, false);
            prop_assert_eq!(report.tally.unchanged, 0);
            made.push((order, report.import_id, units, *policy));
        }
        let mut reverted = made.clone();
        reverted.sort_by_key(|(order, id, ..)| (*order, *id));
        reverted.truncate(reverts);
        for (_, id, ..) in &reverted {
            engine.revert_import(&caller(), &name(&all), *id).unwrap();
        }
        import_into(&engine, &others, &[], DuplicatePolicy::KeepAll, false);
        for (_, id, units, policy) in &made {
            if !reverted.iter().any(|(_, gone, ..)| gone == id) {
                import_into(&engine, &others, units, *policy, false);
            }
        }
        prop_assert_eq!(texts(&engine, &all), texts(&engine, &others));
        Ok(())
    });
    outcome.unwrap_or_else(|e| panic!("{e}"));
}

fn tsv(engine: &Engine, rows: &str, policy: DuplicatePolicy) -> u64 {
    let target = ImportTarget { duplicates: policy, ..ImportTarget::new(name("m")) };
    let report = engine.import_file(&caller(), target, UnitFormat::Tsv, rows.as_bytes(), &mut |_| {});
    report.unwrap().import_id
}

fn targets(engine: &Engine) -> Vec<String> {
    contents(engine).into_iter().map(|(_, u)| u.target.segment.text).collect()
}

fn revert(engine: &Engine, import: u64) -> RevertReport {
    engine.revert_import(&caller(), &name("m"), import).unwrap()
}

/// Imports the same source and external id with another target. Returns the number of the import.
fn change(engine: &Engine, target: u8) -> u64 {
    import(engine, &[(1, target, Some(1), None)], DuplicatePolicy::KeepAll, false).import_id
}

#[test]
fn a_unit_is_as_the_last_import_in_force_made_it() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    let (first, second, third) = (change(&engine, 1), change(&engine, 2), change(&engine, 0));
    let report = revert(&engine, second);
    assert_eq!((report.removed, report.restored, report.conflicts.len()), (0, 0, 1));
    let report = revert(&engine, third);
    assert_eq!((report.removed, report.restored, report.conflicts.len()), (0, 1, 0));
    assert_eq!(targets(&engine), ["t1"]);
    assert_eq!(revert(&engine, first).removed, 1);
    assert_eq!(targets(&engine), [""; 0]);
}

#[test]
fn a_unit_added_again_does_not_remove_the_replaced_one() {
    for last_is_the_first in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine_with(folder.path(), "m");
        let first = tsv(&engine, "نعم\tc\n", DuplicatePolicy::KeepAll);
        let second = tsv(&engine, "نعم\td\n", DuplicatePolicy::Replace);
        let third = tsv(&engine, "نعم\tc\n", DuplicatePolicy::KeepAll);
        revert(&engine, second);
        assert_eq!(targets(&engine), ["c"]);
        let (one, other) = if last_is_the_first { (third, first) } else { (first, third) };
        revert(&engine, one);
        assert_eq!(targets(&engine), ["c"]);
        revert(&engine, other);
        assert_eq!(targets(&engine), [""; 0]);
    }
}

/// The unit was replaced by one import, and without it a later import would have replaced it, too.
#[test]
fn a_replaced_unit_does_not_come_back_beside_what_replaced_it_later() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    tsv(&engine, "نعم\tc\n", DuplicatePolicy::KeepAll);
    let second = tsv(&engine, "نعم\td\n", DuplicatePolicy::Replace);
    let third = tsv(&engine, "نعم\te\n", DuplicatePolicy::Replace);
    let report = revert(&engine, second);
    assert_eq!((report.restored, report.conflicts.len(), targets(&engine)), (0, 1, vec!["e".to_owned()]));
    let report = revert(&engine, third);
    assert_eq!((report.removed, report.restored, targets(&engine)), (1, 1, vec!["c".to_owned()]));
}

#[test]
fn a_unit_that_the_file_has_is_not_given_away_to_another_id() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    let first = [(1, 1, Some(1), None), (2, 2, Some(2), None), (3, 3, Some(3), None)];
    import(&engine, &first, DuplicatePolicy::KeepAll, false);
    // A stored unit comes with the id of another unit, and a new unit with an id that is taken.
    let report =
        import(&engine, &[(2, 2, Some(1), None), (4, 4, Some(2), None)], DuplicatePolicy::KeepAll, false);
    assert_eq!((report.tally.stored, report.tally.updated, report.tally.unchanged), (1, 0, 1));
    let texts: Vec<_> = contents(&engine).into_iter().map(|(_, u)| u.source.segment.text).collect();
    assert_eq!(texts, ["جملة 1", "جملة 2", "جملة 3", "جملة 4"]);
}

#[test]
fn an_id_that_moves_stays_unique() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    import(&engine, &[(1, 1, None, None), (2, 2, Some(9), None)], DuplicatePolicy::KeepAll, false);
    // The second unit is replaced, its id moves to the first, and then it comes again.
    let file = [(2, 0, None, None), (1, 1, Some(9), None), (2, 2, None, Some(1))];
    import(&engine, &file, DuplicatePolicy::Replace, false);
    let ids: Vec<_> =
        contents(&engine).into_iter().map(|(_, u)| (u.source.segment.text, u.external_id)).collect();
    let with_id = ids.iter().filter(|(_, id)| id == "t9").count();
    assert_eq!(with_id, 1, "{ids:?}");
}

/// Imports a unit with the external id 1. `metadata` is the rest of its start tag, with what
/// follows up to the source.
fn import_1(engine: &Engine, metadata: &str, source: &str, target: &str) -> ImportReport {
    let tmx = format!(
        "<tmx version='1.4'><body><tu tuid='1' {metadata}<tuv xml:lang='ar'><seg>{source}</seg></tuv><tuv xml:lang='en'><seg>{target}</seg></tuv></tu></body></tmx>"
    );
    let target = ImportTarget {
        properties: vec![dhakira::unit::Property {
            name: "project".into(),
            value: "alpha".into(),
            locale: String::new(),
        }],
        update_by_id: true,
        ..ImportTarget::new(name("m"))
    };
    engine.import_file(&caller(), target, UnitFormat::Tmx, tmx.as_bytes(), &mut |_| {}).unwrap()
}

#[test]
fn metadata_that_the_file_lacks_stays_and_other_texts_take_nothing_over() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    let first = "creationid='ann' creationdate='20240102T030405Z' usagecount='5'><note>first</note><prop type='client'>acme</prop><prop type='state'>new</prop>";
    import_1(&engine, first, "نعم", "yes");
    let second = "changeid='bob'><note>second</note><prop type='state'>done</prop>";
    import_1(&engine, second, "نعم", "yes");
    let unit = contents(&engine).remove(0).1;
    let properties: Vec<_> = unit.properties.iter().map(|p| (p.name.as_str(), p.value.as_str())).collect();
    assert_eq!(properties, [("client", "acme"), ("project", "alpha"), ("state", "done")]);
    assert_eq!(unit.notes, ["first", "second"]);
    let provenance = &unit.provenance;
    assert_eq!(
        (provenance.created_by.as_str(), provenance.changed_by.as_str(), provenance.usage_count),
        ("ann", "bob", Some(5))
    );
    let done = first.replace("state'>new", "state'>done");
    assert_eq!(import_1(&engine, &done, "نعم", "yes").tally.unchanged, 1);
    // Another translation keeps the notes of the unit, but not its author.
    import_1(&engine, ">", "نعم", "indeed");
    let unit = contents(&engine).remove(0).1;
    assert_eq!((unit.notes.len(), unit.provenance.created_by.as_str()), (2, ""));
    // Another source keeps nothing, because it is another unit with the same id.
    import_1(&engine, ">", "لا", "no");
    let unit = contents(&engine).remove(0).1;
    assert_eq!((unit.notes.len(), unit.properties.len()), (0, 1));
}

fn named(n: u8) -> UnitDraft {
    UnitDraft { external_id: format!("t{n}"), ..unit(&format!("جملة {n}"), "old") }
}

fn pair(source: &str, target: &str) -> (String, String) {
    (source.to_owned(), target.to_owned())
}

#[test]
fn what_others_changed_since_stays() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    let units = [0, 1, 2].map(named).to_vec();
    let (results, _) = engine.put_units(&caller(), &name("m"), units, DuplicatePolicy::KeepAll).unwrap();
    let ids: Vec<UnitId> = results.into_iter().map(|r| r.id).collect();
    let report = import(
        &engine,
        &[
            (0, 7, Some(0), None),
            (1, 7, Some(1), None),
            (2, 7, Some(2), None),
            (3, 7, None, None),
            (4, 7, None, None),
        ],
        DuplicatePolicy::KeepAll,
        false,
    );
    assert_eq!((report.tally.stored, report.tally.updated), (2, 3));
    // After the import, one old unit is changed, one is deleted, and one of the new ones is changed.
    engine.update_unit(&caller(), &name("m"), ids[0], unit("جملة 0", "theirs"), None).unwrap();
    engine.delete_units(&caller(), &name("m"), vec![ids[1]], false).unwrap();
    let new = contents(&engine).into_iter().find(|(_, u)| u.source.segment.text == "جملة 3").unwrap().0;
    engine.update_unit(&caller(), &name("m"), new, unit("جملة 3", "theirs"), None).unwrap();
    let reverted = engine.revert_import(&caller(), &name("m"), report.import_id).unwrap();
    assert_eq!((reverted.removed, reverted.restored, reverted.conflicts), (1, 1, vec![ids[0], ids[1], new]));
    let left: Vec<_> =
        contents(&engine).into_iter().map(|(_, u)| (u.source.segment.text, u.target.segment.text)).collect();
    assert_eq!(left, [pair("جملة 0", "theirs"), pair("جملة 2", "old"), pair("جملة 3", "theirs")]);
}
