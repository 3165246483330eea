//! The XML reader that all formats share. It returns events, and its limits protect against malicious documents,
//! for example entity bombs and deep nesting.

use std::io::{BufRead, Read};

use quick_xml::{
    Reader,
    events::{BytesText, Event},
};

use super::{
    chars::is_xml_char,
    entities::Entities,
    namespaces::{Namespaces, local_name},
    tags::{Element, TagReader, not_well_formed},
};
use crate::interchange::{
    bytes::{DecodingReader, LineTracker, from_io},
    error::ReadError,
};

/// Maximum depth of nested elements. TMX and TBX need about ten.
const MAX_XML_DEPTH: usize = 100;

/// An event: the next part of a document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum XmlEvent {
    /// The start of an element. An empty element also gives an `End` event.
    Start(Element),
    /// The end of an element.
    End(String),
    /// Text, with its references resolved. A long text comes in several pieces.
    Text(String),
    /// A reference to an entity that is neither predefined nor declared in the document as a short text, or to a
    /// character that XML does not allow.
    UnknownReference(String),
    /// The end of the document.
    EndOfDocument,
}

/// Reads a document event by event.
pub(crate) struct XmlReader<R: Read> {
    reader: Reader<DecodingReader<R>>,
    lines: LineTracker,
    buffer: Vec<u8>,
    depth: usize,
    rooted: bool,
    /// The name of an empty element whose `End` event is still to be returned.
    pending_end: Option<String>,
    /// True if a carriage return ended the last piece of a long text. It is returned as a line end once it is
    /// known whether a newline follows, which belongs to the same line end.
    pending_return: bool,
    /// The offset of the limit, if one is set. Beyond it, only the ends of open elements are returned.
    limit: Option<u64>,
    /// True if content beyond the limit was left out.
    truncated: bool,
    /// The namespaces in scope, if elements of other vocabularies keep their prefixes.
    prefixes: Option<Namespaces>,
    /// The entities that the document declares.
    entities: Entities,
}

impl<R: Read> XmlReader<R> {
    pub(crate) fn new(bytes: R) -> Result<Self, ReadError> {
        Ok(Self::of(DecodingReader::new(bytes)?))
    }

    /// Reads text that was decoded before. The encoding that it declares is ignored.
    pub(crate) fn from_text(text: R) -> Result<Self, ReadError> {
        Ok(Self::of(DecodingReader::with_declaration(text, |_| None)?))
    }

    fn of(decoded: DecodingReader<R>) -> Self {
        let lines = decoded.line_tracker();
        let mut reader = Reader::from_reader(decoded);
        reader.config_mut().check_end_names = true;
        Self {
            reader,
            lines,
            buffer: Vec::new(),
            depth: 0,
            rooted: false,
            pending_end: None,
            pending_return: false,
            limit: None,
            truncated: false,
            prefixes: None,
            entities: Entities::default(),
        }
    }

    /// Keeps the prefixes of elements that are neither in the root element's namespace nor in one of XLIFF's, so
    /// that they are not mistaken for elements of the document. For example, `<y:c>` is returned as `y:c`.
    pub(crate) fn keeping_prefixes(mut self) -> Self {
        self.prefixes = Some(Namespaces::default());
        self
    }

    /// Returns the current line, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.lines.line_of(self.reader.buffer_position())
    }

    /// Returns the number of open elements.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// Returns the number of bytes of the decoded document that were read.
    pub(crate) fn position(&self) -> u64 {
        self.reader.buffer_position()
    }

    /// Limits the content returned from here on to so many bytes. Beyond the limit, only the ends of open
    /// elements are returned.
    pub(crate) fn set_limit(&mut self, bytes: u64) {
        self.limit = Some(self.reader.buffer_position() + bytes);
        self.truncated = false;
    }

    /// Removes the limit. Returns whether content beyond it was left out.
    pub(crate) fn remove_limit(&mut self) -> bool {
        self.limit = None;
        std::mem::take(&mut self.truncated)
    }

    /// Returns the next event.
    pub(crate) fn next(&mut self) -> Result<XmlEvent, ReadError> {
        loop {
            let next = self.read()?;
            if self.limit.is_none_or(|until| self.reader.buffer_position() <= until) {
                return Ok(next);
            }
            match next {
                XmlEvent::EndOfDocument | XmlEvent::End(_) => return Ok(next),
                XmlEvent::Text(_) | XmlEvent::UnknownReference(_) => self.truncated = true,
                XmlEvent::Start(_) => {
                    self.truncated = true;
                    self.skip()?;
                }
            }
        }
    }

    fn read(&mut self) -> Result<XmlEvent, ReadError> {
        if let Some(name) = self.pending_end.take() {
            self.depth -= 1;
            if let Some(prefixes) = &mut self.prefixes {
                prefixes.leave(self.depth);
            }
            return Ok(XmlEvent::End(name));
        }
        loop {
            self.buffer.clear();
            self.lines.mark_read_to(self.reader.buffer_position());
            if let Some(piece) = self.piece_of_long_text()? {
                return Ok(XmlEvent::Text(piece));
            }
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(error) => {
                    let line = self.lines.line_of(self.reader.error_position());
                    return Err(failure(&error, line));
                }
            };
            let position = self.reader.buffer_position();
            let line = self.lines.line_of(position);
            let mut tags = TagReader {
                line,
                position,
                depth: self.depth,
                prefixes: self.prefixes.as_mut(),
                entities: &mut self.entities,
            };
            let (what, bad) = match event {
                Event::Start(tag) => (Some(XmlEvent::Start(tags.element(&tag)?)), None),
                Event::Empty(tag) => {
                    let element = tags.element(&tag)?;
                    self.pending_end = Some(element.name.clone());
                    (Some(XmlEvent::Start(element)), None)
                }
                Event::End(tag) => {
                    let name = tag.name();
                    let name = match &self.prefixes {
                        Some(prefixes) => prefixes.known_name(name.as_ref()),
                        None => local_name(name.as_ref()),
                    };
                    (Some(XmlEvent::End(name)), None)
                }
                Event::Text(text) => {
                    let text = text.xml10_content().into_owned();
                    let stray = self.depth == 0
                        && !text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty();
                    (Some(XmlEvent::Text(text)), stray.then_some("text outside the root element"))
                }
                Event::CData(text) => (
                    Some(XmlEvent::Text(text.xml10_content().into_owned())),
                    (self.depth == 0).then_some("text outside the root element"),
                ),
                Event::GeneralRef(reference) => {
                    let name = reference.xml10_content().into_owned();
                    let resolved = match name.as_str() {
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "amp" => Some('&'),
                        "quot" => Some('"'),
                        "apos" => Some('\''),
                        _ => reference.resolve_char_ref().ok().flatten().filter(|c| is_xml_char(*c)),
                    };
                    let what = match resolved {
                        Some(c) => XmlEvent::Text(c.into()),
                        None => match tags.expand(&name)? {
                            Some(text) => XmlEvent::Text(text.to_owned()),
                            None => XmlEvent::UnknownReference(name),
                        },
                    };
                    (Some(what), (self.depth == 0).then_some("a reference outside the root element"))
                }
                Event::Eof => {
                    let bad = if self.depth > 0 {
                        Some("the file ends early: elements are still open")
                    } else if self.rooted {
                        None
                    } else {
                        Some("there is no root element")
                    };
                    (Some(XmlEvent::EndOfDocument), bad)
                }
                Event::DocType(declarations) => {
                    self.entities = Entities::of_document_type(&declarations.xml10_content());
                    (None, None)
                }
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => (None, None),
            };
            if let Some(bad) = bad {
                return Err(ReadError::NotWellFormed { line: self.line(), what: bad.to_owned() });
            }
            match &what {
                Some(XmlEvent::Start(_)) => {
                    if self.depth == 0 && self.rooted {
                        return Err(ReadError::NotWellFormed {
                            line: self.line(),
                            what: "a second root element".to_owned(),
                        });
                    }
                    self.rooted = true;
                    self.depth += 1;
                    if self.depth > MAX_XML_DEPTH {
                        let what = format!("elements nested more than {MAX_XML_DEPTH} deep");
                        return Err(ReadError::NotWellFormed { line: self.line(), what });
                    }
                }
                Some(XmlEvent::End(_)) => {
                    self.depth = self.depth.saturating_sub(1);
                    if let Some(prefixes) = &mut self.prefixes {
                        prefixes.leave(self.depth);
                    }
                }
                _ => {}
            }
            if let Some(what) = what {
                return Ok(what);
            }
        }
    }

    /// Returns what is buffered of a text that goes on after the buffer, so that a long text is never in memory
    /// whole. Returns `None` if something else follows, or a text that ends in the buffer.
    fn piece_of_long_text(&mut self) -> Result<Option<String>, ReadError> {
        if self.depth == 0 {
            return Ok(None);
        }
        let mut stream = self.reader.stream();
        loop {
            let ready = stream.fill_buf().map_err(|e| from_io(&e))?;
            if std::mem::take(&mut self.pending_return) {
                let newlines = usize::from(ready.first() == Some(&b'\n'));
                stream.consume(newlines);
                return Ok(Some("\n".to_owned()));
            }
            if ready.is_empty() || ready.iter().any(|b| matches!(b, b'<' | b'&')) {
                return Ok(None);
            }
            // The buffer begins and ends between two characters, so this fails for no file.
            let Ok(text) = str::from_utf8(ready) else { return Ok(None) };
            let bytes = text.len();
            let kept = text.strip_suffix('\r');
            self.pending_return = kept.is_some();
            let piece = BytesText::from_escaped(kept.unwrap_or(text)).xml10_content().into_owned();
            stream.consume(bytes);
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
        }
    }

    /// Reads to the end of the element that just started, and drops its content.
    pub(crate) fn skip(&mut self) -> Result<(), ReadError> {
        let outside = self.depth - 1;
        while self.depth > outside {
            self.next()?;
        }
        Ok(())
    }

    /// Returns the text inside the element that just started, without markup.
    pub(crate) fn text(&mut self) -> Result<String, ReadError> {
        let outside = self.depth - 1;
        let mut all = String::new();
        while self.depth > outside {
            match self.next()? {
                XmlEvent::Text(text) => all.push_str(&text),
                XmlEvent::UnknownReference(name) => all.push_str(&format!("&{name};")),
                XmlEvent::Start(_) | XmlEvent::End(_) | XmlEvent::EndOfDocument => {}
            }
        }
        Ok(all)
    }
}

fn failure(error: &quick_xml::Error, line: u64) -> ReadError {
    match error {
        quick_xml::Error::Io(io) => from_io(io),
        other => not_well_formed(line, other),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ReadError, XmlEvent, XmlReader};

    fn events(document: &str) -> Result<Vec<XmlEvent>, ReadError> {
        let mut reader = XmlReader::new(document.as_bytes())?;
        let mut all = Vec::new();
        loop {
            match reader.next()? {
                XmlEvent::EndOfDocument => return Ok(all),
                event => all.push(event),
            }
        }
    }

    /// Returns the text of a document, with unknown references in brackets.
    fn text_of(document: &str) -> String {
        let all = events(document).unwrap_or_else(|e| panic!("{e}"));
        all.into_iter()
            .filter_map(|e| match e {
                XmlEvent::Text(t) => Some(t),
                XmlEvent::UnknownReference(n) => Some(format!("[{n}]")),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn references_are_resolved_and_unknown_ones_returned() {
        assert_eq!(text_of("<a>1 &lt; 2 &amp; &#1606;&#x639;م</a>"), "1 < 2 & نعم");
        assert_eq!(text_of("<a>&nbsp;&#0;&#x1f;<![CDATA[<b>]]></a>"), "[nbsp][#0][#x1f]<b>");
        let declared = "<!DOCTYPE a [<!ENTITY b \"c&lt;&#1606;\">]><a>&b;&c;&lt;</a>";
        assert_eq!(text_of(declared), "c<ن[c]<");
        let external = "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>";
        assert_eq!(text_of(external), "[b]");
    }

    #[test]
    fn attributes_have_the_entities_of_the_document() {
        let document = "<!DOCTYPE a [<!ENTITY b 'c&amp;\"d']><a x='1&b;2&amp;&e;'/>".replace("']>", "'>]>");
        let Ok(all) = events(&document) else { panic!("{document}") };
        let XmlEvent::Start(element) = &all[0] else { panic!("{all:?}") };
        assert_eq!(element.get("x"), Some("1c&\"d2&&e;"));
    }

    #[test]
    fn a_document_of_expansions_ends_with_an_error() {
        let long = format!("<!DOCTYPE a [<!ENTITY b '{}'>]>", "x".repeat(9_000));
        for bomb in [
            format!("{long}<a>{}</a>", "&b;".repeat(2_000)),
            format!("{long}<a y='{}'/>", "&b;".repeat(2_000)),
        ] {
            assert!(events(&bomb).is_err_and(|e| e.to_string().contains("longer by more than 8 MiB")));
        }
    }

    #[test]
    fn unknown_references_of_attributes_stay_as_they_are_written() {
        let document = "<a x='&app; &lt;&#65; &amp;app;'/>";
        let Ok(XmlEvent::Start(a)) = XmlReader::new(document.as_bytes()).unwrap().next() else { panic!() };
        assert_eq!(a.get("x"), Some("&app; <A &app;"));
        assert!(events("<a x='&app'/>").is_err());
    }

    #[test]
    fn elements_of_other_vocabularies_keep_their_prefix() {
        let document = "<x:a xmlns:x='urn:x' xmlns:y='urn:y'><b/><y:c/><x:d/><z:e xmlns:z='urn:x'><m:f xmlns:m='urn:oasis:names:tc:xliff:matches:2.0'/></z:e><z:g/></x:a>";
        let mut reader = XmlReader::new(document.as_bytes()).unwrap().keeping_prefixes();
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        loop {
            match reader.next().unwrap() {
                XmlEvent::Start(element) => starts.push(element.name),
                XmlEvent::End(name) => ends.push(name),
                XmlEvent::EndOfDocument => break,
                _ => {}
            }
        }
        assert_eq!(starts, ["a", "b", "y:c", "d", "e", "f", "z:g"]);
        assert_eq!(ends, ["b", "y:c", "d", "f", "e", "z:g", "a"]);
    }

    /// Reads in steps of so many bytes, so that pieces of text end anywhere.
    struct Steps<'d>(&'d [u8], usize);

    impl std::io::Read for Steps<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let step = self.1.min(buffer.len());
            self.0.read(&mut buffer[..step])
        }
    }

    /// Returns the events of a document with texts joined, and the line after each.
    fn joined(mut reader: XmlReader<impl std::io::Read>) -> Vec<(XmlEvent, u64)> {
        let mut all: Vec<(XmlEvent, u64)> = Vec::new();
        loop {
            let event = reader.next().unwrap_or_else(|e| panic!("{e}"));
            let line = reader.line();
            match (all.last_mut(), event) {
                (_, XmlEvent::EndOfDocument) => return all,
                (Some((XmlEvent::Text(before), at)), XmlEvent::Text(text)) => {
                    before.push_str(&text);
                    *at = line;
                }
                (_, event) => all.push((event, line)),
            }
        }
    }

    proptest! {
        /// The oracle is the reader with the document whole in its buffer, where each text ends.
        #[test]
        fn pieces_of_text_make_the_whole_text(
            parts in prop::collection::vec(
                prop::sample::select(vec!["a", "ن", "𐀀", "\r", "\n", "\r\n", "&lt;", "&x;", "<b/>", "<!---->", "<![CDATA[\r]]>"]),
                0..40,
            ),
            step in 1_usize..9,
        ) {
            let content = parts.concat();
            let whole = joined(XmlReader::new(format!("<a>-{content}</a>").as_bytes()).unwrap());
            // The first bytes are read at once, to find the encoding. The content comes after them.
            let start = "-".repeat(64 << 10);
            let document = format!("<a>{start}-{content}</a>");
            let mut pieces = joined(XmlReader::new(Steps(document.as_bytes(), step)).unwrap());
            let Some((XmlEvent::Text(first), _)) = pieces.get_mut(1) else { panic!("{pieces:?}") };
            first.drain(..start.len());
            prop_assert_eq!(pieces, whole);
        }
    }

    #[test]
    fn names_attributes_and_namespaces_are_bounded() {
        let name = |bytes: usize| format!("<{}/>", "n".repeat(bytes));
        let attributes = |count: usize| {
            let all: String = (0..count).map(|n| format!(" a{n}=''")).collect();
            format!("<a{all}/>")
        };
        let namespace = |bytes: usize| format!("<a xmlns:x='{}'/>", "u".repeat(bytes));
        for (most, beyond, what) in [
            (name(1_000), name(1_001), "name"),
            (attributes(1_000), attributes(1_001), "attributes"),
            (namespace(1_000), namespace(1_001), "namespace"),
        ] {
            let read = |document: &str| {
                XmlReader::new(document.as_bytes()).unwrap().keeping_prefixes().next().map(drop)
            };
            assert!(read(&most).is_ok(), "{what}");
            let error = read(&beyond).unwrap_err();
            assert!(error.reason() == "NOT_WELL_FORMED" && error.to_string().contains(what), "{error}");
        }
    }

    #[test]
    fn errors_report_their_line() {
        for (document, line) in [
            ("<a>\n<b>\n</a>", 3),
            ("<a>\n\n", 3),
            ("نعم", 1),
            ("", 1),
            ("<a/>\n<b/>", 2),
            ("<a x='1' x='2'/>", 1),
            ("<a>\n<b x=1/></a>", 2),
        ] {
            match events(document) {
                Err(ReadError::NotWellFormed { line: found, .. }) => assert_eq!(found, line, "{document:?}"),
                other => panic!("{document:?}: {other:?}"),
            }
        }
        let deep = "<a>".repeat(200);
        assert!(events(&deep).is_err_and(|e| e.to_string().contains("deep")));
    }
}
