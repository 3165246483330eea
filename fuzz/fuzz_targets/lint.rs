//! The ranges of lint findings are inside the text, and the suggestions differ from the text there.
#![no_main]

use dhakira::text::lint;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for finding in lint(text) {
        let surface = text.get(finding.range);
        assert!(surface.is_some_and(|s| !s.is_empty()));
        assert_ne!(finding.suggestion.as_deref(), surface);
    }
});
