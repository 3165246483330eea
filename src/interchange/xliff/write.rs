//! Writes units as XLIFF 1.2: a `<trans-unit>` each, with inline codes.

use std::io::{self, Write};

use rustc_hash::FxHashSet;

use super::{document_names::exported_original, segments::TargetState};
use crate::{
    interchange::{
        contract::{MemoryHead, WriteLosses, WriteUnits},
        review_marks::{Progress, ReviewMarks},
        xml::{Child, Node, XmlWriter},
    },
    locale::Locale,
    segment::{CodeKind, Segment},
    text::RollingHash,
    unit::{Context, Origin, ReviewState, UnitDraft, Variant},
};

/// Properties that are written as attributes of the unit or of its target.
const STATE: &str = "xliff:state";
const QUALIFIER: &str = "xliff:state-qualifier";
const APPROVED: &str = "xliff:approved";
const NAME: &str = "xliff:name";

/// The states of a target in version 1.2.
const V1_STATES: [&str; 10] = [
    "final",
    "needs-adaptation",
    "needs-l10n",
    "needs-review-adaptation",
    "needs-review-l10n",
    "needs-review-translation",
    "needs-translation",
    "new",
    "signed-off",
    "translated",
];

/// The state qualifiers of a target in version 1.2.
const V1_QUALIFIERS: [&str; 14] = [
    "exact-match",
    "fuzzy-match",
    "id-match",
    "leveraged-glossary",
    "leveraged-inherited",
    "leveraged-mt",
    "leveraged-repository",
    "leveraged-tm",
    "mt-suggestion",
    "rejected-grammar",
    "rejected-inaccurate",
    "rejected-length",
    "rejected-spelling",
    "tm-suggestion",
];

/// The attributes that describe the progress of a translation.
#[derive(Debug, Default)]
struct StateAttributes {
    state: Option<String>,
    qualifier: Option<String>,
    approved: Option<String>,
}

impl StateAttributes {
    /// Returns the attributes in which a unit was read, or others if these no longer describe it. For example, a
    /// translation was read with `needs-review-translation` and another file has confirmed it since.
    fn of_unit(unit: &UnitDraft) -> Self {
        let approved = property_value(unit, APPROVED).filter(|approved| ["yes", "no"].contains(approved));
        let read = Self {
            state: property_value(unit, STATE).map(|state| extended(state, &V1_STATES)),
            qualifier: property_value(unit, QUALIFIER).map(|qualifier| extended(qualifier, &V1_QUALIFIERS)),
            approved: approved.map(str::to_owned),
        };
        let (marks, provenance) = (read.marks(), &unit.provenance);
        let is_machine = provenance.origin == Origin::Machine;
        if marks.progress < Progress::NotDone
            && marks.review() == provenance.review
            && (marks.origin() == Origin::Machine) == is_machine
        {
            return read;
        }
        let state = match provenance.review {
            ReviewState::Confirmed => "translated",
            ReviewState::Unreviewed => "needs-review-translation",
        };
        let qualifier = is_machine.then(|| "leveraged-mt".to_owned());
        Self { state: Some(state.to_owned()), qualifier, approved: None }
    }

    /// Returns how a reader understands the attributes.
    fn marks(&self) -> ReviewMarks {
        let [state, qualifier, approved] =
            [&self.state, &self.qualifier, &self.approved].map(|value| value.as_deref().unwrap_or_default());
        TargetState::V1 { state, qualifier }.marks().and(ReviewMarks::of_approved(approved))
    }

    /// Returns true if a reader gets back the properties and the provenance of a unit.
    fn keep(&self, unit: &UnitDraft) -> bool {
        [(STATE, &self.state), (QUALIFIER, &self.qualifier), (APPROVED, &self.approved)]
            .into_iter()
            .all(|(name, value)| value.as_deref() == property_value(unit, name))
            && self.marks().provenance() == unit.provenance
    }
}

/// Returns a value of version 1 as it is, and any other value with a prefix. For example, `reviewed` becomes
/// `x-reviewed`.
fn extended(value: &str, known: &[&str]) -> String {
    if known.contains(&value) || value.starts_with("x-") { value.to_owned() } else { format!("x-{value}") }
}

pub(crate) struct XliffWriter<W: Write> {
    xml: XmlWriter<W>,
    head: MemoryHead,
    /// The name of the `<file>` that is open.
    original: Option<String>,
    /// The hashes of the names of all documents so far.
    written_documents: FxHashSet<u64>,
    /// Number of units written.
    number: u64,
    /// Number of units that the format could not hold completely.
    partly: u64,
}

impl<W: Write> XliffWriter<W> {
    pub(crate) fn new(out: W, head: &MemoryHead) -> io::Result<Self> {
        let mut xml = XmlWriter::new(out)?;
        let namespace = "urn:oasis:names:tc:xliff:document:1.2";
        xml.start("xliff", &[("version", "1.2"), ("xmlns", namespace)])?;
        let written_documents = FxHashSet::default();
        Ok(Self { xml, head: head.clone(), original: None, written_documents, number: 0, partly: 0 })
    }

    /// Starts the `<file>` of a document, unless it is open already. Ends the one before.
    fn start_document(&mut self, original: &str) -> io::Result<()> {
        if self.original.as_deref() == Some(original) {
            return Ok(());
        }
        self.end_document()?;
        self.original = Some(original.to_owned());
        let is_repeated = !self.written_documents.insert(RollingHash::of(original).mixed());
        let original = exported_original(original, is_repeated && !original.is_empty());
        let attributes = [
            ("original", original.as_str()),
            ("source-language", self.head.source.as_str()),
            ("target-language", self.head.target.as_str()),
            ("datatype", "plaintext"),
        ];
        self.xml.start("file", &attributes)?;
        self.xml.start("body", &[])
    }

    fn end_document(&mut self) -> io::Result<()> {
        if self.original.take().is_some() {
            self.xml.end("body")?;
            self.xml.end("file")?;
        }
        Ok(())
    }
}

impl<W: Write> WriteUnits for XliffWriter<W> {
    fn write_unit(&mut self, unit: &UnitDraft) -> io::Result<()> {
        self.number += 1;
        let numbered = self.number.to_string();
        let (original, id) = match unit.external_id.rsplit_once('#') {
            Some((original, id)) if !original.is_empty() && !id.is_empty() => (original, id),
            _ => ("", numbered.as_str()),
        };
        self.start_document(original)?;
        let state = StateAttributes::of_unit(unit);
        let known = [STATE, QUALIFIER, APPROVED, NAME];
        let held = known.iter().filter(|name| property_value(unit, name).is_some()).count();
        let complete = keeps_side(&unit.source, &self.head.source)
            && keeps_side(&unit.target, &self.head.target)
            && (unit.external_id.is_empty() || !original.is_empty())
            && held == unit.properties.len()
            && state.keep(unit)
            // The reader trims notes and drops empty ones.
            && unit.notes.iter().all(|note| !note.is_empty() && note.trim() == note)
            && unit.context == Context::default();
        self.partly += u64::from(!complete);
        let mut attributes = vec![("id", id), ("xml:space", "preserve")];
        attributes.extend(property_value(unit, NAME).map(|name| ("resname", name)));
        attributes.extend(state.approved.as_deref().map(|approved| ("approved", approved)));
        let mut node = Node::new("trans-unit", &attributes, "");
        node.children.push(Child::Node(segment("source", &unit.source.segment)));
        let mut target = segment("target", &unit.target.segment);
        target.attributes.extend(state.state.map(|state| ("state".to_owned(), state)));
        target.attributes.extend(state.qualifier.map(|qualifier| ("state-qualifier".to_owned(), qualifier)));
        node.children.push(Child::Node(target));
        node.children.extend(unit.notes.iter().map(|note| Child::Node(Node::new("note", &[], note))));
        self.xml.node(&node)
    }

    fn finish(mut self: Box<Self>) -> io::Result<WriteLosses> {
        if self.number == 0 {
            self.start_document("")?;
        }
        self.end_document()?;
        self.xml.end("xliff")?;
        let (partly, replaced) = (self.partly, self.xml.replaced);
        self.xml.finish()?.flush()?;
        Ok(WriteLosses { partial: partly, replaced, ..WriteLosses::default() })
    }
}

/// Returns the value of a property without a locale, unless it is empty.
fn property_value<'u>(unit: &'u UnitDraft, name: &str) -> Option<&'u str> {
    let property = unit.properties.iter().find(|p| p.name == name && p.locale.is_empty());
    property.map(|p| p.value.as_str()).filter(|value| !value.is_empty())
}

/// Returns true if the format holds a side of a unit completely. `locale` is the locale of the file.
fn keeps_side(side: &Variant, locale: &Locale) -> bool {
    side.locale == *locale && !side.has_metadata() && keeps_codes(&side.segment)
}

/// Returns true if a reader gets back the same codes: every code except a closing one has an id, opening and
/// closing codes and no others have a pair, and a standalone code has its original markup.
fn keeps_codes(segment: &Segment) -> bool {
    segment.codes.iter().all(|c| {
        let tied = matches!(c.kind, CodeKind::Open | CodeKind::Close);
        // A closing code without an id is identified by its pair.
        (c.kind == CodeKind::Close || !c.id.is_empty())
            && tied != c.pair.is_empty()
            && !(c.kind == CodeKind::Standalone && c.raw.is_empty())
    })
}

/// Returns an element with text and codes: pairs as `<bpt>` and `<ept>`, the others as `<ph>` and `<it>`.
fn segment(name: &str, segment: &Segment) -> Node {
    let mut node = Node::new(name, &[], "");
    let mut letters = segment.text.chars();
    let mut position = 0;
    for (n, code) in segment.codes.iter().enumerate() {
        let before: String = letters.by_ref().take(code.position.saturating_sub(position) as usize).collect();
        position = code.position.max(position);
        if !before.is_empty() {
            node.children.push(Child::Text(before));
        }
        let numbered = format!("c{}", n + 1);
        let id = match (code.kind, code.id.as_str()) {
            (CodeKind::Close, "") => &code.pair,
            (_, "") => numbered.as_str(),
            (_, id) => id,
        };
        let mut attributes = vec![("id", id)];
        let element = match code.kind {
            CodeKind::Open => "bpt",
            CodeKind::Close => "ept",
            CodeKind::Standalone => "ph",
            CodeKind::Isolated => {
                attributes.push(("pos", if code.raw.starts_with("</") { "close" } else { "open" }));
                "it"
            }
        };
        if !code.pair.is_empty() && code.pair != id {
            attributes.push(("rid", &code.pair));
        }
        node.children.push(Child::Node(Node::new(element, &attributes, &code.raw)));
    }
    let rest: String = letters.collect();
    if !rest.is_empty() {
        node.children.push(Child::Text(rest));
    }
    node
}
