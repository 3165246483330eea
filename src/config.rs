//! The configuration file of `dhakira serve`, in TOML. `docs/operations.md` lists its keys.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

use crate::{
    score::Score,
    server::{Exposure, Settings},
};

/// The contents of a configuration file. An absent key leaves the server's default, and an
/// unknown key is an error.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The store's folder.
    pub data: Option<PathBuf>,
    /// The address to listen on.
    pub listen: Option<String>,
    /// The address of the metrics, over HTTP.
    pub metrics: Option<String>,
    /// Whether to create the sample memory and glossary.
    pub sample: Option<bool>,
    /// Whether callers on this machine need a token.
    pub require_tokens: bool,
    /// Whether other addresses are listened on without TLS, because a proxy ends it.
    pub plaintext_behind_proxy: bool,
    /// Whether everybody who reaches the port may do everything.
    pub open_to_everyone: bool,
    /// Size of sled's page cache, in MiB.
    pub cache_mib: Option<u64>,
    /// Space that must stay free on the disk, in MiB.
    pub disk_reserve_mib: Option<u64>,
    /// Former revisions of each unit and concept to keep.
    pub keep_revisions: Option<u32>,
    /// Days to keep former revisions.
    pub keep_days: Option<u32>,
    /// Largest size of a request message, in MiB.
    pub message_mib: Option<usize>,
    /// Seconds that running calls may still take after the stop signal.
    pub grace_seconds: Option<u64>,
    /// Largest number of open connections.
    pub connections: Option<usize>,
    /// Seconds after which a connection without a call is closed.
    pub idle_seconds: Option<u64>,
    /// Seconds between two pings that check whether a client still exists.
    pub keepalive_seconds: Option<u64>,
    /// Largest number of calls that run at once on one connection.
    pub calls_per_connection: Option<usize>,
    /// Largest number of calls that run or wait at once.
    pub calls: Option<usize>,
    /// Largest number of jobs that use a core at once.
    pub cores: Option<usize>,
    /// Largest number of calls that wait for the disk at once.
    pub writes: Option<usize>,
    /// Largest number of imports at once.
    pub imports: Option<usize>,
    /// Largest number of exports at once.
    pub exports: Option<usize>,
    /// Largest number of copies of memories and term suggestions at once.
    pub scans: Option<usize>,
    /// Largest number of imports, of exports and of scans that wait for a place.
    pub queue: Option<usize>,
    /// Seconds that an import, an export or a scan waits for a place.
    pub queue_seconds: Option<u64>,
    /// Seconds after which an import without a chunk, or an export whose client takes none, is ended.
    pub stall_seconds: Option<u64>,
    /// KiB per minute that the client of an import must send at least.
    pub import_kib_per_minute: Option<u64>,
    /// Largest number of texts that are segmented, folded or linted at once.
    pub texts: Option<usize>,
    /// Largest number of calls for segmentation, folding and linting that run or wait at once.
    pub text_calls: Option<usize>,
    /// Largest number of code points in a segment.
    pub segment_chars: Option<usize>,
    /// The penalties of lookups that give none.
    pub penalties: PenaltyConfig,
}

/// The table `penalties` of a configuration file.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct PenaltyConfig {
    /// Points off machine translation.
    pub machine_translated: Option<Points>,
    /// Points off aligned translations.
    pub aligned: Option<Points>,
    /// Points off translations that nobody has confirmed.
    pub unreviewed: Option<Points>,
    /// Points off matches with other inline codes.
    pub codes_differ: Option<Points>,
    /// Points off matches of another region.
    pub locale_differs: Option<Points>,
}

/// Points of a penalty, 0 to 100 with at most two decimals.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "f64")]
pub struct Points(pub Score);

impl TryFrom<f64> for Points {
    type Error = String;

    fn try_from(points: f64) -> Result<Self, String> {
        let score = Score::from_percent(points);
        score
            .map(Self)
            .ok_or_else(|| format!("{points} is not valid: give 0 to 100, with at most two decimals"))
    }
}

/// Why a configuration file is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct ConfigError(String);

impl Config {
    /// Parses the text of a configuration file.
    ///
    /// # Errors
    /// The text is not well-formed TOML, a key is unknown, or a value is out of range. The error
    /// names the key or the position in the text.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|e| ConfigError(e.to_string()))?;
        if config.open_to_everyone && (config.require_tokens || config.plaintext_behind_proxy) {
            let message =
                "open_to_everyone: it cannot be true together with require_tokens or plaintext_behind_proxy";
            return Err(ConfigError(message.to_owned()));
        }
        let wide = |value: Option<usize>| value.map(|v| v as u64);
        for (key, value) in [
            ("message_mib", wide(config.message_mib)),
            ("keep_revisions", config.keep_revisions.map(u64::from)),
            ("keep_days", config.keep_days.map(u64::from)),
            ("connections", wide(config.connections)),
            ("idle_seconds", config.idle_seconds),
            ("keepalive_seconds", config.keepalive_seconds),
            ("calls_per_connection", wide(config.calls_per_connection)),
            ("calls", wide(config.calls)),
            ("cores", wide(config.cores)),
            ("writes", wide(config.writes)),
            ("imports", wide(config.imports)),
            ("exports", wide(config.exports)),
            ("scans", wide(config.scans)),
            ("queue", wide(config.queue)),
            ("queue_seconds", config.queue_seconds),
            ("stall_seconds", config.stall_seconds),
            ("import_kib_per_minute", config.import_kib_per_minute),
            ("texts", wide(config.texts)),
            ("text_calls", wide(config.text_calls)),
            ("segment_chars", wide(config.segment_chars)),
        ] {
            if value.is_some_and(|v| v == 0 || v > 1_000_000) {
                return Err(ConfigError(format!("{key}: give 1 to 1000000")));
            }
        }
        Ok(config)
    }

    /// Returns who may call, if the file says it.
    fn exposure(&self) -> Option<Exposure> {
        Exposure::chosen(self.open_to_everyone, self.plaintext_behind_proxy, self.require_tokens)
    }

    /// Overwrites the settings that the file gives.
    pub fn apply(&self, settings: &mut Settings) {
        fn set<T: Clone>(to: &mut T, given: &Option<T>) {
            if let Some(value) = given {
                to.clone_from(value);
            }
        }
        set(&mut settings.data, &self.data);
        set(&mut settings.sample, &self.sample);
        set(&mut settings.exposure, &self.exposure());
        set(&mut settings.store.cache_bytes, &self.cache_mib.map(|m| m << 20));
        set(&mut settings.store.disk_reserve_bytes, &self.disk_reserve_mib.map(|m| m << 20));
        set(&mut settings.store.retention.revisions, &self.keep_revisions.map(Some));
        set(&mut settings.store.retention.days, &self.keep_days.map(Some));
        set(&mut settings.message_bytes, &self.message_mib.map(|m| m << 20));
        set(&mut settings.grace, &self.grace_seconds.map(Duration::from_secs));
        set(&mut settings.connections.most, &self.connections.map(Some));
        set(&mut settings.connections.idle, &self.idle_seconds.map(Duration::from_secs));
        set(&mut settings.connections.keepalive, &self.keepalive_seconds.map(Duration::from_secs));
        set(&mut settings.calls_per_connection, &self.calls_per_connection);
        set(&mut settings.work.calls, &self.calls);
        set(&mut settings.work.cores, &self.cores);
        set(&mut settings.work.writes, &self.writes);
        set(&mut settings.work.imports, &self.imports);
        set(&mut settings.work.exports, &self.exports);
        set(&mut settings.work.scans, &self.scans);
        set(&mut settings.work.queue, &self.queue);
        set(&mut settings.work.queue_time, &self.queue_seconds.map(Duration::from_secs));
        set(&mut settings.work.texts, &self.texts);
        set(&mut settings.work.text_calls, &self.text_calls);
        set(&mut settings.streams.stall, &self.stall_seconds.map(Duration::from_secs));
        let bytes_per_minute = self.import_kib_per_minute.map(|kib| kib << 10);
        set(&mut settings.streams.import_bytes_per_minute, &bytes_per_minute);
        set(&mut settings.limits.segment_chars, &self.segment_chars);
        let (penalties, given) = (&mut settings.penalties, &self.penalties);
        for (to, points) in [
            (&mut penalties.machine_translated, given.machine_translated),
            (&mut penalties.aligned, given.aligned),
            (&mut penalties.unreviewed, given.unreviewed),
            (&mut penalties.codes_differ, given.codes_differ),
            (&mut penalties.locale_differs, given.locale_differs),
        ] {
            set(to, &points.map(|points| points.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Config;
    use crate::{
        score::{Penalties, Score},
        server::{Exposure, Settings},
    };

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
    fn who_may_call_is_read() {
        for (text, expected) in [
            ("", Exposure::LoopbackOnly),
            ("require_tokens = true", Exposure::RequireTokens),
            ("require_tokens = false\nopen_to_everyone = true", Exposure::OpenToEveryone),
            ("plaintext_behind_proxy = true\nrequire_tokens = true", Exposure::PlaintextBehindProxy),
        ] {
            let mut settings = Settings::new("x".into());
            Config::parse(text).unwrap_or_else(|e| panic!("{e}")).apply(&mut settings);
            assert_eq!(settings.exposure, expected, "{text}");
        }
    }

    #[test]
    fn penalties_given_go_over_the_defaults() {
        let config = Config::parse("[penalties]\nunreviewed = 7\naligned = 2.5\nlocale_differs = 0");
        let mut settings = Settings::new("x".into());
        config.unwrap_or_else(|e| panic!("{e}")).apply(&mut settings);
        let expected = Penalties {
            unreviewed: Score::from_whole(7),
            aligned: Score::from_hundredths(250),
            locale_differs: Score::ZERO,
            ..Penalties::default()
        };
        assert_eq!(settings.penalties, expected);
    }

    #[test]
    fn unknown_keys_are_named() {
        for (text, word) in [
            ("colour = 1", "colour"),
            ("calls = 0", "calls"),
            ("open_to_everyone = true\nrequire_tokens = true", "open_to_everyone"),
            ("open_to_everyone = true\nplaintext_behind_proxy = true", "open_to_everyone"),
            ("calls = 'x'", "calls"),
            ("[", "1"),
            ("keep_days = 0", "keep_days"),
            ("[penalties]\nunreviewd = 1", "unreviewd"),
            ("[penalties]\nunreviewed = 101", "101 is not valid: give 0 to 100"),
            ("[penalties]\nunreviewed = 0.001", "0.001 is not valid"),
        ] {
            let error = Config::parse(text).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
