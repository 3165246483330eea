//! Where settings come from, and which source counts: a flag more than a variable, a variable more than the file, the
//! file more than the default.

use std::collections::BTreeMap;

use super::{
    client_certificates,
    config_file::{self, ConfigError},
    setting::Setting,
    table::settings,
    value::Given,
    values::Config,
};

/// What was given to a server.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The configuration file.
    pub file: Option<ConfigFile>,
    /// The environment: variables with their values. Empty values count as absent.
    pub environment: BTreeMap<String, String>,
    /// The flags: settings with their values.
    pub flags: Vec<(&'static Setting, String)>,
}

/// A configuration file.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// Its name, for errors.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The settings in force.
#[derive(Clone, Debug)]
pub struct EffectiveConfig {
    /// Their values.
    pub config: Config,
    /// Where each comes from that is not the default, by its name.
    pub(super) origins: BTreeMap<String, String>,
}

/// The settings of which one excludes the others.
const EXPOSURE: [&str; 3] = ["require_tokens", "plaintext_behind_proxy", "open_to_everyone"];

impl Sources {
    /// Decides the value of each setting.
    ///
    /// # Errors
    /// All keys of the file that are no settings, or else all values that are not valid.
    pub fn decide(&self) -> Result<EffectiveConfig, ConfigError> {
        let mut decided = EffectiveConfig { config: Config::default(), origins: BTreeMap::new() };
        let mut problems = Vec::new();
        if let Some(ConfigFile { name, text }) = &self.file {
            let file = config_file::parse(name, text)?;
            for value in &config_file::values(name, text, file.get_ref())? {
                problems.extend(value.set(&mut decided.config).err());
                decided.origins.insert(value.setting.name(), format!("line {} of the file", value.line));
            }
            match client_certificates::read(text) {
                Ok((tables, owners)) => {
                    decided.config.client_certificates = tables;
                    decided.config.server.tls.owners = owners;
                }
                Err(problem) => problems.push(format!("{name}: {problem}")),
            }
        }
        let variables: Vec<(&Setting, &String)> = settings()
            .filter_map(|setting| Some((setting, self.environment.get(&setting.variable())?)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        decided.take(variables.into_iter(), Setting::variable, &mut problems);
        let flag = |setting: &Setting| format!("--{}", setting.flag());
        decided.take(self.flags.iter().map(|(setting, value)| (*setting, value)), flag, &mut problems);
        problems.extend(decided.config.choose_exposure().err());
        if problems.is_empty() { Ok(decided) } else { Err(ConfigError(problems)) }
    }
}

impl EffectiveConfig {
    /// Takes the values of variables or flags.
    fn take<'a>(
        &mut self,
        given: impl Iterator<Item = (&'static Setting, &'a String)> + Clone,
        name: impl Fn(&Setting) -> String,
        problems: &mut Vec<String>,
    ) {
        self.forget_exposure(given.clone().filter(|(_, value)| *value == "true").map(|(setting, _)| setting));
        for (setting, value) in given {
            let set = setting.set(&mut self.config, &Given::Text(value));
            problems.extend(set.err().map(|problem| format!("{}: {problem}", name(setting))));
            self.origins.insert(setting.name(), name(setting));
        }
    }

    /// Forgets what a weaker source has chosen about who may call, if a stronger one chooses: the three settings are
    /// one choice. For example, `--require-tokens` counts although the file has `open_to_everyone = true`.
    fn forget_exposure<'a>(&mut self, mut chosen: impl Iterator<Item = &'a Setting>) {
        if chosen.any(|setting| EXPOSURE.contains(&setting.name().as_str())) {
            let config = &mut self.config;
            (config.require_tokens, config.plaintext_behind_proxy, config.open_to_everyone) =
                (false, false, false);
            self.origins.retain(|name, _| !EXPOSURE.contains(&name.as_str()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Config, ConfigFile, Sources, settings};
    use crate::{
        config::printed_file,
        score::{Penalties, Score},
        server::Exposure,
    };

    fn in_file(text: &str) -> ConfigFile {
        ConfigFile { name: "d.toml".to_owned(), text: text.to_owned() }
    }

    fn sources(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Sources {
        let flags = flags.iter().map(|(name, value)| {
            (settings().find(|setting| setting.name() == *name).unwrap(), (*value).to_owned())
        });
        Sources {
            file: Some(in_file(file)),
            environment: environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            flags: flags.collect(),
        }
    }

    fn decide(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Config {
        sources(file, environment, flags).decide().unwrap_or_else(|e| panic!("{e}")).config
    }

    fn error(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> String {
        let decided = sources(file, environment, flags).decide();
        decided.map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_flag_counts_more_than_a_variable_and_a_variable_more_than_the_file() {
        let calls = |file, environment: &[_], flags: &[_]| decide(file, environment, flags).server.work.calls;
        let (file, variable, flag) = ("calls = 1", ("DHAKIRA_CALLS", "2"), ("calls", "3"));
        assert_eq!(calls("", &[], &[]), 1_024);
        assert_eq!(calls(file, &[], &[]), 1);
        assert_eq!(calls(file, &[variable], &[]), 2);
        assert_eq!(calls(file, &[variable], &[flag]), 3);
        assert_eq!(calls("", &[variable], &[flag]), 3);
        assert_eq!(calls(file, &[("DHAKIRA_CALLS", "")], &[]), 1, "an empty variable is absent");
    }

    #[test]
    fn units_are_converted() {
        let config = decide("grace_seconds = 3\ncache_mib = 1\nimport_kib_per_minute = 2", &[], &[]).server;
        assert_eq!((config.grace, config.store.cache_bytes), (Duration::from_secs(3), 1 << 20));
        assert_eq!(config.streams.import_bytes_per_minute, 2_048);
    }

    #[test]
    fn penalties_given_go_over_the_defaults() {
        let file = "[penalties]\nunreviewed = 7\naligned = 2.5\nlocale_differs = 0";
        let expected = Penalties {
            unreviewed: Score::from_whole(7),
            aligned: Score::from_hundredths(250),
            locale_differs: Score::ZERO,
            ..Penalties::default()
        };
        assert_eq!(decide(file, &[], &[]).server.penalties, expected);
        assert_eq!(
            decide("penalties = { unreviewed = 7, aligned = 2.5, locale_differs = 0 }", &[], &[])
                .server
                .penalties,
            expected
        );
    }

    #[test]
    fn who_may_call_is_one_choice() {
        use Exposure::{LoopbackOpen, OpenToEveryone, PlaintextBehindProxy, RequireTokens};
        let require = ("require_tokens", "true");
        for (file, environment, flags, expected) in [
            ("", &[][..], &[][..], LoopbackOpen),
            ("require_tokens = true", &[], &[], RequireTokens),
            ("require_tokens = false\nopen_to_everyone = true", &[], &[], OpenToEveryone),
            ("plaintext_behind_proxy = true\nrequire_tokens = true", &[], &[], PlaintextBehindProxy),
            ("open_to_everyone = true", &[], &[require], RequireTokens),
            ("open_to_everyone = true", &[("DHAKIRA_REQUIRE_TOKENS", "true")], &[], RequireTokens),
            ("open_to_everyone = true", &[], &[("require_tokens", "false")], OpenToEveryone),
            (
                "plaintext_behind_proxy = true",
                &[("DHAKIRA_OPEN_TO_EVERYONE", "true")],
                &[require],
                RequireTokens,
            ),
        ] {
            assert_eq!(
                decide(file, environment, flags).server.exposure,
                expected,
                "{file} {environment:?} {flags:?}"
            );
        }
    }

    #[test]
    fn every_problem_is_named_with_its_place() {
        for (file, words) in [
            ("listen = 'x'\ncolour = 1", &["line 2", "'colour'", "nearest is 'cores'"][..]),
            ("\n\ncals = 1", &["line 3", "'cals'", "nearest is 'calls'"]),
            ("a = 1\nb = 2", &["line 1: 'a'", "line 2: 'b'"]),
            ("[penalties]\nunreviewd = 1", &["line 2", "penalties.unreviewd", "'penalties.unreviewed'"]),
            ("[penalties]\ncalls = 1", &["line 2", "'calls', which must be above the first table"]),
            ("aligned = 1", &["line 1", "'penalties.aligned': write it below [penalties]"]),
            ("[penaltys]\naligned = 1", &["line 2", "'penalties.aligned'"]),
            ("[tsl]", &["line 1", "'tsl' is not a setting"]),
            ("penalties = 3", &["line 1", "'penalties' is a table"]),
            ("[[penalties]]\naligned = 1", &["line 1", "'penalties' is a table"]),
            ("calls = 1\ncalls = 2", &["line 2", "duplicate key"]),
            ("calls = 0", &["line 1: calls: give a whole number from 1 to 1000000"]),
            ("calls = -1", &["calls: give a whole number"]),
            ("calls = 1.5", &["calls: give a whole number"]),
            ("calls = 'x'", &["calls: give a whole number"]),
            ("calls = 99999999999999999999999", &["calls: give a whole number"]),
            ("calls = [1]", &["calls: give a whole number"]),
            ("data = 5", &["data: give a path, in quotation marks"]),
            ("data = ''", &["data: give a path, it is empty"]),
            ("listen = 50051", &["listen: give a text, in quotation marks"]),
            ("sample = 1", &["sample: give true or false"]),
            ("sample = 'true'", &["sample: give true or false"]),
            ("log = 'loud'", &["log: give one of off, error, warn, info, debug, trace"]),
            ("log_format = 'xml'", &["log_format: give one of text, json"]),
            ("[penalties]\nunreviewed = 101", &["penalties.unreviewed: give 0 to 100"]),
            (
                "[penalties]\nunreviewed = 0.001",
                &["penalties.unreviewed: give 0 to 100, with at most two decimals"],
            ),
            ("[penalties]\nunreviewed = nan", &["penalties.unreviewed: give 0 to 100"]),
            (
                "open_to_everyone = true\nrequire_tokens = true",
                &["open_to_everyone: it cannot be true together"],
            ),
            ("open_to_everyone = true\nplaintext_behind_proxy = true", &["open_to_everyone"]),
            ("keep_days = 0", &["keep_days: give a whole number from 1"]),
            ("[", &["line 1"]),
        ] {
            let error = error(file, &[], &[]);
            assert!(words.iter().all(|word| error.contains(word)), "{file}: {error}");
        }
        assert!(
            error("", &[("DHAKIRA_CALLS", "many")], &[]).starts_with("DHAKIRA_CALLS: give a whole number")
        );
        assert!(error("", &[], &[("idle_seconds", "0")]).starts_with("--idle-seconds: give a whole number"));
        assert!(
            error("", &[("DHAKIRA_SAMPLE", "yes")], &[]).starts_with("DHAKIRA_SAMPLE: give true or false")
        );
        let two = error("", &[("DHAKIRA_CALLS", "0")], &[("texts", "0")]);
        assert_eq!(two.lines().count(), 2, "{two}");
    }

    #[test]
    fn the_printed_file_leads_to_the_same_settings() {
        let given = sources(
            "calls = 5\nkeep_days = 30\n[penalties]\naligned = 2.5",
            &[("DHAKIRA_DATA", "/a \"quoted\" \\ path\u{7}"), ("DHAKIRA_OPEN_TO_EVERYONE", "true")],
            &[("metrics", "127.0.0.1:1"), ("log", "debug"), ("slow_lookup_ms", "0")],
        );
        let decided = given.decide().unwrap();
        let printed = printed_file(&decided);
        let again = Sources { file: Some(in_file(&printed)), ..Sources::default() }.decide().unwrap();
        assert_eq!(format!("{:?}", again.config), format!("{:?}", decided.config));
        for origin in ["line 1 of the file", "DHAKIRA_DATA", "--log"] {
            assert!(printed_file(&decided).contains(&format!("Set by {origin}.")), "{origin}");
        }
    }

    #[test]
    fn every_comment_of_the_printed_file_holds_a_valid_line() {
        let printed = printed_file(&Sources::default().decide().unwrap());
        let mut lines: Vec<&str> = Vec::new();
        for line in printed.lines() {
            let line = line.strip_prefix('#').filter(|rest| !rest.starts_with([' ', '#'])).unwrap_or(line);
            lines.push(line);
        }
        let file = lines.join("\n");
        let decided = Sources { file: Some(in_file(&file)), ..Sources::default() }
            .decide()
            .unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(decided.origins.len(), settings().count(), "every setting is in the file");
        for setting in settings().filter(|setting| setting.example.is_none()) {
            let (mut default, mut config) = (Config::default(), decided.config.clone());
            assert_eq!(setting.value_in(&mut config), setting.value_in(&mut default), "{}", setting.name());
        }
    }
}
