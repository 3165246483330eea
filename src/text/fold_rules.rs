//! The folding rules, for characters with or without their places on the surface.
//!
//! [`super::fold`] has a faster path for most texts. The rules here are for the other texts,
//! and for [`super::fold_map`], which maps folded text back to the surface.

use unicode_normalization::{
    IsNormalized, UnicodeNormalization, char::canonical_combining_class, is_nfc_quick,
};

use super::arabic::letters::{
    digit_value, is_arabic_letter, is_invisible, is_joiner, is_mark, is_presentation_form,
};
use crate::score::Fold;

/// A character that the rules fold, possibly with its place.
pub(super) trait FoldChar: Copy {
    /// Returns the character.
    fn char(self) -> char;
    /// Replaces the character.
    fn with_char(self, c: char) -> Self;
    /// Merges the place of this character with that of a later one.
    fn merged_with(self, last: Self) -> Self;
}

impl FoldChar for char {
    fn char(self) -> char {
        self
    }

    fn with_char(self, c: char) -> Self {
        c
    }

    fn merged_with(self, _: Self) -> Self {
        self
    }
}

/// A set of folds to carry out.
#[derive(Clone, Copy)]
pub(super) struct FoldSet(u16);

impl FoldSet {
    /// All folds: level *folded*.
    pub(super) const ALL: Self = Self(u16::MAX);

    /// One fold alone.
    pub(super) fn only(fold: Fold) -> Self {
        Self(1 << fold as u16)
    }

    /// All folds except one.
    pub(super) fn all_but(fold: Fold) -> Self {
        Self(!(1 << fold as u16))
    }

    pub(super) fn has(self, fold: Fold) -> bool {
        self.0 & (1 << fold as u16) != 0
    }
}

/// Returns whether a character is punctuation before which level *same* removes white space.
pub(super) fn closes_at_level_same(c: char) -> bool {
    matches!(c, '.' | '،' | '؛' | ':' | '؟' | '!')
}

/// Folds a text at level *same*.
pub(super) fn same_by_rules<F: FoldChar>(text: impl Iterator<Item = F>) -> Vec<F> {
    let mut visible = Vec::with_capacity(text.size_hint().0);
    for f in text.filter(|f| !is_invisible(f.char())) {
        if is_presentation_form(f.char()) {
            // An isolated mark decomposes to a space and the mark, but the text has no space there.
            let decomposed = f.char().nfkc().filter(|d| *d != ' ' && !is_invisible(*d));
            visible.extend(decomposed.map(|d| f.with_char(d)));
        } else {
            visible.push(f);
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

/// Folds a text at level *folded*, but only with the folds of a set.
pub(super) fn folded_by_rules<F: FoldChar>(text: impl Iterator<Item = F>, set: FoldSet) -> Vec<F> {
    let mut same = same_by_rules(text);
    if set.has(Fold::Tashkeel) {
        same.retain(|f| !is_mark(f.char()));
    }
    let mut next = None;
    for f in same.iter_mut().rev() {
        let c = f.char();
        let last = !next.is_some_and(is_letter_or_mark);
        *f = f.with_char(fold_letter(c, last, set));
        next = Some(c);
    }
    let spaced = normalize_spaces(compose(same), closes_at_level_folded);
    if set.has(Fold::Quotes) { replace_remnants(spaced) } else { spaced }
}

/// Returns whether a character is punctuation before which level *folded* removes white space.
fn closes_at_level_folded(c: char) -> bool {
    matches!(c, '.' | ',' | '،' | ';' | '؛' | ':' | '?' | '؟' | '!')
}

fn is_letter_or_mark(c: char) -> bool {
    is_arabic_letter(c) || is_mark(c)
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
        '،' => (Fold::Punctuation, ','),
        '؛' => (Fold::Punctuation, ';'),
        '؟' => (Fold::Punctuation, '?'),
        '٫' => (Fold::Digits, '.'),
        '٬' => (Fold::Digits, ','),
        '٪' => (Fold::Digits, '%'),
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
fn drop_joiners<F: FoldChar>(text: &mut Vec<F>) -> bool {
    if !text.iter().any(|f| is_joiner(f.char())) {
        return false;
    }
    // Runs of joiners and runs of other characters in turn.
    let mut runs = Vec::with_capacity(text.len());
    for run in text.chunk_by(|a, b| is_joiner(a.char()) == is_joiner(b.char())) {
        runs.push((run, run.first().is_some_and(|f| is_joiner(f.char()))));
    }
    let all: Vec<F> = (0..)
        .zip(&runs)
        .filter(|(n, (_, joiners))| !(*joiners && is_beside_arabic(&runs, *n)))
        .flat_map(|(_, (run, _))| run.iter().copied())
        .collect();
    let dropped = all.len() < text.len();
    *text = all;
    dropped
}

/// Returns whether the character before or after a run is an Arabic letter or a mark.
fn is_beside_arabic<F: FoldChar>(runs: &[(&[F], bool)], n: usize) -> bool {
    let before = n.checked_sub(1).and_then(|b| runs.get(b)).and_then(|(run, _)| run.last());
    let after = runs.get(n + 1).and_then(|(run, _)| run.first());
    [before, after].into_iter().flatten().any(|f| is_letter_or_mark(f.char()))
}

/// Normalizes white space: every run becomes one space, except at the ends and before closing
/// punctuation that is followed by white space or the end, where it is removed.
fn normalize_spaces<F: FoldChar>(text: Vec<F>, closing: impl Fn(char) -> bool) -> Vec<F> {
    let mut out: Vec<F> = Vec::with_capacity(text.len());
    let mut rest = text.into_iter().peekable();
    let mut gap: Option<F> = None;
    while let Some(f) = rest.next() {
        if f.char().is_whitespace() {
            gap = Some(gap.map_or(f, |first| first.merged_with(f)));
            continue;
        }
        let closes = closing(f.char()) && rest.peek().is_none_or(|n| n.char().is_whitespace());
        if let Some(space) = gap.take()
            && !out.is_empty()
            && !closes
        {
            out.push(space.with_char(' '));
        }
        out.push(f);
    }
    out
}

/// Replaces the remnants of `&lsquo;` and similar references, with or without `&`, by quotation marks.
fn replace_remnants<F: FoldChar>(text: Vec<F>) -> Vec<F> {
    const REMNANTS: [(&str, char); 4] =
        [("lsquo;", '\''), ("rsquo;", '\''), ("ldquo;", '"'), ("rdquo;", '"')];
    if !text.windows(4).any(|w| starts_with(w, "quo;")) {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let bare = if first.char() == '&' { after } else { rest };
        let found = REMNANTS.iter().find(|(name, _)| starts_with(bare, name));
        if let Some((name, quote)) = found
            && let Some(last) = bare.get(name.len() - 1)
        {
            out.push(first.merged_with(*last).with_char(*quote));
            rest = bare.get(name.len()..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

/// Returns whether a text starts with an ASCII string.
fn starts_with<F: FoldChar>(text: &[F], prefix: &str) -> bool {
    text.len() >= prefix.len() && prefix.chars().zip(text).all(|(p, f)| p == f.char())
}
