//! Keeps the longest of nested ranges.

use std::{cmp::Reverse, ops::Range};

/// Sorts hits by place, the longer first, and removes those inside a longer one, because they are part
/// of its name. For example, *minister* is removed inside *prime minister*. Hits with equal places stay,
/// in their order.
pub fn keep_longest<T>(hits: &mut Vec<T>, place: impl Fn(&T) -> &Range<usize>) {
    hits.sort_by_key(|hit| (place(hit).start, Reverse(place(hit).end)));
    let mut furthest = 0..0;
    hits.retain(|hit| {
        // Hits that start earlier, or here and are longer, come first.
        let here = place(hit);
        let stays = here.end > furthest.end || *here == furthest;
        if stays {
            furthest = here.clone();
        }
        stays
    });
}
