//! The help of the command line, for the tests of its words.

use std::process::Command;

use super::binary;

/// Returns the commands with subcommands before their own: `memory`, then `memory list`.
pub(crate) fn commands() -> Vec<Vec<String>> {
    let (mut found, mut pending) = (Vec::new(), vec![Vec::new()]);
    while let Some(command) = pending.pop() {
        let help = help_of(&command);
        let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        let names = listed.take_while(|line| !line.is_empty()).filter_map(|line| {
            let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?.split(' ').next()?;
            (name != "help").then(|| [command.clone(), vec![name.to_owned()]].concat())
        });
        pending.extend(names.collect::<Vec<_>>());
        found.push(command);
    }
    found.sort();
    found
}

/// Returns the help of a command, wrapped at 100 columns.
pub(crate) fn help_of(command: &[String]) -> String {
    let output = Command::new(binary()).args(command).arg("--help").env("COLUMNS", "100").output().unwrap();
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}
