//! `GlossaryService`.

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::{
    admit::caller_of,
    convert,
    deadline::deadline,
    proto::{
        self, check_terms_stream_response::Result as CheckResult, glossary_service_server::GlossaryService,
    },
    reply::{bounded, collect_bounded},
    status::{call_error, status, violation_status},
};
use crate::{
    caller::Caller,
    engine::{Checker, RecognizeRequest},
    fault::Fault,
    limits::Limits,
    service::{Admission, WorkClass},
    terminology::RecognizeOptions,
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
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        let new = convert::new_collection(&r.name, &r.source_locale, &r.target_locale, r.description)
            .map_err(violation_status)?;
        let made = self
            .admission
            .answer(caller, WorkClass::Write, |e, caller| e.create_glossary(caller, new))
            .await?;
        Ok(Response::new(proto::CreateGlossaryResponse { glossary: Some(convert::glossary(made)) }))
    }

    async fn list_glossaries(
        &self,
        request: Request<proto::ListGlossariesRequest>,
    ) -> Result<Response<proto::ListGlossariesResponse>, Status> {
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        let page = convert::page_request(Checker::new(&self.limits), r.page_size, r.page_token)
            .map_err(violation_status)?;
        let page = self
            .admission
            .answer(caller, WorkClass::Cpu, move |e, caller| e.glossaries(caller, &page))
            .await?;
        let glossaries = page.items.into_iter().map(convert::glossary).collect();
        Ok(Response::new(proto::ListGlossariesResponse { glossaries, next_page_token: page.next_token }))
    }

    async fn delete_glossary(
        &self,
        request: Request<proto::DeleteGlossaryRequest>,
    ) -> Result<Response<proto::DeleteGlossaryResponse>, Status> {
        let caller = caller_of(&request)?;
        let name = convert::name("name", &request.get_ref().name).map_err(violation_status)?;
        let deleted_concepts = self
            .admission
            .answer(caller, WorkClass::Write, move |e, caller| e.delete_glossary(caller, &name))
            .await?;
        Ok(Response::new(proto::DeleteGlossaryResponse { deleted_concepts }))
    }

    async fn put_concepts(
        &self,
        request: Request<proto::PutConceptsRequest>,
    ) -> Result<Response<proto::PutConceptsResponse>, Status> {
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        let glossary = convert::name("glossary", &r.glossary).map_err(violation_status)?;
        let concepts =
            convert::repeated("concepts", r.concepts, convert::concept_draft).map_err(violation_status)?;
        let report = self
            .admission
            .answer(caller, WorkClass::Write, move |e, caller| e.put_concepts(caller, &glossary, concepts))
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
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        let glossary = convert::name("glossary", &r.glossary).map_err(violation_status)?;
        let page = convert::page_request(Checker::new(&self.limits), r.page_size, r.page_token)
            .map_err(violation_status)?;
        let page = self
            .admission
            .answer(caller, WorkClass::Cpu, move |e, caller| e.concepts(caller, &glossary, &page))
            .await?;
        let concepts = page.items.iter().map(|c| convert::concept(c)).collect();
        Ok(Response::new(proto::ListConceptsResponse { concepts, next_page_token: page.next_token }))
    }

    async fn get_concept(
        &self,
        request: Request<proto::GetConceptRequest>,
    ) -> Result<Response<proto::GetConceptResponse>, Status> {
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        let glossary = convert::name("glossary", &r.glossary).map_err(violation_status)?;
        let found = self
            .admission
            .answer(caller, WorkClass::Cpu, move |e, caller| e.concept(caller, &glossary, &r.id))
            .await?;
        Ok(Response::new(proto::GetConceptResponse { concept: Some(convert::concept(&found)) }))
    }

    async fn delete_concepts(
        &self,
        request: Request<proto::DeleteConceptsRequest>,
    ) -> Result<Response<proto::DeleteConceptsResponse>, Status> {
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        let glossary = convert::name("glossary", &r.glossary).map_err(violation_status)?;
        let (deleted, change_id) = self
            .admission
            .answer(caller, WorkClass::Write, move |e, caller| {
                e.delete_concepts(caller, &glossary, r.ids, r.dry_run)
            })
            .await?;
        Ok(Response::new(proto::DeleteConceptsResponse { deleted, change_id }))
    }

    async fn recognize_terms(
        &self,
        request: Request<proto::RecognizeTermsRequest>,
    ) -> Result<Response<proto::RecognizeTermsResponse>, Status> {
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        let unit = convert::offset_unit("offset_unit", r.offset_unit).map_err(violation_status)?;
        let glossaries = convert::names("glossaries", &r.glossaries).map_err(violation_status)?;
        let reply_bytes = self.limits.reply_bytes;
        let terms = self
            .admission
            .answer(caller, WorkClass::Cpu, move |engine, caller| {
                let wanted = RecognizeOptions { nested: r.nested, fuzzy: r.fuzzy };
                let request = RecognizeRequest { text: r.text, glossaries, wanted };
                let terms = engine.recognize(caller, &request)?;
                let terms = terms.into_iter().map(|t| convert::recognized_term(&request.text, t, unit));
                collect_bounded(terms, reply_bytes, "glossaries", FEWER_TERMS)
            })
            .await?;
        Ok(Response::new(proto::RecognizeTermsResponse { terms }))
    }

    async fn check_terms(
        &self,
        request: Request<proto::CheckTermsRequest>,
    ) -> Result<Response<proto::CheckTermsResponse>, Status> {
        let caller = caller_of(&request)?;
        let checked = check(&self.admission, self.limits.reply_bytes, caller, request.into_inner()).await;
        checked.map(Response::new).map_err(|fault| status(&fault))
    }

    async fn suggest_terms(
        &self,
        request: Request<proto::SuggestTermsRequest>,
    ) -> Result<Response<proto::SuggestTermsResponse>, Status> {
        let caller = caller_of(&request)?;
        let (deadline, _cancels) = deadline(request.metadata()).cancelled_on_drop();
        let request = convert::suggest_request(request.get_ref()).map_err(violation_status)?;
        let reply_bytes = self.limits.reply_bytes;
        let (terms, units_read) = self
            .admission
            .answer(caller, WorkClass::Scan, move |e, caller| {
                let (terms, units_read) = e.suggest_terms(caller, &request, &deadline)?;
                let terms = terms.into_iter().map(convert::suggested_term);
                let remedy = "ask for fewer suggestions";
                Ok((collect_bounded(terms, reply_bytes, "limit", remedy)?, units_read))
            })
            .await?;
        Ok(Response::new(proto::SuggestTermsResponse { terms, units_read }))
    }

    type CheckTermsStreamStream = ReceiverStream<Result<proto::CheckTermsStreamResponse, Status>>;

    async fn check_terms_stream(
        &self,
        request: Request<Streaming<proto::CheckTermsStreamRequest>>,
    ) -> Result<Response<Self::CheckTermsStreamStream>, Status> {
        let caller = caller_of(&request)?;
        let mut pairs = request.into_inner();
        let admission = self.admission.clone();
        let reply_bytes = self.limits.reply_bytes;
        // Bounded, so that a slow reader delays its own stream only.
        let (answers, stream) = mpsc::channel(16);
        tokio::spawn(async move {
            loop {
                let answer = match pairs.message().await {
                    Ok(None) => return,
                    Ok(Some(pair)) => {
                        let request = pair.request.unwrap_or_default();
                        let result = match check(&admission, reply_bytes, caller.clone(), request).await {
                            Ok(response) => CheckResult::Response(response),
                            Err(fault) => CheckResult::Error(call_error(&fault)),
                        };
                        Ok(proto::CheckTermsStreamResponse { result: Some(result) })
                    }
                    Err(broken) => Err(broken),
                };
                let failed = answer.is_err();
                if answers.send(answer).await.is_err() || failed {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// How a caller makes a reply with terms smaller.
const FEWER_TERMS: &str = "name fewer glossaries, or send the text in parts";

async fn check(
    admission: &Admission,
    reply_bytes: usize,
    caller: Caller,
    request: proto::CheckTermsRequest,
) -> Result<proto::CheckTermsResponse, Fault> {
    let (request, unit) = convert::check_request(request)?;
    admission
        .run(caller, WorkClass::Cpu, move |engine, caller| {
            let terms = engine.check_terms(caller, &request)?;
            let response = convert::check_response(&request, terms, unit);
            bounded(response, reply_bytes, || Fault::reply_too_large("glossaries", reply_bytes, FEWER_TERMS))
        })
        .await
}
