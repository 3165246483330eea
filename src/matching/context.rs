//! Compares the contexts of two segments.

use crate::{text::same, unit::Context};

/// Returns whether two contexts agree. They agree if
///
/// - both have an id and the ids are equal,
/// - or both neighbours are known and equal,
/// - or one neighbour is known and equal, and the other is unknown on at least one side.
///
/// An absent id or neighbour never equals another absent one. An empty neighbour is known: it marks the start
/// or the end of the document. Neighbours are compared at level *same*.
#[must_use]
pub(super) fn context_agrees(query: &Context, stored: &Context) -> bool {
    if query.id.is_some() && query.id == stored.id {
        return true;
    }
    let previous = neighbours_equal(query.previous.as_deref(), stored.previous.as_deref());
    let following = neighbours_equal(query.following.as_deref(), stored.following.as_deref());
    matches!((previous, following), (Some(true), Some(true) | None) | (None, Some(true)))
}

/// Returns whether two neighbours are equal; `None` if one of them is unknown.
fn neighbours_equal(a: Option<&str>, b: Option<&str>) -> Option<bool> {
    let (a, b) = (a?, b?);
    Some(a == b || same(a) == same(b))
}

#[cfg(test)]
mod tests {
    use super::context_agrees;
    use crate::unit::Context;

    fn context(previous: Option<&str>, following: Option<&str>, id: Option<&str>) -> Context {
        Context {
            previous: previous.map(Into::into),
            following: following.map(Into::into),
            id: id.map(Into::into),
        }
    }

    #[test]
    fn contexts_agree_by_id_or_neighbours() {
        let (a, b) = (Some("قبل"), Some("بعد"));
        for (query, stored, agree) in [
            (context(a, b, None), context(a, b, None), true),
            (context(Some("قبـل "), b, None), context(a, b, None), true),
            (context(a, None, None), context(a, b, None), true),
            (context(None, b, None), context(a, b, None), true),
            (context(a, Some("آخر"), None), context(a, b, None), false),
            (context(None, None, None), context(None, None, None), false),
            (context(a, None, None), context(None, b, None), false),
            (context(Some(""), b, None), context(Some(""), b, None), true),
            (context(Some(""), b, None), context(a, b, None), false),
            (context(None, None, Some("k")), context(a, b, Some("k")), true),
            (context(None, None, Some("k")), context(None, None, Some("l")), false),
        ] {
            assert_eq!(context_agrees(&query, &stored), agree, "{query:?} {stored:?}");
            assert_eq!(context_agrees(&stored, &query), agree, "the other way round");
        }
    }
}
