//! Fuzzy lookups.

use std::{borrow::Cow, cmp::Reverse, sync::Arc};

use rustc_hash::FxHashSet;

use super::{deadline::Deadline, filter::Filter};
use crate::{
    caller::Caller,
    engine::{
        access::Right,
        catalog::{GlossaryView, MemoryView},
        core::Engine,
        glossary::RecognizedTerm,
        memory::told,
    },
    fault::{Fault, Violation},
    locale::Locale,
    matching::{
        Asked, Best, Candidate, Completion, DiffSpan, FoldedSegment, Hit, LocaleWish, Localized, Order,
        Ranked, Repair, RepairRefusal, Row, Terms, UnitSide, carried_codes, diff, judge, repair, reported,
    },
    name::Name,
    score::{Caps, Flag, Penalties, Score},
    segment::{InlineCode, Segment},
    store::StoreError,
    terminology::Wanted,
    text::folded,
    unit::{Context, Variant},
};

/// A memory to search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemorySelection {
    /// Its name.
    pub name: Name,
    /// Points off each of its matches.
    pub penalty: Score,
}

/// Where and how to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupOptions {
    /// The memories; none: every one of the language pair.
    pub memories: Vec<MemorySelection>,
    /// The locales that the caller named.
    pub locales: LocaleWish,
    /// The least score, or similarity where the order is by similarity.
    pub threshold: Score,
    /// How many matches at most.
    pub limit: usize,
    /// Which units take part.
    pub filter: Filter,
    /// Glossaries whose terms are recognised.
    pub glossaries: Vec<Name>,
    /// Also terms inside longer ones.
    pub nested_terms: bool,
    /// What matches are ordered by.
    pub order: Order,
    /// Which side of the units is compared; the other one for reverse lookups.
    pub side: UnitSide,
    /// Points off.
    pub penalties: Penalties,
    /// The most that flagged matches are worth.
    pub caps: Caps,
}

impl Default for LookupOptions {
    fn default() -> Self {
        Self {
            memories: Vec::new(),
            locales: LocaleWish::default(),
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

/// A match with its diff.
#[derive(Clone, Debug)]
pub struct LookupMatch {
    /// The unit and its worth.
    pub ranked: Ranked,
    /// What would turn the stored source into the text asked for.
    pub diff: Vec<DiffSpan>,
    /// The other side with the values of the segment asked for, if only these
    /// differ, or why they are not carried over.
    pub repair: Result<Option<Repair>, RepairRefusal>,
    /// The codes of the segment asked for at their places in the other side,
    /// if they correspond to the stored ones.
    pub codes: Option<Vec<InlineCode>>,
}

/// The answer for one segment.
#[derive(Clone, Debug, Default)]
pub struct LookupAnswer {
    /// Matches, best first.
    pub matches: Vec<LookupMatch>,
    /// Terms in the segment.
    pub terms: Vec<RecognizedTerm>,
    /// The deadline ran out: these are the best found by then.
    pub truncated: bool,
}

/// Segments of a batch that are looked up at once: enough to share a block of
/// the index while it is in the cache, few enough to be done in milliseconds.
const GROUP: usize = 32;

/// Segments to be looked up on one state of the memories.
#[derive(Debug)]
pub struct LookupBatch {
    groups: Vec<Group>,
    scope: Scope,
    options: LookupOptions,
    deadline: Deadline,
}

/// Segments of near length, with their places in the batch.
#[derive(Debug)]
struct Group {
    places: Vec<usize>,
    asked: Vec<Asked>,
}

impl LookupBatch {
    /// Returns how many groups there are.
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

/// The collections that a lookup works on, held as they are at one moment.
#[derive(Debug)]
struct Scope {
    memories: Vec<(Arc<MemoryView>, Score)>,
    glossaries: Vec<Arc<GlossaryView>>,
}

impl Engine {
    /// Looks up one segment.
    ///
    /// # Errors
    /// What the check of a segment finds, `MEMORY_TWICE`,
    /// `LANGUAGE_PAIR_DIFFERS`, `UNKNOWN_MEMORY`, `UNKNOWN_GLOSSARY`, or the store's.
    pub fn lookup(
        &self,
        caller: &Caller,
        segment: Segment,
        context: Context,
        options: &LookupOptions,
        deadline: &Deadline,
    ) -> Result<LookupAnswer, Fault> {
        let segment = self.checker().segment(segment)?;
        let scope = self.scope(caller, options)?;
        let asked = [Asked::new(segment, context)];
        let mut answers = self.answers(&asked, &scope, options, deadline)?;
        Ok(answers.pop().unwrap_or_default())
    }

    /// Prepares many segments, which [`Checker::queries`] has checked, to be looked up on one state
    /// of the memories.
    /// Segments of near length are grouped, since they share most of the
    /// work; the groups may be answered on several cores.
    ///
    /// # Errors
    /// `MEMORY_TWICE`, `LANGUAGE_PAIR_DIFFERS`, `UNKNOWN_MEMORY`, `UNKNOWN_GLOSSARY`.
    pub fn batch(
        &self,
        caller: &Caller,
        queries: Vec<(FoldedSegment, Context)>,
        options: LookupOptions,
        deadline: Deadline,
    ) -> Result<LookupBatch, Fault> {
        let mut asked: Vec<(usize, Asked)> =
            queries.into_iter().map(|(segment, context)| Asked::new(segment, context)).enumerate().collect();
        let scope = self.scope(caller, &options)?;
        // The longest first: what takes longest is not left to one core at the end.
        asked.sort_by_cached_key(|(_, a)| Reverse(a.folded().chars().count()));
        let mut groups = Vec::with_capacity(asked.len().div_ceil(GROUP));
        let mut rest = asked.into_iter().peekable();
        while rest.peek().is_some() {
            let (places, asked) = rest.by_ref().take(GROUP).unzip();
            groups.push(Group { places, asked });
        }
        Ok(LookupBatch { groups, scope, options, deadline })
    }

    /// Answers one group of a batch: the places of its segments in the batch,
    /// each with its answer. A group that is not there has none.
    ///
    /// # Errors
    /// The store's.
    pub fn answer_group(
        &self,
        batch: &LookupBatch,
        group: usize,
    ) -> Result<Vec<(usize, LookupAnswer)>, Fault> {
        let Some(Group { places, asked }) = batch.groups.get(group) else { return Ok(Vec::new()) };
        let answers = self.answers(asked, &batch.scope, &batch.options, &batch.deadline)?;
        Ok(places.iter().copied().zip(answers).collect())
    }

    /// Answers several segments on the same state of the memories.
    fn answers(
        &self,
        asked: &[Asked],
        scope: &Scope,
        options: &LookupOptions,
        deadline: &Deadline,
    ) -> Result<Vec<LookupAnswer>, Fault> {
        let mut best: Vec<Best> =
            asked.iter().map(|_| Best::new(options.order, options.threshold, options.limit)).collect();
        let mut failed: Option<StoreError> = None;
        let mut truncated = false;
        for (memory, penalty) in &scope.memories {
            let terms_of = Terms {
                wish: &options.locales,
                memory: *penalty,
                prices: &options.penalties,
                caps: &options.caps,
                side: options.side,
            };
            let texts: Vec<(&str, Score)> =
                asked.iter().zip(&best).map(|(a, best)| (a.folded(), best.bar())).collect();
            let mut visit = |number: usize, hit: Hit| {
                let (Some(asked), Some(best)) = (asked.get(number), best.get_mut(number)) else {
                    return Score::FULL;
                };
                // By similarity flags do not count.
                let least = if options.order == Order::Score { best.bar() } else { Score::ZERO };
                let Some(found) = asked.found_above(&hit.text, hit.similarity, &options.caps, least) else {
                    // Whatever its units are: no answer, and no duplicate of one.
                    return best.bar();
                };
                let row_text: Arc<str> = hit.text.as_str().into();
                for unit in &hit.units {
                    match self.stored_unit(memory.number, unit.sequence) {
                        // Deleted since the snapshot was taken.
                        Ok(None) => {}
                        Ok(Some(stored)) => {
                            if options.filter.passes(&stored.content, &stored.stamp) {
                                // What changed since is stamped with a later change.
                                let is_units = stored.stamp.change_id <= memory.change_id;
                                let row = Row { found: &found, is_units };
                                let judgement = judge(asked, &stored.content, row, &terms_of);
                                let unit = told(&memory.info.name, unit.sequence, stored);
                                let folded = is_units.then(|| Arc::clone(&row_text));
                                best.offer(Candidate { folded, unit, judgement });
                            }
                        }
                        Err(cause) => failed = Some(cause),
                    }
                }
                best.bar()
            };
            let rows = match options.side {
                UnitSide::Source => &memory.sources,
                UnitSide::Target => &memory.targets,
            };
            let completion = rows.search(&texts, &|| deadline.has_passed(), &mut visit);
            truncated |= completion == Completion::Stopped;
        }
        if let Some(cause) = failed {
            return Err(cause.into());
        }
        let wanted = Wanted { nested: options.nested_terms, fuzzy: false };
        let answer = |(asked, best): (&Asked, Best)| {
            let terms = self.terms(&scope.glossaries, &asked.segment.text, wanted);
            let ranked = best.into_ranked().into_iter();
            Ok(LookupAnswer {
                matches: ranked.map(|ranked| told_match(asked, ranked, options.side)).collect(),
                terms: terms.map_err(|found| found.too_many("options.glossaries"))?,
                truncated,
            })
        };
        asked.iter().zip(best).map(answer).collect()
    }
}

/// Adds what only the matches that are shown need.
fn told_match(asked: &Asked, mut ranked: Ranked, side: UnitSide) -> LookupMatch {
    let unit = &ranked.candidate.unit.content;
    let (stored, other) = (side.of(unit), side.other().of(unit));
    let judgement = &ranked.candidate.judgement;
    let differing_values = judgement.flags.iter().any(|f| matches!(f, Flag::Number | Flag::Placeholder));
    let repair = if differing_values {
        repair(&asked.segment.text, localized(stored), localized(other), &judgement.penalties)
    } else {
        Ok(None)
    };
    let stored = &stored.segment;
    let known = ranked.candidate.folded.as_deref().map(Cow::Borrowed);
    let row = known.unwrap_or_else(|| Cow::Owned(folded(&stored.text)));
    let similarity = reported(asked.folded(), &row, judgement.similarity);
    let diff = diff(&stored.text, &asked.segment.text);
    let codes = carried_codes(&asked.segment, stored, &other.segment, &diff);
    ranked.candidate.judgement.similarity = similarity;
    LookupMatch { ranked, diff, repair, codes }
}

fn localized(variant: &Variant) -> Localized<'_> {
    Localized { text: &variant.segment.text, locale: &variant.locale }
}

impl Engine {
    /// Returns the collections that a lookup reads, as they are now.
    fn scope(&self, caller: &Caller, options: &LookupOptions) -> Result<Scope, Fault> {
        let catalog = self.collections(caller, Right::Read);
        let mut seen = FxHashSet::default();
        let mut memories = Vec::new();
        for (n, selected) in options.memories.iter().enumerate() {
            if !seen.insert(&selected.name) {
                let message = format!("'{}' is named twice: name each memory once", selected.name);
                return Err(
                    Violation::new(format!("options.memories[{n}].name"), "MEMORY_TWICE", message).into()
                );
            }
            memories.push((Arc::clone(catalog.memory(&selected.name)?), selected.penalty));
        }
        let first = memories.first().map(|(m, _)| m.info.clone());
        let wished = |wish: &Option<Locale>, of_first: Option<&Locale>, default: Locale| {
            wish.clone().or_else(|| of_first.cloned()).unwrap_or(default)
        };
        let source =
            wished(&options.locales.source, first.as_ref().map(|i| &i.source_locale), Locale::arabic());
        let target =
            wished(&options.locales.target, first.as_ref().map(|i| &i.target_locale), Locale::english());
        let of_pair = |m: &MemoryView| {
            m.info.source_locale.same_language(&source) && m.info.target_locale.same_language(&target)
        };
        if options.memories.is_empty() {
            memories = catalog
                .memories
                .values()
                .filter(|m| of_pair(m))
                .map(|m| (Arc::clone(m), Score::ZERO))
                .collect();
        }
        if let Some(n) = memories.iter().position(|(m, _)| !of_pair(m)) {
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
        Ok(Scope { memories, glossaries: self.readable_glossaries(caller, &options.glossaries)? })
    }
}
