//! Any text is cut into segments that are in order and leave out no letter or digit between them.
#![no_main]

use dhakira::text::{BuiltInRules, Newlines, SegmentationOptions, segment};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, u8, bool, bool, &str)| {
    let (arabic, newlines, break_at_semicolon, break_at_colon, text) = input;
    let rules = if arabic { BuiltInRules::Arabic } else { BuiltInRules::Uax29 };
    let newlines = [Newlines::Hard, Newlines::AfterComma, Newlines::Soft][usize::from(newlines % 3)];
    let options = SegmentationOptions { rules, newlines, break_at_semicolon, break_at_colon };
    let mut at = 0;
    for range in segment(text, &options) {
        assert!(range.start >= at && range.end > range.start);
        assert!(text[at..range.start].chars().all(|c| c.is_whitespace() || !c.is_alphanumeric()));
        at = range.end;
    }
});
