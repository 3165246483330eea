//! Imports, unit by unit.

use crate::{
    caller::Caller,
    engine::{
        apply::Apply,
        change::{Action, NewCollection, OnSameSource, Outcome, PutOutcome},
        core::Engine,
        state::PreparedUnit,
    },
    fault::{Fault, Violation},
    interchange::{Place, Problem},
    locale::Locale,
    name::Name,
    store::Ticket,
    unit::{Property, UnitDraft},
};

/// Where an import goes.
#[derive(Clone, Debug)]
pub struct ImportTarget {
    /// The memory.
    pub memory: Name,
    /// Made when it is absent.
    pub create: Option<NewCollection>,
    /// It must be absent.
    pub only_new: bool,
    /// The file's name.
    pub file_name: String,
    /// What becomes of other translations of the same source.
    pub on_same_source: OnSameSource,
    /// Nothing is kept: the report says what would have been.
    pub dry_run: bool,
    /// Metadata that every unit gets.
    pub properties: Vec<Property>,
    /// What locales of the file stand for.
    pub renamed_locales: Vec<(String, Locale)>,
}

impl ImportTarget {
    /// Aims at a memory that is there.
    #[must_use]
    pub fn new(memory: Name) -> Self {
        Self {
            memory,
            create: None,
            only_new: false,
            file_name: String::new(),
            on_same_source: OnSameSource::default(),
            dry_run: false,
            properties: Vec::new(),
            renamed_locales: Vec::new(),
        }
    }
}

/// The languages of the memory that is imported into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryPair {
    /// Source.
    pub source: Locale,
    /// Target.
    pub target: Locale,
}

/// What became of the units of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportTally {
    /// New ones.
    pub stored: u64,
    /// New revisions.
    pub updated: u64,
    /// There just so.
    pub unchanged: u64,
    /// Units that gave way.
    pub replaced: u64,
}

/// A completed import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Its number.
    pub import_id: u64,
    /// What became of its units.
    pub tally: ImportTally,
    /// How many remarks there were, those not returned included.
    pub remark_count: u64,
}

/// An import under way. Dropping it without [`ImportSession::complete`]
/// removes everything it brought.
#[derive(Debug)]
pub struct ImportSession<'e> {
    engine: &'e Engine,
    caller: Caller,
    import: u64,
    pair: MemoryPair,
    waiting: Vec<PreparedUnit>,
    /// Where the waiting units stand in the file.
    places: Vec<Place>,
    /// One batch is on its way while the next is read.
    under_way: Option<(Ticket<Apply>, Vec<Place>)>,
    remarks: Vec<Problem>,
    remark_count: u64,
    tally: ImportTally,
    dry_run: bool,
    properties: Vec<Property>,
    ended: bool,
}

/// Units that go to the writer at once: enough to be worth a flush, few enough
/// that the store, which does not give way, lets lookups wait for a
/// millisecond and not for ten.
const BATCH: usize = 128;

impl Engine {
    /// Begins an import.
    ///
    /// # Errors
    /// `BAD_PROPERTY` for metadata that every unit gets, `UNKNOWN_MEMORY`, `SAME_LANGUAGE`, or the
    /// store's.
    pub fn begin_import(&self, caller: &Caller, target: ImportTarget) -> Result<ImportSession<'_>, Fault> {
        self.checker().properties(&target.properties, &[]).map_err(|v| v.inside("header"))?;
        if let Some(new) = &target.create {
            self.checker().collection(&new.source_locale, &new.target_locale, &new.description)?;
        }
        let action = Action::BeginImport {
            memory: target.memory,
            create: target.create.map(Into::into),
            only_new: target.only_new,
            on_same_source: target.on_same_source,
            file_name: target.file_name,
        };
        let Outcome::Begun { import, source_locale, target_locale } = self.apply(caller, action)? else {
            return Err(Fault::Internal("beginning an import told something else".to_owned()));
        };
        Ok(ImportSession {
            engine: self,
            caller: caller.clone(),
            import,
            pair: MemoryPair { source: source_locale, target: target_locale },
            waiting: Vec::with_capacity(BATCH),
            places: Vec::with_capacity(BATCH),
            under_way: None,
            remarks: Vec::new(),
            remark_count: 0,
            tally: ImportTally::default(),
            dry_run: target.dry_run,
            properties: target.properties,
            ended: false,
        })
    }
}

impl ImportSession<'_> {
    /// Returns the languages of the memory.
    #[must_use]
    pub fn pair(&self) -> &MemoryPair {
        &self.pair
    }

    /// Takes a unit. A bad one is refused, and the import goes on.
    ///
    /// # Errors
    /// The inner error is the unit's: what [`crate::engine::Checker::unit`] finds. The
    /// outer one is the import's: it cannot go on.
    pub fn push(&mut self, place: &Place, mut unit: UnitDraft) -> Result<Result<(), Violation>, Fault> {
        for property in &self.properties {
            if !unit.properties.contains(property) {
                unit.properties.push(property.clone());
            }
        }
        if let Err(violation) = self.engine.checker().unit(&unit, &self.pair.source, &self.pair.target) {
            return Ok(Err(violation));
        }
        // Lookups that wait for a core go first.
        std::thread::yield_now();
        self.waiting.push(PreparedUnit::new(unit));
        self.places.push(place.clone());
        if self.waiting.len() == BATCH {
            self.send()?;
        }
        Ok(Ok(()))
    }

    /// Makes everything visible at once, unless it is a dry run, which is given up;
    /// returns what was done and the first remarks on single units.
    ///
    /// # Errors
    /// `MEMORY_EXISTS` when the memory to be made was made by someone else
    /// meanwhile, or the store's. Nothing of the import stays.
    pub fn complete(mut self) -> Result<(Imported, Vec<Problem>), Fault> {
        self.send()?;
        self.settle()?;
        if self.dry_run {
            let imported = Imported { import_id: 0, tally: self.tally, remark_count: self.remark_count };
            return Ok((imported, std::mem::take(&mut self.remarks)));
        }
        // While a picture is being written no other is taken.
        let changed = self.tally.stored + self.tally.updated + self.tally.replaced;
        self.engine.keeping.wait_for(changed);
        let outcome = self.engine.apply(&self.caller, Action::CompleteImport { import: self.import })?;
        self.ended = true;
        // So much may have come at once that a crash now would make the next open slow: what was
        // told to be done opens fast, too.
        self.engine.keeping.wait_for(changed);
        let Outcome::Completed { unchanged, overtaken } = outcome else {
            return Err(Fault::Internal("completing an import told something else".to_owned()));
        };
        let mut tally = self.tally;
        tally.stored -= unchanged.min(tally.stored);
        tally.unchanged += unchanged;
        for passed in overtaken {
            if passed.deletes {
                tally.replaced = tally.replaced.saturating_sub(1);
            } else {
                tally.updated = tally.updated.saturating_sub(1);
                tally.unchanged += 1;
            }
            let place = Place { line: 0, unit: passed.id.to_string() };
            let message = "this unit was changed by others while the import ran: theirs stays";
            self.remark(Problem::remark(&place, "CHANGED_MEANWHILE", message));
        }
        let imported = Imported { import_id: self.import, tally, remark_count: self.remark_count };
        Ok((imported, std::mem::take(&mut self.remarks)))
    }

    /// Keeps a remark, as many as a report lists.
    fn remark(&mut self, remark: Problem) {
        self.remark_count += 1;
        if self.remarks.len() < self.engine.limits.problems {
            self.remarks.push(remark);
        }
    }

    fn send(&mut self) -> Result<(), Fault> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let units = std::mem::replace(&mut self.waiting, Vec::with_capacity(BATCH));
        let action = Action::ImportUnits { import: self.import, units };
        let ticket = self.engine.writer.send(self.engine.change(&self.caller, action))?;
        self.settle()?;
        let places = std::mem::replace(&mut self.places, Vec::with_capacity(BATCH));
        self.under_way = Some((ticket, places));
        Ok(())
    }

    fn settle(&mut self) -> Result<(), Fault> {
        let Some((ticket, places)) = self.under_way.take() else { return Ok(()) };
        if let Outcome::Put { results, .. } = ticket.wait()? {
            for (result, place) in results.into_iter().zip(&places) {
                if result.id_taken {
                    let message = "another unit of this file has the same id: this one is stored without it";
                    self.remark(Problem::remark(place, "EXTERNAL_ID_TWICE", message));
                }
                match result.outcome {
                    PutOutcome::Stored => self.tally.stored += 1,
                    PutOutcome::Updated => self.tally.updated += 1,
                    PutOutcome::Unchanged => self.tally.unchanged += 1,
                }
                self.tally.replaced += result.replaced.len() as u64;
                self.tally.replaced = self.tally.replaced.saturating_sub(u64::from(result.brought_back));
            }
        }
        Ok(())
    }
}

impl Drop for ImportSession<'_> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        // A batch may still be under way: the abort queues up behind it.
        self.under_way.take();
        if let Err(cause) = self.engine.apply(&self.caller, Action::AbortImport { import: self.import }) {
            tracing::warn!(%cause, import = self.import, "an import that failed is removed at the next open");
        }
    }
}
