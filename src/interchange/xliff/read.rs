//! A streaming reader of XLIFF 1.2 and 2.x.

use std::io::Read;

use super::{
    document_names::{DocumentName, DocumentNames},
    drafts::to_file_unit,
    scope::XliffVersion,
    v1, v2,
    walk::{UnitStart, XliffPart, XliffWalk},
};
use crate::interchange::{
    contract::{FileUnit, Languages, ReadUnits},
    error::ReadError,
    problem::FilePosition,
    xml::XmlReader,
};

pub(crate) struct XliffReader<R: Read> {
    walk: XliffWalk<R>,
    languages: Languages,
    /// Number of units so far. It identifies units without an id.
    number: u64,
    documents: DocumentNames,
    /// The document of the current unit.
    document: DocumentName,
}

impl<R: Read> XliffReader<R> {
    /// Opens a file. `name` is its name or path, or empty if it is unknown. It becomes a part of external ids.
    pub(crate) fn new(bytes: R, name: &str, languages: Languages) -> Result<Self, ReadError> {
        let walk = XliffWalk::new(XmlReader::new(bytes)?);
        let (documents, document) = (DocumentNames::new(name), DocumentName::default());
        Ok(Self { walk, languages, number: 0, documents, document })
    }

    fn unit(&mut self, start: UnitStart) -> Result<FileUnit, ReadError> {
        self.number += 1;
        let id = start.element.get("id").filter(|id| !id.is_empty());
        let id = id.map_or_else(|| format!("#{}", self.number), str::to_owned);
        let place = FilePosition { line: self.walk.line(), unit: id };
        let Some(node) = self.walk.xml().tree(start.element)? else {
            return Ok(FileUnit::refused(place, "UNIT_TOO_LARGE", "the unit has more than 4 MiB"));
        };
        let scope = self.walk.scope();
        let direction = match scope.direction(&node, &self.languages) {
            Ok(direction) => direction,
            Err((reason, message)) => return Ok(FileUnit::refused(place, reason, message)),
        };
        let unit = match scope.version {
            XliffVersion::V1 => v1::unit(&node),
            XliffVersion::V2 => v2::unit(&node),
        };
        if unit.too_large {
            let message = "the unit's codes have more than 4 MiB";
            return Ok(FileUnit::refused(place, "UNIT_TOO_LARGE", message));
        }
        Ok(to_file_unit(&unit, &self.document, &direction, place))
    }
}

impl<R: Read> ReadUnits for XliffReader<R> {
    fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError> {
        while let Some(part) = self.walk.next()? {
            match part {
                // A missing language is a problem of each unit, because the other files may have theirs.
                XliffPart::File(_) => self.document = self.documents.next(&self.walk.scope().original),
                // Text that the document keeps as it is, such as the name of a product, is not for translation.
                XliffPart::Unit(start) if !start.translatable => {
                    self.number += 1;
                    self.walk.xml().skip()?;
                }
                XliffPart::Unit(start) => return self.unit(start).map(Some),
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        interchange::{FileUnit, Languages, ReadError, UnitFormat, UnitReader},
        segment::CodeKind,
        unit::{Origin, ReviewState, UnitDraft},
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

    /// Returns the origin and the review state of each translation of a unit.
    fn reviews(unit: &FileUnit) -> Vec<(Origin, ReviewState)> {
        unit.drafts.iter().map(|d| (d.provenance.origin, d.provenance.review)).collect()
    }

    const UNREVIEWED: (Origin, ReviewState) = (Origin::Unknown, ReviewState::Unreviewed);
    const NOT_SPECIFIED: (Origin, ReviewState) = (Origin::Unknown, ReviewState::Confirmed);
    const CONFIRMED: (Origin, ReviewState) = (Origin::Human, ReviewState::Confirmed);
    const MACHINE: (Origin, ReviewState) = (Origin::Machine, ReviewState::Unreviewed);

    /// Reads a translation with attributes of its unit and its target in version 1. The error is the reason to refuse it.
    fn v1_review(unit: &str, target: &str) -> Result<(Origin, ReviewState), String> {
        let units = v1(&format!(
            "<trans-unit id='1' {unit}><source>yes</source><target {target}>نعم</target></trans-unit>"
        ));
        reviews(&units[0]).first().copied().ok_or_else(|| units[0].problems[0].reason.to_owned())
    }

    #[test]
    fn states_of_version_1_are_kept_as_origin_and_review() {
        for (state, expected) in [
            ("", Ok(NOT_SPECIFIED)),
            ("state='translated'", Ok(NOT_SPECIFIED)),
            ("state='final'", Ok(CONFIRMED)),
            ("state='signed-off'", Ok(CONFIRMED)),
            ("state='x-reviewed'", Ok(CONFIRMED)),
            ("state='needs-adaptation'", Ok(UNREVIEWED)),
            ("state='needs-review-translation'", Ok(UNREVIEWED)),
            ("state='needs-review-l10n'", Ok(UNREVIEWED)),
            ("state='x-unheard-of'", Ok(UNREVIEWED)),
            ("state='needs-translation'", Err("NO_TARGET")),
            ("state='x-rejected'", Err("REJECTED")),
            (
                "state='translated' state-qualifier='leveraged-mt'",
                Ok((Origin::Machine, ReviewState::Confirmed)),
            ),
            ("state='needs-review-translation' state-qualifier='mt-suggestion'", Ok(MACHINE)),
            ("state-qualifier='mt-suggestion'", Ok(MACHINE)),
            ("state='signed-off' state-qualifier='leveraged-mt'", Ok(CONFIRMED)),
            ("state-qualifier='fuzzy-match'", Ok(UNREVIEWED)),
            ("state='translated' state-qualifier='fuzzy-match'", Ok(NOT_SPECIFIED)),
            ("state='needs-review-translation' state-qualifier='fuzzy-match'", Err("NO_TARGET")),
            ("state-qualifier='exact-match'", Ok(NOT_SPECIFIED)),
            ("state='translated' state-qualifier='rejected-grammar'", Err("REJECTED")),
        ] {
            assert_eq!(v1_review("", state), expected.map_err(str::to_owned), "{state}");
        }
        for (unit, expected) in [
            ("approved='yes'", Ok(CONFIRMED)),
            ("approved='no'", Ok(NOT_SPECIFIED)),
            ("mq:status='ManuallyConfirmed'", Ok(CONFIRMED)),
            ("mq:status='Proofread'", Ok(CONFIRMED)),
            ("mq:status='PartiallyEdited'", Ok(UNREVIEWED)),
            ("mq:status='Pretranslated'", Ok(UNREVIEWED)),
            ("mq:status='MachineTranslated'", Ok(MACHINE)),
            ("mq:status='NotStarted'", Err("NO_TARGET")),
            ("mq:status='Rejected'", Err("REJECTED")),
            ("m:confirmed='1' m:trans-origin='mt'", Ok(CONFIRMED)),
            ("m:confirmed='0' m:trans-origin='null'", Ok(UNREVIEWED)),
            ("m:confirmed='0' m:trans-origin='MT'", Ok(MACHINE)),
        ] {
            assert_eq!(v1_review(unit, ""), expected.map_err(str::to_owned), "{unit}");
        }
    }

    #[test]
    fn states_of_version_2_are_kept_as_review() {
        for (state, expected) in [
            ("", Ok(NOT_SPECIFIED)),
            ("state='translated'", Ok(NOT_SPECIFIED)),
            ("state='reviewed'", Ok(CONFIRMED)),
            ("state='final'", Ok(CONFIRMED)),
            ("state='checked'", Ok(UNREVIEWED)),
            ("state='translated' subState='tool:mt'", Ok((Origin::Machine, ReviewState::Confirmed))),
            ("state='initial'", Err("NO_TARGET")),
            ("state='new'", Err("NO_TARGET")),
            ("state='needs-translation'", Err("NO_TARGET")),
        ] {
            let units = v2(&format!(
                "<unit id='1'><segment {state}><source>نعم</source><target>yes</target></segment></unit>"
            ));
            let found = reviews(&units[0]).first().copied().ok_or_else(|| units[0].problems[0].reason);
            assert_eq!(found, expected, "{state}");
        }
    }

    #[test]
    fn segments_of_trados_have_their_own_levels() {
        let levels = [
            ("conf='Draft' origin='tm' percent='76'", Some(UNREVIEWED)),
            ("conf='Draft' origin='mt'", Some(MACHINE)),
            ("conf='Translated' origin='nmt'", Some(CONFIRMED)),
            ("conf='ApprovedTranslation'", Some(CONFIRMED)),
            ("conf='ApprovedSignOff'", Some(CONFIRMED)),
            ("conf='RejectedTranslation'", None),
            ("conf='RejectedSignOff'", None),
            ("", Some(UNREVIEWED)),
            ("origin='not-translated'", None),
        ];
        let marks = |text: &str| -> String {
            (0..levels.len()).map(|n| format!("<mrk mtype='seg' mid='{n}'>{text} {n}.</mrk>")).collect()
        };
        let list: String =
            levels.iter().enumerate().map(|(n, (level, _))| format!("<sdl:seg id='{n}' {level}/>")).collect();
        let units = v1(&format!(
            "<trans-unit id='1'><source>all</source><seg-source>{}</seg-source><target>{}</target><sdl:seg-defs xmlns:sdl='http://sdl.com/FileTypes/SdlXliff/1.0'>{list}</sdl:seg-defs></trans-unit>",
            marks("yes"),
            marks("نعم")
        ));
        assert_eq!(reviews(&units[0]), levels.iter().filter_map(|(_, review)| *review).collect::<Vec<_>>());
        assert_eq!(reasons(&units[0]), ["REJECTED", "REJECTED", "PARTLY_TRANSLATED"]);
        assert!(
            units[0].problems[0].message.starts_with("the translation of segment 5 is marked as rejected")
        );
        let properties = &units[0].drafts[0].properties;
        let properties: Vec<_> = properties.iter().map(|p| (p.name.as_str(), p.value.as_str())).collect();
        assert_eq!(
            properties,
            [("sdlxliff:conf", "Draft"), ("sdlxliff:origin", "tm"), ("sdlxliff:percent", "76")]
        );
    }

    #[test]
    fn elements_of_other_vocabularies_are_not_part_of_a_unit() {
        let other = "<trans-unit id='1'><source>yes<my:x a='1'/></source><my:target>ext</my:target><target>نعم</target><my:note>n</my:note></trans-unit>";
        let unit = &v1(other)[0];
        assert_eq!((texts(unit), unit.drafts[0].notes.len()), (vec![("نعم", "yes")], 0));
        assert_eq!(unit.drafts[0].target.segment.codes[0].raw, "<my:x a=\"1\"/>");
    }

    #[test]
    fn a_text_in_another_language_than_the_file_is_refused() {
        let units = v1(
            "<trans-unit id='1'><source xml:lang='en-US'>yes</source><target xml:lang='fr'>oui</target></trans-unit>\
             <trans-unit id='2'><source xml:lang='ru'>да</source><target>نعم</target></trans-unit>\
             <trans-unit id='3'><source xml:lang='en-GB'>yes</source><target xml:lang='AR_sa'>نعم</target></trans-unit>\
             <trans-unit id='4'><source xml:lang='?'>yes</source><target xml:lang=''>نعم</target></trans-unit>",
        );
        let found: Vec<_> = units.iter().map(|u| (u.drafts.len(), reasons(u))).collect();
        assert_eq!(
            found,
            [(0, vec!["OTHER_LANGUAGES"]), (0, vec!["OTHER_LANGUAGES"]), (1, vec![]), (1, vec![])]
        );
        let message = &units[0].problems[0].message;
        assert_eq!(message, "the <target> has xml:lang fr, but the file declares ar-EG: correct one of them");
        let second = v2(
            "<unit id='1'><segment><source>نعم</source><target xml:lang='fr'>oui</target></segment></unit>",
        );
        assert_eq!(reasons(&second[0]), ["OTHER_LANGUAGES"]);
    }

    #[test]
    fn text_deleted_with_tracking_is_not_read() {
        let tracked = "<mrk mtype='x-sdl-deleted' sdl:revid='1'>قديمة<x id='9'/></mrk><mrk mtype='x-sdl-added'>جديدة</mrk>";
        let comment = "<mrk mtype='x-sdl-comment' sdl:cid='c'>شركة</mrk>";
        let units = v1(&format!(
            "<trans-unit id='1'><source>A new company</source><seg-source><mrk mtype='seg' mid='1'>A new company</mrk></seg-source><target><mrk mtype='seg' mid='1'>{comment} {tracked}</mrk></target></trans-unit>\
             <trans-unit id='2'><source>yes</source><target>{tracked}</target></trans-unit>\
             <trans-unit id='3'><source>yes</source><target><mrk mtype='x-sdl-feedback-deleted'>نعم</mrk></target></trans-unit>"
        ));
        let found: Vec<_> = units.iter().map(texts).collect();
        assert_eq!(found, [vec![("شركة جديدة", "A new company")], vec![("جديدة", "yes")], vec![]]);
        assert!(units.iter().flat_map(|u| &u.drafts).all(|d| d.source.segment.codes.is_empty()));
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
    fn notes_of_a_pretranslation_are_not_notes_of_the_unit() {
        let unit = "<trans-unit id='1'><source>yes</source><target>نعم</target><note from='dhakira' annotates='source'>yes = نعم</note><note from='somebody'>n</note></trans-unit>";
        assert_eq!(v1(unit)[0].drafts[0].notes, ["n"]);
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
        assert_eq!(found, ["NO_TARGET", "NO_TARGET", "NO_SOURCE", "UNKNOWN_ENTITY"]);
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
        let ids: Vec<_> = units.iter().map(|u| (u.position.unit.as_str(), u.drafts.len())).collect();
        assert_eq!(ids, [("2", 1), ("3", 1), ("5", 1)], "the others are left out without a problem");
        let draft = &units[0].drafts[0];
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
