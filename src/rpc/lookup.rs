//! `LookupService`.

use std::{future::poll_fn, pin::Pin, sync::Arc, task::Poll};

use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming};

use super::{
    convert,
    deadline::deadline,
    proto::{self, lookup_service_server::LookupService, lookup_stream_response::Result as StreamResult},
    status::{call_error, status},
};
use crate::{
    caller::Caller,
    engine::{self, Checker, Deadline, Engine, LookupAnswer, LookupOptions},
    fault::{Fault, Violation},
    limits::Limits,
    segment::Segment,
    service::{Admission, WorkClass},
    text::OffsetUnit,
    unit::Context,
};

/// Explains a pair as `LookupService.Score` does, with the limits of a server
/// that was told none.
///
/// # Errors
/// Those of the method.
pub fn explain(request: proto::ScoreRequest) -> Result<proto::ScoreResponse, Fault> {
    explain_within(&Limits::default(), request)
}

fn explain_within(limits: &Limits, request: proto::ScoreRequest) -> Result<proto::ScoreResponse, Fault> {
    let (pair, unit) = convert::pair(request)?;
    Ok(convert::explanation(&pair, engine::explain(limits, &pair)?, unit))
}

#[derive(Clone, Debug)]
pub(super) struct Lookups {
    admission: Admission,
    limits: Limits,
}

impl Lookups {
    pub(super) fn new(admission: Admission, limits: Limits) -> Self {
        Self { admission, limits }
    }

    /// Looks up many segments, group by group on all cores.
    async fn batch(
        &self,
        queries: Vec<(Segment, Context)>,
        options: LookupOptions,
        unit: OffsetUnit,
        deadline: Deadline,
    ) -> Result<Vec<proto::LookupResponse>, Fault> {
        let texts: Arc<[String]> = queries.iter().map(|(segment, _)| segment.text.clone()).collect();
        let prepare = move |engine: &Engine| engine.batch(&Caller::anonymous(), queries, options, deadline);
        let batch = Arc::new(self.admission.run(WorkClass::Cpu, prepare).await?);
        let part = |group| {
            let (batch, texts) = (Arc::clone(&batch), Arc::clone(&texts));
            move |engine: &Engine| {
                let answers = engine.answer_group(&batch, group)?;
                let told = |(place, answer): (usize, LookupAnswer)| {
                    let text = texts.get(place).map(String::as_str).unwrap_or_default();
                    (place, convert::answer(text, answer, unit, batch.side()))
                };
                Ok(answers.into_iter().map(told).collect::<Vec<_>>())
            }
        };
        let parts = self.admission.run_parallel((0..batch.groups()).map(part)).await?;
        let mut responses: Vec<_> = parts.into_iter().flatten().collect();
        responses.sort_by_key(|(place, _)| *place);
        Ok(responses.into_iter().map(|(_, response)| response).collect())
    }

    /// Answers questions that came together, each as it would be alone. Those
    /// that follow one another with the same options share their work.
    async fn together(
        &self,
        questions: Vec<proto::LookupRequest>,
        deadline: Deadline,
    ) -> Vec<Result<proto::LookupResponse, Fault>> {
        let check = Checker::new(&self.limits);
        let mut results = Vec::with_capacity(questions.len());
        let mut rest = questions.into_iter().peekable();
        while let Some(first) = rest.next() {
            if rest.peek().is_none_or(|next| next.options != first.options) {
                // Nothing to share.
                results.push(self.one(first, deadline.clone()).await);
                continue;
            }
            let options = first.options.clone();
            let mut alike = vec![first];
            while let Some(next) = rest.next_if(|q| q.options == options) {
                alike.push(next);
            }
            let (options, unit) = match convert::options(check, options) {
                Ok(read) => read,
                Err(fault) => {
                    results.extend(alike.iter().map(|_| Err(fault.clone())));
                    continue;
                }
            };
            let read = |q: proto::LookupRequest| {
                let segment = convert::segment(q.text, q.codes)?;
                check.segment(&segment)?;
                Ok::<_, Violation>((segment, convert::context(q.context)))
            };
            let read: Vec<_> = alike.into_iter().map(read).collect();
            let good: Vec<_> = read.iter().filter_map(|r| r.as_ref().ok()).cloned().collect();
            let answers = if good.is_empty() {
                Ok(Vec::new())
            } else {
                self.batch(good, options, unit, deadline.clone()).await
            };
            let mut answers = answers.map(Vec::into_iter);
            results.extend(read.into_iter().map(|read| match (read, &mut answers) {
                (Err(violation), _) => Err(violation.into()),
                (Ok(_), Err(fault)) => Err(fault.clone()),
                (Ok(_), Ok(answers)) => {
                    answers.next().ok_or_else(|| Fault::Internal("an answer is missing".to_owned()))
                }
            }));
        }
        results
    }

    async fn one(
        &self,
        request: proto::LookupRequest,
        deadline: Deadline,
    ) -> Result<proto::LookupResponse, Fault> {
        let (options, unit) = convert::options(Checker::new(&self.limits), request.options)?;
        let segment = convert::segment(request.text, request.codes)?;
        let context = convert::context(request.context);
        self.admission
            .run(WorkClass::Cpu, move |engine| {
                let text = segment.text.clone();
                let answer = engine.lookup(&Caller::anonymous(), segment, context, &options, &deadline)?;
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
        let (deadline, _cancels) = deadline(request.metadata()).cancelled_on_drop();
        self.one(request.into_inner(), deadline).await.map(Response::new).map_err(|fault| status(&fault))
    }

    async fn lookup_batch(
        &self,
        request: Request<proto::LookupBatchRequest>,
    ) -> Result<Response<proto::LookupBatchResponse>, Status> {
        let (deadline, _cancels) = deadline(request.metadata()).cancelled_on_drop();
        let r = request.into_inner();
        let responses = async {
            let (options, unit) = convert::options(Checker::new(&self.limits), r.options)?;
            let query = |(n, q): (usize, proto::LookupQuery)| {
                let segment =
                    convert::segment(q.text, q.codes).map_err(|v| v.inside(&format!("queries[{n}]")))?;
                Ok::<_, Fault>((segment, convert::context(q.context)))
            };
            let queries = r.queries.into_iter().enumerate().map(query).collect::<Result<Vec<_>, _>>()?;
            self.batch(queries, options, unit, deadline).await
        };
        let responses = responses.await.map_err(|fault| status(&fault))?;
        Ok(Response::new(proto::LookupBatchResponse { responses }))
    }

    async fn score(
        &self,
        request: Request<proto::ScoreRequest>,
    ) -> Result<Response<proto::ScoreResponse>, Status> {
        let request = request.into_inner();
        let limits = self.limits.clone();
        let response = self.admission.answer(WorkClass::Cpu, move |_| explain_within(&limits, request));
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
                let (together, broken) = match arrived(&mut questions).await {
                    Some(arrived) => arrived,
                    None => return,
                };
                let (deadline, cancels) = deadline.clone().cancelled_on_drop();
                let results = tokio::select! {
                    results = lookups.together(together, deadline) => results,
                    // Nobody reads the answers any more.
                    () = answers.closed() => return,
                };
                drop(cancels);
                for result in results {
                    let result = match result {
                        Ok(response) => StreamResult::Response(response),
                        Err(fault) => StreamResult::Error(call_error(&fault)),
                    };
                    let response = proto::LookupStreamResponse { result: Some(result) };
                    if answers.send(Ok(response)).await.is_err() {
                        return;
                    }
                }
                if let Some(broken) = broken {
                    // Whoever broke the stream hardly reads on; if so, it is told.
                    let _ = answers.send(Err(broken)).await;
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// Questions of a stream that are answered together at most.
const TOGETHER: usize = 64;

/// Waits for a question, and takes along those that have arrived with it; none
/// at the end of the stream. What breaks the stream comes behind them.
async fn arrived(
    questions: &mut Streaming<proto::LookupStreamRequest>,
) -> Option<(Vec<proto::LookupRequest>, Option<Status>)> {
    let question = |q: proto::LookupStreamRequest| q.request.unwrap_or_default();
    let mut together = match questions.message().await {
        Ok(first) => vec![question(first?)],
        Err(broken) => return Some((Vec::new(), Some(broken))),
    };
    while together.len() < TOGETHER {
        let next = poll_fn(|context| Poll::Ready(Pin::new(&mut *questions).poll_next(context))).await;
        match next {
            Poll::Ready(Some(Ok(next))) => together.push(question(next)),
            Poll::Ready(Some(Err(broken))) => return Some((together, Some(broken))),
            Poll::Ready(None) | Poll::Pending => break,
        }
    }
    Some((together, None))
}
