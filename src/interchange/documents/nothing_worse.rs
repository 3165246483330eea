//! Tests that pretranslation leaves no document worse: what is not filled stays as it is, and what is filled is a stored
//! translation that belongs there.

use proptest::prelude::*;

use super::{
    answer::{Answer, FillResult, NotFilled, Suggestion, TermNote},
    assemble,
    document::{Document, DocumentFormat},
};
use crate::{
    interchange::{contract::Languages, format::UnitFormat, unit_files::UnitReader},
    score::{MatchKind, Score},
    segment::Segment,
};

fn document(format: DocumentFormat, file: &str) -> Document {
    let read = Document::read(format, "a.xlf", file.as_bytes(), &Languages::default());
    read.unwrap_or_else(|e| panic!("{e}: {file}"))
}

fn xliff(file: &str) -> Document {
    document(DocumentFormat::Xliff, file)
}

fn v1(units: &str) -> String {
    format!(
        "<xliff version='1.2'><file source-language='ar' target-language='en' original='a'><body>{units}</body></file></xliff>"
    )
}

fn v2(units: &str) -> String {
    format!("<xliff version='2.0' srcLang='ar' trgLang='en'><file id='f'>{units}</file></xliff>")
}

/// Returns a stored translation of a segment that is exactly this one.
fn stored(source: &Segment, target: &str) -> Answer {
    let suggestion = Suggestion {
        source: source.clone(),
        target: Segment::plain(target),
        kind: MatchKind::Exact,
        score: Score::FULL,
        similarity: Score::FULL,
        origin: "m/u1".to_owned(),
    };
    Answer { suggestions: vec![suggestion], ..Answer::default() }
}

fn write(document: &Document, answers: &[Answer], fill: Option<Score>) -> (String, Vec<FillResult>) {
    let mut out = Vec::new();
    let results = document.write(answers, fill, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), results)
}

/// Fills all segments of a document with the same text.
fn filled(document: &Document, target: &str) -> (String, Vec<FillResult>) {
    let answers: Vec<Answer> = document.segments().iter().map(|s| stored(&s.segment, target)).collect();
    write(document, &answers, Some(Score::FULL))
}

/// Removes what pretranslation adds beside the targets.
fn without_additions(file: &str) -> String {
    write(&xliff(file), &[], None).0
}

/// Checks that no segment of a file is filled, for a reason, and that the file stays as it is.
fn stays(file: &str, reasons: &[NotFilled]) {
    let (out, results) = filled(&xliff(file), "yes");
    let expected: Vec<_> = reasons.iter().map(|reason| FillResult::NotFilled(*reason)).collect();
    assert_eq!(results, expected, "{file}");
    assert_eq!(without_additions(&out), file);
    assert_eq!(out == file, reasons.is_empty(), "the match is offered: {out}");
}

/// Checks that all segments of a file are filled with `yes`, and that the file then contains a text.
fn becomes(file: &str, expected: &str) {
    let (out, results) = filled(&xliff(file), "yes");
    assert!(results.iter().all(|result| *result == FillResult::Filled) && !results.is_empty(), "{file}");
    assert!(without_additions(&out).contains(expected), "{out}");
}

#[test]
fn a_target_with_marks_is_filled_only_if_they_are_those_of_the_source() {
    let unit = |target: &str| v1(&format!("<trans-unit id='1'><source>نعم</source>{target}</trans-unit>"));
    let state = " state=\"translated\" state-qualifier=\"exact-match\"";
    let mark = "<mrk mid='0' mtype='seg'>yes</mrk></target>";
    becomes(&unit("<target><mrk mid='0' mtype='seg'></mrk></target>"), &format!("<target{state}>{mark}"));
    becomes(&unit("<target> <mrk mid='0' mtype='seg'/> </target>"), "'seg'>yes</mrk> </target>");
    for target in [
        "<target><mrk mid='0' mtype='seg'/><mrk mid='1' mtype='seg'/></target>",
        "<target><x id='1'/><mrk mid='0' mtype='seg'/></target>",
        "<target><g id='1'><mrk mid='0' mtype='seg'/></g></target>",
    ] {
        stays(&unit(target), &[NotFilled::OtherMarks]);
    }
    let with_marks = |target: &str| {
        v1(&format!(
            "<trans-unit id='1'><source>نعم</source><seg-source><mrk mid='1' mtype='seg'>نعم</mrk></seg-source><target>{target}</target></trans-unit>"
        ))
    };
    becomes(&with_marks("<mrk mid='1' mtype='seg'/>"), "<mrk mid='1' mtype='seg'>yes</mrk></target>");
    for marks in [
        "<mrk mid='0' mtype='seg'/>",
        "<mrk mid='1' mtype='seg'/><mrk mid='2' mtype='seg'/>",
        "<mrk mtype='seg'/>",
    ] {
        stays(&with_marks(marks), &[NotFilled::OtherMarks]);
    }
}

#[test]
fn several_equally_good_translations_are_offered_only() {
    let file = v1("<trans-unit id='1'><source>نعم</source></trans-unit>");
    let document = xliff(&file);
    let mut answer = stored(&document.segments()[0].segment, "yes");
    answer.tied = true;
    let (out, results) = write(&document, &[answer], Some(Score::FULL));
    assert_eq!(results, [FillResult::NotFilled(NotFilled::SeveralTranslations)]);
    assert!(out.contains("<alt-trans") && without_additions(&out) == file, "{out}");
}

#[test]
fn plural_forms_with_the_same_source_are_not_filled_with_one_translation() {
    let forms: String = (0..6).map(|n| format!("msgstr[{n}] \"\"\n")).collect();
    let file = format!(
        "msgid \"\"\nmsgstr \"Language: ar\\n\"\n\nmsgid \"%d file\"\nmsgid_plural \"%d files\"\n{forms}"
    );
    let catalogue = document(DocumentFormat::Po, &file);
    let (out, results) = filled(&catalogue, "%d ملف");
    let unknown = FillResult::NotFilled(NotFilled::UnknownPluralForm);
    assert_eq!(results, [unknown, FillResult::Filled, unknown, unknown, unknown, unknown]);
    // The message is incomplete, so it becomes fuzzy. Otherwise gettext would show empty texts.
    let made = assemble(out.as_bytes()).unwrap();
    let expected = file
        .replace("msgstr[1] \"\"", "msgstr[1] \"%d ملف\"")
        .replace("msgid \"%d file\"", "#, fuzzy\nmsgid \"%d file\"");
    assert_eq!((made.text, made.missing), (expected, 5));
    // Also if the other forms are translated already.
    let one =
        file.replace("msgstr[3] \"\"", "msgstr[3] \"%d ملفات\"").replace("msgstr[2] \"\"", "msgstr[2] \"x\"");
    assert_eq!(
        filled(&document(DocumentFormat::Po, &one), "%d ملف").1,
        [unknown, FillResult::Filled, unknown, unknown]
    );
    // Two forms have a source of their own.
    let two = file.replace("msgstr[2] \"\"\nmsgstr[3] \"\"\nmsgstr[4] \"\"\nmsgstr[5] \"\"\n", "");
    assert_eq!(filled(&document(DocumentFormat::Po, &two), "x").1, [FillResult::Filled; 2]);
    // XLIFF of other tools groups the forms of a message.
    let group = |sources: [&str; 3]| {
        let units: String =
            sources.iter().map(|s| format!("<trans-unit id='1'><source>{s}</source></trans-unit>")).collect();
        v1(&format!("<group restype='x-gettext-plurals'>{units}</group>"))
    };
    let file = group(["ملف", "ملفات", "ملفات"]);
    let (_, results) = filled(&xliff(&file), "x");
    assert_eq!(results, [FillResult::Filled, unknown, unknown]);
    assert_eq!(filled(&xliff(&group(["ملف", "ملفات", "ملفان"])), "x").1, [FillResult::Filled; 3]);
    let apart = v1(
        &"<group restype='x-gettext-plurals'><trans-unit id='1'><source>ملف</source></trans-unit></group>"
            .repeat(2),
    );
    assert_eq!(filled(&xliff(&apart), "x").1, [FillResult::Filled; 2]);
}

#[test]
fn protected_text_stays() {
    let whole = |source: &str| v1(&format!("<trans-unit id='1'><source>{source}</source></trans-unit>"));
    for file in [
        whole("<mrk mtype='protected'>نعم</mrk>"),
        whole(" <g id='1'><mrk mtype='protected'>نعم</mrk></g> "),
        whole("<mrk mtype='x' its:translate='no'>نعم</mrk><x id='1'/>"),
        v1("<trans-unit id='1' its:translate='no'><source>نعم</source></trans-unit>"),
        v1(
            "<trans-unit id='1'><source>نعم</source><seg-source><mrk mtype='protected'><mrk mtype='seg' mid='1'>نعم</mrk></mrk></seg-source></trans-unit>",
        ),
        v2(
            "<unit id='1'><segment id='s'><source><mrk id='m' translate='no'>نعم</mrk></source></segment></unit>",
        ),
        v2(
            "<unit id='1'><segment id='s'><source><sm id='m' translate='no'/>نعم</source></segment><segment id='t'><source>لا<em startRef='m'/></source></segment></unit>",
        ),
    ] {
        let document = xliff(&file);
        assert_eq!(document.segments(), [], "{file}");
        assert!(document.left_alone().not_translatable > 0, "{file}");
        assert_eq!(write(&document, &[], None).0, file);
    }
    stays(&whole("اضغط <mrk mtype='protected'>نعم</mrk>"), &[NotFilled::ProtectedText]);
    let part = "<source><mrk id='m' translate='no'>نعم</mrk> ثم</source>";
    stays(&v2(&format!("<unit id='1'><segment id='s'>{part}</segment></unit>")), &[NotFilled::ProtectedText]);
    // Trados and memoQ lock segments.
    let locked = v1(
        "<trans-unit id='1' mq:locked='locked'><source>نعم</source></trans-unit><trans-unit id='2'><source/><seg-source><mrk mtype='seg' mid='1'>نعم</mrk></seg-source><sdl:seg-defs><sdl:seg id='1' locked='true'/></sdl:seg-defs></trans-unit>",
    );
    assert_eq!(xliff(&locked).left_alone().not_translatable, 2);
    assert_eq!(xliff(&locked.replace("'true'", "'false'").replace("mq:locked", "mq:x")).segments().len(), 2);
    // Other marks do not protect, and neither does text that is free again.
    becomes(&whole("<mrk mtype='term'>نعم</mrk>"), ">yes</target>");
    let free = "<mrk id='m' translate='no'><mrk id='n' translate='yes'>نعم</mrk></mrk>";
    becomes(
        &v2(&format!("<unit id='1'><segment id='s'><source>{free}</source></segment></unit>")),
        "<target>yes</target>",
    );
    // A protected segment beside others is copied.
    becomes(
        &v1(
            "<trans-unit id='1'><source/><seg-source><mrk mtype='seg' mid='1'>لا</mrk> <mrk mtype='protected'><mrk mtype='seg' mid='2'>نعم</mrk></mrk></seg-source></trans-unit>",
        ),
        "<mrk mtype='seg' mid='1'>yes</mrk> <mrk mtype='protected'><mrk mtype='seg' mid='2'>نعم</mrk></mrk></target>",
    );
}

#[test]
fn length_limits_are_kept() {
    let unit =
        |attributes: &str| v1(&format!("<trans-unit id='1'{attributes}><source>نعم</source></trans-unit>"));
    for fits in [
        " maxwidth='3' size-unit='char'",
        " maxbytes='3'",
        " minwidth='0'",
        " minwidth='3' size-unit='char'",
        " maxheight='1' size-unit='row'",
        " size-unit='pixel'",
    ] {
        becomes(&unit(fits), ">yes</target>");
    }
    for too_long in [
        " maxwidth='2' size-unit='char'",
        " maxwidth='2' size-unit='byte'",
        " maxbytes='2'",
        " minbytes='4'",
        " mq:maxlengthchars='2'",
    ] {
        stays(&unit(too_long), &[NotFilled::OutsideLengthLimit]);
    }
    for unknown in [" maxwidth='300'", " maxwidth='90' size-unit='dlgunit'", " maxbytes='a lot'"] {
        stays(&unit(unknown), &[NotFilled::UnknownLength]);
    }
    // Attributes of a group apply to its units, and those of a unit come first.
    let group = |attributes: &str| {
        v1(&format!(
            "<group maxwidth='2' size-unit='char'><trans-unit id='1'{attributes}><source>نعم</source></trans-unit></group>"
        ))
    };
    stays(&group(""), &[NotFilled::OutsideLengthLimit]);
    becomes(&group(" maxwidth='3'"), ">yes</target>");
    // The limit is that of the whole target.
    let marks = |limit: u8| {
        v1(&format!(
            "<trans-unit id='1' maxwidth='{limit}' size-unit='char'><source/><seg-source><mrk mtype='seg' mid='1'>نعم</mrk> <mrk mtype='seg' mid='2'>لا</mrk></seg-source></trans-unit>"
        ))
    };
    becomes(&marks(7), ">yes</mrk> <mrk");
    stays(&marks(6), &[NotFilled::OutsideLengthLimit; 2]);
    // The module of version 2.
    let module = |profile: &str, attributes: &str, around: &str| {
        v2(&format!(
            "<slr:profiles xmlns:slr='urn:oasis:names:tc:xliff:sizerestriction:2.0' {profile}/><group id='g'{around}><unit id='1'{attributes}><segment id='s'><source>نعم</source></segment></unit></group>"
        ))
    };
    let standard = "generalProfile='xliff:codepoints' storageProfile='xliff:utf16'";
    for fits in [" slr:sizeRestriction='3'", " slr:sizeRestriction='3,*'", " slr:storageRestriction='0,6'"] {
        becomes(&module(standard, fits, ""), "<target>yes</target>");
    }
    for outside in [" slr:sizeRestriction='2'", " slr:sizeRestriction='4,9'", " slr:storageRestriction='5'"] {
        stays(&module(standard, outside, ""), &[NotFilled::OutsideLengthLimit]);
    }
    stays(&module("generalProfile='my:pixels'", " slr:sizeRestriction='9'", ""), &[NotFilled::UnknownLength]);
    stays(&module(standard, "", " slr:sizeRestriction='9'"), &[NotFilled::UnknownLength]);
}

#[test]
fn catalogues_can_limit_the_length_of_a_message() {
    let file = "msgid \"\"\nmsgstr \"Language: ar\\n\"\n\n#, c-format, max-length:2\nmsgid \"yes\"\nmsgstr \"\"\n\n#, max-length:3\nmsgid \"no\"\nmsgstr \"\"\n";
    let (_, results) = filled(&document(DocumentFormat::Po, file), "نعم");
    assert_eq!(results, [FillResult::NotFilled(NotFilled::OutsideLengthLimit), FillResult::Filled]);
}

#[test]
fn the_target_language_is_declared_once_there_are_targets() {
    let unit = "<trans-unit id='1'><source>نعم</source></trans-unit>";
    let file = |attributes: &str, units: &str| {
        format!(
            "<xliff version='1.2'><!-- <file> --><file original='a' source-language='ar'{attributes}><body>{units}</body></file></xliff>"
        )
    };
    becomes(&file("", unit), "<file original='a' source-language='ar' target-language=\"en\"><body>");
    becomes(&file(" target-language=''", unit), " target-language='en'><body>");
    let v2 = "<?xml version='1.0'?><xliff version='2.0' srcLang='ar'><file id='f'><unit id='1'><segment id='s'><source>نعم</source></segment></unit></file></xliff>";
    becomes(v2, "<xliff version='2.0' srcLang='ar' trgLang=\"en\"><file");
    // In a file of the reverse direction it is the memory's source language.
    becomes(&v2.replace("'ar'", "'en'").replace("نعم", "so"), "srcLang='en' trgLang=\"ar\"");
    // Without a new target nothing is declared.
    stays(
        &file("", "<trans-unit id='1' maxbytes='1'><source>نعم</source></trans-unit>"),
        &[NotFilled::OutsideLengthLimit],
    );
    // The units of a file with targets in several languages keep them.
    let several = file(
        "",
        &format!(
            "<trans-unit id='2'><source>نعم</source><target xml:lang='fr'>oui</target></trans-unit>{unit}"
        ),
    );
    becomes(&several, "state-qualifier=\"exact-match\" xml:lang=\"en\">yes</target>");
    assert!(filled(&xliff(&several), "yes").0.contains("source-language='ar'><body>"));
}

#[test]
fn white_space_at_the_ends_is_that_of_the_source() {
    for (source, target, expected) in [
        ("نعم", "yes\n", "yes"),
        ("نعم", " yes", "yes"),
        ("\n نعم\n", "yes", "\n yes\n"),
        ("نعم ", "\tyes", "yes "),
        ("نعم\n", "yes ", "yes\n"),
        ("\u{a0}نعم", "yes", "\u{a0}yes"),
    ] {
        let document = xliff(&v1(&format!("<trans-unit id='1'><source>{source}</source></trans-unit>")));
        let (out, _) = filled(&document, target);
        assert!(out.contains(&format!("exact-match\">{expected}</target>")), "{out}");
    }
    // Codes stay next to the text.
    let document = xliff(&v1("<trans-unit id='1'><source>\n<g id='1'>نعم</g>\n</source></trans-unit>"));
    let segment = document.segments()[0].segment.clone();
    let mut answer = stored(&segment, "yes");
    let positions = segment.codes.iter().zip([0, 3]);
    answer.suggestions[0].target.codes =
        positions.map(|(code, position)| crate::segment::InlineCode { position, ..code.clone() }).collect();
    let (out, _) = write(&document, &[answer], Some(Score::FULL));
    assert!(out.contains(">\n<g id=\"1\">yes</g>\n</target>"), "{out}");
}

/// Writes a document with one segment and a stored translation of the same segment that has only some of its codes.
fn with_codes_of(source: &str, codes: &[usize], same_source: bool) -> (String, FillResult) {
    let document =
        xliff(&v2(&format!("<unit id='1'><segment id='s'><source>{source}</source></segment></unit>")));
    let segment = document.segments()[0].segment.clone();
    let mut answer = stored(&segment, "yes");
    let suggestion = &mut answer.suggestions[0];
    suggestion.target.codes = codes.iter().map(|n| segment.codes[*n].clone()).collect();
    if !same_source {
        suggestion.source.text.push('!');
    }
    let (out, results) = write(&document, &[answer], Some(Score::FULL));
    (out, results[0])
}

#[test]
fn the_same_segment_may_have_fewer_codes_in_its_translation() {
    let (out, result) = with_codes_of("<ph id='1'/>نعم<ph id='2'/>", &[0], true);
    assert_eq!(result, FillResult::Filled);
    assert!(out.contains("</source><target><ph id=\"1\"/>yes</target>"), "{out}");
    let other = FillResult::NotFilled(NotFilled::OtherCodes);
    // Not with another source, not with half of a pair, and not without a code that must stay.
    assert_eq!(with_codes_of("<ph id='1'/>نعم<ph id='2'/>", &[0], false).1, other);
    assert_eq!(with_codes_of("<sc id='1'/>نعم<ec startRef='1'/>", &[0], true).1, other);
    assert_eq!(with_codes_of("<sc id='1'/>نعم<ec startRef='1'/>", &[], true).1, FillResult::Filled);
    assert_eq!(with_codes_of("<ph id='1' canDelete='no'/>نعم", &[], true).1, other);
}

#[test]
fn notes_name_forbidden_terms_as_such_and_come_once() {
    let term = |term: &str, good: &[&str], bad: &[&str]| {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        TermNote { term: term.to_owned(), translations: texts(good), forbidden: texts(bad) }
    };
    let terms =
        vec![term("أ", &["a"], &["z"]), term("ب", &[], &["y"]), term("ج", &["c"], &[]), term("د", &[], &[])];
    let answer = Answer { terms, ..Answer::default() };
    let marks = "<seg-source><mrk mtype='seg' mid='1'>نعم</mrk><mrk mtype='seg' mid='2'>لا</mrk></seg-source>";
    let file = v1(&format!("<trans-unit id='1'><source/>{marks}<note>ج = c</note></trans-unit>"));
    let (out, _) = write(&xliff(&file), &[answer.clone(), answer.clone()], None);
    let notes: Vec<&str> =
        out.split("<note").skip(1).filter_map(|note| note.split(['>', '<']).nth(1)).collect();
    assert_eq!(notes, ["أ = a; do not use: z", "ب: do not use: y", "ج = c"]);
    assert_eq!(
        write(&xliff(&out), &[answer.clone(), answer.clone()], None).0,
        out,
        "a second run adds nothing"
    );
    let segments =
        "<segment id='s'><source>نعم</source></segment><segment id='t'><source>لا</source></segment>";
    let (out, _) =
        write(&xliff(&v2(&format!("<unit id='1'>{segments}</unit>"))), &[answer.clone(), answer], None);
    assert_eq!((out.matches("<gls:term>").count(), out.matches("translation>z<").count()), (2, 0), "{out}");
}

/// Units of generated files: XML with `{}` in place of a number that makes the ids distinct.
const V1_UNITS: [&str; 12] = [
    "<trans-unit id='{}'><source>نعم {}</source></trans-unit>",
    "<trans-unit id='{}'>\n  <source> نعم {} </source>\n  <target state='new'/>\n</trans-unit>",
    "<trans-unit id='{}' maxwidth='6' size-unit='char'><source>لا {}</source><note>n</note></trans-unit>",
    "<trans-unit id='{}' translate='no'><source>لا {}</source></trans-unit>",
    "<trans-unit id='{}'><source>لا {}</source><target>no</target></trans-unit>",
    "<trans-unit id='{}'><source>لا {}</source><target state='new'>half</target></trans-unit>",
    "<trans-unit id='{}'><source><g id='1'>نعم</g> {}<x id='2'/></source></trans-unit>",
    "<trans-unit id='{}'><source>قل <mrk mtype='protected'>نعم {}</mrk></source></trans-unit>",
    "<trans-unit id='{}'><source>أ {}. ب {}.</source><seg-source><mrk mtype='seg' mid='1'>أ {}.</mrk> <mrk mtype='seg' mid='2'>ب {}.</mrk></seg-source></trans-unit>",
    "<trans-unit id='{}'><source>أ {}. ب.</source><seg-source><mrk mtype='seg' mid='1'>أ {}.</mrk> <mrk mtype='seg' mid='2'>ب.</mrk></seg-source><target><mrk mtype='seg' mid='1'/><mrk mtype='seg' mid='3'/></target></trans-unit>",
    "<trans-unit id='{}'><source>نعم {}</source><target><mrk mid='0' mtype='seg'/></target></trans-unit>",
    "<group restype='x-gettext-plurals'><trans-unit id='{}'><source>كتب {}</source></trans-unit><trans-unit id='{}b'><source>كتب {}</source></trans-unit></group>",
];

const V2_UNITS: [&str; 8] = [
    "<unit id='{}'><segment id='s'><source>نعم {}</source></segment></unit>",
    "<unit id='{}'>\n<segment id='s'>\n<source>نعم {} </source>\n</segment>\n<ignorable><source> </source></ignorable><segment id='t'><source>لا {}</source><target/></segment></unit>",
    "<unit id='{}' translate='no'><segment id='s'><source>نعم {}</source></segment></unit>",
    "<unit id='{}' slr:sizeRestriction='6'><segment id='s'><source>نعم {}</source></segment></unit>",
    "<unit id='{}'><segment id='s' state='final'><source>نعم {}</source><target>yes</target></segment></unit>",
    "<unit id='{}'><segment id='s' state='initial'><source>نعم {}</source><target>half</target></segment></unit>",
    "<unit id='{}'><segment id='s'><source><pc id='1'>نعم</pc> {}<ph id='2'/></source></segment></unit>",
    "<unit id='{}'><segment id='s'><source>قل <mrk id='m' translate='no'>نعم {}</mrk></source></segment></unit>",
];

const PO_ENTRIES: [&str; 5] = [
    "msgid \"yes {}\"\nmsgstr \"\"\n",
    "#, c-format\nmsgid \"\"\n\"yes {}\\n\"\nmsgstr \"\"\n",
    "msgid \"no {}\"\nmsgstr \"لا\"\n",
    "#, fuzzy\nmsgid \"so {}\"\nmsgstr \"هكذا\"\n",
    "msgid \"file {}\"\nmsgid_plural \"files {}\"\nmsgstr[0] \"\"\nmsgstr[1] \"\"\nmsgstr[2] \"\"\nmsgstr[3] \"\"\nmsgstr[4] \"\"\nmsgstr[5] \"\"\n",
];

/// Makes the parts of a file with distinct numbers.
fn numbered(templates: &[&str], chosen: &[usize]) -> Vec<String> {
    let chosen = chosen.iter().enumerate();
    chosen.map(|(n, at)| templates[at % templates.len()].replace("{}", &n.to_string())).collect()
}

/// Returns the units of a file, as written.
fn units_of(file: &str) -> Vec<&str> {
    let ends = ["</trans-unit>", "</unit>"];
    let starts = file
        .match_indices(['<'])
        .filter(|(at, _)| ["<trans-unit ", "<unit "].iter().any(|start| file[*at..].starts_with(start)));
    let whole = starts.filter_map(|(at, _)| {
        let end = ends.iter().filter_map(|end| Some(file[at..].find(end)? + end.len())).min()?;
        Some(&file[at..at + end])
    });
    whole.collect()
}

/// Returns the pairs of a file that an import stores.
fn imported(format: UnitFormat, file: &str) -> Vec<(String, String)> {
    let mut reader = UnitReader::new(format, file.as_bytes(), &Languages::default()).unwrap();
    let mut pairs = Vec::new();
    while let Some(unit) = reader.next_unit().unwrap() {
        assert!(
            unit.drafts.iter().all(|draft| draft.notes.iter().all(|note| note == "n")),
            "our notes are imported"
        );
        pairs.extend(unit.drafts.into_iter().map(|d| (d.source.segment.text, d.target.segment.text)));
    }
    pairs
}

/// A generated answer: how good it is, whether it is tied, and whether it has the codes of the segment.
type Kind = (bool, bool, bool);

/// Returns the stored translation of a text: short or long, and another one for each text.
fn translation_of(text: &str) -> String {
    let number: u32 = text.trim().chars().map(u32::from).fold(7, |sum, c| sum * 31 % 9_973 + c);
    format!("T{number}{}", if number.is_multiple_of(3) { " and so on" } else { "" })
}

fn answers_for(document: &Document, kinds: &[Kind]) -> Vec<Answer> {
    let segments = document.segments().iter().zip(kinds.iter().cycle());
    let answers = segments.map(|(asked, (exact, tied, has_codes))| {
        let mut answer = stored(&asked.segment, &translation_of(&asked.segment.text));
        let best = &mut answer.suggestions[0];
        best.target.codes = if *has_codes {
            let codes = asked.segment.codes.iter();
            codes.map(|code| crate::segment::InlineCode { position: 1, ..code.clone() }).collect()
        } else {
            Vec::new()
        };
        if !exact {
            best.score = Score::from_whole(80);
            best.kind = MatchKind::Fuzzy;
            best.source.text.push('!');
        }
        answer.tied = *tied;
        answer.terms =
            vec![TermNote { term: "ن".to_owned(), translations: vec!["n".to_owned()], forbidden: vec![] }];
        answer
    });
    answers.collect()
}

/// Checks a pretranslation of a generated file.
fn check(file: &str, kinds: &[Kind]) {
    let document = xliff(file);
    let answers = answers_for(&document, kinds);
    let (out, results) = write(&document, &answers, Some(Score::from_whole(70)));
    // Units of which nothing was filled stay byte for byte, apart from what is offered.
    let mut texts =
        document.segments().iter().zip(&results).filter(|(_, result)| **result == FillResult::Filled);
    let stripped = without_additions(&out);
    let (before, after) = (units_of(file), units_of(&stripped));
    assert_eq!(before.len(), after.len(), "{out}");
    let id = |unit: &str| unit.split('\'').nth(1).unwrap().to_owned();
    let filled_units: Vec<String> = texts.by_ref().map(|(asked, _)| asked.unit.clone()).collect();
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before == after, !filled_units.contains(&id(before)), "{before} -> {after}");
    }
    let outside = |file: &str, units: &[&str]| {
        units.iter().fold(file.to_owned(), |file, unit| file.replacen(unit, "", 1))
    };
    if !filled_units.is_empty() {
        let declared =
            outside(&stripped, &after).replace(" target-language=\"en\"", "").replace(" trgLang=\"en\"", "");
        assert_eq!(declared, outside(file, &before));
    }
    // Each filled target is the stored translation with the ends of its source, and an import reads exactly those that
    // were filled with an exact match. No other target is called translated.
    let mut expected = imported(UnitFormat::Xliff, file);
    let found = imported(UnitFormat::Xliff, &out);
    for (n, (asked, result)) in document.segments().iter().zip(&results).enumerate() {
        let text = &asked.segment.text;
        let translation = translation_of(text);
        let pair = (text.clone(), text.replace(text.trim(), &translation));
        let exact = answers[n].suggestions[0].is_exact();
        if *result == FillResult::Filled && exact && found.contains(&pair) {
            expected.push(pair.clone());
        }
        assert!(*result == FillResult::Filled || !found.contains(&pair), "{pair:?}: {out}");
        assert!(*result == FillResult::Filled || !stripped.contains(&format!("{translation}<")), "{out}");
    }
    let (mut expected, mut found) = (expected, found);
    expected.sort();
    found.sort();
    assert_eq!(found, expected, "{out}");
    assert!(
        !out.contains("<target></target>")
            && !out.contains("state=\"translated\" state-qualifier=\"exact-match\"></"),
        "{out}"
    );
    // A second run with the same answers changes nothing more for what is still open.
    let again = xliff(&out);
    let open = answers_for(&again, &[(false, true, true)]);
    let offered = write(&again, &open, None).0;
    assert_eq!(write(&xliff(&offered), &open, None).0, offered);
}

proptest! {
    #[test]
    fn generated_xliff_is_not_worse(
        chosen in prop::collection::vec(0..12_usize, 1..8),
        kinds in prop::collection::vec(any::<Kind>(), 1..8),
        declared in any::<bool>(),
        second in any::<bool>(),
    ) {
        let (templates, head, tail) = match (second, declared) {
            (false, true) => (&V1_UNITS[..], "<xliff version='1.2'><file source-language='ar' target-language='en' original='a'><body>", "</body></file></xliff>"),
            (false, false) => (&V1_UNITS[..], "<xliff version='1.2'><file source-language='ar' original='a'><body>", "</body></file></xliff>"),
            (true, true) => (&V2_UNITS[..], "<xliff version='2.1' srcLang='ar' trgLang='en'><file id='f'>", "</file></xliff>"),
            (true, false) => (&V2_UNITS[..], "<xliff version='2.1' srcLang='ar'><file id='f'>", "</file></xliff>"),
        };
        let units = numbered(templates, &chosen).join("\n");
        check(&format!("{head}\n{units}\n{tail}\n"), &kinds);
    }

    #[test]
    fn generated_catalogues_are_not_worse(
        chosen in prop::collection::vec(0..5_usize, 1..8),
        kinds in prop::collection::vec(any::<Kind>(), 1..8),
    ) {
        let head = "msgid \"\"\nmsgstr \"Language: ar\\n\"\n";
        let entries = numbered(&PO_ENTRIES, &chosen);
        let file = format!("{head}\n{}", entries.join("\n"));
        let catalogue = document(DocumentFormat::Po, &file);
        let answers = answers_for(&catalogue, &kinds);
        let (out, results) = write(&catalogue, &answers, Some(Score::from_whole(70)));
        let made = assemble(out.as_bytes()).unwrap();
        let open = results.iter().filter(|r| **r != FillResult::Filled).count();
        prop_assert_eq!(made.missing, open as u64);
        let entries_of = |file: &str| file.split("\n\n").map(|e| e.trim_end().to_owned()).collect::<Vec<_>>();
        let mut expected = imported(UnitFormat::Po, &file);
        let forms = |entry: &str| if entry.contains("msgid_plural") { 6 } else { usize::from(entry.contains("msgstr \"\"")) };
        let mut number = 0;
        for (before, after) in entries_of(&file).iter().zip(&entries_of(&made.text)).skip(1) {
            let own = number..number + forms(before);
            number = own.end;
            let filled = results[own.clone()].iter().filter(|r| **r == FillResult::Filled).count();
            prop_assert_eq!(before == after, filled == 0, "{} -> {}", before, after);
            let exact = own.clone().all(|n| answers[n].suggestions[0].is_exact());
            if filled > 0 && filled == own.len() && exact {
                for n in own {
                    let text = &catalogue.segments()[n].segment.text;
                    expected.push((text.replace(text.trim(), &translation_of(text)), text.clone()));
                }
            }
            let is_fuzzy = after.contains("fuzzy");
            prop_assert_eq!(is_fuzzy, before.contains("fuzzy") || filled > 0 && (filled < forms(before) || !exact));
        }
        let mut found = imported(UnitFormat::Po, &made.text);
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
    }
}
