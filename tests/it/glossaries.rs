//! Glossaries over the wire.

use dhakira::{
    limits::Limits,
    locale::Locale,
    rpc::proto::{self, TermMatchKind, TermStatus},
    term::{ConceptDraft, Term},
};

use crate::support::{TestServer, draft, refusal};

const INVALID: tonic::Code = tonic::Code::InvalidArgument;

fn term(text: &str, locale: &str, status: TermStatus) -> proto::Term {
    proto::Term { text: text.into(), locale: locale.into(), status: status.into(), ..Default::default() }
}

fn concept(id: &str, arabic: &str, english: &[(&str, TermStatus)]) -> proto::Concept {
    let mut terms = vec![term(arabic, "ar", TermStatus::Preferred)];
    terms.extend(english.iter().map(|(text, status)| term(text, "en", *status)));
    proto::Concept { id: id.into(), terms, ..Default::default() }
}

async fn server_with(concepts: Vec<proto::Concept>) -> TestServer {
    let server = TestServer::start().await;
    server.create_glossary("g").await;
    if !concepts.is_empty() {
        let request = proto::PutConceptsRequest { glossary: "g".into(), concepts };
        server.glossaries().put_concepts(request).await.unwrap();
    }
    server
}

async fn recognize(server: &TestServer, text: &str, nested: bool) -> Vec<proto::RecognizedTerm> {
    let request = proto::RecognizeTermsRequest {
        text: text.into(),
        glossaries: vec!["g".into()],
        nested,
        ..Default::default()
    };
    server.glossaries().recognize_terms(request).await.unwrap().into_inner().terms
}

#[tokio::test]
async fn terms_are_found_with_their_translations_preferred_first() {
    let english = [
        ("blockade", TermStatus::Deprecated),
        ("siege", TermStatus::Preferred),
        ("encirclement", TermStatus::Admitted),
    ];
    let server = server_with(vec![concept("c1", "حصار", &english)]).await;
    let found = recognize(&server, "اشتد الحصار", false).await;
    let targets: Vec<_> = found[0].targets.iter().map(|t| (t.text.as_str(), t.status())).collect();
    assert_eq!(
        targets,
        [
            ("siege", TermStatus::Preferred),
            ("encirclement", TermStatus::Admitted),
            ("blockade", TermStatus::Deprecated)
        ]
    );
    assert_eq!((found[0].surface.as_str(), found[0].kind()), ("الحصار", TermMatchKind::Clitic));
    assert_eq!((found[0].start, found[0].core_start, found[0].core_end, found[0].end), (5, 7, 11, 11));
    assert_eq!((found[0].glossary.as_str(), found[0].concept_id.as_str()), ("g", "c1"));
}

#[tokio::test]
async fn concepts_are_replaced_by_id_and_listed_in_order() {
    let server = server_with(vec![
        concept("b", "حصار", &[("siege", TermStatus::Preferred)]),
        concept("a", "هدنة", &[("truce", TermStatus::Preferred)]),
    ])
    .await;
    let put = async |concepts| {
        let request = proto::PutConceptsRequest { glossary: "g".into(), concepts };
        server.glossaries().put_concepts(request).await.unwrap().into_inner()
    };
    let again = put(vec![
        concept("a", "هدنة", &[("truce", TermStatus::Preferred)]),
        concept("b", "حصار", &[("blockade", TermStatus::Preferred)]),
    ])
    .await;
    assert_eq!((again.stored, again.updated, again.unchanged), (0, 1, 1));
    let request = proto::ListConceptsRequest { glossary: "g".into(), ..Default::default() };
    let listed = server.glossaries().list_concepts(request).await.unwrap().into_inner().concepts;
    assert_eq!(listed.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(listed[0].revision.as_ref().unwrap().number, 2);
    assert_eq!(recognize(&server, "حصار", false).await[0].targets[0].text, "blockade");
}

#[tokio::test]
async fn a_lookup_exchanges_the_term_in_which_a_match_differs() {
    let good = TermStatus::Preferred;
    let admitted = TermStatus::Admitted;
    let server = server_with(vec![
        concept("c1", "عقد", &[("contract", good)]),
        concept("c2", "اتفاقية", &[("agreement", good)]),
        concept("c3", "معاهدة", &[("treaty", admitted), ("pact", admitted)]),
    ])
    .await;
    server.create("m").await;
    server.put("m", vec![draft("😀 وبالعقد تبدأ الفترة", "😀 A contract begins")]).await;
    let options = proto::LookupOptions {
        glossaries: vec!["g".into()],
        offset_unit: proto::OffsetUnit::Utf16.into(),
        ..Default::default()
    };
    let found = server.look_up("😀 وبالاتفاقية تبدأ الفترة", options.clone()).await;
    let repair = found[0].repair.clone().unwrap();
    assert_eq!((repair.target.as_str(), repair.score), ("😀 An agreement begins", 90.0));
    let edit = &repair.edits[0];
    assert_eq!(
        (edit.from.as_str(), edit.to.as_str(), edit.start, edit.end),
        ("A contract", "An agreement", 3, 13)
    );
    let refused = server.look_up("😀 وبالمعاهدة تبدأ الفترة", options).await;
    assert_eq!(
        (refused[0].repair.clone(), refused[0].repair_refused()),
        (None, proto::RepairRefusal::TermAmbiguous)
    );
    let without = server.look_up("😀 وبالاتفاقية تبدأ الفترة", Default::default()).await;
    assert_eq!(
        (without[0].repair.clone(), without[0].repair_refused()),
        (None, proto::RepairRefusal::Unspecified)
    );
}

#[tokio::test]
async fn a_glossary_and_its_terms_outlive_the_server() {
    let server = server_with(vec![concept("b", "حصار", &[("siege", TermStatus::Preferred)])]).await;
    let folder = server.stop().await;
    let server = TestServer::start_with(|s| s.data = folder.path().to_owned()).await;
    assert_eq!(recognize(&server, "حصارهم", false).await.len(), 1);
    let request = proto::DeleteGlossaryRequest { name: "g".into() };
    assert_eq!(server.glossaries().delete_glossary(request).await.unwrap().into_inner().deleted_concepts, 1);
    let request = proto::RecognizeTermsRequest {
        text: "حصار".into(),
        glossaries: vec!["g".into()],
        ..Default::default()
    };
    assert_eq!(refusal(server.glossaries().recognize_terms(request).await).1, "UNKNOWN_GLOSSARY");
}

async fn import(
    server: &TestServer,
    name: &str,
    text: &str,
    create: bool,
) -> Result<proto::ImportReport, tonic::Status> {
    let header =
        proto::ImportHeader { glossary: "g".into(), file_name: name.into(), create, ..Default::default() };
    server.import(header, text.as_bytes()).await
}

async fn export(server: &TestServer, format: proto::FileFormat) -> (String, proto::ExportReport) {
    let request = proto::ExportRequest { glossary: "g".into(), format: format.into(), ..Default::default() };
    let mut stream = server.interchange().export(request).await.unwrap().into_inner();
    let mut bytes = Vec::new();
    loop {
        match stream.message().await.unwrap().unwrap().part.unwrap() {
            proto::export_response::Part::Chunk(chunk) => bytes.extend(chunk),
            proto::export_response::Part::Report(report) => {
                return (String::from_utf8(bytes).unwrap(), report);
            }
        }
    }
}

#[tokio::test]
async fn a_concept_is_read_and_deleted_by_its_id() {
    let server = server_with(vec![
        concept("a", "حصار", &[("siege", TermStatus::Preferred)]),
        concept("b", "هدنة", &[("truce", TermStatus::Preferred)]),
    ])
    .await;
    let get = async |id: &str| {
        let request = proto::GetConceptRequest { glossary: "g".into(), id: id.into() };
        server.glossaries().get_concept(request).await
    };
    let delete = async |ids: &[&str], dry_run| {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        let request = proto::DeleteConceptsRequest { glossary: "g".into(), ids, dry_run };
        server.glossaries().delete_concepts(request).await
    };
    let found = get("b").await.unwrap().into_inner().concept.unwrap();
    assert_eq!((found.terms[0].text.as_str(), found.revision.unwrap().number), ("هدنة", 1));
    assert_eq!(refusal(get("c").await).1, "UNKNOWN_CONCEPT");
    // An unknown id refuses the call, and the other concepts stay.
    assert_eq!(refusal(delete(&["a", "c"], false).await).1, "UNKNOWN_CONCEPT");
    assert_eq!(refusal(delete(&["a", "a"], false).await).1, "CONCEPT_ID_TWICE");
    assert_eq!(refusal(delete(&[], false).await).1, "NO_CONCEPTS");
    assert_eq!(delete(&["a"], true).await.unwrap().into_inner().deleted, 1);
    assert_eq!(recognize(&server, "حصار", false).await.len(), 1);
    let deleted = delete(&["a"], false).await.unwrap().into_inner();
    assert_eq!((deleted.deleted, deleted.change_id > 0), (1, true));
    assert!(recognize(&server, "حصار", false).await.is_empty());
    assert_eq!(refusal(get("a").await).1, "UNKNOWN_CONCEPT");
    let folder = server.stop().await;
    let server = TestServer::start_with(|s| s.data = folder.path().to_owned()).await;
    assert!(recognize(&server, "حصار", false).await.is_empty());
    assert_eq!(recognize(&server, "هدنة", false).await.len(), 1);
}

#[tokio::test]
async fn a_glossary_file_survives_import_and_export() {
    let server = TestServer::start().await;
    let csv = "id,source,target,definition,rank\nc1,حصار,siege,\"a, b\",3\nc2,هدنة,truce,,\n";
    let report = import(&server, "x.csv", csv, true).await.unwrap();
    assert_eq!((report.read, report.stored, report.problem_count), (2, 2, 0));
    let report = import(&server, "x.csv", csv, false).await.unwrap();
    assert_eq!((report.stored, report.unchanged), (0, 2));
    let (tbx, written) = export(&server, proto::FileFormat::Tbx).await;
    assert_eq!((written.written, written.partly), (2, 0));
    let report = import(&server, "x.tbx", &tbx, false).await.unwrap();
    assert_eq!((report.read, report.unchanged, report.problem_count), (2, 2, 0));
    assert_eq!(export(&server, proto::FileFormat::Tbx).await.0, tbx);
    let (table, _) = export(&server, proto::FileFormat::Csv).await;
    assert_eq!(import(&server, "y.csv", &table, false).await.unwrap().unchanged, 2);
}

/// Returns a report as a dry run makes it.
fn without_number(report: proto::ImportReport) -> proto::ImportReport {
    proto::ImportReport { import_id: 0, ..report }
}

async fn dry_run(server: &TestServer, name: &str, text: &str) -> Result<proto::ImportReport, tonic::Status> {
    let header = proto::ImportHeader {
        glossary: "g".into(),
        file_name: name.into(),
        create: true,
        dry_run: true,
        ..Default::default()
    };
    server.import(header, text.as_bytes()).await
}

/// Returns the number of concepts of the glossary, or `None` if there is no glossary.
async fn concept_count(server: &TestServer) -> Option<u64> {
    let list = server.glossaries().list_glossaries(proto::ListGlossariesRequest::default()).await.unwrap();
    list.into_inner().glossaries.first().map(|g| g.concept_count)
}

#[tokio::test]
async fn a_dry_run_reports_what_the_import_will_report() {
    let server = TestServer::start().await;
    let stored = "id,source,target\na,حصار,siege\nb,هدنة,truce\n";
    // A known concept, a changed one, new ones, one twice, and one with another's id.
    let file = "id,source,target\na,حصار,siege\nb,هدنة,armistice\nc,صلح,peace\nc,صلح,peace\nc,سلم,peace\n,,x\n,سلام,peace\n,سلام,peace\n";
    let expected = dry_run(&server, "x.csv", stored).await.unwrap();
    assert_eq!((expected.stored, concept_count(&server).await), (2, None));
    assert_eq!(without_number(import(&server, "x.csv", stored, true).await.unwrap()), expected);
    let expected = dry_run(&server, "x.csv", file).await.unwrap();
    assert_eq!(
        (expected.read, expected.stored, expected.updated, expected.unchanged, expected.refused),
        (8, 2, 1, 3, 2)
    );
    assert_eq!(concept_count(&server).await, Some(2));
    assert_eq!(without_number(import(&server, "x.csv", file, true).await.unwrap()), expected);
    assert_eq!(concept_count(&server).await, Some(4));
}

#[tokio::test]
async fn an_import_of_more_entries_than_the_limit_stores_nothing() {
    let server = TestServer::start_with(|s| s.limits.import_concepts = 3).await;
    let most = "حصار,siege\nهدنة,truce\n,refused\n";
    let beyond = format!("{most}حصار,siege\n");
    for result in [import(&server, "x.csv", &beyond, true).await, dry_run(&server, "x.csv", &beyond).await] {
        let status = result.as_ref().unwrap_err();
        assert!(status.message().contains("line 4") && status.message().contains("split it"), "{status:?}");
        let (code, reason, field) = refusal(result);
        assert_eq!((code, reason.as_str(), field.as_str()), (INVALID, "TOO_MANY_CONCEPTS", "chunk"));
        assert_eq!(concept_count(&server).await, None);
    }
    let expected = dry_run(&server, "x.csv", most).await.unwrap();
    assert_eq!((expected.read, expected.stored, expected.refused), (3, 2, 1));
    assert_eq!(without_number(import(&server, "x.csv", most, true).await.unwrap()), expected);
}

#[tokio::test]
async fn an_import_of_more_bytes_than_the_limit_stores_nothing() {
    let file = "id,source,target\na,حصار,siege\nb,هدنة,truce\n,,refused\n";
    let bytes = |id: &str, source: &str, target: &str| {
        let terms = vec![Term::new(source, Locale::arabic()), Term::new(target, Locale::english())];
        ConceptDraft { id: id.into(), terms, ..Default::default() }.memory_bytes()
    };
    let needed = bytes("a", "حصار", "siege") + bytes("b", "هدنة", "truce");
    let server = TestServer::start_with(|s| s.limits.import_concept_bytes = needed - 1).await;
    for result in [import(&server, "x.csv", file, true).await, dry_run(&server, "x.csv", file).await] {
        let status = result.as_ref().unwrap_err();
        assert!(status.message().contains("line 3") && status.message().contains("split the file"));
        let (code, reason, field) = refusal(result);
        assert_eq!((code, reason.as_str(), field.as_str()), (INVALID, "IMPORT_TOO_LARGE", "chunk"));
        assert_eq!(concept_count(&server).await, None);
    }
    let server = TestServer::start_with(|s| s.limits.import_concept_bytes = needed).await;
    let expected = dry_run(&server, "x.csv", file).await.unwrap();
    assert_eq!((expected.stored, expected.refused), (2, 1));
    assert_eq!(without_number(import(&server, "x.csv", file, true).await.unwrap()), expected);
}

#[tokio::test]
async fn an_entry_with_too_many_terms_is_refused_alone() {
    let server = TestServer::start().await;
    let most = Limits::default().terms;
    let tbx_entry = |terms: usize| {
        let terms: String = (0..terms).map(|n| format!("<termSec><term>هدنة {n}</term></termSec>")).collect();
        format!("<conceptEntry id='t{}'><langSec xml:lang='ar'>{terms}</langSec></conceptEntry>", terms.len())
    };
    // A row has a target and a source beside the variants.
    let row = |terms: usize| format!("r{terms},هدنة,truce,{}\n", vec!["سلم"; terms - 2].join("|"));
    let tbx = format!("<tbx>{}{}{}</tbx>", tbx_entry(most), tbx_entry(most + 1), tbx_entry(1));
    let csv = format!("id,source,target,source_variants\n{}{}{}", row(most), row(most + 1), row(3));
    for (name, file) in [("x.tbx", tbx), ("x.csv", csv)] {
        let report = import(&server, name, &file, true).await.unwrap();
        assert_eq!((report.read, report.stored, report.refused), (3, 2, 1), "{name}");
        assert_eq!(report.problems[0].reason, "TOO_MANY_TERMS");
    }
}

#[tokio::test]
async fn a_concept_has_so_many_bytes_and_every_format_holds_them() {
    let server = server_with(vec![]).await;
    // Characters that take more bytes in a file than in memory.
    let property = |n: usize, bytes: usize| proto::Property {
        name: format!("p{n}"),
        value: "\"&".repeat(bytes / 2) + if bytes % 2 == 1 { "x" } else { "" },
        ..Default::default()
    };
    let sized = |bytes: usize| {
        let mut large = concept("large", "حصار", &[("siege", TermStatus::Preferred)]);
        let terms = 2 * 128 + "حصار".len() + "siege".len();
        let mut left = bytes - terms;
        for n in 0.. {
            let value = (left - 128 - 2).min(60_000);
            large.properties.push(property(n, value));
            left -= value + 128 + 2;
            if left == 0 {
                return large;
            }
        }
        large
    };
    let put = async |concept: proto::Concept| {
        let request = proto::PutConceptsRequest { glossary: "g".into(), concepts: vec![concept] };
        server.glossaries().put_concepts(request).await
    };
    let most = Limits::default().concept_bytes;
    let (code, reason, field) = refusal(put(sized(most + 1)).await);
    assert_eq!((code, reason.as_str(), field.as_str()), (INVALID, "CONCEPT_TOO_LARGE", "concepts[0]"));
    assert_eq!(put(sized(most)).await.unwrap().into_inner().stored, 1);
    for (format, name) in [(proto::FileFormat::Tbx, "x.tbx"), (proto::FileFormat::Csv, "x.csv")] {
        let (file, report) = export(&server, format).await;
        assert_eq!((report.written, report.partly), (1, 0), "{name}");
        let again = import(&server, name, &file, false).await.unwrap();
        assert_eq!((again.read, again.unchanged, again.problem_count), (1, 1, 0), "{name}");
        // One byte more, in a file that is read all the same.
        let larger = file.replacen("siege", "sieges", 1);
        let report = import(&server, name, &larger, false).await.unwrap();
        assert_eq!((report.stored, report.problems[0].reason.as_str()), (0, "CONCEPT_TOO_LARGE"), "{name}");
    }
}

fn entry(id: &str, term: &str) -> String {
    format!(
        "<conceptEntry id='{id}'><langSec xml:lang='ar'><termSec><term>{term}</term></termSec></langSec></conceptEntry>"
    )
}

#[tokio::test]
async fn bad_terms_are_refused_one_by_one_and_a_broken_file_as_a_whole() {
    let server = TestServer::start().await;
    let long = "ح".repeat(10_000);
    let all = [
        entry("a", "حصار"),
        entry("a", "هدنة"),
        entry("b", &long),
        entry("c", "ـ"),
        entry("d", ""),
        // This concept refers to the next one, which is allowed. The markup adds an empty term.
        entry("e", "سلام</term><ref type='crossReference' target='f'>f</ref><term>"),
        entry("f", "صلح"),
    ]
    .concat();
    let report =
        import(&server, "x.tbx", &format!("<tbx><text><body>{all}</body></text></tbx>"), true).await.unwrap();
    let reasons: Vec<_> =
        report.problems.iter().map(|p| (p.unit.as_str(), p.reason.as_str(), p.refused)).collect();
    assert_eq!(
        reasons,
        [
            ("a", "CONCEPT_ID_TWICE", true),
            ("b", "TEXT_TOO_LONG", true),
            ("c", "TEXT_FOLDS_TO_NOTHING", true),
            ("d", "EMPTY_TERM", false),
            ("d", "NO_SOURCE_TERM", true),
            ("e", "EMPTY_TERM", false),
            ("e", "NO_SOURCE_TERM", true),
        ]
    );
    assert_eq!((report.read, report.stored, report.refused), (7, 2, 5));
    let before = export(&server, proto::FileFormat::Tbx).await.0;
    for (broken, reason) in [
        ("<tbx><text>", "NOT_WELL_FORMED"),
        ("<tmx/>", "NOT_TBX"),
        (&format!("<tbx>{}</langSec></tbx>", entry("z", "نص")), "NOT_WELL_FORMED"),
        (&format!("<tbx>{}<x a=1/></tbx>", entry("z", "نص")), "NOT_WELL_FORMED"),
        ("<?xml version='1.0' encoding='x-none'?><tbx/>", "UNKNOWN_ENCODING"),
    ] {
        assert_eq!(refusal(import(&server, "x.tbx", broken, false).await).1, reason, "{broken}");
        assert_eq!(export(&server, proto::FileFormat::Tbx).await.0, before);
    }
}

#[tokio::test]
async fn hostile_glossaries_are_refused_and_nothing_is_fetched() {
    let server = TestServer::start().await;
    let deep = |start: &str| format!("<tbx>{start}{}", "<x>".repeat(100_000));
    let laughs: String =
        (1..12).map(|n| format!("<!ENTITY a{n} '{}'>", format!("&a{};", n - 1).repeat(10))).collect();
    let bomb = format!("<!DOCTYPE tbx [<!ENTITY a0 'lol'>{laughs}]><tbx>{}</tbx>", entry("b", "&a11;"));
    let outside =
        format!("<!DOCTYPE tbx [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><tbx>{}</tbx>", entry("f", "&f;"));
    for file in [deep(""), deep("<conceptEntry>"), deep("<conceptEntry><note>")] {
        assert_eq!(refusal(import(&server, "x.tbx", &file, true).await).1, "NOT_WELL_FORMED");
    }
    for file in [bomb, outside] {
        let report = import(&server, "x.tbx", &file, true).await.unwrap();
        assert_eq!(
            (report.read, report.stored, report.problems[0].reason.as_str()),
            (1, 0, "UNKNOWN_ENTITY")
        );
    }
    let columns = ",".repeat(1_001);
    for (name, file) in
        [("x.csv", columns.as_str()), ("x.csv", "source,target\n\"a,b\n"), ("x.tsv", &"\t".repeat(1_001))]
    {
        assert_eq!(refusal(import(&server, name, file, true).await).1, "BAD_TABLE");
    }
}

#[tokio::test]
async fn one_term_of_two_concepts_is_found_twice_in_order() {
    let server = server_with(vec![
        concept("contract", "عقد", &[("contract", TermStatus::Preferred)]),
        concept("decade", "عقد", &[("decade", TermStatus::Preferred)]),
    ])
    .await;
    let found = recognize(&server, "بالعقد", false).await;
    let ids: Vec<_> = found.iter().map(|t| (t.concept_id.as_str(), t.start, t.end)).collect();
    assert_eq!(ids, [("contract", 0, 6), ("decade", 0, 6)]);
}

/// Version 0.1 derived these ids for this file, before the hash was specified.
#[tokio::test]
async fn a_file_imported_by_version_0_1_finds_its_concepts_again() {
    let server = TestServer::start().await;
    let with_ids = "id,source,target,note\nrow-9c311928e9ae30b7,هدنة,truce,\n\
                    row-9c311928e9ae30b7-2,هدنة,truce,deprecated\nrow-4bd3a8c66049cc80,حصار,siege,\n";
    assert_eq!(import(&server, "x.csv", with_ids, true).await.unwrap().stored, 3);
    let without = "هدنة,truce\nهدنة,truce,deprecated\nحصار,siege\n";
    let report = import(&server, "x.csv", without, false).await.unwrap();
    assert_eq!((report.read, report.stored, report.unchanged), (3, 0, 3));
    let more = format!("{without}معبر,crossing\n");
    let report = import(&server, "x.csv", &more, false).await.unwrap();
    assert_eq!((report.stored, report.unchanged), (1, 3));
    let report = import(&server, "x.csv", &more, false).await.unwrap();
    assert_eq!((report.stored, report.unchanged), (0, 4), "a new id is found again, too");
}
