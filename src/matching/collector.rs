//! Searches memories for several queries at once and keeps the best matches of each.

use std::{cell::Cell, cmp::Reverse, sync::Arc};

use super::{
    best::{JudgedUnit, Order, RankedMatch, TopMatches},
    index::{Completion, SimilarRow, Snapshot, UnitRef},
    judge::{Query, ScoringParams, judge},
};
use crate::{score::Score, unit::TranslationUnit};

/// Reads a unit of a row, as it was in the snapshot of the index, so that the row is its folded text. Returns
/// `None` if the unit does not take part, because a filter excludes it.
pub type ReadUnit<'r, E> = dyn FnMut(UnitRef) -> Result<Option<TranslationUnit>, E> + 'r;

/// Collects the best matches of several queries over any number of memories.
#[derive(Debug)]
pub struct Collector<'q> {
    queries: &'q [Query],
    order: Order,
    /// The most matches of one answer.
    limit: usize,
    best: Vec<TopMatches>,
    /// The most bytes that the units of the best matches may take together.
    max_bytes: usize,
    /// How many rows passed the filter of the index.
    compared_rows: usize,
}

/// When a search ends early.
#[derive(Clone, Copy)]
pub struct SearchStops<'s> {
    /// Whether the search for rows ends. The rows that were found are still judged.
    pub search: &'s dyn Fn() -> bool,
    /// Whether the judging of units ends, too.
    pub judging: &'s dyn Fn() -> bool,
}

/// The reason why a search failed.
#[derive(Debug)]
pub enum SearchFailure<E> {
    /// A unit could not be read.
    Read(E),
    /// The units of the best matches take too many bytes.
    TooManyBytes,
}

impl<'q> Collector<'q> {
    /// Makes a collector that keeps the `limit` best matches of each query that reach the threshold. Their
    /// units take `max_bytes` at most.
    #[must_use]
    pub fn new(queries: &'q [Query], order: Order, threshold: Score, limit: usize, max_bytes: usize) -> Self {
        let collected = order.collected(limit);
        let best = queries.iter().map(|_| TopMatches::new(order, threshold, collected)).collect();
        Self { queries, order, limit, best, max_bytes, compared_rows: 0 }
    }

    /// Returns how many rows passed the filter of the index so far, and were compared.
    #[must_use]
    pub fn compared_rows(&self) -> usize {
        self.compared_rows
    }

    /// Searches the rows of one memory. `read` is called for the units of every row that can still change the
    /// answer, and for no others.
    ///
    /// # Errors
    /// The first error of `read`, or that the best matches take too many bytes.
    pub fn search<E>(
        &mut self,
        rows: &Snapshot,
        scoring: &ScoringParams<'_>,
        stops: SearchStops<'_>,
        read: &mut ReadUnit<'_, E>,
    ) -> Result<Completion, SearchFailure<E>> {
        let texts: Vec<(&str, Score)> =
            self.queries.iter().zip(&self.best).map(|(q, best)| (q.folded(), best.min_score())).collect();
        let mut shown_bytes: usize = self.best.iter().map(TopMatches::shown_bytes).sum();
        let mut end = Ok(Completion::Complete);
        let ended = Cell::new(false);
        let stop_search = || ended.get() || (stops.search)();
        let (completion, compared) = rows.search_counted(&texts, &stop_search, &mut |number, row| {
            let (Some(query), Some(best)) = (self.queries.get(number), self.best.get_mut(number)) else {
                return Score::FULL;
            };
            // After the end no row is worth anything.
            if ended.get() {
                return Score::FULL;
            }
            let of_others = shown_bytes - best.shown_bytes();
            let max_bytes = self.max_bytes.saturating_sub(of_others);
            let found = FoundRow { query, row: &row, order: self.order, max_bytes };
            end = found.collect(best, scoring, stops.judging, read);
            ended.set(!matches!(end, Ok(Completion::Complete)));
            shown_bytes = of_others + best.shown_bytes();
            if ended.get() { Score::FULL } else { best.min_score() }
        });
        self.compared_rows += compared;
        if ended.get() { end } else { Ok(completion) }
    }

    /// Returns the matches of each query, best first.
    #[must_use]
    pub fn into_ranked(self) -> Vec<Vec<RankedMatch>> {
        let Self { queries, order, limit, best, .. } = self;
        let ranked = queries.iter().zip(best).map(|(query, best)| {
            let mut matches =
                best.into_ranked(|unit| query.usefulness(&unit.folded, unit.judgement.similarity));
            if order == Order::Usefulness {
                // Stable, so that the order by score decides between equally useful ones.
                matches.sort_by_key(|found| Reverse(found.usefulness));
            }
            matches.truncate(limit);
            matches
        });
        ranked.collect()
    }
}

/// A row that was found for a query.
struct FoundRow<'r> {
    query: &'r Query,
    row: &'r SimilarRow,
    order: Order,
    /// The most bytes that the units of the query's best matches may take.
    max_bytes: usize,
}

impl FoundRow<'_> {
    /// Judges the units of the row and adds them to the best matches of the query. Ends once `stop` returns true.
    fn collect<E>(
        &self,
        best: &mut TopMatches,
        scoring: &ScoringParams<'_>,
        stop: &dyn Fn() -> bool,
        read: &mut ReadUnit<'_, E>,
    ) -> Result<Completion, SearchFailure<E>> {
        let Self { query, row, order, max_bytes } = *self;
        // Caps do not limit matches that are ordered by similarity.
        let least = if order.is_by_score() { best.min_score() } else { Score::ZERO };
        let Some(row_match) = query.match_row_if_above(&row.text, row.similarity, scoring.caps, least) else {
            // Because of a flag, no unit of this row can be an answer or the duplicate of one.
            return Ok(Completion::Complete);
        };
        let text: Arc<str> = row.text.as_str().into();
        for unit in &row.units {
            // A row may have hundreds of thousands of units.
            if stop() {
                return Ok(Completion::Stopped);
            }
            let Some(unit) = read(*unit).map_err(SearchFailure::Read)? else { continue };
            let judgement = judge(query, &unit.content, &row_match, scoring);
            let differences = row_match.differences.clone();
            best.push(JudgedUnit { folded: Arc::clone(&text), unit, judgement, differences });
            if best.shown_bytes() > max_bytes {
                return Err(SearchFailure::TooManyBytes);
            }
        }
        Ok(Completion::Complete)
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, convert::Infallible};

    use super::{Collector, SearchFailure, SearchStops};
    use crate::{
        clock::Timestamp,
        locale::Locale,
        matching::{
            Completion, FoldedSegment, Index, LocalePreference, Order, Query, ScoringParams, UnitRef,
            UnitSide,
        },
        name::Name,
        score::{Caps, Penalties, Score},
        segment::Segment,
        unit::{Context, Sequence, Stamp, TranslationUnit, UnitDraft, UnitId, Variant},
    };

    const SOURCE: &str = "نعم";

    /// One of many translations of one source. The later ones are newer, so they are better matches.
    fn unit(sequence: Sequence) -> TranslationUnit {
        let source = Variant::new(Locale::arabic(), Segment::plain(SOURCE));
        // Units have the same size.
        let target = Variant::new(Locale::english(), Segment::plain(format!("{:08}", sequence.0)));
        let changed_at = Timestamp(i64::try_from(sequence.0).unwrap());
        TranslationUnit {
            id: UnitId(sequence),
            memory: Name::parse("m").unwrap(),
            content: UnitDraft::new(source, target),
            stamp: Stamp { changed_at, ..Stamp::default() },
        }
    }

    struct Found {
        end: Result<Completion, SearchFailure<Infallible>>,
        units_read: usize,
        sequences: Vec<u64>,
    }

    /// Looks the source up in a row of `units` translations.
    fn look_up(units: u64, limit: usize, max_bytes: usize, judged_before_stop: usize) -> Found {
        let mut index = Index::default();
        for n in 0..units {
            index.add(SOURCE, UnitRef { sequence: Sequence(n), fingerprint: 0 });
        }
        let queries = [Query::new(FoldedSegment::new(Segment::plain(SOURCE)), Context::default())];
        let scoring = ScoringParams {
            locales: &LocalePreference::default(),
            memory_penalty: Score::ZERO,
            penalties: &Penalties::default(),
            caps: &Caps::default(),
            side: UnitSide::Source,
        };
        let read = Cell::new(0);
        let stops = SearchStops { search: &|| false, judging: &|| read.get() == judged_before_stop };
        let mut collector = Collector::new(&queries, Order::Score, Score::ZERO, limit, max_bytes);
        let end = collector.search(&index.snapshot(), &scoring, stops, &mut |unit_ref: UnitRef| {
            read.set(read.get() + 1);
            Ok(Some(unit(unit_ref.sequence)))
        });
        let ranked = collector.into_ranked().remove(0);
        let sequences = ranked.iter().map(|m| m.judged_unit.unit.id.0.0).collect();
        Found { end, units_read: read.get(), sequences }
    }

    #[test]
    fn a_row_is_left_in_the_middle_when_judging_stops() {
        let found = look_up(1_000, 5, usize::MAX, 300);
        assert!(matches!(found.end, Ok(Completion::Stopped)));
        assert_eq!((found.units_read, found.sequences), (300, vec![299, 298, 297, 296, 295]));
    }

    #[test]
    fn only_the_units_of_the_best_matches_are_kept() {
        let bytes = 5 * unit(Sequence(0)).reply_bytes();
        let found = look_up(1_000, 5, bytes, usize::MAX);
        assert!(matches!(found.end, Ok(Completion::Complete)));
        assert_eq!((found.units_read, found.sequences), (1_000, vec![999, 998, 997, 996, 995]));
        let found = look_up(1_000, 5, bytes - 1, usize::MAX);
        assert!(matches!(found.end, Err(SearchFailure::TooManyBytes)));
        assert_eq!(found.units_read, 5, "the search ends with the unit that is too much");
    }
}
