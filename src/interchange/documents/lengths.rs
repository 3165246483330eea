//! Limits of the length of a target that a document declares.
//!
//! Version 1 has attributes of units and groups (`maxwidth`, `maxbytes`), version 2 the size and length restriction
//! module. A limit that cannot be checked, for example one of pixels, counts as not kept, because a text that is too
//! long would be cut off in a program.

use super::{answer::NotFilled, spans::SpannedElement};
use crate::interchange::{
    xliff::{SizeProfiles, UnitScope, XliffVersion},
    xml::{Element, local_name},
};

/// The limits of a unit.
#[derive(Debug, Default)]
pub(crate) struct LengthLimits {
    limits: Vec<LengthLimit>,
    /// True if there is a limit that cannot be checked.
    has_unknown: bool,
}

#[derive(Clone, Copy, Debug)]
struct LengthLimit {
    measure: Measure,
    least: u64,
    most: u64,
}

/// How a length is counted.
#[derive(Clone, Copy, Debug)]
enum Measure {
    CodePoints,
    Lines,
    Utf8Bytes,
    Utf16Bytes,
    Utf32Bytes,
}

impl Measure {
    fn length(self, text: &str) -> usize {
        match self {
            Self::CodePoints => text.chars().count(),
            Self::Lines => text.split('\n').count(),
            Self::Utf8Bytes => text.len(),
            Self::Utf16Bytes => 2 * text.encode_utf16().count(),
            Self::Utf32Bytes => 4 * text.chars().count(),
        }
    }

    /// True if inline codes count, because they are a part of the text that is stored.
    fn counts_codes(self) -> bool {
        matches!(self, Self::Utf8Bytes | Self::Utf16Bytes | Self::Utf32Bytes)
    }
}

/// A text with the original markup of its inline codes, for measuring.
#[derive(Debug, Default)]
pub(crate) struct MeasuredText {
    pub(crate) text: String,
    pub(crate) codes: String,
}

impl LengthLimits {
    /// Returns the limits of a unit.
    pub(crate) fn of(unit: &SpannedElement, scope: &UnitScope) -> Self {
        match scope.version {
            XliffVersion::V1 => Self::of_v1(unit, scope),
            XliffVersion::V2 => Self::of_v2(unit, scope),
        }
    }

    fn of_v1(unit: &SpannedElement, scope: &UnitScope) -> Self {
        // Attributes of a group apply to its units, unless they have their own.
        let value = |name: &str| {
            unit.element.get(name).or_else(|| scope.elements_around().find_map(|around| around.get(name)))
        };
        let (width, height) = match value("size-unit").unwrap_or("pixel") {
            "char" | "glyph" => (Some(Measure::CodePoints), Some(Measure::Lines)),
            "byte" => (Some(Measure::Utf8Bytes), None),
            "row" => (None, Some(Measure::Lines)),
            _ => (None, None),
        };
        let mut limits = Self::default();
        limits.add(width, value("minwidth"), value("maxwidth"));
        limits.add(height, value("minheight"), value("maxheight"));
        limits.add(Some(Measure::Utf8Bytes), value("minbytes"), value("maxbytes"));
        limits.add(Some(Measure::CodePoints), None, unit.element.get("mq:maxlengthchars"));
        limits
    }

    fn of_v2(unit: &SpannedElement, scope: &UnitScope) -> Self {
        let mut limits = Self::default();
        let profiles = scope.size_profiles.clone().unwrap_or_default();
        for (name, value) in restrictions(&unit.element) {
            let (least, most) =
                value.split_once(',').map_or((None, value), |(least, most)| (Some(least), most));
            let most = Some(most.trim()).filter(|most| *most != "*");
            limits.add(measure(&profiles, &name), least, most);
        }
        // The content of a whole file or group, and parts of a segment, are not measured.
        let around = scope.elements_around().any(|element| restrictions(element).next().is_some());
        limits.has_unknown |= around || unit.children.iter().any(has_restriction);
        limits
    }

    /// Adds a limit. A lower one of nothing or of 0 is none.
    fn add(&mut self, measure: Option<Measure>, least: Option<&str>, most: Option<&str>) {
        let least = least.map(str::trim).filter(|least| !least.is_empty() && *least != "0");
        if least.is_none() && most.is_none() {
            return;
        }
        let number = |value: Option<&str>, default| value.map_or(Some(default), |v| v.trim().parse().ok());
        match (measure, number(least, 0), number(most, u64::MAX)) {
            (Some(measure), Some(least), Some(most)) => {
                self.limits.push(LengthLimit { measure, least, most });
            }
            _ => self.has_unknown = true,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.limits.is_empty() && !self.has_unknown
    }

    /// Returns the reason why a target with this text is not filled, or `None` if it keeps the limits.
    pub(crate) fn problem_of(&self, target: &MeasuredText) -> Option<NotFilled> {
        let is_outside = self.limits.iter().any(|limit| {
            let codes = if limit.measure.counts_codes() { limit.measure.length(&target.codes) } else { 0 };
            let length = (limit.measure.length(&target.text) + codes) as u64;
            length < limit.least || length > limit.most
        });
        match (is_outside, self.has_unknown) {
            (true, _) => Some(NotFilled::OutsideLengthLimit),
            (false, true) => Some(NotFilled::UnknownLength),
            (false, false) => None,
        }
    }
}

/// Returns how a restriction counts. Without a profile, it counts code points or bytes of UTF-8.
fn measure(profiles: &SizeProfiles, restriction: &str) -> Option<Measure> {
    let profile = if restriction == SIZE { &profiles.general } else { &profiles.storage };
    match profile.as_str() {
        "" if restriction == SIZE => Some(Measure::CodePoints),
        "" => Some(Measure::Utf8Bytes),
        "xliff:codepoints" => Some(Measure::CodePoints),
        "xliff:utf8" => Some(Measure::Utf8Bytes),
        "xliff:utf16" => Some(Measure::Utf16Bytes),
        "xliff:utf32" => Some(Measure::Utf32Bytes),
        _ => None,
    }
}

const SIZE: &str = "sizeRestriction";
const STORAGE: &str = "storageRestriction";

/// Returns the restrictions of an element: their names without prefixes, and their values.
fn restrictions(element: &Element) -> impl Iterator<Item = (String, &str)> {
    let attributes = element.attributes.iter().map(|(name, value)| (local_name(name), value.as_str()));
    attributes.filter(|(name, _)| name == SIZE || name == STORAGE)
}

fn has_restriction(element: &SpannedElement) -> bool {
    restrictions(&element.element).next().is_some() || element.children.iter().any(has_restriction)
}
