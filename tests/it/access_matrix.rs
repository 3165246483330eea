//! Who may do what: every method of the protos, with every role, on an own, a foreign and an absent collection.
//!
//! The expectation is the table of `docs/access.md`, so that the table is true. A method that the table, or
//! [`messages`] below, does not list fails the test.
#![allow(
    clippy::needless_update,
    clippy::needless_pass_by_value,
    reason = "requests are written in one form, whatever fields they get later"
)]

use std::{collections::BTreeMap, fs};

use dhakira::rpc::proto;
use prost::Message;
use prost_types::FileDescriptorSet;
use tonic::{Code, Status};

use crate::support::{
    TokenServer,
    calls::{call_raw, reason},
    draft, root,
};

/// The roles in the order of the columns of the table.
const ROLES: [&str; 4] = ["reader", "contributor", "maintainer", "admin"];

/// What the table says about a method: for each role, whether it may call it.
fn table() -> BTreeMap<String, [bool; 4]> {
    let text = fs::read_to_string(root().join("docs/access.md")).unwrap();
    let section = text.split("## Methods and roles").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let may = [1, 2, 3, 4].map(|n| match cells[n] {
            "yes" => true,
            "no" => false,
            other => panic!("{line}: '{other}' is neither yes nor no"),
        });
        (cells[0].trim_matches('`').to_owned(), may)
    };
    rows.map(row).collect()
}

/// Returns all methods of the protos.
fn methods() -> Vec<String> {
    let set = FileDescriptorSet::decode(dhakira::rpc::FILE_DESCRIPTOR_SET).unwrap();
    let files = set.file.iter().filter(|file| file.package().starts_with("dhakira"));
    let services = files.flat_map(|file| &file.service);
    services.flat_map(|s| s.method.iter().map(move |m| format!("{}.{}", s.name(), m.name()))).collect()
}

#[test]
fn the_table_has_every_method() {
    let (mut listed, mut declared) = (table().into_keys().collect::<Vec<_>>(), methods());
    listed.sort();
    declared.sort();
    assert_eq!(listed, declared, "docs/access.md and the protos");
    assert!(declared.len() >= 40);
}

#[test]
fn a_higher_role_may_do_what_a_lower_one_may() {
    for (method, may) in table() {
        assert!(may.is_sorted() && may[3], "{method}: {may:?}");
    }
}

fn one(message: impl Message) -> Option<Vec<Vec<u8>>> {
    Some(vec![message.encode_to_vec()])
}

/// Returns calls of a method that differ in which name of the request is `name`. The other names are `own`, which
/// is the name of a memory and of a glossary. `new` is a name that nothing has. There are no calls if the method
/// names no collection; [`unnamed`] has those.
fn messages(method: &str, own: &str, name: &str, new: &str) -> Vec<Vec<Vec<u8>>> {
    let s = str::to_owned;
    let lookup = |memories: &[&str], glossaries: &[&str]| proto::LookupRequest {
        text: s("نعم"),
        options: Some(proto::LookupOptions {
            memories: memories.iter().map(|m| proto::MemorySelection { name: s(m), penalty: 0.0 }).collect(),
            glossaries: glossaries.iter().map(|g| s(g)).collect(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let lookups = |a: &str| {
        let both: &[&str] = if a == own { &[own] } else { &[own, a] };
        [lookup(both, &[]), lookup(&[own], both), lookup(&[a], &[])]
    };
    let batch = |request: proto::LookupRequest| proto::LookupBatchRequest {
        queries: vec![proto::LookupQuery { text: request.text, ..Default::default() }],
        options: request.options,
        ..Default::default()
    };
    let check = |glossaries: &[&str]| proto::CheckTermsRequest {
        source: s("نعم"),
        target: s("yes"),
        glossaries: glossaries.iter().map(|g| s(g)).collect(),
        ..Default::default()
    };
    let both: Vec<&str> = if name == own { vec![own] } else { vec![own, name] };
    let import = |header: proto::ImportHeader| {
        let parts = crate::support::import_parts(header, b"", 9);
        Some(parts.iter().map(Message::encode_to_vec).collect::<Vec<_>>())
    };
    let header = |create: bool| proto::ImportHeader {
        file_name: s("a.jsonl"),
        format: proto::FileFormat::Jsonl.into(),
        create,
        ..Default::default()
    };
    let concept = || proto::Concept {
        terms: vec![proto::Term { text: s("كلمة"), locale: s("ar"), ..Default::default() }],
        ..Default::default()
    };
    let calls = match method {
        "MemoryService.CreateMemory" => {
            let name = if name == own { new } else { name };
            vec![one(proto::CreateMemoryRequest { name: s(name), ..Default::default() })]
        }
        "MemoryService.GetMemory" => vec![one(proto::GetMemoryRequest { name: s(name) })],
        "MemoryService.UpdateMemory" => {
            let mut calls = vec![one(proto::UpdateMemoryRequest {
                name: s(name),
                description: Some(s("text")),
                ..Default::default()
            })];
            if name != own {
                calls.push(one(proto::UpdateMemoryRequest {
                    name: s(own),
                    new_name: Some(s(name)),
                    ..Default::default()
                }));
            }
            calls
        }
        "MemoryService.CloneMemory" => {
            let mut calls = vec![one(proto::CloneMemoryRequest {
                name: s(name),
                new_name: s(new),
                ..Default::default()
            })];
            if name != own {
                calls.push(one(proto::CloneMemoryRequest {
                    name: s(own),
                    new_name: s(name),
                    ..Default::default()
                }));
            }
            calls
        }
        "MemoryService.DeleteMemory" => vec![one(proto::DeleteMemoryRequest { name: s(name) })],
        "MemoryService.PutUnits" => {
            let units = vec![draft("لا", "no")];
            vec![one(proto::PutUnitsRequest { memory: s(name), units, ..Default::default() })]
        }
        "MemoryService.GetUnit" => vec![one(proto::GetUnitRequest { memory: s(name), id: s("uffff") })],
        "MemoryService.ListUnits" => {
            vec![one(proto::ListUnitsRequest { memory: s(name), ..Default::default() })]
        }
        "MemoryService.UpdateUnit" => vec![one(proto::UpdateUnitRequest {
            memory: s(name),
            id: s("uffff"),
            unit: Some(draft("لا", "no")),
            ..Default::default()
        })],
        "MemoryService.DeleteUnits" => [false, true]
            .map(|dry_run| {
                let ids = vec![s("uffff")];
                one(proto::DeleteUnitsRequest { memory: s(name), ids, dry_run, ..Default::default() })
            })
            .into(),
        "MemoryService.ListRevisions" => {
            vec![one(proto::ListRevisionsRequest { memory: s(name), id: s("uffff"), ..Default::default() })]
        }
        "MemoryService.RestoreRevision" => vec![one(proto::RestoreRevisionRequest {
            memory: s(name),
            id: s("uffff"),
            revision: 1,
            ..Default::default()
        })],
        "LookupService.Lookup" => lookups(name).into_iter().map(one).collect(),
        "LookupService.LookupBatch" => lookups(name).into_iter().map(|r| one(batch(r))).collect(),
        "LookupService.LookupStream" => lookups(name)
            .into_iter()
            .map(|request| one(proto::LookupStreamRequest { request: Some(request), ..Default::default() }))
            .collect(),
        "GlossaryService.CreateGlossary" => {
            let name = if name == own { new } else { name };
            vec![one(proto::CreateGlossaryRequest { name: s(name), ..Default::default() })]
        }
        "GlossaryService.DeleteGlossary" => vec![one(proto::DeleteGlossaryRequest { name: s(name) })],
        "GlossaryService.PutConcepts" => {
            vec![one(proto::PutConceptsRequest { glossary: s(name), concepts: vec![concept()] })]
        }
        "GlossaryService.GetConcept" => {
            vec![one(proto::GetConceptRequest { glossary: s(name), id: s("none"), ..Default::default() })]
        }
        "GlossaryService.ListConcepts" => {
            vec![one(proto::ListConceptsRequest { glossary: s(name), ..Default::default() })]
        }
        "GlossaryService.DeleteConcepts" => [false, true]
            .map(|dry_run| {
                one(proto::DeleteConceptsRequest { glossary: s(name), ids: vec![s("none")], dry_run })
            })
            .into(),
        "GlossaryService.RecognizeTerms" => vec![one(proto::RecognizeTermsRequest {
            text: s("نعم"),
            glossaries: both.iter().map(|g| s(g)).collect(),
            ..Default::default()
        })],
        "GlossaryService.CheckTerms" => vec![one(check(&both)), one(check(&[name]))],
        "GlossaryService.CheckTermsStream" => {
            vec![one(proto::CheckTermsStreamRequest { request: Some(check(&both)), ..Default::default() })]
        }
        "GlossaryService.SuggestTerms" => {
            let known = |memory: &str, glossaries: &[&str]| proto::SuggestTermsRequest {
                memory: s(memory),
                known_glossaries: glossaries.iter().map(|g| s(g)).collect(),
                ..Default::default()
            };
            vec![one(known(name, &[])), one(known(own, &both))]
        }
        "InterchangeService.Import" => {
            let mut calls = vec![
                import(proto::ImportHeader { memory: s(name), ..header(false) }),
                import(proto::ImportHeader {
                    glossary: s(name),
                    file_name: s("a.csv"),
                    format: proto::FileFormat::Csv.into(),
                    ..header(false)
                }),
            ];
            if name != own {
                calls.push(import(proto::ImportHeader { memory: s(name), ..header(true) }));
                calls.push(import(proto::ImportHeader { memory: s(name), dry_run: true, ..header(true) }));
                calls.push(import(proto::ImportHeader {
                    glossary: s(name),
                    file_name: s("a.csv"),
                    format: proto::FileFormat::Csv.into(),
                    ..header(true)
                }));
            }
            calls
        }
        "InterchangeService.RevertImport" => vec![
            one(proto::RevertImportRequest { memory: s(name), import_id: 9_999, ..Default::default() }),
            one(proto::RevertImportRequest { glossary: s(name), import_id: 9_999, ..Default::default() }),
        ],
        "InterchangeService.Export" => vec![
            one(proto::ExportRequest {
                memory: s(name),
                format: proto::FileFormat::Jsonl.into(),
                ..Default::default()
            }),
            one(proto::ExportRequest {
                glossary: s(name),
                format: proto::FileFormat::Csv.into(),
                ..Default::default()
            }),
        ],
        _ => Vec::new(),
    };
    calls.into_iter().flatten().collect()
}

/// Returns the call of a method that names no collection.
fn unnamed(method: &str) -> Option<Vec<Vec<u8>>> {
    let text = || "نعم".to_owned();
    match method {
        "MemoryService.ListMemories" => one(proto::ListMemoriesRequest::default()),
        "GlossaryService.ListGlossaries" => one(proto::ListGlossariesRequest::default()),
        "LookupService.Score" => {
            let query = || Some(proto::LookupQuery { text: text(), ..Default::default() });
            one(proto::ScoreRequest { asked: query(), stored: query(), ..Default::default() })
        }
        "SegmentationService.Segment" => one(proto::SegmentRequest { text: text(), ..Default::default() }),
        "SegmentationService.Fold" => one(proto::FoldRequest { text: text(), ..Default::default() }),
        "SegmentationService.Lint" => one(proto::LintRequest { text: text(), ..Default::default() }),
        "AdminService.Verify" => one(proto::VerifyRequest {}),
        "AdminService.Compact" => one(proto::CompactRequest {}),
        "AdminService.GetStoreStatus" => one(proto::GetStoreStatusRequest {}),
        "AdminService.CreateToken" => one(proto::CreateTokenRequest {
            name: "made".into(),
            grants: vec![proto::Grant { role: proto::Role::Admin.into(), ..Default::default() }],
            ..Default::default()
        }),
        "AdminService.ListTokens" => one(proto::ListTokensRequest::default()),
        "AdminService.RevokeToken" => one(proto::RevokeTokenRequest { id: 9_999 }),
        _ => None,
    }
}

/// How a call ended: all that a caller sees of an error.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    code: Code,
    reason: String,
    message: String,
    details: Vec<u8>,
}

impl Seen {
    fn of(method: &str, answer: &Result<Vec<Vec<u8>>, Status>) -> Self {
        let in_band = |code: i32, error: &proto::CallError| Self {
            code: Code::from(code),
            reason: error.reason.clone(),
            message: error.message.clone(),
            details: error.field.clone().into_bytes(),
        };
        match answer {
            Err(status) => Self {
                code: status.code(),
                reason: reason(status),
                message: status.message().to_owned(),
                details: status.details().to_owned(),
            },
            // The errors of these streams are messages.
            Ok(answers) => {
                use proto::{check_terms_stream_response as check, lookup_stream_response as lookup};
                let first = answers.first().map(Vec::as_slice).unwrap_or_default();
                if method == "LookupService.LookupStream"
                    && let Some(lookup::Result::Error(error)) =
                        proto::LookupStreamResponse::decode(first).unwrap().result
                {
                    return in_band(error.code, &error);
                }
                if method == "GlossaryService.CheckTermsStream"
                    && let Some(check::Result::Error(error)) =
                        proto::CheckTermsStreamResponse::decode(first).unwrap().result
                {
                    return in_band(error.code, &error);
                }
                Self { code: Code::Ok, reason: String::new(), message: String::new(), details: Vec::new() }
            }
        }
    }

    fn is_refused(&self) -> bool {
        matches!(self.code, Code::PermissionDenied | Code::Unauthenticated)
            || matches!(self.reason.as_str(), "UNKNOWN_MEMORY" | "UNKNOWN_GLOSSARY")
    }

    /// Replaces a name by another one of the same length, in the message and in the details.
    fn renamed(mut self, from: &str, to: &str) -> Self {
        assert_eq!(from.len(), to.len());
        self.message = self.message.replace(from, to);
        let at: Vec<usize> =
            (0..self.details.len()).filter(|at| self.details[*at..].starts_with(from.as_bytes())).collect();
        for at in at {
            self.details[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
        self
    }
}

const FOREIGN: &str = "foreign-one";
const ABSENT: &str = "missing-one";

async fn seen(server: &TokenServer, token: Option<&str>, method: &str, messages: Vec<Vec<u8>>) -> Seen {
    Seen::of(method, &call_raw(&server.server.channel, token, method, messages).await)
}

#[tokio::test]
async fn every_method_does_what_the_table_says() {
    let server = TokenServer::start().await;
    server.make_collections(FOREIGN).await;
    let tokens = [
        server.token(proto::Role::Reader, "own-*").await,
        server.token(proto::Role::Contributor, "own-*").await,
        server.token(proto::Role::Maintainer, "own-*").await,
        server.admin.clone(),
    ];
    let table = table();
    for (number, method) in methods().iter().enumerate() {
        let may = table.get(method).unwrap_or_else(|| panic!("docs/access.md does not list {method}"));
        for (n, role) in ROLES.iter().enumerate() {
            let (own, new) = (format!("own-{number}-{n}"), format!("own-new-{number}-{n}"));
            let token = Some(tokens[n].as_str());
            if let Some(call) = unnamed(method) {
                let ended = seen(&server, token, method, call.clone()).await;
                let expected = if may[n] { "" } else { "ROLE_TOO_LOW" };
                assert_eq!(ended.is_refused(), !may[n], "{method} {role}: {ended:?}");
                assert!(may[n] || ended.reason == expected, "{method} {role}: {ended:?}");
                let stranger = seen(&server, None, method, call).await;
                assert_eq!(stranger.reason, "TOKEN_MISSING", "{method}: {stranger:?}");
                continue;
            }
            server.make_collections(&own).await;
            let own_calls = messages(method, &own, &own, &new);
            assert!(!own_calls.is_empty(), "this test does not know how to call {method}");
            for call in own_calls {
                let stranger = seen(&server, None, method, call.clone()).await;
                assert_eq!(stranger.reason, "TOKEN_MISSING", "{method}: {stranger:?}");
                let ended = seen(&server, token, method, call).await;
                assert_eq!(ended.is_refused(), !may[n], "{method} {role} own: {ended:?}");
                if !may[n] {
                    assert_eq!(ended.reason, "ROLE_TOO_LOW", "{method} {role} own: {ended:?}");
                }
            }
            if *role == "admin" {
                continue;
            }
            server.make_collections(&own).await;
            let foreign = messages(method, &own, FOREIGN, &new);
            let absent = messages(method, &own, ABSENT, &new);
            for (foreign, absent) in foreign.into_iter().zip(absent) {
                let foreign = seen(&server, token, method, foreign).await;
                let absent = seen(&server, token, method, absent).await;
                assert!(foreign.is_refused(), "{method} {role} foreign: {foreign:?}");
                let right_reason = matches!(
                    foreign.reason.as_str(),
                    "UNKNOWN_MEMORY" | "UNKNOWN_GLOSSARY" | "NAME_NOT_GRANTED" | "ROLE_TOO_LOW"
                );
                assert!(right_reason, "{method} {role} foreign: {foreign:?}");
                assert_eq!(foreign.renamed(FOREIGN, ABSENT), absent, "{method} {role}");
            }
        }
    }
    // Nothing of all this has reached the foreign collections.
    let listed = server.names(Some(&server.admin)).await;
    assert!(listed.contains(&FOREIGN.to_owned()) && !listed.contains(&ABSENT.to_owned()));
}
