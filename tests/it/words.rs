//! The words of comments, messages, docs and names: plain technical English.
//!
//! Earlier versions of this project were written in a private dialect ("whoever is told anew").
//! These tests keep its words out, and check that comments give reasons and examples.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::support::{
    help::{commands, help_of},
    root,
    source::{SplitSource, files, split_rust},
};

/// Words and phrases of the old dialect. Each entry is a sequence of words; `*` at the end of an
/// entry needs another word after it.
const DIALECT: [&str; 16] = [
    "told",
    "tells",
    "anew",
    "but for",
    "parted by",
    "behind",
    "whoever",
    "stands",
    "stand for",
    "is no",
    "what is kept",
    "how manyeth",
    "ails",
    "gone is fine",
    "just so",
    "taken back",
];

/// Where a phrase is allowed, and why: the end of the file's path, and what the line contains.
const ALLOWED: [(&str, &str, &str); 12] = [
    ("", "there is no", "ordinary English: nothing of that kind exists"),
    ("", "There is no", "ordinary English: nothing of that kind exists"),
    ("", "no longer", "ordinary English"),
    ("", "plaintext-behind-proxy", "the name of a flag"),
    ("", "plaintext_behind_proxy", "the name of a key of the configuration"),
    ("", "PLAINTEXT_BEHIND_PROXY", "the name of its variable"),
    ("tests/it/words.rs", "", "this file lists the words"),
    ("function_words.txt", "behind", "data: a list of English words"),
    ("irregular.txt", "told", "data: irregular verbs"),
    ("", "left behind", "ordinary English: what remains after something has gone"),
    ("", "leave behind", "ordinary English: what remains after something has gone"),
    ("verdicts.rs", "he told us", "data: a sentence to check terms in"),
];

/// A piece of prose with the line that it is on.
struct Prose {
    file: PathBuf,
    line: usize,
    text: String,
}

/// Returns the words of a text in lower case.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn dialect_in(text: &str) -> Option<&'static str> {
    let words = words(text);
    DIALECT.into_iter().find(|phrase| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        words.windows(phrase.len()).any(|window| window.iter().zip(&phrase).all(|(a, b)| a == b))
    })
}

/// Returns the dialect in a piece of prose, apart from what is allowed there.
fn forbidden_in(prose: &Prose) -> Option<&'static str> {
    let mut text = prose.text.clone();
    for (file, allowed, _) in ALLOWED {
        if prose.file.to_string_lossy().ends_with(file) {
            text = if allowed.is_empty() { String::new() } else { text.replace(allowed, " ") };
        }
    }
    dialect_in(&text)
}

/// Joins comment lines that follow one another, because a phrase may be broken between lines.
fn joined(file: &Path, lines: Vec<(usize, String)>, found: &mut Vec<Prose>) {
    let mut last: Option<Prose> = None;
    for (line, text) in lines {
        let text = text.trim_start_matches(['/', '!', '#', ' ']).to_owned();
        match &mut last {
            Some(prose) if line == prose.line + prose.text.matches('\n').count() + 1 => {
                prose.text.push('\n');
                prose.text.push_str(&text);
            }
            _ => found.extend(last.replace(Prose { file: file.to_owned(), line, text })),
        }
    }
    found.extend(last);
}

/// Splits prose at the ends of sentences, so that an allowed phrase allows one sentence only.
fn sentences(prose: Prose) -> impl Iterator<Item = Prose> {
    let Prose { file, line, text } = prose;
    let flat = text.replace('\n', " ");
    let parts: Vec<String> = flat.split_inclusive(['.', ':', ';', '|', '?']).map(str::to_owned).collect();
    parts.into_iter().map(move |text| Prose { file: file.clone(), line, text })
}

fn rust_files() -> Vec<PathBuf> {
    let mut found = vec![root().join("build.rs")];
    for folder in ["src", "tests", "benches", "examples", "fuzz"] {
        files(&root().join(folder), &["rs"], &mut found);
    }
    found
}

fn all_prose() -> Vec<Prose> {
    let mut found = Vec::new();
    for file in rust_files() {
        let SplitSource { comments, strings, .. } = split_rust(&fs::read_to_string(&file).unwrap());
        joined(&file, comments, &mut found);
        found.extend(strings.into_iter().map(|(line, text)| Prose { file: file.clone(), line, text }));
    }
    let mut texts = Vec::new();
    files(&root(), &["md", "proto", "toml"], &mut texts);
    files(&root().join(".ci"), &[""], &mut texts);
    texts
        .extend(["run", "readme", "interchange", "flips", "exact"].map(|name| root().join(".ci").join(name)));
    for file in texts {
        let lines = fs::read_to_string(&file).unwrap();
        let lines = lines.lines().enumerate().map(|(n, line)| (n + 1, line.to_owned()));
        joined(&file, lines.collect(), &mut found);
    }
    found.into_iter().flat_map(sentences).collect()
}

#[test]
fn the_old_dialect_is_gone() {
    let prose = all_prose();
    assert!(prose.len() > 10_000, "only {} sentences were found", prose.len());
    let found: Vec<String> = prose
        .iter()
        .filter_map(|p| Some((p, forbidden_in(p)?)))
        .map(|(p, phrase)| format!("{}:{}: '{phrase}' in: {}", p.file.display(), p.line, p.text.trim()))
        .collect();
    assert!(found.is_empty(), "{} places, for example:\n{}", found.len(), found.join("\n"));
}

#[test]
fn names_have_no_dialect() {
    let mut found = Vec::new();
    for file in rust_files() {
        let code = split_rust(&fs::read_to_string(&file).unwrap()).rest;
        for name in code.split(|c: char| !c.is_alphanumeric() && c != '_') {
            let parts = name.split('_').map(str::to_lowercase);
            let bad = ["told", "tells", "anew", "whoever", "ails", "manyeth"];
            if parts.into_iter().any(|part| bad.contains(&part.as_str())) {
                found.push(format!("{}: {name}", file.display()));
            }
        }
    }
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_help_of_every_command_is_plain() {
    let commands = commands();
    assert!(commands.len() > 15, "only {} commands were found", commands.len());
    for command in commands {
        let file = PathBuf::from(format!("dhakira {} --help", command.join(" ")));
        let text = help_of(&command).split_whitespace().collect::<Vec<_>>().join(" ");
        for prose in sentences(Prose { file, line: 1, text }) {
            assert_eq!(forbidden_in(&prose), None, "{}: {}", prose.file.display(), prose.text);
        }
    }
}

#[test]
fn comments_give_reasons_and_examples() {
    let (mut all, mut because, mut example) = (0, 0, 0);
    let mut sources = Vec::new();
    files(&root().join("src"), &["rs"], &mut sources);
    for file in &sources {
        let comments = split_rust(&fs::read_to_string(file).unwrap()).comments;
        let text =
            comments.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ").replace("///", " ");
        let words = words(&text);
        all += words.len();
        because += words.iter().filter(|w| *w == "because").count();
        example += words.windows(2).filter(|w| w[0] == "for" && w[1] == "example").count();
    }
    // Five in 10,000 words is the least; ripgrep and tantivy have about ten.
    assert!(because * 10_000 >= 5 * all, "{because} 'because' in {all} words");
    assert!(example * 10_000 >= 5 * all, "{example} 'for example' in {all} words");
}

#[test]
fn named_closures_are_rare() {
    let (mut lines, mut closures) = (0, 0);
    let mut sources = Vec::new();
    files(&root().join("src"), &["rs"], &mut sources);
    for file in &sources {
        for line in fs::read_to_string(file).unwrap().lines() {
            lines += 1;
            let Some((name, value)) =
                line.trim_start().strip_prefix("let ").and_then(|l| l.split_once(" = "))
            else {
                continue;
            };
            let is_name = name.trim_start_matches("mut ").chars().all(|c| c.is_alphanumeric() || c == '_');
            let value = value.strip_prefix("move ").unwrap_or(value);
            closures += usize::from(is_name && value.starts_with('|'));
        }
    }
    assert!(closures * 1_000 < 3 * lines, "{closures} named closures in {lines} lines");
}

#[test]
fn phrases_are_found_across_lines_and_beside_allowed_ones() {
    let code = "// It is what\n// is kept.\nlet s = \"a // told\"; // there is no x\n";
    let SplitSource { comments, strings, rest } = split_rust(code);
    assert_eq!(strings, [(3, "a // told".to_owned())]);
    assert!(rest.contains("let s = ") && !rest.contains("told"));
    let mut found = Vec::new();
    joined(Path::new("x.rs"), comments, &mut found);
    let phrases: Vec<_> = found.into_iter().flat_map(sentences).map(|p| forbidden_in(&p)).collect();
    assert_eq!(phrases, [Some("what is kept"), None]);
    assert_eq!(dialect_in("it is told, and so on"), Some("told"));
    assert_eq!(dialect_in("foretold"), None);
}
