//! The connection to a server.

use std::future::Future;

use clap::Args;
use tonic::{
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt;

use super::{
    client_tls::{TlsArgs, explain_tls},
    exit::CliError,
    plain_words::in_plain_words,
};
use crate::{
    locale::Locale,
    rpc::proto::{
        admin_service_client::AdminServiceClient, glossary_service_client::GlossaryServiceClient,
        interchange_service_client::InterchangeServiceClient, lookup_service_client::LookupServiceClient,
        memory_service_client::MemoryServiceClient,
    },
};

pub(super) use tonic::{Code, Status};

/// The server to connect to.
#[derive(Debug, Args)]
pub(super) struct Connection {
    /// Address of the server; https:// for TLS
    #[arg(long, default_value = "http://127.0.0.1:50051", value_name = "URL")]
    server: String,
    /// Token of the caller [env: DHAKIRA_TOKEN]. Prefer the variable, because others see arguments
    #[arg(long, value_name = "TOKEN")]
    token: Option<SecretText>,
    #[command(flatten)]
    tls: TlsArgs,
}

/// A text that is not shown by accident.
#[derive(Clone)]
struct SecretText(String);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// The environment variable with the token. clap does not read it, because a token in the environment must not
/// conflict with `--data`.
const TOKEN_VARIABLE: &str = "DHAKIRA_TOKEN";

/// Adds the token to the metadata of each call.
#[derive(Clone, Debug)]
pub(super) struct BearerToken(Option<MetadataValue<Ascii>>);

impl Interceptor for BearerToken {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(request)
    }
}

type Transport = InterceptedService<Channel, BearerToken>;

/// A connection to a server.
#[derive(Clone, Debug)]
pub(super) struct Client {
    channel: Channel,
    authorize: BearerToken,
}

impl Connection {
    /// Connects to the server.
    pub(super) async fn open(&self) -> Result<Client, CliError> {
        let tls = self.tls.config(&self.server)?;
        let endpoint = Endpoint::from_shared(self.server.clone()).map_err(|_| {
            CliError::Message(format!("'{}' is not a valid address: write http://HOST:PORT", self.server))
        })?;
        let endpoint = match tls {
            Some(tls) => endpoint.tls_config(tls).map_err(|e| self.failed(&e))?,
            None => endpoint,
        };
        let channel = endpoint.connect().await.map_err(|e| self.failed(&e))?;
        fn in_environment() -> Option<String> {
            std::env::var(TOKEN_VARIABLE).ok().filter(|text| !text.is_empty())
        }
        let token = self.token.as_ref().map(|token| token.0.clone()).or_else(in_environment);
        let token = token.as_deref().map(bearer).transpose()?;
        Ok(Client { channel, authorize: BearerToken(token) })
    }

    /// Returns the error for a connection that was not made.
    fn failed(&self, error: &tonic::transport::Error) -> CliError {
        let address = self.server.clone();
        match explain_tls(error) {
            Some(cause) => CliError::Insecure { address, cause },
            None => CliError::Unreachable { address, cause: innermost_cause(error) },
        }
    }
}

/// Returns the metadata of a token.
fn bearer(token: &str) -> Result<MetadataValue<Ascii>, CliError> {
    let value: Result<MetadataValue<Ascii>, _> = format!("Bearer {}", token.trim()).parse();
    let mut value = value.map_err(|_| {
        CliError::Message(format!("--token or {TOKEN_VARIABLE}: use visible ASCII characters only"))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Returns the innermost cause of an error, because it is the most specific one.
fn innermost_cause(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(inner) = last.source() {
        last = inner;
    }
    last.to_string()
}

/// Maximum size of a response in bytes, because responses can be larger than tonic's default of 4 MiB.
const MAX_RESPONSE_BYTES: usize = 256 << 20;

impl Client {
    fn transport(&self) -> Transport {
        InterceptedService::new(self.channel.clone(), self.authorize.clone())
    }

    pub(super) fn memories(&self) -> MemoryServiceClient<Transport> {
        MemoryServiceClient::new(self.transport()).max_decoding_message_size(MAX_RESPONSE_BYTES)
    }

    pub(super) fn lookups(&self) -> LookupServiceClient<Transport> {
        LookupServiceClient::new(self.transport()).max_decoding_message_size(MAX_RESPONSE_BYTES)
    }

    pub(super) fn glossaries(&self) -> GlossaryServiceClient<Transport> {
        GlossaryServiceClient::new(self.transport()).max_decoding_message_size(MAX_RESPONSE_BYTES)
    }

    pub(super) fn interchange(&self) -> InterchangeServiceClient<Transport> {
        InterchangeServiceClient::new(self.transport()).max_decoding_message_size(MAX_RESPONSE_BYTES)
    }

    pub(super) fn admin(&self) -> AdminServiceClient<Transport> {
        AdminServiceClient::new(self.transport()).max_decoding_message_size(MAX_RESPONSE_BYTES)
    }
}

/// Parses a locale that the server returned.
pub(super) fn parse_locale(tag: &str) -> Result<Locale, CliError> {
    Locale::parse(tag).map_err(|e| CliError::Message(e.to_string()))
}

impl From<Status> for CliError {
    fn from(status: Status) -> Self {
        // With TLS 1.3, a server refuses a client certificate only after the client is done with the handshake.
        if let Some(cause) = std::error::Error::source(&status).and_then(explain_tls) {
            return Self::Message(format!("the connection failed: {cause}"));
        }
        let reason = status.get_details_error_info().map(|info| info.reason);
        Self::Refused { message: in_plain_words(status.message()), reason }
    }
}

/// Runs a command that calls a server. Blocks until the command ends.
pub(super) fn block_on<T>(command: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(command)
}
