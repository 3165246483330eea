//! Lookups over the wire.

use dhakira::rpc::proto::{
    self, DiffOperation, Fold, MatchKind, PenaltyReason, lookup_stream_response::Result as StreamResult,
};
use tokio_stream::StreamExt;

use crate::support::{TestServer, draft, source};

async fn filled() -> TestServer {
    let server = TestServer::start().await;
    server.create("m").await;
    let units = ["وصل الوفد إلى دمشق.", "وصل الوفد إلى حلب أمس.", "غادر الوزير العاصمة."];
    server.put("m", units.iter().map(|s| draft(s, &format!("en {s}"))).collect()).await;
    server
}

#[tokio::test]
async fn kinds_scores_and_folds_are_told() {
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
    let memory = |name: &str, penalty| proto::MemorySelection { name: name.into(), penalty };
    let options =
        proto::LookupOptions { memories: vec![memory("m", 5.0), memory("n", 0.0)], ..Default::default() };
    let found = server.look_up("وصل الوفد إلى دمشق.", options).await;
    let best = &found[0];
    assert_eq!((best.unit.as_ref().unwrap().memory.as_str(), best.score), ("n", 100.0));
    assert_eq!((best.duplicates, best.duplicate_memories.clone()), (1, vec!["m".to_owned(), "n".to_owned()]));
    assert!(best.penalties.is_empty());

    let options = proto::LookupOptions { memories: vec![memory("m", 5.5)], ..Default::default() };
    let found = server.look_up("وصل الوفد إلى دمشق.", options).await;
    let penalty = &found[0].penalties[0];
    assert_eq!((found[0].score, penalty.reason(), penalty.points), (94.5, PenaltyReason::Memory, 5.5));
}

#[tokio::test]
async fn thresholds_and_limits_are_kept() {
    let server = filled().await;
    let options = |threshold, limit| proto::LookupOptions {
        threshold: Some(threshold),
        limit: Some(limit),
        ..Default::default()
    };
    assert_eq!(server.look_up("وصل الوفد إلى حمص.", options(84.21, 5)).await.len(), 1);
    assert_eq!(server.look_up("وصل الوفد إلى حمص.", options(84.22, 5)).await.len(), 0);
    assert_eq!(server.look_up("وصل الوفد إلى حمص.", options(0.0, 100)).await.len(), 3);
    assert_eq!(server.look_up("وصل الوفد إلى حمص.", options(0.0, 2)).await.len(), 2);
}

#[tokio::test]
async fn context_makes_a_kind_and_wins_ties() {
    let server = TestServer::start().await;
    server.create("m").await;
    let after = |previous: &str, target: &str| proto::UnitDraft {
        context: Some(proto::Context { previous: Some(previous.into()), ..Default::default() }),
        ..draft("نعم", target)
    };
    server.put("m", vec![after("هل غادر؟", "yes, he left"), after("هل وصل؟", "yes, he came")]).await;
    let context =
        |previous: &str| Some(proto::Context { previous: Some(previous.into()), ..Default::default() });
    let ask = async |previous: &str| {
        let request =
            proto::LookupRequest { text: "نعم".into(), context: context(previous), ..Default::default() };
        server.lookups().lookup(request).await.unwrap().into_inner().matches
    };
    let found = ask("هل غادر؟").await;
    assert_eq!((found[0].kind(), crate::support::target(&found[0])), (MatchKind::InContext, "yes, he left"));
    assert_eq!(found[1].kind(), MatchKind::Exact);
    assert!(ask("هل نام؟").await.iter().all(|m| m.kind() == MatchKind::Exact));
}

#[tokio::test]
async fn a_batch_and_a_stream_answer_as_single_calls_do() {
    let server = filled().await;
    let texts = ["وصل الوفد إلى حمص.", "غادر الوزير", "شيء آخر تماما"];
    let mut single = Vec::new();
    for text in texts {
        single.push(server.look_up(text, Default::default()).await);
    }
    let query = |text: &&str| proto::LookupQuery { text: (*text).into(), ..Default::default() };
    let batch = proto::LookupBatchRequest { queries: texts.iter().map(query).collect(), options: None };
    let answers = server.lookups().lookup_batch(batch).await.unwrap().into_inner().responses;
    assert_eq!(answers.into_iter().map(|r| r.matches).collect::<Vec<_>>(), single);

    let ask = |text: &str| proto::LookupStreamRequest {
        request: Some(proto::LookupRequest { text: text.into(), ..Default::default() }),
    };
    let questions = vec![ask(texts[0]), ask(""), ask(texts[1]), ask(texts[2])];
    let stream = server.lookups().lookup_stream(tokio_stream::iter(questions)).await.unwrap().into_inner();
    let answers: Vec<_> = stream.map(|a| a.unwrap().result.unwrap()).collect().await;
    let matches = |n: usize| match &answers[n] {
        StreamResult::Response(r) => r.matches.clone(),
        StreamResult::Error(e) => panic!("{e:?}"),
    };
    assert_eq!([matches(0), matches(2), matches(3)].to_vec(), single);
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

#[tokio::test]
async fn a_deadline_gives_what_there_is() {
    let server = filled().await;
    let mut request = tonic::Request::new(proto::LookupRequest {
        text: "وصل الوفد إلى حمص.".into(),
        ..Default::default()
    });
    // The server's clock says that this has passed before the search begins.
    request.metadata_mut().insert("grpc-timeout", "1n".parse().unwrap());
    match server.lookups().lookup(request).await {
        Ok(answer) => assert!(answer.into_inner().truncated),
        // tonic itself may be first to notice.
        Err(status) => assert!(
            matches!(status.code(), tonic::Code::Cancelled | tonic::Code::DeadlineExceeded),
            "{status:?}"
        ),
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
