//! No file of units, compressed or not, crashes its reader or makes it hang. The units that were
//! read are written as TMX and read again with the same segments.
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

fn texts(units: &[UnitDraft]) -> Vec<(&str, &str)> {
    units.iter().map(|u| (u.source.segment.text.as_str(), u.target.segment.text.as_str())).collect()
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
    units.iter().for_each(|unit| writer.write_unit(unit).expect("memory"));
    writer.finish().expect("memory");
    assert_eq!(texts(&read(UnitFormat::Tmx, &out)), texts(&units));
});
