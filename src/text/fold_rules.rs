//! The folding rules themselves, for characters with or without their places.
//!
//! [`super::fold`] has a faster way for most texts; these are for the rest, and
//! for whoever must know where folded text comes from.

use unicode_normalization::{
    IsNormalized, UnicodeNormalization, char::canonical_combining_class, is_nfc_quick,
};

use super::arabic::letters::{
    digit_value, is_arabic_letter, is_invisible, is_joiner, is_mark, is_presentation_form,
};
use crate::score::Fold;

/// A character on its way through the rules.
pub(super) trait Folding: Copy {
    /// Returns the character.
    fn char(self) -> char;
    /// Replaces the character.
    fn with(self, c: char) -> Self;
    /// Makes one of this and a later one: what comes of both.
    fn up_to(self, last: Self) -> Self;
}

impl Folding for char {
    fn char(self) -> char {
        self
    }

    fn with(self, c: char) -> Self {
        c
    }

    fn up_to(self, _: Self) -> Self {
        self
    }
}

/// Which folds to carry out.
#[derive(Clone, Copy)]
pub(super) struct FoldSet(u16);

impl FoldSet {
    /// All of them: level *folded*.
    pub(super) const ALL: Self = Self(u16::MAX);

    /// One alone.
    pub(super) fn only(fold: Fold) -> Self {
        Self(1 << fold as u16)
    }

    /// All but one.
    pub(super) fn all_but(fold: Fold) -> Self {
        Self(!(1 << fold as u16))
    }

    pub(super) fn has(self, fold: Fold) -> bool {
        self.0 & (1 << fold as u16) != 0
    }
}

pub(super) fn closes_visibly(c: char) -> bool {
    matches!(c, '.' | '،' | '؛' | ':' | '؟' | '!')
}

/// Level *same*.
pub(super) fn same_by_rules<F: Folding>(text: impl Iterator<Item = F>) -> Vec<F> {
    let mut visible = Vec::with_capacity(text.size_hint().0);
    for f in text.filter(|f| !is_invisible(f.char())) {
        if is_presentation_form(f.char()) {
            // An isolated mark decomposes to a space and the mark: no space stood there.
            let decomposed = f.char().nfkc().filter(|d| *d != ' ' && !is_invisible(*d));
            visible.extend(decomposed.map(|d| f.with(d)));
        } else {
            visible.push(f);
        }
    }
    // Composing reorders marks, and so decides what stands beside a joiner; dropping a
    // joiner lets more compose. Each turn but the last drops one at least.
    let mut composed = composed(visible);
    while drop_joiners(&mut composed) {
        composed = self::composed(composed);
    }
    spaced(composed, closes_visibly)
}

/// Level *folded*, with some folds left out.
pub(super) fn folded_by_rules<F: Folding>(text: impl Iterator<Item = F>, set: FoldSet) -> Vec<F> {
    let mut same = same_by_rules(text);
    if set.has(Fold::Tashkeel) {
        same.retain(|f| !is_mark(f.char()));
    }
    let mut next = None;
    for f in same.iter_mut().rev() {
        let c = f.char();
        let last = !next.is_some_and(|n| is_arabic_letter(n) || is_mark(n));
        *f = f.with(fold_letter(c, last, set));
        next = Some(c);
    }
    let closes = |c| matches!(c, '.' | ',' | '،' | ';' | '؛' | ':' | '?' | '؟' | '!');
    let spaced = spaced(composed(same), closes);
    if set.has(Fold::Quotes) { without_remnants(spaced) } else { spaced }
}

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

/// Lowers a letter whose lower case is one character; others stay.
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

/// Composes to NFC, piece by piece: a piece starts where nothing composes with what stands before.
fn composed<F: Folding>(text: Vec<F>) -> Vec<F> {
    if is_nfc_quick(text.iter().map(|f| f.char())) == IsNormalized::Yes {
        return text;
    }
    let starts =
        |c: char| canonical_combining_class(c) == 0 && is_nfc_quick(std::iter::once(c)) == IsNormalized::Yes;
    let mut out = Vec::with_capacity(text.len());
    for piece in text.chunk_by(|_, next| !starts(next.char())) {
        let (Some(first), Some(last)) = (piece.first(), piece.last()) else { continue };
        let chars = || piece.iter().map(|f| f.char());
        if piece.len() == 1 && starts(first.char()) || is_nfc_quick(chars()) == IsNormalized::Yes {
            out.extend_from_slice(piece);
        } else {
            let whole = first.up_to(*last);
            out.extend(chars().nfc().map(|c| whole.with(c)));
        }
    }
    out
}

/// Drops joiners that stand beside Arabic letters, seen past other joiners;
/// says whether there were any.
fn drop_joiners<F: Folding>(text: &mut Vec<F>) -> bool {
    if !text.iter().any(|f| is_joiner(f.char())) {
        return false;
    }
    let arabic = |c: char| is_arabic_letter(c) || is_mark(c);
    let mut kept = Vec::with_capacity(text.len());
    for run in text.chunk_by(|a, b| is_joiner(a.char()) == is_joiner(b.char())) {
        kept.push((run, run.first().is_some_and(|f| is_joiner(f.char()))));
    }
    let beside = |n: usize| {
        let before = n.checked_sub(1).and_then(|b| kept.get(b)).and_then(|(run, _)| run.last());
        let after = kept.get(n + 1).and_then(|(run, _)| run.first());
        before.is_some_and(|f| arabic(f.char())) || after.is_some_and(|f| arabic(f.char()))
    };
    let all: Vec<F> = (0..)
        .zip(&kept)
        .filter(|(n, (_, joiners))| !(*joiners && beside(*n)))
        .flat_map(|(_, (run, _))| run.iter().copied())
        .collect();
    let dropped = all.len() < text.len();
    *text = all;
    dropped
}

/// Makes white space regular: one space between, none at the ends, none
/// before closing punctuation that is followed by a space or the end.
fn spaced<F: Folding>(text: Vec<F>, closing: impl Fn(char) -> bool) -> Vec<F> {
    let mut out: Vec<F> = Vec::with_capacity(text.len());
    let mut rest = text.into_iter().peekable();
    let mut gap: Option<F> = None;
    while let Some(f) = rest.next() {
        if f.char().is_whitespace() {
            gap = Some(gap.map_or(f, |first| first.up_to(f)));
            continue;
        }
        let closes = closing(f.char()) && rest.peek().is_none_or(|n| n.char().is_whitespace());
        if let Some(space) = gap.take()
            && !out.is_empty()
            && !closes
        {
            out.push(space.with(' '));
        }
        out.push(f);
    }
    out
}

/// Replaces what is left of `&lsquo;` and its like once markup was lost.
fn without_remnants<F: Folding>(text: Vec<F>) -> Vec<F> {
    const REMNANTS: [(&str, char); 4] =
        [("lsquo;", '\''), ("rsquo;", '\''), ("ldquo;", '"'), ("rdquo;", '"')];
    let starts = |text: &[F], with: &str| {
        text.len() >= with.len() && with.chars().zip(text).all(|(w, f)| w == f.char())
    };
    if !text.windows(4).any(|w| starts(w, "quo;")) {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let bare = if first.char() == '&' { after } else { rest };
        let found = REMNANTS.iter().find(|(name, _)| starts(bare, name));
        if let Some((name, quote)) = found
            && let Some(last) = bare.get(name.len() - 1)
        {
            out.push(first.up_to(*last).with(*quote));
            rest = bare.get(name.len()..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}
