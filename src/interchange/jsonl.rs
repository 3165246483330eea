//! Units as JSON, one object per line. The format holds everything that a unit holds.
//!
//! `{"source": "نعم", "target": "yes"}` is enough. A side may also be an object with `text`,
//! `locale`, `codes`, `properties` and `notes`. Unknown fields become properties.

use std::{
    collections::BTreeSet,
    fmt,
    io::{self, Read, Write},
};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;

use super::{
    bytes::{DecodingReader, LineReader, read_precise, write_precise},
    contract::{FileUnit, Languages, ReadUnits, WriteLosses, WriteUnits},
    error::ReadError,
    problem::FilePosition,
};
use crate::{
    clock::Timestamp,
    locale::Locale,
    segment::{CodeKind, InlineCode, Segment},
    unit::{Context, Origin, Property, Provenance, ReviewState, UnitDraft, Variant},
};

/// Maximum bytes of a line, so that a hundred properties of the largest size fit.
const MAX_LINE_BYTES: u64 = 16 << 20;

/// The JSON object of a unit.
#[derive(Default, Serialize)]
struct JsonUnit {
    #[serde(skip_serializing_if = "String::is_empty")]
    external_id: String,
    source: JsonVariant,
    target: JsonVariant,
    #[serde(skip_serializing_if = "is_default")]
    context: JsonContext,
    #[serde(skip_serializing_if = "is_default")]
    provenance: JsonProvenance,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<JsonProperty>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    /// Names and values of unknown fields. A value that is not a string is JSON text as written.
    #[serde(skip)]
    further: Vec<(String, String)>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct JsonVariant {
    #[serde(deserialize_with = "null_as_default")]
    text: String,
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "null_as_default")]
    locale: String,
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "null_as_default")]
    codes: Vec<JsonCode>,
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "null_as_default")]
    properties: Vec<JsonProperty>,
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "null_as_default")]
    notes: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonCode {
    position: u32,
    #[serde(with = "JsonCodeKind")]
    kind: CodeKind,
    #[serde(default, skip_serializing_if = "String::is_empty", deserialize_with = "null_as_default")]
    id: String,
    #[serde(default, skip_serializing_if = "String::is_empty", deserialize_with = "null_as_default")]
    pair: String,
    #[serde(default, deserialize_with = "null_as_default")]
    raw: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CodeKind", rename_all = "UPPERCASE")]
enum JsonCodeKind {
    Open,
    Close,
    Standalone,
    Isolated,
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct JsonContext {
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    following: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct JsonProvenance {
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "null_as_default")]
    created_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<JsonDate>,
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "null_as_default")]
    changed_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<JsonDate>,
    #[serde(
        skip_serializing_if = "is_default",
        serialize_with = "JsonOrigin::serialize",
        deserialize_with = "deserialize_origin"
    )]
    origin: Origin,
    #[serde(
        skip_serializing_if = "is_default",
        serialize_with = "JsonReviewState::serialize",
        deserialize_with = "deserialize_review_state"
    )]
    review_state: ReviewState,
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "null_as_default")]
    tool: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<JsonDate>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Origin", rename_all = "UPPERCASE")]
enum JsonOrigin {
    Unknown,
    Human,
    Machine,
    Aligned,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ReviewState", rename_all = "UPPERCASE")]
enum JsonReviewState {
    Confirmed,
    Unreviewed,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct JsonDate(Timestamp);

impl TryFrom<String> for JsonDate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        read_precise(&text)
            .map(Self)
            .ok_or_else(|| format!("'{text}' is not a date: write 2026-01-31T12:00:00Z"))
    }
}

impl From<JsonDate> for String {
    fn from(moment: JsonDate) -> Self {
        write_precise(moment.0)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonProperty {
    name: String,
    value: String,
    #[serde(default, skip_serializing_if = "String::is_empty", deserialize_with = "null_as_default")]
    locale: String,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Deserializes a field. `null` means the same as an absent field.
fn null_as_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

fn deserialize_origin<'de, D: Deserializer<'de>>(from: D) -> Result<Origin, D::Error> {
    #[derive(Deserialize)]
    struct Given(#[serde(with = "JsonOrigin")] Origin);
    Ok(Option::<Given>::deserialize(from)?.map_or(Origin::Unknown, |given| given.0))
}

fn deserialize_review_state<'de, D: Deserializer<'de>>(from: D) -> Result<ReviewState, D::Error> {
    #[derive(Deserialize)]
    struct Given(#[serde(with = "JsonReviewState")] ReviewState);
    Ok(Option::<Given>::deserialize(from)?.map_or(ReviewState::Confirmed, |given| given.0))
}

/// A side of a unit, which may be only a text instead of an object.
#[derive(Default)]
struct TextOrSide(JsonVariant);

impl<'de> Deserialize<'de> for TextOrSide {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Sides;
        impl<'de> Visitor<'de> for Sides {
            type Value = TextOrSide;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or an object with the field `text`")
            }

            fn visit_str<E>(self, text: &str) -> Result<TextOrSide, E> {
                Ok(TextOrSide(JsonVariant { text: text.to_owned(), ..JsonVariant::default() }))
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<TextOrSide, M::Error> {
                JsonVariant::deserialize(MapAccessDeserializer::new(map)).map(TextOrSide)
            }
        }
        from.deserialize_any(Sides)
    }
}

impl<'de> Deserialize<'de> for JsonUnit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = JsonUnit;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with the fields `source` and `target`")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<JsonUnit, M::Error> {
                let mut line = JsonUnit::default();
                let mut seen = BTreeSet::new();
                while let Some(name) = map.next_key::<String>()? {
                    if seen.contains(&name) {
                        return Err(M::Error::custom(format!("the field `{name}` is given twice")));
                    }
                    line.read_field(&name, &mut map)?;
                    seen.insert(name);
                }
                Ok(line)
            }
        }
        from.deserialize_map(Fields)
    }
}

impl JsonUnit {
    /// Reads the value of a field into `self`.
    fn read_field<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match name {
            "external_id" => self.external_id = next_value_or_default(map)?,
            "source" => self.source = next_value_or_default::<TextOrSide, M>(map)?.0,
            "target" => self.target = next_value_or_default::<TextOrSide, M>(map)?.0,
            "context" => self.context = next_value_or_default(map)?,
            "provenance" => self.provenance = next_value_or_default(map)?,
            "properties" => self.properties = next_value_or_default(map)?,
            "notes" => self.notes = next_value_or_default(map)?,
            _ => {
                // The JSON text is stored, because a number may have more digits than any type holds.
                let value = map.next_value::<&RawValue>()?.get();
                let text = value.starts_with('"').then(|| serde_json::from_str(value)).transpose();
                let text: Option<String> = text.map_err(M::Error::custom)?;
                if value != "null" {
                    self.further.push((name.to_owned(), text.unwrap_or_else(|| value.to_owned())));
                }
            }
        }
        Ok(())
    }
}

/// Reads the next value. `null` is the default value.
fn next_value_or_default<'de, T: Default + Deserialize<'de>, M: MapAccess<'de>>(
    map: &mut M,
) -> Result<T, M::Error> {
    Ok(map.next_value::<Option<T>>()?.unwrap_or_default())
}

pub(crate) struct JsonlReader<R: Read> {
    lines: LineReader<R>,
    languages: Languages,
    number: u64,
}

impl<R: Read> JsonlReader<R> {
    pub(crate) fn new(bytes: R, languages: Languages) -> Result<Self, ReadError> {
        let lines = LineReader::new(DecodingReader::new(bytes)?, MAX_LINE_BYTES);
        Ok(Self { lines, languages, number: 0 })
    }

    fn unit(&mut self, line: &str) -> FileUnit {
        self.number += 1;
        let place = FilePosition { line: self.lines.line_number(), unit: format!("#{}", self.number) };
        let read: JsonUnit = match serde_json::from_str(line) {
            Ok(read) => read,
            Err(error) => {
                let message = format!("not a unit: {error}");
                return FileUnit::refused(place, "NOT_A_UNIT", message.replace("line 1 column", "column"));
            }
        };
        let place = if read.external_id.is_empty() {
            place
        } else {
            FilePosition { unit: read.external_id.clone(), ..place }
        };
        for (text, reason, field) in
            [(&read.source.text, "NO_SOURCE", "source"), (&read.target.text, "NO_TARGET", "target")]
        {
            if text.is_empty() {
                let message = format!("there is no text in the field '{field}'");
                return FileUnit::refused(place, reason, message);
            }
        }
        match self.draft(read) {
            Ok(draft) => FileUnit { position: place, drafts: vec![draft], problems: Vec::new() },
            Err(message) => FileUnit::refused(place, "BAD_LOCALE", message),
        }
    }

    fn draft(&self, read: JsonUnit) -> Result<UnitDraft, String> {
        let further = read.further.into_iter();
        let further = further.map(|(name, value)| Property { name, value, locale: String::new() });
        let provenance = read.provenance;
        Ok(UnitDraft {
            source: self.variant(read.source, &self.languages.source)?,
            target: self.variant(read.target, &self.languages.target)?,
            context: Context {
                previous: read.context.previous,
                following: read.context.following,
                id: read.context.id,
            },
            external_id: read.external_id,
            provenance: Provenance {
                created_by: provenance.created_by,
                created_at: provenance.created_at.map(|date| date.0),
                changed_by: provenance.changed_by,
                changed_at: provenance.changed_at.map(|date| date.0),
                origin: provenance.origin,
                review: provenance.review_state,
                tool: provenance.tool,
                usage_count: provenance.usage_count,
                last_used_at: provenance.last_used_at.map(|date| date.0),
            },
            properties: properties(read.properties).chain(further).collect(),
            notes: read.notes,
        })
    }

    fn variant(&self, side: JsonVariant, locale: &Locale) -> Result<Variant, String> {
        let locale = match side.locale.as_str() {
            "" => locale.clone(),
            tag => self.languages.parse_locale(tag).map_err(|e| format!("the field 'locale': {e}"))?,
        };
        Ok(Variant {
            locale,
            segment: Segment { text: side.text, codes: side.codes.into_iter().map(inline_code).collect() },
            properties: properties(side.properties).collect(),
            notes: side.notes,
        })
    }
}

fn inline_code(code: JsonCode) -> InlineCode {
    InlineCode { position: code.position, kind: code.kind, id: code.id, pair: code.pair, raw: code.raw }
}

fn properties(named: Vec<JsonProperty>) -> impl Iterator<Item = Property> {
    named.into_iter().map(|p| Property { name: p.name, value: p.value, locale: p.locale })
}

fn line_too_long(line: u64) -> ReadError {
    let what = format!("a line of more than {MAX_LINE_BYTES} bytes: does the file have one unit per line?");
    ReadError::BadTable { line, what }
}

impl<R: Read> ReadUnits for JsonlReader<R> {
    fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError> {
        loop {
            let Some(line) = self.lines.next_line(line_too_long)? else { return Ok(None) };
            if !line.trim().is_empty() {
                return Ok(Some(self.unit(&line)));
            }
        }
    }
}

pub(crate) struct JsonlWriter<W: Write>(W);

impl<W: Write> JsonlWriter<W> {
    pub(crate) fn new(out: W) -> Self {
        Self(out)
    }
}

impl<W: Write> WriteUnits for JsonlWriter<W> {
    fn write_unit(&mut self, unit: &UnitDraft) -> io::Result<()> {
        let (context, provenance) = (&unit.context, &unit.provenance);
        let line = JsonUnit {
            external_id: unit.external_id.clone(),
            source: to_json_variant(&unit.source),
            target: to_json_variant(&unit.target),
            context: JsonContext {
                previous: context.previous.clone(),
                following: context.following.clone(),
                id: context.id.clone(),
            },
            provenance: JsonProvenance {
                created_by: provenance.created_by.clone(),
                created_at: provenance.created_at.map(JsonDate),
                changed_by: provenance.changed_by.clone(),
                changed_at: provenance.changed_at.map(JsonDate),
                origin: provenance.origin,
                review_state: provenance.review,
                tool: provenance.tool.clone(),
                usage_count: provenance.usage_count,
                last_used_at: provenance.last_used_at.map(JsonDate),
            },
            properties: to_json_properties(&unit.properties),
            notes: unit.notes.clone(),
            further: Vec::new(),
        };
        serde_json::to_writer(&mut self.0, &line)?;
        self.0.write_all(b"\n")
    }

    fn finish(mut self: Box<Self>) -> io::Result<WriteLosses> {
        self.0.flush().map(|()| WriteLosses::default())
    }
}

fn to_json_properties(properties: &[Property]) -> Vec<JsonProperty> {
    properties
        .iter()
        .map(|p| JsonProperty { name: p.name.clone(), value: p.value.clone(), locale: p.locale.clone() })
        .collect()
}

fn to_json_variant(variant: &Variant) -> JsonVariant {
    JsonVariant {
        text: variant.segment.text.clone(),
        locale: variant.locale.to_string(),
        codes: variant.segment.codes.iter().map(written_code).collect(),
        properties: to_json_properties(&variant.properties),
        notes: variant.notes.clone(),
    }
}

fn written_code(code: &InlineCode) -> JsonCode {
    JsonCode {
        position: code.position,
        kind: code.kind,
        id: code.id.clone(),
        pair: code.pair.clone(),
        raw: code.raw.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonlReader, Languages, ReadUnits};
    use crate::interchange::FileUnit;

    fn read(file: &str) -> Vec<FileUnit> {
        let mut reader = JsonlReader::new(file.as_bytes(), Languages::default()).unwrap();
        std::iter::from_fn(|| reader.next_unit().unwrap()).collect()
    }

    #[test]
    fn two_texts_are_enough_and_what_is_not_known_is_kept() {
        let units = read(
            "\n{\"source\":\"نعم\",\"target\":\"yes\",\"client\":\"acme\",\"rank\":3,\"no\":null,\"context\":null}\n",
        );
        let draft = &units[0].drafts[0];
        assert_eq!((units[0].position.line, draft.target.segment.text.as_str()), (2, "yes"));
        let properties: Vec<_> =
            draft.properties.iter().map(|p| (p.name.as_str(), p.value.as_str())).collect();
        assert_eq!(properties, [("client", "acme"), ("rank", "3")]);
    }

    #[test]
    fn null_is_like_absent() {
        let bare = "{\"source\":{\"text\":\"نعم\",\"codes\":[{\"position\":0,\"kind\":\"STANDALONE\"}]},\"target\":\"yes\"}\n";
        let null = concat!(
            "{\"external_id\":null,\"source\":{\"text\":\"نعم\",\"locale\":null,\"codes\":[{\"position\":0,\"kind\":\"STANDALONE\",",
            "\"id\":null,\"pair\":null,\"raw\":null}],\"properties\":null,\"notes\":null},",
            "\"target\":{\"text\":\"yes\",\"codes\":null},",
            "\"context\":{\"previous\":null,\"following\":null,\"id\":null},\"provenance\":{\"created_by\":null,\"created_at\":null,",
            "\"changed_by\":null,\"changed_at\":null,\"origin\":null,\"review_state\":null,\"tool\":null,\"usage_count\":null,\"last_used_at\":null},",
            "\"properties\":null,\"notes\":null,\"client\":null}\n",
            "{\"source\":null,\"target\":\"x\"}\n",
            "{\"source\":\"نعم\",\"target\":{\"text\":null}}\n",
            "{\"source\":\"نعم\",\"target\":\"x\",\"properties\":[{\"name\":\"a\",\"value\":\"b\",\"locale\":null}]}\n",
        );
        let units = read(null);
        assert_eq!(units[0].problems, []);
        assert_eq!(units[0].drafts, read(bare)[0].drafts);
        assert_eq!((units[1].problems[0].reason, units[2].problems[0].reason), ("NO_SOURCE", "NO_TARGET"));
        assert_eq!(units[3].drafts[0].properties[0].name, "a");
    }

    #[test]
    fn further_fields_stay_as_they_were_written() {
        let units = read(concat!(
            "{\"price\":1.10,\"source\":\"نعم\",\"target\":\"yes\",\"big\":12345678901234567890123,\"exact\":-1.0E+5,",
            "\"list\":[1.50, {\"a\": \"\\u0661\"}],\"text\":\"\\u0661\\n\",\"yes\":true}\n",
            "{\"source\":\"نعم\",\"target\":\"yes\",\"client\":\"a\",\"client\":\"b\"}\n",
            "{\"source\":\"نعم\",\"target\":\"yes\",\"source\":\"لا\"}\n",
            "{\"source\":{\"text\":\"نعم\",\"text\":\"لا\"},\"target\":\"yes\"}\n",
            "{\"source\":\"نعم\",\"target\":\"yes\",\"client\":\"\\ud800\"}\n",
        ));
        let properties: Vec<_> =
            units[0].drafts[0].properties.iter().map(|p| (p.name.as_str(), p.value.as_str())).collect();
        assert_eq!(
            properties,
            [
                ("price", "1.10"),
                ("big", "12345678901234567890123"),
                ("exact", "-1.0E+5"),
                ("list", "[1.50, {\"a\": \"\\u0661\"}]"),
                ("text", "١\n"),
                ("yes", "true")
            ]
        );
        for (unit, name) in
            units[1..4].iter().zip(["`client` is given twice", "`source` is given twice", "`text`"])
        {
            assert_eq!(unit.problems[0].reason, "NOT_A_UNIT");
            assert!(unit.problems[0].message.contains(name), "{unit:?}");
        }
        assert_eq!(units[4].problems[0].reason, "NOT_A_UNIT");
    }

    #[test]
    fn a_bad_line_is_refused_and_the_others_are_read() {
        let units = read(concat!(
            "{\"source\":\"نعم\"\n",
            "{\"source\":\"نعم\"}\n",
            "{\"source\":3,\"target\":\"x\"}\n",
            "{\"source\":{\"text\":\"نعم\",\"codes\":[{\"position\":0,\"kind\":\"HALF\"}]},\"target\":\"x\"}\n",
            "{\"source\":{\"text\":\"نعم\",\"locale\":\"?\"},\"target\":\"x\"}\n",
            "{\"source\":\"نعم\",\"target\":\"x\",\"provenance\":{\"created_at\":\"today\"}}\n",
            "{\"external_id\":\"7\",\"source\":\"\",\"target\":\"x\"}\n",
            "{\"source\":\"لا\",\"target\":\"no\"}",
        ));
        let reasons: Vec<_> = units.iter().map(|u| u.problems.first().map(|p| p.reason)).collect();
        assert_eq!(
            reasons,
            [
                Some("NOT_A_UNIT"),
                Some("NO_TARGET"),
                Some("NOT_A_UNIT"),
                Some("NOT_A_UNIT"),
                Some("BAD_LOCALE"),
                Some("NOT_A_UNIT"),
                Some("NO_SOURCE"),
                None
            ]
        );
        assert!(units[2].problems[0].message.contains("a text or an object"), "{:?}", units[2]);
        assert_eq!(units[6].position.unit, "7");
    }
}
