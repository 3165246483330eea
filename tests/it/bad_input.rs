//! Every bad request is answered with its code, its reason and its field, and changes nothing.

use dhakira::rpc::proto;
use tonic::Code;

use crate::support::{TestServer, draft, refusal};

const INVALID: Code = Code::InvalidArgument;

fn memory_m() -> proto::MemorySelection {
    proto::MemorySelection { name: "m".into(), penalty: 0.0 }
}

fn with(tune: fn(&mut proto::LookupOptions)) -> proto::LookupRequest {
    let mut options = proto::LookupOptions { memories: vec![memory_m()], ..Default::default() };
    tune(&mut options);
    proto::LookupRequest { text: "نعم".into(), options: Some(options), ..Default::default() }
}

fn text(text: String) -> proto::LookupRequest {
    proto::LookupRequest { text, ..Default::default() }
}

fn query(text: &str) -> proto::LookupQuery {
    proto::LookupQuery { text: text.into(), ..Default::default() }
}

fn batch(queries: Vec<proto::LookupQuery>) -> proto::LookupBatchRequest {
    proto::LookupBatchRequest { queries, options: None }
}

#[tokio::test]
async fn lookups_that_cannot_be_answered() {
    let server = TestServer::start().await;
    server.create("m").await;
    let cases: Vec<(proto::LookupRequest, Code, &str, &str)> = vec![
        (text(String::new()), INVALID, "TEXT_EMPTY", "text"),
        (text("ا".repeat(10_001)), INVALID, "TEXT_TOO_LONG", "text"),
        (text("\u{64b} \u{200f}".into()), INVALID, "TEXT_FOLDS_TO_NOTHING", "text"),
        (with(|o| o.threshold = Some(100.01)), INVALID, "BAD_THRESHOLD", "options.threshold"),
        (with(|o| o.threshold = Some(-1.0)), INVALID, "BAD_THRESHOLD", "options.threshold"),
        (with(|o| o.threshold = Some(70.001)), INVALID, "BAD_THRESHOLD", "options.threshold"),
        (with(|o| o.threshold = Some(f64::NAN)), INVALID, "BAD_THRESHOLD", "options.threshold"),
        (with(|o| o.limit = Some(0)), INVALID, "BAD_LIMIT", "options.limit"),
        (with(|o| o.limit = Some(101)), INVALID, "BAD_LIMIT", "options.limit"),
        (with(|o| o.source_locale = "not a tag".into()), INVALID, "BAD_LOCALE", "options.source_locale"),
        (
            with(|o| o.source_locale = "fr".into()),
            INVALID,
            "LANGUAGE_PAIR_DIFFERS",
            "options.memories[0].name",
        ),
        (with(|o| o.memories[0].name = "No Name".into()), INVALID, "BAD_NAME", "options.memories[0].name"),
        (with(|o| o.memories[0].name = "nope".into()), Code::NotFound, "UNKNOWN_MEMORY", ""),
        (with(|o| o.memories[0].penalty = 101.0), INVALID, "BAD_PENALTY", "options.memories[0].penalty"),
        (with(|o| o.glossaries = vec!["nope".into()]), Code::NotFound, "UNKNOWN_GLOSSARY", ""),
        (with(|o| o.offset_unit = 9), INVALID, "BAD_OFFSET_UNIT", "options.offset_unit"),
        (with(|o| o.order = 9), INVALID, "BAD_ORDER", "options.order"),
        (
            with(|o| (o.order, o.raw) = (proto::MatchOrder::Usefulness.into(), true)),
            INVALID,
            "BAD_ORDER",
            "options.order",
        ),
        (
            with(|o| o.caps = Some(proto::Caps { number: Some(101.0), ..Default::default() })),
            INVALID,
            "BAD_PENALTY",
            "options.caps.number",
        ),
    ];
    for (request, code, reason, field) in cases {
        let answer = refusal(server.lookups().lookup(request).await);
        assert_eq!(answer, (code, reason.to_owned(), field.to_owned()));
    }
    let twice = proto::LookupOptions { memories: vec![memory_m(), memory_m()], ..Default::default() };
    let request = proto::LookupRequest { text: "نعم".into(), options: Some(twice), ..Default::default() };
    assert_eq!(refusal(server.lookups().lookup(request).await).1, "MEMORY_TWICE");
    let answer = refusal(server.lookups().lookup_batch(batch(vec![query("نعم"), query("")])).await);
    assert_eq!((answer.1.as_str(), answer.2.as_str()), ("TEXT_EMPTY", "queries[1].text"));
    assert_eq!(refusal(server.lookups().lookup_batch(batch(vec![])).await).1, "NO_QUERIES");
    assert_eq!(
        refusal(server.lookups().lookup_batch(batch(vec![query("نعم"); 1_001])).await).1,
        "TOO_MANY_QUERIES"
    );
}

#[tokio::test]
async fn units_that_cannot_be_stored() {
    let server = TestServer::start().await;
    server.create("m").await;
    let long = "ا".repeat(10_001);
    let mut wrong = draft("نعم", "yes");
    wrong.target.as_mut().unwrap().locale = "fr".into();
    let mut code = draft("نعم", "yes");
    let outside =
        proto::InlineCode { position: 4, kind: proto::InlineCodeKind::Open.into(), ..Default::default() };
    code.source.as_mut().unwrap().segment.as_mut().unwrap().codes = vec![outside];
    let mut property = draft("نعم", "yes");
    property.properties = vec![proto::Property::default()];
    let mut heavy = draft("نعم", "yes");
    heavy.notes = vec!["n".repeat(60_000); 10];
    let cases = [
        (proto::UnitDraft::default(), "TEXT_EMPTY", "units[1].source.segment.text"),
        (draft("", "yes"), "TEXT_EMPTY", "units[1].source.segment.text"),
        (draft("نعم", ""), "TEXT_EMPTY", "units[1].target.segment.text"),
        (draft(&long, "yes"), "TEXT_TOO_LONG", "units[1].source.segment.text"),
        (draft("\u{64b}", "yes"), "TEXT_FOLDS_TO_NOTHING", "units[1].source.segment.text"),
        (wrong, "WRONG_LANGUAGE", "units[1].target.locale"),
        (code, "BAD_INLINE_CODE", "units[1].source.segment.codes[0].position"),
        (property, "BAD_PROPERTY", "units[1].properties[0].name"),
        (heavy, "UNIT_TOO_LARGE", "units[1]"),
    ];
    for (bad, reason, field) in cases {
        let request = proto::PutUnitsRequest {
            memory: "m".into(),
            units: vec![draft("لا", "no"), bad],
            ..Default::default()
        };
        let answer = refusal(server.memories().put_units(request).await);
        assert_eq!(answer, (INVALID, reason.to_owned(), field.to_owned()));
    }
    let same_id = proto::UnitDraft { external_id: "1".into(), ..draft("نعم", "yes") };
    let request = proto::PutUnitsRequest {
        memory: "m".into(),
        units: vec![same_id.clone(), same_id],
        ..Default::default()
    };
    assert_eq!(refusal(server.memories().put_units(request).await).1, "EXTERNAL_ID_TWICE");
    let request = proto::PutUnitsRequest {
        memory: "nope".into(),
        units: vec![draft("نعم", "yes")],
        ..Default::default()
    };
    assert_eq!(refusal(server.memories().put_units(request).await).0, Code::NotFound);
    let request = proto::GetMemoryRequest { name: "m".into() };
    let memory = server.memories().get_memory(request).await.unwrap().into_inner().memory.unwrap();
    assert_eq!(memory.unit_count, 0, "the good unit beside a bad one is not stored either");
}

fn page(memory: &str, page_size: i32, page_token: &str) -> proto::ListUnitsRequest {
    proto::ListUnitsRequest { memory: memory.into(), page_size, page_token: page_token.into(), filter: None }
}

#[tokio::test]
async fn lists_that_cannot_be_given() {
    let server = TestServer::start().await;
    server.create("m").await;
    server.create("n").await;
    let units = (0..3).map(|n| draft(&format!("نعم {n}"), "yes")).collect();
    server.put("m", units).await;
    let token = server.memories().list_units(page("m", 1, "")).await.unwrap().into_inner().next_page_token;
    for (request, reason) in [
        (page("m", -1, ""), "BAD_PAGE_SIZE"),
        (page("m", 1_001, ""), "BAD_PAGE_SIZE"),
        (page("n", 1, &token), "BAD_PAGE_TOKEN"),
        (page("m", 1, "x"), "BAD_PAGE_TOKEN"),
        (page("nope", 1, ""), "UNKNOWN_MEMORY"),
    ] {
        assert_eq!(refusal(server.memories().list_units(request).await).1, reason);
    }
    let request = proto::ListMemoriesRequest { page_size: 1, page_token: token };
    assert_eq!(refusal(server.memories().list_memories(request).await).1, "BAD_PAGE_TOKEN");
    let request = proto::GetUnitRequest { memory: "m".into(), id: "7".into() };
    assert_eq!(refusal(server.memories().get_unit(request).await).1, "BAD_UNIT_ID");
}

fn new(name: &str, source: &str, target: &str) -> proto::CreateMemoryRequest {
    proto::CreateMemoryRequest {
        name: name.into(),
        source_locale: source.into(),
        target_locale: target.into(),
        ..Default::default()
    }
}

fn put(concepts: Vec<proto::Concept>) -> proto::PutConceptsRequest {
    proto::PutConceptsRequest { glossary: "g".into(), concepts }
}

fn concept(terms: Vec<proto::Term>) -> proto::Concept {
    proto::Concept { id: "c".into(), terms, ..Default::default() }
}

fn term(text: &str, locale: &str) -> proto::Term {
    proto::Term { text: text.into(), locale: locale.into(), ..Default::default() }
}

#[tokio::test]
async fn collections_that_cannot_be_made() {
    let server = TestServer::start().await;
    server.create("m").await;
    for (request, code, reason, field) in [
        (new("", "", ""), INVALID, "BAD_NAME", "name"),
        (new("M", "", ""), INVALID, "BAD_NAME", "name"),
        (new("x", "ar_EG", ""), INVALID, "BAD_LOCALE", "source_locale"),
        (new("x", "", "ar"), INVALID, "SAME_LANGUAGE", "target_locale"),
        (new("m", "", ""), Code::AlreadyExists, "MEMORY_EXISTS", ""),
    ] {
        let answer = refusal(server.memories().create_memory(request).await);
        assert_eq!(answer, (code, reason.to_owned(), field.to_owned()));
    }
    server.create_glossary("g").await;
    for (request, reason) in [
        (put(vec![]), "NO_CONCEPTS"),
        (put(vec![concept(vec![])]), "NO_TERMS"),
        (put(vec![concept(vec![term("truce", "en")])]), "NO_SOURCE_TERM"),
        (put(vec![concept(vec![term("", "ar")])]), "TEXT_EMPTY"),
        (put(vec![concept(vec![term(&"ا".repeat(501), "ar")])]), "TEXT_TOO_LONG"),
        (put(vec![concept(vec![term("\u{64b}", "ar")])]), "TEXT_FOLDS_TO_NOTHING"),
        (put(vec![concept(vec![term("هدنة", "x")])]), "BAD_LOCALE"),
        (put(vec![concept(vec![term("هدنة", "ar")]), concept(vec![term("هدنة", "ar")])]), "CONCEPT_ID_TWICE"),
    ] {
        assert_eq!(refusal(server.glossaries().put_concepts(request).await).1, reason);
    }
}

fn segment(text: &str, locale: &str) -> proto::SegmentRequest {
    proto::SegmentRequest { text: text.into(), locale: locale.into(), ..Default::default() }
}

#[tokio::test]
async fn texts_that_cannot_be_cut() {
    let server = TestServer::start_with(|s| s.limits.text_bytes = 100).await;
    for (request, reason) in [
        (segment("", ""), "TEXT_EMPTY"),
        (segment(&"ا".repeat(51), ""), "TEXT_TOO_LONG"),
        (segment("نعم", "a"), "BAD_LOCALE"),
    ] {
        assert_eq!(refusal(server.segmentation().segment(request).await).1, reason);
    }
    for (srx, reason) in [
        ("<srx", "NOT_WELL_FORMED"),
        ("<tmx/>", "NOT_SRX"),
        ("<srx/>", "BAD_TABLE"),
        ("<srx version='2.0'/>", "SRX_NO_RULES"),
        (&"a".repeat(101), "TEXT_TOO_LONG"),
    ] {
        let request = proto::SegmentRequest { srx: srx.into(), ..segment("نعم", "") };
        let (_, found, field) = refusal(server.segmentation().segment(request).await);
        assert_eq!((field.as_str(), found.as_str()), ("srx", reason));
    }
    let fold = proto::FoldRequest { text: "نعم".into(), level: 9, ..Default::default() };
    assert_eq!(refusal(server.segmentation().fold(fold).await).1, "BAD_LEVEL");
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_by_its_size() {
    let server = TestServer::start_with(|s| s.message_bytes = 10_000).await;
    server.create("m").await;
    let request = proto::LookupRequest { text: "ا".repeat(9_000), ..Default::default() };
    let status = server.lookups().lookup(request).await.unwrap_err();
    assert!(status.message().contains("10000"), "{status:?}");
    assert!(server.look_up("نعم", Default::default()).await.is_empty(), "the connection goes on");
}
