//! The version, the languages and the `translate` attributes that apply to a unit.

use super::segments::{UnitElement, segment_elements};
use crate::{
    interchange::{contract::Languages, xml::Element},
    locale::Locale,
};

/// A version of XLIFF. They have different elements, so each has its own code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum XliffVersion {
    /// Version 1.x: `<trans-unit>` elements. Each `<file>` has its own languages.
    #[default]
    V1,
    /// Version 2.x: `<unit>` elements with `<segment>` elements. `<xliff>` has the languages.
    V2,
}

/// The message for a file without a source language.
pub(crate) const MISSING_LANGUAGE: &str = "the file does not declare its source language: add source-language to <file> (version 2: srcLang to <xliff>)";

/// The attributes of the elements around a unit that apply to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnitScope {
    pub(crate) version: XliffVersion,
    /// The source language as the file writes it, or empty.
    pub(crate) source: String,
    /// The target language as the file writes it, or empty.
    pub(crate) target: String,
    /// The name of the document, the `original` attribute of the `<file>`, or empty.
    pub(crate) original: String,
    /// The default namespace of the `<file>`, or empty.
    pub(crate) namespace: String,
    /// The default namespace of the root, which applies to each `<file>` without its own.
    root_namespace: String,
    /// The profiles of the size and length restriction module (version 2) that the `<file>` names.
    pub(crate) size_profiles: Option<SizeProfiles>,
    open: OpenElements,
}

/// The profiles of a `<file>` for the size and length restriction module of version 2. Each may be empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct SizeProfiles {
    /// How `sizeRestriction` counts, for example `xliff:codepoints`.
    pub(crate) general: String,
    /// How `storageRestriction` counts, for example `xliff:utf8`.
    pub(crate) storage: String,
}

/// The direction of a unit, compared with the memory's.
pub(crate) struct Direction {
    /// True if the file has the reverse direction.
    pub(crate) reversed: bool,
    /// The locale of the side in the memory's source language.
    pub(crate) source: Locale,
    /// The locale of the side in the memory's target language.
    pub(crate) target: Locale,
}

impl UnitScope {
    /// Returns the scope that the root element `<xliff>` starts.
    pub(super) fn of_root(root: &Element) -> Self {
        let is_v2 = root.get("version").is_some_and(|version| version.starts_with('2'));
        let namespace = root.get_or_empty("xmlns").to_owned();
        Self {
            version: if is_v2 { XliffVersion::V2 } else { XliffVersion::V1 },
            source: root.get_or_empty("srcLang").to_owned(),
            target: root.get_or_empty("trgLang").to_owned(),
            original: String::new(),
            root_namespace: namespace.clone(),
            namespace,
            size_profiles: None,
            open: OpenElements::default(),
        }
    }

    /// Applies the attributes of a `<file>` that starts at a depth.
    pub(super) fn enter_file(&mut self, file: &Element, depth: usize) {
        self.enter_group(file, depth);
        file.get("xmlns").unwrap_or(&self.root_namespace).clone_into(&mut self.namespace);
        // Version 2 also has an id of the file, but it is unique only inside this document.
        file.get_or_empty("original").clone_into(&mut self.original);
        self.size_profiles = None;
        if self.version == XliffVersion::V1 {
            file.get_or_empty("source-language").clone_into(&mut self.source);
            file.get_or_empty("target-language").clone_into(&mut self.target);
        }
    }

    /// Applies the attributes of an element that starts at a depth and contains units.
    pub(super) fn enter_group(&mut self, group: &Element, depth: usize) {
        self.open.enter(group, depth);
    }

    /// Applies the profiles that a `<file>` names.
    pub(super) fn enter_profiles(&mut self, profiles: &Element) {
        self.size_profiles = Some(SizeProfiles {
            general: profiles.get_or_empty("generalProfile").to_owned(),
            storage: profiles.get_or_empty("storageProfile").to_owned(),
        });
    }

    /// Returns the elements around the current unit that may have attributes for it (`<file>`, `<group>`, `<body>`),
    /// the innermost first.
    pub(crate) fn elements_around(&self) -> impl Iterator<Item = &Element> {
        self.open.elements.iter().rev().map(|open| &open.element)
    }

    /// Returns a number for the group of plural forms that the current unit is in. No two groups have the same.
    pub(crate) fn plural_group(&self) -> Option<u64> {
        let mut around = self.open.elements.iter().rev();
        around.find(|open| open.element.get("restype") == Some(PLURAL_GROUP)).map(|open| open.number)
    }

    /// Returns whether a unit that starts at a depth is to be translated. Its own attribute comes first, then that of
    /// the innermost element around it. Without any, the answer is yes.
    pub(super) fn is_translatable(&mut self, unit: &Element, depth: usize) -> bool {
        self.open.leave(depth);
        let own = std::iter::once(unit).chain(self.elements_around()).find_map(own_translate);
        own.unwrap_or(true)
    }

    /// Returns the direction and the locales of a unit, or the reason and the message to refuse it with.
    pub(crate) fn direction(
        &self,
        unit: &impl UnitElement,
        languages: &Languages,
    ) -> Result<Direction, (&'static str, String)> {
        if self.source.is_empty() {
            return Err(("BAD_LOCALE", MISSING_LANGUAGE.to_owned()));
        }
        let source = parse_language(&self.source, languages)?;
        // In version 1 the language may be missing at the file and given at each target.
        let own = unit.child("target").and_then(|target| target.attribute("xml:lang"));
        let target = match own.filter(|_| self.target.is_empty()).unwrap_or(&self.target) {
            "" => None,
            written => Some(parse_language(written, languages)?),
        };
        check_own_languages(unit, languages, &source, target.as_ref())?;
        match languages.reversed(&source, target.as_ref()) {
            Some(false) => {
                let target = target.unwrap_or_else(|| languages.target.clone());
                Ok(Direction { reversed: false, source, target })
            }
            Some(true) => {
                let target = target.unwrap_or_else(|| languages.source.clone());
                Ok(Direction { reversed: true, source: target, target: source })
            }
            None => {
                let target = target.map_or_else(|| "-".to_owned(), |t| t.to_string());
                let message = format!(
                    "the file is {source} > {target}, the memory {} > {}: import with --rename-locale if a language of the file only has another name",
                    languages.source, languages.target
                );
                Err(("OTHER_LANGUAGES", message))
            }
        }
    }
}

/// Refuses a unit if `xml:lang` of one of its texts has another language than the file. A tag that is not valid
/// contradicts nothing.
fn check_own_languages<E: UnitElement>(
    unit: &E,
    languages: &Languages,
    source: &Locale,
    target: Option<&Locale>,
) -> Result<(), (&'static str, String)> {
    // In version 1 the texts are in the unit, in version 2 in its segments.
    let parents = std::iter::once(unit).chain(segment_elements(unit));
    for text in parents.flat_map(UnitElement::elements) {
        let declared = match text.name() {
            "source" | "seg-source" => Some(source),
            "target" => target,
            _ => None,
        };
        let own = text.attribute("xml:lang").and_then(|tag| languages.parse_locale(tag).ok());
        if let (Some(own), Some(declared)) = (own, declared)
            && !own.has_same_language(declared)
        {
            let message = format!(
                "the <{}> has xml:lang {own}, but the file declares {declared}: correct one of them",
                text.name()
            );
            return Err(("OTHER_LANGUAGES", message));
        }
    }
    Ok(())
}

/// Parses a language of the file. The error is a reason and a message.
fn parse_language(written: &str, languages: &Languages) -> Result<Locale, (&'static str, String)> {
    languages.parse_locale(written).map_err(|e| ("BAD_LOCALE", format!("the language of the file: {e}")))
}

/// Returns an element's own `translate` attribute, of XLIFF or of ITS. Every value except `no` means yes.
fn own_translate(element: &Element) -> Option<bool> {
    let value = TRANSLATE_ATTRIBUTES.iter().find_map(|name| element.get(name));
    value.map(|value| value != "no")
}

/// The attributes that say whether the text of an element is to be translated.
pub(crate) const TRANSLATE_ATTRIBUTES: [&str; 2] = ["translate", "its:translate"];

/// The `restype` of a `<group>` of version 1 whose units are the plural forms of one message of a catalogue.
const PLURAL_GROUP: &str = "x-gettext-plurals";

/// The open elements that contain units, the outermost first.
#[derive(Clone, Debug, Default)]
struct OpenElements {
    elements: Vec<OpenElement>,
    /// How many elements were added so far.
    added: u64,
}

#[derive(Clone, Debug)]
struct OpenElement {
    depth: usize,
    /// How many elements were added before it.
    number: u64,
    element: Element,
}

impl OpenElements {
    /// Adds an element that starts at a depth.
    fn enter(&mut self, element: &Element, depth: usize) {
        self.leave(depth);
        self.elements.push(OpenElement { depth, number: self.added, element: element.clone() });
        self.added += 1;
    }

    /// Removes the elements that have ended before one that starts at a depth.
    fn leave(&mut self, depth: usize) {
        self.elements.retain(|open| open.depth < depth);
    }
}
