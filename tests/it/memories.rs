//! Memories and units over the wire.

use dhakira::rpc::proto::{self, PutOutcome};
use tonic::Code;

use crate::support::{TestServer, draft, pages, refusal, source};

fn outcomes(answer: &proto::PutUnitsResponse) -> Vec<PutOutcome> {
    answer.results.iter().map(proto::PutResult::outcome).collect()
}

async fn list(server: &TestServer, memory: &str, page_size: i32) -> Vec<proto::TranslationUnit> {
    let units = pages(async |page_token| {
        let request =
            proto::ListUnitsRequest { memory: memory.into(), page_size, page_token, ..Default::default() };
        let page = server.memories().list_units(request).await?.into_inner();
        assert!(page.units.len() <= usize::try_from(page_size).unwrap());
        Ok((page.units, page.next_page_token))
    });
    units.await.unwrap().into_iter().flatten().collect()
}

fn names(memories: &[proto::Memory]) -> Vec<String> {
    memories.iter().map(|m| m.name.clone()).collect()
}

#[tokio::test]
async fn memories_are_made_listed_renamed_and_deleted() {
    let server = TestServer::start().await;
    for name in ["b", "a", "c"] {
        server.create(name).await;
    }
    let request = proto::ListMemoriesRequest { page_size: 2, ..Default::default() };
    let page = server.memories().list_memories(request).await.unwrap().into_inner();
    assert_eq!(names(&page.memories), ["a", "b"]);
    let request = proto::ListMemoriesRequest { page_size: 2, page_token: page.next_page_token };
    let page = server.memories().list_memories(request).await.unwrap().into_inner();
    assert_eq!((names(&page.memories), page.next_page_token.as_str()), (vec!["c".to_owned()], ""));

    server.put("a", vec![draft("نعم", "yes")]).await;
    let request = proto::UpdateMemoryRequest {
        name: "a".into(),
        new_name: Some("z".into()),
        description: Some("d".into()),
    };
    let updated = server.memories().update_memory(request).await.unwrap().into_inner().memory.unwrap();
    assert_eq!((updated.name.as_str(), updated.description.as_str(), updated.unit_count), ("z", "d", 1));
    assert_eq!(list(&server, "z", 10).await[0].memory, "z");
    let request =
        proto::UpdateMemoryRequest { name: "b".into(), new_name: Some("z".into()), description: None };
    assert_eq!(refusal(server.memories().update_memory(request).await).1, "MEMORY_EXISTS");

    let request =
        proto::CloneMemoryRequest { name: "z".into(), new_name: "copy".into(), ..Default::default() };
    let copy = server.memories().clone_memory(request.clone()).await.unwrap().into_inner().memory.unwrap();
    assert_eq!(copy.unit_count, 1);
    assert_eq!(refusal(server.memories().clone_memory(request).await).0, Code::AlreadyExists);

    let request = proto::DeleteMemoryRequest { name: "z".into() };
    assert_eq!(server.memories().delete_memory(request.clone()).await.unwrap().into_inner().deleted_units, 1);
    assert_eq!(refusal(server.memories().delete_memory(request).await).1, "UNKNOWN_MEMORY");
    assert_eq!(list(&server, "copy", 10).await.len(), 1, "the copy is a memory of its own");
}

#[tokio::test]
async fn a_put_is_idempotent_and_keeps_several_targets_apart() {
    let server = TestServer::start().await;
    server.create("m").await;
    let first = server.put("m", vec![draft("نعم", "yes"), draft("نعم", "yeah"), draft("نعم", "yes")]).await;
    assert_eq!(outcomes(&first), [PutOutcome::Stored, PutOutcome::Stored, PutOutcome::Unchanged]);
    assert_eq!(first.results[0].id, first.results[2].id);
    let again = server.put("m", vec![draft("نعم", "yes")]).await;
    assert_eq!((outcomes(&again), again.change_id), (vec![PutOutcome::Unchanged], 0));

    // Other invisible characters make another surface, and another context makes another unit.
    let mut elsewhere = draft("نعم", "yes");
    elsewhere.context = Some(proto::Context { id: Some("k".into()), ..Default::default() });
    let more = server.put("m", vec![draft("نعـم", "yes"), elsewhere]).await;
    assert_eq!(outcomes(&more), [PutOutcome::Stored, PutOutcome::Stored]);
    let all = list(&server, "m", 1).await;
    assert_eq!(all.len(), 4);

    // A later put adds metadata. Metadata that it does not give stays.
    let mut richer = draft("نعم", "yes");
    richer.notes = vec!["n".into()];
    assert_eq!(outcomes(&server.put("m", vec![richer]).await), [PutOutcome::Updated]);
    assert_eq!(outcomes(&server.put("m", vec![draft("نعم", "yes")]).await), [PutOutcome::Unchanged]);
    let all = list(&server, "m", 100).await;
    assert_eq!((all[0].notes.clone(), all[0].revision.as_ref().unwrap().number), (vec!["n".to_owned()], 2));
}

fn named(text: &str) -> proto::UnitDraft {
    proto::UnitDraft { external_id: "k1".into(), ..draft(text, "maybe") }
}

#[tokio::test]
async fn a_correction_replaces_and_an_external_id_updates() {
    let server = TestServer::start().await;
    server.create("m").await;
    let old = server.put("m", vec![draft("نعم", "yess"), draft("لا", "no")]).await;
    let request = proto::PutUnitsRequest {
        memory: "m".into(),
        units: vec![draft("نعم", "yes")],
        on_same_source: proto::OnSameSource::Replace.into(),
    };
    let answer = server.memories().put_units(request).await.unwrap().into_inner();
    assert_eq!(answer.results[0].replaced, [old.results[0].id.clone()]);
    let found = server.look_up("نعم", Default::default()).await;
    assert_eq!(found.len(), 1);
    assert_eq!(crate::support::target(&found[0]), "yes");

    let first = server.put("m", vec![named("ربما")]).await;
    let second = server.put("m", vec![named("لعل")]).await;
    assert_eq!(first.results[0].id, second.results[0].id);
    assert_eq!(outcomes(&second), [PutOutcome::Updated]);
    assert!(server.look_up("ربما", Default::default()).await.is_empty());
    assert_eq!(source(&server.look_up("لعل", Default::default()).await[0]), "لعل");
}

fn update(id: &str, expected_revision: Option<u32>, unit: proto::UnitDraft) -> proto::UpdateUnitRequest {
    proto::UpdateUnitRequest { memory: "m".into(), id: id.into(), unit: Some(unit), expected_revision }
}

fn delete(ids: Vec<String>, dry_run: bool) -> proto::DeleteUnitsRequest {
    proto::DeleteUnitsRequest { memory: "m".into(), ids, dry_run, filter: None }
}

fn restore(id: &str, revision: u32) -> proto::RestoreRevisionRequest {
    proto::RestoreRevisionRequest { memory: "m".into(), id: id.into(), revision }
}

#[tokio::test]
async fn units_are_updated_deleted_and_restored() {
    let server = TestServer::start().await;
    server.create("m").await;
    let put = server.put("m", vec![draft("نعم", "yes"), draft("لا", "no")]).await;
    let id = put.results[0].id.clone();
    let updated = server
        .memories()
        .update_unit(update(&id, Some(1), draft("نعم", "aye")))
        .await
        .unwrap()
        .into_inner()
        .unit
        .unwrap();
    assert_eq!(updated.revision.unwrap().number, 2);
    assert_eq!(
        refusal(server.memories().update_unit(update(&id, Some(1), draft("نعم", "yea"))).await).1,
        "CHANGED_MEANWHILE"
    );
    let taken = update(&id, None, draft("لا", "no"));
    assert_eq!(refusal(server.memories().update_unit(taken).await).1, "UNIT_EXISTS");

    let dry = server.memories().delete_units(delete(vec![id.clone()], true)).await.unwrap().into_inner();
    assert_eq!((dry.deleted, dry.change_id), (1, 0));
    // An unknown id refuses the call, and the other unit stays.
    assert_eq!(
        refusal(server.memories().delete_units(delete(vec![id.clone(), "uff".into()], false)).await).1,
        "UNKNOWN_UNIT"
    );
    assert_eq!(list(&server, "m", 10).await.len(), 2);
    assert_eq!(
        server.memories().delete_units(delete(vec![id.clone()], false)).await.unwrap().into_inner().deleted,
        1
    );
    assert!(server.look_up("نعم", Default::default()).await.is_empty());

    let request = proto::ListRevisionsRequest { memory: "m".into(), id: id.clone(), ..Default::default() };
    let kept = server.memories().list_revisions(request).await.unwrap().into_inner();
    let numbers: Vec<u32> = kept.revisions.iter().map(|u| u.revision.as_ref().unwrap().number).collect();
    assert_eq!((numbers, kept.deleted), (vec![1, 2], true));

    let restored =
        server.memories().restore_revision(restore(&id, 1)).await.unwrap().into_inner().unit.unwrap();
    assert_eq!(restored.revision.unwrap().number, 3);
    assert_eq!(restored.target.unwrap().segment.unwrap().text, "yes");
    assert_eq!(server.look_up("نعم", Default::default()).await.len(), 1);
    assert_eq!(refusal(server.memories().restore_revision(restore(&id, 9)).await).1, "UNKNOWN_UNIT");
}

fn project(value: &str) -> proto::Property {
    proto::Property { name: "project".into(), value: value.into(), ..Default::default() }
}

fn created_by(who: &str, text: &str) -> proto::UnitDraft {
    proto::UnitDraft {
        provenance: Some(proto::Provenance { created_by: who.into(), ..Default::default() }),
        properties: vec![project(&who.to_uppercase())],
        ..draft(text, text)
    }
}

fn filter(condition: proto::filter::Condition) -> proto::Filter {
    proto::Filter { condition: Some(condition) }
}

#[tokio::test]
async fn filters_choose_what_is_listed_and_deleted() {
    use proto::filter::Condition;
    let server = TestServer::start().await;
    server.create("m").await;
    let units = [("ann", "واحد"), ("bob", "اثنان"), ("ann", "ثلاثة")];
    server.put("m", units.map(|(who, text)| created_by(who, text)).to_vec()).await;
    let ann = filter(Condition::CreatedBy("ann".into()));
    let bob = filter(Condition::Property(project("BOB")));
    let not_ann = filter(Condition::Not(Box::new(ann.clone())));
    let any = filter(Condition::Any(proto::FilterList { filters: vec![ann.clone(), bob.clone()] }));
    let none = filter(Condition::All(proto::FilterList { filters: vec![ann.clone(), bob] }));
    for (filter, count) in [(ann.clone(), 2), (not_ann, 1), (any, 3), (none, 0)] {
        let request =
            proto::ListUnitsRequest { memory: "m".into(), filter: Some(filter), ..Default::default() };
        assert_eq!(server.memories().list_units(request).await.unwrap().into_inner().units.len(), count);
    }
    let options =
        proto::LookupOptions { filter: Some(ann.clone()), threshold: Some(0.0), ..Default::default() };
    let found = server.look_up("اثنان", options).await;
    assert_eq!(found.len(), 2, "an excluded unit does not count towards the limit, however good it is");

    let request = proto::DeleteUnitsRequest { memory: "m".into(), filter: Some(ann), ..Default::default() };
    assert_eq!(server.memories().delete_units(request).await.unwrap().into_inner().deleted, 2);
    assert_eq!(list(&server, "m", 10).await.len(), 1);
}
