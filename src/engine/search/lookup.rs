//! Fuzzy lookups.

use std::{cmp::Reverse, sync::Arc};

use rustc_hash::FxHashSet;

use super::{
    deadline::{Deadline, LateWork},
    filter::Filter,
};
use crate::{
    caller::Caller,
    engine::{
        access::Right,
        catalog::{GlossaryView, MemoryView},
        core::Engine,
        glossary::RecognizedTerm,
        memory::to_translation_unit,
    },
    fault::{Fault, Violation},
    limits::Limits,
    locale::Locale,
    matching::{
        Collector, Completion, FoldedSegment, LocalePreference, LookupMatch, Order, Query, ScoringParams,
        SearchFailure, SearchStops, TermOccurrence, UnitRef, UnitSide,
    },
    name::Name,
    score::{Caps, Penalties, Score},
    segment::Segment,
    terminology::RecognizeOptions,
    unit::{Context, Sequence, TranslationUnit},
};

/// A memory to search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemorySelection {
    /// Its name.
    pub name: Name,
    /// The penalty on each of its matches.
    pub penalty: Score,
}

/// Options of a lookup: where to search, and which matches to return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupOptions {
    /// The memories. If there are none, all memories of the language pair.
    pub memories: Vec<MemorySelection>,
    /// The locales that the caller prefers.
    pub locales: LocalePreference,
    /// The minimum score, or the minimum similarity if the order is by similarity.
    pub threshold: Score,
    /// The maximum number of matches.
    pub limit: usize,
    /// The filter that units have to pass.
    pub filter: Filter,
    /// Glossaries whose terms are recognised.
    pub glossaries: Vec<Name>,
    /// Whether terms inside longer terms are returned, too.
    pub nested_terms: bool,
    /// The order of the matches.
    pub order: Order,
    /// The side of the units that is compared: the target for reverse lookups.
    pub side: UnitSide,
    /// The points of each penalty.
    pub penalties: Penalties,
    /// The maximum scores of matches with flags.
    pub caps: Caps,
}

impl Default for LookupOptions {
    fn default() -> Self {
        Self {
            memories: Vec::new(),
            locales: LocalePreference::default(),
            threshold: Score::from_hundredths(7_000),
            limit: 5,
            filter: Filter::default(),
            glossaries: Vec::new(),
            nested_terms: false,
            order: Order::Score,
            side: UnitSide::Source,
            penalties: Penalties::default(),
            caps: Caps::default(),
        }
    }
}

/// The answer for one segment.
#[derive(Clone, Debug, Default)]
pub struct LookupAnswer {
    /// Matches, best first.
    pub matches: Vec<LookupMatch>,
    /// Terms in the segment.
    pub terms: Vec<RecognizedTerm>,
    /// Whether the deadline passed. The matches are then the best that were found by that time.
    pub truncated: bool,
    /// What finding it took, together with the other segments of its group.
    pub effort: LookupEffort,
}

/// What a lookup of one segment, or of a group of segments, took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LookupEffort {
    /// Memories that were searched.
    pub memories: usize,
    /// Distinct folded texts in their indexes.
    pub rows: usize,
    /// Rows that passed the filter of the index and were compared, for all segments.
    pub candidates: usize,
}

/// The number of segments of a batch that are looked up together. They share each block of the index
/// while it is in the cache, and a group still takes only milliseconds.
const SEGMENTS_PER_GROUP: usize = 32;

/// How many replies of the largest size the units of the best matches may take while a group is looked up.
/// The best matches of the moment are not yet those of the answer, so their units may take more than
/// the answer will. Several groups run at once, so they must not take much more.
const HELD_REPLIES: usize = 8;

/// Returns the fault for matches that have more bytes than a reply may have.
#[must_use]
pub fn matches_too_large(limits: &Limits) -> Fault {
    let remedy = "lower the limit, raise the threshold, send fewer queries in one call, or use LookupStream, \
                  which answers each query in a message of its own";
    Fault::reply_too_large("options.limit", limits.reply_bytes, remedy)
}

/// Segments that are looked up in the same state of the memories.
#[derive(Debug)]
pub struct LookupBatch {
    groups: Vec<QueryGroup>,
    scope: LookupScope,
    options: LookupOptions,
    deadline: Deadline,
}

/// Segments of similar length, with their positions in the batch.
#[derive(Debug)]
struct QueryGroup {
    positions: Vec<usize>,
    queries: Vec<Query>,
}

impl LookupBatch {
    /// Returns the longest segment of a group.
    #[must_use]
    pub fn longest(&self, group: usize) -> &str {
        let queries = self.groups.get(group).into_iter().flat_map(|group| &group.queries);
        let texts = queries.map(|query| query.segment.text.as_str());
        texts.max_by_key(|text| text.len()).unwrap_or_default()
    }

    /// Returns the threshold of the lookups.
    #[must_use]
    pub fn threshold(&self) -> Score {
        self.options.threshold
    }

    /// Returns the number of groups.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Returns which side of the units is compared.
    #[must_use]
    pub fn side(&self) -> UnitSide {
        self.options.side
    }
}

/// The collections that a lookup reads, as they were when it began.
#[derive(Debug)]
struct LookupScope {
    memories: Vec<(Arc<MemoryView>, Score)>,
    glossaries: Vec<Arc<GlossaryView>>,
}

impl Engine {
    /// Looks up one segment.
    ///
    /// # Errors
    /// The violations of a segment's check, `MEMORY_TWICE`, `LANGUAGE_PAIR_DIFFERS`, `UNKNOWN_MEMORY`,
    /// `UNKNOWN_GLOSSARY`, `REPLY_TOO_LARGE`, and errors of the store.
    pub fn lookup(
        &self,
        caller: &Caller,
        segment: Segment,
        context: Context,
        options: &LookupOptions,
        deadline: &Deadline,
    ) -> Result<LookupAnswer, Fault> {
        let segment = self.checker().segment(segment)?;
        let scope = self.resolve_scope(caller, options)?;
        let queries = [Query::new(segment, context)];
        let mut answers = self.answer_queries(&queries, &scope, options, deadline)?;
        Ok(answers.pop().unwrap_or_default())
    }

    /// Prepares many segments, which [`Checker::queries`](crate::engine::Checker::queries) has checked,
    /// to be looked up in the same state of the memories. Segments of similar length are grouped,
    /// because they share most of the work. The groups can be answered on several cores.
    ///
    /// # Errors
    /// `MEMORY_TWICE`, `LANGUAGE_PAIR_DIFFERS`, `UNKNOWN_MEMORY`, `UNKNOWN_GLOSSARY`.
    pub fn prepare_batch(
        &self,
        caller: &Caller,
        queries: Vec<(FoldedSegment, Context)>,
        options: LookupOptions,
        deadline: Deadline,
    ) -> Result<LookupBatch, Fault> {
        let mut numbered: Vec<(usize, Query)> =
            queries.into_iter().map(|(segment, context)| Query::new(segment, context)).enumerate().collect();
        let scope = self.resolve_scope(caller, &options)?;
        // The longest first, so that one core is not left alone with them at the end.
        numbered.sort_by_cached_key(|(_, query)| Reverse(query.folded().chars().count()));
        let mut groups = Vec::with_capacity(numbered.len().div_ceil(SEGMENTS_PER_GROUP));
        let mut rest = numbered.into_iter().peekable();
        while rest.peek().is_some() {
            let (positions, queries) = rest.by_ref().take(SEGMENTS_PER_GROUP).unzip();
            groups.push(QueryGroup { positions, queries });
        }
        Ok(LookupBatch { groups, scope, options, deadline })
    }

    /// Answers one group of a batch. Returns the position of each of its segments in the batch, with the
    /// answer; nothing if the batch has no such group.
    ///
    /// # Errors
    /// `REPLY_TOO_LARGE`, and errors of the store.
    pub fn answer_group(
        &self,
        batch: &LookupBatch,
        group: usize,
    ) -> Result<Vec<(usize, LookupAnswer)>, Fault> {
        let Some(QueryGroup { positions, queries }) = batch.groups.get(group) else {
            return Ok(Vec::new());
        };
        let answers = self.answer_queries(queries, &batch.scope, &batch.options, &batch.deadline)?;
        Ok(positions.iter().copied().zip(answers).collect())
    }

    /// Answers several segments in the same state of the memories.
    fn answer_queries(
        &self,
        queries: &[Query],
        scope: &LookupScope,
        options: &LookupOptions,
        deadline: &Deadline,
    ) -> Result<Vec<LookupAnswer>, Fault> {
        let max_bytes = HELD_REPLIES * self.limits.reply_bytes;
        let mut collector =
            Collector::new(queries, options.order, options.threshold, options.limit, max_bytes);
        let stops = SearchStops {
            search: &|| deadline.has_passed(),
            judging: &|| deadline.has_passed_for(LateWork::Judging),
        };
        let mut truncated = false;
        let mut effort = LookupEffort { memories: scope.memories.len(), ..LookupEffort::default() };
        for (memory, penalty) in &scope.memories {
            let scoring = ScoringParams {
                locales: &options.locales,
                memory_penalty: *penalty,
                penalties: &options.penalties,
                caps: &options.caps,
                side: options.side,
            };
            let rows = match options.side {
                UnitSide::Source => &memory.sources,
                UnitSide::Target => &memory.targets,
            };
            let completion = collector.search(rows, &scoring, stops, &mut |unit: UnitRef| {
                self.unit_of_row(memory, unit.sequence, &options.filter)
            });
            let completion = completion.map_err(|failure| match failure {
                SearchFailure::Read(fault) => fault,
                SearchFailure::TooManyBytes => matches_too_large(&self.limits),
            })?;
            truncated |= completion == Completion::Stopped;
            effort.rows += rows.sources();
        }
        effort.candidates = collector.compared_rows();
        let recognize = RecognizeOptions { nested: options.nested_terms, fuzzy: false };
        let mut answers = Vec::with_capacity(queries.len());
        for (query, matches) in queries.iter().zip(collector.into_ranked()) {
            let terms = self.recognize_terms(&scope.glossaries, &query.segment.text, recognize);
            let mut completed = Vec::with_capacity(matches.len());
            for ranked in matches {
                // The best match is always completed. A diff of long texts takes milliseconds.
                if !completed.is_empty() && deadline.has_passed_for(LateWork::Completing) {
                    truncated = true;
                    break;
                }
                let mut completed_match = LookupMatch::new(query, ranked, options.side);
                exchange_terms(&mut completed_match, query, &scope.glossaries, options.side);
                completed.push(completed_match);
            }
            answers.push(LookupAnswer {
                matches: completed,
                terms: terms.map_err(|too_many| too_many.into_violation("options.glossaries"))?,
                truncated,
                effort,
            });
        }
        Ok(answers)
    }

    /// Reads a unit that a lookup found. Returns `None` if the filter excludes it.
    fn unit_of_row(
        &self,
        memory: &MemoryView,
        sequence: Sequence,
        filter: &Filter,
    ) -> Result<Option<TranslationUnit>, Fault> {
        let stored = self.unit_in_view(memory, sequence)?;
        let passing = stored.filter(|stored| filter.passes(&stored.content, &stored.stamp));
        Ok(passing.map(|stored| to_translation_unit(&memory.info.name, sequence, stored)))
    }
}

/// Repairs the translation of a match if only a term of the glossaries differs.
fn exchange_terms(found: &mut LookupMatch, query: &Query, glossaries: &[Arc<GlossaryView>], side: UnitSide) {
    if glossaries.is_empty() || !found.may_exchange_terms(side) {
        return;
    }
    let asked = term_occurrences(glossaries, &query.segment.text);
    if !asked.is_empty() {
        let stored = term_occurrences(glossaries, found.stored_source());
        found.exchange_terms(query, &asked, &stored);
    }
}

/// Finds the longest terms of glossaries in a text. A text with too many for an answer has none here, because
/// a repair is only an offer.
fn term_occurrences(glossaries: &[Arc<GlossaryView>], text: &str) -> Vec<TermOccurrence> {
    let mut all = Vec::new();
    for view in glossaries {
        let Ok(found) = view.find_terms(text, RecognizeOptions::default()) else { return Vec::new() };
        all.extend(found.map(|(concept, found)| TermOccurrence {
            words: found.words,
            core: found.core,
            term: found.term,
            concept: Arc::clone(concept),
        }));
    }
    all
}

fn has_languages(memory: &MemoryView, source: &Locale, target: &Locale) -> bool {
    memory.info.source_locale.has_same_language(source) && memory.info.target_locale.has_same_language(target)
}

impl Engine {
    /// Returns the collections that a lookup reads, in their current state.
    fn resolve_scope(&self, caller: &Caller, options: &LookupOptions) -> Result<LookupScope, Fault> {
        let collections = self.collections(caller, Right::Read)?;
        let mut seen = FxHashSet::default();
        let mut memories = Vec::new();
        for (n, selected) in options.memories.iter().enumerate() {
            if !seen.insert(&selected.name) {
                let message = format!("'{}' is named twice: name each memory once", selected.name);
                return Err(
                    Violation::new(format!("options.memories[{n}].name"), "MEMORY_TWICE", message).into()
                );
            }
            memories.push((Arc::clone(collections.memory(&selected.name)?), selected.penalty));
        }
        let first = memories.first().map(|(m, _)| &m.info);
        let source = options.locales.source.as_ref().or(first.map(|info| &info.source_locale));
        let source = source.cloned().unwrap_or_else(Locale::arabic);
        let target = options.locales.target.as_ref().or(first.map(|info| &info.target_locale));
        let target = target.cloned().unwrap_or_else(Locale::english);
        if options.memories.is_empty() {
            memories = collections
                .memories()
                .filter(|(_, m)| has_languages(m, &source, &target))
                .map(|(_, m)| (Arc::clone(m), Score::ZERO))
                .collect();
        }
        if let Some(n) = memories.iter().position(|(m, _)| !has_languages(m, &source, &target)) {
            let message = format!(
                "this memory is not from '{source}' to '{target}': search each language pair on its own"
            );
            return Err(Violation::new(
                format!("options.memories[{n}].name"),
                "LANGUAGE_PAIR_DIFFERS",
                message,
            )
            .into());
        }
        let glossaries = options.glossaries.iter().map(|name| collections.glossary(name).cloned());
        Ok(LookupScope { memories, glossaries: glossaries.collect::<Result<_, _>>()? })
    }
}
