//! `LookupService`.

use std::{future::poll_fn, pin::Pin, sync::Arc, task::Poll};

use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming};

use super::{
    admit::caller_of,
    convert,
    deadline::deadline,
    proto::{self, lookup_service_server::LookupService, lookup_stream_response::Result as StreamResult},
    reply::{ReplyBudget, bounded},
    status::{call_error, status},
};
use crate::{
    caller::Caller,
    engine::{self, Checker, Deadline, Engine, LookupOptions},
    fault::{Fault, Violation},
    limits::Limits,
    matching::FoldedSegment,
    score::Penalties,
    service::{Admission, SlowLookup, SlowLookupLog, SlowLookupSettings, WorkClass},
    text::OffsetUnit,
    unit::Context,
};

/// Explains a pair as `LookupService.Score` does, with the default limits and penalties.
///
/// # Errors
/// Those of the method.
pub fn explain(request: proto::ScoreRequest) -> Result<proto::ScoreResponse, Fault> {
    explain_with(&Limits::default(), &Penalties::default(), request)
}

fn explain_with(
    limits: &Limits,
    penalties: &Penalties,
    request: proto::ScoreRequest,
) -> Result<proto::ScoreResponse, Fault> {
    let (pair, unit) = convert::score_request(request, penalties)?;
    Ok(convert::score_response(&pair, engine::explain(limits, &pair)?, unit))
}

#[derive(Clone, Debug)]
pub(super) struct Lookups {
    admission: Admission,
    limits: Limits,
    penalties: Penalties,
    slow: SlowLookupLog,
}

impl Lookups {
    pub(super) fn new(
        admission: Admission,
        limits: Limits,
        penalties: Penalties,
        slow: SlowLookupSettings,
    ) -> Self {
        Self { admission, limits, penalties, slow: SlowLookupLog::new(slow) }
    }

    /// Looks up many segments, group by group on all cores. The answers have no more bytes together than
    /// one reply may have.
    async fn answer_batch(
        &self,
        queries: Vec<(FoldedSegment, Context)>,
        options: LookupOptions,
        unit: OffsetUnit,
        deadline: Deadline,
        caller: Caller,
    ) -> Result<Vec<proto::LookupResponse>, Fault> {
        let texts: Arc<[String]> = queries.iter().map(|(segment, _)| segment.text().to_owned()).collect();
        let batch = self
            .admission
            .run(caller, WorkClass::Cpu, move |e, caller| e.prepare_batch(caller, queries, options, deadline))
            .await?;
        let batch = Arc::new(batch);
        let budget = ReplyBudget::new(self.limits.reply_bytes);
        let jobs = (0..batch.groups()).map(|group| {
            let (batch, texts, budget) = (Arc::clone(&batch), Arc::clone(&texts), budget.clone());
            let slow = self.slow.clone();
            move |engine: &Engine| {
                if budget.is_used_up() {
                    return Err(engine::matches_too_large(engine.limits()));
                }
                // A group that fails ends the others, too.
                let timer = slow.begin();
                let answers = engine.answer_group(&batch, group).inspect_err(|_| budget.use_up())?;
                timer.end(&SlowLookup {
                    segments: answers.len(),
                    longest: batch.longest(group),
                    threshold: batch.threshold(),
                    effort: answers.first().map(|(_, answer)| answer.effort).unwrap_or_default(),
                });
                let mut responses = Vec::with_capacity(answers.len());
                for (number, answer) in answers {
                    let text = texts.get(number).map(String::as_str).unwrap_or_default();
                    let response = convert::lookup_response(text, answer, unit, batch.side());
                    if !budget.take(&response) {
                        return Err(engine::matches_too_large(engine.limits()));
                    }
                    responses.push((number, response));
                }
                Ok(responses)
            }
        });
        let parts = self.admission.run_parallel(jobs).await?;
        let mut responses: Vec<_> = parts.into_iter().flatten().collect();
        responses.sort_by_key(|(number, _)| *number);
        Ok(responses.into_iter().map(|(_, response)| response).collect())
    }

    /// Answers lookups of a stream that arrived together, each as it would be answered alone.
    /// Consecutive ones with the same options are looked up as a batch, which shares work.
    ///
    /// # Errors
    /// Nobody reads the answers any more.
    async fn answer_burst(
        &self,
        requests: Vec<proto::LookupRequest>,
        deadline: &Deadline,
        caller: &Caller,
        answers: &StreamAnswers,
    ) -> Result<(), ReaderLeft> {
        let mut rest = requests.into_iter().peekable();
        while let Some(first) = rest.next() {
            let options = first.options.clone();
            let mut same_options = vec![first];
            while let Some(next) = rest.next_if(|request| request.options == options) {
                same_options.push(next);
            }
            if same_options.len() > 1
                && let Some(results) = self.answer_together(&same_options, deadline, caller).await
            {
                for result in results {
                    send_answer(answers, result).await?;
                }
                continue;
            }
            for request in same_options {
                let result = self.answer_one(request, deadline.clone(), caller.clone()).await;
                send_answer(answers, result).await?;
            }
        }
        Ok(())
    }

    /// Answers lookups with the same options as a batch. Returns `None` if the batch fails: a large
    /// answer, for example, may then still be sent in a message of its own.
    async fn answer_together(
        &self,
        requests: &[proto::LookupRequest],
        deadline: &Deadline,
        caller: &Caller,
    ) -> Option<Vec<Result<proto::LookupResponse, Fault>>> {
        let check = Checker::new(&self.limits);
        let options = requests.first()?.options.clone();
        let (options, unit) = convert::lookup_options(check, options, &self.penalties).ok()?;
        let mut queries = Vec::with_capacity(requests.len());
        let read: Vec<Result<(), Violation>> = requests
            .iter()
            .map(|request| read_query(check, request.clone()).map(|query| queries.push(query)))
            .collect();
        let answers =
            self.answer_batch(queries, options, unit, deadline.clone(), caller.clone()).await.ok()?;
        let mut answers = answers.into_iter();
        let results = read.into_iter().map(|read| {
            read?;
            answers.next().ok_or_else(|| Fault::Internal("an answer is missing".to_owned()))
        });
        Some(results.collect())
    }

    async fn answer_one(
        &self,
        request: proto::LookupRequest,
        deadline: Deadline,
        caller: Caller,
    ) -> Result<proto::LookupResponse, Fault> {
        let check = Checker::new(&self.limits);
        let (options, unit) = convert::lookup_options(check, request.options, &self.penalties)?;
        let segment = convert::segment(request.text, request.codes)?;
        let context = convert::context(request.context);
        let slow = self.slow.clone();
        self.admission
            .run(caller, WorkClass::Cpu, move |engine, caller| {
                let text = segment.text.clone();
                let timer = slow.begin();
                let answer = engine.lookup(caller, segment, context, &options, &deadline)?;
                timer.end(&SlowLookup {
                    segments: 1,
                    longest: &text,
                    threshold: options.threshold,
                    effort: answer.effort,
                });
                let response = convert::lookup_response(&text, answer, unit, options.side);
                let limits = engine.limits();
                bounded(response, limits.reply_bytes, || engine::matches_too_large(limits))
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
        let caller = caller_of(&request)?;
        let (deadline, _cancels) = deadline(request.metadata()).cancelled_on_drop();
        let answer = self.answer_one(request.into_inner(), deadline, caller).await;
        answer.map(Response::new).map_err(|fault| status(&fault))
    }

    async fn lookup_batch(
        &self,
        request: Request<proto::LookupBatchRequest>,
    ) -> Result<Response<proto::LookupBatchResponse>, Status> {
        let caller = caller_of(&request)?;
        let (deadline, _cancels) = deadline(request.metadata()).cancelled_on_drop();
        let r = request.into_inner();
        let responses = async {
            let check = Checker::new(&self.limits);
            let (options, unit) = convert::lookup_options(check, r.options, &self.penalties)?;
            let queries = convert::repeated("queries", r.queries, convert::lookup_query)?;
            let queries = check.queries(queries)?;
            self.answer_batch(queries, options, unit, deadline, caller).await
        };
        let responses = responses.await.map_err(|fault| status(&fault))?;
        Ok(Response::new(proto::LookupBatchResponse { responses }))
    }

    async fn score(
        &self,
        request: Request<proto::ScoreRequest>,
    ) -> Result<Response<proto::ScoreResponse>, Status> {
        let caller = caller_of(&request)?;
        let request = request.into_inner();
        let (limits, penalties) = (self.limits.clone(), self.penalties.clone());
        let response = self
            .admission
            .answer(caller, WorkClass::Cpu, move |_, _| explain_with(&limits, &penalties, request));
        response.await.map(Response::new)
    }

    type LookupStreamStream = ReceiverStream<Result<proto::LookupStreamResponse, Status>>;

    async fn lookup_stream(
        &self,
        request: Request<Streaming<proto::LookupStreamRequest>>,
    ) -> Result<Response<Self::LookupStreamStream>, Status> {
        let caller = caller_of(&request)?;
        let deadline = deadline(request.metadata());
        let mut requests = request.into_inner();
        let lookups = self.clone();
        // Bounded, so that a slow reader delays its own stream only.
        let (answers, stream) = mpsc::channel(16);
        tokio::spawn(async move {
            loop {
                let Some((burst, broken)) = receive_ready(&mut requests).await else { return };
                let (deadline, cancels) = deadline.clone().cancelled_on_drop();
                let answered = tokio::select! {
                    answered = lookups.answer_burst(burst, &deadline, &caller, &answers) => answered,
                    () = answers.closed() => Err(ReaderLeft),
                };
                drop(cancels);
                if answered.is_err() {
                    return;
                }
                if let Some(broken) = broken {
                    // The client may be gone; then nobody needs the error.
                    let _ = answers.send(Err(broken)).await;
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// The answers of a stream, on their way to the client.
type StreamAnswers = mpsc::Sender<Result<proto::LookupStreamResponse, Status>>;

/// The client does not read its stream any more.
struct ReaderLeft;

async fn send_answer(
    answers: &StreamAnswers,
    result: Result<proto::LookupResponse, Fault>,
) -> Result<(), ReaderLeft> {
    let result = match result {
        Ok(response) => StreamResult::Response(response),
        Err(fault) => StreamResult::Error(call_error(&fault)),
    };
    let response = proto::LookupStreamResponse { result: Some(result) };
    answers.send(Ok(response)).await.map_err(|_| ReaderLeft)
}

/// The maximum number of lookups of a stream that are answered together.
const MAX_BURST: usize = 64;

/// Waits for a lookup and returns it with the others that have arrived by then, at most [`MAX_BURST`].
/// Returns `None` at the end of the stream. If the stream broke, its error comes with the lookups before it.
async fn receive_ready(
    requests: &mut Streaming<proto::LookupStreamRequest>,
) -> Option<(Vec<proto::LookupRequest>, Option<Status>)> {
    let mut burst = match requests.message().await {
        Ok(first) => vec![first?.request.unwrap_or_default()],
        Err(broken) => return Some((Vec::new(), Some(broken))),
    };
    while burst.len() < MAX_BURST {
        let next = poll_fn(|context| Poll::Ready(Pin::new(&mut *requests).poll_next(context))).await;
        match next {
            Poll::Ready(Some(Ok(next))) => burst.push(next.request.unwrap_or_default()),
            Poll::Ready(Some(Err(broken))) => return Some((burst, Some(broken))),
            Poll::Ready(None) | Poll::Pending => break,
        }
    }
    Some((burst, None))
}

fn read_query(
    check: Checker<'_>,
    request: proto::LookupRequest,
) -> Result<(FoldedSegment, Context), Violation> {
    let segment = check.segment(convert::segment(request.text, request.codes)?)?;
    Ok((segment, convert::context(request.context)))
}
