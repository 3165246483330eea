//! Glossaries over the wire.

use dhakira::rpc::proto::{self, TermMatchKind, TermStatus};

use crate::support::{TestServer, told};

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
    let request = proto::CreateGlossaryRequest { name: "g".into(), ..Default::default() };
    server.glossaries().create_glossary(request).await.unwrap();
    let request = proto::PutConceptsRequest { glossary: "g".into(), concepts };
    server.glossaries().put_concepts(request).await.unwrap();
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
    assert_eq!(told(server.glossaries().recognize_terms(request).await).1, "UNKNOWN_GLOSSARY");
}
