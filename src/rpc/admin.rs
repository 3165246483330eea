//! `AdminService`.

use std::time::Instant;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{
    admit::caller_of,
    convert,
    deadline::deadline,
    proto::{self, admin_service_server::AdminService, verify_response::Part},
    status::violation_status,
};
use crate::{
    engine::{Checker, VerifyProgress},
    limits::Limits,
    service::{Admission, WorkClass},
};

/// The number of messages of a verification that are buffered. Progress is dropped if there are more.
const MAX_BUFFERED_MESSAGES: usize = 4;

/// The number of records between two progress messages.
const RECORDS_PER_PROGRESS_MESSAGE: u64 = 10_000;

#[derive(Debug)]
pub(super) struct Administration {
    admission: Admission,
    limits: Limits,
}

impl Administration {
    pub(super) fn new(admission: Admission, limits: Limits) -> Self {
        Self { admission, limits }
    }
}

#[tonic::async_trait]
impl AdminService for Administration {
    type VerifyStream = ReceiverStream<Result<proto::VerifyResponse, Status>>;

    async fn verify(
        &self,
        request: Request<proto::VerifyRequest>,
    ) -> Result<Response<Self::VerifyStream>, Status> {
        let caller = caller_of(&request)?;
        let deadline = deadline(request.metadata());
        let (answers, stream) = mpsc::channel(MAX_BUFFERED_MESSAGES);
        let admission = self.admission.clone();
        tokio::spawn(async move {
            let mut client = VerifyClient { answers: answers.clone(), next_message_at: 0 };
            let found = admission
                .answer(caller, WorkClass::Scan, move |engine, caller| {
                    engine.verify(caller, &deadline, &mut |progress| client.report(progress))
                })
                .await;
            let last = found.map(|found| verify_response(Part::Report(convert::verify_report(found))));
            if answers.send(last).await.is_err() {
                tracing::info!("the client of a verification left before its report");
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn compact(
        &self,
        request: Request<proto::CompactRequest>,
    ) -> Result<Response<proto::CompactResponse>, Status> {
        let started = Instant::now();
        let report = self
            .admission
            .answer(caller_of(&request)?, WorkClass::Write, |e, caller| e.compact(caller))
            .await?;
        Ok(Response::new(convert::compact_report(report, started.elapsed().as_secs_f64())))
    }

    async fn get_store_status(
        &self,
        request: Request<proto::GetStoreStatusRequest>,
    ) -> Result<Response<proto::GetStoreStatusResponse>, Status> {
        let (status, refusal) = self
            .admission
            .answer(caller_of(&request)?, WorkClass::Cpu, |e, caller| e.store_status(caller))
            .await?;
        Ok(Response::new(convert::store_status(&status, refusal)))
    }

    async fn create_token(
        &self,
        request: Request<proto::CreateTokenRequest>,
    ) -> Result<Response<proto::CreateTokenResponse>, Status> {
        let caller = caller_of(&request)?;
        let request = request.into_inner();
        let made = self
            .admission
            .answer(caller, WorkClass::Write, move |engine, caller| {
                engine.create_token(caller, convert::new_token(&request)?)
            })
            .await?;
        let token = Some(convert::token(made.token, true));
        Ok(Response::new(proto::CreateTokenResponse { token, secret: made.secret.to_text() }))
    }

    async fn list_tokens(
        &self,
        request: Request<proto::ListTokensRequest>,
    ) -> Result<Response<proto::ListTokensResponse>, Status> {
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        let page = convert::page_request(Checker::new(&self.limits), r.page_size, r.page_token)
            .map_err(violation_status)?;
        let (page, now) =
            self.admission.answer(caller, WorkClass::Cpu, move |e, caller| e.tokens(caller, &page)).await?;
        let tokens = page.items.into_iter().map(|token| {
            let valid = token.is_valid(now);
            convert::token(token, valid)
        });
        let tokens = tokens.collect();
        Ok(Response::new(proto::ListTokensResponse { tokens, next_page_token: page.next_token }))
    }

    async fn revoke_token(
        &self,
        request: Request<proto::RevokeTokenRequest>,
    ) -> Result<Response<proto::RevokeTokenResponse>, Status> {
        let caller = caller_of(&request)?;
        let number = convert::token_number(request.get_ref().id);
        let revoked = self
            .admission
            .answer(caller, WorkClass::Write, move |e, caller| e.revoke_token(caller, number))
            .await?;
        Ok(Response::new(proto::RevokeTokenResponse { token: Some(convert::token(revoked, false)) }))
    }
}

/// The client that waits for a verification.
struct VerifyClient {
    answers: mpsc::Sender<Result<proto::VerifyResponse, Status>>,
    /// The number of records at which the next progress message is due.
    next_message_at: u64,
}

impl VerifyClient {
    /// Sends a progress message if one is due. It is dropped if the client does not keep up. Returns whether the client
    /// still waits.
    fn report(&mut self, progress: VerifyProgress) -> bool {
        if progress.records_read >= self.next_message_at {
            self.next_message_at = progress.records_read + RECORDS_PER_PROGRESS_MESSAGE;
            let _ = self
                .answers
                .try_send(Ok(verify_response(Part::Progress(convert::verify_progress(progress)))));
        }
        !self.answers.is_closed()
    }
}

fn verify_response(part: Part) -> proto::VerifyResponse {
    proto::VerifyResponse { part: Some(part) }
}
