//! Documents that are translated beforehand: XLIFF with what a memory and glossaries have
//! for each segment, everything else as it was.
//!
//! An XLIFF file is edited in place. Plain text and PO files become XLIFF 1.2 with a
//! skeleton inside, from which [`assemble`] makes the translated document.

mod edits;
mod skeleton;
mod spans;
mod xliff;

use std::io::{Cursor, Read, Write};

use super::{
    decode::{Decoded, declared_label, from_io},
    error::ReadError,
    packed::Unpacked,
    units::{Languages, UnitFormat, ending, has_ending},
};
use crate::{
    score::Score,
    segment::{InlineCode, Segment},
};

pub use skeleton::{Assembled, assemble};
use xliff::XliffDocument;

/// A format of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentFormat {
    /// XLIFF 1.2 or 2.x.
    Xliff,
    /// A gettext catalogue.
    Po,
    /// Plain text.
    Text,
}

impl DocumentFormat {
    /// Returns the format by a file's ending, if it is a known one.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        let told = ending(name)?;
        [Self::Xliff, Self::Po, Self::Text].into_iter().find(|format| has_ending(format.endings(), &told))
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Xliff => UnitFormat::Xliff.endings(),
            Self::Po => UnitFormat::Po.endings(),
            Self::Text => &[".txt", ".text", ".md"],
        }
    }
}

/// A segment of a document that has no translation yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToTranslate {
    /// What it says.
    pub segment: Segment,
    /// The document goes the other way than the memory: look it up in reverse.
    pub reverse: bool,
    /// The id of its unit in the document, or empty.
    pub unit: String,
}

/// What a memory has for a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The stored text that is like the segment.
    pub source: String,
    /// Its translation, with the segment's codes where they could be carried over.
    pub target: Segment,
    /// Its score.
    pub score: Score,
    /// How alike the texts are.
    pub similarity: Score,
    /// Where it comes from.
    pub origin: String,
}

/// A term of a segment and its translations, the one to use first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermNote {
    /// The term.
    pub term: String,
    /// Its translations.
    pub translations: Vec<String>,
}

/// What is known of one segment, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Matches.
    pub suggestions: Vec<Suggestion>,
    /// Terms.
    pub terms: Vec<TermNote>,
}

/// What a document holds beside the segments to translate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftAlone {
    /// Segments that have a translation.
    pub translated: u64,
    /// Segments that are not to be translated.
    pub not_translatable: u64,
    /// Units in other languages than the memory's.
    pub other_languages: u64,
    /// Segments with an entity that XML does not have, of more than 4 MiB, or without an id
    /// that tells them from the others of their unit.
    pub unreadable: u64,
}

/// Marks a unit that is a plural form of a catalogue.
const PLURAL: &str = "x-gettext-plural";

/// A document, read whole.
#[derive(Debug)]
pub struct Document {
    document: XliffDocument,
    /// It began with a byte order mark.
    marked: bool,
}

/// The byte order mark of UTF-8.
const MARK: [u8; 3] = *b"\xEF\xBB\xBF";

/// Bytes of a document.
const LARGEST: u64 = 256 << 20;

impl Document {
    /// Reads a document for a memory's languages. `name` becomes the name of a text's or
    /// catalogue's document.
    ///
    /// # Errors
    /// What ends the reading of its format, or a document of more than 256 MiB.
    pub fn read(
        format: DocumentFormat,
        name: &str,
        bytes: impl Read,
        languages: &Languages,
    ) -> Result<Self, ReadError> {
        let mut bytes = Unpacked::new(bytes, format.endings()).map_err(|e| from_io(&e))?;
        let mut first = Vec::with_capacity(MARK.len());
        bytes.by_ref().take(MARK.len() as u64).read_to_end(&mut first)?;
        let marked = first == MARK;
        let bytes = Cursor::new(first).chain(bytes);
        let text = match format {
            DocumentFormat::Xliff => utf8_declared(whole(bytes)?),
            DocumentFormat::Po => skeleton::of_catalogue(name, marked, bytes, languages)?,
            DocumentFormat::Text => skeleton::of_text(name, marked, &whole(bytes)?, languages)?,
        };
        let marked = marked && format == DocumentFormat::Xliff;
        Ok(Self { document: XliffDocument::read(text, languages)?, marked })
    }

    /// Returns the segments that have no translation, in order.
    #[must_use]
    pub fn segments(&self) -> &[ToTranslate] {
        self.document.segments()
    }

    /// Returns what is left as it is.
    #[must_use]
    pub fn left_alone(&self) -> LeftAlone {
        self.document.left_alone()
    }

    /// Writes the document as XLIFF with an answer for each segment. A target is filled when
    /// the best match scores at least `fill` and has the segment's inline codes. Returns which segments were filled.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(
        &self,
        answers: &[Answer],
        fill: Option<Score>,
        out: &mut dyn Write,
    ) -> std::io::Result<Vec<bool>> {
        if self.marked {
            out.write_all(&MARK)?;
        }
        self.document.write(answers, fill, out)
    }
}

/// Reads a document as text, whatever its encoding.
fn whole(bytes: impl Read) -> Result<String, ReadError> {
    let mut text = String::new();
    let read = Decoded::new(bytes)?.take(LARGEST + 1).read_to_string(&mut text).map_err(|e| from_io(&e))?;
    if read as u64 > LARGEST {
        return Err(ReadError::Io(format!("the document has more than {LARGEST} bytes")));
    }
    Ok(text)
}

/// Makes an XML declaration name the encoding that is written.
fn utf8_declared(mut text: String) -> String {
    let label = declared_label(&text);
    if let Some(label) =
        label.filter(|label| !text.get(label.clone()).is_some_and(|told| told.eq_ignore_ascii_case("utf-8")))
    {
        text.replace_range(label, "UTF-8");
    }
    text
}

/// Writes a translation with the inline codes of the segment that it is for, each as `markup`
/// has it. Returns nothing where the translation does not have these codes.
fn with_codes(segment: &Segment, markup: &[String], suggestion: &Suggestion) -> Option<String> {
    let Segment { text, codes } = &suggestion.target;
    let (before, after) = white_space(&segment.text, text);
    if segment.codes.is_empty() {
        return Some(format!("{before}{}{after}", edits::escaped(text)));
    }
    if codes.len() != segment.codes.len() {
        return None;
    }
    let mut used = vec![false; codes.len()];
    let mut text = text.chars();
    let (mut xml, mut position) = (String::new(), 0);
    for code in codes {
        let same = |other: &InlineCode| InlineCode { position: code.position, ..other.clone() } == *code;
        let mut free = segment.codes.iter().enumerate().filter(|(n, _)| used.get(*n) == Some(&false));
        let n = free.find(|(_, other)| same(other))?.0;
        *used.get_mut(n)? = true;
        let before: String = text.by_ref().take(code.position.saturating_sub(position) as usize).collect();
        position = code.position.max(position);
        xml.push_str(&edits::escaped(&before));
        xml.push_str(markup.get(n)?);
    }
    xml.push_str(&edits::escaped(&text.collect::<String>()));
    edits::is_well_formed(&xml).then(|| format!("{before}{xml}{after}"))
}

/// Returns the white space around a segment that its translation lacks.
fn white_space<'s>(segment: &'s str, target: &str) -> (&'s str, &'s str) {
    let inner = segment.trim();
    let (before, after) = segment.split_once(inner).unwrap_or_default();
    let start = if target.starts_with(char::is_whitespace) { "" } else { before };
    (start, if target.ends_with(char::is_whitespace) { "" } else { after })
}

#[cfg(test)]
mod tests {
    use super::{Answer, Document, DocumentFormat, Languages, LeftAlone, Suggestion, TermNote, assemble};
    use crate::{
        score::Score,
        segment::{InlineCode, Segment},
    };

    fn document(format: DocumentFormat, file: &str) -> Document {
        Document::read(format, "a.xlf", file.as_bytes(), &Languages::default()).unwrap()
    }

    fn suggestion(source: &str, target: &str, score: u8) -> Suggestion {
        Suggestion {
            source: source.to_owned(),
            target: Segment::plain(target),
            score: Score::from_whole(score),
            similarity: Score::from_whole(score),
            origin: "m/u1".to_owned(),
        }
    }

    fn answer(source: &str, target: &str, score: u8) -> Answer {
        Answer { suggestions: vec![suggestion(source, target, score)], terms: Vec::new() }
    }

    fn written(document: &Document, answers: &[Answer], fill: Option<u8>) -> (String, Vec<bool>) {
        let mut out = Vec::new();
        let filled = document.write(answers, fill.map(Score::from_whole), &mut out).unwrap();
        (String::from_utf8(out).unwrap(), filled)
    }

    const V1: &str = "<?xml version='1.0' encoding=\"UTF-8\"?>\r\n<!-- kept -->\n<xliff version='1.2'  xmlns:x='urn:x'><file source-language='ar' target-language='en' original='a'><body>\n  <trans-unit id='1'>\n    <source>نعم</source>\n    <note>n</note>\n  </trans-unit>\n  <trans-unit id='2'><source>لا</source><target state='new' x:a='&quot;'/></trans-unit>\n  <trans-unit id='3'><source>ثم</source><target>then</target></trans-unit>\n  <trans-unit id='4' translate='no'><source>هنا</source></trans-unit>\n</body></file>\n<file source-language='fr' original='b'><body><trans-unit id='1'><source>oui</source></trans-unit></body></file></xliff>\n";

    #[test]
    fn what_nothing_is_known_of_stays_byte_for_byte() {
        let document = document(DocumentFormat::Xliff, V1);
        assert_eq!(document.segments().len(), 2);
        let left = LeftAlone { translated: 1, not_translatable: 1, other_languages: 1, unreadable: 0 };
        assert_eq!(document.left_alone(), left);
        assert_eq!(written(&document, &[], Some(0)), (V1.to_owned(), vec![false, false]));
    }

    #[test]
    fn targets_are_filled_and_matches_and_terms_told() {
        let document = document(DocumentFormat::Xliff, V1);
        let terms =
            vec![TermNote { term: "لا".to_owned(), translations: vec!["no".to_owned(), "not".to_owned()] }];
        let answers = [answer("نعم", "yes & \"so\"", 100), Answer { terms, ..answer("كلا", "no", 80) }];
        let (out, filled) = written(&document, &answers, Some(95));
        assert_eq!(filled, [true, false]);
        let first = "    <source>نعم</source>\n    <target state=\"translated\" state-qualifier=\"exact-match\">yes &amp; \"so\"</target>\n    <alt-trans match-quality=\"100.00\" origin=\"dhakira:m/u1\"><source>نعم</source><target>yes &amp; \"so\"</target></alt-trans>\n    <note>n</note>";
        assert!(out.contains(first), "{out}");
        let second = "<source>لا</source><target state='new' x:a='&quot;'/><alt-trans match-quality=\"80.00\" origin=\"dhakira:m/u1\"><source>كلا</source><target>no</target></alt-trans><note from=\"dhakira\" annotates=\"source\">لا = no, not</note>";
        assert!(out.contains(second), "{out}");
        // Filled with a fuzzy match, a target keeps its other attributes.
        let (out, _) = written(&document, &answers, Some(80));
        let target = "<target state='needs-review-translation' x:a='&quot;' state-qualifier=\"fuzzy-match\">no</target>";
        assert!(out.contains(target), "{out}");
        // What is written is read again: now one is left.
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
    fn what_stands_around_marks_stays() {
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
        // One that a person finished as a whole is finished.
        let done = MARKS.replace("{}", "<target state='final'>A human did this.</target>");
        assert_eq!(document(DocumentFormat::Xliff, &done).left_alone().translated, 2);
    }

    #[test]
    fn a_second_run_takes_the_place_of_the_first() {
        let v2 = "<xliff xmlns='urn:oasis:names:tc:xliff:document:2.0' version='2.0' srcLang='ar' trgLang='en'><file id='f'><unit id='u'>\n  <matches xmlns='urn:oasis:names:tc:xliff:matches:2.0'/>\n  <segment memo:state='initial' xmlns:memo='m' state = 'initial' subState='a:b'><source>نعم</source><target order='2'/></segment>\n  <segment><source>لا</source></segment>\n</unit></file></xliff>";
        let terms = vec![
            TermNote { term: "نعم".to_owned(), translations: vec!["yes".to_owned()] },
            TermNote { term: "لا".to_owned(), translations: Vec::new() },
        ];
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

    #[test]
    fn a_unit_is_translated_when_all_of_its_segments_are() {
        let mark = |mid: u8, text: &str| format!("<mrk mtype='seg' mid='{mid}'>{text}</mrk>");
        let unit = |marks: &[String], target: &str| {
            let marks = marks.join(" ");
            in_v1(&format!(
                "<trans-unit id='1'><source/><seg-source>{marks}</seg-source>{target}</trans-unit>"
            ))
        };
        let yes = [answer("نعم", "yes", 100), answer("لا", "no", 100)];
        // What has no text is copied.
        let copied = unit(&[mark(1, "نعم"), mark(2, "<x id='7'/>"), mark(3, "&#160;")], "");
        let (out, _) = written(&copied, &yes, Some(90));
        assert!(out.contains("state=\"translated\" state-qualifier=\"exact-match\"><mrk mtype='seg' mid='1'>yes</mrk> <mrk mtype='seg' mid='2'><x id='7'/></mrk> <mrk mtype='seg' mid='3'>&#160;</mrk></target>"), "{out}");
        // What cannot be read is neither translated nor copied.
        let (out, filled) = written(&unit(&[mark(1, "نعم"), mark(2, "&co; لا")], ""), &yes, Some(90));
        assert_eq!(filled, [true]);
        assert!(out.contains("state=\"needs-review-translation\" state-qualifier=\"fuzzy-match\"><mrk mtype='seg' mid='1'>yes</mrk> <mrk mtype='seg' mid='2'></mrk></target>"), "{out}");
        // Marks that the target lacks are put in.
        let lacks = unit(&[mark(1, "نعم"), mark(2, "لا")], "<target>(<mrk mtype='seg' mid='1'/>)</target>");
        let (out, _) = written(&lacks, &yes, Some(90));
        assert!(
            out.contains(
                "\">(<mrk mtype='seg' mid='1'>yes</mrk> <mrk mtype='seg' mid='2'>no</mrk>)</target>"
            ),
            "{out}"
        );
        // Marks that cannot be told apart.
        let twins = unit(&[mark(1, "نعم"), mark(1, "لا")], "");
        assert_eq!((twins.segments().len(), twins.left_alone().unreadable), (0, 2));
    }

    #[test]
    fn somebodys_work_is_not_overwritten() {
        let unit = |state: &str, target: &str| {
            in_v1(&format!(
                "<trans-unit id='1'><source>نعم</source><target state='{state}'>{target}</target></trans-unit>"
            ))
        };
        let answers = [answer("نعم", "yes", 100)];
        for (state, target, segments, fills) in [
            ("new", "نعم", 1, true),
            ("needs-l10n", " ", 1, true),
            ("needs-translation", "yeah", 1, false),
            ("needs-adaptation", "yeah", 0, false),
        ] {
            let document = unit(state, target);
            assert_eq!(document.segments().len(), segments, "{state}");
            let (out, filled) = written(&document, &answers, Some(90));
            assert_eq!(filled, vec![fills; segments], "{state}");
            let stays = out.contains(&format!("<target state='{state}'>{target}</target>"));
            assert_eq!(stays, !fills, "{out}");
        }
    }

    #[test]
    fn matches_stand_in_the_unit_even_without_white_space() {
        let file = "<xliff version='2.0' srcLang='ar' trgLang='en'><file id='f' xmlns='urn:f'><unit id='u'><segment><source>نعم</source></segment></unit><unit id='w'><matches xmlns='urn:oasis:names:tc:xliff:matches:2.0'/><segment id='s' state='final' subState='my:x'><source>لا</source></segment></unit></file></xliff>";
        let document = document(DocumentFormat::Xliff, file);
        let answers = [answer("نعم", "yes", 100), answer("كلا", "no", 80)];
        let (out, _) = written(&document, &answers, Some(70));
        assert!(out.contains("<unit id='u'><mtc:matches "), "{out}");
        assert!(out.contains("</mtc:matches><segment id=\"dhakira-s1\" state=\"translated\"><source>نعم</source><target>yes</target></segment>"), "{out}");
        // Filled with what is not the same, it says so, and may be filled anew.
        assert!(out.contains("<segment id='s' state='initial' subState='dhakira:fuzzy'><source>لا</source><target>no</target></segment>"), "{out}");
        let again = self::document(DocumentFormat::Xliff, &out);
        assert_eq!((again.segments().len(), again.segments()[0].unit.as_str()), (1, "w"));
        let (out, _) = written(&again, &[answer("لا", "No", 100)], Some(70));
        assert!(out.contains("state='translated'><source>لا</source><target>No</target>"), "{out}");
        // In a module without a prefix ours would be the module's own.
        let beside = file.replace("2.0'/><segment", "2.0'><match id='m' ref='#s'/></matches><segment");
        let (out, _) = written(&self::document(DocumentFormat::Xliff, &beside), &answers, None);
        assert!(
            out.contains("<match id='m' ref='#s'/>") && out.contains("<source xmlns=\"urn:f\">كلا"),
            "{out}"
        );
        // Without a match it is as it was, and what a run put in goes even where all is translated.
        assert_eq!(written(&document, &[], None).0, file);
        let done = written(&document, &answers[..1], Some(70)).0;
        let (out, _) = written(&self::document(DocumentFormat::Xliff, &done), &[], None);
        assert!(!out.contains("mtc:match"), "{out}");
    }

    #[test]
    fn a_file_must_say_its_language() {
        let file = "<xliff version='1.2'><file original='a'><body/></file></xliff>";
        let read = Document::read(DocumentFormat::Xliff, "a", file.as_bytes(), &Languages::default());
        assert!(read.is_err_and(|e| e.to_string().contains("source-language")));
    }

    #[test]
    fn what_cannot_be_read_is_not_filled_and_encodings_are_read_once() {
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
    fn documents_are_put_together_byte_for_byte() {
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
        // Line breaks are the message's, and of plural forms that are as good none is taken.
        let two = |a: &str, b: &str| Answer {
            suggestions: vec![suggestion("لا", a, 100), suggestion("لا", b, 100)],
            terms: Vec::new(),
        };
        let answers = [answer("نعم", "yes", 100), two("none", "some"), two("x", "x")];
        let made = assemble(written(&catalogue, &answers, Some(100)).0.as_bytes()).unwrap();
        assert!(made.text.ends_with("msgstr \"yes\\n\"\r\n\r\nmsgid \"a\"\r\nmsgid_plural \"لا\"\r\nmsgstr[0] \"\"\r\nmsgstr[1] \"x\""), "{}", made.text);
    }

    #[test]
    fn codes_are_written_where_the_translation_has_them() {
        let file = "<xliff version='2.0' srcLang='ar' trgLang='en'><file id='f'><unit id='u'>\n  <segment state=\"initial\">\n    <source>قال <pc id='1'>نعم</pc><ph id='2'/></source>\n  </segment>\n</unit></file></xliff>";
        let document = document(DocumentFormat::Xliff, file);
        let codes = document.segments().first().unwrap().segment.codes.clone();
        let at = |positions: [u32; 3]| -> Vec<InlineCode> {
            let places = codes.iter().zip(positions);
            places.map(|(code, position)| InlineCode { position, ..code.clone() }).collect()
        };
        let mut best = suggestion("قال نعم", "yes, he said", 100);
        best.target.codes = at([0, 3, 12]);
        let terms = vec![TermNote { term: "نعم".to_owned(), translations: vec!["yes".to_owned()] }];
        let told = Answer { suggestions: vec![best], terms };
        let (out, filled) = written(&document, std::slice::from_ref(&told), Some(100));
        assert_eq!(filled, [true]);
        assert!(out.contains("<target><pc id=\"1\">yes</pc>, he said<ph id=\"2\"/></target>"), "{out}");
        assert!(out.contains("<segment state=\"translated\" id=\"dhakira-s1\">"), "{out}");
        assert!(out.contains("ref=\"#dhakira-s1\" matchQuality=\"100.00\""), "{out}");
        assert!(out.contains("<gls:term>نعم</gls:term><gls:translation>yes</gls:translation>"), "{out}");
        assert!(self::document(DocumentFormat::Xliff, &out).segments().is_empty());
        // A target without its codes, or with others, is not filled, nor is one that is no XML.
        let mut others = at([0, 3, 12]);
        others.last_mut().unwrap().raw.push('x');
        let mut crossed = at([3, 4, 5]);
        crossed.swap(0, 1);
        for broken in [at([0, 3, 12])[..2].to_vec(), others, crossed] {
            let mut told = told.clone();
            told.suggestions[0].target.codes = broken;
            let (out, filled) = written(&document, &[told], Some(0));
            assert_eq!(filled, [false]);
            assert!(out.contains("<target>yes, he said</target></mtc:match>"), "{out}");
        }
    }

    #[test]
    fn a_text_is_put_together_again() {
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
    fn a_catalogue_is_put_together_again() {
        let file = "# head\nmsgid \"\"\nmsgstr \"Language: ar\\n\"\n\n#: a.c\nmsgid \"yes\"\nmsgstr \"\"\n\"\"\n\nmsgid \"no\"\nmsgstr \"لا\"\n\n#, fuzzy\nmsgid \"so\"\nmsgstr \"\"\n\nmsgid \"one\"\nmsgid_plural \"many\"\nmsgstr[0] \"واحد\"\nmsgstr[1] \"\"\n#~ msgid \"old\"\n#~ msgstr \"\"\n# tail\n";
        let document = document(DocumentFormat::Po, file);
        let told: Vec<_> = document.segments().iter().map(|s| (s.segment.text.as_str(), s.reverse)).collect();
        assert_eq!(told, [("yes", true), ("many", true)]);
        let answers = [answer("yes", "نعم\n\"نعم\"", 100), Answer::default()];
        let made = assemble(written(&document, &answers, Some(90)).0.as_bytes()).unwrap();
        let expected = file.replace(
            "msgstr \"\"\n\"\"\n\nmsgid \"no\"",
            "msgstr \"\"\n\"نعم\\n\"\n\"\\\"نعم\\\"\"\n\nmsgid \"no\"",
        );
        assert_eq!((made.text, made.missing), (expected, 1));
    }

    #[test]
    fn another_encoding_becomes_utf_8_and_says_so() {
        let file = "<?xml version='1.0' encoding='utf-16'?><xliff version='1.2'><file source-language='ar' target-language='en'><body><trans-unit id='1'><source>نعم</source></trans-unit></body></file></xliff>";
        let bytes: Vec<u8> =
            [0xFEFF].into_iter().chain(file.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let document =
            Document::read(DocumentFormat::Xliff, "a", bytes.as_slice(), &Languages::default()).unwrap();
        assert_eq!(written(&document, &[], None).0, file.replace("utf-16", "UTF-8"));
    }
}
