//! Writes units as TMX 1.4: level 2, or level 1, which has no inline codes.

use std::io::{self, Write};

use super::unit::{
    CONFIRMED, CONTEXT_ID_NAMES, FOLLOWING_NAMES, ORIGIN_PROPERTY, PREVIOUS_NAMES, REVIEW_PROPERTY,
    UNKNOWN_ORIGIN, UNREVIEWED, escape_name, foreign_marks, origin_name,
};
use crate::{
    clock::Timestamp,
    interchange::{
        bytes::write_basic,
        contract::{MemoryHead, WriteLosses, WriteUnits},
        xml::{Child, Node, XmlEvent, XmlReader, XmlWriter},
    },
    segment::{CodeKind, InlineCode, Segment},
    unit::{Origin, Property, ReviewState, UnitDraft, Variant},
};

/// Attributes of a `<tu>` that no field of a unit holds. The reader makes `tmx:` properties of them.
const TU_ATTRIBUTES: [&str; 6] =
    ["o-encoding", "datatype", "creationtoolversion", "segtype", "o-tmf", "srclang"];
/// Attributes of a `<tuv>` that no field of a variant holds.
const TUV_ATTRIBUTES: [&str; 11] = [
    "o-encoding",
    "datatype",
    "usagecount",
    "lastusagedate",
    "creationtool",
    "creationtoolversion",
    "creationdate",
    "creationid",
    "changedate",
    "changeid",
    "o-tmf",
];

pub(crate) struct TmxWriter<W: Write> {
    xml: XmlWriter<W>,
    /// True for level 2, with inline codes.
    codes: bool,
    /// Number of units whose inline codes were not written completely.
    partly: u64,
}

impl<W: Write> TmxWriter<W> {
    pub(crate) fn new(out: W, head: &MemoryHead, codes: bool) -> io::Result<Self> {
        let mut xml = XmlWriter::new(out)?;
        xml.start("tmx", &[("version", "1.4")])?;
        let header = [
            ("creationtool", "Dhakira"),
            ("creationtoolversion", env!("CARGO_PKG_VERSION")),
            ("segtype", "sentence"),
            ("o-tmf", "Dhakira"),
            ("adminlang", "en"),
            ("srclang", head.source.as_str()),
            ("datatype", "unknown"),
        ];
        xml.node(&Node::new("header", &header, ""))?;
        xml.start("body", &[])?;
        Ok(Self { xml, codes, partly: 0 })
    }

    fn variant(&self, side: &Variant) -> Node {
        let (own, others) = split_attributes(&side.properties, &TUV_ATTRIBUTES);
        let mut attributes = vec![("xml:lang", side.locale.as_str())];
        attributes.extend(own);
        let mut tuv = Node::new("tuv", &attributes, "");
        notes_and_properties(&mut tuv, &side.notes, &others);
        let seg = if self.codes { segment(&side.segment) } else { Node::new("seg", &[], &side.segment.text) };
        tuv.children.push(Child::Node(seg));
        tuv
    }

    /// Returns whether inline codes of a segment are not written completely.
    fn loses_codes(&self, segment: &Segment) -> bool {
        if self.codes { has_numbered_end(&segment.codes) } else { !segment.codes.is_empty() }
    }
}

impl<W: Write> WriteUnits for TmxWriter<W> {
    fn write_unit(&mut self, unit: &UnitDraft) -> io::Result<()> {
        let provenance = &unit.provenance;
        let own = [
            ("tuid", unit.external_id.clone()),
            ("usagecount", provenance.usage_count.map(|n| n.to_string()).unwrap_or_default()),
            ("lastusagedate", date_text(provenance.last_used_at)),
            ("creationtool", provenance.tool.clone()),
            ("creationdate", date_text(provenance.created_at)),
            ("creationid", provenance.created_by.clone()),
            ("changedate", date_text(provenance.changed_at)),
            ("changeid", provenance.changed_by.clone()),
        ];
        let mut attributes: Vec<(&str, &str)> = own
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let (further, others) = split_attributes(&unit.properties, &TU_ATTRIBUTES);
        attributes.extend(further);
        let mut tu = Node::new("tu", &attributes, "");
        notes_and_properties(&mut tu, &unit.notes, &others);
        let context = &unit.context;
        for (names, value) in [
            (&PREVIOUS_NAMES[..], &context.previous),
            (&FOLLOWING_NAMES[..], &context.following),
            (&CONTEXT_ID_NAMES[..], &context.id),
        ] {
            if let (Some(name), Some(value)) = (names.first(), value) {
                tu.children.push(Child::Node(Node::new("prop", &[("type", name)], value)));
            }
        }
        // A reader also understands the marks of other tools. They may be older than the review of the unit.
        let properties = unit.properties.iter().chain(&unit.target.properties);
        let marks = foreign_marks(&properties, &provenance.changed_by, &provenance.created_by);
        let means_origin = marks.origin() != Origin::Unknown;
        let origin = origin_name(provenance.origin).or(means_origin.then_some(UNKNOWN_ORIGIN));
        let means_unreviewed = marks.review() == ReviewState::Unreviewed;
        let review = match provenance.review {
            ReviewState::Unreviewed => Some(UNREVIEWED),
            ReviewState::Confirmed => means_unreviewed.then_some(CONFIRMED),
        };
        for (name, value) in [(ORIGIN_PROPERTY, origin), (REVIEW_PROPERTY, review)] {
            if let Some(value) = value {
                tu.children.push(Child::Node(Node::new("prop", &[("type", name)], value)));
            }
        }
        tu.children.push(Child::Node(self.variant(&unit.source)));
        tu.children.push(Child::Node(self.variant(&unit.target)));
        let lossy = self.loses_codes(&unit.source.segment) || self.loses_codes(&unit.target.segment);
        self.partly += u64::from(lossy);
        self.xml.node(&tu)
    }

    fn finish(mut self: Box<Self>) -> io::Result<WriteLosses> {
        self.xml.end("body")?;
        self.xml.end("tmx")?;
        let (partly, replaced) = (self.partly, self.xml.replaced);
        self.xml.finish()?.flush()?;
        Ok(WriteLosses { partial: partly, replaced, ..WriteLosses::default() })
    }
}

/// Splits properties into those that are written as attributes of an element and the others. Of several
/// properties with the same name, the last becomes the attribute, because the reader puts attributes last.
fn split_attributes<'p>(
    properties: &'p [Property],
    known: &[&str],
) -> (Vec<(&'p str, &'p str)>, Vec<&'p Property>) {
    let mut attributes: Vec<(&str, &str)> = Vec::new();
    let mut others = Vec::new();
    for property in properties.iter().rev() {
        match property.name.strip_prefix("tmx:") {
            Some(name)
                if known.contains(&name)
                    && property.locale.is_empty()
                    && !attributes.iter().any(|(other, _)| *other == name) =>
            {
                attributes.push((name, &property.value));
            }
            _ => others.push(property),
        }
    }
    attributes.reverse();
    others.reverse();
    (attributes, others)
}

fn notes_and_properties(node: &mut Node, notes: &[String], properties: &[&Property]) {
    let notes = notes.iter().map(|note| Node::new("note", &[], note));
    let properties = properties.iter().copied().map(property_element);
    node.children.extend(notes.chain(properties).map(Child::Node));
}

fn property_element(property: &Property) -> Node {
    let name = escape_name(&property.name);
    let mut attributes = vec![("type", name.as_ref())];
    attributes.extend((!property.locale.is_empty()).then_some(("xml:lang", property.locale.as_str())));
    Node::new("prop", &attributes, &property.value)
}

/// Returns a date as an attribute's value, empty if there is none.
fn date_text(at: Option<Timestamp>) -> String {
    at.map(write_basic).unwrap_or_default()
}

/// Returns a `<seg>` with text and codes as they were read: `<hi>` encloses its text, and the other codes are
/// elements that contain the original markup.
fn segment(segment: &Segment) -> Node {
    let highlights = highlights(&segment.codes);
    // The open elements, outermost first: the `<seg>`, then nested `<hi>`.
    let mut open = vec![Node::new("seg", &[], "")];
    let mut letters = segment.text.chars();
    let mut position = 0;
    for (code, highlight) in segment.codes.iter().zip(highlights) {
        let text: String = letters.by_ref().take(code.position.saturating_sub(position) as usize).collect();
        position = code.position.max(position);
        if !text.is_empty() {
            push_child(&mut open, Child::Text(text));
        }
        match highlight {
            Some(Highlight::Opens(node)) => open.push(node),
            Some(Highlight::Closes) => {
                if let Some(done) = open.pop() {
                    push_child(&mut open, Child::Node(done));
                }
            }
            None => push_child(&mut open, Child::Node(element(code))),
        }
    }
    let rest: String = letters.collect();
    if !rest.is_empty() {
        push_child(&mut open, Child::Text(rest));
    }
    open.pop().unwrap_or_default()
}

/// Adds a child to the innermost open element.
fn push_child(open: &mut [Node], child: Child) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(child);
    }
}

/// Returns whether some closing code has an id of its own that is lost, because `<ept>` has no attribute for it.
fn has_numbered_end(codes: &[InlineCode]) -> bool {
    codes.iter().any(is_numbered_end)
        && codes
            .iter()
            .zip(highlights(codes))
            .any(|(code, highlight)| is_numbered_end(code) && highlight.is_none())
}

fn is_numbered_end(code: &InlineCode) -> bool {
    code.kind == CodeKind::Close && !code.distinct_id().is_empty()
}

fn element(code: &InlineCode) -> Node {
    let name = match code.kind {
        CodeKind::Open => "bpt",
        CodeKind::Close => "ept",
        CodeKind::Isolated => "it",
        CodeKind::Standalone => "ph",
    };
    let mut attributes: Vec<(&str, &str)> = Vec::new();
    if matches!(code.kind, CodeKind::Open | CodeKind::Close) {
        attributes.push(("i", &code.pair));
    }
    if code.kind == CodeKind::Isolated {
        attributes.push(("pos", if code.raw.starts_with("</") { "end" } else { "begin" }));
    }
    if !code.id.is_empty() && code.kind != CodeKind::Close {
        attributes.push(("x", &code.id));
    }
    Node::new(name, &attributes, &code.raw)
}

/// The tag of a `<hi>` element that a code was read from.
enum Highlight {
    Opens(Node),
    Closes,
}

/// Returns for each code the tag of a `<hi>` element that it was read from, if any. Only pairs that are properly
/// nested count.
fn highlights(codes: &[InlineCode]) -> Vec<Option<Highlight>> {
    let mut all: Vec<Option<Highlight>> = codes.iter().map(|_| None).collect();
    let mut open: Vec<(usize, &InlineCode, Node)> = Vec::new();
    for (n, code) in codes.iter().enumerate() {
        match code.kind {
            CodeKind::Open => open.extend(parse_highlight(code).map(|node| (n, code, node))),
            CodeKind::Close if code.raw == "</hi>" && code.id == code.pair => {
                // A highlight that was opened later and is still open has no end, so it does not count.
                while let Some((at, opened, node)) = open.pop() {
                    if opened.pair == code.pair {
                        if let Some(place) = all.get_mut(at) {
                            *place = Some(Highlight::Opens(node));
                        }
                        if let Some(place) = all.get_mut(n) {
                            *place = Some(Highlight::Closes);
                        }
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    all
}

/// Returns the `<hi>` element whose start tag a code is, or `None` if the reader would not make this code of it.
fn parse_highlight(code: &InlineCode) -> Option<Node> {
    if !code.raw.starts_with("<hi") || code.id != code.pair {
        return None;
    }
    let mut xml = XmlReader::new(code.raw.as_bytes()).ok()?;
    let Ok(XmlEvent::Start(element)) = xml.next() else { return None };
    let is_own = element.name == "hi" && element.get("x").unwrap_or_default() == code.id;
    let node = Node { name: element.name, attributes: element.attributes, ..Node::default() };
    (is_own && node.start_tag() == code.raw).then_some(node)
}

#[cfg(test)]
mod tests {
    use crate::interchange::{
        UnitFormat,
        round_trip::{read_units, write_units},
    };

    #[test]
    fn highlights_enclose_their_text() {
        let file = "<tmx version='1.4'><body><tu><tuv xml:lang='ar'><seg>قال <hi type='b' x='1'>نعم <hi>ثم</hi></hi> لا</seg></tuv><tuv xml:lang='en'><seg>y</seg></tuv></tu></body></tmx>";
        let units = read_units(UnitFormat::Tmx, file.as_bytes());
        let out = String::from_utf8(write_units(UnitFormat::Tmx, &units).0).unwrap();
        assert!(out.contains("<seg>قال <hi type=\"b\" x=\"1\">نعم <hi>ثم</hi></hi> لا</seg>"), "{out}");
        assert_eq!(read_units(UnitFormat::Tmx, out.as_bytes()), units);
    }

    #[test]
    fn a_code_that_looks_like_a_highlight_stays_a_code() {
        let file = "<tmx version='1.4'><body><tu><prop type='x-dhakira-prop:id'>42</prop><tuv xml:lang='ar'><seg><bpt i='1' x='1'>&lt;highlight c=\"2\"></bpt>نعم<ept i='1'>&lt;/highlight></ept><bpt i='2' x='2'>&lt;hi></bpt></seg></tuv><tuv xml:lang='en'><seg>y</seg></tuv></tu></body></tmx>";
        let units = read_units(UnitFormat::Tmx, file.as_bytes());
        assert_eq!((units[0].properties[0].name.as_str(), &units[0].context.id), ("id", &None));
        let (out, _) = write_units(UnitFormat::Tmx, &units);
        assert_eq!(read_units(UnitFormat::Tmx, &out), units);
    }
}
