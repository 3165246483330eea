//! The folding rules, for characters with or without their places on the surface.
//!
//! [`super::fold`] has a faster path for most texts. The rules here are for the other texts,
//! and for [`super::fold_map`], which maps folded text back to the surface.

use unicode_normalization::{
    IsNormalized, UnicodeNormalization, char::canonical_combining_class, is_nfc_quick,
};

use super::{
    arabic::letters::{
        digit_value, is_arabic_letter, is_invisible, is_joiner, is_mark, is_presentation_form,
        phrase_of_ligature,
    },
    fold_char::{FoldChar, FoldSet},
    fold_references::resolve_references,
    fold_spacing::{drop_inner_spaces, normalize_spaces},
    fold_spelling::{join_single_quotes, respell, ungroup},
};
use crate::score::Fold;

/// Returns whether a character is punctuation before which level *folded* removes white space.
fn closes_at_level_folded(c: char) -> bool {
    matches!(c, '.' | ',' | '،' | ';' | '؛' | ':' | '?' | '؟' | '!' | '٫' | '٬' | '．' | '，')
}

/// Returns whether a character is punctuation before which level *same* removes white space.
pub(super) fn closes_at_level_same(c: char) -> bool {
    matches!(c, '.' | '،' | '؛' | ':' | '؟' | '!')
}

/// Folds a text at level *same*.
pub(super) fn same_by_rules<F: FoldChar>(text: impl Iterator<Item = F>) -> Vec<F> {
    let mut visible: Vec<F> = Vec::with_capacity(text.size_hint().0);
    // A phrase in one character that was written before, which a space separates from the next word.
    let mut phrase: Option<F> = None;
    for f in text.filter(|f| !is_invisible(f.char())) {
        let c = f.char();
        if let Some(space) = phrase.take_if(|_| !is_joiner(c))
            && (c.is_alphanumeric() || is_presentation_form(c))
        {
            visible.push(space.with_char(' '));
        }
        if !is_presentation_form(c) {
            visible.push(f);
            continue;
        }
        if let Some(words) = phrase_of_ligature(c) {
            if visible.last().is_some_and(|before| ends_word(before.char())) {
                visible.push(f.with_char(' '));
            }
            visible.extend(words.chars().map(|d| f.with_char(d)));
            phrase = Some(f);
        } else {
            // An isolated mark decomposes to a space and the mark, but the text has no space there.
            let decomposed = c.nfkc().filter(|d| *d != ' ' && !is_invisible(*d));
            visible.extend(decomposed.map(|d| f.with_char(d)));
        }
    }
    // Composing reorders marks, so it decides what is beside a joiner; and dropping a joiner lets more
    // characters compose. The loop ends, because each round but the last drops a joiner.
    let mut composed = compose(visible);
    while drop_joiners(&mut composed) {
        composed = compose(composed);
    }
    normalize_spaces(composed, closes_at_level_same)
}

/// Returns whether a space separates a character from a phrase in one character that follows.
fn ends_word(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c) || is_joiner(c)
}

/// Folds a text at level *folded*, but only with the folds of a set.
pub(super) fn folded_by_rules<F: FoldChar>(text: impl Iterator<Item = F>, set: FoldSet) -> Vec<F> {
    let (text, resolved) = resolve_references(fold_once(same_by_rules(text), set), set);
    // The characters of the references are folded, too. They do not make another reference.
    if resolved { fold_once(same_by_rules(text.into_iter()), set) } else { text }
}

/// Folds a text of level *same*, apart from character references.
fn fold_once<F: FoldChar>(mut text: Vec<F>, set: FoldSet) -> Vec<F> {
    if set.has(Fold::Tashkeel) {
        text.retain(|f| !is_mark(f.char()));
    }
    // Before the spaces in brackets, because punctuation closes only before white space: `نعم ، )`.
    text = normalize_spaces(text, closes_at_level_folded);
    text = respell(drop_inner_spaces(text, set), set);
    let mut next = None;
    let mut next_last = false;
    for f in text.iter_mut().rev() {
        let c = f.char();
        let last = !next.is_some_and(is_letter_or_mark);
        // In شىء the ى is written for ي.
        let before_last_hamza = c == 'ى' && next.is_some_and(folds_to_hamza) && next_last;
        *f = f.with_char(fold_letter(c, last || before_last_hamza, set));
        (next, next_last) = (Some(c), last);
    }
    if set.has(Fold::Punctuation) {
        text = write_out_dots(text);
    }
    // A non-joiner after ى or ة has done its work.
    drop_joiners(&mut text);
    text = normalize_spaces(compose(text), closes_at_level_folded);
    if set.has(Fold::Quotes) {
        text = join_single_quotes(text);
    }
    if set.has(Fold::Digits) { ungroup(text) } else { text }
}

/// Writes an ellipsis as dots.
fn write_out_dots<F: FoldChar>(text: Vec<F>) -> Vec<F> {
    let dots = |c| match c {
        '…' => 3,
        '‥' => 2,
        _ => 0,
    };
    if text.iter().all(|f| dots(f.char()) == 0) {
        return text;
    }
    let written = text.into_iter().flat_map(|f| match dots(f.char()) {
        0 => std::iter::repeat_n(f, 1),
        count => std::iter::repeat_n(f.with_char('.'), count),
    });
    written.collect()
}

fn is_letter_or_mark(c: char) -> bool {
    is_arabic_letter(c) || is_mark(c)
}

/// Returns whether a letter is ء when folded.
pub(super) fn folds_to_hamza(c: char) -> bool {
    matches!(c, 'ء' | 'ؤ' | 'ئ')
}

/// Folds a character; `last` means that no Arabic letter or mark follows.
pub(super) fn fold_letter(c: char, last: bool, set: FoldSet) -> char {
    let (fold, to) = match c {
        'أ' | 'إ' | 'آ' | 'ٱ' => (Fold::Hamza, 'ا'),
        'ؤ' | 'ئ' => (Fold::Hamza, 'ء'),
        'ى' if last => (Fold::Yeh, 'ي'),
        '\u{06CC}' => (Fold::Yeh, 'ي'),
        'ة' if last => (Fold::TehMarbuta, 'ه'),
        '\u{06A9}' => (Fold::LetterShape, 'ك'),
        '\u{06C1}' | '\u{06D5}' => (Fold::LetterShape, 'ه'),
        // The ف of foreign words, and of the Maghreb.
        'ڤ' | 'ڥ' | 'ڢ' => (Fold::LetterShape, 'ف'),
        'ڧ' => (Fold::LetterShape, 'ق'),
        '،' => (Fold::Punctuation, ','),
        '؛' => (Fold::Punctuation, ';'),
        '؟' => (Fold::Punctuation, '?'),
        '٫' => (Fold::Digits, '.'),
        '٬' => (Fold::Digits, ','),
        '٪' | '％' => (Fold::Digits, '%'),
        '．' => (Fold::Digits, '.'),
        '，' => (Fold::Digits, ','),
        '０'..='９' => (Fold::Digits, fullwidth_digit(c)),
        '\u{2010}'..='\u{2015}' | '−' | '－' => (Fold::Punctuation, '-'),
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => (Fold::Quotes, '"'),
        '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' => (Fold::Quotes, '\''),
        _ => {
            if let Some(value) = digit_value(c) {
                (Fold::Digits, char::from(b'0' + value))
            } else {
                (Fold::Case, lower(c))
            }
        }
    };
    if set.has(fold) { to } else { c }
}

/// Returns the ASCII digit of a fullwidth one.
fn fullwidth_digit(c: char) -> char {
    u8::try_from(u32::from(c) - 0xFF10).map_or(c, |value| char::from(b'0' + value))
}

/// Returns the lower case of a letter if it is one character, else the letter itself.
fn lower(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    if ('\u{0600}'..='\u{06FF}').contains(&c) {
        return c;
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(l), None) => l,
        _ => c,
    }
}

/// Composes a text to NFC, piece by piece. A piece starts at a character that does not compose with
/// those before it.
fn compose<F: FoldChar>(text: Vec<F>) -> Vec<F> {
    if is_nfc_quick(text.iter().map(|f| f.char())) == IsNormalized::Yes {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    for piece in text.chunk_by(|_, next| !starts_piece(next.char())) {
        let (Some(first), Some(last)) = (piece.first(), piece.last()) else { continue };
        let chars = piece.iter().map(|f| f.char());
        if piece.len() == 1 && starts_piece(first.char()) || is_nfc_quick(chars.clone()) == IsNormalized::Yes
        {
            out.extend_from_slice(piece);
        } else {
            let whole = first.merged_with(*last);
            out.extend(chars.nfc().map(|c| whole.with_char(c)));
        }
    }
    out
}

/// Returns whether a character does not compose with those before it.
fn starts_piece(c: char) -> bool {
    canonical_combining_class(c) == 0 && is_nfc_quick(std::iter::once(c)) == IsNormalized::Yes
}

/// Drops joiners beside Arabic letters or marks; other joiners between do not count. Returns whether
/// it dropped any.
///
/// A non-joiner between ى or ة and a letter stays, because without it the letter would have another shape:
/// دى‌دي is not دىدي.
fn drop_joiners<F: FoldChar>(text: &mut Vec<F>) -> bool {
    if !text.iter().any(|f| is_joiner(f.char())) {
        return false;
    }
    // Runs of joiners and runs of other characters in turn.
    let mut runs = Vec::with_capacity(text.len());
    for run in text.chunk_by(|a, b| is_joiner(a.char()) == is_joiner(b.char())) {
        runs.push((run, run.first().is_some_and(|f| is_joiner(f.char()))));
    }
    let mut all: Vec<F> = Vec::with_capacity(text.len());
    for (n, (run, joiners)) in runs.iter().enumerate() {
        if *joiners && ends_final_letter(&runs, n) {
            all.extend(run.iter().find(|f| f.char() == NON_JOINER));
        } else if !(*joiners && is_beside_arabic(&runs, n)) {
            all.extend_from_slice(run);
        }
    }
    let dropped = all.len() < text.len();
    *text = all;
    dropped
}

const NON_JOINER: char = '\u{200C}';

/// Returns whether a run of joiners has a non-joiner that keeps a letter in its final shape.
fn ends_final_letter<F: FoldChar>(runs: &[(&[F], bool)], n: usize) -> bool {
    let before = n.checked_sub(1).and_then(|b| runs.get(b)).map(|(run, _)| *run).unwrap_or_default();
    let letter = before.iter().rev().map(|f| f.char()).find(|c| !is_mark(*c));
    let next = runs.get(n + 1).and_then(|(run, _)| run.first());
    matches!(letter, Some('ى' | 'ة'))
        && next.is_some_and(|f| is_arabic_letter(f.char()))
        && runs.get(n).is_some_and(|(run, _)| run.iter().any(|f| f.char() == NON_JOINER))
}

/// Returns whether the character before or after a run is an Arabic letter or a mark.
fn is_beside_arabic<F: FoldChar>(runs: &[(&[F], bool)], n: usize) -> bool {
    let before = n.checked_sub(1).and_then(|b| runs.get(b)).and_then(|(run, _)| run.last());
    let after = runs.get(n + 1).and_then(|(run, _)| run.first());
    [before, after].into_iter().flatten().any(|f| is_letter_or_mark(f.char()))
}
