//! Imports over the wire.

use std::fmt::Write;

use dhakira::rpc::proto::{self, import_request::Part as In};
use tonic::Status;

use crate::support::{TestServer, draft, refusal, target};

fn header(memory: &str, file_name: &str) -> proto::ImportHeader {
    proto::ImportHeader {
        memory: memory.into(),
        create: true,
        file_name: file_name.into(),
        ..Default::default()
    }
}

async fn import(
    server: &TestServer,
    header: proto::ImportHeader,
    file: &[u8],
) -> Result<proto::ImportReport, Status> {
    server.import(header, file).await
}

fn tmx(units: &str) -> String {
    format!("<?xml version='1.0'?>\n<tmx version='1.4'><header/><body>\n{units}</body></tmx>")
}

fn tu(id: &str, source: &str, target: &str) -> String {
    format!(
        "<tu tuid='{id}'><tuv xml:lang='ar'><seg>{source}</seg></tuv><tuv xml:lang='en'><seg>{target}</seg></tuv></tu>\n"
    )
}

async fn count(server: &TestServer, memory: &str) -> Option<u64> {
    let request = proto::GetMemoryRequest { name: memory.into() };
    server.memories().get_memory(request).await.ok().map(|m| m.into_inner().memory.unwrap().unit_count)
}

fn adds_up(report: &proto::ImportReport) {
    assert_eq!(
        report.read + report.split,
        report.stored + report.updated + report.unchanged + report.refused,
        "{report:?}"
    );
}

#[tokio::test]
async fn an_import_report_is_correct_and_adds_up() {
    let server = TestServer::start().await;
    let long = "ا".repeat(10_001);
    let units = [
        tu("1", "نعم", "yes"),
        tu("2", "نعم", "yes"),
        tu("1", "لا", "no"),
        "<tu><tuv xml:lang='ar'><seg>ربما</seg></tuv><tuv xml:lang='en'><seg>maybe</seg></tuv><tuv xml:lang='en-GB'><seg>perhaps</seg></tuv></tu>\n".to_owned(),
        "<tu><tuv xml:lang='ar'><seg>وحيد</seg></tuv></tu>\n".to_owned(),
        tu("long", &long, "x"),
        tu("marks", "\u{64b}\u{64e}", "x"),
        tu("entity", "ن&nbsp;م", "x"),
    ];
    let report = import(&server, header("m", "dirty.tmx"), tmx(&units.concat()).as_bytes()).await.unwrap();
    adds_up(&report);
    assert_eq!((report.read, report.split, report.stored, report.unchanged, report.refused), (8, 1, 4, 1, 4));
    let problems: Vec<_> =
        report.problems.iter().map(|p| (p.line, p.unit.as_str(), p.reason.as_str(), p.refused)).collect();
    assert_eq!(
        problems,
        [
            (5, "1", "EXTERNAL_ID_TWICE", false),
            (7, "#5", "NO_TARGET", true),
            (8, "long", "TEXT_TOO_LONG", true),
            (9, "marks", "TEXT_FOLDS_TO_NOTHING", true),
            (10, "entity", "UNKNOWN_ENTITY", true),
        ]
    );
    assert_eq!(count(&server, "m").await, Some(4));

    let again = import(&server, header("m", "dirty.tmx"), tmx(&units.concat()).as_bytes()).await.unwrap();
    adds_up(&again);
    assert_eq!((again.stored, again.updated, count(&server, "m").await), (0, 0, Some(4)));
}

#[tokio::test]
async fn a_file_that_breaks_leaves_nothing() {
    let server = TestServer::start().await;
    server.create("old").await;
    server.put("old", vec![proto::UnitDraft { external_id: "1".into(), ..draft("نعم", "old yes") }]).await;
    let mut units = String::new();
    for n in 0..3_000 {
        writeln!(units, "{}", tu(&n.to_string(), &format!("الجملة رقم {n}"), "x")).unwrap();
    }
    let whole = tmx(&units);
    let cut = &whole[..whole.len() - 40_000];
    let cut = &cut[..cut.rfind('<').unwrap() + 1];
    for (memory, file) in [("old", cut), ("new", cut), ("new", "<xliff/>"), ("new", "no xml"), ("new", "")] {
        let (code, reason, field) = refusal(import(&server, header(memory, "x.tmx"), file.as_bytes()).await);
        assert_eq!((code, field.as_str()), (tonic::Code::InvalidArgument, "chunk"), "{reason}");
        assert!(matches!(reason.as_str(), "NOT_WELL_FORMED" | "NOT_TMX"), "{reason}");
    }
    assert_eq!(refusal(import(&server, header("new", "x.tmx"), b"<tmx>\xff</tmx>").await).1, "NOT_UTF8");
    assert_eq!(count(&server, "new").await, None);
    assert_eq!(count(&server, "old").await, Some(1));
    let found = server.look_up("نعم", Default::default()).await;
    assert_eq!(target(&found[0]), "old yes");
    // Nothing of the import is left on disk either.
    let folder = server.stop().await;
    let server = TestServer::start_with(|s| s.data = folder.path().to_owned()).await;
    assert_eq!((count(&server, "old").await, count(&server, "new").await), (Some(1), None));
}

#[tokio::test]
async fn an_import_is_removed_when_its_client_leaves() {
    let server = TestServer::start().await;
    let (parts, stream) = tokio::sync::mpsc::channel(4);
    let mut answers = {
        parts.send(proto::ImportRequest { part: Some(In::Header(header("m", "x.tsv"))) }).await.unwrap();
        server
            .interchange()
            .import(tokio_stream::wrappers::ReceiverStream::new(stream))
            .await
            .unwrap()
            .into_inner()
    };
    let rows: String = (0..5_000).map(|n| format!("الجملة رقم {n}\tx\n")).collect();
    parts.send(proto::ImportRequest { part: Some(In::Chunk(rows.into_bytes())) }).await.unwrap();
    // A progress message shows that units are being read.
    assert!(answers.message().await.unwrap().is_some());
    drop(answers);
    drop(parts);
    // The name is free again when the import is given up.
    let request = proto::CreateMemoryRequest { name: "m".into(), ..Default::default() };
    server.memories().create_memory(request).await.unwrap();
    let folder = server.stop().await;
    let server = TestServer::start_with(|s| s.data = folder.path().to_owned()).await;
    assert_eq!(count(&server, "m").await, Some(0));
}

#[tokio::test]
async fn units_become_visible_together_and_update_by_id() {
    let server = TestServer::start().await;
    let first: String = (0..2_500).map(|n| tu(&n.to_string(), &format!("الجملة رقم {n}"), "x")).collect();
    let report = import(&server, header("m", "a.tmx"), tmx(&first).as_bytes()).await.unwrap();
    assert_eq!(report.stored, 2_500);
    let second: String = (0..2_500)
        .map(|n| tu(&n.to_string(), &format!("الجملة رقم {n}"), if n % 2 == 0 { "x" } else { "y" }))
        .collect();
    let report = import(&server, header("m", "b.tmx"), tmx(&second).as_bytes()).await.unwrap();
    adds_up(&report);
    assert_eq!((report.stored, report.updated, report.unchanged), (0, 1_250, 1_250));
    assert_eq!(target(&server.look_up("الجملة رقم 7", Default::default()).await[0]), "y");
    let filter = proto::Filter { condition: Some(proto::filter::Condition::ImportId(report.import_id)) };
    let request = proto::DeleteUnitsRequest {
        memory: "m".into(),
        filter: Some(filter),
        dry_run: true,
        ..Default::default()
    };
    assert_eq!(server.memories().delete_units(request).await.unwrap().into_inner().deleted, 1_250);
}

#[tokio::test]
async fn corrections_in_a_file_replace() {
    let server = TestServer::start().await;
    server.create("m").await;
    server.put("m", vec![draft("نعم", "yess"), draft("لا", "no")]).await;
    let replace =
        proto::ImportHeader { on_same_source: proto::OnSameSource::Replace.into(), ..header("m", "x.tsv") };
    let report = import(&server, replace, "نعم\tyes\n".as_bytes()).await.unwrap();
    assert_eq!((report.read, report.stored, report.replaced), (1, 1, 1));
    let found = server.look_up("نعم", Default::default()).await;
    assert_eq!(found.iter().map(target).collect::<Vec<_>>(), ["yes"]);
    assert_eq!(count(&server, "m").await, Some(2));
}

/// Units of the same file, and units that the file and the memory have in common, are neither
/// replaced nor skipped because of each other.
#[tokio::test]
async fn a_file_does_not_replace_its_own_translations() {
    let two = "<tu><tuv xml:lang='ar'><seg>نعم</seg></tuv><tuv xml:lang='en'><seg>yes</seg></tuv><tuv xml:lang='en'><seg>yeah</seg></tuv></tu>\n";
    let files = [("x.tmx", tmx(two), 2), ("x.tsv", "نعم\tyes\nنعم\tyeah\nنعم\tyea\n".to_owned(), 3)];
    for (policy, replaced) in [(proto::OnSameSource::Replace, 1), (proto::OnSameSource::Skip, 0)] {
        for (file_name, file, units) in &files {
            let server = TestServer::start().await;
            server.create("m").await;
            let header = proto::ImportHeader { on_same_source: policy.into(), ..header("m", file_name) };
            let first = import(&server, header.clone(), file.as_bytes()).await.unwrap();
            adds_up(&first);
            assert_eq!((first.stored, first.replaced), (*units, 0), "{policy:?} {file_name}");
            // The file lacks this translation. REPLACE deletes it, and SKIP keeps it beside those
            // that the memory has from the file.
            server.put("m", vec![draft("نعم", "yess")]).await;
            let again = import(&server, header.clone(), file.as_bytes()).await.unwrap();
            adds_up(&again);
            let tally = (again.stored, again.updated, again.unchanged, again.replaced);
            assert_eq!(tally, (0, 0, *units, replaced), "{policy:?} {file_name}");
            let third = import(&server, header, file.as_bytes()).await.unwrap();
            assert_eq!((third.unchanged, third.replaced), (*units, 0), "{policy:?} {file_name}");
            assert_eq!(count(&server, "m").await, Some(units + 1 - replaced));
        }
    }
}

/// If the memory has a translation of a source that the file lacks, SKIP stores none of the file's
/// translations of that source.
#[tokio::test]
async fn a_file_is_skipped_where_there_is_another_translation() {
    let server = TestServer::start().await;
    server.create("m").await;
    server.put("m", vec![draft("نعم", "yess")]).await;
    let skip =
        proto::ImportHeader { on_same_source: proto::OnSameSource::Skip.into(), ..header("m", "x.tsv") };
    let report = import(&server, skip, "نعم\tyes\nنعم\tyea\nلا\tno\n".as_bytes()).await.unwrap();
    assert_eq!((report.stored, report.unchanged, count(&server, "m").await), (1, 2, Some(2)));
}

#[tokio::test]
async fn headers_are_checked() {
    let server = TestServer::start().await;
    let chunk = proto::ImportRequest { part: Some(In::Chunk(vec![1])) };
    assert_eq!(refusal(server.interchange().import(tokio_stream::iter(vec![chunk])).await).1, "NO_HEADER");
    assert_eq!(refusal(import(&server, header("m", "x.docx"), b"").await).1, "BAD_FORMAT");
    let absent = proto::ImportHeader { create: false, ..header("m", "x.tmx") };
    assert_eq!(refusal(import(&server, absent, b"<tmx/>").await).1, "UNKNOWN_MEMORY");
    let pair = proto::ImportHeader { target_locale: "ar-EG".into(), ..header("m", "x.tmx") };
    assert_eq!(refusal(import(&server, pair, b"<tmx/>").await).1, "SAME_LANGUAGE");
}

/// Returns the options of a lookup in one memory.
fn options(memory: &str) -> proto::LookupOptions {
    let selection = proto::MemorySelection { name: memory.into(), ..Default::default() };
    proto::LookupOptions { memories: vec![selection], ..Default::default() }
}

/// `نعم` and `لا` in Windows-1256.
const WINDOWS_1256: &[u8] = b"\xe4\xda\xe3\tyes\n\xe1\xc7\tno\n";

#[tokio::test]
async fn a_table_is_read_in_the_named_or_the_detected_encoding() {
    let server = TestServer::start().await;
    let named = |memory: &str, encoding: &str| proto::ImportHeader {
        encoding: encoding.into(),
        ..header(memory, "x.tsv")
    };
    let report = import(&server, named("named", "windows-1256"), WINDOWS_1256).await.unwrap();
    assert_eq!((report.stored, report.problem_count), (2, 0));
    let report = import(&server, named("detected", ""), WINDOWS_1256).await.unwrap();
    assert_eq!((report.stored, report.problems[0].reason.as_str()), (2, "ENCODING_DETECTED"));
    for memory in ["named", "detected"] {
        assert_eq!(server.look_up("نعم", options(memory)).await.len(), 1, "{memory}");
    }
    // A named encoding is not detected.
    let wrong = import(&server, named("wrong", "utf-8"), WINDOWS_1256).await;
    assert_eq!(refusal(wrong).1, "NOT_UTF8");
    assert_eq!(refusal(import(&server, named("m", "klingon"), b"").await).1, "BAD_ENCODING");
    let tmx = proto::ImportHeader { encoding: "windows-1256".into(), ..header("m", "x.tmx") };
    assert_eq!(refusal(import(&server, tmx, b"<tmx/>").await).1, "BAD_ENCODING");
}

/// A form without the number is right for one count only, so it is never inserted unseen.
#[tokio::test]
async fn a_plural_form_without_the_number_is_not_a_full_match() {
    let server = TestServer::start().await;
    let file = "msgid \"\"\nmsgstr \"Language: ar\\nPlural-Forms: nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;\\n\"\n\nmsgid \"a day\"\nmsgid_plural \"%d days\"\nmsgstr[1] \"يوم\"\nmsgstr[2] \"يومان\"\nmsgstr[3] \"%d أيام\"\n";
    import(&server, header("m", "x.po"), file.as_bytes()).await.unwrap();
    for (text, score) in [("يوم", 100.0), ("%d أيام", 100.0), ("يومان", 84.0)] {
        let found = server.look_up(text, options("m")).await;
        assert_eq!(found.first().map(|m| m.score), Some(score), "{text}: {found:?}");
    }
}
