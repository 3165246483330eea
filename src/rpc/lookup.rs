//! `LookupService`.

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::{
    convert,
    deadline::deadline,
    gate::{Gate, Work},
    proto::{self, lookup_service_server::LookupService, lookup_stream_response::Result as StreamResult},
    status::{code, status},
};
use crate::{
    caller::Caller,
    engine::{self, Checker, Deadline},
    fault::Fault,
    limits::Limits,
};

/// Explains a pair as `LookupService.Score` does, with the limits of a server
/// that was told none.
///
/// # Errors
/// Those of the method.
pub fn explain(request: proto::ScoreRequest) -> Result<proto::ScoreResponse, Fault> {
    let (pair, unit) = convert::pair(request)?;
    Ok(convert::explanation(&pair, engine::explain(&Limits::default(), pair.clone())?, unit))
}

#[derive(Clone, Debug)]
pub(super) struct Lookups {
    gate: Gate,
    limits: Limits,
}

impl Lookups {
    pub(super) fn new(gate: Gate, limits: Limits) -> Self {
        Self { gate, limits }
    }

    async fn one(
        &self,
        request: proto::LookupRequest,
        deadline: Deadline,
    ) -> Result<proto::LookupResponse, Fault> {
        let (options, unit) = convert::options(Checker::new(&self.limits), request.options)?;
        let segment = convert::segment(request.text, request.codes)?;
        let context = convert::context(request.context);
        self.gate
            .try_run(Work::Core, move |engine| {
                let text = segment.text.clone();
                let answer = engine.lookup(&Caller::anonymous(), segment, context, &options, deadline)?;
                Ok(convert::answer(&text, answer, unit, options.side))
            })
            .await
    }
}

#[tonic::async_trait]
impl LookupService for Lookups {
    async fn lookup(
        &self,
        request: Request<proto::LookupRequest>,
    ) -> Result<Response<proto::LookupResponse>, Status> {
        let deadline = deadline(request.metadata());
        self.one(request.into_inner(), deadline).await.map(Response::new).map_err(|fault| status(&fault))
    }

    async fn lookup_batch(
        &self,
        request: Request<proto::LookupBatchRequest>,
    ) -> Result<Response<proto::LookupBatchResponse>, Status> {
        let deadline = deadline(request.metadata());
        let r = request.into_inner();
        let (options, unit) =
            convert::options(Checker::new(&self.limits), r.options).map_err(|f| status(&f))?;
        let responses = self
            .gate
            .run(Work::Core, move |engine| {
                let query = |(n, q): (usize, proto::LookupQuery)| {
                    let segment =
                        convert::segment(q.text, q.codes).map_err(|v| v.inside(&format!("queries[{n}]")))?;
                    Ok::<_, Fault>((segment, convert::context(q.context)))
                };
                let queries = r.queries.into_iter().enumerate().map(query).collect::<Result<Vec<_>, _>>()?;
                let texts: Vec<String> = queries.iter().map(|(s, _)| s.text.clone()).collect();
                let answers = engine.lookup_batch(&Caller::anonymous(), queries, &options, deadline)?;
                Ok(texts
                    .iter()
                    .zip(answers)
                    .map(|(text, answer)| convert::answer(text, answer, unit, options.side))
                    .collect())
            })
            .await?;
        Ok(Response::new(proto::LookupBatchResponse { responses }))
    }

    async fn score(
        &self,
        request: Request<proto::ScoreRequest>,
    ) -> Result<Response<proto::ScoreResponse>, Status> {
        let request = request.into_inner();
        let response = self.gate.run(Work::Core, move |engine| {
            let (pair, unit) = convert::pair(request)?;
            Ok(convert::explanation(&pair, engine.score(pair.clone())?, unit))
        });
        response.await.map(Response::new)
    }

    type LookupStreamStream = ReceiverStream<Result<proto::LookupStreamResponse, Status>>;

    async fn lookup_stream(
        &self,
        request: Request<Streaming<proto::LookupStreamRequest>>,
    ) -> Result<Response<Self::LookupStreamStream>, Status> {
        let deadline = deadline(request.metadata());
        let mut questions = request.into_inner();
        let lookups = self.clone();
        // A slow reader holds the stream up, not the server.
        let (answers, stream) = mpsc::channel(16);
        tokio::spawn(async move {
            loop {
                let question = match questions.message().await {
                    Ok(Some(question)) => question.request.unwrap_or_default(),
                    Ok(None) => return,
                    Err(broken) => {
                        // Whoever broke the stream hardly reads on; if so, it is told.
                        let _ = answers.send(Err(broken)).await;
                        return;
                    }
                };
                let result = match lookups.one(question, deadline).await {
                    Ok(response) => StreamResult::Response(response),
                    Err(fault) => StreamResult::Error(proto::LookupError {
                        code: code(&fault).into(),
                        reason: fault.reason().to_owned(),
                        field: fault.field().to_owned(),
                        message: fault.to_string(),
                    }),
                };
                if answers.send(Ok(proto::LookupStreamResponse { result: Some(result) })).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}
