//! Words, tokens and readings lie in their text.
#![no_main]

use dhakira::text::{arabic::clitics::readings, count_words, folded, tokens, words};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut at = 0;
    for token in tokens(text) {
        assert!(token.start >= at && token.end > token.start && text.get(token.start..token.end).is_some());
        at = token.end;
    }
    assert!(count_words(text) <= text.chars().count());
    for word in words(text) {
        let folded = folded(word.text);
        let letters = folded.chars().count();
        assert!(readings(&folded).iter().all(|r| r.before + r.after <= letters));
    }
});
