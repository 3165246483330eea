//! Checks on real data. They need `../shared` beside the project, so they are ignored by default and
//! `cargo test` reports them so. `just shared` and `.ci/run` run them.

use std::{collections::BTreeSet, fs, fs::File, path::PathBuf};

use dhakira::{
    caller::Caller,
    engine::{Deadline, ImportTarget, LookupOptions, NewCollection},
    interchange::{
        Answer, Document, DocumentFormat, FillResult, Languages, Suggestion, UnitFormat, UnitReader, assemble,
    },
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

/// Returns all files below a folder with one of these endings.
fn files_below(folder: PathBuf, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(path, endings));
        } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Makes an answer of 100 percent for each segment of a document. Every second one has the codes of its segment, and
/// every seventh one has another translation that is equally good.
fn answers_for(document: &Document) -> Vec<Answer> {
    let answers = document.segments().iter().enumerate().map(|(n, asked)| {
        let mut target = Segment::plain(format!("Zq{n}qZ"));
        if n % 2 == 0 {
            target.codes.clone_from(&asked.segment.codes);
            target.codes.iter_mut().for_each(|code| code.position = 0);
        }
        let suggestion = Suggestion {
            source: asked.segment.clone(),
            target,
            kind: MatchKind::Exact,
            score: Score::FULL,
            similarity: Score::FULL,
            origin: "m/u1".to_owned(),
            plural_forms: Vec::new(),
        };
        Answer { suggestions: vec![suggestion], tied: n % 7 == 6, ..Answer::default() }
    });
    answers.collect()
}

/// Divides an XLIFF file before its units and files, without the ids that pretranslation gives to segments.
fn pieces(text: &str) -> Vec<String> {
    let mut rest = text.to_owned();
    while let Some(at) = rest.find(" id=\"dhakira-s") {
        let end = at + rest[at + 5..].find('"').unwrap() + 6;
        rest.replace_range(at..end, "");
    }
    let marked = ["<trans-unit", "<unit", "<file", ":trans-unit", "</trans-unit>", "</unit>"];
    let divided = marked.iter().fold(rest, |text, mark| text.replace(mark, &format!("\0{mark}")));
    divided.split('\0').map(str::to_owned).collect()
}

/// Checks that pretranslating a real file leaves it no worse. Returns the number of segments, and of those filled.
fn check_pretranslation(
    path: &std::path::Path,
    format: DocumentFormat,
    languages: &Languages,
) -> Option<(usize, usize)> {
    let bytes = fs::read(path).unwrap();
    let document = Document::read(format, "a", bytes.as_slice(), languages).ok()?;
    let answers = answers_for(&document);
    let written = |document: &Document, answers: &[Answer], fill: Option<Score>| {
        let mut out = Vec::new();
        let results = document.write(answers, fill, &mut out).unwrap();
        (String::from_utf8(out).unwrap(), results)
    };
    let again = |text: &str| Document::read(DocumentFormat::Xliff, "a", text.as_bytes(), languages).unwrap();
    let (before, _) = written(&document, &[], None);
    let (out, results) = written(&document, &answers, Some(Score::FULL));
    let (stripped, _) = written(&again(&out), &[], None);
    // What is not filled is byte for byte as it was. An earlier run may have left additions, which are gone.
    let (before_stripped, _) = written(&again(&before), &[], None);
    let (old, new) = (pieces(&before_stripped), pieces(&stripped));
    assert_eq!(old.len(), new.len(), "{path:?}");
    for (old, new) in old.iter().zip(&new).filter(|(old, new)| old != new) {
        let declares = ["target-language=", "trgLang="].iter().any(|name| new.contains(name));
        assert!(new.contains("Zq") || declares, "{path:?}: {old} -> {new}");
    }
    // Every target that is filled is the stored translation.
    let filled: BTreeSet<usize> = (0..results.len()).filter(|n| results[*n] == FillResult::Filled).collect();
    for n in 0..results.len() {
        assert_eq!(
            stripped.matches(&format!("Zq{n}qZ")).count(),
            usize::from(filled.contains(&n)),
            "{path:?} {n}"
        );
    }
    let mut reader = UnitReader::new(UnitFormat::Xliff, out.as_bytes(), languages).unwrap();
    while let Some(unit) = reader.next_unit().unwrap() {
        for draft in unit.drafts {
            let (source, target) = (draft.source.segment.text, draft.target.segment.text);
            let sides = [(&source, &target, false), (&target, &source, true)];
            for (asked, translation, reverse) in sides {
                let Some(number) = translation.trim().strip_prefix("Zq").and_then(|t| t.strip_suffix("qZ"))
                else {
                    continue;
                };
                let Ok(number) = number.parse::<usize>() else { continue };
                let segment = &document.segments()[number];
                assert!(filled.contains(&number) && segment.reverse == reverse, "{path:?}: {number}");
                assert_eq!(*asked, segment.segment.text, "{path:?}");
            }
        }
    }
    // Nothing is called translated where nothing was put in.
    for empty in ["exact-match\"/>", "exact-match\"></target>"] {
        assert_eq!(before.matches(empty).count(), out.matches(empty).count(), "{path:?}");
    }
    if format == DocumentFormat::Po {
        let made = assemble(out.as_bytes()).unwrap().text;
        let plain = assemble(before.as_bytes()).unwrap().text;
        let kept = made.lines().filter(|line| !line.contains("Zq") && !line.contains("fuzzy"));
        let all: Vec<&str> = plain.lines().collect();
        assert!(kept.clone().all(|line| all.contains(&line) || line.ends_with("\"\"")), "{path:?}");
    }
    Some((results.len(), filled.len()))
}

#[test]
#[ignore = "needs ../shared beside the project: just shared"]
fn no_real_document_is_worse_after_pretranslation() {
    let (mut files, mut segments, mut filled) = (0, 0, 0);
    let endings = [".xlf", ".xliff", ".sdlxliff", ".xliff_extracted", ".po"];
    for path in files_below(shared("data"), &endings) {
        let is_po = path.to_string_lossy().ends_with(".po");
        let format = if is_po { DocumentFormat::Po } else { DocumentFormat::Xliff };
        for (source, target) in
            [("en", "ar"), ("ar", "en"), ("en", "fr"), ("en", "de"), ("en", "es"), ("en", "ru"), ("fr", "en")]
        {
            let languages = Languages {
                source: Locale::parse(source).unwrap(),
                target: Locale::parse(target).unwrap(),
                ..Languages::default()
            };
            if let Some((all, done)) = check_pretranslation(&path, format, &languages) {
                files += usize::from(all > 0);
                segments += all;
                filled += done;
            }
        }
    }
    println!("{files} pretranslations, {segments} segments, {filled} filled");
    assert!(files > 50 && filled * 2 > segments, "{files} {segments} {filled}");
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
