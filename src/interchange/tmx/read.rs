//! A streaming reader of TMX 1.1 to 1.4b. Inline codes (level 2) are stored apart from the text.

use std::io::Read;

use super::{
    inline::{SegmentBuilder, is_code},
    unit::{MAX_TU_VARIANTS, RawUnit, RawVariant},
};
use crate::{
    interchange::{
        contract::{FileUnit, Languages, ReadUnits},
        error::ReadError,
        problem::{FilePosition, MAX_REPORTED_PROBLEMS, Problem},
        xml::{Element, XmlEvent, XmlReader, unknown_entity_message},
    },
    segment::Segment,
    unit::Property,
};

/// Maximum size of a `<tu>` in bytes.
const MAX_TU_BYTES: u64 = 4 << 20;

/// Maximum number of inline codes, properties, notes and attributes in a `<tu>`, because each takes many
/// times its bytes in the file. For example, `<hi/>` becomes two codes.
const MAX_TU_PARTS: usize = 100_000;

pub(crate) struct TmxReader<R: Read> {
    xml: XmlReader<R>,
    languages: Languages,
    number: u64,
    /// The number of codes, properties, notes and attributes of the `<tu>` that is being read.
    parts: usize,
    started: bool,
}

impl<R: Read> TmxReader<R> {
    pub(crate) fn new(bytes: R, languages: Languages) -> Result<Self, ReadError> {
        Ok(Self { xml: XmlReader::new(bytes)?, languages, number: 0, parts: 0, started: false })
    }
}

impl<R: Read> ReadUnits for TmxReader<R> {
    fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError> {
        if !self.started {
            self.begin()?;
        }
        loop {
            match self.xml.next()? {
                XmlEvent::Start(element) => match element.name.as_str() {
                    "tu" => return self.unit(element).map(Some),
                    "body" => {}
                    _ => self.xml.skip()?,
                },
                XmlEvent::EndOfDocument => return Ok(None),
                XmlEvent::End(_) | XmlEvent::Text(_) | XmlEvent::UnknownReference(_) => {}
            }
        }
    }
}

impl<R: Read> TmxReader<R> {
    fn begin(&mut self) -> Result<(), ReadError> {
        loop {
            if let XmlEvent::Start(root) = self.xml.next()? {
                self.started = true;
                return if root.name == "tmx" {
                    Ok(())
                } else {
                    Err(ReadError::WrongRoot { line: self.xml.line(), found: root.name, expected: "<tmx>" })
                };
            }
        }
    }

    /// Counts parts of the `<tu>`. Returns false if there are too many to keep.
    fn count_parts(&mut self, parts: usize) -> bool {
        self.parts += parts;
        self.parts <= MAX_TU_PARTS
    }

    fn unit(&mut self, element: Element) -> Result<FileUnit, ReadError> {
        self.number += 1;
        self.parts = 0;
        let own = element.get("tuid").filter(|id| !id.is_empty());
        let unit = own.map_or_else(|| format!("#{}", self.number), str::to_owned);
        let place = FilePosition { line: self.xml.line(), unit };
        let mut raw = RawUnit { attributes: element.attributes, ..RawUnit::default() };
        let mut problems = Vec::new();
        let outside = self.xml.depth() - 1;
        let mut crowded = false;
        self.xml.set_limit(MAX_TU_BYTES);
        while self.xml.depth() > outside {
            if let XmlEvent::Start(child) = self.xml.next()? {
                if !self.count_parts(1 + child.attributes.len()) {
                    self.xml.skip()?;
                    continue;
                }
                match child.name.as_str() {
                    "tuv" if raw.variants.len() >= MAX_TU_VARIANTS => {
                        crowded = true;
                        self.xml.skip()?;
                    }
                    "tuv" => {
                        let variant = self.variant(child, &place)?;
                        raw.variants.push(variant);
                    }
                    "prop" => raw.properties.push(self.property(&child)?),
                    "note" => raw.notes.push(self.xml.text()?),
                    _ => self.xml.skip()?,
                }
            }
        }
        if self.xml.remove_limit() {
            let message = format!("the <tu> has more than {MAX_TU_BYTES} bytes");
            return Ok(FileUnit::refused(place, "UNIT_TOO_LARGE", message));
        }
        if self.parts > MAX_TU_PARTS {
            let message = format!(
                "the <tu> has more than {MAX_TU_PARTS} inline codes, properties, notes and attributes: split it"
            );
            return Ok(FileUnit::refused(place, "UNIT_TOO_LARGE", message));
        }
        if crowded {
            let message = format!("the <tu> has more than {MAX_TU_VARIANTS} <tuv>: give each pair a <tu>");
            return Ok(FileUnit::refused(place, "UNIT_TOO_LARGE", message));
        }
        let drafts = raw.drafts(&self.languages, &place, &mut problems);
        Ok(FileUnit { position: place, drafts, problems })
    }

    fn property(&mut self, element: &Element) -> Result<Property, ReadError> {
        let name = element.get("type").unwrap_or("prop").to_owned();
        let locale = element.language().unwrap_or_default().to_owned();
        Ok(Property { name, value: self.xml.text()?, locale })
    }

    fn variant(&mut self, element: Element, place: &FilePosition) -> Result<RawVariant, ReadError> {
        let mut variant = RawVariant {
            language: element.language().unwrap_or_default().to_owned(),
            attributes: element.attributes,
            ..RawVariant::default()
        };
        let outside = self.xml.depth() - 1;
        while self.xml.depth() > outside {
            if let XmlEvent::Start(child) = self.xml.next()? {
                if !self.count_parts(1) {
                    self.xml.skip()?;
                    continue;
                }
                match child.name.as_str() {
                    "seg" => variant.segment = Some(self.segment(place, &mut variant.problems)?),
                    "prop" => variant.properties.push(self.property(&child)?),
                    "note" => variant.notes.push(self.xml.text()?),
                    _ => self.xml.skip()?,
                }
            }
        }
        Ok(variant)
    }

    /// Reads the content of a `<seg>`: its text, and its inline codes with their positions in code points.
    fn segment(&mut self, place: &FilePosition, problems: &mut Vec<Problem>) -> Result<Segment, ReadError> {
        let mut segment = SegmentBuilder::default();
        let outside = self.xml.depth() - 1;
        while self.xml.depth() > outside {
            match self.xml.next()? {
                XmlEvent::Text(text) => segment.text(&text),
                XmlEvent::UnknownReference(_) if problems.len() >= MAX_REPORTED_PROBLEMS => {}
                XmlEvent::UnknownReference(name) => {
                    problems.push(Problem::refused(place, "UNKNOWN_ENTITY", unknown_entity_message(&name)));
                }
                XmlEvent::Start(_) if !self.count_parts(2) => self.xml.skip()?,
                XmlEvent::Start(element) if is_code(&element.name) => {
                    let raw = self.xml.text()?;
                    segment.code(&element, raw);
                }
                XmlEvent::Start(element) => segment.open(element),
                XmlEvent::End(name) => segment.close(&name),
                XmlEvent::EndOfDocument => {}
            }
        }
        Ok(segment.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::MAX_TU_PARTS;
    use crate::{
        clock::Timestamp,
        interchange::{FileUnit, Languages, ReadError, UnitFormat, UnitReader},
        segment::CodeKind,
        unit::{Origin, ReviewState},
    };

    fn read_all(file: &str) -> Result<Vec<FileUnit>, ReadError> {
        let mut reader = UnitReader::new(UnitFormat::Tmx, file.as_bytes(), &Languages::default())?;
        let mut units = Vec::new();
        while let Some(unit) = reader.next_unit()? {
            units.push(unit);
        }
        Ok(units)
    }

    fn read(units: &str) -> Vec<FileUnit> {
        let file = format!(
            "<tmx version=\"1.4\"><header srclang=\"en\"><prop type='x'>y</prop></header><body>{units}</body></tmx>"
        );
        read_all(&file).unwrap_or_else(|e| panic!("{e}"))
    }

    /// Returns a `<tu>` with an Arabic side and so many English ones.
    fn tu_with_targets(text: &str, targets: usize) -> String {
        let targets = "<tuv xml:lang='en'><seg>yes</seg></tuv>".repeat(targets);
        format!("<tu><tuv xml:lang='ar'><seg>{text}</seg></tuv>{targets}</tu>")
    }

    fn reasons(unit: &FileUnit) -> Vec<(&str, bool)> {
        unit.problems.iter().map(|p| (p.reason, p.refused)).collect()
    }

    #[test]
    fn sides_are_found_by_language_in_any_order() {
        let units = read(
            "<tu tuid='a'><tuv xml:lang='fr'><seg>oui</seg></tuv><tuv xml:lang='EN-us'><seg>yes</seg></tuv><tuv xml:lang='ar-EG'><seg>نعم</seg></tuv></tu>\
             <tu><tuv lang='ar'><seg>لا</seg></tuv><tuv lang='en'><seg>no</seg></tuv><tuv lang='en-GB'><seg>nope</seg></tuv></tu>",
        );
        let first = &units[0].drafts[0];
        assert_eq!((first.source.segment.text.as_str(), first.target.segment.text.as_str()), ("نعم", "yes"));
        assert_eq!((first.source.locale.as_str(), first.target.locale.as_str()), ("ar-EG", "en-US"));
        assert_eq!(first.external_id, "a");
        let targets: Vec<_> = units[1].drafts.iter().map(|d| d.target.segment.text.as_str()).collect();
        assert_eq!(targets, ["no", "nope"]);
    }

    /// Returns the origin and the review state of the first unit, or the reason to refuse it.
    fn review(attributes: &str, properties: &str) -> Result<(Origin, ReviewState), &'static str> {
        let units = read(&format!(
            "<tu {attributes}>{properties}<tuv xml:lang='ar'><seg>نعم</seg></tuv><tuv xml:lang='en'><seg>yes</seg></tuv></tu>"
        ));
        let draft = units[0].drafts.first().map(|d| (d.provenance.origin, d.provenance.review));
        draft.ok_or_else(|| units[0].problems[0].reason)
    }

    #[test]
    fn levels_and_authors_of_other_tools_are_kept_as_origin_and_review() {
        let level = |level: &str, more: &str| {
            review("", &format!("<prop type='x-ConfirmationLevel'>{level}</prop>{more}"))
        };
        let origin = |origin: &str| format!("<prop type='x-Origin'>{origin}</prop>");
        let own = |state: &str| format!("<prop type='x-dhakira-review'>{state}</prop>");
        for (found, expected) in [
            (level("Draft", ""), Ok((Origin::Unknown, ReviewState::Unreviewed))),
            (level("Draft", &origin("MachineTranslation")), Ok((Origin::Machine, ReviewState::Unreviewed))),
            (level("Translated", &origin("MT")), Ok((Origin::Human, ReviewState::Confirmed))),
            (level("ApprovedSignOff", ""), Ok((Origin::Human, ReviewState::Confirmed))),
            (level("Unspecified", ""), Ok((Origin::Unknown, ReviewState::Confirmed))),
            (level("RejectedTranslation", ""), Err("REJECTED")),
            // Our own words come first, because the unit may have been confirmed since.
            (level("RejectedTranslation", &own("confirmed")), Ok((Origin::Unknown, ReviewState::Confirmed))),
            (level("Translated", &own("unreviewed")), Ok((Origin::Unknown, ReviewState::Unreviewed))),
            (review("creationid='MT!'", ""), Ok((Origin::Machine, ReviewState::Confirmed))),
            (review("creationid='MT!' changeid='ann'", ""), Ok((Origin::Unknown, ReviewState::Confirmed))),
            (review("creationid='ALIGN!'", ""), Ok((Origin::Aligned, ReviewState::Confirmed))),
        ] {
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn each_source_of_the_language_is_a_unit() {
        let units = read(
            "<tu tuid='7'><tuv xml:lang='en'><seg>mobile phone</seg></tuv><tuv xml:lang='ar-EG'><seg>موبايل</seg></tuv><tuv xml:lang='ar'><seg>هاتف</seg></tuv><tuv xml:lang='ar-SA'><seg>هاتف</seg></tuv><tuv xml:lang='en-GB'><seg>mobile</seg></tuv></tu>",
        );
        let drafts = units[0].drafts.iter();
        let found: Vec<_> = drafts
            .map(|d| {
                let sides = [&d.source, &d.target].map(|side| side.segment.text.as_str());
                (d.external_id.as_str(), d.source.locale.as_str(), sides)
            })
            .collect();
        assert_eq!(
            found,
            [
                ("7", "ar", ["هاتف", "mobile phone"]),
                ("7#2", "ar", ["هاتف", "mobile"]),
                ("7#3", "ar-EG", ["موبايل", "mobile phone"]),
                ("7#4", "ar-EG", ["موبايل", "mobile"]),
            ]
        );
        let sides = |language: &str, count: usize| -> String {
            (0..count)
                .map(|n| format!("<tuv xml:lang='{language}'><seg>{language} {n}</seg></tuv>"))
                .collect()
        };
        let many = read(&format!("<tu>{}{}</tu>", sides("ar", 40), sides("en", 40)));
        assert_eq!((many[0].drafts.len(), reasons(&many[0])), (0, vec![("UNIT_TOO_LARGE", true)]));
    }

    #[test]
    fn a_unit_without_a_side_is_refused_and_reading_continues() {
        let units = read(
            "<tu><tuv xml:lang='ar'><seg>نعم</seg></tuv></tu>\
             <tu><tuv xml:lang='en'><seg>yes</seg></tuv></tu>\
             <tu/>\
             <tu><tuv xml:lang='ar'><seg>ن&nbsp;م</seg></tuv><tuv xml:lang='en'><seg>y</seg></tuv></tu>\
             <tu><tuv xml:lang='ar'><seg>ن\u{1}م</seg></tuv><tuv xml:lang='en'><seg>y</seg></tuv></tu>\
             <tu><tuv xml:lang='ar'><seg>نعم</seg></tuv><tuv xml:lang='en'><seg>yes</seg></tuv><tuv xml:lang='fr'><seg>o&nbsp;</seg></tuv></tu>",
        );
        let outcomes: Vec<_> = units.iter().map(|u| (u.drafts.len(), reasons(u))).collect();
        assert_eq!(
            outcomes,
            [
                (0, vec![("NO_TARGET", true)]),
                (0, vec![("NO_SOURCE", true)]),
                (0, vec![("NO_SOURCE", true)]),
                (0, vec![("UNKNOWN_ENTITY", true)]),
                (0, vec![("BAD_CHARACTER", true)]),
                (1, vec![]),
            ]
        );
    }

    #[test]
    fn a_missing_language_is_explained_with_those_that_are_there() {
        for (languages, expected) in [
            (
                ["arb", "en"],
                "no <tuv> with text in ar; the unit has text in arb, en. If arb is a name of ar, import with --rename-locale arb=ar",
            ),
            (["en", "EN-us"], "no <tuv> with text in ar; the unit has text in en, EN-us"),
            (
                ["Arabic", "en"],
                "no <tuv> with text in ar; the unit has text in Arabic, en. If Arabic is a name of ar, import with --rename-locale Arabic=ar",
            ),
        ] {
            let sides =
                languages.map(|language| format!("<tuv xml:lang='{language}'><seg>x</seg></tuv>")).concat();
            let units = read(&format!("<tu>{sides}</tu>"));
            let refused = units[0].problems.iter().find(|p| p.reason == "NO_SOURCE").unwrap();
            assert_eq!(refused.message, expected);
        }
        assert!(read("<tu/>")[0].problems[0].message.ends_with("the unit has no text at all"));
    }

    #[test]
    fn code_positions_count_code_points() {
        let units = read(
            "<tu><tuv xml:lang='ar'><seg>قال <bpt i='1' x='7'>&lt;b></bpt>نعم<ept i='1'>&lt;/b></ept> <ph><sub>x</sub>{0}</ph><hi type='f'>ثم</hi></seg></tuv><tuv xml:lang='en'><seg>y</seg></tuv></tu>",
        );
        let segment = &units[0].drafts[0].source.segment;
        assert_eq!(segment.text, "قال نعم ثم");
        let codes: Vec<_> =
            segment.codes.iter().map(|c| (c.position, c.kind, c.pair.as_str(), c.raw.as_str())).collect();
        assert_eq!(
            codes,
            [
                (4, CodeKind::Open, "1", "<b>"),
                (7, CodeKind::Close, "1", "</b>"),
                (8, CodeKind::Standalone, "", "x{0}"),
                (8, CodeKind::Open, "", "<hi type=\"f\">"),
                (10, CodeKind::Close, "", "</hi>"),
            ]
        );
    }

    #[test]
    fn metadata_is_read() {
        let units = read(
            "<tu tuid='t' creationid='ann' creationdate='20240102T030405Z' usagecount='3' segtype='block' changedate='yesterday'>\
             <note>n</note><prop type='project'>alpha</prop><prop type='x-context-pre'>قبل</prop>\
             <tuv xml:lang='ar'><seg>نعم</seg></tuv><tuv xml:lang='en' changeid='bob'><prop type='q'>1</prop><seg>yes</seg></tuv></tu>",
        );
        let draft = &units[0].drafts[0];
        assert_eq!(draft.provenance.created_by, "ann");
        assert_eq!(draft.provenance.created_at, Some(Timestamp(1_704_164_645_000)));
        assert_eq!(draft.provenance.changed_by, "bob");
        assert_eq!(draft.provenance.usage_count, Some(3));
        assert_eq!(draft.context.previous.as_deref(), Some("قبل"));
        assert_eq!(draft.notes, ["n"]);
        let properties: Vec<_> =
            draft.properties.iter().map(|p| (p.name.as_str(), p.value.as_str())).collect();
        assert_eq!(properties, [("project", "alpha"), ("tmx:segtype", "block")]);
        assert_eq!(draft.target.properties[0].name, "q");
        assert_eq!(reasons(&units[0]), [("BAD_DATE", false)]);
    }

    #[test]
    fn other_documents_and_truncated_ones_are_errors() {
        assert!(matches!(read_all("<xliff/>"), Err(ReadError::WrongRoot { found, .. }) if found == "xliff"));
        let cut = "<tmx><body><tu><tuv xml:lang='ar'><seg>نعم</seg></tuv><tuv xml:lang='en'><seg>y</seg></tuv></tu>\n<tu><tuv";
        let mut reader = UnitReader::new(UnitFormat::Tmx, cut.as_bytes(), &Languages::default())
            .unwrap_or_else(|e| panic!("{e}"));
        assert!(reader.next_unit().is_ok_and(|u| u.is_some()));
        assert!(matches!(reader.next_unit(), Err(ReadError::NotWellFormed { line: 2, .. })));
        assert!(read_all("not xml").is_err());
    }

    #[test]
    fn a_unit_that_is_too_large_is_refused_and_reading_continues() {
        let small = "<tu><tuv xml:lang='ar'><seg>نعم</seg></tuv><tuv xml:lang='en'><seg>yes</seg></tuv></tu>";
        let text = "كلمة <ph>x</ph><hi>ثم</hi>".repeat(200_000);
        let units = read(&format!("<tu><tuv xml:lang='ar'><seg>{text}</seg></tuv></tu>{small}"));
        assert_eq!(reasons(&units[0]), [("UNIT_TOO_LARGE", true)]);
        assert_eq!(units[1].drafts.len(), 1);
        // The `<tuv>` with its attribute, its `<seg>`, and twice for each code.
        let codes = (MAX_TU_PARTS - 3) / 2;
        for (codes, reasons_found) in
            [(codes, vec![("NO_TARGET", true)]), (codes + 1, vec![("UNIT_TOO_LARGE", true)])]
        {
            let text = "<x/>".repeat(codes);
            let units = read(&format!("<tu><tuv xml:lang='ar'><seg>n{text}</seg></tuv></tu>{small}"));
            assert_eq!(reasons(&units[0]), reasons_found);
            assert_eq!(units[1].drafts.len(), 1);
        }
        let references = format!("<tu><tuv xml:lang='ar'><seg>{}</seg></tuv></tu>", "&x;".repeat(1_000));
        assert!(read(&references)[0].problems.len() <= 11);
    }

    #[test]
    fn data_shared_by_many_translations_is_bounded() {
        let long = "كلمة ".repeat(5_000);
        let units = read(
            &[
                tu_with_targets("نعم", 900),
                tu_with_targets(&long, 900),
                tu_with_targets(&long, 2),
                tu_with_targets("نعم", 1_100),
            ]
            .concat(),
        );
        let outcomes: Vec<_> = units.iter().map(|u| (u.drafts.len(), reasons(u))).collect();
        assert_eq!(
            outcomes,
            [
                (900, vec![]),
                (0, vec![("UNIT_TOO_LARGE", true)]),
                (2, vec![]),
                (0, vec![("UNIT_TOO_LARGE", true)]),
            ]
        );
        let unknown = read(&format!("<tu>{}</tu>", "<tuv/>".repeat(900)));
        assert!(unknown[0].problems.len() <= 11);
    }

    #[test]
    fn a_comment_or_attribute_is_bounded_and_a_note_is_not() {
        let file = |whole: &str| {
            let header = whole.replace("{}", &">".repeat(20 << 20));
            format!("<tmx version='1.4'><header>{header}</header></tmx>")
        };
        assert!(read_all(&file("<note>{}</note>")).is_ok_and(|units| units.is_empty()));
        for whole in ["<!-- {} -->", "<note x='{}'/>", "<![CDATA[{}]]>"] {
            let error = read_all(&file(whole)).err();
            assert!(
                matches!(&error, Some(ReadError::Io(what)) if what.contains("16 MiB")),
                "{whole}: {error:?}"
            );
        }
    }

    #[test]
    fn source_metadata_is_stored_and_a_bad_count_reported() {
        let units = read(
            "<tu usagecount='often'><prop type='x-context-pre'>&lt;seg>a &amp;amp; b &lt;ph>{0}&lt;/ph>&lt;/seg></prop><tuv xml:lang='ar' creationid='ann'><seg>نعم</seg></tuv><tuv xml:lang='en' creationid='bob'><seg>yes</seg></tuv></tu>",
        );
        let draft = &units[0].drafts[0];
        assert_eq!(draft.provenance.created_by, "bob");
        assert_eq!(
            (draft.source.properties[0].name.as_str(), draft.source.properties[0].value.as_str()),
            ("tmx:creationid", "ann")
        );
        assert_eq!(draft.context.previous.as_deref(), Some("a & b "));
        assert_eq!(reasons(&units[0]), [("BAD_NUMBER", false)]);
    }
}
