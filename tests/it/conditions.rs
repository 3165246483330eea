//! Nothing that was read before the queue decides anything after it.
//!
//! A use case that proposes a change reads the catalog to check its request and to name the collection. What
//! else it reads may be different when the writer applies the change, so a condition must be part of the
//! change. For example, a deletion by filter carries the filter, and not the units that passed it. A
//! function that proposes a change may therefore read units or concepts only if it is listed here, with the
//! reason why nothing is decided by what it read.

use std::{collections::BTreeMap, fs};

use crate::support::{
    root,
    source::{files, split_rust},
};

/// What a function calls to propose a change.
const PROPOSALS: [&str; 7] = [
    "self.apply(",
    "self.propose(",
    ".remove_units(",
    ".revise(",
    ".put_checked_concepts(",
    ".begin_import(",
    ".delete_collection(",
];

/// What a function calls to read contents.
const READS: [&str; 8] = [
    "unit_in_view(",
    "units_in_view(",
    "revisions_in_view(",
    ".revisions(",
    "self.unit(",
    "self.concept(",
    ".by_id(",
    ".concepts.",
];

/// Functions that do both, and why nothing is decided by what they read.
const ALLOWED: [(&str, &str); 6] = [
    ("clone_memory", "it copies the memory as it was when the call began, which is its promise"),
    ("delete_units_where", "only the dry run reads, and it proposes nothing"),
    ("delete_units", "only the dry run reads, and it proposes nothing"),
    ("delete_concepts", "only the dry run reads, and it proposes nothing"),
    (
        "import_concepts",
        "it finds the id that a concept has from an earlier version; one that is deleted meanwhile is stored once more",
    ),
    ("restore_revision", "a former revision never changes; the change carries its content"),
];

/// Returns the functions of a formatted file, by name, without comments and strings.
fn functions(code: &str) -> Vec<(String, String)> {
    let code = split_rust(code).rest;
    let code = code.split("mod tests {").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let Some((before, after)) = line.split_once("fn ") else { continue };
        let indent = before.len() - before.trim_start().len();
        if !before.trim().is_empty() && !before.trim_start().starts_with("pub")
            || line.trim_end().ends_with(';')
        {
            continue;
        }
        let end = format!("{}}}", " ".repeat(indent));
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        let name = after.split(['(', '<']).next().unwrap_or_default();
        found.push((name.to_owned(), body.join("\n")));
    }
    found
}

#[test]
fn functions_are_found_with_their_bodies() {
    let code = "impl X {\n    /// Text.\n    pub(crate) fn one(&self) {\n        self.apply(1);\n    }\n\n    fn two<T>() {\n        self.unit(2);\n    }\n}\n";
    let found = functions(code);
    assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert!(found[0].1.contains("self.apply(") && !found[0].1.contains("self.unit("));
}

#[test]
fn no_proposer_decides_by_what_it_read() {
    let mut paths = Vec::new();
    files(&root().join("src/engine"), &["rs"], &mut paths);
    let mut found: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut proposers = 0;
    for path in paths {
        for (name, body) in functions(&fs::read_to_string(&path).unwrap()) {
            if !PROPOSALS.iter().any(|call| body.contains(call)) {
                continue;
            }
            proposers += 1;
            let reads: Vec<&str> = READS.into_iter().filter(|call| body.contains(call)).collect();
            if !reads.is_empty() {
                found.insert(name, reads);
            }
        }
    }
    assert!(proposers > 12, "only {proposers} functions propose changes");
    let unused: Vec<_> = ALLOWED.iter().filter(|(name, _)| !found.contains_key(*name)).collect();
    found.retain(|name, _| !ALLOWED.iter().any(|(allowed, _)| allowed == name));
    assert!(found.is_empty(), "these propose a change and read contents: {found:?}");
    assert!(unused.is_empty(), "no longer needed: {unused:?}");
}
