//! No file of units crashes its reader or makes it hang.
#![no_main]

use dhakira::{
    interchange::{UnitFormat, UnitReader},
    locale::Locale,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &[u8])| {
    let (tmx, bytes) = input;
    let format = if tmx { UnitFormat::Tmx } else { UnitFormat::Tsv };
    let Ok(mut reader) = UnitReader::new(format, bytes, &Locale::arabic(), &Locale::english()) else { return };
    while let Ok(Some(unit)) = reader.next_unit() {
        assert!(!unit.drafts.is_empty() || !unit.problems.is_empty());
    }
});
