//! Ids of files: two files may use the same ids for different units, and neither may overwrite the other's.

use std::collections::BTreeSet;

use dhakira::{
    engine::{
        ConceptImportTarget, DuplicatePolicy, Engine, ImportReport, ImportTarget, NewCollection, PageRequest,
    },
    interchange::{ConceptFormat, UnitFormat},
    unit::{FILE_ID_PROPERTY, UnitDraft},
};
use proptest::prelude::*;

use crate::support::{caller, engine_at, engine_with, name, stored_units, unit};

/// A unit of a file: source, target and id, each one of few, so that units often collide.
type Row = (u8, u8, Option<u8>);

fn source(row: &Row) -> String {
    format!("جملة {}", row.0)
}

fn target(row: &Row) -> String {
    format!("sentence {}", row.1)
}

fn file(format: UnitFormat, rows: &[Row]) -> String {
    let id = |row: &Row| row.2.map(|id| id.to_string()).unwrap_or_default();
    let lines = rows.iter();
    match format {
        UnitFormat::Jsonl => lines
            .map(|r| {
                let line = serde_json::json!({"external_id": id(r),
                    "source": {"locale": "ar", "text": source(r)}, "target": {"locale": "en", "text": target(r)}});
                format!("{line}\n")
            })
            .collect(),
        UnitFormat::Csv => {
            let rows: String = lines.map(|r| format!("{},{},{}\n", id(r), source(r), target(r))).collect();
            format!("id,ar,en\n{rows}")
        }
        // Every unit has an id here, so it is the empty one without a number.
        UnitFormat::Xliff => {
            let units: String = lines
                .map(|r| {
                    let id = id(r);
                    format!("<trans-unit id='{id}'><source>{}</source><target>{}</target></trans-unit>", source(r), target(r))
                })
                .collect();
            format!(
                "<xliff version='1.2'><file original='o' source-language='ar' target-language='en' datatype='x'><body>{units}</body></file></xliff>"
            )
        }
        _ => {
            let units: String = lines
                .map(|r| {
                    let tuid = r.2.map(|id| format!(" tuid='{id}'")).unwrap_or_default();
                    format!(
                        "<tu{tuid}><tuv xml:lang='ar'><seg>{}</seg></tuv><tuv xml:lang='en'><seg>{}</seg></tuv></tu>",
                        source(r),
                        target(r)
                    )
                })
                .collect();
            format!("<tmx version='1.4'><body>{units}</body></tmx>")
        }
    }
}

fn import(engine: &Engine, format: UnitFormat, rows: &[Row], update_by_id: bool) -> ImportReport {
    let target = ImportTarget { update_by_id, ..ImportTarget::new(name("m")) };
    engine.import_file(&caller(), target, format, file(format, rows).as_bytes(), &mut |_| {}).unwrap()
}

/// Imports an XLIFF file under a name.
fn import_document(engine: &Engine, file_name: &str, rows: &[Row]) -> ImportReport {
    let format = UnitFormat::Xliff;
    let target = ImportTarget { file_name: file_name.to_owned(), ..ImportTarget::new(name("m")) };
    engine.import_file(&caller(), target, format, file(format, rows).as_bytes(), &mut |_| {}).unwrap()
}

fn texts(engine: &Engine) -> BTreeSet<(String, String)> {
    let units = stored_units(engine, "m").into_iter();
    units.map(|u| (u.content.source.segment.text, u.content.target.segment.text)).collect()
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0..4_u8, 0..4_u8, prop::option::of(0..4_u8)), 0..6)
}

fn formats() -> impl Strategy<Value = UnitFormat> {
    prop::sample::select(vec![UnitFormat::Tmx, UnitFormat::Jsonl, UnitFormat::Csv, UnitFormat::Xliff])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn no_file_overwrites_the_units_of_another(
        first in (formats(), rows()),
        second in (formats(), rows()),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine_with(folder.path(), "m");
        import(&engine, first.0, &first.1, false);
        let before = texts(&engine);
        let report = import(&engine, second.0, &second.1, false);
        let after = texts(&engine);
        // Only a unit with the same source, and an id, can be another translation of it.
        let is_named = |row: &&Row| row.2.is_some() || second.0 == UnitFormat::Xliff;
        let corrected: BTreeSet<String> = second.1.iter().filter(is_named).map(source).collect();
        for unit in &before {
            prop_assert!(after.contains(unit) || corrected.contains(&unit.0), "{unit:?} is gone: {after:?}");
        }
        // Every source of both files is still there.
        let sources: BTreeSet<String> = after.iter().map(|unit| unit.0.clone()).collect();
        for row in first.1.iter().chain(&second.1) {
            prop_assert!(sources.contains(&source(row)), "{row:?}: {sources:?}");
        }
        for row in &second.1 {
            prop_assert!(after.contains(&(source(row), target(row))) || is_named(&row), "{row:?}: {after:?}");
        }
        // An external id names one unit, and the same file again changes nothing.
        let mut ids: Vec<String> = stored_units(&engine, "m").into_iter().map(|u| u.content.external_id).collect();
        ids.retain(|id| !id.is_empty());
        ids.sort();
        let count = ids.len();
        ids.dedup();
        prop_assert_eq!(ids.len(), count);
        prop_assert!(report.tally.ids_taken <= report.tally.stored);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    /// Tools write the same `original` and the same ids into every file.
    #[test]
    fn no_document_overwrites_the_units_of_another(first in rows(), second in rows()) {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine_with(folder.path(), "m");
        import_document(&engine, "/a/menu.xlf", &first);
        import_document(&engine, "/a/help.xlf", &second);
        let after = texts(&engine);
        let all: BTreeSet<_> = first.iter().chain(&second).map(|row| (source(row), target(row))).collect();
        prop_assert_eq!(&after, &all);
        // The same file in another folder changes nothing.
        let again = import_document(&engine, "b\\menu.xlf", &first);
        prop_assert_eq!((again.tally.stored, again.tally.updated), (0, 0));
    }
}

#[test]
fn the_next_file_of_the_same_name_corrects_only_the_same_sources() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    import_document(&engine, "news.xlf", &[(0, 0, Some(1)), (1, 1, Some(2))]);
    let next = import_document(&engine, "news.xlf", &[(2, 2, Some(1)), (1, 3, Some(2))]);
    assert_eq!((next.tally.stored, next.tally.updated, next.tally.ids_taken), (1, 1, 1));
    let expected = [(0, 0), (1, 3), (2, 2)].map(|(s, t)| (format!("جملة {s}"), format!("sentence {t}")));
    assert_eq!(texts(&engine), expected.into());
    let ids: Vec<_> = stored_units(&engine, "m").into_iter().map(|unit| unit.content.external_id).collect();
    assert_eq!(ids, ["news.xlf|o#1", "news.xlf|o#2", ""]);
}

#[test]
fn an_id_that_another_unit_has_is_kept_as_a_property() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    import(&engine, UnitFormat::Tmx, &[(0, 0, Some(1))], false);
    let report = import(&engine, UnitFormat::Tmx, &[(1, 1, Some(1))], false);
    assert_eq!((report.tally.stored, report.tally.ids_taken), (1, 1));
    let reasons: Vec<_> = report.problems.iter().map(|p| (p.reason, p.refused)).collect();
    assert_eq!(reasons, [("EXTERNAL_ID_TAKEN", false)]);
    let second = stored_units(&engine, "m").remove(1).content;
    assert_eq!(second.external_id, "");
    assert_eq!(
        (second.properties[0].name.as_str(), second.properties[0].value.as_str()),
        (FILE_ID_PROPERTY, "1")
    );
    // The second file finds its unit again, and corrects its translation.
    let again = import(&engine, UnitFormat::Tmx, &[(1, 1, Some(1))], false);
    assert_eq!((again.tally.unchanged, again.tally.stored, again.problem_count), (1, 0, 0));
    let corrected = import(&engine, UnitFormat::Tmx, &[(1, 2, Some(1))], false);
    assert_eq!((corrected.tally.updated, corrected.tally.stored), (1, 0));
    let expected = [("جملة 0", "sentence 0"), ("جملة 1", "sentence 2")];
    assert_eq!(texts(&engine), expected.map(|(s, t)| (s.to_owned(), t.to_owned())).into());
}

#[test]
fn the_same_source_is_updated_and_a_corrected_one_only_by_id() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    let marked = UnitDraft { external_id: "1".to_owned(), ..unit("جُملة 0", "old") };
    engine.put_units(&caller(), &name("m"), vec![marked], DuplicatePolicy::KeepAll).unwrap();
    // The sources fold to the same text, so it is the same unit.
    let same = import(&engine, UnitFormat::Csv, &[(0, 0, Some(1))], false);
    assert_eq!((same.tally.updated, same.tally.stored), (1, 0));
    let by_id = import(&engine, UnitFormat::Csv, &[(1, 1, Some(1))], true);
    assert_eq!((by_id.tally.updated, by_id.tally.stored, by_id.problem_count), (1, 0, 0));
    assert_eq!(texts(&engine), [("جملة 1".to_owned(), "sentence 1".to_owned())].into());
}

/// Concepts of a file: an id, an Arabic and an English term, each one of few.
fn concepts() -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
    prop::collection::btree_map(0..4_u8, (0..4_u8, 0..4_u8), 1..4)
        .prop_map(|rows| rows.into_iter().map(|(id, (ar, en))| (id, ar, en)).collect())
}

fn import_terms(engine: &Engine, rows: &[(u8, u8, u8)], update_by_id: bool) -> ImportReport {
    let rows: String = rows.iter().map(|(id, ar, en)| format!("c{id},مصطلح {ar},term {en}\n")).collect();
    let target = ConceptImportTarget {
        create: Some(NewCollection::arabic_to_english(name("g"))),
        update_by_id,
        ..ConceptImportTarget::new(name("g"))
    };
    let file = format!("id,source,target\n{rows}");
    engine.import_concepts(&caller(), target, ConceptFormat::Csv, file.as_bytes()).unwrap()
}

/// Returns the concepts of the glossary: id, and the terms in order.
fn stored_concepts(engine: &Engine) -> Vec<(String, Vec<String>)> {
    let page = PageRequest { size: 1_000, token: String::new() };
    let concepts = engine.concepts(&caller(), &name("g"), &page).unwrap().items.into_iter();
    concepts
        .map(|c| (c.content.id.clone(), c.content.terms.iter().map(|term| term.text.clone()).collect()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn no_termbase_overwrites_another_and_its_import_is_reverted(
        first in concepts(),
        others in prop::collection::vec((concepts(), any::<bool>()), 1..4),
        order in any::<u64>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine_at(folder.path());
        import_terms(&engine, &first, false);
        let before = stored_concepts(&engine);
        let mut imports = Vec::new();
        for (rows, update_by_id) in &others {
            let present = stored_concepts(&engine);
            let report = import_terms(&engine, rows, *update_by_id);
            let tally = report.tally;
            prop_assert_eq!(tally.stored + tally.updated + tally.unchanged, rows.len() as u64);
            imports.push(report.import_id);
            let now = stored_concepts(&engine);
            for (id, terms) in present.iter().filter(|_| !update_by_id) {
                let (_, kept) = now.iter().find(|concept| concept.0 == *id).unwrap();
                prop_assert!(kept.iter().any(|term| terms.contains(term)), "{id}: {terms:?} is {kept:?}");
            }
        }
        let again = import_terms(&engine, &others[others.len() - 1].0, others[others.len() - 1].1);
        prop_assert_eq!((again.tally.stored, again.tally.updated, again.import_id), (0, 0, 0));
        // In any order, and those that changed nothing have no number.
        let mut order = order;
        imports.retain(|import| *import > 0);
        while !imports.is_empty() {
            let at = usize::try_from(order % imports.len() as u64).unwrap();
            order /= 7;
            let import = imports.remove(at);
            engine.revert_concepts(&caller(), &name("g"), import).unwrap();
            let twice = engine.revert_concepts(&caller(), &name("g"), import).unwrap_err();
            prop_assert!(twice.to_string().contains("import"), "{twice}");
        }
        if others.len() == 1 {
            prop_assert_eq!(&stored_concepts(&engine), &before);
        }
        let mut ids: Vec<_> = stored_concepts(&engine).into_iter().map(|concept| concept.0).collect();
        ids.sort();
        let mut expected: Vec<_> = before.iter().map(|concept| concept.0.clone()).collect();
        expected.sort();
        prop_assert_eq!(ids, expected);
    }
}

#[test]
fn a_concept_with_other_terms_gets_another_id_and_finds_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_at(folder.path());
    import_terms(&engine, &[(1, 0, 0)], false);
    let report = import_terms(&engine, &[(1, 1, 1)], false);
    assert_eq!((report.tally.stored, report.tally.ids_taken), (1, 1));
    assert_eq!((report.problems[0].reason, report.problems[0].position.line), ("CONCEPT_ID_TAKEN", 2));
    let terms = |ar: &str, en: &str| vec![ar.to_owned(), en.to_owned()];
    let mut expected =
        vec![("c1".to_owned(), terms("مصطلح 0", "term 0")), ("c1#2".to_owned(), terms("مصطلح 1", "term 1"))];
    assert_eq!(stored_concepts(&engine), expected);
    // One term is corrected; the other one names the concept.
    let corrected = import_terms(&engine, &[(1, 1, 2)], false);
    assert_eq!((corrected.tally.updated, corrected.problem_count), (1, 0));
    expected[1].1 = terms("مصطلح 1", "term 2");
    assert_eq!(stored_concepts(&engine), expected);
    let reverted = engine.revert_concepts(&caller(), &name("g"), corrected.import_id).unwrap();
    assert_eq!((reverted.removed, reverted.restored), (0, 1));
    expected[1].1 = terms("مصطلح 1", "term 1");
    assert_eq!(stored_concepts(&engine), expected);
    // Somebody changes the concept, so the import that added it leaves it alone.
    let mut changed = engine.concept(&caller(), &name("g"), "c1#2").unwrap().content.clone();
    changed.definition = "changed".to_owned();
    engine.put_concepts(&caller(), &name("g"), vec![changed]).unwrap();
    let reverted = engine.revert_concepts(&caller(), &name("g"), report.import_id).unwrap();
    assert_eq!((reverted.removed, reverted.restored, reverted.overtaken), (0, 0, vec!["c1#2".to_owned()]));
}
