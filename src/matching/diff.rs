//! What would turn a stored source into the text asked for.
//!
//! Words are aligned first (equal at level *same*), then what differs inside
//! a replaced word is narrowed to the characters between its common ends,
//! never between a letter and its marks.

use std::{borrow::Cow, ops::Range};

use rustc_hash::{FxBuildHasher, FxHashMap};
use unicode_normalization::char::is_combining_mark;

use crate::text::{same_word, shared_ends, words};

/// What a span of a diff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffOperation {
    /// In both texts.
    Equal,
    /// Only in the stored source.
    Delete,
    /// Only in the text asked for.
    Insert,
    /// Different in the two.
    Replace,
}

/// One piece of a diff; the pieces cover both texts in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffSpan {
    /// What it is.
    pub operation: DiffOperation,
    /// Byte range in the stored source.
    pub stored: Range<usize>,
    /// Byte range in the text asked for.
    pub asked: Range<usize>,
}

/// Cells of the word alignment that one diff may cost; texts that would need
/// more (two of some 2,000 words) are compared by their common ends only.
const MOST_CELLS: usize = 4_000_000;

/// Compares two surfaces. Equal texts have no diff.
#[must_use]
pub fn diff(stored: &str, asked: &str) -> Vec<DiffSpan> {
    if stored == asked {
        return Vec::new();
    }
    let (head, tail) = whole_ends(stored, asked);
    between(stored, asked, head, tail).unwrap_or_else(|| between(stored, asked, 0, 0).unwrap_or_default())
}

/// Returns bytes that two texts share at their ends, cut where a word or a piece between words
/// begins in both: what lies between can be cut into pieces by itself.
fn whole_ends(a: &str, b: &str) -> (usize, usize) {
    let (head, tail) = shared_ends(a, b);
    let bytes = a.as_bytes();
    let space = |at: usize| bytes.get(at) == Some(&b' ');
    // Before a run of spaces.
    let head =
        (1..head).rev().find(|at| space(*at) && is_black(a.get(..*at).and_then(|t| t.chars().next_back())));
    // Behind one.
    let from = a.len() - tail;
    let behind = (from + 1..a.len())
        .find(|at| space(*at - 1) && is_black(a.get(*at..).and_then(|t| t.chars().next())));
    (head.unwrap_or(0), behind.map_or(0, |at| a.len() - at))
}

fn is_black(c: Option<char>) -> bool {
    c.is_some_and(|c| !c.is_whitespace())
}

/// Compares what lies between ends that are the same. Nothing when one of the texts has nothing
/// there that differs: then it cannot be told there how far the ends go.
fn between(stored: &str, asked: &str, same_head: usize, same_tail: usize) -> Option<Vec<DiffSpan>> {
    let inner = |text: &str| pieces(text, same_head..text.len() - same_tail);
    let (a, b) = (inner(stored), inner(asked));
    let alike = |(x, y): &(&Piece, &Piece)| x.is_like(stored, y, asked);
    let head = a.iter().zip(&b).take_while(alike).count();
    let whole = same_head == 0 && same_tail == 0;
    if !whole && head == a.len().min(b.len()) {
        return None;
    }
    let tail = a.iter().skip(head).rev().zip(b.iter().skip(head).rev()).take_while(alike).count();
    let mut out = Spans::default();
    out.push(DiffOperation::Equal, &(0..same_head), &(0..same_head));
    // Only what lies between the common ends is numbered.
    let mut keys = Keys::with_capacity_and_hasher(a.len(), FxBuildHasher);
    let a_keyed = keyed(stored, a.get(head..a.len() - tail).unwrap_or_default(), &mut keys);
    let b_keyed = keyed(asked, b.get(head..b.len() - tail).unwrap_or_default(), &mut keys);
    for (x, y) in a.iter().zip(&b).take(head) {
        out.push(DiffOperation::Equal, &x.range, &y.range);
    }
    align(&a_keyed, &b_keyed, stored, asked, &mut out);
    let (from_a, from_b) = (a.len() - tail, b.len() - tail);
    for (x, y) in a.iter().skip(from_a).zip(b.iter().skip(from_b)) {
        out.push(DiffOperation::Equal, &x.range, &y.range);
    }
    let ends = [stored, asked].map(|text| text.len() - same_tail..text.len());
    out.push(DiffOperation::Equal, &ends[0], &ends[1]);
    Some(out.spans)
}

#[derive(Debug)]
struct Token {
    key: Key,
    range: Range<usize>,
}

/// What a token is at level *same*; equal tokens have equal keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key(u32);

/// What a text is cut into, and where it stands.
#[derive(Debug)]
struct Piece {
    kind: PieceKind,
    range: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PieceKind {
    Word,
    Space,
    Other(char),
}

impl Piece {
    fn is_like(&self, text: &str, other: &Self, other_text: &str) -> bool {
        let (own, others) = (text.get(self.range.clone()), other_text.get(other.range.clone()));
        self.kind == other.kind
            && (self.kind != PieceKind::Word
                || own == others
                || own.is_some_and(|own| others.is_some_and(|others| same_word(own) == same_word(others))))
    }

    fn keyed<'t>(&self, text: &'t str, keys: &mut Keys<'t>) -> Token {
        let key = match self.kind {
            PieceKind::Space => Key::SPACE,
            PieceKind::Other(c) => Key::other(c),
            PieceKind::Word => {
                let next = Key::word(u32::try_from(keys.len()).unwrap_or(u32::MAX));
                *keys.entry(same_word(text.get(self.range.clone()).unwrap_or_default())).or_insert(next)
            }
        };
        Token { key, range: self.range.clone() }
    }
}

impl Key {
    const SPACE: Self = Self(u32::MAX);

    fn word(number: u32) -> Self {
        Self(number << 1)
    }

    fn other(c: char) -> Self {
        Self(u32::from(c) << 1 | 1)
    }
}

fn keyed<'t>(text: &'t str, pieces: &[Piece], keys: &mut Keys<'t>) -> Vec<Token> {
    pieces.iter().map(|piece| piece.keyed(text, keys)).collect()
}

/// The words of both texts, numbered.
type Keys<'t> = FxHashMap<Cow<'t, str>, Key>;

/// Cuts a stretch of a text into words, runs of white space and single other characters.
fn pieces(text: &str, stretch: Range<usize>) -> Vec<Piece> {
    let offset = stretch.start;
    let text = text.get(stretch).unwrap_or_default();
    let words = words(text);
    let mut found: Vec<Piece> = Vec::with_capacity(2 * words.len() + 1);
    let mut at = 0;
    let cut_gap = |from: usize, to: usize, found: &mut Vec<Piece>| {
        for (i, c) in text.get(from..to).unwrap_or_default().char_indices() {
            let start = offset + from + i;
            let range = start..start + c.len_utf8();
            match found.last_mut() {
                Some(last)
                    if c.is_whitespace()
                        && last.kind == PieceKind::Space
                        && last.range.end == range.start =>
                {
                    last.range.end = range.end;
                }
                _ if c.is_whitespace() => found.push(Piece { kind: PieceKind::Space, range }),
                _ => found.push(Piece { kind: PieceKind::Other(c), range }),
            }
        }
    };
    for word in words {
        cut_gap(at, word.start, &mut found);
        found.push(Piece { kind: PieceKind::Word, range: offset + word.start..offset + word.end });
        at = word.end;
    }
    cut_gap(at, text.len(), &mut found);
    found
}

/// How long the longest common subsequences are of what is left of two texts at each place.
///
/// Hyyrö's bit-parallel way, from the ends: bit j of the row of i is clear where one more token
/// of b, counted from its end, makes the common subsequence with a[i..] longer.
struct Common {
    rows: Vec<u64>,
    words: usize,
    tokens: usize,
}

impl Common {
    fn new(a: &[Token], b: &[Token]) -> Self {
        let words = b.len().div_ceil(64);
        let mut numbers = FxHashMap::with_capacity_and_hasher(a.len(), FxBuildHasher);
        for token in a {
            let next = numbers.len();
            numbers.entry(token.key).or_insert(next);
        }
        // Where b has each token of a, one after another.
        let mut places = vec![0_u64; numbers.len() * words];
        for (at, token) in b.iter().rev().enumerate() {
            let place = numbers.get(&token.key).and_then(|number| places.get_mut(number * words + at / 64));
            if let Some(word) = place {
                *word |= 1 << (at % 64);
            }
        }
        let mut rows = vec![u64::MAX; (a.len() + 1) * words];
        for (i, token) in a.iter().enumerate().rev() {
            let (above, below) = rows.split_at_mut((i + 1) * words);
            let row = above.get_mut(i * words..).unwrap_or_default();
            let number = numbers.get(&token.key).copied().unwrap_or_default();
            let places = places.get(number * words..(number + 1) * words).unwrap_or_default();
            let mut carry = false;
            for ((to, from), place) in row.iter_mut().zip(below.iter()).zip(places) {
                let met = from & place;
                let (sum, over) = from.overflowing_add(met);
                let (sum, over_by_carry) = sum.overflowing_add(u64::from(carry));
                carry = over || over_by_carry;
                *to = sum | (from & !met);
            }
        }
        Self { rows, words, tokens: b.len() }
    }

    /// Returns the length for a[i..] and b[j..].
    fn at(&self, i: usize, j: usize) -> u32 {
        let row = self.rows.get(i * self.words..(i + 1) * self.words).unwrap_or_default();
        let left = self.tokens.saturating_sub(j);
        let (whole, rest) = row.split_at((left / 64).min(row.len()));
        let last = rest.first().map_or(0, |word| (!word & ((1 << (left % 64)) - 1)).count_ones());
        whole.iter().map(|word| word.count_zeros()).sum::<u32>() + last
    }
}

/// Aligns what lies between the common ends by the longest common
/// subsequence of tokens.
fn align(a: &[Token], b: &[Token], stored: &str, asked: &str, out: &mut Spans) {
    let mut i = 0;
    let mut j = 0;
    if a.len().saturating_mul(b.len()) <= MOST_CELLS {
        let common = Common::new(a, b);
        while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
            if x.key == y.key {
                out.push(DiffOperation::Equal, &x.range, &y.range);
                (i, j) = (i + 1, j + 1);
                continue;
            }
            // The stretch up to the next common token.
            let (from_i, from_j) = (i, j);
            while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
                if x.key == y.key && common.at(i, j) == common.at(i + 1, j + 1) + 1 {
                    break;
                }
                if common.at(i + 1, j) >= common.at(i, j + 1) { i += 1 } else { j += 1 }
            }
            if a.get(i).is_none() || b.get(j).is_none() {
                (i, j) = (a.len(), b.len());
            }
            differ(
                a.get(from_i..i).unwrap_or_default(),
                b.get(from_j..j).unwrap_or_default(),
                stored,
                asked,
                out,
            );
        }
    }
    differ(a.get(i..).unwrap_or_default(), b.get(j..).unwrap_or_default(), stored, asked, out);
}

/// Emits a stretch without a common token.
fn differ(a: &[Token], b: &[Token], stored: &str, asked: &str, out: &mut Spans) {
    let range = |t: &[Token]| Some(t.first()?.range.start..t.last()?.range.end);
    match (range(a), range(b)) {
        (None, None) => {}
        (Some(a), None) => out.push(DiffOperation::Delete, &a, &(out.asked..out.asked)),
        (None, Some(b)) => out.push(DiffOperation::Insert, &(out.stored..out.stored), &b),
        (Some(x), Some(y)) => {
            let (left, right) =
                (stored.get(x.clone()).unwrap_or_default(), asked.get(y.clone()).unwrap_or_default());
            let (head, tail) = if a.len() == 1 && b.len() == 1 { common_ends(left, right) } else { (0, 0) };
            let inner = (x.start + head..x.end - tail, y.start + head..y.end - tail);
            out.push(DiffOperation::Equal, &(x.start..inner.0.start), &(y.start..inner.1.start));
            let operation = match (inner.0.is_empty(), inner.1.is_empty()) {
                (true, _) => DiffOperation::Insert,
                (_, true) => DiffOperation::Delete,
                _ => DiffOperation::Replace,
            };
            out.push(operation, &inner.0, &inner.1);
            out.push(DiffOperation::Equal, &(inner.0.end..x.end), &(inner.1.end..y.end));
        }
    }
}

/// Returns the bytes that two words share at their start and at their end.
fn common_ends(a: &str, b: &str) -> (usize, usize) {
    let starts_mark =
        |s: &str, at: usize| s.get(at..).and_then(|r| r.chars().next()).is_some_and(is_combining_mark);
    let whole = |at: &usize| !starts_mark(a, *at) && !starts_mark(b, *at);
    let shared = a.char_indices().zip(b.chars()).take_while(|((_, x), y)| x == y).last();
    let head = shared.map_or(0, |((at, c), _)| at + c.len_utf8());
    let head = (0..=head).rev().filter(|at| a.is_char_boundary(*at)).find(whole).unwrap_or(0);
    let (rest_a, rest_b) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let mut tail = 0;
    let mut good = 0;
    for (x, y) in rest_a.chars().rev().zip(rest_b.chars().rev()) {
        if x != y {
            break;
        }
        tail += x.len_utf8();
        if !is_combining_mark(x) {
            good = tail;
        }
    }
    (head, good)
}

#[derive(Default)]
struct Spans {
    spans: Vec<DiffSpan>,
    stored: usize,
    asked: usize,
}

impl Spans {
    fn push(&mut self, operation: DiffOperation, stored: &Range<usize>, asked: &Range<usize>) {
        self.stored = stored.end;
        self.asked = asked.end;
        if stored.is_empty() && asked.is_empty() {
            return;
        }
        match self.spans.last_mut() {
            Some(last) if last.operation == operation => {
                last.stored.end = stored.end;
                last.asked.end = asked.end;
            }
            _ => self.spans.push(DiffSpan { operation, stored: stored.clone(), asked: asked.clone() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Common, DiffOperation, Key, Token, between, diff};

    fn shown(stored: &str, asked: &str) -> String {
        diff(stored, asked)
            .into_iter()
            .map(|s| {
                let (a, b) = (&stored[s.stored], &asked[s.asked]);
                match s.operation {
                    DiffOperation::Equal => b.to_owned(),
                    DiffOperation::Delete => format!("[-{a}-]"),
                    DiffOperation::Insert => format!("{{+{b}+}}"),
                    DiffOperation::Replace => format!("[-{a}-]{{+{b}+}}"),
                }
            })
            .collect()
    }

    #[test]
    fn differences_are_narrowed() {
        for (stored, asked, expected) in [
            ("وصل الوفد أمس", "وصل الوفد اليوم", "وصل الوفد [-أمس-]{+اليوم+}"),
            ("وصل وفد", "وصل الوفد", "وصل {+ال+}وفد"),
            ("لا يجوز", "يجوز", "[-لا -]يجوز"),
            ("يجوز", "لا يجوز", "{+لا +}يجوز"),
            ("كتب", "كَتب", "[-ك-]{+كَ+}تب"),
            ("نعم", "نعم", ""),
            ("قال: نعم", "قال: لا.", "قال: [-نعم-]{+لا.+}"),
        ] {
            assert_eq!(shown(stored, asked), expected);
        }
    }

    /// Texts that are often near one another.
    fn pairs() -> impl Strategy<Value = (String, String)> {
        let word = prop::sample::select(vec![
            "وصل",
            "الوفد",
            "وصـل",
            "3.5",
            "3",
            ".5",
            "،",
            "«",
            " ",
            "\u{a0}",
            "َ",
            "ب",
            "don't",
            "😀",
        ]);
        let text = prop::collection::vec(word, 0..12);
        let edits = prop::collection::vec((any::<prop::sample::Index>(), text.clone(), 0_usize..3), 1..3);
        (text, edits, prop::sample::select(vec![" ", "", "  "])).prop_map(|(a, edits, join)| {
            let mut b = a.clone();
            for (at, put, out) in edits {
                let from = at.index(b.len() + 1);
                b.splice(from..(from + out).min(b.len()), put.into_iter().take(2));
            }
            (a.join(join), b.join(" "))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn ends_that_are_the_same_need_not_be_looked_at((stored, asked) in pairs()) {
            let whole = if stored == asked { Some(Vec::new()) } else { between(&stored, &asked, 0, 0) };
            prop_assert_eq!(Some(diff(&stored, &asked)), whole, "{} | {}", stored, asked);
        }
    }

    proptest! {
        #[test]
        fn common_subsequences_are_as_cell_by_cell(a in prop::collection::vec(0_u32..5, 0..90), b in prop::collection::vec(0_u32..5, 0..150)) {
            let tokens = |keys: &[u32]| keys.iter().map(|key| Token { key: Key(*key), range: 0..0 }).collect::<Vec<_>>();
            let common = Common::new(&tokens(&a), &tokens(&b));
            let mut cells = vec![vec![0_u32; b.len() + 2]; a.len() + 2];
            for i in (0..=a.len()).rev() {
                for j in (0..=b.len()).rev() {
                    if i < a.len() && j < b.len() {
                        cells[i][j] = if a[i] == b[j] { cells[i + 1][j + 1] + 1 } else { cells[i + 1][j].max(cells[i][j + 1]) };
                    }
                    prop_assert_eq!(common.at(i, j), cells[i][j], "{} {}", i, j);
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn a_diff_covers_both_texts(stored in "[ابج َ.]{0,24}|\\PC{0,16}", asked in "[ابج َ.]{0,24}|\\PC{0,16}") {
            let spans = diff(&stored, &asked);
            prop_assert_eq!(spans.is_empty(), stored == asked);
            let (mut a, mut b) = (0, 0);
            for s in &spans {
                prop_assert_eq!((s.stored.start, s.asked.start), (a, b));
                prop_assert!(stored.get(s.stored.clone()).is_some() && asked.get(s.asked.clone()).is_some());
                (a, b) = (s.stored.end, s.asked.end);
            }
            prop_assert!(spans.is_empty() || (a, b) == (stored.len(), asked.len()));
        }
    }
}
