//! Plain texts and PO catalogues as XLIFF with a skeleton, and the translated document made from it.
//!
//! The skeleton is the document with markers in place of its units. It begins with `⟦dhakira⟧`. The markers are:
//!
//! - `⟦7⟧`: the translation of unit 7.
//! - `⟦⟧`: a `⟦` of the document itself.
//! - `⟦#c⟧`: a character that XML does not allow, by its hexadecimal code point (here a form feed).
//! - `⟦,7-9⟧`: `, fuzzy` at the end of a line of flags, if one of the units 7 to 9 is not confirmed, or if only some of
//!   them have a translation.
//! - `⟦!7-9⟧`: the same as a line of its own, `#, fuzzy`, if the entry has no line of flags.
//! - `⟦|7⟧`: the lines of the former message (`#| msgid "…"`), if unit 7 has the translation of a similar message. So an
//!   import of the catalogue does not take it for a translation of this message.

use std::{io::Read, ops::RangeInclusive};

use rustc_hash::FxHashMap;

use super::{
    answer::PluralFormToTranslate,
    hints::{HINTS_ATTRIBUTE, MessageHints},
    model::{MAX_DOCUMENT_BYTES as LARGEST_DOCUMENT, ORIGIN_PREFIX, PLURAL_RESTYPE},
};
use crate::{
    interchange::{
        contract::Languages,
        error::ReadError,
        po::{MessageTexts, PoReader, category_names, quoted},
        xliff::FUZZY_QUALIFIER,
        xml::{Child, Node, XmlEvent, XmlReader, XmlWriter, is_xml_char},
    },
    text::{BuiltInRules, SegmentationOptions, segment},
};

/// The brackets around a marker.
const OPEN: char = '⟦';
const CLOSE: char = '⟧';

/// The beginning of a skeleton. It distinguishes our skeletons from those of other tools.
const SKELETON_START: &str = "⟦dhakira⟧";

/// The first character of a flag marker: inside a line of flags, and as a line of its own.
const FLAG_IN_LINE: char = ',';
const FLAG_AS_LINE: char = '!';

/// The first character of the marker of a former message.
const FORMER: char = '|';

/// Maximum number of plural forms of a message.
const MAX_PLURAL_FORMS: usize = 10;

/// Builds a skeleton and its units.
#[derive(Default)]
struct SkeletonBuilder {
    skeleton: String,
    units: Vec<SkeletonUnit>,
}

/// A unit to translate.
#[derive(Default)]
struct SkeletonUnit {
    source: String,
    /// True if another plural form of its message has the same source.
    shares_source: bool,
    /// The most characters that its translation may have, as the catalogue gives it.
    max_length: Option<String>,
    hints: MessageHints,
}

/// The places in the skeleton for the markers of an entry, while its lines are added.
#[derive(Default)]
struct EntryPlaces {
    /// The place and kind of the flag marker: at the end of the line of flags, or before the first line that comes after
    /// the flags.
    flags: Option<(usize, char)>,
    /// The place before the message.
    message: Option<usize>,
    /// True if the entry has a former message.
    has_former: bool,
    /// True if the message has plural forms.
    has_plural: bool,
}

/// Maximum bytes of a segment, because a document without line breaks may be a single segment.
pub(crate) const MAX_SEGMENT_BYTES: usize = 1 << 20;

/// Maximum bytes of skeleton text between two comments, because a reader holds such a text in memory.
const SKELETON_CHUNK_BYTES: usize = 1 << 20;

impl SkeletonBuilder {
    /// Adds text to the skeleton, with the characters escaped that it cannot contain.
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                OPEN => self.skeleton.push_str("⟦⟧"),
                c if is_xml_char(c) => self.skeleton.push(c),
                c => self.skeleton.push_str(&format!("{OPEN}#{:x}{CLOSE}", u32::from(c))),
            }
        }
    }

    /// Adds a unit and its marker. Returns false and adds nothing if the source is too long, or has a character that
    /// XML does not allow.
    fn unit(&mut self, unit: SkeletonUnit) -> bool {
        if unit.source.len() > MAX_SEGMENT_BYTES || !unit.source.chars().all(is_xml_char) {
            return false;
        }
        self.units.push(unit);
        self.skeleton.push_str(&format!("{OPEN}{}{CLOSE}", self.units.len()));
        true
    }

    /// Adds a line of a catalogue, and records the places for the markers of its entry.
    fn line(&mut self, line: &str, places: &mut EntryPlaces) {
        let begun = line.trim_start();
        let at = self.skeleton.len();
        let (inner, end) = line.split_at(line.trim_end().len());
        self.text(inner);
        if begun.starts_with("#,") {
            places.flags = Some((self.skeleton.len(), FLAG_IN_LINE));
        } else if begun.starts_with("domain") {
            // Flags before a `domain` line do not belong to the message.
            *places = EntryPlaces::default();
        } else if ["#|", "msgctxt", "msgid"].iter().any(|start| begun.starts_with(start)) {
            places.flags.get_or_insert((at, FLAG_AS_LINE));
            if begun.starts_with("#|") {
                places.has_former = true;
            } else {
                places.message.get_or_insert(at);
                places.has_plural |= begun.starts_with("msgid_plural");
            }
        }
        self.text(end);
    }

    /// Adds the markers of an entry with these units.
    fn markers(&mut self, places: &EntryPlaces, units: RangeInclusive<usize>) {
        let (first, last) = (units.start(), units.end());
        if let Some(at) = places.message.filter(|_| !places.has_former && !places.has_plural) {
            self.skeleton.insert_str(at, &format!("{OPEN}{FORMER}{first}{CLOSE}"));
        }
        // The flags come before the message, so their place is still right.
        if let Some((at, kind)) = places.flags {
            self.skeleton.insert_str(at, &format!("{OPEN}{kind}{first}-{last}{CLOSE}"));
        }
    }

    /// Returns the XLIFF 1.2 document.
    fn into_xliff(
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
        xml.text(SKELETON_START)?;
        let mut rest = self.skeleton.as_str();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.floor_char_boundary(SKELETON_CHUNK_BYTES));
            xml.text(piece)?;
            xml.split_text()?;
            rest = after;
        }
        xml.end("internal-file")?;
        xml.end("skl")?;
        xml.end("header")?;
        xml.start("body", &[])?;
        for (n, SkeletonUnit { source, shares_source, max_length, hints }) in self.units.iter().enumerate() {
            let hints = hints.to_attribute();
            let id = (n + 1).to_string();
            let mut attributes = vec![("id", id.as_str()), ("xml:space", "preserve")];
            attributes.extend(shares_source.then_some(("restype", PLURAL_RESTYPE)));
            if let Some(most) = max_length {
                attributes.extend([("maxwidth", most.as_str()), ("size-unit", "char")]);
            }
            attributes.extend(hints.as_deref().map(|hints| (HINTS_ATTRIBUTE, hints)));
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

/// Converts a plain text to XLIFF, with a unit for each segment. `marked` adds a byte order mark to the skeleton.
pub(crate) fn text_to_xliff(
    name: &str,
    marked: bool,
    text: &str,
    languages: &Languages,
) -> Result<String, ReadError> {
    let rules = if languages.source.language() == "ar" { BuiltInRules::Arabic } else { BuiltInRules::Uax29 };
    let options = SegmentationOptions { rules, ..SegmentationOptions::default() };
    let mut builder = SkeletonBuilder::default();
    if marked {
        builder.text("\u{FEFF}");
    }
    let mut from = 0;
    for range in segment(text, &options) {
        builder.text(text.get(from..range.start).unwrap_or_default());
        let source = text.get(range.clone()).unwrap_or_default();
        if !builder.unit(SkeletonUnit { source: source.to_owned(), ..SkeletonUnit::default() }) {
            builder.text(source);
        }
        from = range.end;
    }
    builder.text(text.get(from..).unwrap_or_default());
    builder.into_xliff(name, "plaintext", (languages.source.as_str(), languages.target.as_str()))
}

/// Converts a PO catalogue to XLIFF, with a unit for each missing translation. `marked` adds a byte order mark to the
/// skeleton.
pub(crate) fn catalogue_to_xliff(
    name: &str,
    marked: bool,
    bytes: impl Read,
    languages: &Languages,
) -> Result<String, ReadError> {
    let mut reader = PoReader::new(bytes, languages.clone())?;
    let mut builder = SkeletonBuilder::default();
    if marked {
        builder.text("\u{FEFF}");
    }
    while let Some(entry) = reader.next_entry_lines()? {
        let (before, mut places) = (builder.units.len(), EntryPlaces::default());
        if builder.skeleton.len() as u64 > LARGEST_DOCUMENT {
            return Err(ReadError::Io(format!("the document has more than {LARGEST_DOCUMENT} bytes")));
        }
        let max_length = entry.iter().find_map(|(line, _)| max_length(line));
        let formats: Vec<String> =
            entry.iter().flat_map(|(line, _)| MessageHints::formats_of_line(line)).collect();
        for (line, missing) in entry {
            match missing {
                // The marker replaces all lines of a string.
                Some(Some(missing)) => {
                    builder.text(&format!("{} ", missing.keyword));
                    let form = missing.form.map(|form| PluralFormToTranslate {
                        categories: category_names(&form.categories),
                        only_count: form.only_count,
                    });
                    let unit = SkeletonUnit {
                        source: missing.source,
                        shares_source: missing.shares_source,
                        max_length: max_length.clone(),
                        hints: MessageHints { form, formats: formats.clone() },
                    };
                    if !builder.unit(unit) {
                        builder.text("\"\"");
                    }
                    builder.text(line.get(line.trim_end_matches(['\r', '\n']).len()..).unwrap_or_default());
                }
                Some(None) => {}
                None => builder.line(&line, &mut places),
            }
        }
        let last = builder.units.len();
        if last > before {
            builder.markers(&places, before + 1..=last);
        }
    }
    let turned = reader.is_reversed().map_err(|(reason, what)| ReadError::OtherLanguages { reason, what })?;
    let (source, target) = (languages.source.as_str(), languages.target.as_str());
    builder.into_xliff(name, "po", if turned { (target, source) } else { (source, target) })
}

/// Returns the limit in a line of flags, for example `20` of `#, c-format, max-length:20`.
fn max_length(line: &str) -> Option<String> {
    let flags = line.trim_start().strip_prefix("#,")?;
    let limit = flags.split(',').find_map(|flag| flag.trim().strip_prefix("max-length:"))?;
    Some(limit.trim().to_owned())
}

/// A translated document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembled {
    /// The document.
    pub text: String,
    /// Number of units without a translation. A text has their sources instead, a catalogue empty strings.
    pub missing: u64,
}

/// A unit of the translated XLIFF file.
struct TranslatedUnit {
    source: String,
    target: String,
    /// True if its state means that nobody has confirmed the translation.
    unconfirmed: bool,
    /// The text that the translation is of, if it is that of a similar segment, as a run filled it in.
    similar_source: Option<String>,
}

impl TranslatedUnit {
    fn of(unit: &Node) -> Self {
        let source = unit.child("source").map(Node::exact_text).unwrap_or_default();
        let target = unit.child("target").map(Node::exact_text).unwrap_or_default();
        let state = unit.child("target").and_then(|target| target.get("state")).unwrap_or_default();
        let unconfirmed = !target.is_empty() && (state == "new" || state.starts_with("needs-"));
        let qualifier = unit.child("target").and_then(|target| target.get("state-qualifier"));
        let is_fuzzy = unconfirmed && qualifier == Some(FUZZY_QUALIFIER);
        let similar_source = if is_fuzzy { similar_source(unit, &target) } else { None };
        Self { source, target, unconfirmed, similar_source }
    }

    /// Returns the lines that name the message that its translation is of, if that is another one.
    fn former_lines(&self, line_end: &str) -> String {
        let former = self.similar_source.as_ref().filter(|similar| **similar != self.source);
        let former = former.map(|id| MessageTexts { id: id.clone(), ..MessageTexts::default() });
        let lines = former.into_iter().flat_map(|former| former.lines("#| ", quoted));
        lines.map(|line| format!("{line}{line_end}")).collect()
    }

    /// Returns the translation with the line breaks of the source at its ends, because gettext requires that they
    /// are the same.
    fn with_line_breaks(&self) -> String {
        let after_start = self.source.trim_start_matches('\n');
        let start = self.source.len() - after_start.len();
        let end = after_start.len() - self.source.trim_matches('\n').len();
        format!("{}{}{}", "\n".repeat(start), self.target.trim_matches('\n'), "\n".repeat(end))
    }
}

/// Returns the source of the match whose translation a target has. A match with repaired values comes before the stored
/// one of the same unit, and is the translation of neither text.
fn similar_source(unit: &Node, target: &str) -> Option<String> {
    let is_ours = |node: &&Node| {
        node.name == "alt-trans" && node.get("origin").is_some_and(|origin| origin.starts_with(ORIGIN_PREFIX))
    };
    let matches: Vec<&Node> = unit.nodes().filter(is_ours).collect();
    let text = |node: &Node, name| node.child(name).map(Node::exact_text).unwrap_or_default();
    let at = matches.iter().position(|found| text(found, "target").trim() == target.trim())?;
    let (found, after) = (matches.get(at)?, matches.get(at + 1));
    let is_repaired = after.is_some_and(|after| after.get("origin") == found.get("origin"));
    let source = text(found, "source");
    (!is_repaired && !source.is_empty()).then_some(source)
}

/// Parses a flag marker: the numbers of the units that it is for, and its first character.
fn parse_flag_marker(marker: &str) -> Option<(RangeInclusive<usize>, char)> {
    let kind = marker.chars().next().filter(|kind| [FLAG_IN_LINE, FLAG_AS_LINE].contains(kind))?;
    let (first, last) = marker.strip_prefix(kind)?.split_once('-')?;
    let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
    (last.checked_sub(first)? < MAX_PLURAL_FORMS).then_some((first..=last, kind))
}

/// Makes the translated document from an XLIFF file that was made from a plain text or a catalogue.
///
/// # Errors
/// The file is not well-formed XML, has no skeleton of this kind, or its skeleton is damaged.
pub fn assemble(bytes: impl Read) -> Result<Assembled, ReadError> {
    let mut xml = XmlReader::new(bytes)?;
    let mut datatype = String::new();
    let mut skeleton: Option<String> = None;
    let mut units: FxHashMap<String, TranslatedUnit> = FxHashMap::default();
    loop {
        match xml.next()? {
            XmlEvent::EndOfDocument => break,
            XmlEvent::Start(element) => match element.name.as_str() {
                "file" => datatype = element.get_or_empty("datatype").to_owned(),
                "internal-file" => skeleton = Some(xml.text()?),
                "trans-unit" => {
                    let id = element.get_or_empty("id").to_owned();
                    let Some(node) = xml.tree(element)? else { continue };
                    units.insert(id, TranslatedUnit::of(&node));
                }
                _ => {}
            },
            XmlEvent::End(_) | XmlEvent::Text(_) | XmlEvent::UnknownReference(_) => {}
        }
    }
    let Some(skeleton) = skeleton.as_deref().and_then(|all| all.strip_prefix(SKELETON_START)) else {
        return Err(ReadError::Io(
            "the file has no skeleton that this version's 'dhakira pretranslate' wrote: pretranslate the text or the PO file again"
                .to_owned(),
        ));
    };
    let line_end = if skeleton.contains("\r\n") { "\r\n" } else { "\n" };
    let mut text = String::with_capacity(skeleton.len());
    let mut missing = 0;
    let mut rest = skeleton;
    while let Some((before, after)) = rest.split_once(OPEN) {
        text.push_str(before);
        let Some((marker, after)) = after.split_once(CLOSE) else {
            return Err(ReadError::Io(format!("the skeleton is damaged: {OPEN} without {CLOSE}")));
        };
        rest = after;
        if marker.is_empty() {
            text.push(OPEN);
            continue;
        }
        if let Some(c) = marker.strip_prefix('#') {
            text.extend(u32::from_str_radix(c, 16).ok().and_then(char::from_u32));
            continue;
        }
        if let Some((numbers, kind)) = parse_flag_marker(marker) {
            let of_message: Vec<_> = numbers.filter_map(|n| units.get(&n.to_string())).collect();
            let missing = of_message.iter().filter(|unit| unit.target.is_empty()).count();
            // gettext would show nothing for the missing plural forms of a message that is not fuzzy.
            let is_incomplete = missing > 0 && missing < of_message.len();
            let fuzzy = is_incomplete || of_message.iter().any(|unit| unit.unconfirmed);
            match (fuzzy, kind) {
                (true, FLAG_IN_LINE) => text.push_str(", fuzzy"),
                (true, _) => {
                    text.push_str("#, fuzzy");
                    text.push_str(line_end);
                }
                (false, _) => {}
            }
            continue;
        }
        if let Some(number) = marker.strip_prefix(FORMER) {
            text.extend(units.get(number).map(|unit| unit.former_lines(line_end)));
            continue;
        }
        let Some(unit) = units.get(marker) else {
            return Err(ReadError::Io(format!("the skeleton is damaged: there is no unit '{marker}'")));
        };
        missing += u64::from(unit.target.is_empty());
        match (datatype.as_str(), unit.target.is_empty()) {
            ("po", true) => text.push_str("\"\""),
            ("po", false) => text.push_str(&quoted(&unit.with_line_breaks()).replace('\n', line_end)),
            (_, true) => text.push_str(&unit.source),
            (_, false) => text.push_str(&unit.target),
        }
    }
    text.push_str(rest);
    Ok(Assembled { text, missing })
}

#[cfg(test)]
mod tests {
    use super::{Languages, assemble, catalogue_to_xliff};

    /// Converts a catalogue to XLIFF, adds targets, each a state and a text, and makes the translated catalogue.
    fn assembled(file: &str, targets: &[(&str, &str)]) -> String {
        let mut xliff = catalogue_to_xliff("a.po", false, file.as_bytes(), &Languages::default()).unwrap();
        let mut done = String::new();
        for (state, target) in targets {
            let (before, after) = xliff.split_once("</source>").unwrap();
            done.push_str(&format!("{before}</source><target state='{state}'>{target}</target>"));
            xliff = after.to_owned();
        }
        assemble((done + &xliff).as_bytes()).unwrap().text
    }

    const FLAGGED: &str = "msgid \"\"\nmsgstr \"Language: ar\\n\"\n\n# note\n#: a.c\n#, c-format\n#| msgid \"x\"\nmsgid \"he said yes %s\"\nmsgstr \"\"\n\n#, c-format\ndomain \"x\"\n#: b.c\nmsgctxt \"c\"\nmsgid \"no\"\nmsgstr \"\"\n\n#: c.c\n#| msgid \"y\"\nmsgid \"one\"\nmsgid_plural \"many\"\nmsgstr[0] \"\"\nmsgstr[1] \"\"\n\nmsgid \"last\"\nmsgstr \"ل\"\n";

    /// Returns the four targets of `FLAGGED` with these states.
    fn targets(states: [&'static str; 4]) -> Vec<(&'static str, &'static str)> {
        states.into_iter().zip(["ا", "ب", "ت", "ث"]).collect()
    }

    /// Puts the texts of `targets` into a catalogue.
    fn translated(file: &str) -> String {
        file.replace("%s\"\nmsgstr \"\"", "%s\"\nmsgstr \"ا\"")
            .replace("no\"\nmsgstr \"\"", "no\"\nmsgstr \"ب\"")
            .replace("[0] \"\"\nmsgstr[1] \"\"", "[0] \"ت\"\nmsgstr[1] \"ث\"")
    }

    #[test]
    fn skeletons_of_other_tools_are_refused() {
        let ours = catalogue_to_xliff("a.po", false, FLAGGED.as_bytes(), &Languages::default()).unwrap();
        for other in ["UEsDBBQAAAAIAA==", "", "⟦1⟧"] {
            let (before, rest) = ours.split_once("preserve\">").unwrap();
            let (_, after) = rest.split_once("</internal-file>").unwrap();
            let file = format!("{before}preserve\">{other}</internal-file>{after}");
            let error = assemble(file.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("no skeleton that this version's"), "{error}");
        }
        // A flag marker with a huge range of units is refused, too.
        let damaged = ours.replacen("⟦!2-2⟧", "⟦!2-999999999999⟧", 1);
        assert!(assemble(damaged.as_bytes()).unwrap_err().to_string().contains("damaged"));
    }

    #[test]
    fn unconfirmed_translations_are_fuzzy() {
        let review = "needs-review-translation";
        let confirmed = targets(["translated", "final", "signed-off", "x-done"]);
        assert_eq!(assembled(FLAGGED, &confirmed), translated(FLAGGED));
        let fuzzy = FLAGGED
            .replace("c-format\n#|", "c-format, fuzzy\n#|")
            .replace("msgctxt", "#, fuzzy\nmsgctxt")
            .replace("#| msgid \"y\"", "#, fuzzy\n#| msgid \"y\"");
        assert_eq!(assembled(FLAGGED, &targets([review, "new", "final", "needs-l10n"])), translated(&fuzzy));
        let windows = FLAGGED.replace('\n', "\r\n");
        let expected = translated(&fuzzy).replace('\n', "\r\n");
        assert_eq!(assembled(&windows, &targets([review, "new", review, "final"])), expected);
        // A target without text is a missing translation.
        let none = [(review, ""), ("new", ""), (review, ""), ("final", "")];
        assert_eq!(assembled(FLAGGED, &none), FLAGGED);
    }
}
