//! Tests that pretranslation leaves no document worse: only stored translations that belong there are filled in.

use super::{
    answer::{Answer, FillResult, NotFilled, PluralFormToTranslate, Suggestion, TermNote},
    assemble,
    document::{Document, DocumentFormat},
};
use crate::{
    interchange::contract::Languages,
    score::{MatchKind, Score},
    segment::Segment,
};

pub(super) fn document(format: DocumentFormat, file: &str) -> Document {
    let read = Document::read(format, "a.xlf", file.as_bytes(), &Languages::default());
    read.unwrap_or_else(|e| panic!("{e}: {file}"))
}

pub(super) fn xliff(file: &str) -> Document {
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
pub(super) fn stored(source: &Segment, target: &str) -> Answer {
    let suggestion = Suggestion {
        source: source.clone(),
        target: Segment::plain(target),
        kind: MatchKind::Exact,
        score: Score::FULL,
        similarity: Score::FULL,
        origin: "m/u1".to_owned(),
        plural_forms: Vec::new(),
    };
    Answer { suggestions: vec![suggestion], ..Answer::default() }
}

pub(super) fn write(
    document: &Document,
    answers: &[Answer],
    fill: Option<Score>,
) -> (String, Vec<FillResult>) {
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
pub(super) fn without_additions(file: &str) -> String {
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
fn a_plural_form_is_filled_with_the_translation_that_is_this_form() {
    let forms: String = (0..6).map(|n| format!("msgstr[{n}] \"\"\n")).collect();
    let file = format!(
        "msgid \"\"\nmsgstr \"Language: ar\\n\"\n\n#, c-format\nmsgid \"a file\"\nmsgid_plural \"%d files\"\n{forms}"
    );
    let catalogue = document(DocumentFormat::Po, &file);
    let asked: Vec<_> = catalogue.segments().iter().map(|asked| asked.form.clone()).collect();
    let form = |categories: &str, only_count| {
        Some(PluralFormToTranslate { categories: categories.to_owned(), only_count })
    };
    assert_eq!(
        asked,
        [
            form("zero", Some(0)),
            form("one", Some(1)),
            form("two", Some(2)),
            form("few", None),
            form("many", None),
            form("other", None)
        ]
    );
    let translations = ["لا ملفات", "ملف", "ملفان", "%d ملفات", "ملف", "%s ملف"];
    let own = ["zero", "one", "two few", "few", "many", "other"];
    let mut answers: Vec<Answer> = catalogue
        .segments()
        .iter()
        .zip(translations)
        .map(|(asked, translation)| stored(&asked.segment, translation))
        .collect();
    for (answer, forms) in answers.iter_mut().zip(own) {
        answer.suggestions[0].plural_forms = vec!["other".to_owned(), forms.to_owned()];
    }
    let (filled, unknown) = (FillResult::Filled, FillResult::NotFilled(NotFilled::UnknownPluralForm));
    let other_arguments = FillResult::NotFilled(NotFilled::OtherArguments);
    let (out, results) = write(&catalogue, &answers, Some(Score::FULL));
    // The form for eleven to 99 must have the number, and the last one has another argument.
    assert_eq!(results, [filled, filled, filled, filled, other_arguments, other_arguments]);
    assert!(assemble(out.as_bytes()).unwrap().text.contains("msgstr[2] \"ملفان\"\nmsgstr[3] \"%d ملفات\"\n"));
    for answer in &mut answers {
        answer.suggestions[0].plural_forms = vec!["one".to_owned()];
    }
    assert_eq!(write(&catalogue, &answers, Some(Score::FULL)).1[2..4], [unknown, unknown]);
}

#[test]
fn arguments_are_those_of_the_message() {
    let entry = |flags: &str, source: &str| {
        format!("msgid \"\"\nmsgstr \"Language: ar\\n\"\n\n{flags}msgid \"{source}\"\nmsgstr \"\"\n")
    };
    let result = |flags: &str, source: &str, target: &str| {
        filled(&document(DocumentFormat::Po, &entry(flags, source)), target).1[0]
    };
    let other = FillResult::NotFilled(NotFilled::OtherArguments);
    for (flags, source, target, expected) in [
        ("#, c-format\n", "%d files", "%d ملفات", FillResult::Filled),
        ("#, c-format\n", "%d files", "%s ملفات", other),
        ("#, python-brace-format, c-format\n", "half", "50% من", other),
        ("#, no-c-format\n", "half", "50% من", FillResult::Filled),
        ("", "%d files", "%s ملفات", FillResult::Filled),
    ] {
        assert_eq!(result(flags, source, target), expected, "{flags}{source}");
    }
}

#[test]
fn the_translation_of_a_similar_message_is_said_to_be_of_that() {
    let file = "msgid \"\"\nmsgstr \"Language: ar\\n\"\n\n#, c-format\nmsgctxt \"c\"\nmsgid \"yes %d\"\nmsgstr \"\"\n\n#, c-format\n#| msgid \"old\"\nmsgid \"no %d\"\nmsgstr \"\"\n";
    let catalogue = document(DocumentFormat::Po, file);
    let similar = |target: &str, score: u8| {
        let asked = catalogue.segments()[0].segment.clone();
        let mut suggestion = stored(&asked, target).suggestions.remove(0);
        suggestion.source.text = "yes 5 \"%d\"".to_owned();
        (suggestion.score, suggestion.kind) = (Score::from_whole(score), MatchKind::Fuzzy);
        suggestion
    };
    let made = |suggestions: Vec<Suggestion>| {
        let answer = Answer { suggestions, ..Answer::default() };
        let (out, _) = write(&catalogue, &[answer, Answer::default()], Some(Score::from_whole(70)));
        assemble(out.as_bytes()).unwrap().text
    };
    let flagged = file.replacen("c-format\n", "c-format, fuzzy\n", 1);
    let with = |former: &str, target: &str| {
        flagged.replacen("msgctxt", &format!("{former}msgctxt"), 1).replacen(
            "msgstr \"\"\n\n#, c-format\n#|",
            &format!("msgstr \"{target}\"\n\n#, c-format\n#|"),
            1,
        )
    };
    let former = "#| msgid \"yes 5 \\\"%d\\\"\"\n";
    assert_eq!(made(vec![similar("نعم %d", 90)]), with(former, "نعم %d"));
    // With the values of the segment carried over, it is the translation of neither message.
    assert_eq!(made(vec![similar("نعم 7 %d", 92), similar("نعم %d", 90)]), with("", "نعم 7 %d"));
}

#[test]
fn a_segment_with_too_much_in_its_codes_is_not_looked_up() {
    let codes = "<ph id='1' dataRef='d'/>".repeat(20_000);
    let unit = |size: usize| {
        v2(&format!(
            "<unit id='u'><originalData><data id='d'>{}</data></originalData><segment id='s'><source>نعم{codes}</source></segment></unit>",
            "x".repeat(size)
        ))
    };
    assert_eq!((xliff(&unit(100)).segments().len(), xliff(&unit(100)).left_alone().unreadable), (1, 0));
    assert_eq!((xliff(&unit(300)).segments().len(), xliff(&unit(300)).left_alone().unreadable), (0, 1));
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
        "<trans-unit id='1' mq:locked='locked'><source>نعم</source></trans-unit><trans-unit id='3' m:locked='true'><source>نعم</source></trans-unit><trans-unit id='2'><source/><seg-source><mrk mtype='seg' mid='1'>نعم</mrk></seg-source><sdl:seg-defs><sdl:seg id='1' locked='true'/></sdl:seg-defs></trans-unit>",
    );
    assert_eq!(xliff(&locked).left_alone().not_translatable, 3);
    assert_eq!(xliff(&locked.replace("'true'", "'false'").replace("mq:locked", "mq:x")).segments().len(), 3);
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
fn a_unit_is_not_confirmed_any_more_once_its_target_is_filled() {
    let unit =
        |attributes: &str| v1(&format!("<trans-unit id='1'{attributes}><source>نعم</source></trans-unit>"));
    for (before, after) in [
        (" approved='yes'", " approved='no'>"),
        (" m:confirmed='1'", " m:confirmed='0'>"),
        (" mq:status='ManuallyConfirmed'", " mq:status='Pretranslated'>"),
        (" approved='no'", " approved='no'>"),
        (" mq:status='NotStarted'", " mq:status='NotStarted'>"),
    ] {
        becomes(&unit(before), after);
        let file = unit(before);
        assert_eq!(write(&xliff(&file), &[], None).0, file, "nothing is filled");
    }
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
