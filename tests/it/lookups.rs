//! Lookups over the wire.

use dhakira::rpc::proto::{
    self, DiffOperation, Flag, Fold, MatchKind, PenaltyReason, lookup_stream_response::Result as StreamResult,
};
use tokio_stream::StreamExt;

use tonic::Code;

use crate::support::{TestServer, draft, refusal, source, target};

async fn filled() -> TestServer {
    let server = TestServer::start().await;
    server.create("m").await;
    let units = ["وصل الوفد إلى دمشق.", "وصل الوفد إلى حلب أمس.", "غادر الوزير العاصمة."];
    server.put("m", units.iter().map(|s| draft(s, &format!("en {s}"))).collect()).await;
    server
}

#[tokio::test]
async fn kinds_scores_and_folds_are_returned() {
    let server = filled().await;
    for (asked, kind, score) in [
        ("وصل الوفد إلى دمشق.", MatchKind::Exact, 100.0),
        ("وصل  الوفد إلى دمشـق .", MatchKind::Exact, 100.0),
        ("وصل الوفد الى دمشق.", MatchKind::ExactOrthographic, 99.0),
        ("وصل الوفد إلى حمص.", MatchKind::Fuzzy, 84.21),
    ] {
        let found = server.look_up(asked, Default::default()).await;
        assert_eq!((found[0].kind(), found[0].score), (kind, score), "{asked}");
        assert_eq!(source(&found[0]), "وصل الوفد إلى دمشق.");
    }
    let orthographic = server.look_up("وصل الوفد الى دمشق.", Default::default()).await;
    assert_eq!(orthographic[0].folds_used().collect::<Vec<_>>(), [Fold::Hamza]);
}

#[tokio::test]
async fn diffs_point_into_both_texts_in_the_asked_unit() {
    let server = TestServer::start().await;
    server.create("m").await;
    server.put("m", vec![draft("😀 وصل وفد", "x")]).await;
    for (unit, expected) in [
        (proto::OffsetUnit::CodePoint, (6, 6, 6, 8)),
        (proto::OffsetUnit::Utf16, (7, 7, 7, 9)),
        (proto::OffsetUnit::Utf8, (12, 12, 12, 16)),
    ] {
        let options = proto::LookupOptions { offset_unit: unit.into(), ..Default::default() };
        let found = server.look_up("😀 وصل الوفد", options).await;
        let inserted = found[0].diff.iter().find(|d| d.operation() == DiffOperation::Insert).unwrap();
        let span = (inserted.stored_start, inserted.stored_end, inserted.asked_start, inserted.asked_end);
        assert_eq!(span, expected, "{unit:?}");
    }
}

fn select(memory: &str, penalty: f64) -> proto::MemorySelection {
    proto::MemorySelection { name: memory.into(), penalty }
}

#[tokio::test]
async fn several_memories_are_one_list_without_duplicates() {
    let server = filled().await;
    server.create("n").await;
    server
        .put(
            "n",
            vec![
                draft("وصل الوفد إلى دمشق.", "en وصل الوفد إلى دمشق."),
                draft("وصل الوفد إلى دمشق", "other"),
            ],
        )
        .await;
    let options =
        proto::LookupOptions { memories: vec![select("m", 5.0), select("n", 0.0)], ..Default::default() };
    let found = server.look_up("وصل الوفد إلى دمشق.", options).await;
    let best = &found[0];
    assert_eq!((best.unit.as_ref().unwrap().memory.as_str(), best.score), ("n", 100.0));
    assert_eq!((best.duplicates, best.duplicate_memories.clone()), (1, vec!["m".to_owned(), "n".to_owned()]));
    assert!(best.penalties.is_empty());

    let options = proto::LookupOptions { memories: vec![select("m", 5.5)], ..Default::default() };
    let found = server.look_up("وصل الوفد إلى دمشق.", options).await;
    let penalty = &found[0].penalties[0];
    assert_eq!((found[0].score, penalty.reason(), penalty.points), (94.5, PenaltyReason::Memory, 5.5));
}

fn options(threshold: f64, limit: i32) -> proto::LookupOptions {
    proto::LookupOptions { threshold: Some(threshold), limit: Some(limit), ..Default::default() }
}

#[tokio::test]
async fn thresholds_and_limits_are_kept() {
    let server = filled().await;
    assert_eq!(server.look_up("وصل الوفد إلى حمص.", options(84.21, 5)).await.len(), 1);
    assert_eq!(server.look_up("وصل الوفد إلى حمص.", options(84.22, 5)).await.len(), 0);
    assert_eq!(server.look_up("وصل الوفد إلى حمص.", options(0.0, 100)).await.len(), 3);
    assert_eq!(server.look_up("وصل الوفد إلى حمص.", options(0.0, 2)).await.len(), 2);
}

fn after(previous: &str) -> proto::Context {
    proto::Context { previous: Some(previous.into()), ..Default::default() }
}

#[tokio::test]
async fn context_makes_a_kind_and_wins_ties() {
    let server = TestServer::start().await;
    server.create("m").await;
    let units = [("هل غادر؟", "yes, he left"), ("هل وصل؟", "yes, he came")].map(|(previous, target)| {
        proto::UnitDraft { context: Some(after(previous)), ..draft("نعم", target) }
    });
    server.put("m", units.to_vec()).await;
    let ask = async |previous: &str| {
        let context = Some(after(previous));
        let request = proto::LookupRequest { text: "نعم".into(), context, ..Default::default() };
        server.lookups().lookup(request).await.unwrap().into_inner().matches
    };
    let found = ask("هل غادر؟").await;
    assert_eq!((found[0].kind(), target(&found[0])), (MatchKind::InContext, "yes, he left"));
    assert_eq!(found[1].kind(), MatchKind::Exact);
    assert!(ask("هل نام؟").await.iter().all(|m| m.kind() == MatchKind::Exact));
}

fn query(text: &str) -> proto::LookupQuery {
    proto::LookupQuery { text: text.into(), ..Default::default() }
}

fn stream_request(text: &str) -> proto::LookupStreamRequest {
    let request = proto::LookupRequest { text: text.into(), ..Default::default() };
    proto::LookupStreamRequest { request: Some(request) }
}

#[tokio::test]
async fn a_batch_and_a_stream_answer_as_single_calls_do() {
    let server = filled().await;
    let texts = ["وصل الوفد إلى حمص.", "غادر الوزير", "شيء آخر تماما"];
    let mut single = Vec::new();
    for text in texts {
        single.push(server.look_up(text, Default::default()).await);
    }
    let batch = proto::LookupBatchRequest { queries: texts.map(query).to_vec(), options: None };
    let answers = server.lookups().lookup_batch(batch).await.unwrap().into_inner().responses;
    assert_eq!(answers.into_iter().map(|r| r.matches).collect::<Vec<_>>(), single);

    let requests = [texts[0], "", texts[1], texts[2]].map(stream_request);
    let stream = server.lookups().lookup_stream(tokio_stream::iter(requests)).await.unwrap().into_inner();
    let answers: Vec<_> = stream.map(|a| a.unwrap().result.unwrap()).collect().await;
    let matches = [0, 2, 3].map(|n: usize| match &answers[n] {
        StreamResult::Response(r) => r.matches.clone(),
        StreamResult::Error(e) => panic!("{e:?}"),
    });
    assert_eq!(matches.to_vec(), single);
    assert!(matches!(&answers[1], StreamResult::Error(e) if e.reason == "TEXT_EMPTY" && e.field == "text"));
}

#[tokio::test]
async fn codes_are_compared_apart_from_the_text() {
    let server = TestServer::start().await;
    server.create("m").await;
    let code = proto::InlineCode {
        position: 0,
        kind: proto::InlineCodeKind::Standalone.into(),
        raw: "{0}".into(),
        ..Default::default()
    };
    let mut coded = draft("نعم", "yes");
    coded.source.as_mut().unwrap().segment.as_mut().unwrap().codes = vec![code.clone()];
    server.put("m", vec![coded]).await;
    let ask = async |codes| {
        let request = proto::LookupRequest { text: "نعم".into(), codes, ..Default::default() };
        server.lookups().lookup(request).await.unwrap().into_inner().matches.remove(0)
    };
    let same = ask(vec![code]).await;
    assert_eq!((same.kind(), same.score), (MatchKind::Exact, 100.0));
    let bare = ask(vec![]).await;
    assert_eq!((bare.kind(), bare.score), (MatchKind::Exact, 99.0));
    assert_eq!(bare.penalties[0].reason(), PenaltyReason::CodesDiffer);
}

/// Returns an opening and a closing code of an element, at two positions.
fn codes(element: &str, at: [u32; 2]) -> Vec<proto::InlineCode> {
    use proto::InlineCodeKind::{Close, Open};
    let kinds = [(Open, format!("<{element}>")), (Close, format!("</{element}>"))];
    let codes = kinds.into_iter().zip(at).map(|((kind, raw), position)| proto::InlineCode {
        position,
        kind: kind.into(),
        pair: "1".into(),
        raw,
        ..Default::default()
    });
    codes.collect()
}

#[tokio::test]
async fn codes_are_carried_over_into_the_target_and_its_repair() {
    let server = TestServer::start().await;
    server.create("m").await;
    let mut coded = draft("في عام 2013 وصل الوفد", "The delegation arrived in 2013.");
    coded.source.as_mut().unwrap().segment.as_mut().unwrap().codes = codes("i", [16, 21]);
    coded.target.as_mut().unwrap().segment.as_mut().unwrap().codes = codes("i", [26, 30]);
    server.put("m", vec![coded]).await;
    let ask = async |text: &str, codes, reverse| {
        let options = proto::LookupOptions { reverse, ..Default::default() };
        let request =
            proto::LookupRequest { text: text.into(), codes, options: Some(options), ..Default::default() };
        server.lookups().lookup(request).await.unwrap().into_inner().matches.remove(0)
    };
    let found = ask("في عام 2013 وصل الوفد", codes("b", [16, 21]), false).await;
    assert_eq!(found.carried_codes.unwrap().codes, codes("b", [26, 30]));
    assert_eq!(found.repair, None);
    // The stored target keeps its own codes.
    assert_eq!(found.unit.unwrap().target.unwrap().segment.unwrap().codes, codes("i", [26, 30]));
    let repaired = ask("في عام 10,000 وصل الوفد", codes("b", [18, 23]), false).await;
    assert_eq!(repaired.carried_codes.unwrap().codes, codes("b", [26, 30]));
    let repair = repaired.repair.unwrap();
    assert_eq!(repair.target, "The delegation arrived in 10000.");
    assert_eq!(repair.codes, codes("b", [26, 31]));
    let reverse = ask("The delegation arrived in 2013.", codes("b", [26, 30]), true).await;
    assert_eq!(reverse.carried_codes.unwrap().codes, codes("b", [16, 21]));
    let elsewhere = ask("في عام 2013 وصل الوفد", codes("b", [0, 2]), false).await;
    assert_eq!(elsewhere.carried_codes, None);
    let bare = ask("في عام 2013 وصل الوفد", vec![], false).await;
    assert_eq!(bare.carried_codes, None);
}

#[tokio::test]
async fn a_deadline_returns_partial_results() {
    let server = filled().await;
    let mut request = tonic::Request::new(proto::LookupRequest {
        text: "وصل الوفد إلى حمص.".into(),
        ..Default::default()
    });
    // This deadline has passed before the search begins.
    request.metadata_mut().insert("grpc-timeout", "1n".parse().unwrap());
    match server.lookups().lookup(request).await {
        Ok(answer) => assert!(answer.into_inner().truncated),
        // tonic itself may notice the deadline first.
        Err(status) => {
            assert!(matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded), "{status:?}");
        }
    }
}

#[tokio::test]
async fn terms_come_with_matches() {
    let server = TestServer::start_with(|s| s.sample = true).await;
    let options = proto::LookupOptions { glossaries: vec!["sample".into()], ..Default::default() };
    let request = proto::LookupRequest {
        text: "انسحاب وشيك لكتائب المعارضة من حمص".into(),
        options: Some(options),
        ..Default::default()
    };
    let answer = server.lookups().lookup(request).await.unwrap().into_inner();
    let term = answer.terms.iter().find(|t| t.surface.contains("حمص")).unwrap();
    assert_eq!(term.targets[0].text, "Homs");
    assert_eq!(term.surface, "حمص");
    assert_eq!((term.start, term.end), (31, 34));
}

#[tokio::test]
async fn a_reversed_meaning_is_flagged_and_capped() {
    let server = TestServer::start().await;
    server.create("m").await;
    let stored = "يجوز للموظف العمل من المنزل في أيام المطر";
    server.put("m", vec![draft(stored, "The employee may work from home on rainy days")]).await;
    let opposite = format!("لا {stored}");
    let found = server.look_up(&opposite, Default::default()).await;
    assert_eq!(found[0].flags().collect::<Vec<_>>(), [Flag::NegationDiffers]);
    assert!(found[0].similarity > 90.0);
    assert_eq!(found[0].score, 84.0);
    let at_85 = proto::LookupOptions { threshold: Some(85.0), ..Default::default() };
    assert!(server.look_up(&opposite, at_85).await.is_empty());
    let caps = proto::Caps { negation: Some(50.0), ..Default::default() };
    let lower = proto::LookupOptions { caps: Some(caps), threshold: Some(0.0), ..Default::default() };
    assert_eq!(server.look_up(&opposite, lower).await[0].score, 50.0);
}

#[tokio::test]
async fn matches_can_be_ordered_by_what_is_useful_of_them() {
    let server = TestServer::start().await;
    server.create("m").await;
    // The first one has fewer other letters, the second one more of the words.
    let stored = [("كتاب العمر في المدرسة", "a"), ("وبكتاب العمل في المدرستين", "b"), ("كتب كثيرة هنا", "c")];
    server.put("m", stored.iter().map(|(source, target)| draft(source, target)).collect()).await;
    let targets = |found: &[proto::Match]| found.iter().map(|m| target(m).to_owned()).collect::<Vec<_>>();
    let asked = "كتاب العمل في المدرسة";
    let by_score = server.look_up(asked, Default::default()).await;
    assert_eq!(targets(&by_score), ["a", "b"]);
    assert!(by_score[0].score > by_score[1].score && by_score[0].usefulness < by_score[1].usefulness);
    let order = proto::MatchOrder::Usefulness.into();
    let useful = proto::LookupOptions { order, ..Default::default() };
    let found = server.look_up(asked, useful.clone()).await;
    assert_eq!(targets(&found), ["b", "a"]);
    // What is most useful is in the answer, even if it has place for one only.
    let one = proto::LookupOptions { limit: Some(1), ..useful };
    assert_eq!(targets(&server.look_up(asked, one).await), ["b"]);
    let request = proto::ScoreRequest {
        asked: Some(query(asked)),
        stored: Some(query("كتاب العمر في المدرسة")),
        ..Default::default()
    };
    let explained = server.lookups().score(request).await.unwrap().into_inner();
    assert_eq!(explained.usefulness, by_score[0].usefulness, "a score is explained without the memory");
}

#[tokio::test]
async fn numbers_are_carried_over_beside_the_stored_target() {
    let server = TestServer::start().await;
    server.create("m").await;
    server.put("m", vec![draft("😀 اشترت المدرسة 5 حواسيب", "😀 The school bought 5 computers")]).await;
    let options = proto::LookupOptions { offset_unit: proto::OffsetUnit::Utf16.into(), ..Default::default() };
    let found = server.look_up("😀 اشترت المدرسة ٧ حواسيب", options.clone()).await;
    assert_eq!(target(&found[0]), "😀 The school bought 5 computers", "stored text is never edited");
    assert_eq!(found[0].score, 84.0);
    let repair = found[0].repair.as_ref().unwrap();
    assert_eq!((repair.target.as_str(), repair.score), ("😀 The school bought 7 computers", 97.0));
    let edit = &repair.edits[0];
    assert_eq!((edit.from.as_str(), edit.to.as_str(), edit.start, edit.end), ("5", "7", 21, 22));

    let refused = server.look_up("😀 اشترت المدرسة 15 حواسيب", options).await;
    assert_eq!(refused[0].repair, None);
    assert_eq!(refused[0].repair_refused(), proto::RepairRefusal::PluralDiffers);
}

#[tokio::test]
async fn reverse_lookups_compare_the_other_side() {
    let server = TestServer::start().await;
    server.create("m").await;
    let stored =
        [("وصل 5 وزراء أمس", "5 ministers arrived yesterday"), ("غادر الوفد", "The delegation left")];
    let put = server.put("m", stored.iter().map(|(s, t)| draft(s, t)).collect()).await;
    let reverse = proto::LookupOptions { reverse: true, ..Default::default() };
    let found = server.look_up("6 ministers arrived yesterday", reverse.clone()).await;
    assert_eq!(found.len(), 1);
    assert_eq!(source(&found[0]), "وصل 5 وزراء أمس");
    assert_eq!(found[0].flags().collect::<Vec<_>>(), [Flag::NumberDiffers]);
    assert_eq!(found[0].repair.as_ref().unwrap().target, "وصل 6 وزراء أمس");
    assert_eq!(found[0].diff[0].operation(), DiffOperation::Replace);
    assert!(server.look_up("وصل 5 وزراء أمس", reverse.clone()).await.is_empty());
    assert!(server.look_up("5 ministers arrived yesterday", Default::default()).await.is_empty());
    let request = proto::DeleteUnitsRequest {
        memory: "m".into(),
        ids: vec![put.results[0].id.clone()],
        ..Default::default()
    };
    server.memories().delete_units(request).await.unwrap();
    let found = server.look_up("5 ministers arrived yesterday", reverse).await;
    assert!(found.is_empty(), "the unit was deleted");
}

#[tokio::test]
async fn a_pair_is_explained_without_a_memory() {
    let server = TestServer::start().await;
    let request = proto::ScoreRequest {
        asked: Some(query("وصل 7 وزراء")),
        stored: Some(query("وصل 5 وزراء")),
        target: "5 ministers arrived".into(),
        ..Default::default()
    };
    let explained = server.lookups().score(request.clone()).await.unwrap().into_inner();
    assert_eq!((explained.similarity, explained.score), (90.9, 84.0));
    assert_eq!(explained.kind(), MatchKind::Fuzzy);
    assert_eq!(explained.repair.unwrap().target, "7 ministers arrived");
    let empty = proto::ScoreRequest { stored: None, ..request };
    let refused = refusal(server.lookups().score(empty).await);
    assert_eq!(refused, (Code::InvalidArgument, "TEXT_EMPTY".into(), "stored.text".into()));
}
