//! A `<tu>` as it is written, and the units that it makes for a language pair.

use super::problem::{Place, Problem};
use crate::{
    clock::Timestamp,
    locale::Locale,
    segment::Segment,
    unit::{Context, Property, Provenance, UnitDraft, Variant},
};

#[derive(Clone, Debug, Default)]
pub(super) struct RawUnit {
    pub(super) attributes: Vec<(String, String)>,
    pub(super) properties: Vec<Property>,
    pub(super) notes: Vec<String>,
    pub(super) variants: Vec<RawVariant>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct RawVariant {
    pub(super) language: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) segment: Option<Segment>,
    pub(super) properties: Vec<Property>,
    pub(super) notes: Vec<String>,
    /// What is wrong with its segment.
    pub(super) problems: Vec<Problem>,
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
const PREVIOUS: [&str; 3] = ["x-context-pre", "x-previous-source-text", "prev"];
const FOLLOWING: [&str; 3] = ["x-context-post", "x-next-source-text", "next"];
const PLACE: [&str; 2] = ["x-context", "id"];

impl RawUnit {
    /// Makes one unit for each target of the pair's language.
    pub(super) fn drafts(
        &self,
        source: &Locale,
        target: &Locale,
        place: &Place,
        problems: &mut Vec<Problem>,
    ) -> Vec<UnitDraft> {
        let sources = self.sides(source, place, problems);
        let targets = self.sides(target, place, &mut Vec::new());
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
        let unknown = self.attributes.iter().filter(|(name, _)| !KNOWN.contains(&name.as_str()));
        properties.extend(unknown.map(|(name, value)| Property {
            name: format!("tmx:{name}"),
            value: value.clone(),
            locale: String::new(),
        }));
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

    fn sides(&self, language: &Locale, place: &Place, problems: &mut Vec<Problem>) -> Vec<Side<'_>> {
        let mut found = Vec::new();
        for raw in &self.variants {
            let locale = match Locale::parse_from_file(&raw.language) {
                Ok(locale) => locale,
                Err(bad) => {
                    let message = format!("a <tuv> is left out: {bad}");
                    problems.push(Problem::remark(place, "BAD_LOCALE", message));
                    continue;
                }
            };
            let segment = raw.segment.as_ref().filter(|s| !s.text.is_empty() || !raw.problems.is_empty());
            if let Some(segment) = segment.filter(|_| locale.same_language(language)) {
                let properties = raw.properties.iter().filter(|p| !is_context(p)).cloned().collect();
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
        (context, self.properties.iter().filter(|p| !is_context(p)).cloned().collect())
    }

    /// Reads who and when: of the unit, and over it of the target's side, where OmegaT writes it.
    fn provenance(&self, target: &RawVariant, place: &Place, problems: &mut Vec<Problem>) -> Provenance {
        let own = |name: &str| get(&target.attributes, name).or_else(|| get(&self.attributes, name));
        let text = |name: &str| own(name).unwrap_or_default().to_owned();
        let mut date = |name: &str| {
            let written = own(name)?;
            let read = timestamp(written);
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
            usage_count: own("usagecount").and_then(|n| n.trim().parse().ok()),
            ..Provenance::default()
        }
    }
}

fn is_context(property: &Property) -> bool {
    [&PREVIOUS[..], &FOLLOWING[..], &PLACE[..]].iter().any(|names| names.contains(&property.name.as_str()))
}

/// memoQ writes the neighbour as an escaped `<seg>`.
fn without_seg(value: &str) -> String {
    let inner = value.strip_prefix("<seg>").and_then(|v| v.strip_suffix("</seg>"));
    inner.unwrap_or(value).to_owned()
}

fn get<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

/// Reads `YYYYMMDDThhmmssZ`.
fn timestamp(text: &str) -> Option<Timestamp> {
    let (date, time) = text.trim().strip_suffix('Z')?.split_once('T')?;
    let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(date, 8) || !digits(time, 6) {
        return None;
    }
    let part = |s: &str, from: usize, to: usize| s.get(from..to).and_then(|p| p.parse::<i64>().ok());
    let (year, month, day) = (part(date, 0, 4)?, part(date, 4, 6)?, part(date, 6, 8)?);
    let (hour, minute, second) = (part(time, 0, 2)?, part(time, 2, 4)?, part(time, 4, 6)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days since 1970 by the civil calendar, the year beginning in March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day
        - 1
        - 719_468;
    Some(Timestamp((days * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000))
}

#[cfg(test)]
mod tests {
    use super::timestamp;

    #[test]
    fn dates_are_read_or_refused() {
        for (text, seconds) in [
            ("19700101T000000Z", 0),
            ("20000229T120000Z", 951_825_600),
            ("20240102T030405Z", 1_704_164_645),
            ("19691231T235959Z", -1),
            ("20261123T221240Z", 1_795_471_960),
        ] {
            assert_eq!(timestamp(text).map(|t| t.0), Some(seconds * 1_000), "{text}");
        }
        for bad in [
            "",
            "20240102",
            "20240230T000000Z",
            "20241301T000000Z",
            "2024-01-02T03:04:05Z",
            "20240102T250000Z",
            "+0240102T000000Z",
        ] {
            assert_eq!(timestamp(bad), None, "{bad}");
        }
    }
}
