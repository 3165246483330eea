//! Imports taken back.

use std::collections::BTreeSet;

use dhakira::{
    caller::Caller,
    engine::{Engine, Filter, ImportTarget, NewCollection, OnSameSource, PageRequest},
    fault::Fault,
    interchange::UnitFormat,
    unit::{UnitDraft, UnitId},
};
use proptest::{prelude::*, test_runner::TestRunner};

use crate::support::{engine_at, engine_with, name, unit};

fn caller() -> Caller {
    Caller::anonymous()
}

/// A unit of a small world, so that units meet: a source, a target, perhaps an
/// external id and a property.
type Small = (u8, u8, Option<u8>, Option<u8>);

fn tmx(units: &[Small]) -> String {
    let tu = |(source, target, id, property): &Small| {
        let id = id.map(|id| format!(" tuid='t{id}'")).unwrap_or_default();
        let property = property.map(|p| format!("<prop type='p'>{p}</prop>")).unwrap_or_default();
        format!(
            "<tu{id}>{property}<tuv xml:lang='ar'><seg>جملة {source}</seg></tuv><tuv xml:lang='en'><seg>t{target}</seg></tuv></tu>"
        )
    };
    format!("<tmx version='1.4'><body>{}</body></tmx>", units.iter().map(tu).collect::<String>())
}

fn import(
    engine: &Engine,
    units: &[Small],
    policy: OnSameSource,
    dry_run: bool,
) -> dhakira::engine::ImportReport {
    import_into(engine, "m", units, policy, dry_run)
}

fn import_into(
    engine: &Engine,
    memory: &str,
    units: &[Small],
    policy: OnSameSource,
    dry_run: bool,
) -> dhakira::engine::ImportReport {
    let target = ImportTarget {
        create: Some(NewCollection::arabic_to_english(name(memory))),
        on_same_source: policy,
        dry_run,
        ..ImportTarget::new(name(memory))
    };
    engine.import_file(&caller(), target, UnitFormat::Tmx, tmx(units).as_bytes(), &mut |_| {}).unwrap()
}

fn contents(engine: &Engine) -> Vec<(UnitId, UnitDraft)> {
    contents_of(engine, "m")
}

fn contents_of(engine: &Engine, memory: &str) -> Vec<(UnitId, UnitDraft)> {
    let page = PageRequest { size: 1_000, token: String::new() };
    let units = engine.units(&caller(), &name(memory), &Filter::default(), &page).unwrap().items;
    units.into_iter().map(|u| (u.id, u.content)).collect()
}

/// What lookups find, by a way of its own: the index and not the store.
fn findable(engine: &Engine) -> BTreeSet<UnitId> {
    let mut found = BTreeSet::new();
    for source in 0..6 {
        let options = dhakira::engine::LookupOptions { limit: 100, ..Default::default() };
        let segment = dhakira::segment::Segment::plain(format!("جملة {source}"));
        let answer = engine
            .lookup(&caller(), segment, Default::default(), &options, &dhakira::engine::Deadline::never())
            .unwrap();
        found.extend(answer.matches.iter().map(|m| m.ranked.candidate.unit.id));
    }
    found
}

fn units() -> impl Strategy<Value = Vec<Small>> {
    let small = (0_u8..6, 0_u8..3, prop::option::of(0_u8..4), prop::option::of(0_u8..2));
    prop::collection::vec(small, 0..12)
}

fn policies() -> impl Strategy<Value = OnSameSource> {
    prop::sample::select(vec![OnSameSource::KeepAll, OnSameSource::Replace, OnSameSource::Skip])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// The memory is as it was, also after a reboot; a dry run tells what the import then does.
    #[test]
    fn what_is_taken_back_was_never_there(first in units(), second in units(), policy in policies()) {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine_at(folder.path());
        import(&engine, &first, OnSameSource::KeepAll, false);
        let before = contents(&engine);
        let seen = findable(&engine);
        let rehearsed = import(&engine, &second, policy, true);
        prop_assert_eq!(&contents(&engine), &before);
        let report = import(&engine, &second, policy, false);
        prop_assert_eq!(rehearsed.tally, report.tally);
        prop_assert_eq!(rehearsed.problems, report.problems);
        let reverted = engine.revert_import(&caller(), &name("m"), report.import_id).unwrap();
        prop_assert_eq!(&reverted.overtaken, &vec![]);
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
    /// Imports are taken back one after another, the last first.
    #[test]
    fn imports_are_taken_back_one_after_another(
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
            prop_assert_eq!(&reverted.overtaken, &vec![]);
            prop_assert_eq!((contents(&engine), findable(&engine)), before);
            if reopen {
                drop(engine);
                engine = engine_at(folder.path());
            }
        }
        prop_assert_eq!(contents(&engine), vec![]);
    }

    /// In whatever order they are all taken back: nothing of them is left at the end.
    #[test]
    fn imports_taken_back_in_any_order_leave_nothing(
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

/// A file of the world in which taking imports back in any order is as if they had never been: the
/// first two sources have one translation and an external id each, the others have several
/// translations and no id. What the memory has already is left out: a unit belongs to the import
/// that brought it, and an import that only found it there has no share in it.
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
    let text = |(_, u): (UnitId, UnitDraft)| (u.source.segment.text, u.target.segment.text, u.external_id);
    let all = contents_of(engine, memory);
    let count = all.len();
    let all: BTreeSet<_> = all.into_iter().map(text).collect();
    assert_eq!(all.len(), count, "no unit is there twice");
    all
}

/// Imports are taken back in any order: the memory has what it has when only the others are imported.
#[test]
fn imports_taken_back_were_never_made() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_at(folder.path());
    let cases = std::cell::Cell::new(0);
    let policies = prop::sample::select(vec![OnSameSource::KeepAll, OnSameSource::Replace]);
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
        import_into(&engine, &others, &[], OnSameSource::KeepAll, false);
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

fn tsv(engine: &Engine, rows: &str, policy: OnSameSource) -> u64 {
    let target = ImportTarget { on_same_source: policy, ..ImportTarget::new(name("m")) };
    let report = engine.import_file(&caller(), target, UnitFormat::Tsv, rows.as_bytes(), &mut |_| {});
    report.unwrap().import_id
}

fn targets(engine: &Engine) -> Vec<String> {
    contents(engine).into_iter().map(|(_, u)| u.target.segment.text).collect()
}

#[test]
fn a_unit_is_as_the_last_import_in_force_made_it() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    let change =
        |target| import(&engine, &[(1, target, Some(1), None)], OnSameSource::KeepAll, false).import_id;
    let (first, second, third) = (change(1), change(2), change(0));
    let revert = |id| engine.revert_import(&caller(), &name("m"), id).unwrap();
    let told = revert(second);
    assert_eq!((told.removed, told.restored, told.overtaken.len()), (0, 0, 1));
    let told = revert(third);
    assert_eq!((told.removed, told.restored, told.overtaken.len()), (0, 1, 0));
    assert_eq!(targets(&engine), ["t1"]);
    assert_eq!(revert(first).removed, 1);
    assert_eq!(targets(&engine), [""; 0]);
}

#[test]
fn a_unit_brought_anew_does_not_take_the_replaced_one_along() {
    for last_is_the_first in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine_with(folder.path(), "m");
        let first = tsv(&engine, "نعم\tc\n", OnSameSource::KeepAll);
        let second = tsv(&engine, "نعم\td\n", OnSameSource::Replace);
        let third = tsv(&engine, "نعم\tc\n", OnSameSource::KeepAll);
        let revert = |id| drop(engine.revert_import(&caller(), &name("m"), id).unwrap());
        revert(second);
        assert_eq!(targets(&engine), ["c"]);
        let (one, other) = if last_is_the_first { (third, first) } else { (first, third) };
        revert(one);
        assert_eq!(targets(&engine), ["c"]);
        revert(other);
        assert_eq!(targets(&engine), [""; 0]);
    }
}

/// Replaced by one import, and it would have been by a later one, too.
#[test]
fn a_replaced_unit_does_not_come_back_beside_what_replaced_it_later() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    tsv(&engine, "نعم\tc\n", OnSameSource::KeepAll);
    let second = tsv(&engine, "نعم\td\n", OnSameSource::Replace);
    let third = tsv(&engine, "نعم\te\n", OnSameSource::Replace);
    let told = engine.revert_import(&caller(), &name("m"), second).unwrap();
    assert_eq!((told.restored, told.overtaken.len(), targets(&engine)), (0, 1, vec!["e".to_owned()]));
    let told = engine.revert_import(&caller(), &name("m"), third).unwrap();
    assert_eq!((told.removed, told.restored, targets(&engine)), (1, 1, vec!["c".to_owned()]));
}

#[test]
fn a_unit_that_the_file_has_is_not_given_away_to_another_id() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    let first = [(1, 1, Some(1), None), (2, 2, Some(2), None), (3, 3, Some(3), None)];
    import(&engine, &first, OnSameSource::KeepAll, false);
    // The same, numbered anew, and a new one under a number that is taken.
    let report =
        import(&engine, &[(2, 2, Some(1), None), (4, 4, Some(2), None)], OnSameSource::KeepAll, false);
    assert_eq!((report.tally.stored, report.tally.updated, report.tally.unchanged), (1, 0, 1));
    let texts: Vec<_> = contents(&engine).into_iter().map(|(_, u)| u.source.segment.text).collect();
    assert_eq!(texts, ["جملة 1", "جملة 2", "جملة 3", "جملة 4"]);
}

#[test]
fn an_id_that_moves_is_not_had_twice() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    import(&engine, &[(1, 1, None, None), (2, 2, Some(9), None)], OnSameSource::KeepAll, false);
    // The second is replaced, its id goes to the first, and it comes back.
    let file = [(2, 0, None, None), (1, 1, Some(9), None), (2, 2, None, Some(1))];
    import(&engine, &file, OnSameSource::Replace, false);
    let ids: Vec<_> =
        contents(&engine).into_iter().map(|(_, u)| (u.source.segment.text, u.external_id)).collect();
    let with_id = ids.iter().filter(|(_, id)| id == "t9").count();
    assert_eq!(with_id, 1, "{ids:?}");
}

#[test]
fn metadata_that_the_file_lacks_stays_and_other_texts_take_nothing_over() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    let file = |id: &str, unit: &str, source: &str, target: &str| {
        let tmx = format!(
            "<tmx version='1.4'><body><tu tuid='{id}' {unit}<tuv xml:lang='ar'><seg>{source}</seg></tuv><tuv xml:lang='en'><seg>{target}</seg></tuv></tu></body></tmx>"
        );
        let target = ImportTarget {
            properties: vec![dhakira::unit::Property {
                name: "project".into(),
                value: "alpha".into(),
                locale: String::new(),
            }],
            ..ImportTarget::new(name("m"))
        };
        engine.import_file(&caller(), target, UnitFormat::Tmx, tmx.as_bytes(), &mut |_| {}).unwrap()
    };
    let first = "creationid='ann' creationdate='20240102T030405Z' usagecount='5'><note>first</note><prop type='client'>acme</prop><prop type='state'>new</prop>";
    file("1", first, "نعم", "yes");
    file("1", "changeid='bob'><note>second</note><prop type='state'>done</prop>", "نعم", "yes");
    let unit = contents(&engine).remove(0).1;
    let properties: Vec<_> = unit.properties.iter().map(|p| (p.name.as_str(), p.value.as_str())).collect();
    assert_eq!(properties, [("client", "acme"), ("project", "alpha"), ("state", "done")]);
    assert_eq!(unit.notes, ["first", "second"]);
    let told = &unit.provenance;
    assert_eq!(
        (told.created_by.as_str(), told.changed_by.as_str(), told.usage_count),
        ("ann", "bob", Some(5))
    );
    assert_eq!(
        file("1", first.replace("state'>new", "state'>done").as_str(), "نعم", "yes").tally.unchanged,
        1
    );
    // A better translation keeps what is said of the unit, but was made by somebody else.
    file("1", ">", "نعم", "indeed");
    let unit = contents(&engine).remove(0).1;
    assert_eq!((unit.notes.len(), unit.provenance.created_by.as_str()), (2, ""));
    // Another text is another unit under the same number.
    file("1", ">", "لا", "no");
    let unit = contents(&engine).remove(0).1;
    assert_eq!((unit.notes.len(), unit.properties.len()), (0, 1));
}

#[test]
fn what_others_changed_since_stays() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    let put = |units: Vec<UnitDraft>| {
        let (results, _) = engine.put_units(&caller(), &name("m"), units, OnSameSource::KeepAll).unwrap();
        results.into_iter().map(|r| r.id).collect::<Vec<_>>()
    };
    let named =
        |id: &str, n: u8| UnitDraft { external_id: id.into(), ..unit(&format!("جملة {n}"), "old") };
    let ids = put(vec![named("t0", 0), named("t1", 1), named("t2", 2)]);
    let report = import(
        &engine,
        &[
            (0, 7, Some(0), None),
            (1, 7, Some(1), None),
            (2, 7, Some(2), None),
            (3, 7, None, None),
            (4, 7, None, None),
        ],
        OnSameSource::KeepAll,
        false,
    );
    assert_eq!((report.tally.stored, report.tally.updated), (2, 3));
    // One is changed since, one deleted, and one of the new ones changed.
    engine.update_unit(&caller(), &name("m"), ids[0], unit("جملة 0", "theirs"), None).unwrap();
    engine.delete_units(&caller(), &name("m"), vec![ids[1]], false).unwrap();
    let new = contents(&engine).into_iter().find(|(_, u)| u.source.segment.text == "جملة 3").unwrap().0;
    engine.update_unit(&caller(), &name("m"), new, unit("جملة 3", "theirs"), None).unwrap();
    let reverted = engine.revert_import(&caller(), &name("m"), report.import_id).unwrap();
    assert_eq!((reverted.removed, reverted.restored, reverted.overtaken), (1, 1, vec![ids[0], ids[1], new]));
    let left: Vec<_> =
        contents(&engine).into_iter().map(|(_, u)| (u.source.segment.text, u.target.segment.text)).collect();
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(left, [pair("جملة 0", "theirs"), pair("جملة 2", "old"), pair("جملة 3", "theirs")]);
}
