//! Of what stands inside one another the longest.

use std::{cmp::Reverse, ops::Range};

/// Orders hits by place, the longer first, and leaves out what lies inside a longer one: it is
/// a part of that one's name. Hits with equal places keep their order.
pub fn longest<T>(hits: &mut Vec<T>, place: impl Fn(&T) -> &Range<usize>) {
    hits.sort_by_key(|hit| (place(hit).start, Reverse(place(hit).end)));
    let mut furthest = 0..0;
    hits.retain(|hit| {
        // What started before, or here and is longer, came before.
        let here = place(hit);
        let stays = here.end > furthest.end || *here == furthest;
        if stays {
            furthest = here.clone();
        }
        stays
    });
}
