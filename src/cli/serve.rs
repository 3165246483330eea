//! `dhakira serve`.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    net::SocketAddr,
    path::PathBuf,
};

use clap::{Args, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};
use tracing::level_filters::LevelFilter;

use super::exit::{CliError, Exit};
use crate::{
    config::Config,
    server::{self, Exposure, Listeners, SAMPLE_NAME, Settings},
};

/// The format of the log.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    /// Plain text.
    Text,
    /// One JSON object per line.
    Json,
}

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Directory of the store [default: ./dhakira-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address to listen on; port 0 chooses a free one [default: 127.0.0.1:50051]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Address of the metrics for Prometheus, over HTTP: /metrics, /livez, /readyz [default: none]
    #[arg(long, value_name = "ADDR")]
    metrics: Option<String>,
    /// Certificate of the server with the chain to its CA (PEM), for TLS on all listeners; read again when it changes
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// CAs of client certificates (PEM); [[client_certificates]] of the configuration has their owners
    #[arg(long, value_name = "FILE")]
    tls_client_ca: Option<PathBuf>,
    /// Refuse clients without a certificate, those with a token included
    #[arg(long)]
    tls_client_required: bool,
    /// Create the memory and the glossary 'sample' if they do not exist
    #[arg(long)]
    sample: bool,
    /// Configuration file (TOML); options of the command line override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Require a token from callers on this machine, too
    #[arg(long, conflicts_with = "open_to_everyone")]
    require_tokens: bool,
    /// Listen on an address that other machines reach, without TLS, because a proxy ends it; tokens are
    /// required
    #[arg(long, conflicts_with = "open_to_everyone")]
    plaintext_behind_proxy: bool,
    /// Let everybody who reaches the port read and change everything, without tokens
    #[arg(long)]
    open_to_everyone: bool,
    /// Check the configuration and exit
    #[arg(long)]
    check: bool,
    /// Minimum level of the log on standard error
    #[arg(long, default_value = "info", value_name = "LEVEL")]
    log: LevelFilter,
    /// Format of the log
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    log_format: LogFormat,
}

impl ServeArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let config = match &self.config {
            None => Config::default(),
            Some(file) => {
                let text = fs::read_to_string(file).map_err(|e| CliError::read_failed(file.display(), e))?;
                Config::parse(&text).map_err(|e| CliError::read_failed(file.display(), e))?
            }
        };
        let mut settings = Settings::new("dhakira-data".into());
        config.apply(&mut settings);
        settings.exposure = self.exposure().unwrap_or(settings.exposure);
        if let Some(data) = self.data {
            settings.data = data;
        }
        for (to, given) in [
            (&mut settings.tls.certificate, self.tls_cert),
            (&mut settings.tls.key, self.tls_key),
            (&mut settings.tls.client_ca, self.tls_client_ca),
        ] {
            *to = given.or_else(|| to.take());
        }
        settings.tls.client_required |= self.tls_client_required;
        settings.sample |= self.sample;
        let listen = self.listen.or(config.listen).unwrap_or_else(|| "127.0.0.1:50051".to_owned());
        let metrics = self.metrics.or(config.metrics);
        settings.connections.resolve().map_err(|e| CliError::Message(e.to_string()))?;
        settings.check_tls().map_err(|e| CliError::Message(e.to_string()))?;
        let has_tls = settings.tls.is_on();
        if self.check {
            for address in [Some(&listen), metrics.as_ref()].into_iter().flatten() {
                if let Ok(address) = address.parse() {
                    settings
                        .exposure
                        .check(address, has_tls)
                        .map_err(|e| CliError::Message(e.to_string()))?;
                }
            }
            println!("the configuration is good: {} on {listen}", settings.data.display());
            return Ok(Exit::Done);
        }
        start_log(self.log, self.log_format);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let bind = async |address: &str| {
                server::listen(address).await.map_err(|e| CliError::Message(e.to_string()))
            };
            let grpc = bind(&listen).await?;
            let metrics = match &metrics {
                Some(address) => Some(bind(address).await?),
                None => None,
            };
            let metrics_address = metrics.as_ref().map(tokio::net::TcpListener::local_addr).transpose()?;
            let listeners = Listeners { grpc, metrics };
            let mut terminate = signal(SignalKind::terminate())?;
            let stop = async move {
                tokio::select! {
                    _ = terminate.recv() => tracing::info!("got SIGTERM"),
                    _ = tokio::signal::ctrl_c() => tracing::info!("got Ctrl-C"),
                }
            };
            let sample = settings.sample;
            let served = server::run(listeners, settings, stop, move |address| {
                print_greeting(address, metrics_address, sample, has_tls);
            })
            .await;
            served.map_err(|e| CliError::Message(e.to_string()))
        })?;
        Ok(Exit::Done)
    }
}

impl ServeArgs {
    /// Returns who may call, if the command line says it.
    fn exposure(&self) -> Option<Exposure> {
        Exposure::chosen(self.open_to_everyone, self.plaintext_behind_proxy, self.require_tokens)
    }
}

/// Prints the addresses of the server and a command to try it.
fn print_greeting(address: SocketAddr, metrics: Option<SocketAddr>, sample: bool, has_tls: bool) {
    let arguments = if sample {
        format!(
            "-d '{{\"text\": \"وتجرى المفاوضات في إطار مبادرة دولية لإعادة الهدوء إلى المدينة.\", \"options\": {{\"memories\": [{{\"name\": \"{SAMPLE_NAME}\"}}], \"glossaries\": [\"{SAMPLE_NAME}\"]}}}}' {address} dhakira.v1.LookupService/Lookup"
        )
    } else {
        format!("{address} list")
    };
    let metrics = metrics.map_or_else(String::new, |at| {
        let scheme = if has_tls { "https" } else { "http" };
        format!("Its metrics are at {scheme}://{at}/metrics\n")
    });
    let security = if has_tls { "-cacert CA.pem" } else { "-plaintext" };
    let greeting = format!(
        "dhakira is serving on {address}\n{metrics}Try it in another terminal:\n\n  grpcurl {security} {arguments}\n"
    );
    // The server runs even if standard output is closed.
    let mut out = io::stdout();
    if writeln!(out, "{greeting}").and_then(|()| out.flush()).is_err() {
        tracing::debug!("nobody reads standard output");
    }
}

fn start_log(level: LevelFilter, format: LogFormat) {
    let log = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_max_level(level)
        .with_ansi(io::stderr().is_terminal());
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}
