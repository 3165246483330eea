//! A server in a process of its own.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use dhakira::rpc::proto::{
    glossary_service_client::GlossaryServiceClient, interchange_service_client::InterchangeServiceClient,
    memory_service_client::MemoryServiceClient,
};
use tonic::transport::Channel;

use crate::support::binary;

/// Time after which a start or a call has failed. A disk that fails must not make anybody wait forever.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A server in a process of its own.
pub(super) struct Process {
    child: Child,
    pub(super) channel: Channel,
}

impl Process {
    pub(super) async fn start(data: &Path) -> Self {
        Self::start_with(data, &[]).await.unwrap_or_else(|code| panic!("the server ended with {code:?}"))
    }

    /// Starts a server with environment variables. Its log goes to a file beside the folder. If its
    /// store does not open, the error is the code with which it ended.
    pub(super) async fn start_with(data: &Path, variables: &[(&str, String)]) -> Result<Self, Option<i32>> {
        let log = File::options().create(true).append(true).open(data.with_extension("log")).unwrap();
        let mut child = Command::new(binary())
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"])
            .arg(data)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let first_line = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            output.read_line(&mut line).map(|_| line)
        });
        let Ok(line) = tokio::time::timeout(TIMEOUT, first_line).await else {
            child.kill().unwrap();
            panic!("the server neither starts nor ends; see {}", data.with_extension("log").display());
        };
        let line = line.unwrap().unwrap();
        let Some(address) = line.trim().rsplit(' ').next().filter(|address| !address.is_empty()) else {
            return Err(child.wait().unwrap().code());
        };
        let endpoint = Channel::from_shared(format!("http://{address}")).unwrap().timeout(TIMEOUT);
        match endpoint.connect().await {
            Ok(channel) => Ok(Self { child, channel }),
            // The power was cut between the first line and here.
            Err(_) => Err(child.wait().unwrap().code()),
        }
    }

    pub(super) fn memories(&self) -> MemoryServiceClient<Channel> {
        memories(&self.channel)
    }

    pub(super) fn glossaries(&self) -> GlossaryServiceClient<Channel> {
        GlossaryServiceClient::new(self.channel.clone())
    }

    pub(super) fn interchange(&self) -> InterchangeServiceClient<Channel> {
        InterchangeServiceClient::new(self.channel.clone())
    }

    /// Kills the server. Its memory is lost, and its files are as they are.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until the server has ended and returns its exit code.
    pub(super) fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Returns whether the server has ended by itself.
    pub(super) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
}

/// Returns a client for messages of any size, because a page of large units may exceed the default.
pub(super) fn memories(channel: &Channel) -> MemoryServiceClient<Channel> {
    MemoryServiceClient::new(channel.clone()).max_decoding_message_size(256 << 20)
}

/// Stops the server of a test that fails, because it would hold the output of `cargo test` open.
impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
