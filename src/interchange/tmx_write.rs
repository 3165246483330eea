//! Units to TMX 1.4, level 2.

use std::io::{self, Write};

use super::{
    concepts::WriteLosses,
    dates::write_basic,
    tmx_unit::{FOLLOWING, ORIGIN, PLACE, PREVIOUS, origin_name},
    unit_writer::MemoryHead,
    xml::{Child, Node, Xml, XmlReader, XmlWriter},
};
use crate::{
    segment::{CodeKind, Segment},
    unit::{Property, UnitDraft, Variant},
};

/// Attributes that TMX has for a `<tu>` and for a `<tuv>`, beyond those that are fields here.
const UNIT: [&str; 6] = ["o-encoding", "datatype", "creationtoolversion", "segtype", "o-tmf", "srclang"];
const VARIANT: [&str; 11] = [
    "o-encoding",
    "datatype",
    "usagecount",
    "lastusagedate",
    "creationtool",
    "creationtoolversion",
    "creationdate",
    "creationid",
    "changedate",
    "changeid",
    "o-tmf",
];

pub(super) struct TmxWriter<W: Write> {
    xml: XmlWriter<W>,
}

impl<W: Write> TmxWriter<W> {
    pub(super) fn new(out: W, head: &MemoryHead) -> io::Result<Self> {
        let mut xml = XmlWriter::new(out)?;
        xml.start("tmx", &[("version", "1.4")])?;
        let header = [
            ("creationtool", "Dhakira"),
            ("creationtoolversion", env!("CARGO_PKG_VERSION")),
            ("segtype", "sentence"),
            ("o-tmf", "Dhakira"),
            ("adminlang", "en"),
            ("srclang", head.source.as_str()),
            ("datatype", "unknown"),
        ];
        xml.node(&Node::new("header", &header, ""))?;
        xml.start("body", &[])?;
        Ok(Self { xml })
    }

    pub(super) fn unit(&mut self, unit: &UnitDraft) -> io::Result<()> {
        let provenance = &unit.provenance;
        let date = |at: Option<crate::clock::Timestamp>| at.map(write_basic).unwrap_or_default();
        let own = [
            ("tuid", unit.external_id.clone()),
            ("usagecount", provenance.usage_count.map(|n| n.to_string()).unwrap_or_default()),
            ("lastusagedate", date(provenance.last_used_at)),
            ("creationtool", provenance.tool.clone()),
            ("creationdate", date(provenance.created_at)),
            ("creationid", provenance.created_by.clone()),
            ("changedate", date(provenance.changed_at)),
            ("changeid", provenance.changed_by.clone()),
        ];
        let mut attributes: Vec<(&str, &str)> = own
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let (kept, others) = attributes_of(&unit.properties, &UNIT);
        attributes.extend(kept);
        let mut tu = Node::new("tu", &attributes, "");
        notes_and_properties(&mut tu, &unit.notes, &others);
        let context = &unit.context;
        for (names, value) in [
            (&PREVIOUS[..], &context.previous),
            (&FOLLOWING[..], &context.following),
            (&PLACE[..], &context.id),
        ] {
            if let (Some(name), Some(value)) = (names.first(), value) {
                tu.children.push(Child::Node(Node::new("prop", &[("type", name)], value)));
            }
        }
        if let Some(origin) = origin_name(provenance.origin) {
            tu.children.push(Child::Node(Node::new("prop", &[("type", ORIGIN)], origin)));
        }
        tu.children.push(Child::Node(variant(&unit.source)));
        tu.children.push(Child::Node(variant(&unit.target)));
        self.xml.node(&tu)
    }

    pub(super) fn finish(mut self) -> io::Result<WriteLosses> {
        self.xml.end("body")?;
        self.xml.end("tmx")?;
        let replaced = self.xml.replaced;
        self.xml.finish()?.flush()?;
        Ok(WriteLosses { partly: 0, replaced })
    }
}

/// Parts properties into those that were attributes and are ones of this element, and
/// the others. Of several with one name the last was one: attributes are read last.
fn attributes_of<'p>(
    properties: &'p [Property],
    known: &[&str],
) -> (Vec<(&'p str, &'p str)>, Vec<&'p Property>) {
    let mut attributes: Vec<(&str, &str)> = Vec::new();
    let mut others = Vec::new();
    for property in properties.iter().rev() {
        match property.name.strip_prefix("tmx:") {
            Some(name)
                if known.contains(&name)
                    && property.locale.is_empty()
                    && !attributes.iter().any(|(other, _)| *other == name) =>
            {
                attributes.push((name, &property.value));
            }
            _ => others.push(property),
        }
    }
    attributes.reverse();
    others.reverse();
    (attributes, others)
}

fn notes_and_properties(node: &mut Node, notes: &[String], properties: &[&Property]) {
    let notes = notes.iter().map(|note| Node::new("note", &[], note));
    let property = |p: &&Property| {
        let mut attributes = vec![("type", p.name.as_str())];
        attributes.extend((!p.locale.is_empty()).then_some(("xml:lang", p.locale.as_str())));
        Node::new("prop", &attributes, &p.value)
    };
    node.children.extend(notes.chain(properties.iter().map(property)).map(Child::Node));
}

fn variant(side: &Variant) -> Node {
    let (kept, others) = attributes_of(&side.properties, &VARIANT);
    let mut attributes = vec![("xml:lang", side.locale.as_str())];
    attributes.extend(kept);
    let mut tuv = Node::new("tuv", &attributes, "");
    notes_and_properties(&mut tuv, &side.notes, &others);
    tuv.children.push(Child::Node(segment(&side.segment)));
    tuv
}

/// Writes text and codes as they were read: `hi` around its text, the others as
/// elements that hold the original markup.
fn segment(segment: &Segment) -> Node {
    // The elements that are open, the segment first.
    let mut open = vec![Node::new("seg", &[], "")];
    let mut codes = segment.codes.iter().peekable();
    let mut letters = segment.text.chars();
    let mut position = 0;
    let push = |open: &mut Vec<Node>, child: Child| {
        if let Some(parent) = open.last_mut() {
            parent.children.push(child);
        }
    };
    loop {
        let stop = codes.peek().map(|code| code.position);
        let text: String = match stop {
            Some(stop) => letters.by_ref().take(stop.saturating_sub(position) as usize).collect(),
            None => letters.by_ref().collect(),
        };
        if !text.is_empty() {
            push(&mut open, Child::Text(text));
        }
        let Some(code) = codes.next() else { break };
        position = code.position.max(position);
        let is_highlight = |raw: &str, tag: &str| raw.starts_with(tag);
        match code.kind {
            CodeKind::Open if is_highlight(&code.raw, "<hi") => open.push(highlight(&code.raw)),
            CodeKind::Close if is_highlight(&code.raw, "</hi") && open.len() > 1 => {
                if let Some(done) = open.pop() {
                    push(&mut open, Child::Node(done));
                }
            }
            kind => {
                let name = match kind {
                    CodeKind::Open => "bpt",
                    CodeKind::Close => "ept",
                    CodeKind::Isolated => "it",
                    CodeKind::Standalone => "ph",
                };
                let mut attributes: Vec<(&str, &str)> = Vec::new();
                if matches!(kind, CodeKind::Open | CodeKind::Close) {
                    attributes.push(("i", &code.pair));
                }
                if kind == CodeKind::Isolated {
                    attributes.push(("pos", if code.raw.starts_with("</") { "end" } else { "begin" }));
                }
                // An end has no number of its own.
                if !code.id.is_empty() && kind != CodeKind::Close {
                    attributes.push(("x", &code.id));
                }
                push(&mut open, Child::Node(Node::new(name, &attributes, &code.raw)));
            }
        }
    }
    while open.len() > 1 {
        if let Some(unclosed) = open.pop() {
            push(&mut open, Child::Node(unclosed));
        }
    }
    open.pop().unwrap_or_default()
}

/// Makes the element of which a highlight's start tag was kept.
fn highlight(raw: &str) -> Node {
    let mut node = Node::new("hi", &[], "");
    let whole = format!("{raw}</hi>");
    if let Ok(mut xml) = XmlReader::new(whole.as_bytes())
        && let Ok(Xml::Start(element)) = xml.next()
    {
        node.attributes = element.attributes;
    }
    node
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{
        clock::Timestamp,
        interchange::{MemoryHead, UnitFormat, UnitReader, UnitWriter},
        locale::Locale,
        segment::{CodeKind, InlineCode, Segment},
        unit::{Context, Origin, Property, Provenance, UnitDraft, Variant},
    };

    fn written(units: &[UnitDraft]) -> Vec<u8> {
        let head = MemoryHead { source: Locale::arabic(), target: Locale::english() };
        let mut bytes = Vec::new();
        let mut writer = UnitWriter::new(UnitFormat::Tmx, &mut bytes, &head).unwrap();
        units.iter().for_each(|unit| writer.unit(unit).unwrap());
        assert_eq!(writer.finish().unwrap(), Default::default());
        bytes
    }

    fn read(bytes: &[u8]) -> Vec<UnitDraft> {
        let mut reader =
            UnitReader::new(UnitFormat::Tmx, bytes, &Locale::arabic(), &Locale::english()).unwrap();
        let mut all = Vec::new();
        while let Some(unit) = reader.next_unit().unwrap() {
            assert_eq!(unit.problems, []);
            all.extend(unit.drafts);
        }
        all
    }

    /// Text that XML has; white space and all.
    fn text() -> impl Strategy<Value = String> {
        "[\\PC<&>\"'\r\n\tم]{1,12}"
    }

    fn codes(chars: usize) -> impl Strategy<Value = Vec<InlineCode>> {
        let kind = prop::sample::select(vec![
            CodeKind::Open,
            CodeKind::Close,
            CodeKind::Standalone,
            CodeKind::Isolated,
        ]);
        let most = u32::try_from(chars).unwrap();
        let one = (0..=most, kind, "[0-9]{0,2}", "[0-9]{1,2}", text()).prop_map(
            |(position, kind, id, pair, raw)| {
                let tied = matches!(kind, CodeKind::Open | CodeKind::Close);
                InlineCode {
                    position,
                    kind,
                    id: if kind == CodeKind::Close { String::new() } else { id },
                    pair: if tied { pair } else { String::new() },
                    raw,
                }
            },
        );
        prop::collection::vec(one, 0..4).prop_map(|mut codes| {
            codes.sort_by_key(|code| code.position);
            codes
        })
    }

    fn properties() -> impl Strategy<Value = Vec<Property>> {
        let name = prop::sample::select(vec!["project", "tmx:datatype", "tmx:none", "x-y", "prop"]);
        let locale = prop::sample::select(vec!["", "ar", "fr-CA"]);
        let one = (name, text(), locale).prop_map(|(name, value, locale)| Property {
            name: name.to_owned(),
            value,
            locale: locale.to_owned(),
        });
        prop::collection::vec(one, 0..3)
    }

    fn side(locale: &'static [&'static str]) -> impl Strategy<Value = Variant> {
        let parts = (prop::sample::select(locale), properties(), prop::collection::vec(text(), 0..2));
        (text(), parts).prop_flat_map(|(text, (locale, properties, notes))| {
            codes(text.chars().count()).prop_map(move |codes| Variant {
                locale: Locale::parse(locale).unwrap(),
                segment: Segment { text: text.clone(), codes },
                properties: properties.clone(),
                notes: notes.clone(),
            })
        })
    }

    fn units() -> impl Strategy<Value = UnitDraft> {
        let at = || prop::option::of((0_i64..4_000_000_000).prop_map(|s| Timestamp(s * 1_000)));
        let told = || prop_oneof![Just(String::new()), "[a-zم<&\"]{1,5}"];
        let origin =
            prop::sample::select(vec![Origin::Unknown, Origin::Human, Origin::Machine, Origin::Aligned]);
        let provenance = (told(), told(), told(), at(), at(), at(), prop::option::of(any::<u32>()), origin)
            .prop_map(
                |(
                    created_by,
                    changed_by,
                    tool,
                    created_at,
                    changed_at,
                    last_used_at,
                    usage_count,
                    origin,
                )| Provenance {
                    created_by,
                    created_at,
                    changed_by,
                    changed_at,
                    origin,
                    tool,
                    usage_count,
                    last_used_at,
                },
            );
        let around = || prop::option::of(prop_oneof![Just(String::new()), text()]);
        let context = (around(), around(), prop::option::of(text()))
            .prop_map(|(previous, following, id)| Context { previous, following, id });
        (
            side(&["ar", "ar-EG"]),
            side(&["en", "en-GB"]),
            context,
            told(),
            provenance,
            properties(),
            prop::collection::vec(text(), 0..2),
        )
            .prop_map(|(source, target, context, external_id, provenance, properties, notes)| {
                UnitDraft { source, target, context, external_id, provenance, properties, notes }
            })
    }

    /// Properties that were attributes come behind the others.
    fn ordered(mut unit: UnitDraft) -> UnitDraft {
        let sort = |p: &mut Vec<Property>| {
            p.sort_by(|a, b| (&a.name, &a.value, &a.locale).cmp(&(&b.name, &b.value, &b.locale)));
        };
        sort(&mut unit.properties);
        sort(&mut unit.source.properties);
        sort(&mut unit.target.properties);
        unit
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(units in prop::collection::vec(units(), 0..4)) {
            let bytes = written(&units);
            let back = read(&bytes);
            prop_assert_eq!(
                back.iter().cloned().map(ordered).collect::<Vec<_>>(),
                units.into_iter().map(ordered).collect::<Vec<_>>()
            );
            let text = |bytes| String::from_utf8(bytes).unwrap();
            prop_assert_eq!(text(written(&read(&written(&back)))), text(written(&back)));
        }
    }

    #[test]
    fn highlights_stand_around_their_text() {
        let file = "<tmx version='1.4'><body><tu><tuv xml:lang='ar'><seg>قال <hi type='b' x='1'>نعم <hi>ثم</hi></hi> لا</seg></tuv><tuv xml:lang='en'><seg>y</seg></tuv></tu></body></tmx>";
        let units = read(file.as_bytes());
        let out = String::from_utf8(written(&units)).unwrap();
        assert!(out.contains("<seg>قال <hi type=\"b\" x=\"1\">نعم <hi>ثم</hi></hi> لا</seg>"), "{out}");
        assert_eq!(read(out.as_bytes()), units);
    }
}
