//! Property tests of all formats: a unit that is written to a file and read again is the same.

use proptest::prelude::*;

use super::{Languages, MemoryHead, UnitFormat, UnitReader, UnitWriter, WriteLosses};
use crate::{
    clock::Timestamp,
    locale::Locale,
    segment::{CodeKind, InlineCode, Segment},
    unit::{Context, Origin, Property, Provenance, ReviewState, UnitDraft, Variant},
};

/// Writes a file. Returns its bytes and the counts of what it could not hold.
pub(crate) fn write_units(format: UnitFormat, units: &[UnitDraft]) -> (Vec<u8>, WriteLosses) {
    let head = MemoryHead { source: Locale::arabic(), target: Locale::english() };
    let mut bytes = Vec::new();
    let mut writer = UnitWriter::new(format, &mut bytes, &head).unwrap();
    units.iter().for_each(|unit| writer.write_unit(unit).unwrap());
    let losses = writer.finish().unwrap();
    (bytes, losses)
}

/// Reads a file that must have no problems.
pub(crate) fn read_units(format: UnitFormat, bytes: &[u8]) -> Vec<UnitDraft> {
    let mut reader = UnitReader::new(format, bytes, &Languages::default()).unwrap();
    let mut all = Vec::new();
    while let Some(unit) = reader.next_unit().unwrap() {
        assert_eq!(unit.problems, [], "{}", String::from_utf8_lossy(bytes));
        all.extend(unit.drafts);
    }
    all
}

/// Text of characters that XML allows, including white space.
fn text() -> impl Strategy<Value = String> {
    "[\\PC<&>\"'\r\n\tم]{1,12}"
}

fn codes(chars: usize) -> impl Strategy<Value = Vec<InlineCode>> {
    let kind =
        prop::sample::select(vec![CodeKind::Open, CodeKind::Close, CodeKind::Standalone, CodeKind::Isolated]);
    let end = u32::try_from(chars).unwrap();
    let one =
        (0..=end, kind, "[0-9]{0,2}", "[0-9]{1,2}", text()).prop_map(|(position, kind, id, pair, raw)| {
            let paired = matches!(kind, CodeKind::Open | CodeKind::Close);
            InlineCode { position, kind, id, pair: if paired { pair } else { String::new() }, raw }
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
        "xliff:state-qualifier",
        "xliff:approved",
        "x-ConfirmationLevel",
        "x-Origin",
    ]);
    // Words by which readers decide whether a translation is confirmed.
    let review_word = prop::sample::select(vec![
        "Draft",
        "RejectedTranslation",
        "ApprovedSignOff",
        "MachineTranslation",
        "new",
        "final",
        "needs-adaptation",
        "leveraged-mt",
        "fuzzy-match",
        "rejected-grammar",
        "yes",
    ]);
    let value = prop_oneof![text(), review_word.prop_map(str::to_owned)];
    let locale = prop::sample::select(vec!["", "ar", "fr-CA"]);
    let one = (name, value, locale).prop_map(|(name, value, locale)| Property {
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

/// A time to the second, as TMX has it, or none.
fn optional_time() -> impl Strategy<Value = Option<Timestamp>> {
    prop::option::of((0_i64..4_000_000_000).prop_map(|s| Timestamp(s * 1_000)))
}

fn short_or_empty_text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-zم<&\"#]{1,5}"]
}

/// The text of a neighbouring segment, which may be empty, or none.
fn optional_neighbour() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop_oneof![Just(String::new()), text()])
}

fn units() -> impl Strategy<Value = UnitDraft> {
    let origin = prop::sample::select(vec![Origin::Unknown, Origin::Human, Origin::Machine, Origin::Aligned]);
    let review = prop::sample::select(vec![ReviewState::Confirmed, ReviewState::Unreviewed]);
    let author =
        prop_oneof![4 => short_or_empty_text(), 1 => Just("MT!".to_owned()), 1 => Just("ALIGN!".to_owned())];
    let names = (author.clone(), author, short_or_empty_text());
    let times = (optional_time(), optional_time(), optional_time());
    let provenance = (names, times, prop::option::of(any::<u32>()), origin, review).prop_map(
        |(
            (created_by, changed_by, tool),
            (created_at, changed_at, last_used_at),
            usage_count,
            origin,
            review,
        )| {
            Provenance {
                created_by,
                created_at,
                changed_by,
                changed_at,
                origin,
                review,
                tool,
                usage_count,
                last_used_at,
            }
        },
    );
    let context = (optional_neighbour(), optional_neighbour(), prop::option::of(text()))
        .prop_map(|(previous, following, id)| Context { previous, following, id });
    (
        side(&["ar", "ar-EG"]),
        side(&["en", "en-GB"]),
        context,
        short_or_empty_text(),
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

/// Sorts the properties of a unit, because a reader puts those that were attributes after the others.
fn ordered(mut unit: UnitDraft) -> UnitDraft {
    for properties in [&mut unit.properties, &mut unit.source.properties, &mut unit.target.properties] {
        properties.sort_by(|a, b| (&a.name, &a.value, &a.locale).cmp(&(&b.name, &b.value, &b.locale)));
    }
    unit
}

/// The formats that hold everything that a unit holds.
const LOSSLESS_FORMATS: [UnitFormat; 2] = [UnitFormat::Tmx, UnitFormat::Jsonl];

const COUNTED_FORMATS: [UnitFormat; 5] =
    [UnitFormat::Tmx, UnitFormat::TmxLevel1, UnitFormat::Csv, UnitFormat::Po, UnitFormat::Xliff];

/// Removes the ids of closing codes: TMX ties a closing code to its opening one and has no id for it.
fn without_numbered_ends(mut unit: UnitDraft) -> UnitDraft {
    let codes = unit.source.segment.codes.iter_mut().chain(&mut unit.target.segment.codes);
    codes.filter(|c| c.kind == CodeKind::Close).for_each(|c| c.id.clear());
    unit
}

/// Removes the ids of closing codes that repeat their pair, because such a code means the same without.
fn known_ends(mut unit: UnitDraft) -> UnitDraft {
    let codes = unit.source.segment.codes.iter_mut().chain(&mut unit.target.segment.codes);
    codes.for_each(|c| c.id = c.distinct_id().to_owned());
    unit
}

fn all_ordered(units: &[UnitDraft]) -> Vec<UnitDraft> {
    units.iter().cloned().map(ordered).collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read(units in prop::collection::vec(units(), 0..4)) {
        for format in LOSSLESS_FORMATS {
            let units: Vec<UnitDraft> = match format {
                UnitFormat::Tmx => units.iter().cloned().map(without_numbered_ends).collect(),
                _ => units.clone(),
            };
            let (bytes, losses) = write_units(format, &units);
            prop_assert_eq!(losses, WriteLosses::default());
            let back = read_units(format, &bytes);
            prop_assert_eq!(all_ordered(&back), all_ordered(&units));
            let (bytes, _) = write_units(format, &back);
            let (again, _) = write_units(format, &read_units(format, &bytes));
            prop_assert_eq!(String::from_utf8(again).unwrap(), String::from_utf8(bytes).unwrap());
        }
    }

    /// The texts are always read back; if the writer counts no loss, so is all the rest.
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
        for format in COUNTED_FORMATS {
            let (bytes, losses) = write_units(format, std::slice::from_ref(&unit));
            let back = read_units(format, &bytes);
            prop_assert_eq!(back.len(), 1);
            prop_assert_eq!(&back[0].source.segment.text, &unit.source.segment.text);
            prop_assert_eq!(&back[0].target.segment.text, &unit.target.segment.text);
            if losses == WriteLosses::default() {
                let [back, unit] = [&back[0], &unit].map(|unit| known_ends(ordered(unit.clone())));
                prop_assert_eq!(back, unit, "{:?}", format);
            }
        }
    }
}

#[test]
fn every_format_holds_something_whole() {
    let unit = UnitDraft {
        source: Variant::new(Locale::arabic(), Segment::plain("نعم، \"هذا\"\nوذاك")),
        target: Variant::new(Locale::english(), Segment::plain("yes, \\ \"this\"\nand that")),
        context: Context::default(),
        external_id: String::new(),
        provenance: Provenance::default(),
        properties: Vec::new(),
        notes: vec!["a note".to_owned()],
    };
    for format in LOSSLESS_FORMATS.into_iter().chain(COUNTED_FORMATS) {
        let (bytes, losses) = write_units(format, std::slice::from_ref(&unit));
        assert_eq!(losses, WriteLosses::default(), "{format:?}");
        assert_eq!(read_units(format, &bytes), std::slice::from_ref(&unit), "{format:?}");
        assert!(read_units(format, &write_units(format, &[]).0).is_empty(), "{format:?}");
    }
    // A catalogue must have each message only once.
    let target = Variant::new(Locale::english(), Segment::plain("yes"));
    let other = UnitDraft { target, ..unit.clone() };
    let (bytes, losses) = write_units(UnitFormat::Po, &[unit, other]);
    assert_eq!(losses.partial, 1);
    assert_eq!(read_units(UnitFormat::Po, &bytes)[1].context.id.as_deref(), Some("#2"));
}
