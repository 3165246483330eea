//! A streaming reader of XLIFF 1.2 and 2.x.

use std::io::Read;

use super::{
    model::{Pair, XliffUnit, property},
    v1, v2,
};
use crate::{
    interchange::{
        contract::{FileUnit, Languages, ReadUnits, exceeds_shared_limit},
        error::ReadError,
        problem::{FilePosition, Problem},
        xml::{Element, Node, XmlEvent, XmlReader},
    },
    locale::Locale,
    unit::{Context, Provenance, UnitDraft, Variant, metadata_bytes},
};

/// Elements that describe the document or contain no text to translate. Readers skip them.
pub(crate) const ELEMENTS_WITHOUT_TEXT: [&str; 9] = [
    "header",
    "skeleton",
    "bin-unit",
    "metadata",
    "notes",
    "note",
    "context-group",
    "count-group",
    "prop-group",
];

/// The `translate` attributes of the open elements, with the depths of these elements.
#[derive(Clone, Debug, Default)]
pub(crate) struct TranslateScopes(Vec<(usize, bool)>);

impl TranslateScopes {
    /// Records the attribute of an element that starts at a depth. It applies to the units inside the element.
    pub(crate) fn enter(&mut self, element: &Element, depth: usize) {
        self.0.retain(|(outer, _)| *outer < depth);
        self.0.extend(Self::own_value(element).map(|translate| (depth, translate)));
    }

    /// Returns the innermost value for a unit that has just ended. `depth` is the number of elements still open.
    pub(crate) fn current(&mut self, depth: usize) -> Option<bool> {
        self.0.retain(|(outer, _)| *outer <= depth);
        self.0.last().map(|(_, translate)| *translate)
    }

    /// Returns an element's own `translate` attribute. Every value except `no` means yes.
    pub(crate) fn own_value(element: &Element) -> Option<bool> {
        element.get("translate").map(|value| value != "no")
    }
}

/// The message for a file without a source language.
pub(crate) const MISSING_LANGUAGE: &str = "the file does not declare its source language: add source-language to <file> (version 2: srcLang to <xliff>)";

/// Maximum bytes of an external id. This is the server's default limit.
const MAX_EXTERNAL_ID_BYTES: usize = 255;

/// The attributes of a `<file>` that apply to its units. In version 2 the languages come from `<xliff>`.
#[derive(Clone, Debug, Default)]
struct FileHead {
    source: String,
    target: String,
    /// The name of the document. It becomes part of the external ids of its units.
    original: String,
}

/// The direction of a unit, compared with the memory's.
struct Direction {
    /// True if the file has the reverse direction.
    reversed: bool,
    /// The locale of the side in the memory's source language.
    source: Locale,
    /// The locale of the side in the memory's target language.
    target: Locale,
}

pub(crate) struct XliffReader<R: Read> {
    xml: XmlReader<R>,
    languages: Languages,
    /// True for version 2, where `<xliff>` has the languages.
    is_v2: bool,
    head: FileHead,
    translate: TranslateScopes,
    number: u64,
    started: bool,
}

impl<R: Read> XliffReader<R> {
    pub(crate) fn new(bytes: R, languages: Languages) -> Result<Self, ReadError> {
        Ok(Self {
            xml: XmlReader::new(bytes)?.keeping_prefixes(),
            languages,
            is_v2: false,
            head: FileHead::default(),
            translate: TranslateScopes::default(),
            number: 0,
            started: false,
        })
    }
}

impl<R: Read> ReadUnits for XliffReader<R> {
    fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError> {
        loop {
            let event = self.xml.next()?;
            let line = self.xml.line();
            match event {
                XmlEvent::EndOfDocument => return Ok(None),
                XmlEvent::Start(root) if !self.started => {
                    self.started = true;
                    if root.name != "xliff" {
                        return Err(ReadError::WrongRoot { line, found: root.name, expected: "<xliff>" });
                    }
                    self.is_v2 = root.get("version").is_some_and(|v| v.starts_with('2'));
                    root.get_or_empty("srcLang").clone_into(&mut self.head.source);
                    root.get_or_empty("trgLang").clone_into(&mut self.head.target);
                }
                XmlEvent::Start(element) => match element.name.as_str() {
                    "file" => {
                        self.translate.enter(&element, self.xml.depth());
                        self.file(&element);
                    }
                    "group" | "body" => self.translate.enter(&element, self.xml.depth()),
                    "trans-unit" | "unit" => return self.unit(element, line).map(Some),
                    name if ELEMENTS_WITHOUT_TEXT.contains(&name) => self.xml.skip()?,
                    _ => {}
                },
                XmlEvent::End(_) | XmlEvent::Text(_) | XmlEvent::UnknownReference(_) => {}
            }
        }
    }
}

impl<R: Read> XliffReader<R> {
    fn file(&mut self, element: &Element) {
        // Version 2 also has an id of the file, but it is unique only inside this document.
        element.get_or_empty("original").clone_into(&mut self.head.original);
        if !self.is_v2 {
            element.get_or_empty("source-language").clone_into(&mut self.head.source);
            element.get_or_empty("target-language").clone_into(&mut self.head.target);
        }
    }

    fn unit(&mut self, element: Element, line: u64) -> Result<FileUnit, ReadError> {
        self.number += 1;
        let id = element.get("id").filter(|id| !id.is_empty());
        let place =
            FilePosition { line, unit: id.map_or_else(|| format!("#{}", self.number), str::to_owned) };
        let Some(node) = self.xml.tree(element)? else {
            return Ok(refused_unit(place, "UNIT_TOO_LARGE", "the unit has more than 4 MiB"));
        };
        let direction = match self.direction(&node) {
            Ok(direction) => direction,
            Err((reason, message)) => return Ok(refused_unit(place, reason, message)),
        };
        let mut unit = if self.is_v2 { v2::unit(&node) } else { v1::unit(&node) };
        unit.translatable = unit.translatable.or(self.translate.current(self.xml.depth()));
        if unit.too_large {
            return Ok(refused_unit(place, "UNIT_TOO_LARGE", "the unit's codes have more than 4 MiB"));
        }
        Ok(self.to_file_unit(&unit, &direction, place))
    }

    /// Parses a language of the file. The error is a reason and a message.
    fn language(&self, written: &str) -> Result<Locale, (&'static str, String)> {
        self.languages
            .parse_locale(written)
            .map_err(|e| ("BAD_LOCALE", format!("the language of the file: {e}")))
    }

    /// Returns the direction and the locales of a unit, or the reason and message to refuse it with.
    fn direction(&self, node: &Node) -> Result<Direction, (&'static str, String)> {
        if self.head.source.is_empty() {
            return Err(("BAD_LOCALE", MISSING_LANGUAGE.to_owned()));
        }
        let source = self.language(&self.head.source)?;
        // In version 1 the language may be missing at the file and given at each target.
        let own = node.child("target").and_then(|t| t.get("xml:lang"));
        let target = match own.filter(|_| self.head.target.is_empty()).unwrap_or(&self.head.target) {
            "" => None,
            written => Some(self.language(written)?),
        };
        match self.languages.reversed(&source, target.as_ref()) {
            Some(false) => {
                let target = target.unwrap_or_else(|| self.languages.target.clone());
                Ok(Direction { reversed: false, source, target })
            }
            Some(true) => {
                let target = target.unwrap_or_else(|| self.languages.source.clone());
                Ok(Direction { reversed: true, source: target, target: source })
            }
            None => {
                let target = target.map_or_else(|| "-".to_owned(), |t| t.to_string());
                let message = format!(
                    "the file is {source} > {target}, the memory {} > {}",
                    self.languages.source, self.languages.target
                );
                Err(("OTHER_LANGUAGES", message))
            }
        }
    }

    /// Makes a draft of each translated segment of a unit, unless the unit is refused.
    fn to_file_unit(&self, unit: &XliffUnit, direction: &Direction, place: FilePosition) -> FileUnit {
        let mut problems = Vec::new();
        for name in &unit.references {
            let message = format!("&{name}; is not an XML entity: write the character itself, or &#…;");
            problems.push(Problem::refused(&place, "UNKNOWN_ENTITY", message));
        }
        if unit.translatable == Some(false) {
            let message = "the file marks it as not to be translated";
            problems.push(Problem::refused(&place, "NOT_TRANSLATABLE", message));
        }
        if unit.pairs.iter().all(|p| p.source.text.trim().is_empty()) {
            problems.push(Problem::refused(&place, "NO_SOURCE", "there is no text to translate"));
        }
        let with_text = unit.pairs.iter().filter(|p| !p.source.text.trim().is_empty()).count();
        let translated = unit.pairs.iter().filter(|p| p.is_translated()).count();
        if problems.is_empty() && translated == 0 {
            let message = "there is no translation, or it is marked as not done";
            problems.push(Problem::refused(&place, "NO_TARGET", message));
        }
        if problems.iter().any(|p| p.refused) {
            return FileUnit { position: place, drafts: Vec::new(), problems };
        }
        if translated < with_text {
            let message = format!("{} of {with_text} segments have no translation", with_text - translated);
            problems.push(Problem::remark(&place, "PARTLY_TRANSLATED", message));
        }
        let shared = metadata_bytes(&unit.properties, &unit.notes);
        if exceeds_shared_limit(shared, translated) {
            let message = format!(
                "the notes and properties are too long for {translated} segments: shorten them, or give each a unit"
            );
            problems.push(Problem::refused(&place, "UNIT_TOO_LARGE", message));
            return FileUnit { position: place, drafts: Vec::new(), problems };
        }
        let translated = unit.pairs.iter().filter(|p| p.is_translated());
        let drafts = translated.map(|pair| self.draft(unit, pair, direction)).collect();
        FileUnit { position: place, drafts, problems }
    }

    fn draft(&self, unit: &XliffUnit, pair: &Pair, direction: &Direction) -> UnitDraft {
        let (from, to) = (pair.source.clone(), pair.target.clone().unwrap_or_default());
        let (from, to) = if direction.reversed { (to, from) } else { (from, to) };
        let own_ids: Vec<&str> =
            [unit.id.as_str(), &pair.id].into_iter().filter(|id| !id.is_empty()).collect();
        let ids = own_ids.join("#");
        // Shorten a long path at its start, because documents differ in the end of their paths.
        let room = MAX_EXTERNAL_ID_BYTES.saturating_sub(ids.len() + 1);
        let original = self.head.original.as_str();
        let tail = original.ceil_char_boundary(original.len().saturating_sub(room));
        let named = format!("{}#{ids}", original.get(tail..).unwrap_or_default());
        let mut properties = unit.properties.clone();
        properties.extend(pair.properties.iter().cloned());
        if !unit.name.is_empty() {
            properties.push(property("xliff:name", &unit.name));
        }
        UnitDraft {
            source: Variant::new(direction.source.clone(), from),
            target: Variant::new(direction.target.clone(), to),
            context: Context::default(),
            // Without the name of its document, an id means nothing outside the file.
            external_id: if original.is_empty() { String::new() } else { named },
            provenance: Provenance::default(),
            properties,
            notes: unit.notes.iter().chain(&pair.notes).cloned().collect(),
        }
    }
}

fn refused_unit(place: FilePosition, reason: &'static str, message: impl Into<String>) -> FileUnit {
    let problems = vec![Problem::refused(&place, reason, message)];
    FileUnit { position: place, drafts: Vec::new(), problems }
}

#[cfg(test)]
mod tests {
    use crate::{
        interchange::{FileUnit, Languages, ReadError, UnitFormat, UnitReader},
        segment::CodeKind,
        unit::UnitDraft,
    };

    fn read_all(file: &str) -> Result<Vec<FileUnit>, ReadError> {
        let mut reader = UnitReader::new(UnitFormat::Xliff, file.as_bytes(), &Languages::default())?;
        let mut units = Vec::new();
        while let Some(unit) = reader.next_unit()? {
            units.push(unit);
        }
        Ok(units)
    }

    fn v1(units: &str) -> Vec<FileUnit> {
        let file = format!(
            "<xliff version='1.2'><file source-language='en' target-language='ar-EG' original='a.html'><header><note>x</note></header><body><group>{units}</group></body></file></xliff>"
        );
        read_all(&file).unwrap_or_else(|e| panic!("{e}"))
    }

    /// Returns a unit of two segments with these `mid` attributes.
    fn v1_with_marks(mids: [&str; 2], target: &str) -> String {
        let marks: String = mids
            .iter()
            .zip(["A.", "B."])
            .map(|(mid, text)| format!("<mrk mtype='seg'{mid}>{text}</mrk>"))
            .collect();
        format!(
            "<trans-unit id='1'><source>A.B.</source><seg-source>{marks}</seg-source><target>{target}</target></trans-unit>"
        )
    }

    #[test]
    fn segments_are_paired_by_id_or_position() {
        let (first, second) = ("<mrk mtype='seg'>أ.</mrk>", "<mrk mtype='seg'>ب.</mrk>");
        let ids = "<mrk mtype='seg' mid='2'>ب.</mrk><mrk mtype='seg' mid='1'>أ.</mrk>";
        let units = v1(&[
            v1_with_marks([" mid='1'", " mid='2'"], ids),
            v1_with_marks(["", ""], &format!("{first}{second}")),
            v1_with_marks(["", ""], first),
            v1_with_marks([" mid='1'", " mid='2'"], "أ. ب."),
        ]
        .concat());
        let both = vec![("أ.", "A."), ("ب.", "B.")];
        let found: Vec<_> = units.iter().map(texts).collect();
        assert_eq!(found, [both.clone(), both, vec![], vec![("أ. ب.", "A.B.")]]);
    }

    #[test]
    fn a_filled_in_fuzzy_match_is_not_a_translation() {
        let filled = "<trans-unit id='1'><source>yes</source><target state='needs-review-translation' state-qualifier='fuzzy-match'>نعم</target></trans-unit>";
        assert_eq!(texts(&v1(filled)[0]), []);
        assert_eq!(texts(&v1(&filled.replace("fuzzy-match", "exact-match"))[0]), [("نعم", "yes")]);
        let second = "<unit id='1'><segment state='initial' subState='dhakira:fuzzy'><source>نعم</source><target>yes</target></segment></unit>";
        assert_eq!(texts(&v2(second)[0]), []);
    }

    #[test]
    fn elements_of_other_vocabularies_are_not_part_of_a_unit() {
        let other = "<trans-unit id='1'><source>yes<my:x a='1'/></source><my:target>ext</my:target><target>نعم</target><my:note>n</my:note></trans-unit>";
        let unit = &v1(other)[0];
        assert_eq!((texts(unit), unit.drafts[0].notes.len()), (vec![("نعم", "yes")], 0));
        assert_eq!(unit.drafts[0].target.segment.codes[0].raw, "<my:x a=\"1\"/>");
    }

    #[test]
    fn notes_shared_by_many_segments_are_bounded() {
        let segments = "<segment><source>نعم</source><target>yes</target></segment>".repeat(500);
        let notes = ["n".to_owned(), "n".repeat(60_000)];
        let file: String = notes
            .iter()
            .map(|note| format!("<unit id='1'><notes><note>{note}</note></notes>{segments}</unit>"))
            .collect();
        let units = v2(&file);
        assert_eq!((units[0].drafts.len(), units[1].drafts.len()), (500, 0));
        assert_eq!(units[1].problems[0].reason, "UNIT_TOO_LARGE");
        let references =
            v1(&format!("<trans-unit id='1'><source>{}</source></trans-unit>", "&a;".repeat(1_000)));
        assert!(references[0].problems.len() <= 11);
    }

    fn v2(units: &str) -> Vec<FileUnit> {
        let file = format!(
            "<xliff version='2.0' srcLang='ar' trgLang='en'><file id='f1'><group id='g'>{units}</group></file></xliff>"
        );
        read_all(&file).unwrap_or_else(|e| panic!("{e}"))
    }

    fn texts(unit: &FileUnit) -> Vec<(&str, &str)> {
        unit.drafts.iter().map(|d| (d.source.segment.text.as_str(), d.target.segment.text.as_str())).collect()
    }

    /// Returns the codes of a draft's source.
    fn codes(draft: &UnitDraft) -> Vec<(u32, CodeKind, &str, &str)> {
        let codes = draft.source.segment.codes.iter();
        codes.map(|c| (c.position, c.kind, c.pair.as_str(), c.raw.as_str())).collect()
    }

    fn reasons(unit: &FileUnit) -> Vec<&str> {
        unit.problems.iter().map(|p| p.reason).collect()
    }

    #[test]
    fn a_file_of_the_reverse_direction_is_reversed() {
        let units = v1(
            "<trans-unit id='1' resname='ok'><source>yes</source><target state='final'>نعم</target><alt-trans><source>s</source><target>t</target></alt-trans><note>n</note></trans-unit>",
        );
        assert_eq!(texts(&units[0]), [("نعم", "yes")]);
        let draft = &units[0].drafts[0];
        assert_eq!((draft.external_id.as_str(), draft.notes.as_slice()), ("a.html#1", &["n".to_owned()][..]));
        let properties: Vec<_> =
            draft.properties.iter().map(|p| (p.name.as_str(), p.value.as_str())).collect();
        assert_eq!(properties, [("xliff:state", "final"), ("xliff:name", "ok")]);
    }

    #[test]
    fn a_long_path_does_not_make_an_id_too_long() {
        let path = format!("file:///C:/{}/خبر.docx", "مجلد/".repeat(60));
        let file = format!(
            "<xliff version='1.2'><file source-language='ar' target-language='en' original='{path}'><body><trans-unit id='7'><source>نعم</source><target>yes</target></trans-unit></body></file></xliff>"
        );
        let id = read_all(&file).unwrap_or_else(|e| panic!("{e}"))[0].drafts[0].external_id.clone();
        assert!(id.len() <= 255 && id.ends_with("مجلد//خبر.docx#7"), "{id}");
    }

    #[test]
    fn segments_are_paired_by_id() {
        let units = v1(
            "<trans-unit id='1'><source>One. Two. Three.</source><seg-source><g id='5'><mrk mtype='seg' mid='1'>One.</mrk> <mrk mtype='seg' mid='2'>Two.</mrk></g> <mrk mtype='seg' mid='3'>Three.</mrk></seg-source><target><g id='5'><mrk mtype='seg' mid='2'>اثنان.</mrk><mrk mtype='seg' mid='1'>واحد.</mrk></g><mrk mtype='seg' mid='3'/></target></trans-unit>",
        );
        assert_eq!(texts(&units[0]), [("واحد.", "One."), ("اثنان.", "Two.")]);
        assert_eq!(units[0].drafts[1].external_id, "a.html#1#2");
        assert_eq!(reasons(&units[0]), ["PARTLY_TRANSLATED"]);
    }

    #[test]
    fn untranslated_units_are_reported() {
        let units = v1("<trans-unit id='1'><source>yes</source></trans-unit>\
             <trans-unit id='2'><source>yes</source><target state='needs-translation'>yes</target></trans-unit>\
             <trans-unit id='3' translate='no'><source>yes</source><target>نعم</target></trans-unit>\
             <trans-unit id='4'><source><x id='1'/></source><target>نعم</target></trans-unit>\
             <trans-unit id='5'><source>a&nbsp;b</source><target>نعم</target></trans-unit>");
        let found: Vec<_> = units.iter().flat_map(reasons).collect();
        assert_eq!(found, ["NO_TARGET", "NO_TARGET", "NOT_TRANSLATABLE", "NO_SOURCE", "UNKNOWN_ENTITY"]);
        let other = "<xliff version='1.2'><file source-language='fr' target-language='ar'><body><trans-unit id='1'><source>oui</source><target>نعم</target></trans-unit></body></file></xliff>";
        assert_eq!(reasons(&read_all(other).unwrap()[0]), ["OTHER_LANGUAGES"]);
        assert!(matches!(read_all("<tmx/>"), Err(ReadError::WrongRoot { .. })));
    }

    #[test]
    fn inline_codes_of_version_1_have_their_positions() {
        let units = v1(
            "<trans-unit id='1'><source>a <g id='1' ctype='bold'>b</g><x id='2'/><bpt id='3' rid='r'>&lt;i></bpt>c<ept id='4' rid='r'>&lt;/i></ept><it id='5' pos='open'>&lt;u></it><mrk mtype='term'>d</mrk><sub>e</sub></source><target>ت</target></trans-unit>",
        );
        let segment = &units[0].drafts[0].target.segment;
        assert_eq!(segment.text, "a bcd");
        let codes: Vec<_> = segment
            .codes
            .iter()
            .map(|c| (c.position, c.kind, c.id.as_str(), c.pair.as_str(), c.raw.as_str()))
            .collect();
        assert_eq!(
            codes,
            [
                (2, CodeKind::Open, "1", "1", "<g id=\"1\" ctype=\"bold\">"),
                (3, CodeKind::Close, "", "1", "</g>"),
                (3, CodeKind::Standalone, "2", "", "<x id=\"2\"/>"),
                (3, CodeKind::Open, "3", "r", "<i>"),
                (4, CodeKind::Close, "4", "r", "</i>"),
                (4, CodeKind::Isolated, "5", "", "<u>"),
                (5, CodeKind::Standalone, "", "", "<sub>e</sub>"),
            ]
        );
    }

    #[test]
    fn version_2_is_read_with_its_original_data() {
        let units = v2(
            "<unit id='u1' name='n'><notes><note>x</note></notes><originalData><data id='d1'>&lt;b></data><data id='d2'>&lt;/b></data><data id='d3'>{0}</data></originalData>\
             <segment id='s1' state='final'><source>قال <pc id='1' dataRefStart='d1' dataRefEnd='d2'>نعم</pc><ph id='2' dataRef='d3'/><cp hex='0001'/></source><target>he said <pc id='1' dataRefStart='d1' dataRefEnd='d2'>yes</pc></target></segment>\
             <ignorable><source> </source></ignorable>\
             <segment id='s2'><source>لا <sc id='3' dataRef='d1'/>ثم<ec startRef='3'/></source><target>no</target></segment></unit>\
             <unit id='u2'><segment><source>وحده</source></segment></unit>",
        );
        assert_eq!(reasons(&units[0]), ["BAD_CHARACTER"]);
        let units = v2(
            "<unit id='u1' name='n'><notes><note>x</note></notes><originalData><data id='d1'>&lt;b></data><data id='d2'>&lt;/b></data></originalData>\
             <segment id='s1' state='final'><source>قال <pc id='1' dataRefStart='d1' dataRefEnd='d2'>نعم</pc></source><target>he said <pc id='1' dataRefStart='d1' dataRefEnd='d2'>yes</pc></target></segment>\
             <ignorable><source> </source></ignorable>\
             <segment id='s2'><source>لا <sc id='3' dataRef='d1'/>ثم<ec startRef='3'/></source><target>no</target></segment></unit>\
             <unit id='u2'><segment><source>وحده</source></segment></unit>",
        );
        assert_eq!(texts(&units[0]), [("قال نعم", "he said yes"), ("لا ثم", "no")]);
        assert_eq!(
            (units[0].drafts[0].external_id.as_str(), units[0].drafts[0].notes[0].as_str()),
            ("", "x")
        );
        assert_eq!(
            codes(&units[0].drafts[0]),
            [(4, CodeKind::Open, "1", "<b>"), (7, CodeKind::Close, "1", "</b>")]
        );
        assert_eq!(
            codes(&units[0].drafts[1]),
            [(3, CodeKind::Open, "3", "<b>"), (5, CodeKind::Close, "3", "<ec startRef=\"3\"/>")]
        );
        assert_eq!(reasons(&units[1]), ["NO_TARGET"]);
    }

    fn v1_with_attributes(n: u8, attributes: &str) -> String {
        format!("<trans-unit id='{n}'{attributes}><source>نعم {n}</source><target>yes</target></trans-unit>")
    }

    #[test]
    fn translate_applies_to_units_of_a_group_and_regions_stay() {
        let file = format!(
            "<xliff version='1.2'><file source-language='ar-EG' target-language='en-GB' original='a'><body><group translate='no'>{}{}<group translate='yes'>{}</group>{}</group>{}</body></file></xliff>",
            v1_with_attributes(1, ""),
            v1_with_attributes(2, " translate='yes'"),
            v1_with_attributes(3, ""),
            v1_with_attributes(4, ""),
            v1_with_attributes(5, "")
        );
        let units = read_all(&file).unwrap();
        let stored: Vec<_> = units.iter().map(|u| u.drafts.len()).collect();
        assert_eq!(stored, [0, 1, 1, 0, 1]);
        let draft = &units[1].drafts[0];
        assert_eq!((draft.source.locale.as_str(), draft.target.locale.as_str()), ("ar-EG", "en-GB"));
    }

    #[test]
    fn data_shared_by_many_codes_is_bounded() {
        let codes = "<ph id='1' dataRef='d'/>".repeat(20_000);
        let units = v2(&format!(
            "<unit id='u'><originalData><data id='d'>{}</data></originalData><segment><source>نعم{codes}</source><target>yes</target></segment></unit>",
            "x".repeat(1_000_000)
        ));
        assert_eq!(reasons(&units[0]), ["UNIT_TOO_LARGE"]);
        let units = v2(
            "<unit id='u'><segment><source>a<ph id='1' subType='xlf:lb'/><pc id='2' equivStart='[b]' equivEnd='[/b]'>b</pc></source><target>ت</target></segment></unit>",
        );
        let raws: Vec<_> = units[0].drafts[0].source.segment.codes.iter().map(|c| c.raw.as_str()).collect();
        assert_eq!(raws, ["<ph id=\"1\" subType=\"xlf:lb\"/>", "[b]", "[/b]"]);
    }
}
