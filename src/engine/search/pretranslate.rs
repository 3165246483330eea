//! What every face of pretranslation shares: the context of a segment of a document, and the order
//! of its suggestions.

use std::cmp::Reverse;

use crate::{interchange::Suggestion, score::Score, segment::Segment, unit::Context};

/// Returns the neighbours of a segment of a document as its context. Before the first and after the
/// last segment the neighbour is unknown, because a document may be a part of a larger one.
#[must_use]
pub fn context_in_document<'t>(index: usize, text_of: impl Fn(usize) -> Option<&'t str>) -> Context {
    Context {
        previous: index.checked_sub(1).and_then(&text_of).map(str::to_owned),
        following: index.checked_add(1).and_then(&text_of).map(str::to_owned),
        id: None,
    }
}

/// The target of a match with the numbers and placeholders of the segment carried over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairedTarget {
    /// The repaired target.
    pub target: Segment,
    /// Its score.
    pub score: Score,
}

/// Orders the matches of a segment as suggestions, best first. A repaired target that scores higher
/// than the stored one becomes a suggestion of its own, before it. Equal scores keep their order.
#[must_use]
pub fn ranked_suggestions(
    matches: impl IntoIterator<Item = (Suggestion, Option<RepairedTarget>)>,
) -> Vec<Suggestion> {
    let mut suggestions = Vec::new();
    for (stored, repaired) in matches {
        if let Some(RepairedTarget { target, score }) = repaired
            && score > stored.score
        {
            suggestions.push(Suggestion { target, score, ..stored.clone() });
        }
        suggestions.push(stored);
    }
    suggestions.sort_by_key(|suggestion| Reverse(suggestion.score));
    suggestions
}

#[cfg(test)]
mod tests {
    use super::{RepairedTarget, context_in_document, ranked_suggestions};
    use crate::{interchange::Suggestion, score::Score, segment::Segment};

    fn suggestion(target: &str, percent: f64) -> Suggestion {
        Suggestion {
            source: String::new(),
            target: Segment::plain(target),
            score: Score::from_percent(percent).unwrap_or_default(),
            similarity: Score::FULL,
            origin: String::new(),
        }
    }

    fn repaired(target: &str, percent: f64) -> RepairedTarget {
        let score = Score::from_percent(percent).unwrap_or_default();
        RepairedTarget { target: Segment::plain(target), score }
    }

    #[test]
    fn a_better_repair_comes_before_its_match() {
        let matches = [
            (suggestion("a", 90.0), None),
            (suggestion("b", 80.0), Some(repaired("b2", 95.0))),
            (suggestion("c", 80.0), Some(repaired("c2", 80.0))),
        ];
        let order: Vec<String> = ranked_suggestions(matches).into_iter().map(|s| s.target.text).collect();
        assert_eq!(order, ["b2", "a", "b", "c"]);
    }

    #[test]
    fn neighbours_are_the_context() {
        let texts = ["a", "b", "c"];
        let context = context_in_document(1, |n| texts.get(n).copied());
        assert_eq!((context.previous.as_deref(), context.following.as_deref()), (Some("a"), Some("c")));
        let context = context_in_document(0, |n| texts.get(n).copied());
        assert_eq!((context.previous.as_deref(), context.following.as_deref()), (None, Some("b")));
    }
}
