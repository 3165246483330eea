//! A lookup returns exactly the matches that brute force with plain `strsim` finds among all units,
//! with any penalties, filters, memories and limits.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use dhakira::{
    caller::Caller,
    engine::{
        Condition, Deadline, DuplicatePolicy, Engine, ExplainedPair, Filter, LookupOptions, MemorySelection,
        NewCollection, explain,
    },
    limits::Limits,
    locale::Locale,
    matching::{LookupMatch, Order, UnitSide},
    rpc::proto::{self, lookup_stream_response::Result as StreamResult},
    score::{Caps, Flag, MatchKind, Penalties, Score},
    segment::Segment,
    text::{folded, same},
    unit::{Context, Origin, Provenance, UnitDraft},
};
use proptest::prelude::*;

use crate::support::{TestServer, draft, engine_at, engine_with, name, stored_units, unit};

#[derive(Clone, Debug)]
struct GeneratedUnit {
    memory: bool,
    source: String,
    target: String,
    machine: bool,
    ann: bool,
}

#[derive(Clone, Debug)]
struct GeneratedQuery {
    text: String,
    threshold: u16,
    limit: usize,
    penalty: u16,
    only_ann: bool,
    raw: bool,
    reverse: bool,
    cap: u16,
}

fn texts() -> impl Strategy<Value = String> {
    // There are only a few letters, so that near texts, equal folded forms and ties are frequent,
    // and negators and numbers, so that flags cap scores.
    "(لا )?[أابت]{1,3}( [أابة\u{64b}]{1,4}){0,3}( [12])?"
        .prop_filter("something is left", |t| !folded(t).is_empty())
}

fn targets() -> impl Strategy<Value = String> {
    "(not )?[aB]{1,3}( [ab]{1,3}){0,2}( [12])?"
}

fn given() -> impl Strategy<Value = Vec<GeneratedUnit>> {
    let one = (any::<bool>(), texts(), targets(), any::<bool>(), any::<bool>()).prop_map(
        |(memory, source, target, machine, ann)| GeneratedUnit { memory, source, target, machine, ann },
    );
    prop::collection::vec(one, 1..60)
}

fn questions() -> impl Strategy<Value = Vec<GeneratedQuery>> {
    let one =
        (
            prop_oneof![3 => (texts(), Just(false)), 1 => (targets(), Just(true))],
            0_u16..=10_000,
            1_usize..8,
            prop::sample::select(vec![0, 0, 700, 3_000]),
            any::<bool>(),
            any::<bool>(),
            prop::sample::select(vec![8_400, 8_400, 5_000, 0]),
        )
            .prop_map(|((text, reverse), threshold, limit, penalty, only_ann, raw, cap)| {
                GeneratedQuery { text, threshold, limit, penalty, only_ann, raw, reverse, cap }
            });
    prop::collection::vec(one, 1..12)
}

/// Returns the similarity, computed independently of the crate, in integers.
fn expected_similarity(a: &str, b: &str) -> u16 {
    let longer = a.chars().count().max(b.chars().count());
    u16::try_from((longer - strsim::levenshtein(a, b)) * 10_000 / longer).unwrap()
}

/// Returns the score, kind and similarity of a unit as docs/matching.md defines them. The flags
/// come from explaining the pair alone.
fn expected_judgement(q: &GeneratedQuery, unit: &UnitDraft, penalty: u16) -> (u16, MatchKind, u16) {
    let (asked, side) = (&q.text, if q.reverse { &unit.target } else { &unit.source });
    let stored = &side.segment.text;
    let similarity = expected_similarity(&folded(asked), &folded(stored));
    let (kind, worth) = if same(asked) == same(stored) {
        (MatchKind::Exact, 10_000)
    } else if folded(asked) == folded(stored) {
        (MatchKind::ExactOrthographic, 9_900)
    } else {
        (MatchKind::Fuzzy, similarity.min(9_899))
    };
    let machine = if unit.provenance.origin == Origin::Machine { 1_000 } else { 0 };
    let left = worth.saturating_sub(penalty).saturating_sub(machine);
    let pair = ExplainedPair {
        query: (Segment::plain(asked.clone()), Context::default()),
        stored: (Segment::plain(stored.clone()), Context::default()),
        target: None,
        source_locale: Locale::arabic(),
        target_locale: Locale::english(),
        provenance: Provenance::default(),
        penalties: Penalties::default(),
        caps: caps(q),
    };
    let flags = explain(&Limits::default(), &pair).unwrap().judgement.flags;
    let caps = flags.iter().map(|flag| if *flag == Flag::Vocalization { 9_400 } else { q.cap });
    (caps.fold(left, u16::min), kind, similarity)
}

fn caps(q: &GeneratedQuery) -> Caps {
    let cap = Score::from_hundredths(q.cap);
    Caps { negation: cap, number: cap, placeholder: cap, opposite: cap, unit: cap, ..Caps::default() }
}

/// Returns the matches by brute force: id, score, similarity and number of duplicates.
fn brute_force(engine: &Engine, q: &GeneratedQuery) -> Vec<(String, u16, u16, u32)> {
    let mut groups: BTreeMap<(String, String), Vec<_>> = BTreeMap::new();
    for (memory, penalty) in [("a", 0), ("b", q.penalty)] {
        for unit in stored_units(engine, memory) {
            if q.only_ann && unit.content.provenance.created_by != "ann" {
                continue;
            }
            let (score, kind, similarity) = expected_judgement(q, &unit.content, penalty);
            let by_score = (!q.raw).then_some((Reverse(score), kind));
            let key = (by_score, Reverse(similarity), Reverse(unit.change_time()), unit.id);
            let text = (unit.content.source.segment.text.clone(), unit.content.target.segment.text.clone());
            groups.entry(text).or_default().push((key, unit.id.to_string(), score, similarity));
        }
    }
    let mut best: Vec<_> = groups
        .into_values()
        .map(|mut group| {
            group.sort();
            let more = u32::try_from(group.len() - 1).unwrap();
            (group.remove(0), more)
        })
        .filter(|((_, _, score, similarity), _)| if q.raw { *similarity } else { *score } >= q.threshold)
        .collect();
    best.sort();
    best.truncate(q.limit);
    best.into_iter().map(|((_, id, score, similarity), more)| (id, score, similarity, more)).collect()
}

fn select(memory: &str, penalty: u16) -> MemorySelection {
    MemorySelection { name: name(memory), penalty: Score::from_hundredths(penalty) }
}

/// Returns the matches of the engine.
fn engine_matches(engine: &Engine, q: &GeneratedQuery, order: Order, limit: usize) -> Vec<LookupMatch> {
    let options = LookupOptions {
        memories: vec![select("a", 0), select("b", q.penalty)],
        threshold: Score::from_hundredths(q.threshold),
        limit,
        filter: Filter(q.only_ann.then(|| Condition::CreatedBy("ann".to_owned()))),
        order,
        side: if q.reverse { UnitSide::Target } else { UnitSide::Source },
        caps: caps(q),
        ..Default::default()
    };
    let text = Segment::plain(q.text.clone());
    let answer =
        engine.lookup(&Caller::anonymous(), text, Context::default(), &options, &Deadline::never()).unwrap();
    assert!(!answer.truncated);
    answer.matches
}

/// Returns matches in the form of [`brute_force`].
fn in_short(matches: Vec<LookupMatch>) -> Vec<(String, u16, u16, u32)> {
    let in_short = matches.into_iter().map(|m| {
        let j = &m.ranked.judged_unit.judgement;
        (
            m.ranked.judged_unit.unit.id.to_string(),
            j.score.hundredths(),
            j.similarity.hundredths(),
            m.ranked.duplicates,
        )
    });
    in_short.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]
    #[test]
    fn a_reply_is_that_of_brute_force(
        given in given(),
        questions in questions(),
        deleted in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let caller = Caller::anonymous();
        let engine = engine_at(folder.path());
        for memory in ["a", "b"] {
            engine.create_memory(&caller, NewCollection::arabic_to_english(name(memory))).unwrap();
        }
        for g in given {
            let mut draft = unit(&g.source, &g.target);
            draft.provenance.origin = if g.machine { Origin::Machine } else { Origin::Human };
            draft.provenance.created_by = if g.ann { "ann" } else { "bob" }.to_owned();
            let memory = if g.memory { "a" } else { "b" };
            engine.put_units(&caller, &name(memory), vec![draft], DuplicatePolicy::KeepAll).unwrap();
        }
        for nth in deleted {
            let units = stored_units(&engine, "a");
            if !units.is_empty() {
                engine.delete_units(&caller, &name("a"), vec![units[nth.index(units.len())].id], false).unwrap();
            }
        }
        for q in &questions {
            let order = if q.raw { Order::Similarity } else { Order::Score };
            let found = in_short(engine_matches(&engine, q, order, q.limit));
            prop_assert_eq!(found, brute_force(&engine, q), "{:?}", q);
            // The most useful matches are the first ones of the best 50 by score, sorted by usefulness.
            let useful = in_short(engine_matches(&engine, q, Order::Usefulness, q.limit));
            let mut expected = engine_matches(&engine, q, Order::Score, 50);
            expected.sort_by_key(|m| Reverse(m.ranked.usefulness));
            expected.truncate(q.limit);
            prop_assert_eq!(useful, in_short(expected), "{:?}", q);
        }
    }
}

fn count_exact(engine: &Engine, text: &str) -> usize {
    let options = LookupOptions { threshold: Score::FULL, limit: 100, ..Default::default() };
    let answer = engine
        .lookup(&Caller::anonymous(), Segment::plain(text), Context::default(), &options, &Deadline::never())
        .unwrap();
    answer.matches.len()
}

/// While writers add and delete units, a lookup finds every unit that was acknowledged before it
/// began, and none that was deleted before it began.
#[test]
fn lookups_are_exact_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    let caller = Caller::anonymous();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let (engine, caller) = (&engine, &caller);
                scope.spawn(move || {
                    for n in 0..60 {
                        let text = format!("الجملة رقم {n} من الكاتب {writer}");
                        let (put, _) = engine
                            .put_units(caller, &name("m"), vec![unit(&text, "x")], DuplicatePolicy::KeepAll)
                            .unwrap();
                        assert_eq!(count_exact(engine, &text), 1, "acknowledged, so visible");
                        if n % 2 == 0 {
                            engine.delete_units(caller, &name("m"), vec![put[0].id], false).unwrap();
                            assert_eq!(count_exact(engine, &text), 0, "deleted, so not found");
                        }
                    }
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            // Writer 1 puts sentence 7 and keeps it. It puts sentence 8 and deletes it again.
            let (mut lookups, mut kept, mut deleted) = (0, 0, Vec::new());
            while !over.load(Ordering::Relaxed) {
                let found = count_exact(&engine, "الجملة رقم 7 من الكاتب 1");
                assert!(found == kept || (kept, found) == (0, 1), "it was found {kept} times, then {found}");
                kept = found;
                deleted.push(count_exact(&engine, "الجملة رقم 8 من الكاتب 1"));
                lookups += 1;
            }
            deleted.dedup();
            assert!(matches!(deleted[..], [0] | [0, 1, 0] | [1, 0] | [0, 1] | [1]), "{deleted:?}");
            lookups
        });
        let results: Vec<_> = writers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        over.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
        assert!(results.iter().all(Result::is_ok), "a writer failed");
    });
    assert_eq!(count_exact(&engine, "الجملة رقم 7 من الكاتب 1"), 1);
    assert_eq!(count_exact(&engine, "الجملة رقم 8 من الكاتب 1"), 0);
    assert_eq!(engine.memory(&caller, &name("m")).unwrap().units, 90);
}

fn word(n: usize) -> &'static str {
    ["وصل", "غادر", "الوفد", "الوزير", "أمس", "دمشق", "حلب"][n % 7]
}

fn sentence(n: usize) -> String {
    (0..2 + n % 5).map(|i| word(n / (i + 1) + i)).collect::<Vec<_>>().join(" ")
}

fn options(threshold: f64) -> proto::LookupOptions {
    proto::LookupOptions { threshold: Some(threshold), ..Default::default() }
}

/// Lookups in a batch or in a burst of a stream share work. Their answers are the same as those of
/// single lookups.
#[tokio::test]
async fn answers_together_are_those_of_each_alone() {
    let server = TestServer::start().await;
    server.create("m").await;
    let units = (0..300).map(|n| draft(&format!("{} {n}", sentence(n)), &format!("t{n}"))).collect();
    server.put("m", units).await;
    let asked: Vec<String> = (0..150).map(|n| format!("{} {}", sentence(n * 3), n % 11)).collect();
    let mut alone = Vec::new();
    for text in &asked {
        alone.push(server.look_up(text, options(60.0)).await);
    }
    let queries =
        asked.iter().map(|t| proto::LookupQuery { text: t.clone(), ..Default::default() }).collect();
    let request = proto::LookupBatchRequest { queries, options: Some(options(60.0)) };
    let batch = server.lookups().lookup_batch(request).await.unwrap().into_inner().responses;
    assert_eq!(batch.into_iter().map(|r| r.matches).collect::<Vec<_>>(), alone);
    assert!(alone.iter().filter(|m| !m.is_empty()).count() > 100);

    // Some queries have other options and one is bad, which does not change the other answers.
    let requests = asked.iter().enumerate().map(|(n, text)| {
        let text = if n == 70 { String::new() } else { text.clone() };
        let options = Some(options(if n % 10 == 3 { 100.0 } else { 60.0 }));
        let request = proto::LookupRequest { text, options, ..Default::default() };
        proto::LookupStreamRequest { request: Some(request) }
    });
    let requests = tokio_stream::iter(requests.collect::<Vec<_>>());
    let mut stream = server.lookups().lookup_stream(requests).await.unwrap().into_inner();
    for (n, alone) in alone.into_iter().enumerate() {
        match stream.message().await.unwrap().unwrap().result.unwrap() {
            StreamResult::Response(response) if n % 10 != 3 => assert_eq!(response.matches, alone, "{n}"),
            StreamResult::Response(response) => assert!(response.matches.iter().all(|m| m.score == 100.0)),
            StreamResult::Error(error) => assert_eq!((n, error.reason.as_str()), (70, "TEXT_EMPTY")),
        }
    }
    assert_eq!(stream.message().await.unwrap(), None);
}
