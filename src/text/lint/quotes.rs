//! Finds guillemets that point the wrong way.

use super::findings::{Findings, LintKind};
use crate::text::arabic::letters::is_arabic_letter;

pub(crate) fn find(found: &mut Findings<'_>) {
    let text = found.text;
    let mut line = 0;
    for piece in text.split_inclusive(['\n', '\r', '\u{2029}']) {
        find_in_line(found, line, piece);
        line += piece.len();
    }
}

fn find_in_line(found: &mut Findings<'_>, start: usize, line: &str) {
    if !line.contains(is_arabic_letter) {
        return;
    }
    let marks: Vec<(usize, char)> = line.char_indices().filter(|(_, c)| matches!(c, '«' | '»')).collect();
    let mut reversed = vec![false; marks.len()];
    let mut open = 0usize;
    for (n, (at, c)) in marks.iter().enumerate() {
        let head = line.get(..*at).unwrap_or_default();
        let tail = line.get(at + c.len_utf8()..).unwrap_or_default();
        let space_before =
            head.chars().next_back().is_none_or(|b| b.is_whitespace() || matches!(b, '(' | '['));
        let space_after = tail.chars().next().is_none_or(|b| b.is_whitespace() || ".،؛:؟!,)]".contains(b));
        let letter_before = head.ends_with(char::is_alphanumeric) && !ends_in_lone_proclitic(head);
        let letter_after = tail.starts_with(char::is_alphanumeric);
        let wrong = match c {
            // » is wrong if it opens a quotation: a letter follows it directly.
            '»' => letter_after && !letter_before && open == 0,
            // « is wrong if it closes a quotation: it directly follows the quoted text.
            _ => !space_before && space_after && !ends_in_lone_proclitic(head),
        };
        // Between spaces, » is wrong if no quotation is open and a « comes next.
        let unopened = *c == '»' && open == 0 && marks.get(n + 1).is_some_and(|(_, next)| *next == '«');
        let owed = *c == '«'
            && n > 0
            && reversed.get(n - 1) == Some(&true)
            && marks.get(n - 1).is_some_and(|(_, b)| *b == '»');
        let is_reversed = wrong || unopened || owed && !(letter_after && space_before);
        if let Some(reversed) = reversed.get_mut(n) {
            *reversed = is_reversed;
        }
        let opens = (*c == '«') != is_reversed;
        open = if opens { open + 1 } else { open.saturating_sub(1) };
    }
    for ((at, c), _) in marks.iter().zip(&reversed).filter(|(_, reversed)| **reversed) {
        let (right, verb) = if *c == '«' { ('»', "closes") } else { ('«', "opens") };
        let range = start + at..start + at + c.len_utf8();
        let reason = format!("'{c}' {verb} a quotation here and points the wrong way: write '{right}'");
        found.add(LintKind::ReversedGuillemet, range, reason, Some(right.to_string()));
    }
}

/// Returns whether a text ends in a single و, ف, ب, ل or ك. It is a proclitic of the next word.
fn ends_in_lone_proclitic(text: &str) -> bool {
    let mut back = text.chars().rev();
    back.next().is_some_and(|c| matches!(c, 'و' | 'ف' | 'ب' | 'ل' | 'ك'))
        && back.next().is_none_or(|c| !is_arabic_letter(c))
}
