//! Text with markup, as both versions of XLIFF have it, to a segment.

use rustc_hash::FxHashMap;

use crate::{
    interchange::{
        problem::MOST_PROBLEMS,
        xml::{Child, Node},
    },
    segment::{CodeKind, InlineCode, Segment},
};

/// Makes segments of elements.
#[derive(Debug, Default)]
pub(crate) struct Inline {
    /// Version 2: what codes are in the original document, by id.
    data: FxHashMap<String, String>,
    /// Names of entities that XML does not have.
    pub(crate) references: Vec<String>,
    /// Bytes of the codes so far: one piece of data may stand for many codes.
    bytes: usize,
}

/// Bytes of the codes of a unit.
const MOST_BYTES: usize = 4 << 20;

/// A segment under way.
#[derive(Default)]
struct Made {
    segment: Segment,
    position: u32,
    /// The codes as the file writes them.
    markup: Vec<String>,
}

impl Made {
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

impl Inline {
    /// Returns what is in an element as a segment.
    pub(crate) fn segment(&mut self, node: &Node) -> Segment {
        self.with_markup(node).0
    }

    /// Returns what is in an element as a segment, and its codes as the file writes them.
    pub(crate) fn with_markup(&mut self, node: &Node) -> (Segment, Vec<String>) {
        let mut made = Made::default();
        self.children(node, &mut made);
        (made.segment, made.markup)
    }

    /// Takes note of a unit's original data.
    pub(crate) fn data(&mut self, node: &Node) {
        for data in node.nodes() {
            self.data.insert(data.get("id").unwrap_or_default().to_owned(), data.exact_text());
        }
    }

    fn children(&mut self, node: &Node, made: &mut Made) {
        for child in &node.children {
            match child {
                Child::Text(text) => made.text(text),
                Child::Reference(name)
                    if self.references.len() >= MOST_PROBLEMS || self.references.contains(name) => {}
                Child::Reference(name) => self.references.push(name.clone()),
                Child::Node(node) => self.node(node, made),
            }
        }
    }

    fn node(&mut self, node: &Node, made: &mut Made) {
        let told = |name: &str| node.get(name).unwrap_or_default();
        let id = told("id");
        // Version 1 ties the halves by `rid`, or else by their ids.
        let tied = if told("rid").is_empty() { id } else { told("rid") };
        // An end that is known by its beginning has no id of its own.
        let own = if id == tied { "" } else { id };
        match node.name.as_str() {
            // Version 1.
            "g" => {
                made.code(CodeKind::Open, id, id, node.start_tag(), node.start_tag());
                self.children(node, made);
                made.code(CodeKind::Close, "", id, "</g>".to_owned(), "</g>".to_owned());
            }
            "bx" => made.code(CodeKind::Open, id, tied, node.empty_tag(), node.empty_tag()),
            "ex" => made.code(CodeKind::Close, own, tied, node.empty_tag(), node.empty_tag()),
            "bpt" => made.code(CodeKind::Open, id, tied, node.exact_text(), node.whole()),
            "ept" => made.code(CodeKind::Close, own, tied, node.exact_text(), node.whole()),
            "it" => made.code(CodeKind::Isolated, id, "", node.exact_text(), node.whole()),
            "ph" if !node.children.is_empty() => {
                made.code(CodeKind::Standalone, id, "", node.exact_text(), node.whole());
            }
            // Version 2.
            "pc" => {
                let raw = self.raw(node, "dataRefStart", "equivStart", Node::start_tag);
                made.code(CodeKind::Open, id, id, raw, node.start_tag());
                self.children(node, made);
                let close = || "</pc>".to_owned();
                let raw = self.raw(node, "dataRefEnd", "equivEnd", |_| close());
                made.code(CodeKind::Close, "", id, raw, close());
            }
            "sc" => {
                let kind = if told("isolated") == "yes" { CodeKind::Isolated } else { CodeKind::Open };
                let raw = self.raw(node, "dataRef", "equiv", Node::empty_tag);
                made.code(kind, id, id, raw, node.empty_tag());
            }
            "ec" => {
                let kind = if told("isolated") == "yes" { CodeKind::Isolated } else { CodeKind::Close };
                let tied = if told("startRef").is_empty() { id } else { told("startRef") };
                let id = if kind == CodeKind::Close && id == tied { "" } else { id };
                let raw = self.raw(node, "dataRef", "equiv", Node::empty_tag);
                made.code(kind, id, tied, raw, node.empty_tag());
            }
            "ph" => {
                let raw = self.raw(node, "dataRef", "equiv", Node::empty_tag);
                made.code(CodeKind::Standalone, id, "", raw, node.empty_tag());
            }
            "cp" => {
                let character = u32::from_str_radix(told("hex"), 16).ok().and_then(char::from_u32);
                made.text(character.unwrap_or('\u{FFFD}').encode_utf8(&mut [0; 4]));
            }
            // What marks text and is no code.
            "mrk" => self.children(node, made),
            "sm" | "em" => {}
            _ => made.code(CodeKind::Standalone, id, "", node.whole(), node.whole()),
        }
    }

    /// Says whether the codes are more than a unit can hold; they are cut then.
    pub(crate) fn is_too_large(&self) -> bool {
        self.bytes > MOST_BYTES
    }

    /// Returns a code as the original document has it, else as the file shows it, else
    /// the file's own markup.
    fn raw(&mut self, node: &Node, reference: &str, shown: &str, markup: impl Fn(&Node) -> String) -> String {
        let own = node.get(reference).and_then(|id| self.data.get(id)).map(String::as_str);
        let told = own.or_else(|| node.get(shown)).filter(|told| !told.is_empty());
        self.bytes += told.map_or(0, str::len);
        if self.is_too_large() {
            return String::new();
        }
        told.map_or_else(|| markup(node), str::to_owned)
    }
}
