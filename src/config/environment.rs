//! Environment variables that look like settings.

use super::{nearest::nearest, setting::Setting, table::settings};

/// The variable with the name of the configuration file.
pub const CONFIG_VARIABLE: &str = "DHAKIRA_CONFIG";

/// The most characters by which a variable may differ from that of a setting to count as misspelled.
const MISSPELLED_BY: usize = 2;

/// Returns a warning for each variable that is hardly anything but a misspelled setting. Other variables are left
/// alone, because they may be somebody else's: for example, Kubernetes gives every container `DHAKIRA_PORT` and
/// `DHAKIRA_SERVICE_HOST` if a service is called `dhakira`.
pub fn misspelled_variables<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let known: Vec<String> = settings()
        .map(Setting::variable)
        .chain([CONFIG_VARIABLE, "DHAKIRA_TOKEN"].map(str::to_owned))
        .collect();
    let candidates = names.into_iter().filter(|name| name.starts_with("DHAKIRA_"));
    let unknown = candidates.filter(|name| !known.iter().any(|other| other == name));
    unknown
        .filter_map(|name| {
            let nearest = nearest(name, known.iter().cloned())?;
            let is_near = strsim::levenshtein(name, &nearest) <= MISSPELLED_BY;
            is_near.then(|| format!("{name} is not a setting and has no effect: is {nearest} meant?"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::misspelled_variables;

    #[test]
    fn only_near_misses_are_warned_about() {
        let names = [
            "DHAKIRA_LISTN",
            "DHAKIRA_CALLS",
            "DHAKIRA_TOKEN",
            "DHAKIRA_CONFIG",
            "DHAKIRA_SERVICE_HOST",
            "DHAKIRA_PORT_50051_TCP",
            "LISTEN",
            "DHAKIRA_IDLE_SECOND",
        ];
        let warnings = misspelled_variables(names);
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(
            warnings.iter().any(|w| w.contains("DHAKIRA_LISTN") && w.contains("DHAKIRA_LISTEN ")),
            "{warnings:?}"
        );
        assert!(warnings.iter().any(|w| w.contains("DHAKIRA_IDLE_SECONDS")), "{warnings:?}");
    }
}
