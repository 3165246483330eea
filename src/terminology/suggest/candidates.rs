//! Scores pairs of phrases and selects the suggestions.

use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    arabic::ArabicWordCounts,
    english,
    options::SuggestOptions,
    phrases::{Phrase, Phrases, WordSequence},
};
use crate::score::Score;

/// A term candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermSuggestion {
    /// The Arabic phrase in its most frequent spelling, without proclitics.
    pub source: String,
    /// The English phrase in its most frequent spelling.
    pub target: String,
    /// The number of segments with the Arabic phrase.
    pub source_count: u32,
    /// The number of segments with the English phrase.
    pub target_count: u32,
    /// The number of segments with both.
    pub together: u32,
    /// Dice's coefficient of these numbers, rounded down.
    pub score: Score,
    /// The numbers of the first few segments with both.
    pub examples: Vec<usize>,
}

/// The most examples of a candidate.
const MAX_EXAMPLES: usize = 3;

/// The smallest share of its segments in which a phrase must occur outside a longer one. A phrase
/// that nearly always is a part of a longer one is not a term of its own.
const MIN_SHARE_ALONE: f64 = 0.25;

/// The share of another score, in percent, from which a score is nearly as good. A longer phrase is
/// preferred to a part of it that scores only a little better.
const NEARLY_AS_GOOD_PERCENT: u32 = 90;

/// Returns whether a score is at least nearly as good as another.
fn is_nearly_as_good(score: Score, as_what: Score) -> bool {
    u32::from(score.hundredths()) * 100 >= NEARLY_AS_GOOD_PERCENT * u32::from(as_what.hundredths())
}

/// The most words of a segment, on either side. Longer segments are left out, because too many of
/// their phrases occur together by chance, and all of these pairs would be counted.
const MAX_SEGMENT_WORDS: usize = 100;

/// The lowest log-likelihood ratio. Below it, two phrases may occur together by chance.
const MIN_LIKELIHOOD: f64 = 15.0;

/// The most pairs of phrases to count. Segments that are all alike have many.
const MAX_PHRASE_PAIRS: usize = 200_000_000;

/// Returns the number of pairs of phrases to count.
fn phrase_pair_count((sources, targets): &(Phrases, Phrases), segments: usize) -> usize {
    (0..segments)
        .filter_map(|n| u32::try_from(n).ok())
        .map(|n| sources.of_segment(n).len() * targets.of_segment(n).len())
        .sum()
}

/// Returns whether one side of a segment is short enough to be counted.
fn is_short(side: &[WordSequence]) -> bool {
    side.iter().map(Vec::len).sum::<usize>() <= MAX_SEGMENT_WORDS
}

/// Finds candidates in pairs of segments, the best first. Returns `None` once `stop` returns true.
#[must_use]
pub fn suggest(
    pairs: &[(String, String)],
    options: &SuggestOptions,
    stop: &dyn Fn() -> bool,
) -> Option<Vec<TermSuggestion>> {
    let go_on = || (!stop()).then_some(());
    let arabic =
        ArabicWordCounts::learn(pairs.iter().take_while(|_| !stop()).map(|(source, _)| source.as_str()));
    let (mut sources, mut targets) = (Vec::with_capacity(pairs.len()), Vec::with_capacity(pairs.len()));
    for (source, target) in pairs {
        go_on()?;
        let both = (arabic.stretches(source), english::stretches(target));
        let (source, target) = if is_short(&both.0) && is_short(&both.1) { both } else { Default::default() };
        sources.push(source);
        targets.push(target);
    }
    let (sources, targets) = loop {
        let gathered = (Phrases::gather(&sources, options, stop)?, Phrases::gather(&targets, options, stop)?);
        if phrase_pair_count(&gathered, pairs.len()) <= MAX_PHRASE_PAIRS {
            break gathered;
        }
        // Count only the newer half. The segments left out are emptied, so the others keep their
        // numbers.
        let filled = sources.iter().position(|s| !s.is_empty()).unwrap_or_default();
        let half = filled + (sources.len() - filled).div_ceil(2);
        for side in [&mut sources, &mut targets] {
            side.iter_mut().take(half).for_each(Vec::clear);
        }
    };
    let mut found: Vec<PhrasePair> = Vec::new();
    let mut together: FxHashMap<u32, u32> = FxHashMap::default();
    for (source, phrase) in sources.all() {
        go_on()?;
        together.clear();
        for segment in &phrase.segments {
            for target in targets.of_segment(*segment) {
                *together.entry(*target).or_default() += 1;
            }
        }
        found.extend(best_pair(source, phrase, &together, &targets, pairs.len(), options));
    }
    let mut suggestions: Vec<TermSuggestion> = Vec::new();
    for candidate in without_parts(found, &sources, stop) {
        go_on()?;
        suggestions.extend(to_suggestion(&candidate, &sources, &targets));
    }
    let mut seen = FxHashSet::default();
    suggestions.retain(|s| seen.insert((s.source.clone(), s.target.clone())));
    suggestions.sort_by(|a, b| {
        rank(b).total_cmp(&rank(a)).then_with(|| (&a.source, &a.target).cmp(&(&b.source, &b.target)))
    });
    go_on()?;
    Some(suggestions)
}

/// Returns the number that orders suggestions: a high score that many segments support comes first.
fn rank(suggestion: &TermSuggestion) -> f64 {
    suggestion.score.percent() * f64::from(1 + suggestion.together).ln()
}

/// A source phrase with its target phrase.
struct PhrasePair {
    source: u32,
    target: u32,
    together: u32,
    score: Score,
}

/// Returns a source phrase with its best target phrase, if there is a good one.
fn best_pair(
    source: u32,
    phrase: &Phrase,
    together: &FxHashMap<u32, u32>,
    targets: &Phrases,
    segments: usize,
    options: &SuggestOptions,
) -> Option<PhrasePair> {
    let segments = u32::try_from(segments).unwrap_or(u32::MAX);
    let source_count = phrase.segment_count();
    let mut scored: Vec<(Score, usize, u32, u32)> = together
        .iter()
        .filter(|(_, together)| **together >= options.min_together)
        .filter_map(|(target, together)| {
            let other = targets.get(*target)?;
            let target_count = other.segment_count();
            let score = dice(*together, source_count, target_count);
            let likely = likelihood(*together, source_count, target_count, segments);
            let good = score >= options.min_score && likely >= MIN_LIKELIHOOD;
            good.then_some((score, other.words.len(), *target, *together))
        })
        .collect();
    let top = scored.iter().map(|s| s.0).max()?;
    scored.retain(|s| is_nearly_as_good(s.0, top));
    // Of those that are nearly as good as the best: the longest, then the better, then the first.
    scored.sort_by_key(|s| (Reverse(s.1), Reverse(s.0), s.2));
    let (score, _, target, together) = *scored.first()?;
    // Other phrases than nouns and names are not terms. A name is recognized by its capitals, a noun
    // phrase by the article, which it has now and then.
    let is_name = targets.get(target).is_some_and(Phrase::is_name);
    (phrase.may_be_noun() || is_name).then_some(PhrasePair { source, target, together, score })
}

/// Removes phrases that are nearly always a part of a longer one, and those that have a better rival
/// with the same target: a longer phrase around them that is nearly as good, or any clearly better one.
/// Removes all once `stop` returns true.
fn without_parts(mut found: Vec<PhrasePair>, sources: &Phrases, stop: &dyn Fn() -> bool) -> Vec<PhrasePair> {
    let mut of_target: FxHashMap<u32, Vec<(u32, Score)>> = FxHashMap::default();
    for candidate in &found {
        of_target.entry(candidate.target).or_default().push((candidate.source, candidate.score));
    }
    found.retain(|candidate| {
        let Some(phrase) = sources.get(candidate.source).filter(|_| !stop()) else { return false };
        let in_longer = f64::from(sources.max_longer_segments(candidate.source));
        let all = phrase.segments.len();
        #[expect(clippy::cast_precision_loss, reason = "segments are counted in millions at most")]
        let stands_alone = (all as f64 - in_longer) / all as f64 >= MIN_SHARE_ALONE;
        let mut rivals = of_target.get(&candidate.target).into_iter().flatten();
        stands_alone
            && !rivals.any(|(other, score)| {
                *other != candidate.source
                    && sources.get(*other).is_some_and(|o| {
                        let longer =
                            o.words.len() > phrase.words.len() && is_nearly_as_good(*score, candidate.score);
                        longer && o.contains(phrase) || !is_nearly_as_good(candidate.score, *score)
                    })
            })
    });
    found
}

/// Makes the suggestion of a candidate.
fn to_suggestion(candidate: &PhrasePair, sources: &Phrases, targets: &Phrases) -> Option<TermSuggestion> {
    let (source, target) = (sources.get(candidate.source)?, targets.get(candidate.target)?);
    let examples = source.segments.iter().filter(|s| targets.of_segment(**s).contains(&candidate.target));
    Some(TermSuggestion {
        source: source.surface(),
        target: target.surface(),
        source_count: source.segment_count(),
        target_count: target.segment_count(),
        together: candidate.together,
        score: candidate.score,
        examples: examples.take(MAX_EXAMPLES).map(|s| *s as usize).collect(),
    })
}

/// Returns Dice's coefficient of two phrases, from the numbers of segments with both and with each.
fn dice(together: u32, source: u32, target: u32) -> Score {
    let hundredths = u64::from(together) * 20_000 / u64::from(source + target).max(1);
    Score::from_hundredths(u16::try_from(hundredths).unwrap_or(u16::MAX))
}

/// Returns Dunning's log-likelihood ratio of two phrases: `both` segments have both, `a` and `b` have
/// each, of `n` segments in all.
fn likelihood(both: u32, a: u32, b: u32, n: u32) -> f64 {
    let (both, a, b, n) = (f64::from(both), f64::from(a), f64::from(b), f64::from(n));
    let cells = [
        (both, a * b / n),
        (a - both, a * (n - b) / n),
        (b - both, (n - a) * b / n),
        (n - a - b + both, (n - a) * (n - b) / n),
    ];
    // A cell with 0 segments adds nothing to the sum.
    let seen = cells.into_iter().filter(|(seen, _)| *seen > 0.0);
    2.0 * seen.map(|(seen, expected)| seen * (seen / expected).ln()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::{dice, likelihood, suggest};
    use crate::score::Score;
    use crate::terminology::suggest::options::SuggestOptions;

    fn pairs(rows: &[(&str, &str)]) -> Vec<(String, String)> {
        rows.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn phrases_that_come_together_are_suggested_with_examples() {
        let mut rows = Vec::new();
        for (n, (day, tag)) in
            [("السبت", "Saturday"), ("الأحد", "Sunday"), ("الاثنين", "Monday"), ("الجمعة", "Friday")]
                .iter()
                .enumerate()
        {
            rows.push((format!("اجتمع مجلس الأمن يوم {day}"), format!("The Security Council met on {tag}")));
            rows.push((format!("وقال إن الهدنة انهارت {n}"), format!("He said the truce had collapsed {n}")));
            rows.push((
                format!("رفض بمجلس الأمن القرار رقم {n}"),
                format!("the Security Council rejected decision number {n}"),
            ));
            rows.push((format!("لا هدنة في المدينة {n}"), format!("No truce in the city, {n}")));
            rows.push((format!("شيء آخر تماما {n}"), format!("something else entirely {n}")));
        }
        let found = suggest(&rows, &SuggestOptions::default(), &|| false).unwrap();
        let rows: Vec<_> = found.iter().map(|s| (s.source.as_str(), s.target.as_str(), s.together)).collect();
        assert!(rows.contains(&("مجلس الأمن", "Security Council", 8)), "{rows:?}");
        assert!(rows.contains(&("هدنة", "truce", 8)), "{rows:?}");
        assert!(!rows.iter().any(|t| t.0 == "مجلس" || t.0 == "الأمن" || t.1 == "council"), "{rows:?}");
        let council = found.iter().find(|s| s.target == "Security Council").unwrap();
        assert_eq!((council.examples.as_slice(), council.score), (&[0, 2, 5][..], Score::FULL));
    }

    #[test]
    fn a_part_of_a_longer_phrase_is_not_a_term_even_with_a_function_word_between() {
        let days = ["السبت", "الأحد", "الاثنين", "الجمعة"];
        let rows: Vec<_> = (0..8)
            .flat_map(|n| {
                [
                    (format!("{}، الوقود إلى غزة {n}", days[n % 4]), format!("day {n}: fuel to Gaza")),
                    (format!("شيء آخر تماما {n}"), format!("something else entirely {n}")),
                ]
            })
            .collect();
        let found = suggest(&rows, &SuggestOptions::default(), &|| false).unwrap();
        assert!(found.iter().any(|s| s.source == "الوقود إلى غزة"), "{found:?}");
        assert!(found.iter().all(|s| s.source != "الوقود" && s.source != "غزة"), "{found:?}");
    }

    #[test]
    fn long_segments_are_ignored() {
        let mut rows = Vec::new();
        for n in 0..300 {
            rows.push((format!("الوفد الكبير {n}"), format!("big delegation {n}")));
            rows.push(("هدنة ".repeat(2_000), "truce ".repeat(1_600)));
        }
        let found = suggest(&rows, &SuggestOptions::default(), &|| false).unwrap();
        assert!(found.iter().any(|s| s.target == "big delegation"), "{found:?}");
        assert!(found.iter().all(|s| !s.target.contains("truce")), "{found:?}");
    }

    #[test]
    fn the_score_is_exact() {
        assert_eq!(dice(57, 100, 100), Score::from_whole(57));
        assert_eq!(dice(1, 3, 3).hundredths(), 3_333);
    }

    #[test]
    fn few_pairs_give_no_suggestions() {
        assert_eq!(suggest(&[], &SuggestOptions::default(), &|| false), Some(vec![]));
        let few = pairs(&[("", ""), ("نعم", "yes")]);
        assert_eq!(suggest(&few, &SuggestOptions::default(), &|| false), Some(vec![]));
    }

    #[test]
    fn chance_is_unlikely_to_be_taken_for_more() {
        assert!(likelihood(10, 100, 100, 1_000).abs() < 1e-9);
        assert!(likelihood(100, 100, 100, 1_000) > 600.0);
    }

    #[test]
    fn suggesting_ends_whenever_it_is_stopped() {
        let rows: Vec<_> = (0..8)
            .flat_map(|n| {
                [
                    (format!("وصل الوفد إلى المدينة {n}"), format!("The delegation reached the city {n}")),
                    (format!("شيء آخر تماما {n}"), format!("something else entirely {n}")),
                ]
            })
            .collect();
        let run = |calls_before_stop: usize| {
            let calls = Cell::new(0);
            let stop = || {
                calls.set(calls.get() + 1);
                calls.get() > calls_before_stop
            };
            (suggest(&rows, &SuggestOptions::default(), &stop), calls.get())
        };
        let (whole, calls) = run(usize::MAX);
        assert!(whole.is_some_and(|found| !found.is_empty()) && calls > 20, "{calls}");
        for n in 0..calls {
            let (stopped, further) = run(n);
            assert_eq!(stopped, None, "stopped at call {n}");
            assert!(further <= n + 10, "{further} calls after a stop at call {n}");
        }
    }
}
