//! Finds Arabic that was decoded with the wrong encoding: UTF-8 as Windows-1252
//! or Windows-1256, and Windows-1256 as Windows-1252.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252, WINDOWS_1256};

use super::findings::{Findings, LintKind};
use crate::text::arabic::letters::{is_arabic_letter, is_mark};

/// The mistakes: the right encoding, and the one that was used.
const ENCODING_MISTAKES: [(&Encoding, &Encoding); 3] =
    [(UTF_8, WINDOWS_1252), (UTF_8, WINDOWS_1256), (WINDOWS_1256, WINDOWS_1252)];

pub(crate) fn find(found: &mut Findings<'_>) {
    let text = found.text;
    let mut at = 0;
    // Words that may be of another language. They count only if another word is surely Windows-1256.
    let mut doubtful = Vec::new();
    let mut sure = false;
    // Split only at ASCII white space, because a no-break space may be a byte of garbled letters.
    for word in text.split_inclusive(|c: char| c.is_ascii_whitespace()) {
        let start = at + (word.len() - word.trim_start_matches(|c: char| c.is_ascii()).len());
        at += word.len();
        // ASCII characters at the ends of a word (quotes, full stops) are not part of the mistake.
        let inner = word.trim_matches(|c: char| c.is_ascii());
        let range = start..start + inner.len();
        for (truth, taken) in ENCODING_MISTAKES.into_iter().filter(|_| !inner.is_empty()) {
            let Some(mended) = decode_again(inner, truth, taken) else { continue };
            let reason = format!("{} that was decoded as {}: decode it again", truth.name(), taken.name());
            if truth == WINDOWS_1256 && is_cased_like_a_word(inner) {
                doubtful.push((range, reason, mended));
            } else {
                sure |= truth == WINDOWS_1256;
                found.add(LintKind::Mojibake, range, reason, Some(mended));
            }
            break;
        }
    }
    for (range, reason, mended) in doubtful.into_iter().filter(|_| sure) {
        found.add(LintKind::Mojibake, range, reason, Some(mended));
    }
}

/// Returns the right word, if a mistake made this one.
fn decode_again(word: &str, truth: &'static Encoding, taken: &'static Encoding) -> Option<String> {
    let (bytes, _, unmappable) = taken.encode(word);
    if unmappable {
        return None;
    }
    let text = truth.decode_without_bom_handling_and_without_replacement(&bytes)?;
    let letters = text.chars().filter(|c| is_letter_or_mark(*c)).count();
    let fits = if truth == UTF_8 {
        letters >= 2
    } else {
        letters >= 2 && text.chars().all(|c| is_letter_or_mark(c) || matches!(c, '،' | '؛' | '؟'))
    };
    fits.then(|| text.into_owned())
}

fn is_letter_or_mark(c: char) -> bool {
    is_arabic_letter(c) || is_mark(c)
}

/// Returns whether no letter is small, or none after the first is a capital, as people write words.
fn is_cased_like_a_word(word: &str) -> bool {
    let all_capitals = word.chars().all(|c| !c.is_lowercase());
    let rest_small = word.chars().skip(1).all(|c| !c.is_uppercase());
    all_capitals || rest_small
}
