//! Reading the project's own source files, for the tests of its words and messages.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Lists the files below a folder that have an extension, without the folders of other tools.
pub(crate) fn files(folder: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["target", ".git", ".tools", "node_modules", "store", "corpus", "artifacts"]
                .contains(&name.as_str())
            {
                files(&path, extensions, found);
            }
        } else if path.extension().is_some_and(|e| extensions.iter().any(|x| e == *x)) {
            found.push(path);
        }
    }
}

/// Rust code, split into comments, string literals and the rest. Comments and strings have the
/// number of their first line.
pub(crate) struct SplitSource {
    pub(crate) comments: Vec<(usize, String)>,
    pub(crate) strings: Vec<(usize, String)>,
    pub(crate) rest: String,
}

/// Splits Rust code.
pub(crate) fn split_rust(code: &str) -> SplitSource {
    let chars: Vec<char> = code.chars().collect();
    let (mut comments, mut strings, mut rest) = (Vec::new(), Vec::new(), String::new());
    let (mut i, mut line) = (0, 1);
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    while i < chars.len() {
        let c = at(i);
        if c == '/' && at(i + 1) == '/' {
            let start = i;
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
            comments.push((line, chars[start..i].iter().collect()));
        } else if c == 'r' && matches!(at(i + 1), '"' | '#') && !at(i.wrapping_sub(1)).is_alphanumeric() {
            let hashes = chars[i + 1..].iter().take_while(|c| **c == '#').count();
            if at(i + 1 + hashes) != '"' {
                rest.push(c);
                i += 1;
                continue;
            }
            let (first, start) = (line, i + 2 + hashes);
            i = start;
            while i < chars.len()
                && !(at(i) == '"'
                    && chars[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes)
            {
                line += usize::from(at(i) == '\n');
                i += 1;
            }
            strings.push((first, chars[start..i.min(chars.len())].iter().collect()));
            i += 1 + hashes;
        } else if c == '"' {
            let (first, start) = (line, i + 1);
            i += 1;
            while i < chars.len() && at(i) != '"' {
                line += usize::from(at(i) == '\n');
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            strings.push((first, chars[start..i.min(chars.len())].iter().collect()));
            i += 1;
        } else if c == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            // A character literal, not a lifetime.
            i += if at(i + 1) == '\\' { 3 } else { 2 };
            while i < chars.len() && at(i) != '\'' {
                i += 1;
            }
            i += 1;
        } else {
            line += usize::from(c == '\n');
            rest.push(c);
            i += 1;
        }
    }
    SplitSource { comments, strings, rest }
}
