//! The walk through an XLIFF file, for the import and for pretranslation.

use std::{io::Read, ops::Range};

use super::scope::UnitScope;
use crate::interchange::{
    error::ReadError,
    xml::{Element, XmlEvent, XmlReader},
};

/// Elements that describe the document or contain no text to translate. The walk skips them.
const ELEMENTS_WITHOUT_TEXT: [&str; 10] = [
    "header",
    "skeleton",
    "bin-source",
    "bin-target",
    "metadata",
    "notes",
    "note",
    "context-group",
    "count-group",
    "prop-group",
];

/// Finds the units of a file, each with its scope.
///
/// The walk stops after the start tag of a unit, because its users need the content in different forms: the import
/// reads a tree of limited size, and pretranslation reads the byte ranges of all elements. The next call continues
/// where the user stopped.
pub(crate) struct XliffWalk<R: Read> {
    xml: XmlReader<R>,
    scope: UnitScope,
    started: bool,
    root: Range<u64>,
}

/// A part of a file at which the walk stops.
#[derive(Debug)]
pub(crate) enum XliffPart {
    /// A `<file>` has started. Its start tag is at the end of this range of the decoded file.
    File(Range<u64>),
    /// A unit has started.
    Unit(UnitStart),
}

/// The start of a `<trans-unit>` or `<unit>`.
#[derive(Debug)]
pub(crate) struct UnitStart {
    pub(crate) element: Element,
    /// True unless `translate="no"` applies to it.
    pub(crate) translatable: bool,
    /// The number of bytes of the decoded file that were read before it.
    pub(crate) position: u64,
}

impl<R: Read> XliffWalk<R> {
    pub(crate) fn new(xml: XmlReader<R>) -> Self {
        Self { xml: xml.keeping_prefixes(), scope: UnitScope::default(), started: false, root: 0..0 }
    }

    /// Returns a range of the decoded file at whose end the start tag of the root is.
    pub(crate) fn root(&self) -> Range<u64> {
        self.root.clone()
    }

    /// Returns the attributes of `<xliff>` and `<file>` that apply at this part of the file.
    pub(crate) fn scope(&self) -> &UnitScope {
        &self.scope
    }

    /// Returns the current line, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.xml.line()
    }

    /// Returns the reader, to read the content of the unit that just started.
    pub(crate) fn xml(&mut self) -> &mut XmlReader<R> {
        &mut self.xml
    }

    /// Continues to the next file or unit. Returns `None` at the end of the document.
    pub(crate) fn next(&mut self) -> Result<Option<XliffPart>, ReadError> {
        loop {
            let position = self.xml.position();
            let element = match self.xml.next()? {
                XmlEvent::EndOfDocument => return Ok(None),
                XmlEvent::Start(element) => element,
                XmlEvent::End(_) | XmlEvent::Text(_) | XmlEvent::UnknownReference(_) => continue,
            };
            if !self.started {
                self.started = true;
                if element.name != "xliff" {
                    let line = self.xml.line();
                    return Err(ReadError::WrongRoot { line, found: element.name, expected: "<xliff>" });
                }
                self.scope = UnitScope::of_root(&element);
                self.root = position..self.xml.position();
                continue;
            }
            let depth = self.xml.depth();
            match element.name.as_str() {
                "file" => {
                    self.scope.enter_file(&element, depth);
                    return Ok(Some(XliffPart::File(position..self.xml.position())));
                }
                "profiles" => self.scope.enter_profiles(&element),
                // A `<bin-unit>` may contain the units of a file that is not text, such as the words in a picture.
                "group" | "body" | "bin-unit" => self.scope.enter_group(&element, depth),
                "trans-unit" | "unit" => {
                    let translatable = self.scope.is_translatable(&element, depth);
                    return Ok(Some(XliffPart::Unit(UnitStart { element, translatable, position })));
                }
                name if ELEMENTS_WITHOUT_TEXT.contains(&name) => self.xml.skip()?,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{XliffPart, XliffWalk};
    use crate::interchange::{
        error::ReadError,
        xliff::XliffVersion,
        xml::{XmlEvent, XmlReader},
    };

    /// Walks through a file without reading the content of its units. Returns for each unit its id, whether it is to
    /// be translated, its scope (languages, namespace and document), and the start of its tag.
    fn units(file: &str) -> Result<Vec<(String, bool, String, String)>, ReadError> {
        let mut walk = XliffWalk::new(XmlReader::from_text(file.as_bytes())?);
        let mut found = Vec::new();
        while let Some(part) = walk.next()? {
            let XliffPart::Unit(start) = part else { continue };
            let scope = walk.scope();
            let around = format!("{}>{} {} {}", scope.source, scope.target, scope.namespace, scope.original);
            let tag = file[usize::try_from(start.position).unwrap()..].chars().take(9).collect();
            found.push((start.element.get_or_empty("id").to_owned(), start.translatable, around, tag));
        }
        Ok(found)
    }

    /// Returns the ids of the units that are to be translated.
    fn translatable(file: &str) -> String {
        let units = units(file).unwrap();
        units.into_iter().filter(|(_, translatable, ..)| *translatable).map(|(id, ..)| id).collect()
    }

    #[test]
    fn attributes_apply_to_the_units_inside_their_element() {
        let v1 = "<xliff version='1.2' xmlns='r'><file source-language='ar' target-language='en' original='a' translate='no' xmlns='f'><header><unit id='x'/></header><body><group translate='yes'><trans-unit id='1'/><group translate='no'><trans-unit id='2'/><trans-unit id='3' translate='yes'/></group><trans-unit id='4'/></group><trans-unit id='5'/></body></file><file><body><trans-unit id='6'/></body></file></xliff>";
        assert_eq!(translatable(v1), "1346");
        let its = "<xliff version='1.2' xmlns:its='i'><file its:translate='no'><body><trans-unit id='1'/><trans-unit id='2' its:translate='yes'/><trans-unit id='3' translate='yes' its:translate='no'/></body></file></xliff>";
        assert_eq!(translatable(its), "23");
        let all = units(v1).unwrap();
        let (first, last) = (all.first().unwrap(), all.last().unwrap());
        assert_eq!((first.2.as_str(), last.2.as_str()), ("ar>en f a", "> r "));
        assert!(all.iter().all(|unit| unit.3 == "<trans-un"), "{all:?}");
        let v2 = "<xliff version='2.1' srcLang='ar' trgLang='en'><file id='f' source-language='fr'><group translate='no'><unit id='1'/><unit id='2' translate='yes'/></group></file><file id='g'><unit id='3'/></file></xliff>";
        assert_eq!(translatable(v2), "23");
        assert!(units(v2).unwrap().iter().all(|unit| unit.2 == "ar>en  "));
        assert!(matches!(units("<tmx/>"), Err(ReadError::WrongRoot { line: 1, .. })));
    }

    #[test]
    fn units_inside_a_binary_unit_are_found() {
        let file = "<xliff version='1.2'><file source-language='ar' target-language='en'><body><bin-unit id='b'><bin-source><internal-file><trans-unit id='x'/></internal-file></bin-source><trans-unit id='1'/></bin-unit><bin-unit id='c' translate='no'><trans-unit id='2'/><trans-unit id='3' translate='yes'/></bin-unit><trans-unit id='4'/></body></file></xliff>";
        assert_eq!((units(file).unwrap().len(), translatable(file).as_str()), (4, "134"));
    }

    #[test]
    fn the_walk_continues_after_what_its_user_has_read() {
        let file = "<xliff version='2.0'><unit id='1'><unit id='2'/></unit><unit id='3'/></xliff>";
        let mut walk = XliffWalk::new(XmlReader::from_text(file.as_bytes()).unwrap());
        assert!(matches!(walk.next(), Ok(Some(XliffPart::Unit(_)))));
        assert_eq!(walk.scope().version, XliffVersion::V2);
        walk.xml().skip().unwrap();
        let Ok(Some(XliffPart::Unit(next))) = walk.next() else { panic!() };
        assert_eq!(next.element.get("id"), Some("3"));
        assert!(matches!(walk.xml().next(), Ok(XmlEvent::End(_))));
    }
}
