//! The connection to a server.

use std::future::Future;

use clap::Args;
use tonic::{
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt;

use super::exit::CliError;
use crate::rpc::proto::{
    glossary_service_client::GlossaryServiceClient, interchange_service_client::InterchangeServiceClient,
    lookup_service_client::LookupServiceClient, memory_service_client::MemoryServiceClient,
};

pub(super) use tonic::{Code, Status};

/// Where the server is.
#[derive(Debug, Args)]
pub(super) struct Connection {
    /// The server's address
    #[arg(long, default_value = "http://127.0.0.1:50051", value_name = "URL")]
    server: String,
    /// A token to authorize with
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
}

/// Adds the token to each call.
#[derive(Clone, Debug)]
pub(super) struct Authorize(Option<MetadataValue<Ascii>>);

impl Interceptor for Authorize {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(request)
    }
}

type Transport = InterceptedService<Channel, Authorize>;

/// A connection.
#[derive(Clone, Debug)]
pub(super) struct Client {
    channel: Channel,
    authorize: Authorize,
}

impl Connection {
    /// Connects.
    pub(super) async fn open(&self) -> Result<Client, CliError> {
        let bad = |cause: String| CliError::Unreachable { address: self.server.clone(), cause };
        let endpoint = Endpoint::from_shared(self.server.clone()).map_err(|_| {
            CliError::Said(format!("'{}' is no address: write http://HOST:PORT", self.server))
        })?;
        let channel = endpoint.connect().await.map_err(|e| bad(causes(&e)))?;
        let token = match &self.token {
            None => None,
            Some(token) => Some(
                format!("Bearer {token}")
                    .parse()
                    .map_err(|_| CliError::Said("--token: only visible ASCII characters".to_owned()))?,
            ),
        };
        Ok(Client { channel, authorize: Authorize(token) })
    }
}

/// The innermost cause says most.
fn causes(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(inner) = last.source() {
        last = inner;
    }
    last.to_string()
}

/// Answers may be larger than tonic's default of 4 MiB.
const ANSWER_BYTES: usize = 256 << 20;

impl Client {
    fn transport(&self) -> Transport {
        InterceptedService::new(self.channel.clone(), self.authorize.clone())
    }

    pub(super) fn memories(&self) -> MemoryServiceClient<Transport> {
        MemoryServiceClient::new(self.transport()).max_decoding_message_size(ANSWER_BYTES)
    }

    pub(super) fn lookups(&self) -> LookupServiceClient<Transport> {
        LookupServiceClient::new(self.transport()).max_decoding_message_size(ANSWER_BYTES)
    }

    pub(super) fn glossaries(&self) -> GlossaryServiceClient<Transport> {
        GlossaryServiceClient::new(self.transport()).max_decoding_message_size(ANSWER_BYTES)
    }

    pub(super) fn interchange(&self) -> InterchangeServiceClient<Transport> {
        InterchangeServiceClient::new(self.transport()).max_decoding_message_size(ANSWER_BYTES)
    }
}

impl From<Status> for CliError {
    fn from(status: Status) -> Self {
        let reason = status.get_details_error_info().map(|info| info.reason);
        Self::Refused { message: status.message().to_owned(), reason }
    }
}

/// Runs a command that talks to a server.
pub(super) fn block_on<T>(command: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(command)
}
