//! `dhakira serve`.

use std::{
    io::{self, IsTerminal, Write},
    net::SocketAddr,
};

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tracing::level_filters::LevelFilter;

use super::{
    exit::{CliError, Exit},
    setting_flags::{GivenSettings, SettingArgs},
};
use crate::{
    config::{Config, LogFormat},
    server::{self, Finding, Listeners, SAMPLE_NAME, Settings, Severity},
};

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// Check everything that starting needs, print what was found, and exit: 0 if the server would start, 3 if it
    /// would start and something is worth a warning, 2 if it would not start
    #[arg(long)]
    check: bool,
}

impl ServeArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let GivenSettings { effective, warnings } = self.settings.read()?;
        let Config { listen, metrics, log, log_format, server: settings, .. } = effective.config;
        if self.check {
            return check(&listen, metrics.as_deref(), &settings, warnings);
        }
        settings.check_tls().map_err(|e| CliError::Message(e.to_string()))?;
        let has_tls = settings.tls.is_on();
        start_log(log, log_format);
        for warning in warnings {
            tracing::warn!("{warning}");
        }
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

/// Checks what starting needs, and prints what was found.
fn check(
    listen: &str,
    metrics: Option<&str>,
    settings: &Settings,
    warnings: Vec<String>,
) -> Result<Exit, CliError> {
    let findings = server::check_start(listen, metrics, settings);
    let warnings = warnings.into_iter().map(|warning| Finding::warning("settings", warning));
    let findings: Vec<Finding> = warnings.chain(findings).collect();
    let mut out = io::stdout();
    for Finding { severity, subject, text } in &findings {
        let mark = match severity {
            Severity::Good => "good",
            Severity::Warning => "warning",
            Severity::Problem => "PROBLEM",
        };
        writeln!(out, "{mark:<8} {subject}: {text}")?;
    }
    let worst = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Good);
    let (exit, summary) = match worst {
        Severity::Good => (Exit::Done, "the server would start"),
        Severity::Warning => (Exit::Problems, "the server would start; look at the warnings"),
        Severity::Problem => (Exit::Error, "the server would not start"),
    };
    writeln!(out, "{summary}")?;
    Ok(exit)
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
