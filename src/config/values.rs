//! The values of all settings.

use tracing::level_filters::LevelFilter;

use super::client_certificates::OwnerTable;
use crate::server::{Exposure, Settings};

/// The values of all settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address of gRPC.
    pub listen: String,
    /// The address of the metrics, over HTTP.
    pub metrics: Option<String>,
    /// The minimum level of the log.
    pub log: LevelFilter,
    /// The format of the log.
    pub log_format: LogFormat,
    /// Whether callers on this machine need a token.
    pub require_tokens: bool,
    /// Whether other addresses are listened on without TLS, because a proxy ends it.
    pub plaintext_behind_proxy: bool,
    /// Whether everybody who reaches the port may do everything.
    pub open_to_everyone: bool,
    /// The owners of client certificates, as the file has them.
    pub client_certificates: Vec<OwnerTable>,
    /// The settings of the server. Its exposure and its owners of certificates follow from those above.
    pub server: Settings,
}

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Plain text.
    Text,
    /// One JSON object per line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:50051".to_owned(),
            metrics: None,
            log: LevelFilter::INFO,
            log_format: LogFormat::Text,
            require_tokens: false,
            plaintext_behind_proxy: false,
            open_to_everyone: false,
            client_certificates: Vec::new(),
            server: Settings::new("dhakira-data".into()),
        }
    }
}

impl Config {
    /// Puts who may call into the settings of the server.
    ///
    /// # Errors
    /// The choices exclude each other.
    pub(super) fn choose_exposure(&mut self) -> Result<(), String> {
        if self.open_to_everyone && (self.require_tokens || self.plaintext_behind_proxy) {
            return Err("open_to_everyone: it cannot be true together with require_tokens or \
                        plaintext_behind_proxy: remove one of them"
                .to_owned());
        }
        let chosen =
            Exposure::chosen(self.open_to_everyone, self.plaintext_behind_proxy, self.require_tokens);
        self.server.exposure = chosen.unwrap_or_default();
        Ok(())
    }
}
