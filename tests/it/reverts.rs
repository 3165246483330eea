//! Imports taken back.

use std::collections::BTreeSet;

use dhakira::{
    caller::Caller,
    engine::{Engine, Filter, ImportTarget, NewCollection, OnSameSource, PageRequest},
    fault::Fault,
    interchange::UnitFormat,
    unit::{UnitDraft, UnitId},
};
use proptest::prelude::*;

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
    let target = ImportTarget {
        create: Some(NewCollection::arabic_to_english(name("m"))),
        on_same_source: policy,
        dry_run,
        ..ImportTarget::new(name("m"))
    };
    engine.import_file(&caller(), target, UnitFormat::Tmx, tmx(units).as_bytes(), &mut |_| {}).unwrap()
}

fn contents(engine: &Engine) -> Vec<(UnitId, UnitDraft)> {
    let page = PageRequest { size: 1_000, token: String::new() };
    let units = engine.units(&caller(), &name("m"), &Filter::default(), &page).unwrap().items;
    units.into_iter().map(|u| (u.id, u.content)).collect()
}

/// What lookups find, by a way of its own: the index and not the store.
fn findable(engine: &Engine) -> BTreeSet<UnitId> {
    let mut found = BTreeSet::new();
    for source in 0..6 {
        let options = dhakira::engine::LookupOptions { limit: 100, ..Default::default() };
        let segment = dhakira::segment::Segment::plain(format!("جملة {source}"));
        let answer = engine
            .lookup(&caller(), segment, Default::default(), &options, dhakira::engine::Deadline::never())
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
    assert_eq!((reverted.removed, reverted.restored, reverted.overtaken), (1, 1, vec![ids[0], ids[1]]));
    let left: Vec<_> =
        contents(&engine).into_iter().map(|(_, u)| (u.source.segment.text, u.target.segment.text)).collect();
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(left, [pair("جملة 0", "theirs"), pair("جملة 2", "old"), pair("جملة 3", "theirs")]);
}
