//! The imports of `src/` follow the tables in ARCHITECTURE.md.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::support::root;

/// Returns the names in back quotes in a table cell.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Reads the two-column table after a heading. Its cells have names in back quotes.
fn table(heading: &str) -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let section =
        text.split(&format!("## {heading}")).nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
    section
        .lines()
        .filter(|l| l.starts_with("| `"))
        .map(|row| {
            let mut cells = row.trim_matches('|').split('|');
            let key = quoted(cells.next().unwrap()).remove(0);
            (key, quoted(cells.next().unwrap_or_default()).into_iter().collect())
        })
        .collect()
}

pub(crate) fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Returns the path and the code of each source file, without unit tests and comments.
fn code() -> Vec<(String, String)> {
    let src = root().join("src");
    let mut paths = Vec::new();
    sources(&src, &mut paths);
    assert!(paths.len() > 50, "the sources are where they should be");
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned();
            let code =
                code.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            (path.strip_prefix(&src).unwrap().display().to_string(), code)
        })
        .collect()
}

fn ident(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Returns the first path segments after `crate::`, including those of groups in braces.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(ident(rest));
            continue;
        };
        let (mut depth, mut item) = (0, String::new());
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    found.insert(ident(&item));
                    item.clear();
                    continue;
                }
                _ => {}
            }
            item.push(c);
        }
        found.insert(ident(&item));
    }
    found.remove("");
    found
}

fn module(path: &str) -> String {
    path.split('/').next().unwrap().trim_end_matches(".rs").to_owned()
}

#[test]
fn imports_follow_the_table() {
    let allowed = table("Who may import whom");
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, code) in code() {
        let from = module(&path);
        if matches!(from.as_str(), "lib" | "main") {
            continue;
        }
        let row = allowed.get(&from).unwrap_or_else(|| panic!("{path}: `{from}` is not in the table"));
        for to in imports(&code).into_iter().filter(|to| *to != from) {
            assert!(row.contains(&to), "{path} imports crate::{to}, which the table does not allow");
            used.entry(from.clone()).or_default().insert(to);
        }
    }
    for (from, row) in allowed {
        let used = used.remove(&from).unwrap_or_default();
        assert_eq!(row, used, "the row of `{from}` allows what nothing uses");
    }
}

#[test]
fn outside_crates_come_in_by_their_doors() {
    let doors = table("One outside crate, one door");
    let mut seen = BTreeSet::new();
    for (path, code) in code() {
        for (name, allowed) in &doors {
            let used = code
                .match_indices(&format!("{name}::"))
                .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'));
            if used {
                seen.insert(name.clone());
                let door =
                    allowed.iter().any(|door| path == *door || door.ends_with('/') && path.starts_with(door));
                assert!(door, "{path} uses {name}, whose doors are {allowed:?}");
            }
        }
    }
    let named: BTreeSet<String> = doors.into_keys().collect();
    assert_eq!(seen, named, "the table names crates that nothing uses");
}

#[test]
fn the_reader_of_imports_reads() {
    let code = "use crate::{a::{b, c}, d,\n e::F};\nfn x() { crate::g::h() }";
    let found: Vec<String> = imports(code).into_iter().collect();
    assert_eq!(found, ["a", "d", "e", "g"]);
}
