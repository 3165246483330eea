//! Converts text with inline markup, of both versions of XLIFF, to segments.

use rustc_hash::FxHashMap;

use super::segments::is_deleted;
use crate::{
    interchange::{
        problem::MAX_REPORTED_PROBLEMS,
        xml::{Child, Node},
    },
    segment::{CodeKind, InlineCode, Segment},
};

/// Converts the elements of one unit to segments.
#[derive(Debug, Default)]
pub(crate) struct InlineReader {
    /// The original data of version 2 by id: the codes as the original document has them.
    original_data: FxHashMap<String, String>,
    /// Names of entities that are not predefined in XML.
    pub(crate) references: Vec<String>,
    /// Bytes of the codes so far. They are counted because many codes can refer to the same original data.
    code_bytes: usize,
}

/// Maximum bytes of the codes of a unit.
const MAX_CODE_BYTES: usize = 4 << 20;

/// A segment that is being built.
#[derive(Default)]
struct SegmentBuilder {
    segment: Segment,
    position: u32,
    /// The codes as the XLIFF file writes them.
    markup: Vec<String>,
}

impl SegmentBuilder {
    fn text(&mut self, text: &str) {
        self.position += u32::try_from(text.chars().count()).unwrap_or_default();
        self.segment.text.push_str(text);
    }

    fn code(&mut self, kind: CodeKind, id: &str, pair: &str, raw: String, markup: String) {
        self.markup.push(markup);
        let (id, pair) = (id.to_owned(), pair.to_owned());
        self.segment.codes.push(InlineCode { position: self.position, kind, id, pair, raw });
    }
}

impl InlineReader {
    /// Returns the content of an element as a segment.
    pub(crate) fn segment(&mut self, node: &Node) -> Segment {
        self.with_markup(node).0
    }

    /// Returns the content of an element as a segment, and its codes as the XLIFF file writes them.
    pub(crate) fn with_markup(&mut self, node: &Node) -> (Segment, Vec<String>) {
        let mut made = SegmentBuilder::default();
        self.children(node, &mut made);
        (made.segment, made.markup)
    }

    /// Adds a unit's `<originalData>`, to which its codes refer.
    pub(crate) fn add_original_data(&mut self, node: &Node) {
        for data in node.nodes() {
            self.original_data.insert(data.get("id").unwrap_or_default().to_owned(), data.exact_text());
        }
    }

    fn children(&mut self, node: &Node, made: &mut SegmentBuilder) {
        for child in &node.children {
            match child {
                Child::Text(text) => made.text(text),
                Child::Reference(name)
                    if self.references.len() >= MAX_REPORTED_PROBLEMS || self.references.contains(name) => {}
                Child::Reference(name) => self.references.push(name.clone()),
                Child::Node(node) => self.node(node, made),
            }
        }
    }

    fn node(&mut self, node: &Node, made: &mut SegmentBuilder) {
        let id = node.get_or_empty("id");
        // Version 1 pairs the halves of a code by `rid` or, without it, by id.
        let rid = node.get_or_empty("rid");
        let pair = if rid.is_empty() { id } else { rid };
        // A closing code has an id of its own only if it is not the pair's.
        let own = if id == pair { "" } else { id };
        match node.name.as_str() {
            // Version 1.
            "g" => {
                made.code(CodeKind::Open, id, id, node.start_tag(), node.start_tag());
                self.children(node, made);
                made.code(CodeKind::Close, "", id, "</g>".to_owned(), "</g>".to_owned());
            }
            "bx" => made.code(CodeKind::Open, id, pair, node.empty_tag(), node.empty_tag()),
            "ex" => made.code(CodeKind::Close, own, pair, node.empty_tag(), node.empty_tag()),
            "bpt" => made.code(CodeKind::Open, id, pair, node.exact_text(), node.to_xml()),
            "ept" => made.code(CodeKind::Close, own, pair, node.exact_text(), node.to_xml()),
            "it" => made.code(CodeKind::Isolated, id, "", node.exact_text(), node.to_xml()),
            "ph" if !node.children.is_empty() => {
                made.code(CodeKind::Standalone, id, "", node.exact_text(), node.to_xml());
            }
            // Version 2.
            "pc" => {
                let raw = self.raw(node, "dataRefStart", "equivStart", Node::start_tag);
                made.code(CodeKind::Open, id, id, raw, node.start_tag());
                self.children(node, made);
                let raw = self.raw(node, "dataRefEnd", "equivEnd", |_| "</pc>".to_owned());
                made.code(CodeKind::Close, "", id, raw, "</pc>".to_owned());
            }
            "sc" => {
                let isolated = node.get("isolated") == Some("yes");
                let kind = if isolated { CodeKind::Isolated } else { CodeKind::Open };
                let raw = self.raw(node, "dataRef", "equiv", Node::empty_tag);
                made.code(kind, id, id, raw, node.empty_tag());
            }
            "ec" => {
                let isolated = node.get("isolated") == Some("yes");
                let kind = if isolated { CodeKind::Isolated } else { CodeKind::Close };
                let start = node.get_or_empty("startRef");
                let pair = if start.is_empty() { id } else { start };
                let id = if kind == CodeKind::Close && id == pair { "" } else { id };
                let raw = self.raw(node, "dataRef", "equiv", Node::empty_tag);
                made.code(kind, id, pair, raw, node.empty_tag());
            }
            "ph" => {
                let raw = self.raw(node, "dataRef", "equiv", Node::empty_tag);
                made.code(CodeKind::Standalone, id, "", raw, node.empty_tag());
            }
            "cp" => {
                let code_point = u32::from_str_radix(node.get_or_empty("hex"), 16).ok();
                let character = code_point.and_then(char::from_u32);
                made.text(character.unwrap_or('\u{FFFD}').encode_utf8(&mut [0; 4]));
            }
            // Annotations, which are not codes.
            "mrk" if is_deleted(node) => {}
            "mrk" => self.children(node, made),
            "sm" | "em" => {}
            _ => made.code(CodeKind::Standalone, id, "", node.to_xml(), node.to_xml()),
        }
    }

    /// Returns true if the codes exceed the limit of a unit. The codes beyond it are empty.
    pub(crate) fn is_too_large(&self) -> bool {
        self.code_bytes > MAX_CODE_BYTES
    }

    /// Returns a code as the original document has it; without original data, the text that the file shows for it;
    /// without either, its markup in the file.
    fn raw(&mut self, node: &Node, reference: &str, shown: &str, markup: impl Fn(&Node) -> String) -> String {
        let own = node.get(reference).and_then(|id| self.original_data.get(id)).map(String::as_str);
        let raw = own.or_else(|| node.get(shown)).filter(|raw| !raw.is_empty());
        self.code_bytes += raw.map_or(0, str::len);
        if self.is_too_large() {
            return String::new();
        }
        raw.map_or_else(|| markup(node), str::to_owned)
    }
}
