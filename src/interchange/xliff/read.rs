//! Reads XLIFF 1.2 and 2.x.

use std::io::Read;

use super::{
    model::{Bilingual, Pair},
    v1, v2,
};
use crate::{
    interchange::{
        contract::{FileUnit, Languages, ReadUnits, shares_too_much},
        error::ReadError,
        problem::{Place, Problem},
        xml::{Element, Node, Xml, XmlReader},
    },
    locale::Locale,
    unit::{Context, Property, Provenance, UnitDraft, Variant, metadata_bytes},
};

/// Elements that are about the document, or hold no text.
pub(crate) const NO_TEXT: [&str; 9] = [
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

/// What elements that are open say of being translated, with their depths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Translate(Vec<(usize, bool)>);

impl Translate {
    /// Takes note of what an element that starts at a depth says, for the units inside it.
    pub(crate) fn enter(&mut self, element: &Element, depth: usize) {
        self.0.retain(|(outer, _)| *outer < depth);
        self.0.extend(Self::told(element).map(|told| (depth, told)));
    }

    /// Returns what holds where a unit has just ended and so many elements are open.
    pub(crate) fn around(&mut self, depth: usize) -> Option<bool> {
        self.0.retain(|(outer, _)| *outer <= depth);
        self.0.last().map(|(_, told)| *told)
    }

    /// Returns what an element says of itself.
    pub(crate) fn told(element: &Element) -> Option<bool> {
        element.get("translate").map(|told| told != "no")
    }
}

/// What a file without its language lacks.
pub(crate) const NO_LANGUAGE: &str = "the file does not say its source's language: add source-language to <file> (version 2: srcLang to <xliff>)";

/// Bytes of an external id: what the server takes unless told otherwise.
const LONGEST_ID: usize = 255;

/// What holds for the units of a `<file>`.
#[derive(Clone, Debug, Default)]
struct FileHead {
    source: String,
    target: String,
    /// The document's name: part of its units' ids.
    original: String,
}

/// Which way a unit goes.
struct Direction {
    /// The other way than the memory.
    turned: bool,
    /// The locale of the side in the memory's source language, and that of the other.
    source: Locale,
    target: Locale,
}

pub(crate) struct XliffReader<R: Read> {
    xml: XmlReader<R>,
    languages: Languages,
    /// Version 2: languages stand at the root.
    second: bool,
    head: FileHead,
    translate: Translate,
    number: u64,
    begun: bool,
}

impl<R: Read> XliffReader<R> {
    pub(crate) fn new(bytes: R, languages: Languages) -> Result<Self, ReadError> {
        Ok(Self {
            xml: XmlReader::new(bytes)?.keeping_prefixes(),
            languages,
            second: false,
            head: FileHead::default(),
            translate: Translate::default(),
            number: 0,
            begun: false,
        })
    }
}

impl<R: Read> ReadUnits for XliffReader<R> {
    fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError> {
        loop {
            let event = self.xml.next()?;
            let line = self.xml.line();
            match event {
                Xml::Over => return Ok(None),
                Xml::Start(root) if !self.begun => {
                    self.begun = true;
                    if root.name != "xliff" {
                        return Err(ReadError::WrongRoot { line, found: root.name, expected: "<xliff>" });
                    }
                    self.second = root.get("version").is_some_and(|v| v.starts_with('2'));
                    let told = |name: &str| root.get(name).unwrap_or_default().to_owned();
                    self.head =
                        FileHead { source: told("srcLang"), target: told("trgLang"), ..self.head.clone() };
                }
                Xml::Start(element) => match element.name.as_str() {
                    "file" => {
                        self.translate.enter(&element, self.xml.depth());
                        self.file(&element);
                    }
                    "group" | "body" => self.translate.enter(&element, self.xml.depth()),
                    "trans-unit" | "unit" => return self.unit(element, line).map(Some),
                    name if NO_TEXT.contains(&name) => self.xml.skip()?,
                    _ => {}
                },
                Xml::End(_) | Xml::Text(_) | Xml::BadReference(_) => {}
            }
        }
    }
}

impl<R: Read> XliffReader<R> {
    fn file(&mut self, element: &Element) {
        let told = |name: &str| element.get(name).unwrap_or_default().to_owned();
        if self.second {
            // The file's own id is one in this document only.
            self.head.original = told("original");
        } else {
            let (source, target) = (told("source-language"), told("target-language"));
            self.head = FileHead { source, target, original: told("original") };
        }
    }

    fn unit(&mut self, element: Element, line: u64) -> Result<FileUnit, ReadError> {
        self.number += 1;
        let id = element.get("id").filter(|id| !id.is_empty());
        let place = Place { line, unit: id.map_or_else(|| format!("#{}", self.number), str::to_owned) };
        let refused = |reason, message: String| {
            let problems = vec![Problem::refused(&place, reason, message)];
            FileUnit { place: place.clone(), drafts: Vec::new(), problems }
        };
        let Some(node) = self.xml.tree(element)? else {
            return Ok(refused("UNIT_TOO_LARGE", "the unit has more than 4 MiB".to_owned()));
        };
        let direction = match self.direction(&node) {
            Ok(direction) => direction,
            Err((reason, message)) => return Ok(refused(reason, message)),
        };
        let mut unit = if self.second { v2::unit(&node) } else { v1::unit(&node) };
        unit.translatable = unit.translatable.or(self.translate.around(self.xml.depth()));
        if unit.too_large {
            return Ok(refused("UNIT_TOO_LARGE", "the unit's codes have more than 4 MiB".to_owned()));
        }
        Ok(self.pairs(&unit, &direction, place))
    }

    /// Says which way the file goes, in which locales.
    fn direction(&self, node: &Node) -> Result<Direction, (&'static str, String)> {
        let language = |told: &str| {
            self.languages.read(told).map_err(|e| ("BAD_LOCALE", format!("the language of the file: {e}")))
        };
        if self.head.source.is_empty() {
            return Err(("BAD_LOCALE", NO_LANGUAGE.to_owned()));
        }
        let source = language(&self.head.source)?;
        // Version 1 may leave the target's language to each target.
        let own = node.nodes().find(|n| n.name == "target").and_then(|t| t.get("xml:lang"));
        let target = match own.filter(|_| self.head.target.is_empty()).unwrap_or(&self.head.target) {
            "" => None,
            told => Some(language(told)?),
        };
        match self.languages.turned(&source, target.as_ref()) {
            Some(false) => {
                let target = target.unwrap_or_else(|| self.languages.target.clone());
                Ok(Direction { turned: false, source, target })
            }
            Some(true) => {
                let target = target.unwrap_or_else(|| self.languages.source.clone());
                Ok(Direction { turned: true, source: target, target: source })
            }
            None => {
                let told = target.map_or_else(|| "-".to_owned(), |t| t.to_string());
                let message = format!(
                    "the file is {source} > {told}, the memory {} > {}",
                    self.languages.source, self.languages.target
                );
                Err(("OTHER_LANGUAGES", message))
            }
        }
    }

    fn pairs(&self, unit: &Bilingual, direction: &Direction, place: Place) -> FileUnit {
        let mut problems = Vec::new();
        let refused = |reason, message: String| Problem::refused(&place, reason, message);
        for name in &unit.references {
            problems.push(refused(
                "UNKNOWN_ENTITY",
                format!("&{name}; is no entity of XML: write the character itself, or &#…;"),
            ));
        }
        if unit.translatable == Some(false) {
            problems.push(refused(
                "NOT_TRANSLATABLE",
                "the file says that it is not to be translated".to_owned(),
            ));
        }
        if unit.pairs.iter().all(|p| p.source.text.trim().is_empty()) {
            problems.push(refused("NO_SOURCE", "there is no text to translate".to_owned()));
        }
        let done = |p: &&Pair| {
            let told = p.target.as_ref().is_some_and(|t| !t.text.trim().is_empty());
            told && !p.undone && !p.source.text.trim().is_empty()
        };
        let with_text = unit.pairs.iter().filter(|p| !p.source.text.trim().is_empty()).count();
        let translated = unit.pairs.iter().filter(done).count();
        if problems.is_empty() && translated == 0 {
            problems.push(refused(
                "NO_TARGET",
                "there is no translation, or it is marked as not done".to_owned(),
            ));
        }
        if problems.iter().any(|p| p.refused) {
            return FileUnit { place, drafts: Vec::new(), problems };
        }
        if translated < with_text {
            let message = format!("{} of {with_text} segments have no translation", with_text - translated);
            problems.push(Problem::remark(&place, "PARTLY_TRANSLATED", message));
        }
        let shared = metadata_bytes(&unit.properties, &unit.notes);
        if shares_too_much(shared, translated) {
            let message = format!("{translated} segments with such notes: shorten them, or give each a unit");
            problems.push(refused("UNIT_TOO_LARGE", message));
            return FileUnit { place, drafts: Vec::new(), problems };
        }
        let drafts = unit.pairs.iter().filter(done).map(|pair| self.draft(unit, pair, direction)).collect();
        FileUnit { place, drafts, problems }
    }

    fn draft(&self, unit: &Bilingual, pair: &Pair, direction: &Direction) -> UnitDraft {
        let (from, to) = (pair.source.clone(), pair.target.clone().unwrap_or_default());
        let (from, to) = if direction.turned { (to, from) } else { (from, to) };
        let side = |locale: &Locale, segment| Variant::new(locale.clone(), segment);
        let own_ids: Vec<&str> =
            [unit.id.as_str(), &pair.id].into_iter().filter(|id| !id.is_empty()).collect();
        let ids = own_ids.join("#");
        // Of a long path the end tells documents apart.
        let room = LONGEST_ID.saturating_sub(ids.len() + 1);
        let original = self.head.original.as_str();
        let tail = original.ceil_char_boundary(original.len().saturating_sub(room));
        let named = format!("{}#{ids}", original.get(tail..).unwrap_or_default());
        let own = |name: &str, value: &str| Property {
            name: name.to_owned(),
            value: value.to_owned(),
            locale: String::new(),
        };
        let mut properties = unit.properties.clone();
        properties.extend(pair.properties.iter().cloned());
        if !unit.name.is_empty() {
            properties.push(own("xliff:name", &unit.name));
        }
        UnitDraft {
            source: side(&direction.source, from),
            target: side(&direction.target, to),
            context: Context::default(),
            // Without the document's name an id says nothing outside its file.
            external_id: if original.is_empty() { String::new() } else { named },
            provenance: Provenance::default(),
            properties,
            notes: unit.notes.iter().chain(&pair.notes).cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        interchange::{FileUnit, Languages, ReadError, UnitFormat, UnitReader},
        segment::CodeKind,
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

    #[test]
    fn segments_are_paired_by_their_ids_or_their_places() {
        let unit = |marks: [&str; 2], target: &str| {
            let marks: String = marks
                .iter()
                .zip(["A.", "B."])
                .map(|(mid, text)| format!("<mrk mtype='seg'{mid}>{text}</mrk>"))
                .collect();
            format!(
                "<trans-unit id='1'><source>A.B.</source><seg-source>{marks}</seg-source><target>{target}</target></trans-unit>"
            )
        };
        let (one, two) = ("<mrk mtype='seg'>أ.</mrk>", "<mrk mtype='seg'>ب.</mrk>");
        let ids = "<mrk mtype='seg' mid='2'>ب.</mrk><mrk mtype='seg' mid='1'>أ.</mrk>";
        let units = v1(&[
            unit([" mid='1'", " mid='2'"], ids),
            unit(["", ""], &format!("{one}{two}")),
            unit(["", ""], one),
            unit([" mid='1'", " mid='2'"], "أ. ب."),
        ]
        .concat());
        let both = vec![("أ.", "A."), ("ب.", "B.")];
        let told: Vec<_> = units.iter().map(texts).collect();
        assert_eq!(told, [both.clone(), both, vec![], vec![("أ. ب.", "A.B.")]]);
    }

    #[test]
    fn a_match_that_was_only_filled_in_is_no_translation() {
        let filled = "<trans-unit id='1'><source>yes</source><target state='needs-review-translation' state-qualifier='fuzzy-match'>نعم</target></trans-unit>";
        assert_eq!(texts(&v1(filled)[0]), []);
        assert_eq!(texts(&v1(&filled.replace("fuzzy-match", "exact-match"))[0]), [("نعم", "yes")]);
        let second = "<unit id='1'><segment state='initial' subState='dhakira:fuzzy'><source>نعم</source><target>yes</target></segment></unit>";
        assert_eq!(texts(&v2(second)[0]), []);
    }

    #[test]
    fn elements_of_other_vocabularies_are_no_part_of_a_unit() {
        let other = "<trans-unit id='1'><source>yes<my:x a='1'/></source><my:target>ext</my:target><target>نعم</target><my:note>n</my:note></trans-unit>";
        let unit = &v1(other)[0];
        assert_eq!((texts(unit), unit.drafts[0].notes.len()), (vec![("نعم", "yes")], 0));
        assert_eq!(unit.drafts[0].target.segment.codes[0].raw, "<my:x a=\"1\"/>");
    }

    #[test]
    fn what_a_unit_says_of_many_segments_is_bounded() {
        let segments = "<segment><source>نعم</source><target>yes</target></segment>".repeat(500);
        let unit = |note: &str| format!("<unit id='1'><notes><note>{note}</note></notes>{segments}</unit>");
        let units = v2(&[unit("n"), unit(&"n".repeat(60_000))].concat());
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

    fn reasons(unit: &FileUnit) -> Vec<&str> {
        unit.problems.iter().map(|p| p.reason).collect()
    }

    #[test]
    fn a_file_of_the_other_direction_is_turned() {
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
    fn segments_are_paired_by_their_ids() {
        let units = v1(
            "<trans-unit id='1'><source>One. Two. Three.</source><seg-source><g id='5'><mrk mtype='seg' mid='1'>One.</mrk> <mrk mtype='seg' mid='2'>Two.</mrk></g> <mrk mtype='seg' mid='3'>Three.</mrk></seg-source><target><g id='5'><mrk mtype='seg' mid='2'>اثنان.</mrk><mrk mtype='seg' mid='1'>واحد.</mrk></g><mrk mtype='seg' mid='3'/></target></trans-unit>",
        );
        assert_eq!(texts(&units[0]), [("واحد.", "One."), ("اثنان.", "Two.")]);
        assert_eq!(units[0].drafts[1].external_id, "a.html#1#2");
        assert_eq!(reasons(&units[0]), ["PARTLY_TRANSLATED"]);
    }

    #[test]
    fn what_is_not_translated_is_told() {
        let units = v1("<trans-unit id='1'><source>yes</source></trans-unit>\
             <trans-unit id='2'><source>yes</source><target state='needs-translation'>yes</target></trans-unit>\
             <trans-unit id='3' translate='no'><source>yes</source><target>نعم</target></trans-unit>\
             <trans-unit id='4'><source><x id='1'/></source><target>نعم</target></trans-unit>\
             <trans-unit id='5'><source>a&nbsp;b</source><target>نعم</target></trans-unit>");
        let told: Vec<_> = units.iter().flat_map(reasons).collect();
        assert_eq!(told, ["NO_TARGET", "NO_TARGET", "NOT_TRANSLATABLE", "NO_SOURCE", "UNKNOWN_ENTITY"]);
        let other = "<xliff version='1.2'><file source-language='fr' target-language='ar'><body><trans-unit id='1'><source>oui</source><target>نعم</target></trans-unit></body></file></xliff>";
        assert_eq!(reasons(&read_all(other).unwrap()[0]), ["OTHER_LANGUAGES"]);
        assert!(matches!(read_all("<tmx/>"), Err(ReadError::WrongRoot { .. })));
    }

    #[test]
    fn inline_codes_of_version_1_stand_at_their_places() {
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
        let codes = |n: usize| {
            units[0].drafts[n]
                .source
                .segment
                .codes
                .iter()
                .map(|c| (c.position, c.kind, c.pair.clone(), c.raw.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            codes(0),
            [
                (4, CodeKind::Open, "1".to_owned(), "<b>".to_owned()),
                (7, CodeKind::Close, "1".to_owned(), "</b>".to_owned())
            ]
        );
        assert_eq!(
            codes(1),
            [
                (3, CodeKind::Open, "3".to_owned(), "<b>".to_owned()),
                (5, CodeKind::Close, "3".to_owned(), "<ec startRef=\"3\"/>".to_owned())
            ]
        );
        assert_eq!(reasons(&units[1]), ["NO_TARGET"]);
    }

    #[test]
    fn what_a_group_says_holds_for_its_units_and_regions_stay() {
        let unit = |n: u8, told: &str| {
            format!("<trans-unit id='{n}'{told}><source>نعم {n}</source><target>yes</target></trans-unit>")
        };
        let file = format!(
            "<xliff version='1.2'><file source-language='ar-EG' target-language='en-GB' original='a'><body><group translate='no'>{}{}<group translate='yes'>{}</group>{}</group>{}</body></file></xliff>",
            unit(1, ""),
            unit(2, " translate='yes'"),
            unit(3, ""),
            unit(4, ""),
            unit(5, "")
        );
        let units = read_all(&file).unwrap();
        let stored: Vec<_> = units.iter().map(|u| u.drafts.len()).collect();
        assert_eq!(stored, [0, 1, 1, 0, 1]);
        let draft = &units[1].drafts[0];
        assert_eq!((draft.source.locale.as_str(), draft.target.locale.as_str()), ("ar-EG", "en-GB"));
    }

    #[test]
    fn data_that_many_codes_stand_for_does_not_multiply() {
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
