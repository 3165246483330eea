//! Bounds on replies and on the work of one call, at each limit and one past it.

use dhakira::{
    limits::Limits,
    rpc::proto::{self, OnSameSource, lookup_stream_response::Result as StreamResult},
};
use prost::Message;
use tempfile::TempDir;
use tokio_stream::StreamExt;
use tonic::Code;

use crate::support::{TestServer, draft, pages, refusal, target};

/// What a part of a reply takes beside its content.
const FIELD_BYTES: usize = 6;

async fn server_with(tune: impl FnOnce(&mut Limits)) -> TestServer {
    TestServer::start_with(|settings| tune(&mut settings.limits)).await
}

/// Starts a server with another size of replies on the folder of a server that has stopped.
async fn restart(folder: &TempDir, reply_bytes: usize) -> TestServer {
    TestServer::start_with(|s| {
        s.data = folder.path().to_owned();
        s.limits.reply_bytes = reply_bytes;
    })
    .await
}

fn with_note(source: &str, target: &str, bytes: usize) -> proto::UnitDraft {
    proto::UnitDraft { notes: vec!["n".repeat(bytes)], ..draft(source, target) }
}

fn too_large(field: &str) -> (Code, String, String) {
    (Code::InvalidArgument, "REPLY_TOO_LARGE".to_owned(), field.to_owned())
}

fn put(units: Vec<proto::UnitDraft>, policy: OnSameSource) -> proto::PutUnitsRequest {
    proto::PutUnitsRequest { memory: "m".into(), units, on_same_source: policy.into() }
}

async fn targets(server: &TestServer) -> Vec<String> {
    let request = proto::ListUnitsRequest { memory: "m".into(), ..Default::default() };
    let page = server.memories().list_units(request).await.unwrap().into_inner();
    page.units.into_iter().map(|u| u.target.unwrap().segment.unwrap().text).collect()
}

#[tokio::test]
async fn a_unit_replaces_as_many_units_as_the_limit_says() {
    let server = server_with(|l| l.replaced_units = 3).await;
    server.create("m").await;
    server.put("m", (0..3).map(|n| draft("نعم", &format!("yes {n}"))).collect()).await;
    let new = put(vec![draft("نعم", "yes")], OnSameSource::Replace);
    let replaced = server.memories().put_units(new).await.unwrap().into_inner().results[0].replaced.len();
    assert_eq!((replaced, targets(&server).await), (3, vec!["yes".to_owned()]));

    server.put("m", (0..3).map(|n| draft("نعم", &format!("yes {n}"))).collect()).await;
    let before = targets(&server).await;
    assert_eq!(before.len(), 4);
    let new = put(vec![draft("لا", "no"), draft("نعم", "yeah")], OnSameSource::Replace);
    let refused = refusal(server.memories().put_units(new).await);
    assert_eq!(refused, (Code::InvalidArgument, "TOO_MANY_REPLACED".into(), "units[1]".into()));
    assert_eq!(targets(&server).await, before, "the unit before the refused one is not stored either");

    let skipped = put(vec![draft("نعم", "yeah")], OnSameSource::Skip);
    let skipped = server.memories().put_units(skipped).await.unwrap().into_inner();
    assert_eq!(skipped.results[0].outcome(), proto::PutOutcome::Unchanged);
    // A unit with the same target is the same unit, so it is not one of those that are replaced.
    let same = put(vec![draft("نعم", "yes")], OnSameSource::Replace);
    let same = server.memories().put_units(same).await.unwrap().into_inner();
    assert_eq!((same.results[0].replaced.len(), targets(&server).await.len()), (3, 1));
}

#[tokio::test]
async fn an_import_refuses_a_unit_that_would_replace_too_many_and_goes_on() {
    let server = server_with(|l| l.replaced_units = 3).await;
    server.create("m").await;
    let stored = [("نعم", 4), ("لا", 3)];
    for (source, count) in stored {
        server.put("m", (0..count).map(|n| draft(source, &format!("{source} {n}"))).collect()).await;
    }
    let header = proto::ImportHeader {
        memory: "m".into(),
        file_name: "a.tsv".into(),
        on_same_source: OnSameSource::Replace.into(),
        ..Default::default()
    };
    let file = "نعم\tyes\nلا\tno\n".as_bytes();
    for dry_run in [true, false] {
        let header = proto::ImportHeader { dry_run, ..header.clone() };
        let report = server.import(header, file).await.unwrap();
        let counts = (report.read, report.stored, report.refused, report.replaced, report.problem_count);
        assert_eq!(counts, (2, 1, 1, 3, 1), "{report:?}");
        let problem = &report.problems[0];
        assert_eq!((problem.reason.as_str(), problem.line, problem.refused), ("TOO_MANY_REPLACED", 1, true));
    }
    assert_eq!(targets(&server).await.len(), 5, "four translations of one source, and the new one");
}

#[tokio::test]
async fn pages_end_before_they_are_too_large() {
    let server = server_with(|l| l.reply_bytes = 10_000).await;
    server.create("m").await;
    let units = (0..10).map(|n| with_note(&format!("جملة {n}"), "x", 3_000)).collect();
    let id = server.put("m", units).await.results[0].id.clone();
    let lengths = pages(async |page_token| {
        let request = proto::ListUnitsRequest { memory: "m".into(), page_token, ..Default::default() };
        let page = server.memories().list_units(request).await?.into_inner();
        assert!(page.encoded_len() <= 10_000);
        Ok((page.units.len(), page.next_page_token))
    });
    assert_eq!(
        lengths.await.unwrap(),
        [2, 2, 2, 2, 2],
        "three have more than 10,000 bytes with their ids and times"
    );

    for n in 0..4 {
        let unit = Some(with_note("جملة 0", &format!("y {n}"), 3_000));
        let request =
            proto::UpdateUnitRequest { memory: "m".into(), id: id.clone(), unit, ..Default::default() };
        server.memories().update_unit(request).await.unwrap();
    }
    assert_eq!(revisions(&server, &id, 0).await, (vec![vec![1, 2], vec![3, 4], vec![5]], false));
    assert_eq!(revisions(&server, &id, 1).await.0, [[1], [2], [3], [4], [5]]);
    let request =
        proto::DeleteUnitsRequest { memory: "m".into(), ids: vec![id.clone()], ..Default::default() };
    server.memories().delete_units(request).await.unwrap();
    assert_eq!(revisions(&server, &id, 0).await, (vec![vec![1, 2], vec![3, 4], vec![5]], true));
}

/// Returns the numbers of a unit's revisions, page by page, and whether the unit is deleted.
async fn revisions(server: &TestServer, id: &str, page_size: i32) -> (Vec<Vec<u32>>, bool) {
    let mut deleted = false;
    let numbers = pages(async |page_token| {
        let request =
            proto::ListRevisionsRequest { memory: "m".into(), id: id.into(), page_size, page_token };
        let page = server.memories().list_revisions(request).await?.into_inner();
        deleted = page.deleted;
        let numbers = page.revisions.iter().map(|u| u.revision.as_ref().unwrap().number).collect();
        Ok((numbers, page.next_page_token))
    });
    let numbers = numbers.await.unwrap();
    (numbers, deleted)
}

#[tokio::test]
async fn pages_of_revisions_have_their_own_tokens() {
    let server = TestServer::start().await;
    server.create("m").await;
    let put = server.put("m", vec![draft("نعم", "yes"), draft("لا", "no")]).await;
    let [first, second] = [0, 1].map(|n: usize| put.results[n].id.clone());
    let unit = Some(draft("نعم", "yeah"));
    let update =
        proto::UpdateUnitRequest { memory: "m".into(), id: first.clone(), unit, ..Default::default() };
    server.memories().update_unit(update).await.unwrap();
    let request =
        proto::ListRevisionsRequest { memory: "m".into(), id: first, page_size: 1, ..Default::default() };
    let page = server.memories().list_revisions(request.clone()).await.unwrap().into_inner();
    let other =
        proto::ListRevisionsRequest { id: second, page_token: page.next_page_token, ..request.clone() };
    assert_eq!(refusal(server.memories().list_revisions(other).await).1, "BAD_PAGE_TOKEN");
    let large = proto::ListRevisionsRequest { page_size: 1_001, ..request };
    assert_eq!(refusal(server.memories().list_revisions(large).await).1, "BAD_PAGE_SIZE");
}

fn options(limit: i32) -> Option<proto::LookupOptions> {
    Some(proto::LookupOptions { threshold: Some(50.0), limit: Some(limit), ..Default::default() })
}

#[tokio::test]
async fn a_lookup_is_refused_one_byte_past_the_limit() {
    let server = TestServer::start().await;
    server.create("m").await;
    server.put("m", (0..3).map(|n| with_note(&format!("وصل الوفد أمس {n}"), "x", 500)).collect()).await;
    let request =
        proto::LookupRequest {
            text: "وصل الوفد أمس 1".into(), options: options(3), ..Default::default()
        };
    let whole = server.lookups().lookup(request.clone()).await.unwrap().into_inner();
    assert_eq!(whole.matches.len(), 3);
    let bytes = whole.encoded_len() + FIELD_BYTES;
    let folder = server.stop().await;
    let server = restart(&folder, bytes).await;
    assert_eq!(server.lookups().lookup(request.clone()).await.unwrap().into_inner(), whole);
    server.stop().await;
    let server = restart(&folder, bytes - 1).await;
    assert_eq!(refusal(server.lookups().lookup(request.clone()).await), too_large("options.limit"));
    let fewer = proto::LookupRequest { options: options(2), ..request };
    assert_eq!(server.lookups().lookup(fewer).await.unwrap().into_inner().matches.len(), 2);
}

#[tokio::test]
async fn a_batch_shares_one_reply_and_a_stream_does_not() {
    let server = TestServer::start().await;
    server.create("m").await;
    let texts: Vec<String> = (0..70).map(|n| format!("الجملة رقم {n} تختلف {}", "ا".repeat(n))).collect();
    server.put("m", texts.iter().map(|text| with_note(text, "x", 500)).collect()).await;
    let queries: Vec<_> =
        texts.iter().map(|text| proto::LookupQuery { text: text.clone(), ..Default::default() }).collect();
    let batch = proto::LookupBatchRequest { queries, options: options(1) };
    let whole = server.lookups().lookup_batch(batch.clone()).await.unwrap().into_inner();
    let bytes: usize = whole.responses.iter().map(|r| r.encoded_len() + FIELD_BYTES).sum();
    let folder = server.stop().await;
    let server = restart(&folder, bytes).await;
    assert_eq!(server.lookups().lookup_batch(batch.clone()).await.unwrap().into_inner(), whole);
    server.stop().await;
    let server = restart(&folder, bytes - 1).await;
    assert_eq!(refusal(server.lookups().lookup_batch(batch).await), too_large("options.limit"));

    let requests: Vec<_> = texts
        .iter()
        .map(|text| proto::LookupStreamRequest {
            request: Some(proto::LookupRequest {
                text: text.clone(),
                options: options(1),
                ..Default::default()
            }),
        })
        .collect();
    let stream = server.lookups().lookup_stream(tokio_stream::iter(requests)).await.unwrap().into_inner();
    let answers: Vec<_> = stream
        .map(|answer| match answer.unwrap().result.unwrap() {
            StreamResult::Response(response) => response,
            StreamResult::Error(error) => panic!("{error:?}"),
        })
        .collect()
        .await;
    assert_eq!(answers, whole.responses);
}

#[tokio::test]
async fn one_large_answer_of_a_stream_fails_alone() {
    let server = server_with(|l| l.reply_bytes = 2_000).await;
    server.create("m").await;
    server
        .put("m", vec![with_note("وصل الوفد إلى دمشق", "large", 3_000), draft("غادر الوزير", "small")])
        .await;
    let requests = ["غادر الوزير", "وصل الوفد إلى دمشق", "غادر الوزير"].map(|text| {
        let request = proto::LookupRequest { text: text.into(), ..Default::default() };
        proto::LookupStreamRequest { request: Some(request) }
    });
    let stream = server.lookups().lookup_stream(tokio_stream::iter(requests)).await.unwrap().into_inner();
    let answers: Vec<_> = stream.map(|answer| answer.unwrap().result.unwrap()).collect().await;
    for n in [0, 2] {
        assert!(matches!(&answers[n], StreamResult::Response(r) if target(&r.matches[0]) == "small"));
    }
    assert!(
        matches!(&answers[1], StreamResult::Error(e) if e.reason == "REPLY_TOO_LARGE" && e.field == "options.limit"),
        "{answers:?}"
    );
}

#[tokio::test]
async fn a_batch_ends_while_its_matches_are_collected() {
    // Eight times as many bytes are held for the best matches of the moment.
    let server = server_with(|l| l.reply_bytes = 10_000).await;
    server.create("m").await;
    server.put("m", (0..20).map(|n| with_note(&format!("وصل الوفد أمس {n}"), "x", 9_000)).collect()).await;
    let query = proto::LookupQuery { text: "وصل الوفد أمس 7".into(), ..Default::default() };
    let batch =
        |limit| proto::LookupBatchRequest { queries: vec![query.clone(); 3], options: options(limit) };
    assert_eq!(refusal(server.lookups().lookup_batch(batch(20)).await), too_large("options.limit"));
    let one = proto::LookupBatchRequest { queries: vec![query.clone()], ..batch(1) };
    let answers = server.lookups().lookup_batch(one).await.unwrap().into_inner().responses;
    assert_eq!(answers[0].matches.len(), 1);
}

fn filter(condition: proto::filter::Condition) -> proto::Filter {
    proto::Filter { condition: Some(condition) }
}

fn any(filters: Vec<proto::Filter>) -> proto::Filter {
    filter(proto::filter::Condition::Any(proto::FilterList { filters }))
}

#[tokio::test]
async fn a_filter_has_a_limited_number_of_conditions() {
    let server = server_with(|l| l.filter_conditions = 5).await;
    server.create("m").await;
    let ann = filter(proto::filter::Condition::CreatedBy("ann".into()));
    // A list is a condition, too.
    let at_limit = any(vec![ann.clone(), any(vec![ann.clone(), ann.clone()])]);
    let past = any(vec![ann.clone(), any(vec![ann.clone(), ann.clone(), ann.clone()])]);
    let list =
        |filter| proto::ListUnitsRequest { memory: "m".into(), filter: Some(filter), ..Default::default() };
    server.memories().list_units(list(at_limit.clone())).await.unwrap();
    let refused = |field: &str| (Code::InvalidArgument, "BAD_FILTER".to_owned(), field.to_owned());
    let field = "filter.any.filters[1].any.filters[2]";
    assert_eq!(refusal(server.memories().list_units(list(past.clone())).await), refused(field));
    let delete =
        proto::DeleteUnitsRequest { memory: "m".into(), filter: Some(past.clone()), ..Default::default() };
    assert_eq!(refusal(server.memories().delete_units(delete).await), refused(field));
    let export =
        proto::ExportRequest { memory: "m".into(), filter: Some(past.clone()), ..Default::default() };
    assert_eq!(refusal(server.interchange().export(export).await), refused(field));
    let options = Some(proto::LookupOptions { filter: Some(past), ..Default::default() });
    let lookup = proto::LookupRequest { text: "نعم".into(), options, ..Default::default() };
    assert_eq!(refusal(server.lookups().lookup(lookup).await), refused(&format!("options.{field}")));
}

#[tokio::test]
async fn replies_about_texts_and_terms_are_bounded() {
    let server = server_with(|l| {
        l.reply_bytes = 2_000;
        l.concept_bytes = 1_000;
    })
    .await;
    let text = "جملة. ".repeat(200);
    let request = proto::SegmentRequest { text: text.clone(), ..Default::default() };
    assert_eq!(refusal(server.segmentation().segment(request).await), too_large("text"));
    let request = proto::FoldRequest { text: text.clone(), ..Default::default() };
    assert_eq!(refusal(server.segmentation().fold(request.clone()).await), too_large("text"));
    let request = proto::FoldRequest { text: "بَ ".repeat(150), with_stretches: true, ..request };
    assert_eq!(refusal(server.segmentation().fold(request).await), too_large("text"));
    let request = proto::LintRequest { text: "\u{200b}ا".repeat(100), ..Default::default() };
    assert_eq!(refusal(server.segmentation().lint(request).await), too_large("text"));

    server.create_glossary("g").await;
    let concept = |id: &str, bytes: usize| {
        let term = |text: &str, locale: &str| proto::Term {
            text: text.into(),
            locale: locale.into(),
            ..Default::default()
        };
        proto::Concept {
            id: id.into(),
            terms: vec![term("هدنة", "ar"), term("truce", "en")],
            // The terms have 13 bytes, and each counts for 128 more.
            definition: "d".repeat(bytes - 13 - 2 * 128),
            ..Default::default()
        }
    };
    let put = |concepts| proto::PutConceptsRequest { glossary: "g".into(), concepts };
    let refused = refusal(server.glossaries().put_concepts(put(vec![concept("a", 1_001)])).await);
    assert_eq!(refused, (Code::InvalidArgument, "CONCEPT_TOO_LARGE".into(), "concepts[0]".into()));
    let many = (0..3).map(|n| concept(&n.to_string(), 1_000)).collect();
    server.glossaries().put_concepts(put(many)).await.unwrap();
    let lengths = pages(async |page_token| {
        let request = proto::ListConceptsRequest { glossary: "g".into(), page_size: 0, page_token };
        let page = server.glossaries().list_concepts(request).await?.into_inner();
        Ok((page.concepts.len(), page.next_page_token))
    });
    assert_eq!(lengths.await.unwrap(), [1, 1, 1]);

    let text = "هدنة ".repeat(30);
    let glossaries = vec!["g".to_owned()];
    let request = proto::RecognizeTermsRequest {
        text: text.clone(),
        glossaries: glossaries.clone(),
        ..Default::default()
    };
    assert_eq!(refusal(server.glossaries().recognize_terms(request).await), too_large("glossaries"));
    let target = "truce ".repeat(200);
    let request = proto::CheckTermsRequest { source: text, target, glossaries, ..Default::default() };
    assert_eq!(refusal(server.glossaries().check_terms(request).await), too_large("glossaries"));
}
