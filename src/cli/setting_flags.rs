//! The flags of settings, and where else settings come from: the configuration file and the environment.

use std::{collections::BTreeMap, fs, path::PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

use super::exit::CliError;
use crate::config::{
    CONFIG_VARIABLE, ConfigFile, EffectiveConfig, SECTIONS, Setting, Sources, misspelled_variables, settings,
};

/// The settings that the command line, the environment and the configuration file give.
#[derive(Debug, Args)]
pub(super) struct SettingArgs {
    /// Configuration file (TOML); variables and flags count more [env: DHAKIRA_CONFIG] [default: none]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: SettingFlags,
}

/// The flags that were given, with their values. The table of settings has one for each.
#[derive(Debug)]
struct SettingFlags(Vec<(&'static Setting, String)>);

/// Settings with what is worth a warning about where they come from.
pub(super) struct GivenSettings {
    pub(super) effective: EffectiveConfig,
    pub(super) warnings: Vec<String>,
}

impl SettingArgs {
    /// Reads the configuration file and the environment, and decides the value of each setting.
    pub(super) fn read(self) -> Result<GivenSettings, CliError> {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| name.starts_with("DHAKIRA_"))
            .map(|(name, value)| match value.into_string() {
                Ok(value) => Ok((name, value)),
                Err(_) => Err(CliError::Message(format!("{name}: the value is not valid UTF-8"))),
            })
            .collect::<Result<_, _>>()?;
        let variable = environment.get(CONFIG_VARIABLE).filter(|file| !file.is_empty());
        let path = self.config.or_else(|| variable.map(PathBuf::from));
        let file = path.map(|path| match fs::read_to_string(&path) {
            Ok(text) => Ok(ConfigFile { name: path.display().to_string(), text }),
            Err(cause) => Err(CliError::read_failed(path.display(), cause)),
        });
        let file = file.transpose()?;
        let warnings = misspelled_variables(environment.keys().map(String::as_str));
        let sources = Sources { file, environment, flags: self.flags.0 };
        let effective = sources.decide().map_err(|error| CliError::Message(error.to_string()))?;
        Ok(GivenSettings { effective, warnings })
    }
}

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        let all = SECTIONS.iter().flat_map(|section| section.settings.iter().map(move |s| (section, s)));
        all.fold(command, |command, (section, setting)| {
            command.arg(flag_of(setting).hide_short_help(!section.in_short_help))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn flag_of(setting: &Setting) -> Arg {
    let help = setting.help().trim_end_matches('.');
    let flag = Arg::new(setting.name()).long(setting.flag()).action(ArgAction::Set);
    if setting.is_switch() {
        flag.value_name("BOOL")
            .help(help.to_owned())
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .hide_possible_values(true)
    } else {
        flag.value_name(setting.placeholder())
            .help(format!("{help} [default: {}]", setting.default_shown().trim_matches('"')))
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = |setting: &'static Setting| {
            Some((setting, matches.get_one::<String>(&setting.name())?.to_owned()))
        };
        Ok(Self(settings().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
