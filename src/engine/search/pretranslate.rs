//! What every face of pretranslation shares: the context of a segment of a document, and the order
//! of its suggestions.

use std::cmp::Reverse;

use crate::{
    interchange::{PluralFormToTranslate, Suggestion},
    score::Score,
    segment::{InlineCode, Segment},
    unit::Context,
};

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

/// Returns true if several different translations are equally good, so that nothing says which of them is right. They
/// have the score of the first suggestion and its kind, because a match with an equal context is better than one
/// without. White space at the ends makes no difference.
///
/// For example, `%d files` may have been translated for three and for a hundred files, which Arabic distinguishes.
#[must_use]
pub fn are_tied(suggestions: &[Suggestion]) -> bool {
    let Some((best, others)) = suggestions.split_first() else { return false };
    let equal = others.iter().take_while(|other| other.score == best.score);
    let mut rivals = equal.filter(|other| other.kind == best.kind);
    rivals.any(|other| other.target.text.trim() != best.target.text.trim())
}

/// Puts the translations that are a plural form first, among those that are equally good. Returns true if several
/// different ones of them are the best or, if the best is another form, several of all.
#[must_use]
pub fn prefer_plural_form(suggestions: &mut [Suggestion], form: &PluralFormToTranslate) -> bool {
    let is_form = |suggestion: &Suggestion| form.is_among(&suggestion.plural_forms);
    // The sort is stable, so equally good ones of each group keep their order.
    suggestions.sort_by_key(|suggestion| (Reverse(suggestion.score), !is_form(suggestion)));
    let forms = suggestions.iter().take_while(|suggestion| is_form(suggestion)).count();
    are_tied(if forms == 0 { suggestions } else { suggestions.get(..forms).unwrap_or_default() })
}

/// Returns a stored translation with the inline codes that it gets in a document. `carried` are the codes of the segment
/// that could be carried over.
///
/// If the stored source is the segment itself, with the same codes, the stored translation is used with its own codes,
/// even if it has fewer of them.
#[must_use]
pub fn target_with_codes(
    segment: &Segment,
    source: &Segment,
    target: Segment,
    carried: Option<Vec<InlineCode>>,
) -> Segment {
    if source.is_same(segment) {
        return target;
    }
    Segment { text: target.text, codes: carried.unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::{
        RepairedTarget, are_tied, context_in_document, prefer_plural_form, ranked_suggestions,
        target_with_codes,
    };
    use crate::{
        interchange::{PluralFormToTranslate, Suggestion},
        score::{MatchKind, Score},
        segment::{CodeKind, InlineCode, Segment},
    };

    fn suggestion(target: &str, percent: f64) -> Suggestion {
        Suggestion {
            source: Segment::default(),
            target: Segment::plain(target),
            kind: MatchKind::Exact,
            score: Score::from_percent(percent).unwrap_or_default(),
            similarity: Score::FULL,
            origin: String::new(),
            plural_forms: Vec::new(),
        }
    }

    #[test]
    fn different_translations_that_are_equally_good_are_tied() {
        let tied = |suggestions: &[(&str, f64)]| {
            let all: Vec<_> =
                suggestions.iter().map(|(target, percent)| suggestion(target, *percent)).collect();
            are_tied(&all)
        };
        assert!(!tied(&[]) && !tied(&[("a", 100.0)]));
        assert!(!tied(&[("a", 100.0), ("b", 99.99)]));
        assert!(!tied(&[("a", 100.0), (" a\n", 100.0)]));
        // The third one decides, too.
        assert!(tied(&[("a", 100.0), ("a ", 100.0), ("b", 100.0)]));
        // A context that agrees decides between them.
        let in_context = Suggestion { kind: MatchKind::InContext, ..suggestion("a", 100.0) };
        assert!(!are_tied(&[in_context.clone(), suggestion("b", 100.0)]));
        assert!(are_tied(&[in_context.clone(), Suggestion { target: Segment::plain("b"), ..in_context }]));
    }

    #[test]
    fn the_translation_of_the_same_plural_form_comes_first() {
        let of = |target: &str, percent: f64, forms: &[&str]| Suggestion {
            plural_forms: forms.iter().map(|form| (*form).to_owned()).collect(),
            ..suggestion(target, percent)
        };
        let few = PluralFormToTranslate { categories: "few".to_owned(), only_count: None };
        let order = |all: &[Suggestion]| {
            let mut all = all.to_vec();
            let tied = prefer_plural_form(&mut all, &few);
            (all.into_iter().map(|s| s.target.text).collect::<Vec<_>>().join(" "), tied)
        };
        let (many, right) = (of("m", 100.0, &["many"]), of("f", 100.0, &["many", "few other"]));
        assert_eq!(order(&[many.clone(), right.clone()]), ("f m".to_owned(), false));
        assert_eq!(order(&[right, many.clone(), of("g", 100.0, &["few"])]), ("f g m".to_owned(), true));
        // A better match stays the first one, although it is another form.
        assert_eq!(order(&[many.clone(), of("f", 99.0, &["few"])]), ("m f".to_owned(), false));
        assert_eq!(order(&[many, of("o", 100.0, &[])]), ("m o".to_owned(), true));
        // A form that is only for a part of the counts is another one.
        let both = PluralFormToTranslate { categories: "few many".to_owned(), only_count: None };
        assert!(
            !both.is_among(&["few".to_owned(), "many".to_owned()])
                && both.is_among(&["zero few many".to_owned()])
        );
    }

    #[test]
    fn the_same_segment_keeps_the_codes_of_its_translation() {
        let code = |position, raw: &str| InlineCode {
            position,
            kind: CodeKind::Standalone,
            id: String::new(),
            pair: String::new(),
            raw: raw.to_owned(),
        };
        let source = Segment { text: "نعم".to_owned(), codes: vec![code(0, "<x/>"), code(3, "<y/>")] };
        let target = Segment { text: "yes".to_owned(), codes: vec![code(0, "<x/>")] };
        assert_eq!(target_with_codes(&source, &source, target.clone(), None), target);
        let other = Segment { codes: vec![code(0, "<z/>"), code(3, "<y/>")], ..source.clone() };
        assert_eq!(target_with_codes(&other, &source, target.clone(), None), Segment::plain("yes"));
        let carried = vec![code(0, "<z/>")];
        let made = target_with_codes(&other, &source, target, Some(carried.clone()));
        assert_eq!(made.codes, carried);
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
