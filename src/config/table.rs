//! The table of all settings.

use super::setting::Setting;

/// Settings that belong together.
#[derive(Clone, Debug)]
pub struct Section {
    /// What they are about.
    pub title: &'static str,
    /// Whether the short help (`-h`) lists their flags. The long help (`--help`) lists all.
    pub in_short_help: bool,
    /// The settings.
    pub settings: &'static [Setting],
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
/// Durations are kept in milliseconds.
const SECONDS: u64 = 1_000;

/// All settings. Those of a table come after those without one, because TOML wants it so.
pub static SECTIONS: &[Section] = &[
    Section {
        title: "Where the store is, and where the server listens",
        in_short_help: true,
        settings: &[
            Setting::new("data", "DIR", |c| &mut c.server.data, "Directory of the store. It is created if it does not exist."),
            Setting::new(
                "listen",
                "ADDR",
                |c| &mut c.listen,
                "Address to listen on, for gRPC. Port 0 chooses a free one.",
            ),
            Setting::new(
                "metrics",
                "ADDR",
                |c| &mut c.metrics,
                "Address of the metrics for Prometheus, over HTTP: /metrics, /livez, /readyz. Port 0 chooses a \
                 free one.",
            )
            .without_fixed_default("none", "\"127.0.0.1:9464\""),
            Setting::new(
                "sample",
                "",
                |c| &mut c.server.sample,
                "Create the memory and the glossary 'sample' if they do not exist.",
            ),
        ],
    },
    Section {
        title: "Who may call (docs/access.md)",
        in_short_help: true,
        settings: &[
            Setting::new(
                "require_tokens",
                "",
                |c| &mut c.require_tokens,
                "Require a token from callers on this machine, too.",
            ),
            Setting::new(
                "plaintext_behind_proxy",
                "",
                |c| &mut c.plaintext_behind_proxy,
                "Listen on an address that other machines reach, without TLS, because a proxy ends it. Tokens are \
                 required.",
            ),
            Setting::new(
                "open_to_everyone",
                "",
                |c| &mut c.open_to_everyone,
                "Let everybody who reaches the port read and change everything, without TLS and tokens. Excludes \
                 the two above.",
            ),
        ],
    },
    Section {
        title: "TLS on all listeners (docs/operations.md)",
        in_short_help: true,
        settings: &[
            Setting::new(
                "tls_cert",
                "FILE",
                |c| &mut c.server.tls.certificate,
                "Certificate of the server with the chain to its CA (PEM). It is read again when it changes.",
            )
            .without_fixed_default("no TLS", "\"/etc/dhakira/server.pem\""),
            Setting::new("tls_key", "FILE", |c| &mut c.server.tls.key, "Private key of the certificate (PEM).")
                .without_fixed_default("no TLS", "\"/etc/dhakira/server.key\""),
            Setting::new(
                "tls_client_ca",
                "FILE",
                |c| &mut c.server.tls.client_ca,
                "CAs of client certificates (PEM). The tables [[client_certificates]] of the file have their owners.",
            )
            .without_fixed_default("none", "\"/etc/dhakira/clients.pem\""),
            Setting::new(
                "tls_client_required",
                "",
                |c| &mut c.server.tls.client_required,
                "Refuse clients without a certificate, those with a token included.",
            ),
            Setting::new(
                "tls_handshake_seconds",
                "SECONDS",
                |c| &mut c.server.tls.handshake,
                "Time for a client to open a connection with TLS. Then it is closed.",
            )
            .times(SECONDS),
            Setting::new(
                "tls_reload_seconds",
                "SECONDS",
                |c| &mut c.server.tls.reload,
                "Time between two looks whether the files of TLS have changed.",
            )
            .times(SECONDS),
        ],
    },
    Section {
        title: "The log, on standard error",
        in_short_help: true,
        settings: &[
            Setting::new(
                "log",
                "LEVEL",
                |c| &mut c.log,
                "Minimum level of the log: off, error, warn, info, debug or trace.",
            ),
            Setting::new(
                "log_format",
                "FORMAT",
                |c| &mut c.log_format,
                "Format of the log: text, or json with one object per line.",
            ),
        ],
    },
    Section {
        title: "Slow lookups in the log",
        in_short_help: false,
        settings: &[
            Setting::new(
                "slow_lookup_ms",
                "N",
                |c| &mut c.server.slow_lookups.threshold,
                "Lookups that take at least so many milliseconds are logged at the level warn, with what made them \
                 slow. 0 logs every lookup.",
            )
            .between(0, 1_000_000),
            Setting::new(
                "slow_lookups_per_minute",
                "N",
                |c| &mut c.server.slow_lookups.per_minute,
                "Slow lookups that are logged in a minute at most, so that they cannot fill the disk. The others \
                 are counted, and the next line has their number.",
            ),
            Setting::new(
                "slow_lookup_texts",
                "",
                |c| &mut c.server.slow_lookups.texts,
                "Log the text of slow lookups, too. Texts may be confidential, so they are not logged by default.",
            ),
        ],
    },
    Section {
        title: "The store",
        in_short_help: false,
        settings: &[
            Setting::new(
                "cache_mib",
                "MIB",
                |c| &mut c.server.store.cache_bytes,
                "Size of the store's page cache in MiB. The process uses more memory than that.",
            )
            .times(MIB),
            Setting::new(
                "disk_reserve_mib",
                "MIB",
                |c| &mut c.server.store.disk_reserve_bytes,
                "Space to keep free on the disk in MiB. Below it writes are rejected.",
            )
            .times(MIB)
            .between(0, 1_000_000_000),
            Setting::new(
                "keep_revisions",
                "N",
                |c| &mut c.server.store.retention.revisions,
                "Former revisions of each unit and concept that are kept. Older ones are removed soon after, and \
                 their space is used again; 'dhakira compact' gives it back to the disk.",
            )
            .without_fixed_default("all are kept", "20"),
            Setting::new(
                "keep_days",
                "DAYS",
                |c| &mut c.server.store.retention.days,
                "Days after which a former revision is removed, counted from when it was made. The last one is \
                 always kept, so that a deleted unit can be restored.",
            )
            .without_fixed_default("for ever", "90"),
        ],
    },
    Section {
        title: "Connections",
        in_short_help: false,
        settings: &[
            Setting::new(
                "connections",
                "N",
                |c| &mut c.server.connections.most,
                "Open connections. At this limit the one that has been without a call for longest is closed for a \
                 new one.",
            )
            .without_fixed_default("what 'ulimit -n' allows, less 128, at most 4096", "4096"),
            Setting::new(
                "idle_seconds",
                "SECONDS",
                |c| &mut c.server.connections.idle,
                "A connection without a call for so long is closed. Its client connects again for its next call.",
            )
            .times(SECONDS),
            Setting::new(
                "keepalive_seconds",
                "SECONDS",
                |c| &mut c.server.connections.keepalive,
                "Time between two pings that check whether a client still exists. Without an answer for 20 s its \
                 connection is closed.",
            )
            .times(SECONDS),
            Setting::new(
                "calls_per_connection",
                "N",
                |c| &mut c.server.calls_per_connection,
                "Calls that run at once on one connection. Further calls wait.",
            ),
            Setting::new(
                "message_mib",
                "MIB",
                |c| &mut c.server.message_bytes,
                "Largest request message in MiB.",
            )
            .times(MIB),
            Setting::new(
                "grace_seconds",
                "SECONDS",
                |c| &mut c.server.grace,
                "Time for running calls to finish after a stop signal.",
            )
            .times(SECONDS)
            .between(0, 1_000_000),
        ],
    },
    Section {
        title: "Work that is accepted at once",
        in_short_help: false,
        settings: &[
            Setting::new(
                "calls",
                "N",
                |c| &mut c.server.work.calls,
                "Calls that run or wait, apart from those with bounds of their own below. Further calls are \
                 rejected.",
            ),
            Setting::new(
                "cores",
                "N",
                |c| &mut c.server.work.cores,
                "Jobs that use a core at once, such as lookups. The parts of batches have as many permits of their \
                 own. Further jobs wait.",
            )
            .without_fixed_default("the machine's cores", "8"),
            Setting::new(
                "writes",
                "N",
                |c| &mut c.server.work.writes,
                "Calls that write and wait for the disk at once. Further calls wait.",
            ),
            Setting::new(
                "imports",
                "N",
                |c| &mut c.server.work.imports,
                "Imports that run at once. Further ones wait.",
            ),
            Setting::new(
                "exports",
                "N",
                |c| &mut c.server.work.exports,
                "Exports that run at once, apart from imports, because a slow client of one must not delay the \
                 other. Further ones wait.",
            ),
            Setting::new(
                "scans",
                "N",
                |c| &mut c.server.work.scans,
                "Copies of memories and term suggestions that run at once. They read a whole memory for one \
                 answer. Further ones wait.",
            ),
            Setting::new(
                "queue",
                "N",
                |c| &mut c.server.work.queue,
                "Imports that wait for a place, and as many exports, and as many scans. Further ones are rejected \
                 at once.",
            ),
            Setting::new(
                "queue_seconds",
                "SECONDS",
                |c| &mut c.server.work.queue_time,
                "Time for which one of them waits before it is rejected.",
            )
            .times(SECONDS),
            Setting::new(
                "texts",
                "N",
                |c| &mut c.server.work.texts,
                "Calls of SegmentationService that run at once, apart from lookups, because a long text takes a \
                 thousand times as long. Further ones wait.",
            )
            .without_fixed_default("half the cores", "4"),
            Setting::new(
                "text_calls",
                "N",
                |c| &mut c.server.work.text_calls,
                "Calls of SegmentationService that run or wait, because each may hold 8 MiB of text. Further calls \
                 are rejected.",
            ),
        ],
    },
    Section {
        title: "The pace of files, and the size of segments",
        in_short_help: false,
        settings: &[
            Setting::new(
                "stall_seconds",
                "SECONDS",
                |c| &mut c.server.streams.stall,
                "Time for the next chunk of an import to come, and for the client of an export to take one. Then \
                 the stream is ended.",
            )
            .times(SECONDS),
            Setting::new(
                "import_kib_per_minute",
                "KIB",
                |c| &mut c.server.streams.import_bytes_per_minute,
                "KiB that an import must bring in a minute while the server waits for its client.",
            )
            .times(KIB),
            Setting::new(
                "segment_chars",
                "N",
                |c| &mut c.server.limits.segment_chars,
                "Largest segment in code points.",
            ),
        ],
    },
    Section {
        title: "The points that lookups deduct if their request gives none (docs/matching.md)",
        in_short_help: false,
        settings: &[
            Setting::new(
                "machine_translated",
                "POINTS",
                |c| &mut c.server.penalties.machine_translated,
                "Points off machine translation.",
            )
            .in_table("penalties"),
            Setting::new(
                "aligned",
                "POINTS",
                |c| &mut c.server.penalties.aligned,
                "Points off aligned translations.",
            )
            .in_table("penalties"),
            Setting::new(
                "unreviewed",
                "POINTS",
                |c| &mut c.server.penalties.unreviewed,
                "Points off translations that nobody has confirmed.",
            )
            .in_table("penalties"),
            Setting::new(
                "codes_differ",
                "POINTS",
                |c| &mut c.server.penalties.codes_differ,
                "Points off matches with other inline codes.",
            )
            .in_table("penalties"),
            Setting::new(
                "locale_differs",
                "POINTS",
                |c| &mut c.server.penalties.locale_differs,
                "Points off matches of another region.",
            )
            .in_table("penalties"),
        ],
    },
];

/// Returns all settings in the order of the table.
pub fn settings() -> impl Iterator<Item = &'static Setting> {
    SECTIONS.iter().flat_map(|section| section.settings)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Setting, settings};
    use crate::config::{value::Given, values::Config};

    /// Returns the values of the fields of a structure by their paths, as its `Debug` shows them.
    fn fields(config: &Config) -> BTreeMap<String, String> {
        let (mut path, mut found) = (Vec::new(), BTreeMap::new());
        for line in format!("{config:#?}").lines() {
            let line = line.trim();
            if line.starts_with(['}', ')', ']']) {
                path.pop();
                continue;
            }
            let (name, value) = line.split_once(": ").unwrap_or(("", line));
            if value.ends_with(['{', '(', '[']) {
                path.push(name.to_owned());
            } else {
                let names: Vec<&str> = path.iter().map(String::as_str).chain([name]).collect();
                found.insert(
                    names.join(".").replace("..", ".").trim_matches('.').to_owned(),
                    value.to_owned(),
                );
            }
        }
        found
    }

    /// Sets a setting to a value that it does not have by default. Returns that value.
    fn set_other(setting: &Setting, config: &mut Config) -> String {
        let default = setting.value_in(&mut Config::default());
        for other in ["true", "7", "9", "debug", "json", "127.0.0.1:7"] {
            if setting.set(config, &Given::Text(other)).is_ok() && setting.value_in(config) != default {
                return other.to_owned();
            }
        }
        panic!("{} takes no value that is not its default", setting.name());
    }

    /// Fields that no setting changes, with the reason.
    const NO_SETTINGS: [(&str, &str); 7] = [
        ("server.penalties.folds", "a request gives the points of those folds that matter to it"),
        (
            "server.limits.",
            "the limits of requests are the same on every server; only segment_chars may differ",
        ),
        ("server.store.checkpoint_units", "there is one good value; tests use another"),
        ("server.store.metrics.", "not a value"),
        ("server.exposure", "follows from three settings"),
        ("server.tls.owners", "follows from client_certificates"),
        ("client_certificates", "these are tables of the file, with any number of rows"),
    ];

    #[test]
    fn every_field_has_a_setting_and_every_setting_a_field_of_its_own() {
        let default = fields(&Config::default());
        let mut changed = BTreeSet::new();
        for setting in settings() {
            let mut config = Config::default();
            set_other(setting, &mut config);
            let other = fields(&config);
            let differing: Vec<&String> =
                default.keys().filter(|field| default.get(*field) != other.get(*field)).collect();
            assert_eq!(differing.len(), 1, "{}: {differing:?}", setting.name());
            for field in differing {
                assert!(changed.insert(field.clone()), "two settings change {field}");
            }
        }
        let unset: Vec<&String> = default
            .keys()
            .filter(|field| !changed.contains(*field))
            .filter(|field| !NO_SETTINGS.iter().any(|(start, _)| field.starts_with(start)))
            .collect();
        assert!(unset.is_empty(), "no setting changes {unset:?}: add a row, or a reason to NO_SETTINGS");
        for (start, _) in NO_SETTINGS {
            assert!(default.keys().any(|field| field.starts_with(start)), "{start} is not a field");
        }
    }

    #[test]
    fn names_are_of_one_setting_and_tables_come_last() {
        let mut names = BTreeSet::new();
        for setting in settings() {
            assert!(names.insert(setting.variable()), "{} is twice in the table", setting.name());
            assert!(setting.help().ends_with('.') && setting.help().len() > 20, "{}", setting.name());
            assert_eq!(setting.default_in_words.is_some(), setting.example.is_some());
        }
        let mut tables: Vec<&str> = settings().map(|setting| setting.table).collect();
        tables.dedup();
        let distinct: BTreeSet<&str> = tables.iter().copied().collect();
        assert_eq!((tables.len(), tables.first()), (distinct.len(), Some(&"")));
    }

    #[test]
    fn what_a_setting_writes_it_reads() {
        for setting in settings() {
            let mut config = Config::default();
            set_other(setting, &mut config);
            let written = setting.value_in(&mut config).unwrap();
            let mut again = Config::default();
            let value = toml::de::DeValue::parse(&written).unwrap();
            setting.set(&mut again, &Given::Typed(value.get_ref())).unwrap();
            assert_eq!(setting.value_in(&mut again), Some(written), "{}", setting.name());
        }
    }
}
