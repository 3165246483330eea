//! The source tree is in order: the protos are commented, the paths in the docs exist, and long
//! files give a reason.

use std::{collections::BTreeSet, fs, path::Path};

use prost::Message;
use prost_types::FileDescriptorSet;

use crate::support::root;

/// Returns the paths and names of all items of a proto file that must have a comment.
fn commented_items(file: &prost_types::FileDescriptorProto) -> Vec<(Vec<i32>, String)> {
    fn message(path: &[i32], message: &prost_types::DescriptorProto, found: &mut Vec<(Vec<i32>, String)>) {
        found.push((path.to_vec(), message.name().to_owned()));
        for (n, field) in (0..).zip(&message.field) {
            found.push(([path, &[2, n]].concat(), format!("{}.{}", message.name(), field.name())));
        }
        for (n, oneof) in (0..).zip(&message.oneof_decl) {
            if !oneof.name().starts_with('_') {
                found.push(([path, &[8, n]].concat(), format!("{}.{}", message.name(), oneof.name())));
            }
        }
    }
    let mut found = Vec::new();
    for (n, m) in (0..).zip(&file.message_type) {
        message(&[4, n], m, &mut found);
    }
    for (n, e) in (0..).zip(&file.enum_type) {
        found.push((vec![5, n], e.name().to_owned()));
        for (v, value) in (0..).zip(&e.value) {
            found.push((vec![5, n, 2, v], value.name().to_owned()));
        }
    }
    for (n, s) in (0..).zip(&file.service) {
        found.push((vec![6, n], s.name().to_owned()));
        for (m, method) in (0..).zip(&s.method) {
            found.push((vec![6, n, 2, m], format!("{}.{}", s.name(), method.name())));
        }
    }
    found
}

#[test]
fn everything_in_the_protos_is_commented() {
    let set = FileDescriptorSet::decode(dhakira::rpc::FILE_DESCRIPTOR_SET).unwrap();
    let ours: Vec<_> = set.file.iter().filter(|f| f.package() == "dhakira.v1").collect();
    assert_eq!(ours.len(), 7);
    let mut count = 0;
    for file in ours {
        let commented: BTreeSet<Vec<i32>> = file
            .source_code_info
            .iter()
            .flat_map(|info| &info.location)
            .filter(|l| !l.leading_comments().trim().is_empty())
            .map(|l| l.path.clone())
            .collect();
        for (path, name) in commented_items(file) {
            count += 1;
            assert!(commented.contains(&path), "{}: {name} has no comment", file.name());
        }
    }
    assert!(count > 300, "{count}");
}

#[test]
fn every_method_says_which_errors_it_has() {
    let text = ["memory", "lookup", "glossary", "segmentation", "interchange", "admin"]
        .map(|f| fs::read_to_string(root().join(format!("proto/dhakira/v1/{f}.proto"))).unwrap())
        .join("\n");
    let methods: Vec<&str> = text.split("  rpc ").collect();
    for pair in methods.windows(2) {
        let name = pair[1].split('(').next().unwrap();
        let comment = pair[0].rsplit("\n\n").next().unwrap().rsplit("returns").next().unwrap();
        let comment = if comment.contains("  //") { comment } else { pair[0] };
        assert!(comment.contains("Errors:") || name == "LookupStream", "{name} does not say its errors");
    }
}

fn documents() -> Vec<std::path::PathBuf> {
    let mut found: Vec<_> = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "glossary/README.md",
    ]
    .map(|f| root().join(f))
    .to_vec();
    let pages = fs::read_dir(root().join("docs")).unwrap().map(|e| e.unwrap().path());
    found.extend(pages.filter(|page| page.is_file()));
    found
}

#[test]
fn paths_in_the_documents_exist() {
    let tops = ["src/", "tests/", "docs/", "proto/", "glossary/", "benches/", ".ci/", ".github/"];
    let mut checked = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap_or_else(|e| panic!("{}: {e}", document.display()));
        for quoted in text.split('`').skip(1).step_by(2) {
            let path = quoted.trim_end_matches(['.', ',', ':']);
            if tops.iter().any(|t| path.starts_with(t)) && !path.contains([' ', '*', '{', '<', '\n']) {
                checked += 1;
                assert!(root().join(path).exists(), "{}: `{path}` is not there", document.display());
            }
        }
    }
    assert!(checked > 20, "{checked}");
}

#[test]
fn long_files_say_why() {
    fn walk(folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path);
                continue;
            }
            // Only code is checked, because a list of words may be of any length.
            if path.extension().is_none_or(|e| e != "rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let lines = text.lines().count();
            let says_why =
                text.lines().take_while(|l| l.starts_with("//!")).any(|l| l.contains("long because"));
            assert!(lines <= 600 || says_why, "{} has {lines} lines", path.display());
        }
    }
    walk(&root().join("src"));
}
