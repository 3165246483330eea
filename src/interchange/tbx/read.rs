//! Reads concepts from TBX.

use std::io::Read;

use rustc_hash::FxHashSet;

use super::{
    categories::{CategoryLevel, carries_categories, property_name},
    names::{CASE_SENSITIVE, GROUP_PREFIX, PROPER_NOUN, RAW_XML, RESPONSIBLE_PREFIX, TERM_ID, USAGE_NOTE},
    shape::normalize,
    write::to_fragment,
};
use crate::{
    interchange::{
        bytes::dates,
        contract::{ConceptFilePart, FileConcept, ReadConcepts},
        error::ReadError,
        problem::{FilePosition, Problem},
        term_words::{read_part_of_speech, read_status, too_many_terms},
        xml::{Element, MAX_TREE_BYTES, Node, XmlEvent, XmlReader, unknown_entity_message},
    },
    locale::Locale,
    term::{ConceptDraft, PartOfSpeech, Term, TermStatus},
    unit::Property,
};

/// Maximum number of remarks on one entry.
const MAX_ENTRY_REMARKS: usize = 100;

/// A streaming reader of TBX.
pub(crate) struct TbxReader<R: Read> {
    xml: XmlReader<R>,
    source: Locale,
    /// The most terms of one concept.
    most_terms: usize,
    started: bool,
    number: u64,
}

impl<R: Read> TbxReader<R> {
    pub(crate) fn new(bytes: R, source: &Locale, most_terms: usize) -> Result<Self, ReadError> {
        let xml = XmlReader::new(bytes)?;
        Ok(Self { xml, source: source.clone(), most_terms, started: false, number: 0 })
    }

    fn entry(&mut self, element: Element, line: u64) -> Result<FileConcept, ReadError> {
        self.number += 1;
        let id = element.get("id").unwrap_or_default();
        let unit = if id.is_empty() { format!("#{}", self.number) } else { id.to_owned() };
        let place = FilePosition { line, unit };
        let Some(node) = self.xml.tree(element)? else {
            let message = format!(
                "the entry has more than {} MiB: make several concepts of it, or keep long texts elsewhere",
                MAX_TREE_BYTES >> 20
            );
            return Ok(FileConcept::refused(place, "ENTRY_TOO_LARGE", message));
        };
        if let Some(name) = node.unknown_reference() {
            let message = unknown_entity_message(name);
            return Ok(FileConcept::refused(place, "UNKNOWN_ENTITY", message));
        }
        let mut entry = EntryReader {
            place,
            most_terms: self.most_terms,
            defined: FxHashSet::default(),
            problems: Vec::new(),
        };
        let draft = entry.concept(normalize(node), &self.source);
        let EntryReader { place: position, problems, .. } = entry;
        Ok(FileConcept { position, draft, former_id: String::new(), problems })
    }
}

impl<R: Read> ReadConcepts for TbxReader<R> {
    fn next_part(&mut self) -> Result<Option<ConceptFilePart>, ReadError> {
        loop {
            let event = self.xml.next()?;
            let line = self.xml.line();
            let element = match event {
                XmlEvent::Start(element) => element,
                XmlEvent::EndOfDocument => return Ok(None),
                XmlEvent::End(_) | XmlEvent::Text(_) | XmlEvent::UnknownReference(_) => continue,
            };
            match element.name.as_str() {
                "tbx" | "martif" if !self.started => self.started = true,
                _ if !self.started => {
                    let expected = "<tbx> or <martif>";
                    return Err(ReadError::WrongRoot { line, found: element.name, expected });
                }
                "conceptEntry" | "termEntry" => {
                    return self
                        .entry(element, line)
                        .map(|entry| Some(ConceptFilePart::Entry(Box::new(entry))));
                }
                // The back matter describes the file, or holds what entries refer to.
                "back" => {
                    self.xml.skip()?;
                    let place = FilePosition { line, unit: "back".to_owned() };
                    let message = "the back matter is left out: glossaries have none";
                    let remark = Problem::remark(&place, "BACK_MATTER_LEFT_OUT", message);
                    return Ok(Some(ConceptFilePart::Remark(remark)));
                }
                _ => {}
            }
        }
    }
}

/// An entry that is being read.
struct EntryReader {
    place: FilePosition,
    /// The most terms of one concept.
    most_terms: usize,
    /// The languages that have a definition of their own.
    defined: FxHashSet<Locale>,
    problems: Vec<Problem>,
}

impl EntryReader {
    fn refuse(&mut self, reason: &'static str, message: impl Into<String>) {
        self.problems.push(Problem::refused(&self.place, reason, message));
    }

    /// Adds a remark, unless the entry has very many.
    fn remark(&mut self, reason: &'static str, message: impl Into<String>) {
        if self.problems.len() < MAX_ENTRY_REMARKS {
            self.problems.push(Problem::remark(&self.place, reason, message));
        }
    }

    fn concept(&mut self, node: Node, source: &Locale) -> Option<ConceptDraft> {
        let mut concept =
            ConceptDraft { id: node.get("id").unwrap_or_default().to_owned(), ..ConceptDraft::default() };
        self.only(&node, &["id"]);
        for child in node.into_nodes() {
            if child.name == "langSec" {
                self.language(child, &mut concept);
                // Nothing more is made of such an entry, because it will not be stored.
                if concept.terms.len() > self.most_terms {
                    self.refuse("TOO_MANY_TERMS", too_many_terms(self.most_terms));
                    return None;
                }
                continue;
            }
            let taken = match DescripField::from_node(&child) {
                Some(field) if field.name == "definition" && concept.definition.is_empty() => {
                    concept.properties.extend(field.group(""));
                    concept.definition = field.value;
                    true
                }
                Some(field) if field.name == "subjectField" && concept.domain.is_empty() => {
                    concept.properties.extend(field.group(""));
                    concept.domain = field.value;
                    true
                }
                _ => child.name == "transacGrp" && transaction(&child, &mut concept),
            };
            if !taken {
                store_unmapped(
                    &child,
                    CategoryLevel::Concept,
                    "",
                    &mut concept.notes,
                    &mut concept.properties,
                );
            }
        }
        if !concept.terms.iter().any(|t| t.locale.has_same_language(source)) {
            self.refuse("NO_SOURCE_TERM", format!("no term in '{source}'"));
            return None;
        }
        // The preferred terms of each language come first, because the others are variants of the
        // first term.
        let locales: Vec<Locale> = concept.terms.iter().map(|t| t.locale.clone()).collect();
        concept.terms.sort_by_key(|term| {
            let place = locales.iter().position(|locale| *locale == term.locale);
            (place, term.status != TermStatus::Preferred)
        });
        Some(concept)
    }

    fn language(&mut self, node: Node, concept: &mut ConceptDraft) {
        let locale = match Locale::parse_from_file(node.get("xml:lang").unwrap_or_default()) {
            Ok(locale) => locale,
            Err(bad) => return self.remark("BAD_LOCALE", format!("a language is left out: {bad}")),
        };
        self.only(&node, &["xml:lang"]);
        for child in node.into_nodes() {
            if child.name == "termSec" {
                concept.terms.extend(self.term(child, locale.clone()));
                if concept.terms.len() > self.most_terms {
                    return;
                }
                continue;
            }
            // An element about all terms of a language becomes a property with that language.
            match DescripField::from_node(&child) {
                Some(field) if field.name == "definition" && self.defined.insert(locale.clone()) => {
                    concept.properties.extend(field.group(locale.as_str()));
                    concept.properties.push(field.property(locale.as_str()));
                }
                _ => {
                    let mut notes = Vec::new();
                    store_unmapped(
                        &child,
                        CategoryLevel::Concept,
                        locale.as_str(),
                        &mut notes,
                        &mut concept.properties,
                    );
                    let notes = notes.into_iter().map(|note| property("note", note, locale.as_str()));
                    concept.properties.extend(notes);
                }
            }
        }
    }

    fn term(&mut self, node: Node, locale: Locale) -> Option<Term> {
        let mut term = Term::new("", locale);
        self.only(&node, &["id"]);
        term.properties.extend(node.get("id").map(|id| property(TERM_ID, id, "")));
        for child in node.into_nodes() {
            if child.name == "term" {
                if child.nodes().next().is_some() {
                    self.remark("MARKUP_LEFT_OUT", "markup in a term is left out");
                }
                term.text = child.text();
                // In version 2 the term itself has the id.
                let id = child.get("id").filter(|_| !term.properties.iter().any(|p| p.name == TERM_ID));
                term.properties.extend(id.map(|id| property(TERM_ID, id, "")));
                self.only(&child, &["id"]);
                continue;
            }
            let simple = is_simple(&child).then(|| child.get("type").unwrap_or_default());
            let text = child.text();
            let flag = match text.as_str() {
                "yes" | "true" => Some(true),
                "no" | "false" => Some(false),
                _ => None,
            };
            match (child.name.as_str(), simple) {
                ("termNote", Some("administrativeStatus" | "normativeAuthorization")) => {
                    match read_status(&text) {
                        Some(status) => {
                            term.status = status;
                            continue;
                        }
                        None => {
                            self.remark("BAD_STATUS", format!("'{text}' is not a status: admitted is used"));
                        }
                    }
                }
                ("termNote", Some("partOfSpeech")) => {
                    let known = read_part_of_speech(&text);
                    term.part_of_speech = known.unwrap_or(PartOfSpeech::Other);
                    term.proper_noun |= known == Some(PartOfSpeech::ProperNoun);
                    if known.is_some() {
                        continue;
                    }
                }
                ("termNote", Some(USAGE_NOTE)) if term.usage_note.is_empty() => {
                    term.usage_note = text;
                    continue;
                }
                ("termNote", Some(PROPER_NOUN)) if flag.is_some() => {
                    term.proper_noun = flag == Some(true);
                    continue;
                }
                ("termNote", Some(CASE_SENSITIVE)) if flag.is_some() => {
                    term.case_sensitive = flag == Some(true);
                    continue;
                }
                _ => {}
            }
            store_unmapped(&child, CategoryLevel::Term, "", &mut term.notes, &mut term.properties);
        }
        if term.text.is_empty() {
            self.remark("EMPTY_TERM", "an empty term is left out");
            return None;
        }
        Some(term)
    }

    /// Reports the attributes of an element that are left out, which are all but the known ones.
    fn only(&mut self, node: &Node, known: &[&str]) {
        for (name, value) in node.attributes.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            let message = format!("{name}=\"{value}\" of <{}> is left out", node.name);
            self.remark("ATTRIBUTE_LEFT_OUT", message);
        }
    }
}

/// Returns true if an element has a data category and text, but no other attributes and no elements.
fn is_simple(node: &Node) -> bool {
    let only_type = node.attributes.iter().all(|(name, _)| name == "type") && !node.attributes.is_empty();
    carries_categories(&node.name) && only_type && node.nodes().next().is_none()
}

fn property(name: impl Into<String>, value: impl Into<String>, locale: &str) -> Property {
    Property { name: name.into(), value: value.into(), locale: locale.to_owned() }
}

/// Adds an element for which there is no field to the notes or properties.
fn store_unmapped(
    node: &Node,
    level: CategoryLevel,
    locale: &str,
    notes: &mut Vec<String>,
    properties: &mut Vec<Property>,
) {
    let value = node.text();
    if is_simple(node) && !value.is_empty() {
        let category = node.get("type").unwrap_or_default();
        properties.push(property(property_name(&node.name, category, level), value, locale));
    } else if node.name == "note" && node.attributes.is_empty() && node.nodes().next().is_none() {
        notes.extend((!value.is_empty()).then_some(value));
    } else {
        properties.push(property(RAW_XML, to_fragment(std::slice::from_ref(node)), locale));
    }
}

/// A definition or domain, alone or in a group with other elements.
struct DescripField {
    name: String,
    value: String,
    /// The other elements of the group as XML, a space for a group without any, empty for no group.
    more: String,
}

impl DescripField {
    fn from_node(node: &Node) -> Option<Self> {
        let (descrip, more) = if node.name == "descripGrp" && node.attributes.is_empty() {
            let mut inside = node.nodes();
            let first = inside.next()?;
            (first, inside.cloned().collect())
        } else {
            (node, Vec::new())
        };
        let value = descrip.text();
        if descrip.name != "descrip" || !is_simple(descrip) || value.is_empty() {
            return None;
        }
        let name = descrip.get("type")?.to_owned();
        let grouped = node.name == "descripGrp";
        // With a space the writer makes a group again, although it has no other elements.
        let more = if grouped && more.is_empty() { " ".to_owned() } else { to_fragment(&more) };
        matches!(name.as_str(), "definition" | "subjectField").then_some(Self { name, value, more })
    }

    fn property(self, locale: &str) -> Property {
        property(self.name, self.value, locale)
    }

    fn group(&self, locale: &str) -> Option<Property> {
        let name = format!("{GROUP_PREFIX}{}", self.name);
        (!self.more.is_empty()).then(|| property(name, self.more.as_str(), locale))
    }
}

/// Reads who made or changed a concept and when. Returns false, and leaves the concept unchanged, if
/// its fields cannot hold the whole element.
fn transaction(node: &Node, concept: &mut ConceptDraft) -> bool {
    let inside: Vec<&Node> = node.nodes().collect();
    let Some((kind, rest)) = inside.split_first().filter(|_| node.attributes.is_empty()) else {
        return false;
    };
    if !is_simple(kind) || kind.get("type") != Some("transactionType") {
        return false;
    }
    let kind = kind.text();
    let (mut at, mut by, mut target) = (None, String::new(), None);
    for part in rest {
        let known = part.nodes().next().is_none() && !part.text().is_empty();
        match (part.name.as_str(), part.get("type")) {
            ("date", None) if known && at.is_none() => match dates::read_extended(&part.text()) {
                // A date in another form stays as it is in the file, with the whole element.
                Some(read) if dates::write_extended(read, false) == part.text() => at = Some(read),
                _ => return false,
            },
            ("transacNote", Some("responsibility"))
                if known
                    && by.is_empty()
                    && part.attributes.iter().all(|(n, _)| n == "type" || n == "target") =>
            {
                by = part.text();
                target = part.get("target").map(str::to_owned);
            }
            _ => return false,
        }
    }
    let provenance = &mut concept.provenance;
    let (known_by, known_at) = match kind.as_str() {
        "origination" => (&mut provenance.created_by, &mut provenance.created_at),
        "modification" => (&mut provenance.changed_by, &mut provenance.changed_at),
        _ => return false,
    };
    if !known_by.is_empty() || known_at.is_some() || by.is_empty() && at.is_none() {
        return false;
    }
    (*known_by, *known_at) = (by, at);
    concept
        .properties
        .extend(target.map(|target| property(format!("{RESPONSIBLE_PREFIX}{kind}"), target, "")));
    true
}

#[cfg(test)]
mod tests {
    use crate::{
        interchange::{
            ConceptFormat,
            concept_streams::{WholeConceptFile, read_whole},
        },
        term::{PartOfSpeech, TermStatus},
    };

    fn tbx(text: &str) -> WholeConceptFile {
        read_whole(ConceptFormat::Tbx, text.as_bytes()).unwrap_or_else(|e| panic!("{e}"))
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
        let concept = &file.drafts[0];
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
            file.problems.iter().map(|p| (p.position.unit.as_str(), p.reason, p.refused)).collect();
        assert_eq!(problems, [("c2", "NO_SOURCE_TERM", true)]);
        assert_eq!(file.entries_read, 2);
    }

    #[test]
    fn version_2_and_style_dct_are_read_alike() {
        let v2 = tbx(
            r#"<martif type="TBX"><text><body><termEntry id="e1"><descripGrp><descrip type="definition">d</descrip><admin type="source">s</admin></descripGrp>
            <langSet lang="ar"><tig><term>هدنة</term></tig></langSet>
            <langSet xml:lang="en"><ntig><termGrp><term>truce</term><termNote type="partOfSpeech">noun</termNote></termGrp></ntig></langSet>
            </termEntry></body></text></martif>"#,
        );
        let dct = tbx(
            r#"<tbx style="dct" xmlns:min="m" xmlns:basic="b"><text><body><conceptEntry id="e1"><descripGrp><basic:definition>d</basic:definition><basic:source>s</basic:source></descripGrp>
            <langSec xml:lang="ar"><termSec><term>هدنة</term></termSec></langSec>
            <langSec xml:lang="en"><termSec><term>truce</term><min:partOfSpeech>noun</min:partOfSpeech></termSec></langSec>
            </conceptEntry></body></text></tbx>"#,
        );
        let concept = &v2.drafts[0];
        assert_eq!(concept.definition, "d");
        assert_eq!(concept.properties[0].value, r#"<admin type="source">s</admin>"#);
        let terms: Vec<_> = concept.terms.iter().map(|t| t.text.as_str()).collect();
        assert_eq!(terms, ["هدنة", "truce"]);
        assert_eq!(concept, &dct.drafts[0]);
    }

    #[test]
    fn other_documents_are_refused() {
        for (other, reason) in [("<tmx/>", "NOT_TBX"), ("<tbx><text>", "NOT_WELL_FORMED")] {
            let error = read_whole(ConceptFormat::Tbx, other.as_bytes()).unwrap_err();
            assert_eq!(error.reason(), reason);
        }
    }

    fn entry(id: &str, note: &str) -> String {
        format!(
            "<conceptEntry id='{id}'><note>{note}</note><langSec xml:lang='ar'><termSec><term>هدنة</term></termSec></langSec></conceptEntry>"
        )
    }

    #[test]
    fn an_entry_that_is_too_large_is_refused_alone() {
        let file = tbx(&format!("<tbx>{}{}</tbx>", entry("a", &"x".repeat(5 << 20)), entry("b", "")));
        assert_eq!(file.drafts.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["b"]);
        assert_eq!(file.problems[0].reason, "ENTRY_TOO_LARGE");
    }
}
