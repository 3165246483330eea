//! Tests of documents that are written with answers and assembled again.

use super::{
    answer::{Answer, FillResult, LeftAlone, Suggestion, TermNote},
    assemble,
    document::{Document, DocumentFormat},
};
use crate::{
    interchange::contract::Languages,
    score::{MatchKind, Score},
    segment::{InlineCode, Segment},
};

fn document(format: DocumentFormat, file: &str) -> Document {
    Document::read(format, "a.xlf", file.as_bytes(), &Languages::default()).unwrap()
}

fn suggestion(source: &str, target: &str, score: u8) -> Suggestion {
    Suggestion {
        source: Segment::plain(source),
        target: Segment::plain(target),
        kind: if score == 100 { MatchKind::Exact } else { MatchKind::Fuzzy },
        score: Score::from_whole(score),
        similarity: Score::from_whole(score),
        origin: "m/u1".to_owned(),
        plural_forms: Vec::new(),
    }
}

fn answer(source: &str, target: &str, score: u8) -> Answer {
    Answer { suggestions: vec![suggestion(source, target, score)], ..Answer::default() }
}

/// Returns an answer with two translations of the same source that are equally good.
fn two_translations(first: &str, second: &str) -> Answer {
    let suggestions = vec![suggestion("لا", first, 100), suggestion("لا", second, 100)];
    Answer { suggestions, tied: first != second, terms: Vec::new() }
}

fn written(document: &Document, answers: &[Answer], fill: Option<u8>) -> (String, Vec<bool>) {
    let mut out = Vec::new();
    let results = document.write(answers, fill.map(Score::from_whole), &mut out).unwrap();
    let filled = results.iter().map(|result| *result == FillResult::Filled).collect();
    (String::from_utf8(out).unwrap(), filled)
}

/// Makes the note on a term with translations that may be used.
fn term(term: &str, translations: &[&str]) -> TermNote {
    let translations = translations.iter().map(|text| (*text).to_owned()).collect();
    TermNote { term: term.to_owned(), translations, forbidden: Vec::new() }
}

const V1: &str = "<?xml version='1.0' encoding=\"UTF-8\"?>\r\n<!-- kept -->\n<xliff version='1.2'  xmlns:x='urn:x'><file source-language='ar' target-language='en' original='a'><body>\n  <trans-unit id='1'>\n    <source>نعم</source>\n    <note>n</note>\n  </trans-unit>\n  <trans-unit id='2'><source>لا</source><target state='new' x:a='&quot;'/></trans-unit>\n  <trans-unit id='3'><source>ثم</source><target>then</target></trans-unit>\n  <trans-unit id='4' translate='no'><source>هنا</source></trans-unit>\n</body></file>\n<file source-language='fr' original='b'><body><trans-unit id='1'><source>oui</source></trans-unit></body></file></xliff>\n";

#[test]
fn without_answers_a_document_stays_byte_for_byte() {
    let document = document(DocumentFormat::Xliff, V1);
    assert_eq!(document.segments().len(), 2);
    let left = LeftAlone { translated: 1, not_translatable: 1, other_languages: 1, unreadable: 0 };
    assert_eq!(document.left_alone(), left);
    assert_eq!(written(&document, &[], Some(0)), (V1.to_owned(), vec![false, false]));
}

#[test]
fn targets_are_filled_and_matches_and_terms_added() {
    let document = document(DocumentFormat::Xliff, V1);
    let terms = vec![term("لا", &["no", "not"])];
    let answers = [answer("نعم", "yes & \"so\"", 100), Answer { terms, ..answer("كلا", "no", 80) }];
    let (out, filled) = written(&document, &answers, Some(95));
    assert_eq!(filled, [true, false]);
    let first = "    <source>نعم</source>\n    <target state=\"translated\" state-qualifier=\"exact-match\">yes &amp; \"so\"</target>\n    <alt-trans match-quality=\"100.00\" origin=\"dhakira:m/u1\"><source>نعم</source><target>yes &amp; \"so\"</target></alt-trans>\n    <note>n</note>";
    assert!(out.contains(first), "{out}");
    let second = "<source>لا</source><target state='new' x:a='&quot;'/><alt-trans match-quality=\"80.00\" origin=\"dhakira:m/u1\"><source>كلا</source><target>no</target></alt-trans><note from=\"dhakira\" annotates=\"source\">لا = no, not</note>";
    assert!(out.contains(second), "{out}");
    // Filled with a fuzzy match, a target keeps its other attributes.
    let (out, _) = written(&document, &answers, Some(80));
    let target =
        "<target state='needs-review-translation' x:a='&quot;' state-qualifier=\"fuzzy-match\">no</target>";
    assert!(out.contains(target), "{out}");
    // In the document that was written, one segment is still to be translated.
    assert_eq!(
        self::document(DocumentFormat::Xliff, &written(&document, &answers, Some(95)).0).segments().len(),
        1
    );
}

#[test]
fn marked_segments_are_filled_one_by_one() {
    let file = "<xliff version='1.2'><file source-language='ar' target-language='en' original='a'><body><trans-unit id='1'><source>نعم. لا.</source><seg-source><mrk mtype='seg' mid='1'>نعم.</mrk> <mrk mtype='seg' mid='2'>لا.</mrk></seg-source></trans-unit></body></file></xliff>";
    let document = document(DocumentFormat::Xliff, file);
    let answers = [answer("نعم.", "Yes.", 100), answer("لا", "No", 80)];
    let (out, _) = written(&document, &answers, Some(95));
    assert!(out.contains("</seg-source><target state=\"needs-review-translation\" state-qualifier=\"fuzzy-match\"><mrk mtype='seg' mid='1'>Yes.</mrk> <mrk mtype='seg' mid='2'></mrk></target><alt-trans mid=\"1\""), "{out}");
}

const MARKS: &str = "<xliff version='1.2'><file source-language='ar' target-language='en' original='a'><body><trans-unit id='1'><source/><seg-source>(<g id='1'><mrk mtype='seg' mid='1'>نعم.</mrk> <x id='5'/><mrk mtype='seg' mid='2'>لا. </mrk></g><x id='9'/></seg-source>{}</trans-unit></body></file></xliff>";

#[test]
fn text_and_codes_around_marks_stay() {
    let answers = [answer("نعم.", "Yes.", 100), answer("لا.", "No.", 100)];
    let state = " state=\"translated\" state-qualifier=\"exact-match\"";
    let filled = "(<g id='1'><mrk mtype='seg' mid='1'>Yes.</mrk> <x id='5'/><mrk mtype='seg' mid='2'>No. </mrk></g><x id='9'/></target>";
    for (there, expected) in [
        ("", format!("<target{state}>{filled}")),
        (
            "<target x='1' state='new'/>",
            format!("<target x='1' state='translated' state-qualifier=\"exact-match\">{filled}"),
        ),
        (
            "<target>keep <g id='1'><mrk mtype='seg' mid='2' comment='k'/><mrk mtype='seg' mid='1'> </mrk></g> tail</target>",
            format!(
                "<target{state}>keep <g id='1'><mrk mtype='seg' mid='2' comment='k'>No. </mrk><mrk mtype='seg' mid='1'>Yes.</mrk></g> tail</target>"
            ),
        ),
    ] {
        let document = document(DocumentFormat::Xliff, &MARKS.replace("{}", there));
        let (out, _) = written(&document, &answers, Some(100));
        assert!(out.contains(&format!("</seg-source>{expected}<alt-trans mid=\"1\"")), "{out}");
    }
    // A target without marks that a person finished translates all segments.
    let done = MARKS.replace("{}", "<target state='final'>A human did this.</target>");
    assert_eq!(document(DocumentFormat::Xliff, &done).left_alone().translated, 2);
}

#[test]
fn a_second_run_replaces_the_first() {
    let v2 = "<xliff xmlns='urn:oasis:names:tc:xliff:document:2.0' version='2.0' srcLang='ar' trgLang='en'><file id='f'><unit id='u'>\n  <matches xmlns='urn:oasis:names:tc:xliff:matches:2.0'/>\n  <segment memo:state='initial' xmlns:memo='m' state = 'initial' subState='a:b'><source>نعم</source><target order='2'/></segment>\n  <segment><source>لا</source></segment>\n</unit></file></xliff>";
    let terms = vec![term("نعم", &["yes"]), term("لا", &[])];
    let answers = [Answer { terms, ..answer("نعم", "yes", 100) }, answer("كلا", "no", 80)];
    for file in [v2, V1] {
        let once = written(&document(DocumentFormat::Xliff, file), &answers, None).0;
        let again = written(&document(DocumentFormat::Xliff, &once), &answers, None).0;
        assert_eq!(again, once);
    }
    let (out, _) = written(&document(DocumentFormat::Xliff, v2), &answers, Some(90));
    assert!(out.contains("memo:state='initial' xmlns:memo='m' state = 'translated' id=\"dhakira-s1\"><source>نعم</source><target order='2'>yes</target>"), "{out}");
    assert!(!out.contains("<gls:term>لا"), "{out}");
}

fn in_v1(units: &str) -> Document {
    let head = "<xliff version='1.2'><file source-language='ar' target-language='en' original='a'><body>";
    document(DocumentFormat::Xliff, &format!("{head}{units}</body></file></xliff>"))
}

fn mark(mid: u8, text: &str) -> String {
    format!("<mrk mtype='seg' mid='{mid}'>{text}</mrk>")
}

/// Reads a document of one unit with these marks in its `<seg-source>`.
fn with_marks(marks: &[String], target: &str) -> Document {
    let marks = marks.join(" ");
    in_v1(&format!("<trans-unit id='1'><source/><seg-source>{marks}</seg-source>{target}</trans-unit>"))
}

#[test]
fn a_unit_is_translated_when_all_of_its_segments_are() {
    let yes = [answer("نعم", "yes", 100), answer("لا", "no", 100)];
    // Segments without text are copied.
    let copied = with_marks(&[mark(1, "نعم"), mark(2, "<x id='7'/>"), mark(3, "&#160;")], "");
    let (out, _) = written(&copied, &yes, Some(90));
    assert!(out.contains("state=\"translated\" state-qualifier=\"exact-match\"><mrk mtype='seg' mid='1'>yes</mrk> <mrk mtype='seg' mid='2'><x id='7'/></mrk> <mrk mtype='seg' mid='3'>&#160;</mrk></target>"), "{out}");
    // An unreadable segment is neither translated nor copied.
    let unreadable = with_marks(&[mark(1, "نعم"), mark(2, "&co; لا")], "");
    let (out, filled) = written(&unreadable, &yes, Some(90));
    assert_eq!(filled, [true]);
    assert!(out.contains("state=\"needs-review-translation\" state-qualifier=\"fuzzy-match\"><mrk mtype='seg' mid='1'>yes</mrk> <mrk mtype='seg' mid='2'></mrk></target>"), "{out}");
    // Marks that the target does not have are added.
    let lacks = with_marks(&[mark(1, "نعم"), mark(2, "لا")], "<target>(<mrk mtype='seg' mid='1'/>)</target>");
    let (out, _) = written(&lacks, &yes, Some(90));
    assert!(
        out.contains("\">(<mrk mtype='seg' mid='1'>yes</mrk> <mrk mtype='seg' mid='2'>no</mrk>)</target>"),
        "{out}"
    );
    // Beside a translated segment only exact matches are filled in, because the target has one state for both.
    let beside = with_marks(
        &[mark(1, "نعم"), mark(2, "لا")],
        "<target state='final'><mrk mtype='seg' mid='1'>Aye</mrk></target>",
    );
    let (out, filled) = written(&beside, &[answer("كلا", "no", 80)], Some(70));
    assert_eq!(filled, [false]);
    assert!(
        out.contains("<target state='final'><mrk mtype='seg' mid='1'>Aye</mrk></target><alt-trans"),
        "{out}"
    );
    // A fuzzy match that was filled in may be replaced by the next run, unless it was edited.
    let one = in_v1("<trans-unit id='1'><source>لا</source></trans-unit>");
    let (out, _) = written(&one, &[answer("كلا", "no", 80)], Some(70));
    assert_eq!(document(DocumentFormat::Xliff, &out).segments().len(), 1);
    let edited = out.replace("fuzzy-match\">no<", "fuzzy-match\">nay<");
    assert_eq!(document(DocumentFormat::Xliff, &edited).left_alone().translated, 1);
    // Marks with the same id cannot be paired.
    let twins = with_marks(&[mark(1, "نعم"), mark(1, "لا")], "");
    assert_eq!((twins.segments().len(), twins.left_alone().unreadable), (0, 2));
}

#[test]
fn somebodys_work_is_not_overwritten() {
    let answers = [answer("نعم", "yes", 100)];
    for (state, target, segments, fills) in [
        ("new", "نعم", 1, true),
        ("needs-l10n", " ", 1, true),
        ("needs-translation", "yeah", 1, false),
        ("needs-adaptation", "yeah", 0, false),
    ] {
        let document = in_v1(&format!(
            "<trans-unit id='1'><source>نعم</source><target state='{state}'>{target}</target></trans-unit>"
        ));
        assert_eq!(document.segments().len(), segments, "{state}");
        let (out, filled) = written(&document, &answers, Some(90));
        assert_eq!(filled, vec![fills; segments], "{state}");
        let stays = out.contains(&format!("<target state='{state}'>{target}</target>"));
        assert_eq!(stays, !fills, "{out}");
    }
}

#[test]
fn matches_are_inside_the_unit_even_without_white_space() {
    let file = "<xliff version='2.0' srcLang='ar' trgLang='en'><file id='f' xmlns='urn:f'><unit id='u'><segment><source>نعم</source></segment></unit><unit id='w'><matches xmlns='urn:oasis:names:tc:xliff:matches:2.0'/><segment id='s' state='final' subState='my:x'><source>لا</source></segment></unit></file></xliff>";
    let document = document(DocumentFormat::Xliff, file);
    let answers = [answer("نعم", "yes", 100), answer("كلا", "no", 80)];
    let (out, _) = written(&document, &answers, Some(70));
    assert!(out.contains("<unit id='u'><mtc:matches "), "{out}");
    assert!(out.contains("</mtc:matches><segment id=\"dhakira-s1\" state=\"translated\"><source>نعم</source><target>yes</target></segment>"), "{out}");
    // A segment that was filled with a fuzzy match is marked, and the next run may fill it again.
    assert!(out.contains("<segment id='s' state='initial' subState='dhakira:fuzzy'><source>لا</source><target>no</target></segment>"), "{out}");
    let again = self::document(DocumentFormat::Xliff, &out);
    assert_eq!((again.segments().len(), again.segments()[0].unit.as_str()), (1, "w"));
    let edited = self::document(
        DocumentFormat::Xliff,
        &out.replace("<target>no</target></segment>", "<target>nay</target></segment>"),
    );
    let (out, _) = written(&again, &[answer("لا", "No", 100)], Some(70));
    assert!(out.contains("state='translated'><source>لا</source><target>No</target>"), "{out}");
    // If it was edited since, it is somebody's work and stays.
    let (out, filled) = written(&edited, &[answer("لا", "No", 100)], Some(70));
    assert_eq!(filled, [false]);
    assert!(out.contains("<target>nay</target></segment>"), "{out}");
    // In a module without a prefix, our elements declare the namespace of the document.
    let beside = file.replace("2.0'/><segment", "2.0'><match id='m' ref='#s'/></matches><segment");
    let (out, _) = written(&self::document(DocumentFormat::Xliff, &beside), &answers, None);
    assert!(out.contains("<match id='m' ref='#s'/>") && out.contains("<source xmlns=\"urn:f\">كلا"), "{out}");
    // Without answers nothing changes. Additions of an earlier run are removed even if everything is translated.
    assert_eq!(written(&document, &[], None).0, file);
    let done = written(&document, &answers[..1], Some(70)).0;
    let (out, _) = written(&self::document(DocumentFormat::Xliff, &done), &[], None);
    assert!(!out.contains("mtc:match"), "{out}");
}

#[test]
fn a_file_must_declare_its_language() {
    let file = "<xliff version='1.2'><file original='a'><body/></file></xliff>";
    let read = Document::read(DocumentFormat::Xliff, "a", file.as_bytes(), &Languages::default());
    assert!(read.is_err_and(|e| e.to_string().contains("source-language")));
}

#[test]
fn unreadable_segments_are_not_filled_and_encodings_are_read_once() {
    let file = "<?xml version='1.0' encoding='windows-1256'?><!DOCTYPE xliff [<!ENTITY co 'x'>]><xliff version='1.2'><file source-language='ar' original='a'><body><trans-unit id='1'><source>é&co;</source></trans-unit><trans-unit id='2'><source>ن</source><target xml:lang='fr' state='new'/></trans-unit><trans-unit id='3'><source>ن</source></trans-unit></body></file></xliff>";
    let bytes: Vec<u8> = file
        .chars()
        .map(|c| match c {
            'é' => 0xE9,
            'ن' => 0xE4,
            c => c as u8,
        })
        .collect();
    let document =
        Document::read(DocumentFormat::Xliff, "a", bytes.as_slice(), &Languages::default()).unwrap();
    assert_eq!(document.segments().len(), 1);
    let left = document.left_alone();
    assert_eq!((left.unreadable, left.other_languages), (1, 1));
    assert_eq!(written(&document, &[], None).0, file.replace("windows-1256", "UTF-8"));
}

#[test]
fn documents_are_assembled_byte_for_byte() {
    for text in ["\u{feff}نعم\u{c}\r\nلا \u{1b}[1m\r\n", "", "⟦", "نعم", &"كلمة ".repeat(300_000)]
    {
        let document = document(DocumentFormat::Text, text);
        let made = assemble(written(&document, &[], None).0.as_bytes()).unwrap();
        assert!(made.text == *text, "{:.60}", made.text);
    }
    let marked = format!("\u{feff}{V1}");
    assert_eq!(written(&document(DocumentFormat::Xliff, &marked), &[], None).0, marked);
    let po = "\u{feff}msgid \"\"\r\nmsgstr \"Content-Type: text/plain; charset=utf-8\\n\"\r\n\r\nmsgid \"نعم\\n\"\r\nmsgstr \"\"\r\n\r\nmsgid \"a\"\r\nmsgid_plural \"لا\"\r\nmsgstr[0] \"\"\r\nmsgstr[1] \"\"";
    let catalogue = document(DocumentFormat::Po, po);
    let made = assemble(written(&catalogue, &[], None).0.as_bytes()).unwrap();
    assert_eq!(made.text, po.replace("charset=utf-8", "charset=UTF-8"));
    // Line breaks at the ends are those of the message. A plural form with two equally good translations stays empty.
    let answers = [answer("نعم", "yes", 100), two_translations("none", "some"), two_translations("x", "x")];
    let made = assemble(written(&catalogue, &answers, Some(100)).0.as_bytes()).unwrap();
    assert!(
        made.text.ends_with(
            "msgstr \"yes\\n\"\r\n\r\n#, fuzzy\r\nmsgid \"a\"\r\nmsgid_plural \"لا\"\r\nmsgstr[0] \"\"\r\nmsgstr[1] \"x\""
        ),
        "{}",
        made.text
    );
}

/// Returns codes at other positions.
fn at_positions(codes: &[InlineCode], positions: [u32; 3]) -> Vec<InlineCode> {
    let places = codes.iter().zip(positions);
    places.map(|(code, position)| InlineCode { position, ..code.clone() }).collect()
}

#[test]
fn codes_are_written_where_the_translation_has_them() {
    let file = "<xliff version='2.0' srcLang='ar' trgLang='en'><file id='f'><unit id='u'>\n  <segment state=\"initial\">\n    <source>قال <pc id='1'>نعم</pc><ph id='2'/></source>\n  </segment>\n</unit></file></xliff>";
    let document = document(DocumentFormat::Xliff, file);
    let codes = document.segments().first().unwrap().segment.codes.clone();
    let mut best = suggestion("قال نعم", "yes, he said", 100);
    best.target.codes = at_positions(&codes, [0, 3, 12]);
    let known = Answer { suggestions: vec![best], terms: vec![term("نعم", &["yes"])], tied: false };
    let (out, filled) = written(&document, std::slice::from_ref(&known), Some(100));
    assert_eq!(filled, [true]);
    assert!(out.contains("<target><pc id=\"1\">yes</pc>, he said<ph id=\"2\"/></target>"), "{out}");
    assert!(out.contains("<segment state=\"translated\" id=\"dhakira-s1\">"), "{out}");
    assert!(out.contains("ref=\"#dhakira-s1\" matchQuality=\"100.00\""), "{out}");
    assert!(out.contains("<gls:term>نعم</gls:term><gls:translation>yes</gls:translation>"), "{out}");
    assert!(self::document(DocumentFormat::Xliff, &out).segments().is_empty());
    // A target is not filled with fewer or other codes, or where its markup would not be well-formed.
    let mut others = at_positions(&codes, [0, 3, 12]);
    others.last_mut().unwrap().raw.push('x');
    let mut crossed = at_positions(&codes, [3, 4, 5]);
    crossed.swap(0, 1);
    for broken in [at_positions(&codes, [0, 3, 12])[..2].to_vec(), others, crossed] {
        let mut broken_answer = known.clone();
        broken_answer.suggestions[0].target.codes = broken;
        let (out, filled) = written(&document, &[broken_answer], Some(0));
        assert_eq!(filled, [false]);
        assert!(out.contains("<target>yes, he said</target></mtc:match>"), "{out}");
    }
}

#[test]
fn a_text_is_assembled() {
    let text = "  نعم. هل ⟦1⟧ كذلك؟\n\nوجملة ثانية.\r\n";
    let document = document(DocumentFormat::Text, text);
    let sources: Vec<_> = document.segments().iter().map(|s| s.segment.text.as_str()).collect();
    assert_eq!(sources, ["نعم.", "هل ⟦1⟧ كذلك؟", "وجملة ثانية."]);
    let answers = [answer("نعم.", "Yes.", 100), Answer::default(), answer("وجملة", "A second", 90)];
    let made = assemble(written(&document, &answers, Some(90)).0.as_bytes()).unwrap();
    assert_eq!((made.text.as_str(), made.missing), ("  Yes. هل ⟦1⟧ كذلك؟\n\nA second\r\n", 1));
    let untouched = assemble(written(&document, &[], None).0.as_bytes()).unwrap();
    assert_eq!(untouched.text, text);
    assert!(assemble(V1.as_bytes()).unwrap_err().to_string().contains("skeleton"));
}

#[test]
fn a_catalogue_is_assembled() {
    let file = "# head\nmsgid \"\"\nmsgstr \"Language: ar\\n\"\n\n#: a.c\nmsgid \"yes\"\nmsgstr \"\"\n\"\"\n\nmsgid \"no\"\nmsgstr \"لا\"\n\n#, fuzzy\nmsgid \"so\"\nmsgstr \"\"\n\nmsgid \"one\"\nmsgid_plural \"many\"\nmsgstr[0] \"واحد\"\nmsgstr[1] \"\"\n#~ msgid \"old\"\n#~ msgstr \"\"\n# tail\n";
    let document = document(DocumentFormat::Po, file);
    let found: Vec<_> = document.segments().iter().map(|s| (s.segment.text.as_str(), s.reverse)).collect();
    assert_eq!(found, [("yes", true), ("many", true)]);
    let answers = [answer("yes", "نعم\n\"نعم\"", 100), Answer::default()];
    let made = assemble(written(&document, &answers, Some(90)).0.as_bytes()).unwrap();
    let expected = file.replace(
        "msgstr \"\"\n\"\"\n\nmsgid \"no\"",
        "msgstr \"\"\n\"نعم\\n\"\n\"\\\"نعم\\\"\"\n\nmsgid \"no\"",
    );
    assert_eq!((made.text, made.missing), (expected, 1));
}

#[test]
fn another_encoding_becomes_utf_8_with_its_declaration() {
    let file = "<?xml version='1.0' encoding='utf-16'?><xliff version='1.2'><file source-language='ar' target-language='en'><body><trans-unit id='1'><source>نعم</source></trans-unit></body></file></xliff>";
    let bytes: Vec<u8> = [0xFEFF].into_iter().chain(file.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let document =
        Document::read(DocumentFormat::Xliff, "a", bytes.as_slice(), &Languages::default()).unwrap();
    assert_eq!(written(&document, &[], None).0, file.replace("utf-16", "UTF-8"));
}
