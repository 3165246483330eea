//! The configuration file of `dhakira serve`, TOML. `docs/operations.md` lists it.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

use crate::server::Settings;

/// What the file may hold. Absent keys have the server's defaults; unknown
/// ones are errors.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The store's folder.
    pub data: Option<PathBuf>,
    /// The address to listen on.
    pub listen: Option<String>,
    /// Makes the sample memory and glossary.
    pub sample: Option<bool>,
    /// Bytes of sled's page cache, in MiB.
    pub cache_mib: Option<u64>,
    /// Space that stays free on the disk, in MiB.
    pub disk_reserve_mib: Option<u64>,
    /// Size of a request message, in MiB.
    pub message_mib: Option<usize>,
    /// Seconds that calls under way may take at the end.
    pub grace_seconds: Option<u64>,
    /// Calls at once on one connection.
    pub calls_per_connection: Option<usize>,
    /// Calls answered or waiting at once.
    pub calls: Option<usize>,
    /// Calls that use a core at once.
    pub cores: Option<usize>,
    /// Calls that wait for the disk at once.
    pub writes: Option<usize>,
    /// Imports at once.
    pub imports: Option<usize>,
    /// Code points of a segment.
    pub segment_chars: Option<usize>,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct BadConfig(String);

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// TOML that is not well formed, a key that is not known, a value out of
    /// range; each with its place.
    pub fn parse(text: &str) -> Result<Self, BadConfig> {
        let config: Self = toml::from_str(text).map_err(|e| BadConfig(e.to_string()))?;
        for (key, value) in [
            ("message_mib", config.message_mib),
            ("calls_per_connection", config.calls_per_connection),
            ("calls", config.calls),
            ("cores", config.cores),
            ("writes", config.writes),
            ("imports", config.imports),
            ("segment_chars", config.segment_chars),
        ] {
            if value.is_some_and(|v| v == 0 || v > 1_000_000) {
                return Err(BadConfig(format!("{key}: give 1 to 1000000")));
            }
        }
        Ok(config)
    }

    /// Puts the values given over the defaults.
    pub fn apply(&self, settings: &mut Settings) {
        fn set<T: Clone>(to: &mut T, given: &Option<T>) {
            if let Some(value) = given {
                to.clone_from(value);
            }
        }
        set(&mut settings.data, &self.data);
        set(&mut settings.sample, &self.sample);
        set(&mut settings.store.cache_bytes, &self.cache_mib.map(|m| m << 20));
        set(&mut settings.store.disk_reserve_bytes, &self.disk_reserve_mib.map(|m| m << 20));
        set(&mut settings.message_bytes, &self.message_mib.map(|m| m << 20));
        set(&mut settings.grace, &self.grace_seconds.map(Duration::from_secs));
        set(&mut settings.calls_per_connection, &self.calls_per_connection);
        set(&mut settings.work.calls, &self.calls);
        set(&mut settings.work.cores, &self.cores);
        set(&mut settings.work.writes, &self.writes);
        set(&mut settings.work.imports, &self.imports);
        set(&mut settings.limits.segment_chars, &self.segment_chars);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Config;
    use crate::server::Settings;

    #[test]
    fn values_given_go_over_the_defaults() {
        let config = Config::parse("data = '/srv/dhakira'\ngrace_seconds = 3\ncache_mib = 1")
            .unwrap_or_else(|e| panic!("{e}"));
        let mut settings = Settings::new("x".into());
        config.apply(&mut settings);
        assert_eq!(settings.data.to_str(), Some("/srv/dhakira"));
        assert_eq!((settings.grace, settings.store.cache_bytes), (Duration::from_secs(3), 1 << 20));
        assert_eq!(settings.message_bytes, Settings::new("x".into()).message_bytes);
    }

    #[test]
    fn what_is_not_known_is_named() {
        for (text, word) in
            [("colour = 1", "colour"), ("calls = 0", "calls"), ("calls = 'x'", "calls"), ("[", "1")]
        {
            let error = Config::parse(text).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
