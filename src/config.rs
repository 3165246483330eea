//! The configuration file of `dhakira serve`, in TOML. `docs/operations.md` lists its keys.

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde::Deserialize;

use crate::{
    access::{CertificateOwner, CertificateOwners, CertificateSubject, Grant, Grants, Role},
    caller::Caller,
    name::Name,
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
    /// The file with the server's certificate.
    pub tls_cert: Option<PathBuf>,
    /// The file with the private key of the certificate.
    pub tls_key: Option<PathBuf>,
    /// The file with the CAs whose client certificates are accepted.
    pub tls_client_ca: Option<PathBuf>,
    /// Whether every client must have a certificate.
    pub tls_client_required: bool,
    /// Seconds that a client may take to open a connection with TLS.
    pub tls_handshake_seconds: Option<u64>,
    /// Seconds between two looks whether the files of TLS have changed.
    pub tls_reload_seconds: Option<u64>,
    /// The owners of client certificates.
    pub client_certificates: Vec<ClientCertificateConfig>,
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

/// A table `[[client_certificates]]` of a configuration file: the owner of client certificates.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ClientCertificateConfig {
    /// The subject of the certificates, for example `cn:weblate`.
    pub subject: String,
    /// The name of the caller.
    pub name: String,
    /// Patterns of the collections that it may read.
    #[serde(default)]
    pub reader: Vec<String>,
    /// Patterns of the collections that it may change.
    #[serde(default)]
    pub contributor: Vec<String>,
    /// Patterns of the collections that it may create, rename and delete.
    #[serde(default)]
    pub maintainer: Vec<String>,
    /// Whether it may do everything everywhere.
    #[serde(default)]
    pub admin: bool,
}

impl ClientCertificateConfig {
    /// Returns the owner, or what is wrong with the table, by the key.
    fn owner(&self) -> Result<CertificateOwner, String> {
        let subject = CertificateSubject::parse(&self.subject).map_err(|e| format!("subject: {e}"))?;
        let name = Name::parse(&self.name).map_err(|e| format!("name: {e}"))?;
        if name.as_str() == Caller::ANONYMOUS {
            return Err(
                "name: this is the name of callers without a certificate: choose another one".to_owned()
            );
        }
        let mut grants = Vec::new();
        for (key, role, patterns) in [
            ("reader", Role::Reader, &self.reader),
            ("contributor", Role::Contributor, &self.contributor),
            ("maintainer", Role::Maintainer, &self.maintainer),
        ] {
            if !patterns.is_empty() {
                grants.push(Grant::for_patterns(role, patterns).map_err(|e| format!("{key}: {e}"))?);
            }
        }
        if self.admin {
            grants.push(Grant::admin());
        }
        if grants.is_empty() {
            return Err("the owner could do nothing: give reader, contributor or maintainer with patterns of names, for example reader = [\"*\"], or admin = true".to_owned());
        }
        Ok(CertificateOwner { subject, name, grants: Grants(grants) })
    }
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
        config.owners()?;
        let wide = |value: Option<usize>| value.map(|v| v as u64);
        for (key, value) in [
            ("message_mib", wide(config.message_mib)),
            ("tls_handshake_seconds", config.tls_handshake_seconds),
            ("tls_reload_seconds", config.tls_reload_seconds),
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

    /// Returns the owners of client certificates.
    fn owners(&self) -> Result<CertificateOwners, ConfigError> {
        let mut owners: Vec<Arc<CertificateOwner>> = Vec::new();
        for (n, table) in self.client_certificates.iter().enumerate() {
            let owner = table.owner().and_then(|owner| {
                if owners.iter().all(|earlier| earlier.subject != owner.subject) {
                    return Ok(owner);
                }
                Err(format!("subject: an earlier one is '{}', too: put all roles into one", owner.subject))
            });
            let owner = owner.map_err(|cause| ConfigError(format!("client_certificates[{n}]: {cause}")))?;
            owners.push(Arc::new(owner));
        }
        Ok(CertificateOwners(owners))
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
        set(&mut settings.tls.certificate, &self.tls_cert.clone().map(Some));
        set(&mut settings.tls.key, &self.tls_key.clone().map(Some));
        set(&mut settings.tls.client_ca, &self.tls_client_ca.clone().map(Some));
        settings.tls.client_required |= self.tls_client_required;
        set(&mut settings.tls.handshake, &self.tls_handshake_seconds.map(Duration::from_secs));
        set(&mut settings.tls.reload, &self.tls_reload_seconds.map(Duration::from_secs));
        // `parse` has refused tables without a valid owner.
        set(&mut settings.tls.owners, &self.owners().ok());
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
        access::Role,
        name::Name,
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
            ("", Exposure::LoopbackOpen),
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
    fn the_settings_of_tls_are_read() {
        let text = "tls_cert = 'c.pem'\ntls_key = 'k.pem'\ntls_client_ca = 'ca.pem'\ntls_client_required = true\n\
            tls_handshake_seconds = 3\ntls_reload_seconds = 60\n\
            [[client_certificates]]\nsubject = 'dns:Web.Example'\nname = 'web'\nreader = ['*']\n\
            contributor = ['memory:news-*', 'glossary:house']\n\
            [[client_certificates]]\nsubject = 'cn:ops'\nname = 'ops'\nadmin = true";
        let mut settings = Settings::new("x".into());
        Config::parse(text).unwrap_or_else(|e| panic!("{e}")).apply(&mut settings);
        let tls = settings.tls;
        assert_eq!(tls.certificate, Some("c.pem".into()));
        assert_eq!((tls.key, tls.client_ca), (Some("k.pem".into()), Some("ca.pem".into())));
        assert!(tls.client_required);
        assert_eq!((tls.handshake, tls.reload), (Duration::from_secs(3), Duration::from_secs(60)));
        let [web, ops] = &tls.owners.0[..] else { panic!("two owners") };
        assert_eq!((web.subject.to_string().as_str(), web.name.as_str()), ("dns:web.example", "web"));
        let [news, house] = ["news-1", "house"].map(|text| Name::parse(text).unwrap());
        assert_eq!(web.grants.role_in_memory(&news), Some(Role::Contributor));
        assert_eq!(web.grants.role_in_memory(&house), Some(Role::Reader));
        assert_eq!(web.grants.role_in_glossary(&house), Some(Role::Contributor));
        assert!(ops.grants.has_admin() && !web.grants.has_admin());
    }

    #[test]
    fn what_is_wrong_with_an_owner_of_certificates_is_named() {
        let good = "subject = 'cn:a'\nname = 'a'\nreader = ['*']\n";
        for (table, words) in [
            ("", "subject"),
            ("subject = 'cn:a'\n", "name"),
            ("subject = 'cn:a'\nname = 'a'\n", "could do nothing"),
            ("subject = 'weblate'\nname = 'a'\nreader = ['*']\n", "cn:weblate"),
            ("subject = 'cn:b'\nname = 'B'\nreader = ['*']\n", "'B' is not a valid name"),
            ("subject = 'cn:b'\nname = 'anonymous'\nreader = ['*']\n", "choose another"),
            ("subject = 'cn:b'\nname = 'b'\nreader = ['News*']\n", "reader: 'News*' is not a valid pattern"),
            ("subject = 'cn:b'\nname = 'b'\nrole = 'reader'\n", "role"),
            (good, "put all roles into one"),
        ] {
            let text = format!("[[client_certificates]]\n{good}[[client_certificates]]\n{table}");
            let error = Config::parse(&text).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(words), "{table}: {error}");
            assert!(
                !error.contains("client_certificates[") || error.contains("client_certificates[1]"),
                "{error}"
            );
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
            ("tls_reload_seconds = 0", "tls_reload_seconds"),
            ("[penalties]\nunreviewd = 1", "unreviewd"),
            ("[penalties]\nunreviewed = 101", "101 is not valid: give 0 to 100"),
            ("[penalties]\nunreviewed = 0.001", "0.001 is not valid"),
        ] {
            let error = Config::parse(text).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
