//! Checks on real data. They need `../shared` beside the project, so they are ignored by default and
//! `cargo test` reports them so. `just shared` and `.ci/run` run them.

use std::{collections::BTreeSet, fs, fs::File};

use dhakira::{
    caller::Caller,
    engine::{Deadline, ImportTarget, LookupOptions, NewCollection},
    interchange::{Document, DocumentFormat, Languages, UnitFormat, UnitReader},
    locale::Locale,
    score::{MatchKind, Score},
    segment::Segment,
    text::{SegmentationOptions, segment},
    unit::Context,
};

use crate::support::{engine_at, name, shared};

fn tico(folder: &std::path::Path) -> (dhakira::engine::Engine, dhakira::engine::ImportReport) {
    let path = shared("data/tmx/tico19__all.en-ar.tmx");
    let engine = engine_at(folder);
    let target = ImportTarget {
        create: Some(NewCollection::arabic_to_english(name("tico"))),
        only_new: true,
        file_name: "tico".into(),
        ..ImportTarget::new(name("tico"))
    };
    let report = engine
        .import_file(&Caller::anonymous(), target, UnitFormat::Tmx, File::open(path).unwrap(), &mut |_| {})
        .unwrap();
    (engine, report)
}

#[test]
#[ignore = "needs ../shared beside the project: just shared"]
fn a_real_tmx_is_imported_unit_by_unit() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, report) = tico(folder.path());
    // The units can be counted without an XML parser, because each has one start tag in this file.
    let text = fs::read_to_string(shared("data/tmx/tico19__all.en-ar.tmx")).unwrap();
    let units = text.matches("<tu ").count() as u64;
    assert_eq!(report.read, units);
    assert_eq!(report.read, report.tally.stored + report.tally.unchanged + report.refused);
    assert_eq!(engine.memory(&Caller::anonymous(), &name("tico")).unwrap().units, report.tally.stored);
}

#[test]
#[ignore = "needs ../shared beside the project: just shared"]
fn a_changed_word_or_two_still_finds_the_sentence_first() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, _) = tico(folder.path());
    let path = shared("data/pairs/tico19.tsv");
    let rows = fs::read_to_string(path).unwrap();
    let long =
        rows.lines().filter_map(|l| l.split('\t').next()).filter(|s| s.split_whitespace().count() >= 8);
    let mut asked = 0;
    for (n, sentence) in long.step_by(60).take(20).enumerate() {
        let mut words: Vec<&str> = sentence.split_whitespace().collect();
        words[3] = "تماما";
        if n % 2 == 0 {
            words[6] = "أيضا";
        }
        let options = LookupOptions { threshold: Score::from_hundredths(5_000), ..Default::default() };
        let changed = Segment::plain(words.join(" "));
        let answer = engine
            .lookup(&Caller::anonymous(), changed, Context::default(), &options, &Deadline::never())
            .unwrap();
        let best = &answer.matches[0].ranked.judged_unit;
        assert_eq!(best.unit.content.source.segment.text, sentence);
        assert_eq!(best.judgement.kind, MatchKind::Fuzzy);
        assert!(
            best.judgement.score >= Score::from_hundredths(6_000),
            "{}: {sentence}",
            best.judgement.score
        );
        asked += 1;
    }
    assert_eq!(asked, 20);
}

/// A document without any known segment is written byte for byte as it was, except that the
/// encoding becomes UTF-8.
#[test]
#[ignore = "needs ../shared beside the project: just shared"]
fn every_xliff_of_other_tools_is_left_as_it_is() {
    let folder = shared("data/xliff");
    let (mut same, mut segments, mut refused) = (0, 0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for (source, target) in [("ar", "en"), ("en", "ar"), ("en", "fr")] {
            let languages = Languages {
                source: Locale::parse(source).unwrap(),
                target: Locale::parse(target).unwrap(),
                ..Languages::default()
            };
            let Ok(document) = Document::read(DocumentFormat::Xliff, "a", bytes.as_slice(), &languages)
            else {
                refused += 1;
                continue;
            };
            segments += document.segments().len();
            let mut out = Vec::new();
            document.write(&[], None, &mut out).unwrap();
            let Ok(text) = std::str::from_utf8(&bytes) else { continue };
            let declared = "<?xml version=\"1.0\" encoding=\"windows-1252\"";
            let text = text.replacen(declared, "<?xml version=\"1.0\" encoding=\"UTF-8\"", 1);
            assert!(out == text.as_bytes(), "{path:?} came out otherwise");
            same += 1;
        }
    }
    println!("{same} came out the same, {refused} refused, {segments} segments to translate");
    assert!(same > 150 && segments > 100, "{same} {refused} {segments}");
}

#[test]
#[ignore = "needs ../shared beside the project: just shared"]
fn every_tmx_of_other_tools_is_read_or_refused_with_a_reason() {
    let folder = shared("data/tmx");
    let mut read = 0;
    let mut refused = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "tmx") {
            continue;
        }
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let reader = UnitReader::new(UnitFormat::Tmx, File::open(&path).unwrap(), &Languages::default());
        let outcome = reader.and_then(|mut reader| {
            let mut units = 0;
            while let Some(unit) = reader.next_unit()? {
                assert!(
                    !unit.drafts.is_empty() || unit.problems.iter().any(|p| p.refused),
                    "{file}: a unit without a word"
                );
                units += 1;
            }
            Ok(units)
        });
        match outcome {
            Ok(_) => read += 1,
            Err(error) => drop(refused.insert((file, error.reason()))),
        }
    }
    println!("{read} read, refused: {refused:?}");
    assert!(read >= 55, "{read}");
}

#[test]
#[ignore = "needs ../shared beside the project: just shared"]
fn the_seed_article_is_cut_where_its_sentences_end() {
    let path = shared("seed/000_ae03467db424f1d2.txt");
    let text = fs::read_to_string(path).unwrap();
    let segments: Vec<&str> =
        segment(&text, &SegmentationOptions::default()).into_iter().map(|r| &text[r]).collect();
    assert!(segments.iter().any(|s| s.starts_with("ويقول الناشط طارق")), "a stop without a space after it");
    assert!(segments.iter().any(|s| s.starts_with("وقد نفذت هذه العملية")), "another one");
    assert!(segments.iter().all(|s| !s.starts_with('.')));
    let joined: String = segments.concat().split_whitespace().collect();
    let whole: String = text.split_whitespace().collect();
    assert_eq!(joined, whole, "nothing is lost");
}
