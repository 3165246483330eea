//! No file of units, packed or not, crashes its reader or makes it hang, and what was
//! read is written and read again with the same segments.
#![no_main]

use dhakira::{
    interchange::{Languages, MemoryHead, UnitFormat, UnitReader, UnitWriter},
    locale::Locale,
    unit::UnitDraft,
};
use libfuzzer_sys::fuzz_target;

fn read(format: UnitFormat, bytes: &[u8]) -> Vec<UnitDraft> {
    let mut all = Vec::new();
    let Ok(mut reader) = UnitReader::new(format, bytes, &Languages::default()) else { return all };
    while let Ok(Some(unit)) = reader.next_unit() {
        assert!(!unit.drafts.is_empty() || !unit.problems.is_empty());
        all.extend(unit.drafts);
    }
    all
}

const FORMATS: [UnitFormat; 6] =
    [UnitFormat::Tmx, UnitFormat::Xliff, UnitFormat::Tsv, UnitFormat::Csv, UnitFormat::Jsonl, UnitFormat::Po];

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, bytes) = input;
    let format = FORMATS[usize::from(choice) % FORMATS.len()];
    let units = read(format, bytes);
    let head = MemoryHead { source: Locale::arabic(), target: Locale::english() };
    let mut out = Vec::new();
    let mut writer = UnitWriter::new(UnitFormat::Tmx, &mut out, &head).expect("memory");
    units.iter().for_each(|unit| writer.unit(unit).expect("memory"));
    writer.finish().expect("memory");
    let text = |unit: &UnitDraft| (unit.source.segment.text.clone(), unit.target.segment.text.clone());
    assert_eq!(read(UnitFormat::Tmx, &out).iter().map(text).collect::<Vec<_>>(), units.iter().map(text).collect::<Vec<_>>());
});
