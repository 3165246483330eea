//! Writes concepts as TBX: version 3, TBX-Basic, style DCA.

use std::io::{self, Write};

use super::{
    categories::{CategoryLevel, element_and_category},
    names::{CASE_SENSITIVE, GROUP_PREFIX, PROPER_NOUN, RAW_XML, RESPONSIBLE_PREFIX, TERM_ID, USAGE_NOTE},
    shape::normalize,
};
use crate::{
    interchange::{
        bytes::dates,
        contract::GlossaryHead,
        term_words::{part_of_speech_name, status_name},
        xml::{Child, Node, XmlEvent, XmlReader, XmlWriter},
    },
    locale::Locale,
    term::{ConceptDraft, PartOfSpeech, Term},
    unit::{Origin, Property, ReviewState},
};

/// Writes a termbase. Returns the number of characters that were replaced because XML does not
/// allow them.
pub(crate) fn write<'c>(
    out: &mut dyn Write,
    head: &GlossaryHead<'_>,
    concepts: impl Iterator<Item = &'c ConceptDraft>,
) -> io::Result<u64> {
    let mut xml = XmlWriter::new(out)?;
    let attributes = [
        ("type", "TBX-Basic"),
        ("style", "dca"),
        ("xml:lang", head.source.as_str()),
        ("xmlns", "urn:iso:std:iso:30042:ed-2"),
    ];
    xml.start("tbx", &attributes)?;
    xml.start("tbxHeader", &[])?;
    xml.start("fileDesc", &[])?;
    xml.start("titleStmt", &[])?;
    xml.element("title", &[], head.name)?;
    xml.end("titleStmt")?;
    xml.start("sourceDesc", &[])?;
    xml.element("p", &[], if head.description.is_empty() { "Dhakira" } else { head.description })?;
    xml.end("sourceDesc")?;
    xml.end("fileDesc")?;
    xml.end("tbxHeader")?;
    xml.start("text", &[])?;
    xml.start("body", &[])?;
    for concept in concepts {
        xml.node(&entry(concept))?;
    }
    for name in ["body", "text", "tbx"] {
        xml.end(name)?;
    }
    let replaced = xml.replaced;
    xml.finish()?;
    Ok(replaced)
}

/// Formats elements as XML, for the value of a property.
pub(crate) fn to_fragment(nodes: &[Node]) -> String {
    nodes.iter().map(Node::to_xml).collect()
}

/// Parses what [`fragment`] wrote. Returns `None` if the value of the property is anything else.
fn parse_fragment(fragment: &str) -> Option<Vec<Node>> {
    let whole = format!("<x>{fragment}</x>");
    let mut reader = XmlReader::new(whole.as_bytes()).ok()?;
    let Ok(XmlEvent::Start(root)) = reader.next() else { return None };
    let tree = reader.tree(root).ok()??;
    let Ok(XmlEvent::EndOfDocument) = reader.next() else { return None };
    let only_elements = tree.children.iter().all(|c| match c {
        Child::Text(text) => text.trim().is_empty(),
        Child::Node(_) => true,
        Child::Reference(_) => false,
    });
    only_elements.then(|| tree.into_nodes().map(normalize).collect())
}

/// Returns true if TBX holds a concept without a loss.
pub(crate) fn is_whole(concept: &ConceptDraft) -> bool {
    let provenance = &concept.provenance;
    let whole_seconds =
        [provenance.created_at, provenance.changed_at].into_iter().flatten().all(|at| at.0 % 1_000 == 0);
    let fits = provenance.tool.is_empty()
        && provenance.origin == Origin::Unknown
        && provenance.review == ReviewState::Confirmed
        && provenance.usage_count.is_none()
        && provenance.last_used_at.is_none()
        && whole_seconds;
    let terms = concept.terms.iter().all(|term| {
        is_trimmed(&term.text)
            && term.notes.iter().all(|note| is_trimmed(note))
            && term.properties.iter().all(|p| p.locale.is_empty() && is_trimmed(&p.value))
    });
    let texts = concept.notes.iter().chain([&concept.definition, &concept.domain]);
    fits && terms && texts.chain(concept.properties.iter().map(|p| &p.value)).all(|text| is_trimmed(text))
}

fn is_trimmed(text: &str) -> bool {
    text.trim() == text
}

fn add(parent: &mut Node, child: Node) {
    parent.children.push(Child::Node(child));
}

/// Returns the properties of a concept for the terms in one language, or for an empty `locale` those
/// of the concept itself.
fn properties_in<'c>(concept: &'c ConceptDraft, locale: &'c str) -> impl Iterator<Item = &'c Property> {
    concept.properties.iter().filter(move |p| p.locale == locale)
}

fn entry(concept: &ConceptDraft) -> Node {
    let mut entry = Node::new("conceptEntry", &[("id", &concept.id)], "");
    let provenance = &concept.provenance;
    for (kind, by, at) in [
        ("origination", &provenance.created_by, provenance.created_at),
        ("modification", &provenance.changed_by, provenance.changed_at),
    ] {
        if by.is_empty() && at.is_none() {
            continue;
        }
        let mut group = Node::new("transacGrp", &[], "");
        add(&mut group, Node::new("transac", &[("type", "transactionType")], kind));
        if let Some(at) = at {
            add(&mut group, Node::new("date", &[], &dates::write_extended(at, false)));
        }
        if !by.is_empty() {
            let mut attributes = vec![("type", "responsibility")];
            let name = format!("{RESPONSIBLE_PREFIX}{kind}");
            let target = concept.properties.iter().find(|p| p.name == name);
            attributes.extend(target.map(|p| ("target", p.value.as_str())));
            add(&mut group, Node::new("transacNote", &attributes, by));
        }
        add(&mut entry, group);
    }
    for (name, value) in [("subjectField", &concept.domain), ("definition", &concept.definition)] {
        if !value.is_empty() {
            add(&mut entry, field(name, value, properties_in(concept, "")));
        }
    }
    for property in properties_in(concept, "") {
        entry
            .children
            .extend(property_elements(property, CategoryLevel::Concept).into_iter().map(Child::Node));
    }
    for note in &concept.notes {
        add(&mut entry, Node::new("note", &[], note));
    }
    for locale in languages(concept) {
        add(&mut entry, language(concept, locale));
    }
    entry
}

/// Returns the languages of a concept, those of its terms first, each in order of first occurrence.
fn languages(concept: &ConceptDraft) -> Vec<&str> {
    let mut all: Vec<&str> = Vec::new();
    let of_terms = concept.terms.iter().map(|t| t.locale.as_str());
    let of_properties = concept.properties.iter().map(|p| p.locale.as_str()).filter(|l| !l.is_empty());
    for locale in of_terms.chain(of_properties) {
        if !all.contains(&locale) {
            all.push(locale);
        }
    }
    all
}

fn language(concept: &ConceptDraft, locale: &str) -> Node {
    let mut section = Node::new("langSec", &[("xml:lang", locale)], "");
    for property in properties_in(concept, locale) {
        let nodes = match property.name.as_str() {
            "definition" => vec![field("definition", &property.value, properties_in(concept, locale))],
            "note" => vec![Node::new("note", &[], &property.value)],
            _ => property_elements(property, CategoryLevel::Concept),
        };
        section.children.extend(nodes.into_iter().map(Child::Node));
    }
    let terms = concept.terms.iter().filter(|t| Locale::as_str(&t.locale) == locale);
    section.children.extend(terms.map(|term| Child::Node(term_section(term))));
    section
}

fn term_section(term: &Term) -> Node {
    let id = term.properties.iter().find(|p| p.name == TERM_ID).map(|p| ("id", p.value.as_str()));
    let mut section = Node::new("termSec", id.as_slice(), "");
    add(&mut section, Node::new("term", &[], &term.text));
    let status = format!("{}Term-admn-sts", status_name(term.status));
    let is_name = term.part_of_speech == PartOfSpeech::ProperNoun;
    let proper_noun = if term.proper_noun { "yes" } else { "no" };
    for (category, value) in [
        ("partOfSpeech", part_of_speech_name(term.part_of_speech)),
        ("administrativeStatus", status.as_str()),
        (USAGE_NOTE, term.usage_note.as_str()),
        (PROPER_NOUN, if term.proper_noun == is_name { "" } else { proper_noun }),
        (CASE_SENSITIVE, if term.case_sensitive { "yes" } else { "" }),
    ] {
        // If the file had a more exact value, for example `gerund` for `other`, it is a property.
        if !value.is_empty() && !term.properties.iter().any(|p| p.name == category) {
            add(&mut section, Node::new("termNote", &[("type", category)], value));
        }
    }
    let mut others: Vec<Node> =
        term.properties.iter().flat_map(|p| property_elements(p, CategoryLevel::Term)).collect();
    // In TBX the `termNote` elements of a term come before all others.
    others.sort_by_key(|node| !node.name.starts_with("termNote"));
    others.extend(term.notes.iter().map(|note| Node::new("note", &[], note)));
    section.children.extend(others.into_iter().map(Child::Node));
    section
}

/// Makes the element of a definition or domain, in a group if it was in one.
fn field<'p>(name: &str, value: &str, mut properties: impl Iterator<Item = &'p Property>) -> Node {
    let descrip = Node::new("descrip", &[("type", name)], value);
    let group = format!("{GROUP_PREFIX}{name}");
    match properties.find(|p| p.name == group).and_then(|p| parse_fragment(&p.value)) {
        None => descrip,
        Some(more) => {
            let mut group = Node::new("descripGrp", &[], "");
            group.children.extend(std::iter::once(descrip).chain(more).map(Child::Node));
            group
        }
    }
}

/// Returns the elements of a property. There are none if another element includes the property.
fn property_elements(property: &Property, level: CategoryLevel) -> Vec<Node> {
    let name = property.name.as_str();
    if name == TERM_ID || name.starts_with(GROUP_PREFIX) || name.starts_with(RESPONSIBLE_PREFIX) {
        return Vec::new();
    }
    if name == RAW_XML
        && let Some(nodes) = parse_fragment(&property.value)
    {
        return nodes;
    }
    let (element, category) = element_and_category(name, level);
    vec![Node::new(element, &[("type", category)], &property.value)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::write;
    use crate::{
        clock::Timestamp,
        interchange::{ConceptFormat, GlossaryHead, concept_streams::read_whole},
        locale::Locale,
        term::{ConceptDraft, PartOfSpeech, Term, TermStatus},
        unit::{Property, Provenance},
    };

    fn written(concepts: &[ConceptDraft]) -> Vec<u8> {
        let (source, target) = (Locale::arabic(), Locale::english());
        let head = GlossaryHead { name: "g", description: "", source: &source, target: &target };
        let mut bytes = Vec::new();
        write(&mut bytes, &head, concepts.iter()).unwrap_or_else(|e| panic!("{e}"));
        bytes
    }

    fn read(bytes: &[u8]) -> Vec<ConceptDraft> {
        let file = read_whole(ConceptFormat::Tbx, bytes).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(file.problems, []);
        file.drafts
    }

    /// Text that XML returns unchanged, so without white space at its ends.
    fn text() -> impl Strategy<Value = String> {
        "[\\PC<&>\"\n\t]{1,12}".prop_map(|t| t.trim().to_owned()).prop_filter("empty", |t| !t.is_empty())
    }

    fn properties(names: &'static [&'static str]) -> impl Strategy<Value = Vec<Property>> {
        let raw = r#"<xref type="xGraphic" target="http://x/?a=1&amp;b">p<hi>q</hi> r</xref>"#;
        let value = prop_oneof![text(), Just(raw.to_owned())];
        let one = (prop::sample::select(names), value).prop_map(move |(name, value)| {
            let name = if value == raw { "tbx:xml" } else { name };
            Property { name: name.to_owned(), value, locale: String::new() }
        });
        prop::collection::vec(one, 0..4)
    }

    prop_compose! {
        fn terms(locale: Locale)(
            text in text(),
            status in prop::sample::select(vec![
                TermStatus::Preferred, TermStatus::Admitted, TermStatus::Superseded, TermStatus::Deprecated,
            ]),
            part_of_speech in prop::sample::select(vec![
                PartOfSpeech::Unknown, PartOfSpeech::Noun, PartOfSpeech::Verb, PartOfSpeech::Other,
                PartOfSpeech::ProperNoun,
            ]),
            proper_noun in any::<bool>(),
            case_sensitive in any::<bool>(),
            usage_note in prop_oneof![Just(String::new()), text()],
            notes in prop::collection::vec(text(), 0..3),
            properties in properties(&["termType", "context", "rank", "descrip/x", "a/b"]),
        ) -> Term {
            let locale = locale.clone();
            Term { text, locale, status, part_of_speech, proper_noun, case_sensitive, usage_note, notes, properties }
        }
    }

    prop_compose! {
        fn concepts()(
            id in "[a-z]{3,8}[0-9]{6}",
            definition in prop_oneof![Just(String::new()), text()],
            domain in prop_oneof![Just(String::new()), text()],
            arabic in prop::collection::vec(terms(Locale::arabic()), 1..3),
            english in prop::collection::vec(terms(Locale::english()), 0..3),
            notes in prop::collection::vec(text(), 0..3),
            properties in properties(&["context", "projectSubset", "rank", "termNote/x", "a/b"]),
            by in prop_oneof![Just(String::new()), text()],
            at in prop::option::of(-60_000_000_000_i64..200_000_000_000),
        ) -> ConceptDraft {
            let at = at.map(|seconds| Timestamp(seconds * 1_000));
            let provenance = Provenance { created_by: by.clone(), created_at: at, changed_by: by, ..Default::default() };
            let terms = arabic.into_iter().chain(english).collect();
            ConceptDraft { id, definition, domain, terms, notes, properties, provenance }
        }
    }

    /// Sorts the terms and properties of a concept, because a reader changes their order.
    fn ordered(mut concept: ConceptDraft) -> ConceptDraft {
        concept.terms.sort_by(|a, b| a.locale.as_str().cmp(b.locale.as_str()));
        concept.terms.sort_by_key(|t| t.status != TermStatus::Preferred);
        for properties in std::iter::once(&mut concept.properties)
            .chain(concept.terms.iter_mut().map(|t| &mut t.properties))
        {
            properties.sort_by(|a, b| a.name.cmp(&b.name));
        }
        concept
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(concepts in prop::collection::vec(concepts(), 0..4)) {
            let mut seen = std::collections::BTreeSet::new();
            let concepts: Vec<_> = concepts.into_iter().filter(|c| seen.insert(c.id.clone())).collect();
            let bytes = written(&concepts);
            let back = read(&bytes);
            prop_assert_eq!(
                back.iter().cloned().map(ordered).collect::<Vec<_>>(),
                concepts.into_iter().map(ordered).collect::<Vec<_>>()
            );
            // Once read, a concept no longer changes when it is written and read again.
            prop_assert_eq!(read(&written(&back)), back);
        }
    }

    #[test]
    fn what_no_field_holds_comes_back() {
        let entry = r#"<conceptEntry id="c1">
            <transacGrp><transac type="transactionType">origination</transac><date>2010-04-17</date><transacNote type="responsibility" target="p1">Tommy</transacNote></transacGrp>
            <transacGrp><transac type="transactionType">check</transac><date>2011</date></transacGrp>
            <descripGrp><descrip type="subjectField">stars</descrip></descripGrp>
            <xref type="xGraphic" target="http://x/">pic</xref><note>n</note><note from="dev">m</note>
            <langSec xml:lang="ar"><descripGrp><descrip type="definition">d</descrip><admin type="source">s</admin></descripGrp><note>of the language</note>
            <termSec id="t1"><term>هدنة</term><termNote type="partOfSpeech">gerund</termNote><termNote type="administrativeStatus">preferredTerm-admn-sts</termNote>
            <descripGrp><descrip type="context">c</descrip><admin type="source">s</admin></descripGrp></termSec></langSec></conceptEntry>"#;
        let document = format!("<tbx><text><body>{entry}</body></text></tbx>");
        let first = read(document.as_bytes());
        let out = String::from_utf8(written(&first)).unwrap_or_default();
        let out = out.split_whitespace().collect::<Vec<_>>().join(" ").replace("> <", "><");
        for piece in [
            r#"<transacGrp><transac type="transactionType">origination</transac><date>2010-04-17</date><transacNote type="responsibility" target="p1">Tommy</transacNote></transacGrp>"#,
            r#"<transacGrp><transac type="transactionType">check</transac><date>2011</date></transacGrp>"#,
            r#"<descripGrp><descrip type="subjectField">stars</descrip></descripGrp>"#,
            r#"<xref type="xGraphic" target="http://x/">pic</xref>"#,
            r#"<note from="dev">m</note>"#,
            r#"<descripGrp><descrip type="definition">d</descrip><admin type="source">s</admin></descripGrp>"#,
            r#"<note>of the language</note>"#,
            r#"<termSec id="t1"><term>هدنة</term>"#,
            r#"<termNote type="partOfSpeech">gerund</termNote>"#,
            r#"<descripGrp><descrip type="context">c</descrip><admin type="source">s</admin></descripGrp>"#,
        ] {
            assert!(out.contains(piece), "{piece} is not in {out}");
        }
    }
}
