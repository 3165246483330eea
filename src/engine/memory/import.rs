//! Import sessions: units go into a memory one by one, and become visible at once.

use crate::{
    caller::Caller,
    engine::{
        access::Right,
        apply::ChangeApplier,
        change::{
            Action, CollectionRef, DuplicatePolicy, IdTaken, ImportPolicy, NewCollection, Outcome,
            PutOutcome, TooManyReplaced,
        },
        core::Engine,
        state::PreparedUnit,
    },
    fault::{Fault, Violation},
    interchange::{FilePosition, Problem},
    locale::Locale,
    name::Name,
    store::Ticket,
    unit::{MemoryStats, Property, UnitDraft},
};

/// The memory that an import goes to, and its options.
#[derive(Clone, Debug)]
pub struct ImportTarget {
    /// The memory.
    pub memory: Name,
    /// Creates the memory if there is none.
    pub create: Option<NewCollection>,
    /// Whether the import is refused if the memory exists.
    pub only_new: bool,
    /// The name of the file.
    pub file_name: String,
    /// What happens to other translations of the same source.
    pub duplicates: DuplicatePolicy,
    /// Whether a unit of the file updates the unit of the memory that has its external id although its
    /// source is another one. It is meant for a memory that is kept in step with one system.
    pub update_by_id: bool,
    /// Whether nothing is stored. The report has the counts that a real import would have.
    pub dry_run: bool,
    /// Properties that every unit gets in addition to its own.
    pub properties: Vec<Property>,
    /// Locale names of the file, with the locales that they mean.
    pub renamed_locales: Vec<(String, Locale)>,
}

impl ImportTarget {
    /// Returns the options for an import into an existing memory.
    #[must_use]
    pub fn new(memory: Name) -> Self {
        Self {
            memory,
            create: None,
            only_new: false,
            file_name: String::new(),
            duplicates: DuplicatePolicy::default(),
            update_by_id: false,
            dry_run: false,
            properties: Vec::new(),
            renamed_locales: Vec::new(),
        }
    }
}

/// The languages of the memory that an import goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryLocales {
    /// Source.
    pub source: Locale,
    /// Target.
    pub target: Locale,
}

/// What happened to the units of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportTally {
    /// Units that were new.
    pub stored: u64,
    /// Units that got a new revision.
    pub updated: u64,
    /// Units that were stored already, without a difference.
    pub unchanged: u64,
    /// Stored units that were replaced.
    pub replaced: u64,
    /// New units that were stored without their id, because another unit has it. They are a part of `stored`.
    pub ids_taken: u64,
}

/// A completed import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportSummary {
    /// Its number.
    pub import_id: u64,
    /// What happened to its units.
    pub tally: ImportTally,
    /// The number of units that were refused only when they were to be stored. Each has a remark.
    pub refused: u64,
    /// The number of all remarks, those that are not returned included.
    pub remark_count: u64,
}

/// An import that is under way. If it is dropped without [`ImportSession::complete`], all its units
/// are removed.
#[derive(Debug)]
pub struct ImportSession<'e> {
    engine: &'e Engine,
    caller: Caller,
    import: u64,
    locales: MemoryLocales,
    unsent: Vec<PreparedUnit>,
    /// The positions of the waiting units in the file.
    places: Vec<FilePosition>,
    /// The batch that the writer stores while the next one is read.
    in_flight: Option<(Ticket<ChangeApplier>, Vec<FilePosition>)>,
    remarks: Vec<Problem>,
    remark_count: u64,
    refused: u64,
    tally: ImportTally,
    dry_run: bool,
    properties: Vec<Property>,
    ended: bool,
}

/// The number of units that go to the writer in one change. It is large enough to be worth a flush.
/// It is small enough that lookups wait for one millisecond and not for ten, because the store
/// lets no reader in while it applies a batch.
const UNITS_PER_CHANGE: usize = 128;

impl Engine {
    /// Begins an import.
    ///
    /// # Errors
    /// `BAD_PROPERTY` for the properties that every unit gets, `UNKNOWN_MEMORY`, `MEMORY_EXISTS`,
    /// `SAME_LANGUAGE`, those of a caller who may not write or create it, or those of the store.
    pub fn begin_import(&self, caller: &Caller, target: ImportTarget) -> Result<ImportSession<'_>, Fault> {
        self.checker().properties(&target.properties, &[]).map_err(|v| v.inside("header"))?;
        if let Some(new) = &target.create {
            self.checker().collection(&new.source_locale, &new.target_locale, &new.description)?;
        }
        let collections = self.collections(caller, Right::Write)?;
        let may_create = collections.check_new_memory(&target.memory);
        if target.only_new {
            may_create.clone()?;
        }
        let number = match collections.memory(&target.memory) {
            Ok(view) => Some(view.number),
            Err(Fault::Unknown { .. }) if target.create.is_some() => {
                may_create.clone()?;
                None
            }
            Err(refused) => return Err(refused),
        };
        let action = Action::BeginImport {
            memory: CollectionRef { number, name: target.memory },
            // The memory may be deleted before the change is applied. A caller who may only write must not create
            // it then.
            create: target.create.filter(|_| may_create.is_ok()).map(Into::into),
            only_new: target.only_new,
            policy: ImportPolicy {
                duplicates: target.duplicates,
                update_by_id: target.update_by_id,
                most_replaced: self.limits.replaced_units,
            },
            file_name: target.file_name,
        };
        let Outcome::ImportBegun { import, source_locale, target_locale } = self.apply(caller, action)?
        else {
            return Err(Fault::Internal("beginning an import returned another outcome".to_owned()));
        };
        Ok(ImportSession {
            engine: self,
            caller: caller.clone(),
            import,
            locales: MemoryLocales { source: source_locale, target: target_locale },
            unsent: Vec::with_capacity(UNITS_PER_CHANGE),
            places: Vec::with_capacity(UNITS_PER_CHANGE),
            in_flight: None,
            remarks: Vec::new(),
            remark_count: 0,
            refused: 0,
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
    pub fn locales(&self) -> &MemoryLocales {
        &self.locales
    }

    /// Adds a unit. A bad unit is refused, and the import continues.
    ///
    /// # Errors
    /// The inner error is that of the unit: why it was refused. After the outer error the import
    /// cannot continue.
    pub fn push(
        &mut self,
        place: &FilePosition,
        mut unit: UnitDraft,
    ) -> Result<Result<(), Violation>, Fault> {
        for property in &self.properties {
            if !unit.properties.contains(property) {
                unit.properties.push(property.clone());
            }
        }
        // Lets lookups that wait for a core run first.
        std::thread::yield_now();
        match self.engine.checker().unit(unit, &self.locales.source, &self.locales.target) {
            Ok(unit) => self.unsent.push(unit),
            Err(violation) => return Ok(Err(violation)),
        }
        self.places.push(place.clone());
        if self.unsent.len() == UNITS_PER_CHANGE {
            self.send_batch()?;
        }
        Ok(Ok(()))
    }

    /// Makes all units visible at once. A dry run removes them instead. Returns what was done, and
    /// the first remarks on single units.
    ///
    /// # Errors
    /// `MEMORY_EXISTS` if somebody else created the memory meanwhile, or those of the store. Nothing
    /// of the import stays then.
    pub fn complete(self) -> Result<(ImportSummary, Vec<Problem>), Fault> {
        let (summary, remarks, _) = self.finish()?;
        Ok((summary, remarks))
    }

    /// Completes the import, as [`Self::complete`]. Also returns the memory as the import left it, unless it
    /// was a dry run.
    pub(crate) fn finish(mut self) -> Result<(ImportSummary, Vec<Problem>, Option<MemoryStats>), Fault> {
        self.send_batch()?;
        self.await_batch()?;
        if self.dry_run {
            return Ok((self.summary(0, self.tally), std::mem::take(&mut self.remarks), None));
        }
        // No checkpoint can be taken while another one is being written.
        let changed = self.tally.stored + self.tally.updated + self.tally.replaced;
        self.engine.checkpoint_progress.wait_if_due(changed);
        let outcome = self.engine.apply(&self.caller, Action::CompleteImport { import: self.import })?;
        self.ended = true;
        // A large import makes a checkpoint due. It is written before the caller gets its answer,
        // because a crash right after the answer must not make the next open slow.
        self.engine.checkpoint_progress.wait_if_due(changed);
        let Outcome::ImportCompleted { unchanged, replaced, conflicts, memory } = outcome else {
            return Err(Fault::Internal("completing an import returned another outcome".to_owned()));
        };
        let mut tally = self.tally;
        tally.stored -= unchanged.min(tally.stored);
        tally.unchanged += unchanged;
        tally.replaced += replaced;
        for conflict in conflicts {
            if conflict.deletes {
                tally.replaced = tally.replaced.saturating_sub(1);
            } else {
                tally.updated = tally.updated.saturating_sub(1);
                tally.unchanged += 1;
            }
            let place = FilePosition { line: 0, unit: conflict.id.to_string() };
            let message = "others changed this unit while the import ran: it keeps their content";
            self.add_remark(Problem::remark(&place, "CHANGED_MEANWHILE", message));
        }
        Ok((self.summary(self.import, tally), std::mem::take(&mut self.remarks), Some(memory)))
    }

    fn summary(&self, import_id: u64, tally: ImportTally) -> ImportSummary {
        ImportSummary { import_id, tally, refused: self.refused, remark_count: self.remark_count }
    }

    /// Counts a remark. Stores it unless the report is full.
    fn add_remark(&mut self, remark: Problem) {
        self.remark_count += 1;
        if self.remarks.len() < self.engine.limits.problems {
            self.remarks.push(remark);
        }
    }

    fn send_batch(&mut self) -> Result<(), Fault> {
        if self.unsent.is_empty() {
            return Ok(());
        }
        let units = std::mem::replace(&mut self.unsent, Vec::with_capacity(UNITS_PER_CHANGE));
        let action = Action::ImportUnits { import: self.import, units };
        let ticket = self.engine.propose(&self.caller, action)?;
        self.await_batch()?;
        let places = std::mem::replace(&mut self.places, Vec::with_capacity(UNITS_PER_CHANGE));
        self.in_flight = Some((ticket, places));
        Ok(())
    }

    fn await_batch(&mut self) -> Result<(), Fault> {
        let Some((ticket, places)) = self.in_flight.take() else { return Ok(()) };
        if let Outcome::UnitsImported { results } = ticket.wait()? {
            for (result, place) in results.into_iter().zip(&places) {
                let result = match result {
                    Ok(result) => result,
                    Err(too_many) => {
                        self.refused += 1;
                        let reason = TooManyReplaced::REASON;
                        self.add_remark(Problem::refused(place, reason, too_many.to_string()));
                        continue;
                    }
                };
                if let Some(taken) = result.id_taken {
                    self.tally.ids_taken += 1;
                    self.add_remark(id_remark(place, taken));
                }
                match result.outcome {
                    PutOutcome::Stored => self.tally.stored += 1,
                    PutOutcome::Updated => self.tally.updated += 1,
                    PutOutcome::Unchanged => self.tally.unchanged += 1,
                }
                self.tally.replaced += result.replaced.len() as u64;
                self.tally.replaced = self.tally.replaced.saturating_sub(u64::from(result.undeleted));
            }
        }
        Ok(())
    }
}

/// Returns the remark on a unit that was stored without its id.
fn id_remark(place: &FilePosition, taken: IdTaken) -> Problem {
    match taken {
        IdTaken::InFile => {
            let message =
                "another unit of this file has the same id: this one has it as the property 'file-id'";
            Problem::remark(place, "EXTERNAL_ID_TWICE", message)
        }
        IdTaken::InMemory => {
            let message = "a unit with another source has this id: this one is stored beside it, with the id as \
                           the property 'file-id'. If its source was corrected, revert this import and import \
                           the file again, updating by id";
            Problem::remark(place, "EXTERNAL_ID_TAKEN", message)
        }
    }
}

impl Drop for ImportSession<'_> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        // A batch may still be under way; the abort comes after it in the writer's queue.
        self.in_flight.take();
        if let Err(cause) = self.engine.apply(&self.caller, Action::AbortImport { import: self.import }) {
            tracing::warn!(%cause, import = self.import, "a failed import could not be removed; the next open removes it");
        }
    }
}
