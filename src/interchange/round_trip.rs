//! What is written is read: for every format, units of all kinds.

use proptest::prelude::*;

use super::{Languages, MemoryHead, UnitFormat, UnitReader, UnitWriter, WriteLosses};
use crate::{
    clock::Timestamp,
    locale::Locale,
    segment::{CodeKind, InlineCode, Segment},
    unit::{Context, Origin, Property, Provenance, UnitDraft, Variant},
};

/// Writes a file, and tells what it does not hold.
pub(crate) fn written(format: UnitFormat, units: &[UnitDraft]) -> (Vec<u8>, WriteLosses) {
    let head = MemoryHead { source: Locale::arabic(), target: Locale::english() };
    let mut bytes = Vec::new();
    let mut writer = UnitWriter::new(format, &mut bytes, &head).unwrap();
    units.iter().for_each(|unit| writer.unit(unit).unwrap());
    let losses = writer.finish().unwrap();
    (bytes, losses)
}

/// Reads a file without a problem.
pub(crate) fn read(format: UnitFormat, bytes: &[u8]) -> Vec<UnitDraft> {
    let mut reader = UnitReader::new(format, bytes, &Languages::default()).unwrap();
    let mut all = Vec::new();
    while let Some(unit) = reader.next_unit().unwrap() {
        assert_eq!(unit.problems, [], "{}", String::from_utf8_lossy(bytes));
        all.extend(unit.drafts);
    }
    all
}

/// Text that XML has; white space and all.
fn text() -> impl Strategy<Value = String> {
    "[\\PC<&>\"'\r\n\tم]{1,12}"
}

fn codes(chars: usize) -> impl Strategy<Value = Vec<InlineCode>> {
    let kind =
        prop::sample::select(vec![CodeKind::Open, CodeKind::Close, CodeKind::Standalone, CodeKind::Isolated]);
    let most = u32::try_from(chars).unwrap();
    let one =
        (0..=most, kind, "[0-9]{0,2}", "[0-9]{1,2}", text()).prop_map(|(position, kind, id, pair, raw)| {
            let tied = matches!(kind, CodeKind::Open | CodeKind::Close);
            InlineCode { position, kind, id, pair: if tied { pair } else { String::new() }, raw }
        });
    prop::collection::vec(one, 0..4).prop_map(|mut codes| {
        codes.sort_by_key(|code| code.position);
        codes
    })
}

fn properties() -> impl Strategy<Value = Vec<Property>> {
    let name = prop::sample::select(vec![
        "project",
        "tmx:datatype",
        "tmx:none",
        "x-y",
        "prop",
        "po:reference",
        "xliff:state",
    ]);
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
    let told = || prop_oneof![Just(String::new()), "[a-zم<&\"#]{1,5}"];
    let origin = prop::sample::select(vec![Origin::Unknown, Origin::Human, Origin::Machine, Origin::Aligned]);
    let provenance = (told(), told(), told(), at(), at(), at(), prop::option::of(any::<u32>()), origin)
        .prop_map(
            |(created_by, changed_by, tool, created_at, changed_at, last_used_at, usage_count, origin)| {
                Provenance {
                    created_by,
                    created_at,
                    changed_by,
                    changed_at,
                    origin,
                    tool,
                    usage_count,
                    last_used_at,
                }
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
        .prop_map(|(source, target, context, external_id, provenance, properties, notes)| UnitDraft {
            source,
            target,
            context,
            external_id,
            provenance,
            properties,
            notes,
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

/// Formats that hold everything.
const WHOLE: [UnitFormat; 2] = [UnitFormat::Tmx, UnitFormat::Jsonl];

const OTHERS: [UnitFormat; 5] =
    [UnitFormat::Tmx, UnitFormat::TmxLevel1, UnitFormat::Csv, UnitFormat::Po, UnitFormat::Xliff];

/// Ends are known by their beginnings: TMX has no place for an id of theirs.
fn without_numbered_ends(mut unit: UnitDraft) -> UnitDraft {
    let codes = unit.source.segment.codes.iter_mut().chain(&mut unit.target.segment.codes);
    codes.filter(|c| c.kind == CodeKind::Close).for_each(|c| c.id.clear());
    unit
}

/// Ends known by their beginnings are the same with an id and without.
fn known_ends(mut unit: UnitDraft) -> UnitDraft {
    let codes = unit.source.segment.codes.iter_mut().chain(&mut unit.target.segment.codes);
    codes.for_each(|c| c.id = c.own_id().to_owned());
    unit
}

fn all_ordered(units: &[UnitDraft]) -> Vec<UnitDraft> {
    units.iter().cloned().map(ordered).collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read(units in prop::collection::vec(units(), 0..4)) {
        for format in WHOLE {
            let units: Vec<UnitDraft> = match format {
                UnitFormat::Tmx => units.iter().cloned().map(without_numbered_ends).collect(),
                _ => units.clone(),
            };
            let (bytes, losses) = written(format, &units);
            prop_assert_eq!(losses, WriteLosses::default());
            let back = read(format, &bytes);
            prop_assert_eq!(all_ordered(&back), all_ordered(&units));
            let again = |units: &[UnitDraft]| String::from_utf8(written(format, units).0).unwrap();
            prop_assert_eq!(again(&read(format, again(&back).as_bytes())), again(&back));
        }
    }

    /// What a format does not count as lost is there, and what it does hold stays.
    #[test]
    fn what_is_lost_is_counted(unit in units(), bare in any::<[bool; 6]>()) {
        prop_assume!(!unit.source.segment.text.trim().is_empty() && !unit.target.segment.text.trim().is_empty());
        let mut unit = unit;
        let [codes, sides, context, id, provenance, properties] = bare;
        for side in [&mut unit.source, &mut unit.target] {
            if codes {
                side.segment.codes.clear();
            }
            if sides {
                (side.properties, side.notes) = (Vec::new(), Vec::new());
                side.locale = Locale::parse(side.locale.language()).unwrap();
            }
        }
        if context {
            (unit.context.previous, unit.context.following) = (None, None);
        }
        if id {
            unit.external_id.clear();
        }
        if provenance {
            unit.provenance = Provenance::default();
        }
        if properties {
            unit.properties.clear();
        }
        for format in OTHERS {
            let (bytes, losses) = written(format, std::slice::from_ref(&unit));
            let back = read(format, &bytes);
            prop_assert_eq!(back.len(), 1);
            let text = |unit: &UnitDraft| (unit.source.segment.text.clone(), unit.target.segment.text.clone());
            prop_assert_eq!(text(&back[0]), text(&unit));
            if losses == WriteLosses::default() {
                let same = |unit: &UnitDraft| known_ends(ordered(unit.clone()));
                prop_assert_eq!(same(&back[0]), same(&unit), "{:?}", format);
            }
        }
    }
}

#[test]
fn every_format_holds_something_whole() {
    let variant = |locale, text: &str| Variant {
        locale,
        segment: Segment::plain(text),
        properties: Vec::new(),
        notes: Vec::new(),
    };
    let unit = UnitDraft {
        source: variant(Locale::arabic(), "نعم، \"هذا\"\nوذاك"),
        target: variant(Locale::english(), "yes, \\ \"this\"\nand that"),
        context: Context::default(),
        external_id: String::new(),
        provenance: Provenance::default(),
        properties: Vec::new(),
        notes: vec!["a note".to_owned()],
    };
    for format in WHOLE.into_iter().chain(OTHERS) {
        let (bytes, losses) = written(format, std::slice::from_ref(&unit));
        assert_eq!(losses, WriteLosses::default(), "{format:?}");
        assert_eq!(read(format, &bytes), std::slice::from_ref(&unit), "{format:?}");
        assert!(read(format, &written(format, &[]).0).is_empty(), "{format:?}");
    }
    // A catalogue has each message once.
    let other = UnitDraft { target: variant(Locale::english(), "yes"), ..unit.clone() };
    let (bytes, losses) = written(UnitFormat::Po, &[unit, other]);
    assert_eq!(losses.partly, 1);
    assert_eq!(read(UnitFormat::Po, &bytes)[1].context.id.as_deref(), Some("#2"));
}
