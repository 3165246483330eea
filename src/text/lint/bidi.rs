//! Finds bidi controls that are not closed in their paragraph, or that close nothing (UAX 9).

use super::findings::{Findings, LintKind, code_point};

/// What a bidi control opens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BidiOpener {
    Embedding,
    Isolate,
}

pub(crate) fn find(found: &mut Findings<'_>) {
    let mut open: Vec<(BidiOpener, usize, char)> = Vec::new();
    for (at, c) in found.text.char_indices() {
        match c {
            '\u{202A}' | '\u{202B}' | '\u{202D}' | '\u{202E}' => open.push((BidiOpener::Embedding, at, c)),
            '\u{2066}'..='\u{2068}' => open.push((BidiOpener::Isolate, at, c)),
            '\u{202C}' => match open.last() {
                Some((BidiOpener::Embedding, ..)) => drop(open.pop()),
                _ => unopened(found, at, c),
            },
            '\u{2069}' => {
                // The end of an isolate ends the embeddings inside it, too.
                if open.iter().any(|(opens, ..)| *opens == BidiOpener::Isolate) {
                    while let Some((opens, at, c)) = open.pop() {
                        if opens == BidiOpener::Isolate {
                            break;
                        }
                        unclosed(found, at, c);
                    }
                } else {
                    unopened(found, at, c);
                }
            }
            '\n' | '\r' | '\u{2029}' | '\u{85}' => {
                open.drain(..).for_each(|(_, at, c)| unclosed(found, at, c));
            }
            _ => {}
        }
    }
    open.into_iter().for_each(|(_, at, c)| unclosed(found, at, c));
}

fn unclosed(found: &mut Findings<'_>, at: usize, c: char) {
    let reason =
        format!("the bidi control {} is not closed in its paragraph: close or remove it", code_point(c));
    found.add(LintKind::BidiUnbalanced, at..at + c.len_utf8(), reason, Some(String::new()));
}

fn unopened(found: &mut Findings<'_>, at: usize, c: char) {
    let reason = format!("the bidi control {} closes nothing: remove it", code_point(c));
    found.add(LintKind::BidiUnbalanced, at..at + c.len_utf8(), reason, Some(String::new()));
}
