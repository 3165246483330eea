//! Exports of memories to files.

use std::io::{self, Write};

use dhakira::{
    engine::{Deadline, DuplicatePolicy, Engine, Filter},
    interchange::{Languages, UnitFormat, UnitReader},
    rpc::proto::{self, export_response::Part},
    unit::{UnitDraft, UnitId},
};

use crate::support::{TestServer, caller, draft, engine_with, name, refusal, stored_units, unit};

fn put(engine: &Engine, units: Vec<UnitDraft>) -> Vec<UnitId> {
    let (results, _) = engine.put_units(&caller(), &name("m"), units, DuplicatePolicy::KeepAll).unwrap();
    results.into_iter().map(|r| r.id).collect()
}

fn texts(engine: &Engine) -> Vec<(String, String)> {
    let units = stored_units(engine, "m");
    units.into_iter().map(|u| (u.content.source.segment.text, u.content.target.segment.text)).collect()
}

fn read(bytes: &[u8]) -> Vec<UnitDraft> {
    let mut reader = UnitReader::new(UnitFormat::Tmx, bytes, &Languages::default()).unwrap();
    let mut all = Vec::new();
    while let Some(unit) = reader.next_unit().unwrap() {
        assert_eq!(unit.problems, []);
        all.extend(unit.drafts);
    }
    all
}

/// A writer that changes the memory at its first write, when the export has begun.
struct Meddler<'e, F: FnMut()> {
    bytes: &'e mut Vec<u8>,
    meddle: Option<F>,
}

impl<F: FnMut()> Write for Meddler<'_, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(mut meddle) = self.meddle.take() {
            meddle();
        }
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_export_is_one_snapshot_while_writes_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_with(folder.path(), "m");
    let units = (0..20).map(|n| unit(&format!("جملة رقم {n}"), &format!("sentence {n}"))).collect();
    let ids = put(&engine, units);
    engine.update_unit(&caller(), &name("m"), ids[4], unit("جملة رقم 4", "changed once"), None).unwrap();
    let before = texts(&engine);
    let mut bytes = Vec::new();
    let mut out = Meddler {
        bytes: &mut bytes,
        meddle: Some(|| {
            engine.delete_units(&caller(), &name("m"), vec![ids[0], ids[7], ids[19]], false).unwrap();
            for n in [3, 4] {
                for again in 0..2 {
                    let target = format!("changed {again}");
                    let changed = unit(&format!("جملة رقم {n}"), &target);
                    engine.update_unit(&caller(), &name("m"), ids[n], changed, None).unwrap();
                }
            }
            put(&engine, vec![unit("جملة جديدة", "a new sentence")]);
        }),
    };
    let report = engine
        .export_units(
            &caller(),
            &name("m"),
            &Filter::default(),
            UnitFormat::Tmx,
            &mut out,
            &Deadline::never(),
        )
        .unwrap();
    assert_eq!(report.written, 20);
    let written: Vec<_> =
        read(&bytes).into_iter().map(|u| (u.source.segment.text, u.target.segment.text)).collect();
    assert_eq!(written, before);
    assert_ne!(texts(&engine), before);
}

async fn export(server: &TestServer, request: proto::ExportRequest) -> (Vec<u8>, proto::ExportReport) {
    let mut stream = server.interchange().export(request).await.unwrap().into_inner();
    let mut bytes = Vec::new();
    loop {
        match stream.message().await.unwrap().unwrap().part.unwrap() {
            Part::Chunk(chunk) => bytes.extend(chunk),
            Part::Report(report) => return (bytes, report),
        }
    }
}

#[tokio::test]
async fn an_export_can_be_imported_unchanged() {
    let server = TestServer::start().await;
    server.create("m").await;
    let mut rich = draft("قال <نعم>\r\n", "he said \"yes\"");
    rich.external_id = "a&b".into();
    rich.properties =
        vec![proto::Property { name: "project".into(), value: "alpha\tx".into(), locale: "fr".into() }];
    rich.context =
        Some(proto::Context { previous: Some(String::new()), following: Some("بعد".into()), id: None });
    let code =
        proto::InlineCode { position: 4, kind: 3, id: "1".into(), pair: String::new(), raw: "<b/>".into() };
    rich.source.as_mut().unwrap().segment.as_mut().unwrap().codes = vec![code];
    server.put("m", vec![rich, draft("لا", "no")]).await;
    let request = proto::ExportRequest { memory: "m".into(), ..Default::default() };
    let (tmx, report) = export(&server, request.clone()).await;
    assert_eq!((report.written, report.partly), (2, 0));
    let header = proto::ImportHeader {
        memory: "n".into(),
        create: true,
        file_name: "x.tmx".into(),
        ..Default::default()
    };
    let report = server.import(header.clone(), &tmx).await.unwrap();
    assert_eq!((report.stored, report.problem_count), (2, 0));
    let into_m = proto::ImportHeader { memory: "m".into(), ..header };
    assert_eq!(server.import(into_m, &tmx).await.unwrap().unchanged, 2);
    let again = proto::ExportRequest { memory: "n".into(), ..request.clone() };
    assert_eq!(export(&server, again).await.0, tmx);

    let tsv = proto::ExportRequest { format: proto::FileFormat::Tsv.into(), ..request.clone() };
    let (table, report) = export(&server, tsv).await;
    assert_eq!(String::from_utf8(table).unwrap(), "source\ttarget\nقال <نعم>  \the said \"yes\"\nلا\tno\n");
    assert_eq!(report.partly, 1);

    let only = proto::Filter { condition: Some(proto::filter::Condition::ExternalId("a&b".into())) };
    let filtered = proto::ExportRequest { filter: Some(only), ..request.clone() };
    assert_eq!(export(&server, filtered).await.1.written, 1);
    for (bad, reason) in [
        (proto::ExportRequest { glossary: "g".into(), ..request.clone() }, "NO_ORIGIN"),
        (proto::ExportRequest::default(), "NO_ORIGIN"),
        (proto::ExportRequest { format: proto::FileFormat::Tbx.into(), ..request.clone() }, "BAD_FORMAT"),
        (proto::ExportRequest { memory: "none".into(), ..request.clone() }, "UNKNOWN_MEMORY"),
    ] {
        assert_eq!(refusal(server.interchange().export(bad).await).1, reason);
    }
}
