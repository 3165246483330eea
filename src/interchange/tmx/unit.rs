//! A `<tu>` as it is written, and the units that it makes for a language pair.

use std::borrow::Cow;

use crate::{
    interchange::{
        bytes::dates,
        contract::{Languages, shares_too_much},
        problem::{MOST_PROBLEMS, Place, Problem},
        xml::{Xml, XmlReader},
    },
    locale::Locale,
    segment::Segment,
    unit::{Context, Origin, Property, Provenance, UnitDraft, Variant, metadata_bytes},
};

#[derive(Clone, Debug, Default)]
pub(crate) struct RawUnit {
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) properties: Vec<Property>,
    pub(crate) notes: Vec<String>,
    pub(crate) variants: Vec<RawVariant>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct RawVariant {
    pub(crate) language: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) segment: Option<Segment>,
    pub(crate) properties: Vec<Property>,
    pub(crate) notes: Vec<String>,
    /// What is wrong with its segment.
    pub(crate) problems: Vec<Problem>,
}

/// A side that a unit can be made of, and the variant that it comes from.
struct Side<'r> {
    variant: Variant,
    raw: &'r RawVariant,
}

/// Attributes that are told in fields of their own.
const KNOWN: [&str; 10] = [
    "tuid",
    "creationid",
    "creationdate",
    "changeid",
    "changedate",
    "usagecount",
    "lastusagedate",
    "creationtool",
    "xml:lang",
    "lang",
];

/// Names under which tools write the neighbours and the id of a place.
pub(crate) const PREVIOUS: [&str; 3] = ["x-context-pre", "x-previous-source-text", "prev"];
pub(crate) const FOLLOWING: [&str; 3] = ["x-context-post", "x-next-source-text", "next"];
pub(crate) const PLACE: [&str; 2] = ["x-context", "id"];

const CONTEXT: [&[&str]; 3] = [&PREVIOUS, &FOLLOWING, &PLACE];

/// The property in which we write how a translation came about.
pub(crate) const ORIGIN: &str = "x-dhakira-origin";

const ORIGINS: [(Origin, &str); 3] =
    [(Origin::Human, "human"), (Origin::Machine, "machine"), (Origin::Aligned, "aligned")];

/// Returns an origin's name, if it is told.
pub(crate) fn origin_name(origin: Origin) -> Option<&'static str> {
    ORIGINS.iter().find(|(known, _)| *known == origin).map(|(_, name)| *name)
}

/// Reads an origin's name; an empty one is not told.
pub(crate) fn read_origin(name: &str) -> Option<Origin> {
    match name.trim().to_ascii_lowercase().as_str() {
        "" => Some(Origin::Unknown),
        told => ORIGINS.iter().find(|(_, name)| *name == told).map(|(origin, _)| *origin),
    }
}

impl RawUnit {
    /// Makes one unit for each target of the pair's language.
    pub(crate) fn drafts(
        &self,
        languages: &Languages,
        place: &Place,
        problems: &mut Vec<Problem>,
    ) -> Vec<UnitDraft> {
        let Languages { source, target, .. } = languages;
        // Who made the source and when is no field of a unit: it stays as it is written.
        let sources = self.sides(languages, source, &["xml:lang", "lang"], place, problems);
        let targets = self.sides(languages, target, &KNOWN, place, &mut Vec::new());
        // The memory's own variant is the source; another region's stands in for it.
        let Some(from) = sources.iter().find(|s| s.variant.locale == *source).or(sources.first()) else {
            let message = format!("no <tuv> with text in '{}'", source.language());
            problems.push(Problem::refused(place, "NO_SOURCE", message));
            return Vec::new();
        };
        if targets.is_empty() {
            let message = format!("no <tuv> with text in '{}'", target.language());
            problems.push(Problem::refused(place, "NO_TARGET", message));
            return Vec::new();
        }
        let troubles = from.raw.problems.iter().chain(targets.iter().flat_map(|t| &t.raw.problems));
        problems.extend(troubles.cloned());
        if problems.iter().any(|p| p.refused) {
            return Vec::new();
        }
        let tuid = get(&self.attributes, "tuid").unwrap_or_default();
        let (context, mut properties) = self.context();
        properties.extend(self.attributes.iter().filter(|(n, _)| !KNOWN.contains(&n.as_str())).map(further));
        if shares_too_much(from.variant.bytes() + metadata_bytes(&properties, &self.notes), targets.len()) {
            let message = format!("{} translations of so long a text: give each a <tu>", targets.len());
            problems.push(Problem::refused(place, "UNIT_TOO_LARGE", message));
            return Vec::new();
        }
        let make = |(n, to): (usize, Side<'_>)| UnitDraft {
            source: from.variant.clone(),
            provenance: self.provenance(to.raw, place, problems),
            target: to.variant,
            context: context.clone(),
            external_id: match (tuid, n) {
                ("", _) => String::new(),
                (tuid, 0) => tuid.to_owned(),
                // A second target must not take the first one's place.
                (tuid, n) => format!("{tuid}#{}", n + 1),
            },
            properties: properties.clone(),
            notes: self.notes.clone(),
        };
        targets.into_iter().enumerate().map(make).collect()
    }

    fn sides(
        &self,
        languages: &Languages,
        language: &Locale,
        told: &[&str],
        place: &Place,
        problems: &mut Vec<Problem>,
    ) -> Vec<Side<'_>> {
        let mut found = Vec::new();
        for raw in &self.variants {
            let locale = match languages.read(&raw.language) {
                Ok(locale) => locale,
                Err(bad) => {
                    if problems.len() < MOST_PROBLEMS {
                        let message = format!("a <tuv> is left out: {bad}");
                        problems.push(Problem::remark(place, "BAD_LOCALE", message));
                    }
                    continue;
                }
            };
            let segment = raw.segment.as_ref().filter(|s| !s.text.is_empty() || !raw.problems.is_empty());
            if let Some(segment) = segment.filter(|_| locale.same_language(language)) {
                let mut properties: Vec<Property> =
                    raw.properties.iter().filter(|p| !is_context(p)).map(unescaped).collect();
                properties
                    .extend(raw.attributes.iter().filter(|(n, _)| !told.contains(&n.as_str())).map(further));
                let variant =
                    Variant { locale, segment: segment.clone(), properties, notes: raw.notes.clone() };
                found.push(Side { variant, raw });
            }
        }
        found
    }

    /// Takes the context out of the properties of the unit and of its sides.
    fn context(&self) -> (Context, Vec<Property>) {
        let all = || self.properties.iter().chain(self.variants.iter().flat_map(|v| &v.properties));
        let told =
            |names: &[&str]| all().find(|p| names.contains(&p.name.as_str())).map(|p| without_seg(&p.value));
        let context = Context {
            previous: told(&PREVIOUS),
            following: told(&FOLLOWING),
            id: told(&PLACE).filter(|id| !id.is_empty()),
        };
        let is_field = |p: &&Property| !is_context(p) && !is_origin(p);
        (context, self.properties.iter().filter(is_field).map(unescaped).collect())
    }

    fn origin(&self) -> Origin {
        let told = self.properties.iter().find(|p| is_origin(p)).map(|p| p.value.trim());
        ORIGINS.iter().find(|(_, name)| Some(*name) == told).map(|(origin, _)| *origin).unwrap_or_default()
    }

    /// Reads who and when: of the unit, and over it of the target's side, where OmegaT writes it.
    fn provenance(&self, target: &RawVariant, place: &Place, problems: &mut Vec<Problem>) -> Provenance {
        let own = |name: &str| get(&target.attributes, name).or_else(|| get(&self.attributes, name));
        let text = |name: &str| own(name).unwrap_or_default().to_owned();
        let mut date = |name: &str| {
            let written = own(name)?;
            let read = dates::read_basic(written);
            if read.is_none() {
                problems.push(Problem::remark(
                    place,
                    "BAD_DATE",
                    format!("{name} '{written}' is left out: write YYYYMMDDThhmmssZ"),
                ));
            }
            read
        };
        Provenance {
            created_by: text("creationid"),
            created_at: date("creationdate"),
            changed_by: text("changeid"),
            changed_at: date("changedate"),
            last_used_at: date("lastusagedate"),
            tool: text("creationtool"),
            usage_count: match own("usagecount").map(|n| (n, n.trim().parse().ok())) {
                Some((told, None)) => {
                    let message = format!("usagecount '{told}' is left out: write a whole number");
                    problems.push(Problem::remark(place, "BAD_NUMBER", message));
                    None
                }
                told => told.and_then(|(_, count)| count),
            },
            origin: self.origin(),
        }
    }
}

/// Stands before the name of a property that would be taken for something else.
const ESCAPE: &str = "x-dhakira-prop:";

/// Returns the name under which a property is written.
pub(crate) fn escaped_name(name: &str) -> Cow<'_, str> {
    let taken =
        CONTEXT.iter().any(|names| names.contains(&name)) || name == ORIGIN || name.starts_with(ESCAPE);
    if taken { format!("{ESCAPE}{name}").into() } else { name.into() }
}

/// Returns a property under its own name.
fn unescaped(property: &Property) -> Property {
    let name = property.name.strip_prefix(ESCAPE).unwrap_or(&property.name).to_owned();
    Property { name, ..property.clone() }
}

fn is_origin(property: &Property) -> bool {
    property.name == ORIGIN && ORIGINS.iter().any(|(_, name)| *name == property.value.trim())
}

fn is_context(property: &Property) -> bool {
    CONTEXT.iter().any(|names| names.contains(&property.name.as_str()))
}

/// Keeps an attribute that no field holds.
fn further((name, value): &(String, String)) -> Property {
    Property { name: format!("tmx:{name}"), value: value.clone(), locale: String::new() }
}

/// memoQ writes the neighbour as an escaped `<seg>`, codes and all.
fn without_seg(value: &str) -> String {
    if !value.starts_with("<seg>") || !value.ends_with("</seg>") {
        return value.to_owned();
    }
    let text = XmlReader::new(value.as_bytes()).and_then(|mut xml| {
        xml.next()?;
        let mut text = String::new();
        loop {
            match xml.next()? {
                Xml::Start(code) if code.name != "hi" => xml.skip()?,
                Xml::Text(more) => text.push_str(&more),
                Xml::Over => return Ok(text),
                Xml::Start(_) | Xml::End(_) | Xml::BadReference(_) => {}
            }
        }
    });
    text.unwrap_or_else(|_| value.to_owned())
}

fn get<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}
