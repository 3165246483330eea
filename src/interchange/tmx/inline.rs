//! Converts the content of a `<seg>` to a segment.
//!
//! The codes of TMX contain their original markup as text: `<bpt i="1">&lt;b></bpt>`. `<hi>` encloses text of the
//! segment. So do the elements that tools write into a `<seg>` although TMX does not have them, such as `<g>` of XLIFF
//! or `<b>` of HTML: if they were read as codes, the words inside would be lost.

use rustc_hash::FxHashSet;

use crate::{
    interchange::xml::{Element, Node},
    segment::{CodeKind, InlineCode, Segment},
};

/// Returns the kind of a code of TMX by the name of its element.
fn code_kind(element: &str) -> Option<CodeKind> {
    match element {
        "bpt" => Some(CodeKind::Open),
        "ept" => Some(CodeKind::Close),
        "it" => Some(CodeKind::Isolated),
        "ph" | "ut" => Some(CodeKind::Standalone),
        _ => None,
    }
}

/// Returns true if the content of an element is a code and not text of the segment.
pub(crate) fn is_code(element: &str) -> bool {
    code_kind(element).is_some()
}

/// A segment that is being read.
#[derive(Default)]
pub(crate) struct SegmentBuilder {
    segment: Segment,
    position: u32,
    /// The open elements, outermost first.
    open: Vec<OpenElement>,
    /// The indexes of the two codes of each pair that has no id.
    unnamed: Vec<(usize, usize)>,
}

/// An open element that encloses text of the segment.
struct OpenElement {
    /// The index of the code of its start tag.
    code: usize,
    /// The number of code points of the text before it.
    position: u32,
}

impl SegmentBuilder {
    pub(crate) fn text(&mut self, text: &str) {
        self.position += u32::try_from(text.chars().count()).unwrap_or(u32::MAX - self.position);
        self.segment.text.push_str(text);
    }

    /// Adds a code of TMX with its content.
    pub(crate) fn code(&mut self, element: &Element, raw: String) {
        let kind = code_kind(&element.name).unwrap_or(CodeKind::Standalone);
        let id = element.get("x").or_else(|| element.get("id")).unwrap_or_default();
        // Without the `i` of TMX, the halves are paired as in XLIFF.
        let as_in_xliff = matches!(kind, CodeKind::Open | CodeKind::Close)
            .then(|| element.get("rid").or_else(|| element.get("id")))
            .flatten();
        let pair = element.get("i").or(as_in_xliff).unwrap_or_default();
        let is_pairs = kind == CodeKind::Close && id == pair;
        self.push(kind, if is_pairs { "" } else { id }, pair, raw);
    }

    /// Adds the code of the start tag of an element that encloses text.
    pub(crate) fn open(&mut self, element: Element) {
        self.open.push(OpenElement { code: self.segment.codes.len(), position: self.position });
        let written = if element.name == "hi" { None } else { element.get("id") };
        let id = element.get("x").or(written).unwrap_or_default().to_owned();
        let pair = element.get("rid").filter(|_| element.name != "hi").unwrap_or(&id).to_owned();
        self.push(CodeKind::Open, &id, &pair, Node::from(element).start_tag());
    }

    /// Adds the code of the end tag of the innermost open element. An element without content becomes one code, except
    /// `<hi>`, which is always written as a pair.
    pub(crate) fn close(&mut self, name: &str) {
        let Some(element) = self.open.pop() else { return };
        let is_last = element.code + 1 == self.segment.codes.len();
        let is_empty = is_last && element.position == self.position && name != "hi";
        let Some(opening) = self.segment.codes.get_mut(element.code) else { return };
        if is_empty {
            opening.raw = opening.raw.strip_suffix('>').map(|tag| format!("{tag}/>")).unwrap_or_default();
            // In version 1 of XLIFF the two halves of a pair can be empty elements.
            match name {
                "bx" => {}
                "ex" => {
                    opening.kind = CodeKind::Close;
                    opening.id = opening.distinct_id().to_owned();
                }
                _ => {
                    opening.kind = CodeKind::Standalone;
                    opening.pair.clear();
                }
            }
            return;
        }
        let pair = opening.pair.clone();
        if pair.is_empty() && name != "hi" {
            self.unnamed.push((element.code, self.segment.codes.len()));
        }
        let id = if name == "hi" { pair.as_str() } else { "" };
        self.push(CodeKind::Close, id, &pair, format!("</{name}>"));
    }

    fn push(&mut self, kind: CodeKind, id: &str, pair: &str, raw: String) {
        let (id, pair) = (id.to_owned(), pair.to_owned());
        self.segment.codes.push(InlineCode { position: self.position, kind, id, pair, raw });
    }

    /// Returns the segment. Pairs without an id get a free number, because a pair needs one in an export as TMX.
    pub(crate) fn finish(mut self) -> Segment {
        let taken: FxHashSet<String> = self.segment.codes.iter().map(|code| code.pair.clone()).collect();
        self.unnamed.sort_unstable();
        let free = (1_u64..).map(|number| number.to_string()).filter(|number| !taken.contains(number));
        for ((first, second), number) in self.unnamed.iter().zip(free) {
            for at in [*first, *second] {
                if let Some(code) = self.segment.codes.get_mut(at) {
                    code.pair.clone_from(&number);
                }
            }
        }
        self.segment
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{
        interchange::{
            UnitFormat,
            round_trip::{read_units, write_units},
        },
        segment::{CodeKind, Segment},
    };

    /// Reads the content of a `<seg>`.
    fn segment(content: &str) -> Segment {
        let file = format!(
            "<tmx version='1.4'><body><tu><tuv xml:lang='ar'><seg>{content}</seg></tuv><tuv xml:lang='en'><seg>y</seg></tuv></tu></body></tmx>"
        );
        read_units(UnitFormat::Tmx, file.as_bytes()).remove(0).source.segment
    }

    fn codes(segment: &Segment) -> Vec<(u32, CodeKind, &str, &str, &str)> {
        let codes = segment.codes.iter();
        codes.map(|c| (c.position, c.kind, c.id.as_str(), c.pair.as_str(), c.raw.as_str())).collect()
    }

    #[test]
    fn elements_that_tmx_does_not_have_enclose_text() {
        let read = segment("هذا <g id='1'>بيت <b>كبير</b></g> <mrk mtype='x'>جدا</mrk><span/>");
        assert_eq!(read.text, "هذا بيت كبير جدا");
        assert_eq!(
            codes(&read),
            [
                (4, CodeKind::Open, "1", "1", "<g id=\"1\">"),
                (8, CodeKind::Open, "", "2", "<b>"),
                (12, CodeKind::Close, "", "2", "</b>"),
                (12, CodeKind::Close, "", "1", "</g>"),
                (13, CodeKind::Open, "", "3", "<mrk mtype=\"x\">"),
                (16, CodeKind::Close, "", "3", "</mrk>"),
                (16, CodeKind::Standalone, "", "", "<span/>"),
            ]
        );
    }

    #[test]
    fn codes_of_xliff_keep_their_ids() {
        let read = segment(
            "<x id='5'/>نعم <bx id='6' rid='2'/>لا<ex id='7' rid='2'/><bpt id='8'>[</bpt>و<ept id='8'>]</ept>",
        );
        assert_eq!(read.text, "نعم لاو");
        assert_eq!(
            codes(&read),
            [
                (0, CodeKind::Standalone, "5", "", "<x id=\"5\"/>"),
                (4, CodeKind::Open, "6", "2", "<bx id=\"6\" rid=\"2\"/>"),
                (6, CodeKind::Close, "7", "2", "<ex id=\"7\" rid=\"2\"/>"),
                (6, CodeKind::Open, "8", "8", "["),
                (7, CodeKind::Close, "", "8", "]"),
            ]
        );
    }

    proptest! {
        /// All text of a `<seg>` belongs to the segment, however its elements are nested, and an export keeps it.
        #[test]
        fn no_word_is_lost(parts in prop::collection::vec(("[ا-ي ]{0,5}", prop::sample::select(vec!["g", "b", "mrk", "span", "hi", "sub", "x"])), 0..12)) {
            let (mut content, mut text, mut open) = (String::new(), String::new(), Vec::new());
            for (n, (word, element)) in parts.iter().enumerate() {
                content.push_str(word);
                text.push_str(word);
                if n % 3 == 2 && let Some(element) = open.pop() {
                    content.push_str(&format!("</{element}>"));
                } else {
                    content.push_str(&format!("<{element} id='{n}'>"));
                    open.push(element);
                }
            }
            for element in open.iter().rev() {
                content.push_str(&format!("</{element}>"));
            }
            content.push_str("نعم");
            text.push_str("نعم");
            let read = segment(&content);
            prop_assert_eq!(&read.text, &text);
            let opened = read.codes.iter().filter(|code| code.kind == CodeKind::Open).count();
            prop_assert_eq!(opened, read.codes.iter().filter(|code| code.kind == CodeKind::Close).count());
            let file = format!(
                "<tmx version='1.4'><body><tu><tuv xml:lang='ar'><seg>{content}</seg></tuv><tuv xml:lang='en'><seg>y</seg></tuv></tu></body></tmx>"
            );
            let units = read_units(UnitFormat::Tmx, file.as_bytes());
            let (bytes, _) = write_units(UnitFormat::Tmx, &units);
            prop_assert_eq!(read_units(UnitFormat::Tmx, &bytes), units);
        }
    }
}
