//! TBX: version 3 (`conceptEntry/langSec/termSec`, style DCA or DCT) and
//! version 2 (`termEntry/langSet/tig|ntig`).

use std::io::Read;

use super::{
    concepts::ConceptFile,
    error::ReadError,
    problem::{Place, Problem},
    terms_csv::part_of_speech,
    xml::{Element, Xml, XmlReader},
};
use crate::{
    locale::Locale,
    term::{ConceptDraft, PartOfSpeech, Term, TermStatus},
    unit::Property,
};

pub(super) fn read(bytes: impl Read, source: &Locale) -> Result<ConceptFile, ReadError> {
    let mut reader =
        Tbx { xml: XmlReader::new(bytes)?, file: ConceptFile::default(), place: Place::default() };
    let mut rooted = false;
    loop {
        match reader.xml.next()? {
            Xml::Start(element) if !rooted => {
                rooted = true;
                if !matches!(element.name.as_str(), "tbx" | "martif") {
                    let line = reader.xml.line();
                    return Err(ReadError::WrongRoot {
                        line,
                        found: element.name,
                        expected: "<tbx> or <martif>",
                    });
                }
            }
            Xml::Start(element) if matches!(element.name.as_str(), "conceptEntry" | "termEntry") => {
                reader.concept(&element, source)?;
            }
            Xml::Over => return Ok(reader.file),
            _ => {}
        }
    }
}

struct Tbx<R: Read> {
    xml: XmlReader<R>,
    file: ConceptFile,
    place: Place,
}

impl<R: Read> Tbx<R> {
    fn concept(&mut self, element: &Element, source: &Locale) -> Result<(), ReadError> {
        self.file.read += 1;
        let id = element.get("id").unwrap_or_default().to_owned();
        let unit = if id.is_empty() { format!("#{}", self.file.read) } else { id.clone() };
        self.place = Place { line: self.xml.line(), unit };
        let mut concept = ConceptDraft { id, ..ConceptDraft::default() };
        let outside = self.xml.depth() - 1;
        while self.xml.depth() > outside {
            let Xml::Start(child) = self.xml.next()? else { continue };
            match child.name.as_str() {
                "langSec" | "langSet" => self.language(&child, &mut concept)?,
                "descripGrp" => {}
                "note" => concept.notes.push(self.xml.text()?),
                _ => self.describe(&child, &mut concept)?,
            }
        }
        if concept.terms.iter().any(|t| t.locale.same_language(source)) {
            // Preferred terms first: the first is the one that others are variants of.
            concept.terms.sort_by_key(|t| t.status != TermStatus::Preferred);
            self.file.concepts.push(concept);
        } else {
            let message = format!("no term in '{source}'");
            self.file.problems.push(Problem::refused(&self.place, "NO_SOURCE_TERM", message));
        }
        Ok(())
    }

    /// Takes a data category of the concept, by its type (DCA) or name (DCT).
    fn describe(&mut self, element: &Element, concept: &mut ConceptDraft) -> Result<(), ReadError> {
        let category = element.get("type").unwrap_or(&element.name).to_owned();
        let value = self.xml.text()?.trim().to_owned();
        match category.as_str() {
            "definition" => concept.definition = value,
            "subjectField" => concept.domain = value,
            _ if value.is_empty() => {}
            _ => concept.properties.push(Property { name: category, value, locale: String::new() }),
        }
        Ok(())
    }

    fn language(&mut self, element: &Element, concept: &mut ConceptDraft) -> Result<(), ReadError> {
        let locale = match Locale::parse_from_file(element.language().unwrap_or_default()) {
            Ok(locale) => locale,
            Err(bad) => {
                self.file.problems.push(Problem::remark(
                    &self.place,
                    "BAD_LOCALE",
                    format!("a language is left out: {bad}"),
                ));
                return self.xml.skip();
            }
        };
        let outside = self.xml.depth() - 1;
        while self.xml.depth() > outside {
            let Xml::Start(child) = self.xml.next()? else { continue };
            match child.name.as_str() {
                "termSec" | "tig" | "ntig" => {
                    let term = self.term(locale.clone())?;
                    concept.terms.extend(term);
                }
                "descripGrp" => {}
                "note" => concept.notes.push(self.xml.text()?),
                _ => self.describe(&child, concept)?,
            }
        }
        Ok(())
    }

    fn term(&mut self, locale: Locale) -> Result<Option<Term>, ReadError> {
        let mut term = Term {
            text: String::new(),
            locale,
            status: TermStatus::Admitted,
            part_of_speech: PartOfSpeech::Unknown,
            proper_noun: false,
            case_sensitive: false,
            usage_note: String::new(),
        };
        let outside = self.xml.depth() - 1;
        while self.xml.depth() > outside {
            let Xml::Start(child) = self.xml.next()? else { continue };
            let category = child.get("type").unwrap_or(&child.name).to_owned();
            match category.as_str() {
                "termGrp" | "termNoteGrp" | "descripGrp" => {}
                "term" => self.xml.text()?.trim().clone_into(&mut term.text),
                "administrativeStatus" | "normativeAuthorization" => {
                    let told = self.xml.text()?;
                    match status(&told) {
                        Some(status) => term.status = status,
                        None => self.file.problems.push(Problem::remark(
                            &self.place,
                            "BAD_STATUS",
                            format!("'{told}' is no status: admitted is used"),
                        )),
                    }
                }
                "partOfSpeech" => {
                    term.part_of_speech = part_of_speech(&self.xml.text()?).unwrap_or(PartOfSpeech::Other);
                    term.proper_noun |= term.part_of_speech == PartOfSpeech::ProperNoun;
                }
                "usageNote" => term.usage_note = self.xml.text()?,
                _ => self.xml.skip()?,
            }
        }
        if term.text.is_empty() {
            self.file.problems.push(Problem::remark(&self.place, "EMPTY_TERM", "an empty term is left out"));
            return Ok(None);
        }
        Ok(Some(term))
    }
}

/// Reads a status as versions 2 and 3 write it.
fn status(text: &str) -> Option<TermStatus> {
    let text = text.trim();
    let bare = text.strip_suffix("-admn-sts").or_else(|| text.strip_suffix("Term")).unwrap_or(text);
    match bare {
        "preferredTerm" | "preferred" => Some(TermStatus::Preferred),
        "admittedTerm" | "admitted" => Some(TermStatus::Admitted),
        "deprecatedTerm" | "deprecated" | "notRecommended" => Some(TermStatus::Deprecated),
        "supersededTerm" | "superseded" | "obsoleteTerm" | "obsolete" => Some(TermStatus::Superseded),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::{
        interchange::ConceptFile,
        locale::Locale,
        term::{PartOfSpeech, TermStatus},
    };

    fn tbx(text: &str) -> ConceptFile {
        read(text.as_bytes(), &Locale::arabic()).unwrap_or_else(|e| panic!("{e}"))
    }

    const V3: &str = r#"<tbx type="TBX-Basic" style="dca" xml:lang="ar" xmlns="urn:iso:std:iso:30042:ed-2"><tbxHeader/><text><body>
        <conceptEntry id="c1"><descrip type="subjectField">conflict</descrip>
          <langSec xml:lang="ar"><termSec><term>كتائب</term></termSec><termSec><term>كتيبة</term><termNote type="administrativeStatus">preferredTerm-admn-sts</termNote><termNote type="partOfSpeech">noun</termNote></termSec></langSec>
          <langSec xml:lang="en"><termSec><term>brigade</term><termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></termSec></langSec></conceptEntry>
        <conceptEntry id="c2"><langSec xml:lang="en"><termSec><term>truce</term></termSec></langSec></conceptEntry>
        </body></text></tbx>"#;

    #[test]
    fn version_3_is_read() {
        let file = tbx(V3);
        let concept = &file.concepts[0];
        assert_eq!((concept.id.as_str(), concept.domain.as_str()), ("c1", "conflict"));
        let terms: Vec<_> = concept
            .terms
            .iter()
            .map(|t| (t.text.as_str(), t.locale.as_str(), t.status, t.part_of_speech))
            .collect();
        assert_eq!(
            terms,
            [
                ("كتيبة", "ar", TermStatus::Preferred, PartOfSpeech::Noun),
                ("كتائب", "ar", TermStatus::Admitted, PartOfSpeech::Unknown),
                ("brigade", "en", TermStatus::Deprecated, PartOfSpeech::Unknown),
            ]
        );
        let problems: Vec<_> =
            file.problems.iter().map(|p| (p.place.unit.as_str(), p.reason, p.refused)).collect();
        assert_eq!(problems, [("c2", "NO_SOURCE_TERM", true)]);
        assert_eq!(file.read, 2);
    }

    #[test]
    fn version_2_is_read() {
        let file = tbx(
            r#"<martif type="TBX"><text><body><termEntry id="e1"><descripGrp><descrip type="definition">d</descrip></descripGrp>
            <langSet xml:lang="ar"><tig><term>هدنة</term></tig></langSet>
            <langSet xml:lang="en"><ntig><termGrp><term>truce</term><termNote type="partOfSpeech">noun</termNote></termGrp></ntig></langSet>
            </termEntry></body></text></martif>"#,
        );
        let concept = &file.concepts[0];
        assert_eq!(concept.definition, "d");
        let terms: Vec<_> = concept.terms.iter().map(|t| t.text.as_str()).collect();
        assert_eq!(terms, ["هدنة", "truce"]);
    }

    #[test]
    fn other_documents_are_refused() {
        assert!(read("<tmx/>".as_bytes(), &Locale::arabic()).is_err());
        assert!(read("<tbx><text>".as_bytes(), &Locale::arabic()).is_err());
    }
}
