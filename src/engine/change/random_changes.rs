//! Random changes for property tests, and everything that readers can see after them.

use std::path::Path;

use proptest::prelude::*;

use super::action::{
    Action, CollectionDraft, CollectionRef, ConceptImport, DuplicatePolicy, ImportPolicy, RevisionCondition,
    TokenDraft,
};
use crate::{
    access::{Grant, Grants, NamePattern, NewToken, Role, TokenHash, TokenNumber},
    caller::Caller,
    clock::{Clock, Timestamp},
    engine::{
        Condition, Deadline, Engine, Filter, LookupAnswer, LookupEffort, LookupOptions, MemorySelection,
        PageRequest,
    },
    interchange::{ConceptFormat, UnitFormat},
    limits::Limits,
    locale::Locale,
    matching::UnitSide,
    name::Name,
    score::Score,
    segment::Segment,
    store::{CollectionKind, StoreOptions},
    term::{ConceptDraft, Term},
    unit::{Context, Sequence, UnitDraft, UnitId, Variant},
};

/// A source, a target and an external id, each by its number; id 0 is none.
type DraftNumbers = (usize, usize, usize);

/// A change by numbers, of which the first engine makes a change that fits its state.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Create(CollectionKind, usize),
    Delete(CollectionKind, usize),
    Rename(usize, usize),
    Put(usize, Vec<DraftNumbers>, DuplicatePolicy),
    Revise(usize, u64, DraftNumbers, Option<u32>, bool),
    DeleteUnits(usize, Vec<u64>),
    DeleteMatching(usize, Option<u64>),
    PutConcepts(usize, bool, Vec<(usize, usize)>, Option<bool>),
    RevertConcepts(usize, u64),
    DeleteConcepts(usize, Vec<usize>),
    Begin(usize, bool, bool, ImportPolicy),
    ImportUnits(u64, Vec<DraftNumbers>),
    Complete(u64),
    Abort(u64),
    Revert(usize, u64),
    CreateToken(usize, Option<i64>, bool),
    RevokeToken(u64),
    NoteTokenUse(u64, i64),
}

const SOURCES: [&str; 5] = ["وصل الوفد", "وصلَ الوفد", "غادر الوفد أمس", "انتهى الاجتماع", "نعم"];
const TARGETS: [&str; 3] = ["The delegation arrived", "The meeting ended", "yes"];
const NAMES: [&str; 3] = ["a", "b", "c"];

pub(crate) fn name(number: usize) -> Name {
    Name::parse(NAMES[number % NAMES.len()]).expect("a name")
}

pub(crate) fn draft((source, target, id): DraftNumbers) -> UnitDraft {
    let source = Segment::plain(SOURCES[source % SOURCES.len()]);
    let target = Segment::plain(TARGETS[target % TARGETS.len()]);
    let mut unit =
        UnitDraft::new(Variant::new(Locale::arabic(), source), Variant::new(Locale::english(), target));
    unit.external_id = if id == 0 { String::new() } else { id.to_string() };
    unit
}

fn concept((id, term): (usize, usize)) -> ConceptDraft {
    ConceptDraft {
        id: if id == 0 { String::new() } else { format!("k{id}") },
        terms: vec![Term::new(SOURCES[term % SOURCES.len()], Locale::arabic())],
        ..ConceptDraft::default()
    }
}

fn new_collection(number: usize) -> CollectionDraft {
    CollectionDraft {
        name: name(number),
        source_locale: Locale::arabic(),
        target_locale: Locale::english(),
        description: String::new(),
    }
}

pub(crate) fn drafts() -> impl Strategy<Value = Vec<DraftNumbers>> {
    prop::collection::vec((0..SOURCES.len(), 0..TARGETS.len(), 0..3_usize), 1..4)
}

fn import_policies() -> impl Strategy<Value = ImportPolicy> {
    (policies(), any::<bool>()).prop_map(|(duplicates, update_by_id)| ImportPolicy {
        duplicates,
        update_by_id,
        most_replaced: 2,
    })
}

pub(crate) fn policies() -> impl Strategy<Value = DuplicatePolicy> {
    prop::sample::select(vec![DuplicatePolicy::KeepAll, DuplicatePolicy::Replace, DuplicatePolicy::Skip])
}

pub(crate) fn steps() -> impl Strategy<Value = Step> {
    let kinds = prop::sample::select(vec![CollectionKind::Memory, CollectionKind::Glossary]);
    let draft = (0..SOURCES.len(), 0..TARGETS.len(), 0..3_usize);
    prop_oneof![
        4 => (kinds.clone(), 0..3_usize).prop_map(|(kind, n)| Step::Create(kind, n)),
        1 => (kinds, 0..3_usize).prop_map(|(kind, n)| Step::Delete(kind, n)),
        1 => (0..3_usize, 0..3_usize).prop_map(|(from, to)| Step::Rename(from, to)),
        6 => (0..3_usize, drafts(), policies()).prop_map(|(m, units, policy)| Step::Put(m, units, policy)),
        3 => (0..3_usize, 1..30_u64, draft, prop::option::of(1..3_u32), any::<bool>())
            .prop_map(|(m, id, unit, expected, undelete)| Step::Revise(m, id, unit, expected, undelete)),
        2 => (0..3_usize, prop::collection::vec(1..30_u64, 1..3))
            .prop_map(|(m, ids)| Step::DeleteUnits(m, ids)),
        1 => (0..3_usize, prop::option::of(1..6_u64)).prop_map(|(m, import)| Step::DeleteMatching(m, import)),
        3 => (0..3_usize, any::<bool>(), prop::collection::vec((0..4_usize, 0..SOURCES.len()), 1..3), any::<Option<bool>>())
            .prop_map(|(g, create, concepts, import)| Step::PutConcepts(g, create, concepts, import)),
        2 => (0..3_usize, 1..6_u64).prop_map(|(g, import)| Step::RevertConcepts(g, import)),
        1 => (0..3_usize, prop::collection::vec(1..4_usize, 1..3))
            .prop_map(|(g, ids)| Step::DeleteConcepts(g, ids)),
        4 => (0..3_usize, any::<bool>(), any::<bool>(), import_policies())
            .prop_map(|(m, create, only_new, policy)| Step::Begin(m, create, only_new, policy)),
        6 => (1..6_u64, drafts()).prop_map(|(import, units)| Step::ImportUnits(import, units)),
        4 => (1..6_u64).prop_map(Step::Complete),
        1 => (1..6_u64).prop_map(Step::Abort),
        4 => (0..3_usize, 1..6_u64).prop_map(|(m, import)| Step::Revert(m, import)),
        2 => (0..3_usize, prop::option::of(0..1_000_i64), any::<bool>())
            .prop_map(|(pattern, end, allow)| Step::CreateToken(pattern, end, allow)),
        1 => (1..6_u64).prop_map(Step::RevokeToken),
        1 => (1..6_u64, 0..4_i64).prop_map(|(token, day)| Step::NoteTokenUse(token, day)),
    ]
}

/// A clock that is wrong by hours, as clocks of other machines are.
#[derive(Debug)]
struct FixedClock(i64);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0)
    }
}

pub(crate) fn open(folder: &Path, checkpoint_units: usize, clock: i64) -> Engine {
    let options = StoreOptions { checkpoint_units, disk_reserve_bytes: 0, ..StoreOptions::default() };
    let (engine, _) =
        Engine::open(folder, &options, Limits::default(), Box::new(FixedClock(clock))).expect("an engine");
    engine
}

/// Returns the reference that a proposer would put into a change.
fn collection_ref(engine: &Engine, kind: CollectionKind, number: usize) -> CollectionRef {
    let name = name(number);
    let catalog = engine.catalog.load();
    let number = match kind {
        CollectionKind::Memory => catalog.memories.get(&name).map(|view| view.number),
        CollectionKind::Glossary => catalog.glossaries.get(&name).map(|view| view.number),
    };
    CollectionRef { number, name }
}

pub(crate) fn action(engine: &Engine, step: &Step) -> Action<UnitDraft> {
    let memory = |number| collection_ref(engine, CollectionKind::Memory, number);
    match step.clone() {
        Step::Create(kind, number) => Action::CreateCollection { kind, new: new_collection(number) },
        Step::Delete(kind, number) => {
            Action::DeleteCollection { kind, collection: collection_ref(engine, kind, number) }
        }
        Step::Rename(from, to) => {
            Action::UpdateMemory { memory: memory(from), new_name: Some(name(to)), description: None }
        }
        Step::Put(number, units, duplicates) => {
            let units = units.into_iter().map(draft).collect();
            Action::PutUnits { memory: memory(number), units, duplicates, most_replaced: 2 }
        }
        Step::Revise(number, id, unit, expected, undelete) => Action::ReviseUnit {
            memory: memory(number),
            id: UnitId(Sequence(id)),
            unit: Box::new(draft(unit)),
            condition: RevisionCondition { expected, undelete },
        },
        Step::DeleteUnits(number, ids) => {
            let ids = ids.into_iter().map(|id| UnitId(Sequence(id))).collect();
            Action::DeleteUnits { memory: memory(number), ids }
        }
        Step::DeleteMatching(number, import) => {
            let condition = import.map_or(Condition::ExternalId("1".to_owned()), Condition::Import);
            Action::DeleteMatchingUnits { memory: memory(number), filter: Filter(Some(condition)) }
        }
        Step::PutConcepts(number, create, concepts, import) => Action::PutConcepts {
            glossary: collection_ref(engine, CollectionKind::Glossary, number),
            create: create.then(|| new_collection(number)),
            concepts: concepts.into_iter().map(concept).collect(),
            import: import
                .map(|update_by_id| ConceptImport { file_name: "terms.tbx".to_owned(), update_by_id }),
        },
        Step::RevertConcepts(number, import) => Action::RevertConcepts {
            glossary: collection_ref(engine, CollectionKind::Glossary, number),
            import,
        },
        Step::DeleteConcepts(number, ids) => Action::DeleteConcepts {
            glossary: collection_ref(engine, CollectionKind::Glossary, number),
            ids: ids.into_iter().map(|id| format!("k{id}")).collect(),
        },
        Step::Begin(number, create, only_new, policy) => Action::BeginImport {
            memory: memory(number),
            create: create.then(|| new_collection(number)),
            only_new,
            policy,
            file_name: "units.tmx".to_owned(),
        },
        Step::ImportUnits(import, units) => {
            Action::ImportUnits { import, units: units.into_iter().map(draft).collect() }
        }
        Step::Complete(import) => Action::CompleteImport { import },
        Step::Abort(import) => Action::AbortImport { import },
        Step::Revert(number, import) => Action::RevertImport { memory: memory(number), import },
        Step::CreateToken(number, end, allow_unmatched) => {
            let pattern = NamePattern::parse(NAMES[number % NAMES.len()]).expect("a pattern");
            let grant = Grant { role: Role::Contributor, memories: vec![pattern], glossaries: Vec::new() };
            let new = NewToken {
                name: name(number),
                grants: Grants(vec![grant]),
                expires_at: end.map(Timestamp),
                allow_unmatched,
            };
            // The secret of a test does not matter; that of each step is another one.
            let hash = TokenHash(std::array::from_fn(|n| format!("{step:?}").into_bytes()[n % 8]));
            Action::CreateToken(Box::new(TokenDraft { new, hash, most_valid: 3 }))
        }
        Step::RevokeToken(number) => Action::RevokeToken { number: TokenNumber(number) },
        Step::NoteTokenUse(number, day) => {
            Action::NoteTokenUse { number: TokenNumber(number), day: Timestamp(day) }
        }
    }
}

/// Returns everything that readers of an engine can see.
pub(crate) fn visible(engine: &Engine) -> Vec<String> {
    let caller = Caller::anonymous();
    let page = PageRequest { size: 1_000, token: String::new() };
    let tokens = engine.tokens(&caller, &page).expect("tokens").0;
    let mut seen = vec![format!("{tokens:?}")];
    for memory in engine.memories(&caller, &page).expect("memories").items {
        let name = &memory.info.name;
        let units =
            engine.units(&caller, name, &Filter::default(), &page, &Deadline::never()).expect("units").items;
        for unit in &units {
            seen.push(format!("{:?}", engine.revisions(&caller, name, unit.id, &page, &Deadline::never())));
        }
        for format in [UnitFormat::Tmx, UnitFormat::Jsonl] {
            let mut bytes = Vec::new();
            let report = engine.export_units(
                &caller,
                name,
                &Filter::default(),
                format,
                &mut bytes,
                &Deadline::never(),
            );
            seen.push(format!("{report:?} {}", String::from_utf8_lossy(&bytes)));
        }
        for side in [UnitSide::Source, UnitSide::Target] {
            for text in SOURCES.iter().chain(&TARGETS) {
                let options = LookupOptions {
                    memories: vec![MemorySelection { name: name.clone(), penalty: Score::ZERO }],
                    side,
                    threshold: Score::from_percent(50.0).expect("a score"),
                    ..LookupOptions::default()
                };
                let segment = Segment::plain(*text);
                let answer =
                    engine.lookup(&caller, segment, Context::default(), &options, &Deadline::never());
                // How many rows were compared depends on how the index came about.
                let answer = answer.map(|answer| LookupAnswer { effort: LookupEffort::default(), ..answer });
                seen.push(format!("{answer:?}"));
            }
        }
        seen.push(format!("{memory:?}"));
    }
    for glossary in engine.glossaries(&caller, &page).expect("glossaries").items {
        let mut bytes = Vec::new();
        let report = engine.export_concepts(
            &caller,
            &glossary.info.name,
            ConceptFormat::Tbx,
            &mut bytes,
            &Deadline::never(),
        );
        seen.push(format!("{report:?} {}", String::from_utf8_lossy(&bytes)));
        seen.push(format!("{:?}", engine.concepts(&caller, &glossary.info.name, &page)));
        seen.push(format!("{glossary:?}"));
    }
    seen
}
