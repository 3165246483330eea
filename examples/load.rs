//! A load test for lookups: a closed loop with a fixed number of lookups in flight.
//!
//! ```sh
//! cargo run --release --example load -- --memory M --queries Q.tsv [--server URL] [--ca FILE] [--echo]
//! ```
//!
//! Each task sends its next lookup when the answer to the last one has arrived. `--echo` also
//! measures the cost of the transport: a second process answers the same lookups with one canned
//! answer and no work. The rounds of the two servers alternate.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, ExitCode, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Parser;
use dhakira::rpc::proto::{
    self,
    lookup_service_client::LookupServiceClient,
    lookup_service_server::{LookupService, LookupServiceServer},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Request, Response, Status, Streaming,
    transport::{Certificate, Channel, ClientTlsConfig},
};

type Failed = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Parser)]
#[command(about = "Measures a server under a load of lookups")]
struct Args {
    /// Address of the server
    #[arg(long, default_value = "http://127.0.0.1:50051", value_name = "URL")]
    server: String,
    /// CA of an https:// server (PEM)
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Memory to search
    #[arg(long, value_name = "NAME", required_unless_present = "serve_echo")]
    memory: Option<String>,
    /// File with the segments to look up, in its last column
    #[arg(long, value_name = "FILE", required_unless_present = "serve_echo")]
    queries: Option<PathBuf>,
    /// Lowest score of a match
    #[arg(long, default_value_t = 85.0, value_name = "PERCENT")]
    threshold: f64,
    /// Lookups in flight
    #[arg(long, default_value_t = 16, value_name = "N")]
    inflight: usize,
    /// Length of a round in seconds
    #[arg(long, default_value_t = 5, value_name = "N")]
    seconds: u64,
    /// Number of rounds; the median is reported
    #[arg(long, default_value_t = 3, value_name = "N")]
    rounds: usize,
    /// Also measure a server that answers without work
    #[arg(long)]
    echo: bool,
    /// Run as the server that answers without work
    #[arg(long, hide = true, value_name = "ADDRESS")]
    serve_echo: Option<SocketAddr>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let done = match args.serve_echo {
        Some(address) => serve_echo(address).await,
        None => run(args).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("{cause}");
            ExitCode::FAILURE
        }
    }
}

/// The measurements of a round.
struct Round {
    per_second: f64,
    /// The latencies in microseconds, in ascending order.
    times: Vec<f64>,
}

impl Round {
    fn percentile(&self, percent: usize) -> f64 {
        let last = self.times.len().saturating_sub(1);
        self.times.get((self.times.len() * percent / 100).min(last)).copied().unwrap_or_default()
    }
}

async fn run(args: Args) -> Result<(), Failed> {
    let memory = args.memory.clone().unwrap_or_default();
    let text = std::fs::read_to_string(args.queries.clone().unwrap_or_default())?;
    let options = proto::LookupOptions {
        memories: vec![proto::MemorySelection { name: memory, penalty: 0.0 }],
        threshold: Some(args.threshold),
        ..Default::default()
    };
    let questions = text.lines().map(|line| proto::LookupRequest {
        text: line.rsplit('\t').next().unwrap_or_default().to_owned(),
        options: Some(options.clone()),
        ..Default::default()
    });
    let questions: Arc<[proto::LookupRequest]> = questions.collect();
    let endpoint = Channel::from_shared(args.server.clone())?;
    let endpoint = match &args.ca {
        Some(file) => {
            let ca = Certificate::from_pem(std::fs::read(file)?);
            endpoint.tls_config(ClientTlsConfig::new().ca_certificate(ca))?
        }
        None => endpoint,
    };
    let real = endpoint.connect().await?;
    let echo = if args.echo { Some(Echo::start().await?) } else { None };

    let (mut lookups, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..args.rounds {
        lookups.push(round(&real, &questions, &args).await?);
        if let Some(echo) = &echo {
            floors.push(round(&echo.channel, &questions, &args).await?);
        }
    }
    println!(
        "{:>8} {:>10} {:>9} {:>9} {:>9}   {} in flight",
        "what", "per s", "p50 us", "p99 us", "max us", args.inflight
    );
    let of_lookups = show("lookup", lookups);
    if echo.is_some() {
        let of_echo = show("echo", floors);
        println!("the rate of lookups is {:.0} % of the echo's rate", 100.0 * of_lookups / of_echo);
    }
    Ok(())
}

/// Prints the median round and returns its rate.
fn show(what: &str, mut rounds: Vec<Round>) -> f64 {
    rounds.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    let Some(median) = rounds.get(rounds.len() / 2) else { return 0.0 };
    println!(
        "{what:>8} {:>10.0} {:>9.0} {:>9.0} {:>9.0}",
        median.per_second,
        median.percentile(50),
        median.percentile(99),
        median.percentile(100)
    );
    median.per_second
}

async fn round(
    channel: &Channel,
    questions: &Arc<[proto::LookupRequest]>,
    args: &Args,
) -> Result<Round, Failed> {
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let until = started + Duration::from_secs(args.seconds);
    let mut tasks = Vec::new();
    for _ in 0..args.inflight {
        let (questions, next) = (Arc::clone(questions), Arc::clone(&next));
        let mut client = LookupServiceClient::new(channel.clone());
        tasks.push(tokio::spawn(async move {
            let mut times = Vec::new();
            while Instant::now() < until {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(question) = questions.get(n % questions.len().max(1)) else { break };
                let asked = Instant::now();
                client.lookup(question.clone()).await?;
                times.push(asked.elapsed().as_secs_f64() * 1e6);
            }
            Ok::<_, Status>(times)
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let per_second = times.len() as f64 / started.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    Ok(Round { per_second, times })
}

/// The server that answers without work, in a process of its own, and a connection to it.
struct Echo {
    process: Child,
    channel: Channel,
}

impl Echo {
    async fn start() -> Result<Self, Failed> {
        // Binds a free port, reads its number and releases it for the echo process.
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let process = Command::new(std::env::current_exe()?)
            .args(["--serve-echo", &address.to_string()])
            .stdin(Stdio::null())
            .spawn()?;
        let mut echo = None;
        for _ in 0..100 {
            match Channel::from_shared(format!("http://{address}"))?.connect().await {
                Ok(channel) => {
                    echo = Some(channel);
                    break;
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        let channel = echo.ok_or("the echo process did not come up")?;
        Ok(Self { process, channel })
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // This fails if the process has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn serve_echo(address: SocketAddr) -> Result<(), Failed> {
    tonic::transport::Server::builder()
        .add_service(LookupServiceServer::new(Canned { answer: canned() }))
        .serve(address)
        .await?;
    Ok(())
}

fn variant(text: &str) -> proto::Variant {
    let segment = proto::Segment { text: text.repeat(4), codes: Vec::new() };
    proto::Variant { locale: "ar".into(), segment: Some(segment), ..Default::default() }
}

/// Returns an answer of the usual size: two matches with their diffs.
fn canned() -> proto::LookupResponse {
    let diff = (0..6).map(|n| proto::DiffSpan {
        operation: 1,
        stored_start: n * 9,
        stored_end: n * 9 + 9,
        asked_start: n * 9,
        asked_end: n * 9 + 9,
    });
    let found = proto::Match {
        unit: Some(proto::TranslationUnit {
            id: "u1a2b3".into(),
            memory: "memory".into(),
            source: Some(variant("وصل الوفد إلى دمشق صباح اليوم ")),
            target: Some(variant("The delegation arrived in Damascus ")),
            ..Default::default()
        }),
        kind: 4,
        similarity: 91.25,
        score: 91.25,
        diff: diff.collect(),
        ..Default::default()
    };
    proto::LookupResponse { matches: vec![found.clone(), found], ..Default::default() }
}

struct Canned {
    answer: proto::LookupResponse,
}

#[tonic::async_trait]
impl LookupService for Canned {
    async fn lookup(
        &self,
        _: Request<proto::LookupRequest>,
    ) -> Result<Response<proto::LookupResponse>, Status> {
        Ok(Response::new(self.answer.clone()))
    }

    async fn lookup_batch(
        &self,
        _: Request<proto::LookupBatchRequest>,
    ) -> Result<Response<proto::LookupBatchResponse>, Status> {
        Err(Status::unimplemented("the echo answers single lookups"))
    }

    async fn score(&self, _: Request<proto::ScoreRequest>) -> Result<Response<proto::ScoreResponse>, Status> {
        Err(Status::unimplemented("the echo answers single lookups"))
    }

    type LookupStreamStream = ReceiverStream<Result<proto::LookupStreamResponse, Status>>;

    async fn lookup_stream(
        &self,
        _: Request<Streaming<proto::LookupStreamRequest>>,
    ) -> Result<Response<Self::LookupStreamStream>, Status> {
        Err(Status::unimplemented("the echo answers single lookups"))
    }
}
