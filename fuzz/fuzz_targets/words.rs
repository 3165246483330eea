//! The ranges of words, tokens and readings are inside their text.
#![no_main]

use dhakira::text::{RollingHash, arabic::clitics::FoldedWords, count_words, tokens, words};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut at = 0;
    for token in tokens(text) {
        assert!(token.start >= at && token.end > token.start && text.get(token.start..token.end).is_some());
        at = token.end;
    }
    assert!(count_words(text) <= text.chars().count());
    let mut letters = FoldedWords::default();
    for (n, word) in words(text).into_iter().enumerate() {
        letters.push(word.text);
        let word = letters.word(n);
        let mut readings = Vec::new();
        word.add_readings(&mut readings);
        for reading in readings {
            assert!(reading.before + reading.after <= word.folded().len());
            assert_eq!(RollingHash::of(&word.base(&reading)), reading.hash);
        }
    }
});
