//! Searches memories for several queries at once and keeps the best matches of each.

use std::sync::Arc;

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
    best: Vec<TopMatches>,
}

impl<'q> Collector<'q> {
    /// Makes a collector that keeps the `limit` best matches of each query that reach the threshold.
    #[must_use]
    pub fn new(queries: &'q [Query], order: Order, threshold: Score, limit: usize) -> Self {
        let best = queries.iter().map(|_| TopMatches::new(order, threshold, limit)).collect();
        Self { queries, order, best }
    }

    /// Searches the rows of one memory. `read` is called for the units of every row that can still change the
    /// answer, and for no others.
    ///
    /// # Errors
    /// The first error of `read`.
    pub fn search<E>(
        &mut self,
        rows: &Snapshot,
        scoring: &ScoringParams<'_>,
        stop: &dyn Fn() -> bool,
        read: &mut ReadUnit<'_, E>,
    ) -> Result<Completion, E> {
        let texts: Vec<(&str, Score)> =
            self.queries.iter().zip(&self.best).map(|(q, best)| (q.folded(), best.min_score())).collect();
        let mut failed = None;
        let completion = rows.search(&texts, stop, &mut |number, row| {
            let (Some(query), Some(best)) = (self.queries.get(number), self.best.get_mut(number)) else {
                return Score::FULL;
            };
            if failed.is_none() {
                failed = collect_row(query, &row, best, self.order, scoring, read).err();
            }
            // After an error no row is worth anything.
            if failed.is_none() { best.min_score() } else { Score::FULL }
        });
        failed.map_or(Ok(completion), Err)
    }

    /// Returns the matches of each query, best first.
    #[must_use]
    pub fn into_ranked(self) -> Vec<Vec<RankedMatch>> {
        self.best.into_iter().map(TopMatches::into_ranked).collect()
    }
}

/// Judges the units of a row and adds them to the best matches of a query.
fn collect_row<E>(
    query: &Query,
    row: &SimilarRow,
    best: &mut TopMatches,
    order: Order,
    scoring: &ScoringParams<'_>,
    read: &mut ReadUnit<'_, E>,
) -> Result<(), E> {
    // Caps do not limit matches that are ordered by similarity.
    let least = if order == Order::Score { best.min_score() } else { Score::ZERO };
    let Some(row_match) = query.match_row_if_above(&row.text, row.similarity, scoring.caps, least) else {
        // Because of a flag, no unit of this row can be an answer or the duplicate of one.
        return Ok(());
    };
    let text: Arc<str> = row.text.as_str().into();
    for unit in &row.units {
        if let Some(unit) = read(*unit)? {
            let judgement = judge(query, &unit.content, &row_match, scoring);
            best.push(JudgedUnit { folded: Arc::clone(&text), unit, judgement });
        }
    }
    Ok(())
}
