//! `GlossaryService`.

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::{
    convert,
    memory::refused,
    proto::{
        self, check_terms_stream_response::Result as CheckResult, glossary_service_server::GlossaryService,
    },
    status::{call_error, status},
};
use crate::{
    caller::Caller,
    engine::{Checker, Engine, RecognizeRequest},
    fault::Fault,
    limits::Limits,
    service::{Admission, WorkClass},
    terminology::Wanted,
};

#[derive(Debug)]
pub(super) struct Glossaries {
    admission: Admission,
    limits: Limits,
}

impl Glossaries {
    pub(super) fn new(admission: Admission, limits: Limits) -> Self {
        Self { admission, limits }
    }
}

#[tonic::async_trait]
impl GlossaryService for Glossaries {
    async fn create_glossary(
        &self,
        request: Request<proto::CreateGlossaryRequest>,
    ) -> Result<Response<proto::CreateGlossaryResponse>, Status> {
        let r = request.into_inner();
        let new = convert::new_collection(&r.name, &r.source_locale, &r.target_locale, r.description)
            .map_err(refused)?;
        let made =
            self.admission.answer(WorkClass::Write, |e| e.create_glossary(&Caller::anonymous(), new)).await?;
        Ok(Response::new(proto::CreateGlossaryResponse { glossary: Some(convert::glossary(made)) }))
    }

    async fn list_glossaries(
        &self,
        request: Request<proto::ListGlossariesRequest>,
    ) -> Result<Response<proto::ListGlossariesResponse>, Status> {
        let r = request.into_inner();
        let page =
            convert::page_request(Checker::new(&self.limits), r.page_size, r.page_token).map_err(refused)?;
        let page =
            self.admission.answer(WorkClass::Cpu, move |e| e.glossaries(&Caller::anonymous(), &page)).await?;
        let glossaries = page.items.into_iter().map(convert::glossary).collect();
        Ok(Response::new(proto::ListGlossariesResponse { glossaries, next_page_token: page.next }))
    }

    async fn delete_glossary(
        &self,
        request: Request<proto::DeleteGlossaryRequest>,
    ) -> Result<Response<proto::DeleteGlossaryResponse>, Status> {
        let name = convert::name("name", &request.get_ref().name).map_err(refused)?;
        let deleted_concepts = self
            .admission
            .answer(WorkClass::Write, move |e| e.delete_glossary(&Caller::anonymous(), &name))
            .await?;
        Ok(Response::new(proto::DeleteGlossaryResponse { deleted_concepts }))
    }

    async fn put_concepts(
        &self,
        request: Request<proto::PutConceptsRequest>,
    ) -> Result<Response<proto::PutConceptsResponse>, Status> {
        let r = request.into_inner();
        let glossary = convert::name("glossary", &r.glossary).map_err(refused)?;
        let draft = |(n, c): (usize, proto::Concept)| {
            convert::concept_draft(c).map_err(|v| v.inside(&format!("concepts[{n}]")))
        };
        let concepts =
            r.concepts.into_iter().enumerate().map(draft).collect::<Result<_, _>>().map_err(refused)?;
        let report = self
            .admission
            .answer(WorkClass::Write, move |e| e.put_concepts(&Caller::anonymous(), &glossary, concepts))
            .await?;
        Ok(Response::new(proto::PutConceptsResponse {
            ids: report.ids,
            stored: report.stored,
            updated: report.updated,
            unchanged: report.unchanged,
            change_id: report.change_id,
        }))
    }

    async fn list_concepts(
        &self,
        request: Request<proto::ListConceptsRequest>,
    ) -> Result<Response<proto::ListConceptsResponse>, Status> {
        let r = request.into_inner();
        let glossary = convert::name("glossary", &r.glossary).map_err(refused)?;
        let page =
            convert::page_request(Checker::new(&self.limits), r.page_size, r.page_token).map_err(refused)?;
        let page = self
            .admission
            .answer(WorkClass::Cpu, move |e| e.concepts(&Caller::anonymous(), &glossary, &page))
            .await?;
        let concepts = page.items.iter().map(|c| convert::concept(c)).collect();
        Ok(Response::new(proto::ListConceptsResponse { concepts, next_page_token: page.next }))
    }

    async fn get_concept(
        &self,
        request: Request<proto::GetConceptRequest>,
    ) -> Result<Response<proto::GetConceptResponse>, Status> {
        let r = request.into_inner();
        let glossary = convert::name("glossary", &r.glossary).map_err(refused)?;
        let found = self
            .admission
            .answer(WorkClass::Cpu, move |e| e.concept(&Caller::anonymous(), &glossary, &r.id))
            .await?;
        Ok(Response::new(proto::GetConceptResponse { concept: Some(convert::concept(&found)) }))
    }

    async fn delete_concepts(
        &self,
        request: Request<proto::DeleteConceptsRequest>,
    ) -> Result<Response<proto::DeleteConceptsResponse>, Status> {
        let r = request.into_inner();
        let glossary = convert::name("glossary", &r.glossary).map_err(refused)?;
        let (deleted, change_id) = self
            .admission
            .answer(WorkClass::Write, move |e| {
                e.delete_concepts(&Caller::anonymous(), &glossary, r.ids, r.dry_run)
            })
            .await?;
        Ok(Response::new(proto::DeleteConceptsResponse { deleted, change_id }))
    }

    async fn recognize_terms(
        &self,
        request: Request<proto::RecognizeTermsRequest>,
    ) -> Result<Response<proto::RecognizeTermsResponse>, Status> {
        let r = request.into_inner();
        let unit = convert::offset_unit("offset_unit", r.offset_unit).map_err(refused)?;
        let glossaries = convert::names("glossaries", &r.glossaries).map_err(refused)?;
        let terms = self
            .admission
            .answer(WorkClass::Cpu, move |engine| {
                let wanted = Wanted { nested: r.nested, fuzzy: r.fuzzy };
                let request = RecognizeRequest { text: r.text, glossaries, wanted };
                let terms = engine.recognize(&Caller::anonymous(), &request)?;
                Ok(terms.into_iter().map(|t| convert::recognized(&request.text, t, unit)).collect())
            })
            .await?;
        Ok(Response::new(proto::RecognizeTermsResponse { terms }))
    }

    async fn check_terms(
        &self,
        request: Request<proto::CheckTermsRequest>,
    ) -> Result<Response<proto::CheckTermsResponse>, Status> {
        let told = check(&self.admission, request.into_inner()).await.map_err(|fault| status(&fault))?;
        Ok(Response::new(told))
    }

    async fn suggest_terms(
        &self,
        request: Request<proto::SuggestTermsRequest>,
    ) -> Result<Response<proto::SuggestTermsResponse>, Status> {
        let request = convert::suggest_request(request.get_ref()).map_err(refused)?;
        // It reads a whole memory: its place is among the imports.
        let (terms, units_read) = self
            .admission
            .answer(WorkClass::Bulk, move |e| e.suggest_terms(&Caller::anonymous(), &request))
            .await?;
        let terms = terms.into_iter().map(convert::suggested).collect();
        Ok(Response::new(proto::SuggestTermsResponse { terms, units_read }))
    }

    type CheckTermsStreamStream = ReceiverStream<Result<proto::CheckTermsStreamResponse, Status>>;

    async fn check_terms_stream(
        &self,
        request: Request<Streaming<proto::CheckTermsStreamRequest>>,
    ) -> Result<Response<Self::CheckTermsStreamStream>, Status> {
        let mut pairs = request.into_inner();
        let admission = self.admission.clone();
        // A slow reader holds the stream up, not the server.
        let (answers, stream) = mpsc::channel(16);
        tokio::spawn(async move {
            loop {
                let answer = match pairs.message().await {
                    Ok(None) => return,
                    Ok(Some(pair)) => {
                        let result = match check(&admission, pair.request.unwrap_or_default()).await {
                            Ok(response) => CheckResult::Response(response),
                            Err(fault) => CheckResult::Error(call_error(&fault)),
                        };
                        Ok(proto::CheckTermsStreamResponse { result: Some(result) })
                    }
                    Err(broken) => Err(broken),
                };
                let over = answer.is_err();
                if answers.send(answer).await.is_err() || over {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

async fn check(
    admission: &Admission,
    request: proto::CheckTermsRequest,
) -> Result<proto::CheckTermsResponse, Fault> {
    let (request, unit) = convert::check_request(request)?;
    let job = move |engine: &Engine| {
        let terms = engine.check_terms(&Caller::anonymous(), &request)?;
        Ok(convert::checked(&request, terms, unit))
    };
    admission.run(WorkClass::Cpu, job).await
}
