//! A `<tu>` as it was read, and the units made of it for a language pair.

use std::borrow::Cow;

use super::inline::is_code;
use crate::{
    clock::Timestamp,
    interchange::{
        bytes::dates,
        contract::{Languages, exceeds_shared_limit},
        problem::{FilePosition, MAX_REPORTED_PROBLEMS, Problem},
        review_marks::{Progress, ReviewMarks},
        xml::{XmlEvent, XmlReader},
    },
    locale::Locale,
    segment::Segment,
    unit::{Context, Origin, Property, Provenance, ReviewState, UnitDraft, Variant, metadata_bytes},
};

/// Maximum number of `<tuv>` in a `<tu>`, and of units made of it. No memory has that many languages.
pub(crate) const MAX_TU_VARIANTS: usize = 1_000;

/// A `<tu>` as the file has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawUnit {
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) properties: Vec<Property>,
    pub(crate) notes: Vec<String>,
    pub(crate) variants: Vec<RawVariant>,
}

/// A `<tuv>` as the file has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawVariant {
    pub(crate) language: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) segment: Option<Segment>,
    pub(crate) properties: Vec<Property>,
    pub(crate) notes: Vec<String>,
    /// Problems of its segment, for example unknown entities.
    pub(crate) problems: Vec<Problem>,
}

/// A possible source or target of a unit, with the `<tuv>` that it was read from.
struct VariantSide<'r> {
    variant: Variant,
    raw: &'r RawVariant,
}

/// Attributes of a `<tu>` or `<tuv>` that are read into fields of a unit. Other attributes become properties.
const FIELD_ATTRIBUTES: [&str; 10] = [
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

/// Property names under which tools write the previous segment. We write the first one.
pub(crate) const PREVIOUS_NAMES: [&str; 3] = ["x-context-pre", "x-previous-source-text", "prev"];
/// Property names under which tools write the following segment. We write the first one.
pub(crate) const FOLLOWING_NAMES: [&str; 3] = ["x-context-post", "x-next-source-text", "next"];
/// Property names under which tools write the context id of a segment. We write the first one.
pub(crate) const CONTEXT_ID_NAMES: [&str; 2] = ["x-context", "id"];

const CONTEXT_NAMES: [&[&str]; 3] = [&PREVIOUS_NAMES, &FOLLOWING_NAMES, &CONTEXT_ID_NAMES];

/// The property in which we write the origin of a translation.
pub(crate) const ORIGIN_PROPERTY: &str = "x-dhakira-origin";

/// The property in which we write that nobody has confirmed a translation.
pub(crate) const REVIEW_PROPERTY: &str = "x-dhakira-review";

/// Its value for an unreviewed translation.
pub(crate) const UNREVIEWED: &str = "unreviewed";

/// Its value for a confirmed translation. It is written only if the other metadata of the unit means the opposite.
pub(crate) const CONFIRMED: &str = "confirmed";

/// The name of an origin that is not specified. It is written only if the other metadata of the unit means one.
pub(crate) const UNKNOWN_ORIGIN: &str = "unknown";

const ORIGIN_NAMES: [(Origin, &str); 4] = [
    (Origin::Unknown, UNKNOWN_ORIGIN),
    (Origin::Human, "human"),
    (Origin::Machine, "machine"),
    (Origin::Aligned, "aligned"),
];

/// Properties in which Trados Studio writes the confirmation level and the origin of a translation.
const TRADOS_LEVEL: &str = "x-ConfirmationLevel";
const TRADOS_ORIGIN: &str = "x-Origin";

/// Returns the name of an origin, or `None` for [`Origin::Unknown`].
pub(crate) fn origin_name(origin: Origin) -> Option<&'static str> {
    let mut known = ORIGIN_NAMES.iter().filter(|(known, _)| *known != Origin::Unknown);
    known.find(|(known, _)| *known == origin).map(|(_, name)| *name)
}

/// Returns what other tools say about the review of a translation: the properties of its unit and target, and its last
/// editor or author.
pub(crate) fn foreign_marks<'p>(
    properties: &(impl Iterator<Item = &'p Property> + Clone),
    changed_by: &str,
    created_by: &str,
) -> ReviewMarks {
    let value = |name: &str| {
        let mut named = properties.clone().filter(|p| p.name == name);
        named.next().map(|p| p.value.as_str()).unwrap_or_default()
    };
    let author = if changed_by.is_empty() { created_by } else { changed_by };
    ReviewMarks::of_trados(value(TRADOS_LEVEL), value(TRADOS_ORIGIN), Progress::Unknown)
        .and(ReviewMarks::of_author(author))
}

/// Parses the name of an origin, in any case. An empty name is [`Origin::Unknown`], an unknown name `None`.
pub(crate) fn parse_origin(name: &str) -> Option<Origin> {
    match name.trim().to_ascii_lowercase().as_str() {
        "" => Some(Origin::Unknown),
        lower => ORIGIN_NAMES.iter().find(|(_, name)| *name == lower).map(|(origin, _)| *origin),
    }
}

impl RawUnit {
    /// Makes one unit for each `<tuv>` in the target language. Returns none, and adds the reason to `problems`,
    /// if the `<tu>` is refused.
    pub(crate) fn drafts(
        &self,
        languages: &Languages,
        place: &FilePosition,
        problems: &mut Vec<Problem>,
    ) -> Vec<UnitDraft> {
        let Languages { source, target, .. } = languages;
        // A unit has no fields for the author and dates of its source, so these attributes become properties.
        let sources = self.sides(languages, source, &["xml:lang", "lang"], place, problems);
        let targets = self.sides(languages, target, &FIELD_ATTRIBUTES, place, &mut Vec::new());
        if sources.is_empty() {
            let message = self.missing_language(source, target);
            problems.push(Problem::refused(place, "NO_SOURCE", message));
            return Vec::new();
        }
        let sources = distinct_sources(sources, source);
        if targets.is_empty() {
            let message = self.missing_language(target, source);
            problems.push(Problem::refused(place, "NO_TARGET", message));
            return Vec::new();
        }
        problems.extend(sources.iter().chain(&targets).flat_map(|side| &side.raw.problems).cloned());
        if problems.iter().any(|p| p.refused) {
            return Vec::new();
        }
        let (targets, rejected): (Vec<_>, Vec<_>) =
            targets.into_iter().partition(|to| self.marks(to.raw).progress != Progress::Rejected);
        problems.extend(rejected.iter().map(|side| {
            let message = format!(
                "the translation '{}' is marked as rejected: correct it, and confirm it",
                side.variant.segment.text
            );
            Problem::refused(place, "REJECTED", message)
        }));
        let tuid = get(&self.attributes, "tuid").unwrap_or_default();
        let (context, mut properties) = self.context();
        properties.extend(
            self.attributes
                .iter()
                .filter(|(n, _)| !FIELD_ATTRIBUTES.contains(&n.as_str()))
                .map(attribute_property),
        );
        let pairs = sources.len() * targets.len();
        let shared = metadata_bytes(&properties, &self.notes);
        if pairs > MAX_TU_VARIANTS
            || exceeds_shared_limit(shared + largest(&sources), pairs)
            || sources.len() > 1 && exceeds_shared_limit(largest(&targets), pairs)
        {
            let message = format!("{pairs} translations of so long a text: give each a <tu>");
            problems.push(Problem::refused(place, "UNIT_TOO_LARGE", message));
            return Vec::new();
        }
        let provenances: Vec<Provenance> =
            targets.iter().map(|to| self.provenance(to.raw, place, problems)).collect();
        let targets: Vec<_> = targets.into_iter().zip(provenances).collect();
        let pairs = sources.iter().flat_map(|from| targets.iter().map(move |to| (from, to)));
        pairs
            .enumerate()
            .map(|(n, (from, (to, provenance)))| UnitDraft {
                source: from.variant.clone(),
                provenance: provenance.clone(),
                target: to.variant.clone(),
                context: context.clone(),
                external_id: match (tuid, n) {
                    ("", _) => String::new(),
                    (tuid, 0) => tuid.to_owned(),
                    // An external id identifies one unit, so further targets get ids of their own.
                    (tuid, n) => format!("{tuid}#{}", n + 1),
                },
                properties: properties.clone(),
                notes: self.notes.clone(),
            })
            .collect()
    }

    /// Returns the message for a unit without text in a language. It lists the languages that the unit has, because
    /// one of them may be another name of that language.
    fn missing_language(&self, missing: &Locale, other: &Locale) -> String {
        let mut written: Vec<&str> = Vec::new();
        for variant in &self.variants {
            let has_text = variant.segment.as_ref().is_some_and(|segment| !segment.text.is_empty());
            let language = if variant.language.is_empty() { "none" } else { variant.language.trim() };
            if has_text && !written.contains(&language) {
                written.push(language);
            }
        }
        let missing = missing.language();
        // A text in the other language of the memory is not the one that is missing.
        let is_other =
            |tag: &str| Locale::parse_from_file(tag).is_ok_and(|locale| locale.has_same_language(other));
        let candidate = written.iter().find(|tag| **tag != "none" && !is_other(tag));
        let remedy = candidate.map(|tag| {
            format!(". If {tag} is a name of {missing}, import with --rename-locale {tag}={missing}")
        });
        let listed = written.iter().take(MAX_REPORTED_PROBLEMS).copied().collect::<Vec<_>>().join(", ");
        let found = if listed.is_empty() { "no text at all".to_owned() } else { format!("text in {listed}") };
        format!("no <tuv> with text in {missing}; the unit has {found}{}", remedy.unwrap_or_default())
    }

    /// Returns the variants in a language that have text or a problem. `known` lists the attributes that do not
    /// become properties.
    fn sides(
        &self,
        languages: &Languages,
        language: &Locale,
        known: &[&str],
        place: &FilePosition,
        problems: &mut Vec<Problem>,
    ) -> Vec<VariantSide<'_>> {
        let mut found = Vec::new();
        for raw in &self.variants {
            let locale = match languages.parse_locale(&raw.language) {
                Ok(locale) => locale,
                Err(bad) => {
                    if problems.len() < MAX_REPORTED_PROBLEMS {
                        let message = format!("a <tuv> is left out: {bad}");
                        problems.push(Problem::remark(place, "BAD_LOCALE", message));
                    }
                    continue;
                }
            };
            let segment = raw.segment.as_ref().filter(|s| !s.text.is_empty() || !raw.problems.is_empty());
            if let Some(segment) = segment.filter(|_| locale.has_same_language(language)) {
                let mut properties: Vec<Property> =
                    raw.properties.iter().filter(|p| !is_context(p)).map(unescaped).collect();
                properties.extend(
                    raw.attributes
                        .iter()
                        .filter(|(n, _)| !known.contains(&n.as_str()))
                        .map(attribute_property),
                );
                let variant =
                    Variant { locale, segment: segment.clone(), properties, notes: raw.notes.clone() };
                found.push(VariantSide { variant, raw });
            }
        }
        found
    }

    /// Returns the context, read from properties of the `<tu>` and its variants, and the properties of the `<tu>`
    /// that no field holds.
    fn context(&self) -> (Context, Vec<Property>) {
        let context = Context {
            previous: self.context_value(&PREVIOUS_NAMES),
            following: self.context_value(&FOLLOWING_NAMES),
            id: self.context_value(&CONTEXT_ID_NAMES).filter(|id| !id.is_empty()),
        };
        let others = self.properties.iter().filter(|p| !is_context(p) && !is_origin(p) && !is_review(p));
        (context, others.map(unescaped).collect())
    }

    /// Returns the value of the first property with one of these names. Properties of the `<tu>` come first.
    fn context_value(&self, names: &[&str]) -> Option<String> {
        let mut all = self.properties.iter().chain(self.variants.iter().flat_map(|v| &v.properties));
        all.find(|p| names.contains(&p.name.as_str())).map(|p| context_text(&p.value))
    }

    /// Returns the origin that our own export has written.
    fn own_origin(&self) -> Option<Origin> {
        self.properties.iter().find(|p| is_origin(p)).and_then(|p| parse_origin(&p.value))
    }

    /// Returns the review state that our own export has written.
    fn own_review(&self) -> Option<ReviewState> {
        let written = self.properties.iter().find(|p| is_review(p))?.value.trim();
        Some(if written == UNREVIEWED { ReviewState::Unreviewed } else { ReviewState::Confirmed })
    }

    /// Returns what the file says about the review of a translation. The words of our own export come first, because the
    /// properties of other tools may be older.
    fn marks(&self, target: &RawVariant) -> ReviewMarks {
        let properties = self.properties.iter().chain(&target.properties);
        let author = |name: &str| {
            get(&target.attributes, name).or_else(|| get(&self.attributes, name)).unwrap_or_default()
        };
        let marks = foreign_marks(&properties, author("changeid"), author("creationid"));
        match self.own_review() {
            Some(ReviewState::Unreviewed) => marks.with_progress(Progress::Unreviewed),
            Some(ReviewState::Confirmed) if marks.progress > Progress::Confirmed => {
                marks.with_progress(Progress::Unknown)
            }
            _ => marks,
        }
    }

    /// Reads authors and dates. Attributes of the target `<tuv>`, where OmegaT writes them, override those of the
    /// `<tu>`. Values that cannot be read are left out and added to `problems`.
    fn provenance(
        &self,
        target: &RawVariant,
        place: &FilePosition,
        problems: &mut Vec<Problem>,
    ) -> Provenance {
        let marks = self.marks(target);
        let mut own = ProvenanceAttributes { unit: self, target, place, problems };
        Provenance {
            created_by: own.text("creationid"),
            created_at: own.date("creationdate"),
            changed_by: own.text("changeid"),
            changed_at: own.date("changedate"),
            last_used_at: own.date("lastusagedate"),
            tool: own.text("creationtool"),
            usage_count: own.count("usagecount"),
            origin: self.own_origin().unwrap_or_else(|| marks.origin()),
            review: marks.review(),
        }
    }
}

/// Returns the sources whose texts differ. Those in the memory's own locale come first, because the first unit gets the
/// id of the `<tu>`. For example, `جوال` in `ar-SA` and `موبايل` in `ar-EG` are both kept.
fn distinct_sources<'r>(mut sources: Vec<VariantSide<'r>>, locale: &Locale) -> Vec<VariantSide<'r>> {
    sources.sort_by_key(|side| side.variant.locale != *locale);
    let mut distinct: Vec<VariantSide<'r>> = Vec::new();
    for side in sources {
        if !distinct.iter().any(|other| other.variant.segment.is_same(&side.variant.segment)) {
            distinct.push(side);
        }
    }
    distinct
}

/// Returns the bytes of the largest of some sides.
fn largest(sides: &[VariantSide<'_>]) -> usize {
    sides.iter().map(|side| side.variant.byte_len()).max().unwrap_or_default()
}

/// The attributes of one target `<tuv>`, or else of its `<tu>`, that make up the provenance of a unit.
struct ProvenanceAttributes<'r> {
    unit: &'r RawUnit,
    target: &'r RawVariant,
    place: &'r FilePosition,
    problems: &'r mut Vec<Problem>,
}

impl<'r> ProvenanceAttributes<'r> {
    fn get(&self, name: &str) -> Option<&'r str> {
        get(&self.target.attributes, name).or_else(|| get(&self.unit.attributes, name))
    }

    fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    fn date(&mut self, name: &str) -> Option<Timestamp> {
        let written = self.get(name)?;
        let date = dates::read_basic(written);
        if date.is_none() {
            let message = format!("{name} '{written}' is left out: write YYYYMMDDThhmmssZ");
            self.problems.push(Problem::remark(self.place, "BAD_DATE", message));
        }
        date
    }

    fn count(&mut self, name: &str) -> Option<u32> {
        let written = self.get(name)?;
        let count: Option<u32> = written.trim().parse().ok();
        if count.is_none() {
            let message = format!("{name} '{written}' is left out: write a whole number");
            self.problems.push(Problem::remark(self.place, "BAD_NUMBER", message));
        }
        count
    }
}

/// Prefix of a property name that a reader would otherwise mistake for a context, an origin or an escaped name.
const ESCAPE_PREFIX: &str = "x-dhakira-prop:";

/// Returns the name under which a property is written: escaped where a reader would mistake it.
pub(crate) fn escape_name(name: &str) -> Cow<'_, str> {
    let taken = CONTEXT_NAMES.iter().any(|names| names.contains(&name))
        || name == ORIGIN_PROPERTY
        || name == REVIEW_PROPERTY
        || name.starts_with(ESCAPE_PREFIX);
    if taken { format!("{ESCAPE_PREFIX}{name}").into() } else { name.into() }
}

/// Returns a property with its name unescaped.
fn unescaped(property: &Property) -> Property {
    let name = property.name.strip_prefix(ESCAPE_PREFIX).unwrap_or(&property.name).to_owned();
    Property { name, ..property.clone() }
}

fn is_origin(property: &Property) -> bool {
    property.name == ORIGIN_PROPERTY && ORIGIN_NAMES.iter().any(|(_, name)| *name == property.value.trim())
}

fn is_review(property: &Property) -> bool {
    property.name == REVIEW_PROPERTY && [CONFIRMED, UNREVIEWED].contains(&property.value.trim())
}

fn is_context(property: &Property) -> bool {
    CONTEXT_NAMES.iter().any(|names| names.contains(&property.name.as_str()))
}

/// Makes a property of an attribute that no field holds.
fn attribute_property((name, value): &(String, String)) -> Property {
    Property { name: format!("tmx:{name}"), value: value.clone(), locale: String::new() }
}

/// Returns the text of a context value without inline codes. memoQ writes a neighbouring segment as an escaped
/// `<seg>` that contains its codes. Any other value is returned as it is.
fn context_text(value: &str) -> String {
    if !value.starts_with("<seg>") || !value.ends_with("</seg>") {
        return value.to_owned();
    }
    let text = XmlReader::new(value.as_bytes()).and_then(|mut xml| {
        xml.next()?;
        let mut text = String::new();
        loop {
            match xml.next()? {
                XmlEvent::Start(element) if is_code(&element.name) => xml.skip()?,
                XmlEvent::Text(more) => text.push_str(&more),
                XmlEvent::EndOfDocument => return Ok(text),
                XmlEvent::Start(_) | XmlEvent::End(_) | XmlEvent::UnknownReference(_) => {}
            }
        }
    });
    text.unwrap_or_else(|_| value.to_owned())
}

fn get<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}
