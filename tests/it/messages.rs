//! Snapshots of what people read: the help of every command, and every message of the source.
//!
//! A change of a message shows in `tests/golden/`, where it is reviewed. To accept it:
//! `UPDATE_GOLDEN=1 cargo test --test it messages`

use std::{fmt::Write, fs};

use crate::support::{
    help::{commands, help_of},
    root,
    source::{files, split_rust},
};

/// Compares a text with a golden file, or writes the file if `UPDATE_GOLDEN` is set.
fn compare(file: &str, text: &str) {
    let path = root().join("tests/golden").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap();
    let differing = golden.lines().zip(text.lines()).find(|(golden, line)| golden != line);
    assert!(
        golden == text,
        "tests/golden/{file} differs, first at {differing:?}: run UPDATE_GOLDEN=1 cargo test --test it messages"
    );
}

#[test]
fn the_help_is_as_it_was_reviewed() {
    let mut all = String::new();
    for command in commands() {
        let lines: Vec<String> = help_of(&command).lines().map(|line| line.trim_end().to_owned()).collect();
        write!(
            all,
            "$ dhakira {}\n{}\n\n",
            [&command[..], &["--help".to_owned()]].concat().join(" "),
            lines.join("\n")
        )
        .unwrap();
    }
    compare("help.txt", &all);
}

/// Returns whether a string literal is a message: words with spaces between them.
fn is_message(text: &str) -> bool {
    let words = text.split(' ').filter(|w| w.chars().filter(char::is_ascii_lowercase).count() >= 2);
    words.count() >= 3
}

#[test]
fn every_message_is_as_it_was_reviewed() {
    let mut sources = Vec::new();
    files(&root().join("src"), &["rs"], &mut sources);
    sources.sort();
    let mut all = String::new();
    for path in sources {
        let code = fs::read_to_string(&path).unwrap();
        // Modules of tests are at the end of a file.
        let code = code.split("\n#[cfg(test)]\nmod ").next().unwrap();
        let messages: Vec<String> = split_rust(code)
            .strings
            .into_iter()
            .map(|(_, text)| text.split_whitespace().filter(|w| *w != "\\").collect::<Vec<_>>().join(" "))
            .filter(|text| is_message(text))
            .collect();
        if !messages.is_empty() {
            let name = path.strip_prefix(root()).unwrap().display();
            writeln!(all, "{name}").unwrap();
            for message in messages {
                writeln!(all, "    {message}").unwrap();
            }
        }
    }
    assert!(all.lines().count() > 300, "only {} lines", all.lines().count());
    compare("messages.txt", &all);
}
