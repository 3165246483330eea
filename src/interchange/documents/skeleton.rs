//! Text and catalogues as XLIFF with a skeleton, and the translated document out of it.
//!
//! The skeleton begins with `⟦dhakira⟧`. In it `⟦7⟧` stands for unit 7, `⟦⟧` for a `⟦` of the document, and `⟦#c⟧` for a
//! character that XML does not have, by its number. Where one of the units 7 to 9 is not
//! confirmed, `⟦,7-9⟧` is the flag for that, and `⟦!7-9⟧` the line of flags.

use std::{io::Read, ops::RangeInclusive};

use rustc_hash::FxHashMap;

use super::model::{LARGEST as LARGEST_DOCUMENT, PLURAL};
use crate::{
    interchange::{
        contract::Languages,
        error::ReadError,
        po::{PoReader, quoted},
        xml::{Child, Node, Xml, XmlReader, XmlWriter, is_xml_char},
    },
    text::{BuiltIn, SegmentationOptions, segment},
};

/// What parts a skeleton's own text from its units.
const OPEN: char = '⟦';
const CLOSE: char = '⟧';

/// What a skeleton begins with: other tools have skeletons of their own.
const OURS: &str = "⟦dhakira⟧";

/// What makes a marker one of flags, in their line and as a line.
const IN_LINE: char = ',';
const AS_LINE: char = '!';

/// Plural forms of a message.
const MOST_FORMS: usize = 10;

/// Collects units and the skeleton around them.
#[derive(Default)]
struct Builder {
    skeleton: String,
    /// Texts, and whether they are plural forms.
    sources: Vec<(String, bool)>,
}

/// Bytes of a segment: the rest of a document without line breaks may be one.
pub(crate) const LARGEST: usize = 1 << 20;

/// Bytes of a piece of the skeleton.
const PIECE: usize = 1 << 20;

impl Builder {
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                OPEN => self.skeleton.push_str("⟦⟧"),
                c if is_xml_char(c) => self.skeleton.push(c),
                c => self.skeleton.push_str(&format!("{OPEN}#{:x}{CLOSE}", u32::from(c))),
            }
        }
    }

    /// Adds a unit; what XLIFF cannot hold stays in the skeleton. Says which.
    fn unit(&mut self, source: &str, plural: bool) -> bool {
        if source.len() > LARGEST || !source.chars().all(is_xml_char) {
            return false;
        }
        self.sources.push((source.to_owned(), plural));
        self.skeleton.push_str(&format!("{OPEN}{}{CLOSE}", self.sources.len()));
        true
    }

    /// Adds a line of a catalogue, and finds where the flags of its entry stand or would.
    fn line(&mut self, line: &str, flags: &mut Option<(usize, char)>) {
        let begun = line.trim_start();
        let at = self.skeleton.len();
        let (inner, end) = line.split_at(line.trim_end().len());
        self.text(inner);
        if begun.starts_with("#,") {
            *flags = Some((self.skeleton.len(), IN_LINE));
        } else if begun.starts_with("domain") {
            // Comments before it are not the message's.
            *flags = None;
        } else if ["#|", "msgctxt", "msgid"].iter().any(|start| begun.starts_with(start)) {
            flags.get_or_insert((at, AS_LINE));
        }
        self.text(end);
    }

    /// Writes them as XLIFF 1.2.
    fn document(
        self,
        name: &str,
        datatype: &str,
        (source, target): (&str, &str),
    ) -> Result<String, ReadError> {
        let mut xml = XmlWriter::new(Vec::new())?;
        xml.start("xliff", &[("version", "1.2"), ("xmlns", "urn:oasis:names:tc:xliff:document:1.2")])?;
        let attributes = [
            ("original", name),
            ("source-language", source),
            ("target-language", target),
            ("datatype", datatype),
        ];
        xml.start("file", &attributes)?;
        xml.start("header", &[])?;
        xml.start("skl", &[])?;
        xml.start("internal-file", &[("form", "text"), ("xml:space", "preserve")])?;
        xml.text(OURS)?;
        let mut rest = self.skeleton.as_str();
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(rest.floor_char_boundary(PIECE));
            xml.text(piece)?;
            xml.part()?;
            rest = behind;
        }
        xml.end("internal-file")?;
        xml.end("skl")?;
        xml.end("header")?;
        xml.start("body", &[])?;
        for (n, (source, plural)) in self.sources.iter().enumerate() {
            let id = (n + 1).to_string();
            let mut attributes = vec![("id", id.as_str()), ("xml:space", "preserve")];
            attributes.extend(plural.then_some(("restype", PLURAL)));
            let mut unit = Node::new("trans-unit", &attributes, "");
            unit.children.push(Child::Node(Node::new("source", &[], source)));
            xml.node(&unit)?;
        }
        xml.end("body")?;
        xml.end("file")?;
        xml.end("xliff")?;
        let bytes = xml.finish()?;
        String::from_utf8(bytes).map_err(|e| ReadError::Io(e.to_string()))
    }
}

/// Makes XLIFF of a text, a unit a segment.
pub(crate) fn of_text(
    name: &str,
    marked: bool,
    text: &str,
    languages: &Languages,
) -> Result<String, ReadError> {
    let rules = if languages.source.language() == "ar" { BuiltIn::Arabic } else { BuiltIn::Uax29 };
    let options = SegmentationOptions { rules, ..SegmentationOptions::default() };
    let mut builder = Builder::default();
    if marked {
        builder.text("\u{FEFF}");
    }
    let mut from = 0;
    for range in segment(text, &options) {
        builder.text(text.get(from..range.start).unwrap_or_default());
        let source = text.get(range.clone()).unwrap_or_default();
        if !builder.unit(source, false) {
            builder.text(source);
        }
        from = range.end;
    }
    builder.text(text.get(from..).unwrap_or_default());
    builder.document(name, "plaintext", (languages.source.as_str(), languages.target.as_str()))
}

/// Makes XLIFF of a catalogue, a unit a translation that is missing.
pub(crate) fn of_catalogue(
    name: &str,
    marked: bool,
    bytes: impl Read,
    languages: &Languages,
) -> Result<String, ReadError> {
    let mut reader = PoReader::new(bytes, languages.clone())?;
    let mut builder = Builder::default();
    if marked {
        builder.text("\u{FEFF}");
    }
    while let Some(entry) = reader.raw_entry()? {
        let (before, mut flags) = (builder.sources.len(), None);
        if builder.skeleton.len() as u64 > LARGEST_DOCUMENT {
            return Err(ReadError::Io(format!("the document has more than {LARGEST_DOCUMENT} bytes")));
        }
        for (line, missing) in entry {
            match missing {
                // One line stands for all of a string's.
                Some(Some((keyword, source))) => {
                    builder.text(&format!("{keyword} "));
                    if !builder.unit(&source, keyword.contains('[')) {
                        builder.text("\"\"");
                    }
                    builder.text(line.get(line.trim_end_matches(['\r', '\n']).len()..).unwrap_or_default());
                }
                Some(None) => {}
                None => builder.line(&line, &mut flags),
            }
        }
        let last = builder.sources.len();
        if let Some((at, kind)) = flags.filter(|_| last > before) {
            builder.skeleton.insert_str(at, &format!("{OPEN}{kind}{}-{last}{CLOSE}", before + 1));
        }
    }
    let turned = reader.is_turned().map_err(|(reason, what)| ReadError::OtherLanguages { reason, what })?;
    let (source, target) = (languages.source.as_str(), languages.target.as_str());
    builder.document(name, "po", if turned { (target, source) } else { (source, target) })
}

/// A translated document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembled {
    /// The document.
    pub text: String,
    /// Units without a translation: their sources stand there, in a catalogue nothing.
    pub missing: u64,
}

/// A unit as it was translated.
struct Translated {
    source: String,
    target: String,
    /// Its state says that nobody confirmed it.
    unconfirmed: bool,
}

impl Translated {
    fn of(unit: &Node) -> Self {
        let child = |name: &str| unit.nodes().find(|n| n.name == name);
        let text = |name: &str| child(name).map(Node::exact_text).unwrap_or_default();
        let state = child("target").and_then(|target| target.get("state")).unwrap_or_default();
        let target = text("target");
        let unconfirmed = !target.is_empty() && (state == "new" || state.starts_with("needs-"));
        Self { source: text("source"), target, unconfirmed }
    }
}

/// Reads which units a marker of flags is for, and what it stands for.
fn flags(marker: &str) -> Option<(RangeInclusive<usize>, char)> {
    let kind = marker.chars().next().filter(|kind| [IN_LINE, AS_LINE].contains(kind))?;
    let (first, last) = marker.strip_prefix(kind)?.split_once('-')?;
    let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
    (last.checked_sub(first)? < MOST_FORMS).then_some((first..=last, kind))
}

/// Makes the translated document of an XLIFF file that was made of a text or a catalogue.
///
/// # Errors
/// The file is no such XLIFF, or not well formed.
pub fn assemble(bytes: impl Read) -> Result<Assembled, ReadError> {
    let mut xml = XmlReader::new(bytes)?;
    let mut datatype = String::new();
    let mut skeleton: Option<String> = None;
    let mut units: FxHashMap<String, Translated> = FxHashMap::default();
    loop {
        match xml.next()? {
            Xml::Over => break,
            Xml::Start(element) => match element.name.as_str() {
                "file" => datatype = element.get("datatype").unwrap_or_default().to_owned(),
                "internal-file" => skeleton = Some(xml.text()?),
                "trans-unit" => {
                    let id = element.get("id").unwrap_or_default().to_owned();
                    let Some(node) = xml.tree(element)? else { continue };
                    units.insert(id, Translated::of(&node));
                }
                _ => {}
            },
            Xml::End(_) | Xml::Text(_) | Xml::BadReference(_) => {}
        }
    }
    let Some(skeleton) = skeleton.as_deref().and_then(|all| all.strip_prefix(OURS)) else {
        return Err(ReadError::Io(
            "the file has no skeleton that this version's 'dhakira pretranslate' wrote: pretranslate the text or the PO file anew"
                .to_owned(),
        ));
    };
    let line_end = if skeleton.contains("\r\n") { "\r\n" } else { "\n" };
    let mut text = String::with_capacity(skeleton.len());
    let mut missing = 0;
    let mut rest = skeleton;
    while let Some((before, after)) = rest.split_once(OPEN) {
        text.push_str(before);
        let Some((id, behind)) = after.split_once(CLOSE) else {
            return Err(ReadError::Io(format!("the skeleton is damaged: {OPEN} without {CLOSE}")));
        };
        rest = behind;
        if id.is_empty() {
            text.push(OPEN);
            continue;
        }
        if let Some(c) = id.strip_prefix('#') {
            text.extend(u32::from_str_radix(c, 16).ok().and_then(char::from_u32));
            continue;
        }
        if let Some((mut of, kind)) = flags(id) {
            let is_unconfirmed = |n: usize| units.get(&n.to_string()).is_some_and(|unit| unit.unconfirmed);
            match (of.any(is_unconfirmed), kind) {
                (true, IN_LINE) => text.push_str(", fuzzy"),
                (true, _) => {
                    text.push_str("#, fuzzy");
                    text.push_str(line_end);
                }
                (false, _) => {}
            }
            continue;
        }
        let Some(Translated { source, target, .. }) = units.get(id) else {
            return Err(ReadError::Io(format!("the skeleton is damaged: there is no unit '{id}'")));
        };
        missing += u64::from(target.is_empty());
        match (datatype.as_str(), target.is_empty()) {
            ("po", true) => text.push_str("\"\""),
            ("po", false) => {
                // Line breaks at the ends are the message's: gettext wants them alike.
                let line_breaks = |c: char| c == '\n';
                let inner = target.trim_matches(line_breaks);
                let start = source.len() - source.trim_start_matches(line_breaks).len();
                let end =
                    source.trim_start_matches(line_breaks).len() - source.trim_matches(line_breaks).len();
                let whole = format!("{}{inner}{}", "\n".repeat(start), "\n".repeat(end));
                text.push_str(&quoted(&whole).replace('\n', line_end));
            }
            (_, true) => text.push_str(source),
            (_, false) => text.push_str(target),
        }
    }
    text.push_str(rest);
    Ok(Assembled { text, missing })
}

#[cfg(test)]
mod tests {
    use super::{Languages, assemble, of_catalogue};

    /// Makes XLIFF of a catalogue, gives it targets, each a state and a text, and puts it together.
    fn assembled(file: &str, targets: &[(&str, &str)]) -> String {
        let mut xliff = of_catalogue("a.po", false, file.as_bytes(), &Languages::default()).unwrap();
        let mut done = String::new();
        for (state, target) in targets {
            let (before, after) = xliff.split_once("</source>").unwrap();
            done.push_str(&format!("{before}</source><target state='{state}'>{target}</target>"));
            xliff = after.to_owned();
        }
        assemble((done + &xliff).as_bytes()).unwrap().text
    }

    const FLAGGED: &str = "msgid \"\"\nmsgstr \"Language: ar\\n\"\n\n# note\n#: a.c\n#, c-format\n#| msgid \"x\"\nmsgid \"he said yes %s\"\nmsgstr \"\"\n\n#, c-format\ndomain \"x\"\n#: b.c\nmsgctxt \"c\"\nmsgid \"no\"\nmsgstr \"\"\n\n#: c.c\n#| msgid \"y\"\nmsgid \"one\"\nmsgid_plural \"many\"\nmsgstr[0] \"\"\nmsgstr[1] \"\"\n\nmsgid \"last\"\nmsgstr \"ل\"\n";

    #[test]
    fn skeletons_of_other_tools_are_refused() {
        let ours = of_catalogue("a.po", false, FLAGGED.as_bytes(), &Languages::default()).unwrap();
        for other in ["UEsDBBQAAAAIAA==", "", "⟦1⟧"] {
            let (before, rest) = ours.split_once("preserve\">").unwrap();
            let (_, after) = rest.split_once("</internal-file>").unwrap();
            let file = format!("{before}preserve\">{other}</internal-file>{after}");
            let error = assemble(file.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("no skeleton that this version's"), "{error}");
        }
        // Nor are flags of units without end looked up.
        let damaged = ours.replacen("⟦!2-2⟧", "⟦!2-999999999999⟧", 1);
        assert!(assemble(damaged.as_bytes()).unwrap_err().to_string().contains("damaged"));
    }

    #[test]
    fn what_nobody_confirmed_is_fuzzy() {
        let review = "needs-review-translation";
        let done = |file: &str| {
            file.replace("%s\"\nmsgstr \"\"", "%s\"\nmsgstr \"ا\"")
                .replace("no\"\nmsgstr \"\"", "no\"\nmsgstr \"ب\"")
                .replace("[0] \"\"\nmsgstr[1] \"\"", "[0] \"ت\"\nmsgstr[1] \"ث\"")
        };
        let targets = |states: [&'static str; 4]| -> Vec<_> {
            states.into_iter().zip(["ا", "ب", "ت", "ث"]).collect()
        };
        let confirmed = targets(["translated", "final", "signed-off", "x-done"]);
        assert_eq!(assembled(FLAGGED, &confirmed), done(FLAGGED));
        let fuzzy = FLAGGED
            .replace("c-format\n#|", "c-format, fuzzy\n#|")
            .replace("msgctxt", "#, fuzzy\nmsgctxt")
            .replace("#| msgid \"y\"", "#, fuzzy\n#| msgid \"y\"");
        assert_eq!(assembled(FLAGGED, &targets([review, "new", "final", "needs-l10n"])), done(&fuzzy));
        let dos = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(assembled(&dos(FLAGGED), &targets([review, "new", review, "final"])), dos(&done(&fuzzy)));
        // What has no text stays without a translation.
        let none = [(review, ""), ("new", ""), (review, ""), ("final", "")];
        assert_eq!(assembled(FLAGGED, &none), FLAGGED);
    }
}
