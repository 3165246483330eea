//! The settings of `dhakira serve` in the file, the environment and the flags, as the binary shows them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::{Command, Output},
};

use crate::support::{binary, help::help_of, root};

/// Runs the binary with variables and without those of the test.
fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DHAKIRA_")) {
        command.env_remove(name);
    }
    command.args(arguments).envs(variables.iter().copied()).output().unwrap()
}

fn printed(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = run(&[&["config", "print"], arguments].concat(), variables);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A setting as the printed file shows it.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    default: String,
    flag: String,
    variable: String,
    set_by: Option<String>,
    line: String,
}

/// Reads the settings of a printed file by their names.
fn shown(file: &str) -> BTreeMap<String, Shown> {
    let (mut all, mut table) = (BTreeMap::new(), String::new());
    let mut lines = file.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix('[') {
            table = format!("{}.", name.trim_end_matches(']'));
        }
        let Some(facts) = line.strip_prefix("# Default: ") else { continue };
        let (default, facts) = facts.split_once(". Flag: --").unwrap();
        let (flag, facts) = facts.split_once(". Variable: ").unwrap();
        let (variable, set_by) = facts.split_once('.').unwrap();
        let line = lines.next().unwrap().to_owned();
        let key = line.trim_start_matches('#').split(" = ").next().unwrap();
        let setting = Shown {
            default: default.to_owned(),
            flag: flag.to_owned(),
            variable: variable.to_owned(),
            set_by: set_by.strip_prefix(" Set by ").map(|by| by.trim_end_matches('.').to_owned()),
            line: line.clone(),
        };
        assert_eq!(all.insert(format!("{table}{key}"), setting), None, "{key}");
    }
    all
}

#[test]
fn every_flag_of_serve_is_a_setting_of_the_file_with_the_same_default() {
    let settings = shown(&printed(&[], &[]));
    let help = help_of(&["serve".to_owned()]);
    let mut flags = BTreeMap::new();
    for entry in help.split("\n      --").skip(1) {
        let name = entry.split([' ', '\n', '[']).next().unwrap();
        let text = entry.split_whitespace().collect::<Vec<_>>().join(" ");
        let default =
            text.rsplit_once("[default: ").map(|(_, rest)| rest.split(']').next().unwrap().to_owned());
        flags.insert(name.to_owned(), default.map(|default| default.trim_matches('"').to_owned()));
    }
    for no_setting in ["config", "check"] {
        assert!(flags.remove(no_setting).is_some(), "{no_setting}");
    }
    for (name, setting) in &settings {
        assert_eq!(setting.flag, name.replace(['_', '.'], "-"));
        assert_eq!(setting.variable, format!("DHAKIRA_{}", name.replace('.', "_").to_uppercase()));
        let default =
            flags.remove(&setting.flag).unwrap_or_else(|| panic!("there is no flag --{}", setting.flag));
        let default = default.unwrap_or_else(|| "false".to_owned());
        assert_eq!(default, setting.default.trim_matches('"'), "{name}");
    }
    assert!(flags.keys().all(|flag| flag.starts_with("help")), "flags without a setting: {flags:?}");
    assert!(settings.len() >= 40, "{settings:?}");
}

#[test]
fn every_variable_and_every_flag_sets_its_setting() {
    let defaults = shown(&printed(&[], &[]));
    let value_of = |name: &str| match name {
        "data" => "/a/folder",
        "listen" | "metrics" => "127.0.0.1:7",
        "log" => "debug",
        "log_format" => "json",
        _ if defaults[name].default == "false" => "true",
        _ => "77",
    };
    // One of the three that exclude each other is enough; the printed file then shows that it is set.
    let names: Vec<&String> = defaults.keys().filter(|name| *name != "open_to_everyone").collect();
    let variables: Vec<(&str, &str)> =
        names.iter().map(|name| (defaults[*name].variable.as_str(), value_of(name))).collect();
    let flags: Vec<String> =
        names.iter().map(|name| format!("--{}={}", defaults[*name].flag, value_of(name))).collect();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    for (file, source) in [(printed(&[], &variables), "variable"), (printed(&flags, &[]), "flag")] {
        let set = shown(&file);
        for name in &names {
            let setting = &set[*name];
            let by = if source == "flag" { format!("--{}", setting.flag) } else { setting.variable.clone() };
            assert_eq!(setting.set_by.as_deref(), Some(by.as_str()), "{name}");
            assert!(setting.line.trim_matches('"').ends_with(value_of(name)), "{}", setting.line);
            assert!(!setting.line.starts_with('#'), "{}", setting.line);
        }
        assert_eq!(set["open_to_everyone"].set_by, None);
    }
}

#[test]
fn the_file_in_packaging_is_the_one_that_is_printed() {
    let path = root().join("packaging/dhakira.toml");
    let printed = printed(&[], &[]);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &printed).unwrap();
    }
    let file = fs::read_to_string(&path).unwrap();
    assert!(
        file == printed,
        "packaging/dhakira.toml is not what 'dhakira config print' prints: run UPDATE_GOLDEN=1 cargo test --test it configuration"
    );
}

#[test]
fn flags_count_more_than_variables_and_these_more_than_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("d.toml");
    fs::write(&file, "calls = 1\ncores = 1\nwrites = 1\n").unwrap();
    let path = file.to_str().unwrap();
    let variables = [("DHAKIRA_CALLS", "2"), ("DHAKIRA_CORES", "2"), ("DHAKIRA_CONFIG", path)];
    let settings = shown(&printed(&["--calls", "3"], &variables));
    assert_eq!(settings["calls"].line, "calls = 3");
    assert_eq!(settings["cores"].line, "cores = 2");
    assert_eq!(settings["writes"].line, "writes = 1");
    assert_eq!(settings["writes"].set_by.as_deref(), Some("line 3 of the file"));
    // A file that the command line names counts in place of that of the variable.
    fs::write(folder.path().join("other.toml"), "calls = 9").unwrap();
    let other = folder.path().join("other.toml");
    let settings = shown(&printed(&["--config", other.to_str().unwrap()], &[("DHAKIRA_CONFIG", path)]));
    assert_eq!(
        (settings["calls"].line.as_str(), settings["writes"].line.as_str()),
        ("calls = 9", "#writes = 64")
    );
}

#[test]
fn mistakes_are_named_with_their_place_and_end_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("d.toml");
    fs::write(&file, "listen = '127.0.0.1:0'\n[penalties]\nunreviewd = 1\n").unwrap();
    let path = file.to_str().unwrap();
    for (arguments, variables, words) in [
        (
            vec!["--config", path],
            vec![],
            &["d.toml, line 3:", "penalties.unreviewd", "penalties.unreviewed"][..],
        ),
        (vec!["--config", "/absent.toml"], vec![], &["/absent.toml"]),
        (vec![], vec![("DHAKIRA_CONFIG", "/absent.toml")], &["/absent.toml"]),
        (vec!["--calls", "0"], vec![], &["--calls: give a whole number from 1"]),
        (vec!["--sample=maybe"], vec![], &["--sample: give true or false"]),
        (vec![], vec![("DHAKIRA_LOG", "loud")], &["DHAKIRA_LOG: give one of off, error"]),
        (vec!["--open-to-everyone", "--require-tokens"], vec![], &["cannot be true together"]),
        (vec!["--cals", "1"], vec![], &["--cals", "--calls"]),
    ] {
        for command in [&["config", "print"][..], &["serve", "--check"]] {
            let output = run(&[command, &arguments].concat(), &variables);
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
            assert!(words.iter().all(|word| error.contains(word)), "{arguments:?}: {error}");
        }
    }
    let output = run(&["config", "print"], &[("DHAKIRA_CALS", "1"), ("DHAKIRA_PORT", "tcp://10.0.0.1:1")]);
    let warnings = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), warnings.lines().count()), (Some(0), 1), "{warnings}");
    assert!(warnings.contains("DHAKIRA_CALLS"), "{warnings}");
}

/// Returns the lines of the systemd unit that start the server.
fn unit_commands(unit: &str) -> Vec<Vec<String>> {
    let lines = unit.lines().filter(|line| line.starts_with("Exec"));
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    lines.map(|line| words(line.split_once('=').unwrap().1)).collect()
}

#[test]
fn the_systemd_unit_gives_only_flags_that_exist() {
    let unit = fs::read_to_string(root().join("packaging/dhakira.service")).unwrap();
    let commands = unit_commands(&unit);
    assert!(!commands.is_empty());
    for command in commands {
        let help = help_of(&command[1..2]);
        for flag in command[2..].iter().map(|flag| flag.split('=').next().unwrap()) {
            let is_known = help.split_whitespace().any(|word| word == flag);
            assert!(is_known, "{flag} is not a flag of {}", command[1]);
        }
    }
    let options = unit.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name);
    let hardening = ["User", "ProtectSystem", "NoNewPrivileges", "SystemCallFilter", "StateDirectory"];
    let options: BTreeSet<&str> = options.collect();
    assert!(hardening.iter().all(|option| options.contains(option)), "{options:?}");
}

#[test]
fn systemd_accepts_the_unit() {
    let unit = fs::read_to_string(root().join("packaging/dhakira.service")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dhakira.service");
    fs::write(&path, unit.replace("/usr/local/bin/dhakira", binary().to_str().unwrap())).unwrap();
    let Ok(output) = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&path).output() else {
        return println!("skipped: systemd-analyze is not installed");
    };
    let messages = String::from_utf8_lossy(&output.stderr);
    // An unknown option is a message and not a failure.
    let about_unit = messages.lines().filter(|line| line.contains("dhakira.service")).count();
    assert!(output.status.success() && about_unit == 0, "{messages}");
}
