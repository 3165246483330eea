//! A client that knows what the server has acknowledged to it.
//!
//! Each actor has collections of its own and at most one call in flight. So after a crash its part of
//! the store must be exactly as before that call or exactly as after it.

use std::collections::{BTreeMap, BTreeSet};

use dhakira::rpc::proto;

use super::{
    call::{Answer, Call},
    random::Random,
    stored::{Stored, concept_content, unit_content},
};
use crate::support::{draft, text_of};

/// What an actor does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Puts, replaces and deletes groups of three units that belong together.
    Groups,
    /// The same with groups of 20 large units, so that sled writes several segments of its log for one call.
    LargeGroups,
    /// Updates units with notes that grow and shrink, and deletes units.
    Updates,
    /// Creates memories, fills them, and deletes them.
    Memories,
    /// Puts and deletes concepts.
    Concepts,
    /// Imports small files, imports other translations of the same sources with REPLACE, and reverts the
    /// last import.
    Imports,
}

/// What an actor has in the store.
#[derive(Clone, Default)]
pub(super) struct State {
    /// As in [`Stored`].
    entries: BTreeMap<String, String>,
    /// The revision of each unit that is updated, by path.
    revisions: BTreeMap<String, u32>,
    /// The groups of units.
    groups: BTreeSet<u64>,
    /// The imports of each file that are not reverted, oldest first: their tags.
    imports: BTreeMap<u64, Vec<String>>,
}

/// A client with its own part of the store.
#[derive(Clone)]
pub(super) struct Actor {
    kind: Kind,
    /// The start of the names of all its collections.
    name: String,
    random: Random,
    /// The largest size in bytes of the notes of a unit.
    notes_max: u64,
    /// Distinguishes texts and names, so that none is used twice.
    counter: u64,
    acknowledged: State,
    in_flight: Option<(String, State)>,
    ids: BTreeMap<String, String>,
    import_ids: BTreeMap<String, u64>,
}

/// What became of the call that was in flight.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    NoCall,
    Absent,
    Whole,
}

impl Actor {
    pub(super) fn new(kind: Kind, number: usize, seed: (u64, u64), notes_max: u64) -> Self {
        let name = format!("{kind:?}{number}").to_lowercase();
        Self {
            random: Random::new((seed, &name)),
            kind,
            name,
            notes_max,
            counter: 0,
            acknowledged: State::default(),
            in_flight: None,
            ids: BTreeMap::new(),
            import_ids: BTreeMap::new(),
        }
    }

    /// Returns the call that creates the actor's first collection.
    pub(super) fn first_call(&mut self) -> Call {
        let name = self.name.clone();
        let mut after = self.acknowledged.clone();
        let is_glossary = self.kind == Kind::Concepts;
        after.entries.insert(name.clone(), if is_glossary { "glossary" } else { "memory" }.to_owned());
        self.in_flight = Some(("create".to_owned(), after));
        if is_glossary { Call::CreateGlossary(name) } else { Call::CreateMemory(name) }
    }

    /// Chooses the next call.
    pub(super) fn next_call(&mut self) -> Call {
        let mut after = self.acknowledged.clone();
        let (what, call) = match self.kind {
            Kind::Groups | Kind::LargeGroups => self.next_of_groups(&mut after),
            Kind::Updates => self.next_of_updates(&mut after),
            Kind::Memories => self.next_of_memories(&mut after),
            Kind::Concepts => self.next_of_concepts(&mut after),
            Kind::Imports => self.next_of_imports(&mut after),
        };
        self.in_flight = Some((what.to_owned(), after));
        call
    }

    /// Takes the answer to the call in flight.
    pub(super) fn acknowledge(&mut self, call: &Call, answer: Answer) {
        let (_, after) = self.in_flight.take().expect("a call is in flight");
        self.acknowledged = after;
        match (call, answer) {
            (Call::PutUnits { memory, units, .. }, Answer::Units(ids)) => {
                for (unit, id) in units.iter().zip(ids) {
                    self.ids.insert(path_of(memory, unit), id);
                }
            }
            (Call::Import { rows, .. }, Answer::Import(id)) => {
                self.import_ids.insert(tag_of(rows), id);
            }
            _ => {}
        }
    }

    /// Returns whether a collection or entry belongs to the actor.
    pub(super) fn owns(&self, path: &str) -> bool {
        path.starts_with(&self.name)
    }

    /// Compares the store with what was acknowledged, and learns what became of the call in flight.
    pub(super) fn settle(&mut self, stored: &Stored) -> Result<Settled, String> {
        let entries: BTreeMap<&String, &String> =
            stored.entries.iter().filter(|(path, _)| self.owns(path)).collect();
        let against = |state: &State| difference(&state.entries, &entries);
        let settled = match (against(&self.acknowledged), self.in_flight.take()) {
            (None, None) => Settled::NoCall,
            (None, Some(_)) => Settled::Absent,
            (Some(problem), None) => {
                return Err(format!("{}: what was acknowledged is not there: {problem}", self.name));
            }
            (Some(before), Some((what, after))) => {
                if let Some(problem) = against(&after) {
                    return Err(format!(
                        "{}: the store is neither as before '{what}' nor as after it. Before: {before}. \
                         After: {problem}",
                        self.name
                    ));
                }
                self.acknowledged = after;
                Settled::Whole
            }
        };
        self.ids = stored
            .ids
            .iter()
            .filter(|(path, _)| self.owns(path))
            .map(|(path, id)| (path.clone(), id.clone()))
            .collect();
        for tag in self.acknowledged.imports.values().flatten() {
            if let Some(id) = stored.imports.get(tag) {
                self.import_ids.entry(tag.clone()).or_insert(*id);
            }
        }
        Ok(settled)
    }

    fn next_number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Returns a unit whose target and notes are new.
    fn unit(&mut self, source: &str) -> proto::UnitDraft {
        let target = format!("t{} {:x}", self.next_number(), self.random.number());
        let notes = match self.kind {
            Kind::LargeGroups => self.random.notes_of(self.notes_max, 1),
            _ => self.random.notes(self.notes_max),
        };
        proto::UnitDraft { notes, ..draft(source, &target) }
    }

    fn next_of_groups(&mut self, after: &mut State) -> (&'static str, Call) {
        let memory = self.name.clone();
        let groups: Vec<u64> = after.groups.iter().copied().collect();
        let choice = self.random.below(100);
        if groups.is_empty() || choice < 60 {
            let group = self.next_number();
            after.groups.insert(group);
            let units = self.group(group, after);
            return ("put a group", Call::PutUnits { memory, units, replace: false });
        }
        let group = self.random.choose(&groups, 1)[0];
        if choice < 80 {
            let units = self.group(group, after);
            return ("replace a group", Call::PutUnits { memory, units, replace: true });
        }
        after.groups.remove(&group);
        let paths: Vec<_> = self.group_sources(group).map(|source| format!("{memory}/{source}")).collect();
        for path in &paths {
            after.entries.remove(path);
        }
        let ids = paths.iter().map(|path| self.ids[path].clone()).collect();
        ("delete a group", Call::DeleteUnits { memory, ids })
    }

    fn group_sources(&self, group: u64) -> impl Iterator<Item = String> + use<> {
        let parts = if self.kind == Kind::LargeGroups { 20 } else { 3 };
        (0..parts).map(move |part| format!("الجملة {group} الجزء {part}"))
    }

    fn group(&mut self, group: u64, after: &mut State) -> Vec<proto::UnitDraft> {
        let sources: Vec<_> = self.group_sources(group).collect();
        let units: Vec<_> = sources.iter().map(|source| self.unit(source)).collect();
        for unit in &units {
            put(after, &self.name, unit, 1);
        }
        units
    }

    fn next_of_updates(&mut self, after: &mut State) -> (&'static str, Call) {
        /// Enough units for several pages of the store, and so few that each is often updated.
        const UNITS: usize = 40;
        let memory = self.name.clone();
        let paths: Vec<String> = after.revisions.keys().cloned().collect();
        let choice = self.random.below(100);
        if paths.len() < UNITS / 4 || (paths.len() < UNITS && choice < 25) {
            let count = 1 + self.random.below(3);
            let units: Vec<_> = (0..count)
                .map(|_| {
                    let source = format!("وحدة رقم {}", self.next_number());
                    self.unit(&source)
                })
                .collect();
            for unit in &units {
                after.revisions.insert(path_of(&memory, unit), 1);
                put(after, &memory, unit, 1);
            }
            return ("put units", Call::PutUnits { memory, units, replace: false });
        }
        if choice < 85 {
            let path = self.random.choose(&paths, 1).remove(0);
            let source = path.split_once('/').unwrap().1.to_owned();
            let unit = self.unit(&source);
            let revision = after.revisions[&path];
            after.revisions.insert(path.clone(), revision + 1);
            put(after, &memory, &unit, revision + 1);
            return (
                "update a unit",
                Call::UpdateUnit { memory, id: self.ids[&path].clone(), unit: Box::new(unit), revision },
            );
        }
        let count = 1 + self.random.below(4);
        let gone = self.random.choose(&paths, count);
        for path in &gone {
            after.revisions.remove(path);
            after.entries.remove(path);
        }
        let ids = gone.iter().map(|path| self.ids[path].clone()).collect();
        ("delete units", Call::DeleteUnits { memory, ids })
    }

    fn next_of_memories(&mut self, after: &mut State) -> (&'static str, Call) {
        let memories: Vec<String> =
            after.entries.keys().filter(|path| !path.contains('/') && **path != self.name).cloned().collect();
        let choice = self.random.below(100);
        if memories.is_empty() || (memories.len() < 6 && choice < 30) {
            let number = self.next_number();
            let name = format!("{}-{number}", self.name);
            after.entries.insert(name.clone(), "memory".to_owned());
            return ("create a memory", Call::CreateMemory(name));
        }
        let memory = self.random.choose(&memories, 1).remove(0);
        if choice < 70 {
            let count = 1 + self.random.below(30);
            let units: Vec<_> = (0..count)
                .map(|part| {
                    let number = self.next_number();
                    draft(&format!("الجملة {number} الجزء {part}"), &format!("t{number}"))
                })
                .collect();
            for unit in &units {
                put(after, &memory, unit, 1);
            }
            return ("fill a memory", Call::PutUnits { memory, units, replace: false });
        }
        let inside = format!("{memory}/");
        after.entries.retain(|path, _| *path != memory && !path.starts_with(&inside));
        ("delete a memory", Call::DeleteMemory(memory))
    }

    fn next_of_concepts(&mut self, after: &mut State) -> (&'static str, Call) {
        let glossary = self.name.clone();
        let inside = format!("{glossary}/");
        let stored: Vec<String> =
            after.entries.keys().filter_map(|path| path.strip_prefix(&inside)).map(str::to_owned).collect();
        if stored.len() < 5 || self.random.percent(75) {
            let mut ids = BTreeSet::new();
            for _ in 0..=self.random.below(4) {
                let again = stored.len() >= 60 || (!stored.is_empty() && self.random.percent(50));
                ids.insert(if again {
                    self.random.choose(&stored, 1).remove(0)
                } else {
                    format!("c{}", self.next_number())
                });
            }
            let concepts = ids.into_iter().map(|id| self.concept(id, after)).collect();
            return ("put concepts", Call::PutConcepts { glossary, concepts });
        }
        let count = 1 + self.random.below(3);
        let ids = self.random.choose(&stored, count);
        for id in &ids {
            after.entries.remove(&format!("{inside}{id}"));
        }
        ("delete concepts", Call::DeleteConcepts { glossary, ids })
    }

    fn concept(&mut self, id: String, after: &mut State) -> proto::Concept {
        let term = |text: String, locale: &str| proto::Term {
            text,
            locale: locale.to_owned(),
            ..Default::default()
        };
        let source = format!("مصطلح {}", self.next_number());
        let notes = self.random.notes(self.notes_max);
        after.entries.insert(format!("{}/{id}", self.name), concept_content(&source, &notes));
        let terms = vec![term(source, "ar"), term(format!("term {id}"), "en")];
        proto::Concept { id, terms, notes, ..Default::default() }
    }

    fn next_of_imports(&mut self, after: &mut State) -> (&'static str, Call) {
        const FILES: usize = 4;
        let memory = self.name.clone();
        let files: Vec<u64> = after.imports.keys().copied().collect();
        let choice = self.random.below(100);
        if files.is_empty() || (files.len() < FILES && choice < 30) {
            let file = self.next_number();
            let rows = self.import(file, after);
            return ("import a file", Call::Import { memory, rows, replace: false });
        }
        let file = self.random.choose(&files, 1)[0];
        if choice < 60 {
            let rows = self.import(file, after);
            return ("import with REPLACE", Call::Import { memory, rows, replace: true });
        }
        let tags = after.imports.get_mut(&file).unwrap();
        let import_id = self.import_ids[&tags.pop().unwrap()];
        let left = tags.last().cloned();
        if left.is_none() {
            after.imports.remove(&file);
        }
        for n in 0..rows_of(file) {
            let path = format!("{memory}/{}", imported_source(file, n));
            match &left {
                Some(tag) => {
                    after.entries.insert(path, unit_content(&memory, &imported_target(tag, n), 0, &[]));
                }
                None => {
                    after.entries.remove(&path);
                }
            }
        }
        ("revert an import", Call::RevertImport { memory, import_id })
    }

    /// Returns a file with a new translation of each of its sources.
    fn import(&mut self, file: u64, after: &mut State) -> String {
        let tag = format!("tag{}", self.next_number());
        let mut rows = String::new();
        for n in 0..rows_of(file) {
            let (source, target) = (imported_source(file, n), imported_target(&tag, n));
            rows.push_str(&format!("{source}\t{target}\n"));
            let content = unit_content(&self.name, &target, 0, &[]);
            after.entries.insert(format!("{}/{source}", self.name), content);
        }
        after.imports.entry(file).or_default().push(tag);
        rows
    }
}

fn imported_source(file: u64, n: u64) -> String {
    format!("سطر {n} من الملف {file}")
}

fn imported_target(tag: &str, n: u64) -> String {
    format!("{tag} line {n}")
}

/// Returns the number of rows of a file: 20 to 200.
fn rows_of(file: u64) -> u64 {
    20 + file * 7_919 % 181
}

/// Returns the first word of the targets of a file.
fn tag_of(rows: &str) -> String {
    rows.split(['\t', ' ']).find(|word| word.starts_with("tag")).unwrap().to_owned()
}

fn path_of(memory: &str, unit: &proto::UnitDraft) -> String {
    format!("{memory}/{}", text_of(unit.source.as_ref()))
}

fn put(state: &mut State, memory: &str, unit: &proto::UnitDraft, revision: u32) {
    let content = unit_content(memory, text_of(unit.target.as_ref()), revision, &unit.notes);
    state.entries.insert(path_of(memory, unit), content);
}

/// Describes how what is stored differs from a state.
fn difference(expected: &BTreeMap<String, String>, stored: &BTreeMap<&String, &String>) -> Option<String> {
    let missing: Vec<_> = expected.keys().filter(|path| !stored.contains_key(path)).collect();
    let extra: Vec<_> = stored.keys().filter(|path| !expected.contains_key(**path)).collect();
    let other: Vec<_> = expected
        .iter()
        .filter_map(|(path, content)| stored.get(path).map(|found| (path, content, *found)))
        .filter(|(_, content, found)| content != found)
        .collect();
    if missing.is_empty() && extra.is_empty() && other.is_empty() {
        return None;
    }
    let first = |list: &[String]| list.iter().take(3).cloned().collect::<Vec<_>>().join("; ");
    let names = |list: &[&String]| first(&list.iter().map(ToString::to_string).collect::<Vec<_>>());
    let extra: Vec<&String> = extra.into_iter().copied().collect();
    let others: Vec<String> = other.iter().map(|(path, a, b)| format!("{path}: '{b}' for '{a}'")).collect();
    Some(format!(
        "{} missing ({}), {} extra ({}), {} different ({})",
        missing.len(),
        names(&missing),
        extra.len(),
        names(&extra),
        others.len(),
        first(&others)
    ))
}
