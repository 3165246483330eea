//! Guillemets that point the wrong way.

use super::findings::{Findings, LintKind};
use crate::text::arabic::letters::is_arabic_letter;

pub(crate) fn find(found: &mut Findings<'_>) {
    let text = found.text;
    let mut line = 0;
    for piece in text.split_inclusive(['\n', '\r', '\u{2029}']) {
        in_line(found, line, piece);
        line += piece.len();
    }
}

fn in_line(found: &mut Findings<'_>, start: usize, line: &str) {
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
            // » opens what stands right behind it.
            '»' => letter_after && !letter_before && open == 0,
            // « closes what stands right before it.
            _ => !space_before && space_after && !ends_in_lone_proclitic(head),
        };
        // Spaces on both sides tell nothing: a » that nothing opened, with a « to come.
        let unopened = *c == '»' && open == 0 && marks.get(n + 1).is_some_and(|(_, next)| *next == '«');
        let owed = *c == '«'
            && n > 0
            && reversed.get(n - 1) == Some(&true)
            && marks.get(n - 1).is_some_and(|(_, b)| *b == '»');
        let is_reversed = wrong || unopened || owed && !(letter_after && space_before);
        if let Some(told) = reversed.get_mut(n) {
            *told = is_reversed;
        }
        let opens = (*c == '«') != is_reversed;
        open = if opens { open + 1 } else { open.saturating_sub(1) };
    }
    for ((at, c), _) in marks.iter().zip(&reversed).filter(|(_, reversed)| **reversed) {
        let (right, what) = if *c == '«' { ('»', "closes") } else { ('«', "opens") };
        let range = start + at..start + at + c.len_utf8();
        let reason = format!("'{c}' {what} a quotation here and points the wrong way: write '{right}'");
        found.add(LintKind::ReversedGuillemet, range, reason, Some(right.to_string()));
    }
}

/// Says whether a text ends in و, ف, ب, ل or ك that stands alone: it clings to what follows.
fn ends_in_lone_proclitic(text: &str) -> bool {
    let mut back = text.chars().rev();
    back.next().is_some_and(|c| matches!(c, 'و' | 'ف' | 'ب' | 'ل' | 'ك'))
        && back.next().is_none_or(|c| !is_arabic_letter(c))
}
