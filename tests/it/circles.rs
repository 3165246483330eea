//! No file of `src/` imports itself through other files.
//!
//! Files that import one another in a circle can only be understood together. An import counts as
//! an arrow to the file that defines the name, even if it goes through a `pub use`. Imports between
//! a `mod.rs` and the files of its own folder do not count, because a `mod.rs` is only a table of
//! contents.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use crate::{layering::sources, support::root};

/// A module path, for example `["engine", "apply", "units"]`; the crate root is empty.
type ModulePath = Vec<String>;

/// The imports of one file, as paths from the crate root.
#[derive(Debug, Default)]
struct Imports {
    /// All paths that the file uses.
    named: Vec<ModulePath>,
    /// The paths that the file exports with `pub use`, by name.
    exported: BTreeMap<String, ModulePath>,
}

/// Returns the leaves of a `use` tree. For example, `a::{b, c::d}` has `a::b` and `a::c::d`.
fn leaves(tree: &str) -> Vec<ModulePath> {
    let tree = tree.split(" as ").next().unwrap_or_default().trim();
    let Some((before, rest)) = tree.split_once('{') else {
        return vec![tree.split("::").map(|part| part.trim().to_owned()).collect()];
    };
    let prefix: ModulePath =
        before.split("::").map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect();
    let inner = rest.rsplit_once('}').unwrap_or((rest, "")).0;
    let (mut depth, mut piece, mut pieces) = (0, String::new(), Vec::new());
    for c in inner.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                pieces.push(std::mem::take(&mut piece));
                continue;
            }
            _ => {}
        }
        piece.push(c);
    }
    pieces.push(piece);
    let inside = pieces.iter().filter(|p| !p.trim().is_empty()).flat_map(|p| leaves(p));
    inside.map(|leaf| [prefix.clone(), leaf].concat()).collect()
}

/// Returns a path from the crate root, or `None` for a path into another crate.
fn absolute(files: &BTreeMap<ModulePath, Imports>, module: &[String], path: &[String]) -> Option<ModulePath> {
    match path.first()?.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([module, &path[1..]].concat()),
        "super" => {
            let ups = path.iter().take_while(|part| *part == "super").count();
            Some([&module[..module.len().checked_sub(ups)?], &path[ups..]].concat())
        }
        child => {
            let inside = [module, &[child.to_owned()]].concat();
            files.contains_key(&inside).then(|| [module, path].concat())
        }
    }
}

/// Returns the file that defines the item of a path, following `pub use`.
fn defined_in(files: &BTreeMap<ModulePath, Imports>, path: &[String]) -> ModulePath {
    let mut path = path.to_vec();
    for _ in 0..8 {
        let length = (0..=path.len()).rev().find(|n| files.contains_key(&path[..*n])).unwrap_or(0);
        let module = path[..length].to_vec();
        let exported = path.get(length).and_then(|name| files[&module].exported.get(name));
        let Some(exported) = exported else { return module };
        path = [exported.clone(), path[length + 1..].to_vec()].concat();
    }
    panic!("{path:?} is exported in a circle");
}

fn module_of(path: &str) -> ModulePath {
    let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
}

/// Returns whether `a` is the `mod.rs` of the folder that holds `b`.
fn is_page(a: &[String], b: &[String]) -> bool {
    b.len() == a.len() + 1 && b.starts_with(a)
}

/// Returns the arrows between the files of a source tree, given as (path, text).
fn arrows(sources: &[(String, String)]) -> BTreeMap<ModulePath, BTreeSet<ModulePath>> {
    let mut files: BTreeMap<ModulePath, Imports> =
        sources.iter().map(|(path, _)| (module_of(path), Imports::default())).collect();
    for (path, code) in sources {
        let module = module_of(path);
        let mut imports = Imports::default();
        for statement in code.split(';') {
            let Some(at) = statement.rfind("use ").filter(|at| {
                let line = statement[..*at].rsplit('\n').next().unwrap_or_default();
                line.is_empty() || line.starts_with("pub")
            }) else {
                continue;
            };
            let public = statement[..at].rsplit('\n').next().unwrap_or_default().starts_with("pub");
            for leaf in leaves(&statement[at + "use ".len()..]) {
                let name = leaf.last().cloned().unwrap_or_default();
                let leaf: ModulePath =
                    leaf.into_iter().filter(|part| part != "self" || name != "self").collect();
                let Some(to) = absolute(&files, &module, &leaf) else { continue };
                if public {
                    imports.exported.insert(name, to);
                } else {
                    imports.named.push(to);
                }
            }
        }
        for start in ["crate::", "super::"] {
            for (at, _) in code.match_indices(start) {
                let path: String = code[at..]
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':'))
                    .collect();
                let path: ModulePath =
                    path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
                imports.named.extend(absolute(&files, &module, &path));
            }
        }
        files.insert(module, imports);
    }
    files
        .iter()
        .map(|(from, imports)| {
            let to = imports.named.iter().map(|path| defined_in(&files, path));
            let to = to.filter(|to| to != from && !is_page(from, to) && !is_page(to, from));
            (from.clone(), to.collect())
        })
        .collect()
}

/// Returns the files that can be reached from themselves.
fn in_circles(arrows: &BTreeMap<ModulePath, BTreeSet<ModulePath>>) -> Vec<String> {
    arrows.keys().filter(|file| is_in_circle(arrows, file)).map(|file| file.join("::")).collect()
}

fn is_in_circle(arrows: &BTreeMap<ModulePath, BTreeSet<ModulePath>>, start: &ModulePath) -> bool {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&ModulePath> = arrows[start].iter().collect();
    while let Some(next) = open.pop() {
        if next == start {
            return true;
        }
        if seen.insert(next) {
            open.extend(&arrows[next]);
        }
    }
    false
}

#[test]
fn no_files_import_one_another_in_a_circle() {
    let mut paths = Vec::new();
    let src = root().join("src");
    sources(&src, &mut paths);
    let files = paths.iter().map(|path| {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        (path.strip_prefix(&src).unwrap().display().to_string(), code.join("\n"))
    });
    let found = arrows(&files.collect::<Vec<_>>());
    let count: usize = found.values().map(BTreeSet::len).sum();
    assert!(found.len() > 150 && count > 800, "{} files with {count} imports", found.len());
    let circles = in_circles(&found);
    assert!(circles.is_empty(), "these files import one another in a circle: {circles:?}");
}

fn file(path: &str, code: &str) -> (String, String) {
    (path.to_owned(), code.to_owned())
}

#[test]
fn circles_are_found_through_exports_and_groups() {
    let mut sources = vec![
        file("lib.rs", "pub mod a;\npub mod b;\n"),
        file("a/mod.rs", "mod x;\nmod y;\npub use x::X;\n"),
        file("a/x.rs", "use super::y::Y;\nuse crate::{b::B, a};\n"),
        file("a/y.rs", "pub struct Y;\n"),
        file("b.rs", "pub struct B;\n"),
    ];
    assert_eq!(in_circles(&arrows(&sources)), Vec::<String>::new());
    sources[4].1 = "use crate::a::X;\npub struct B;\n".to_owned();
    assert_eq!(in_circles(&arrows(&sources)), ["a::x", "b"]);
    sources[4].1 = "pub struct B(crate::a::X);\n".to_owned();
    assert_eq!(in_circles(&arrows(&sources)), ["a::x", "b"]);
}
