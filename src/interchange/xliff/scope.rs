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
    translate: TranslateScopes,
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
            translate: TranslateScopes::default(),
        }
    }

    /// Applies the attributes of a `<file>` that starts at a depth.
    pub(super) fn enter_file(&mut self, file: &Element, depth: usize) {
        self.enter_group(file, depth);
        file.get("xmlns").unwrap_or(&self.root_namespace).clone_into(&mut self.namespace);
        // Version 2 also has an id of the file, but it is unique only inside this document.
        file.get_or_empty("original").clone_into(&mut self.original);
        if self.version == XliffVersion::V1 {
            file.get_or_empty("source-language").clone_into(&mut self.source);
            file.get_or_empty("target-language").clone_into(&mut self.target);
        }
    }

    /// Applies the `translate` attribute of an element that starts at a depth and contains units.
    pub(super) fn enter_group(&mut self, group: &Element, depth: usize) {
        self.translate.enter(group, depth);
    }

    /// Returns whether a unit that starts at a depth is to be translated. Its own attribute comes first, then that of
    /// the innermost element around it. Without any, the answer is yes.
    pub(super) fn is_translatable(&mut self, unit: &Element, depth: usize) -> bool {
        TranslateScopes::own_value(unit).or_else(|| self.translate.around(depth)).unwrap_or(true)
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

/// The `translate` attributes of the open elements, with the depths of these elements.
#[derive(Clone, Debug, Default)]
struct TranslateScopes(Vec<(usize, bool)>);

impl TranslateScopes {
    /// Records the attribute of an element that starts at a depth. It applies to the units inside the element.
    fn enter(&mut self, element: &Element, depth: usize) {
        self.0.retain(|(outer, _)| *outer < depth);
        self.0.extend(Self::own_value(element).map(|translate| (depth, translate)));
    }

    /// Returns the innermost value of the elements around one that starts at a depth.
    fn around(&mut self, depth: usize) -> Option<bool> {
        self.0.retain(|(outer, _)| *outer < depth);
        self.0.last().map(|(_, translate)| *translate)
    }

    /// Returns an element's own `translate` attribute. Every value except `no` means yes.
    fn own_value(element: &Element) -> Option<bool> {
        element.get("translate").map(|value| value != "no")
    }
}
