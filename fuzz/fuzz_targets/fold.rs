//! Folding is idempotent, and the fold map points back into the surface.
#![no_main]

use dhakira::text::{FoldMap, folded, folds_used, same};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str)| {
    let (text, other) = texts;
    let (visible, plain) = (same(text), folded(text));
    assert_eq!(same(&visible), visible);
    assert_eq!(folded(&plain), plain);
    assert_eq!(folded(&visible), plain);
    let map = FoldMap::folded(text);
    assert_eq!(map.text, plain);
    let mut before = 0;
    for (folded, surface) in map.stretches() {
        assert!(map.text.get(folded).is_some() && text.get(surface.clone()).is_some());
        assert!(surface.start >= before || surface.end >= before);
        before = surface.start;
    }
    let _ = folds_used(text, other);
});
