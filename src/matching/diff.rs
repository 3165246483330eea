//! Compares a stored source with the text asked for, word by word.
//!
//! First the words are aligned; they are equal if they are so at level *same*. Then the difference inside a
//! replaced word is narrowed to the characters between its common ends, but never between a letter and its
//! marks. For example, كتب and كَتب differ in ك and كَ.

use std::{borrow::Cow, ops::Range};

use rustc_hash::{FxBuildHasher, FxHashMap};
use unicode_normalization::char::is_combining_mark;

use crate::text::{common_affixes, fold_word_to_same, words};

/// The kind of a span of a diff.
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

/// One span of a diff. The spans cover both texts in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffSpan {
    /// Its kind.
    pub operation: DiffOperation,
    /// Byte range in the stored source.
    pub stored: Range<usize>,
    /// Byte range in the text asked for.
    pub asked: Range<usize>,
}

/// The most cells of the word alignment in one diff. Texts that need more (two of about 2,000 words) are
/// compared by their common ends only.
const MAX_DIFF_CELLS: usize = 4_000_000;

/// Compares two texts as they are written. Returns no spans if they are equal.
#[must_use]
pub fn diff(stored: &str, asked: &str) -> Vec<DiffSpan> {
    if stored == asked {
        return Vec::new();
    }
    let (head, tail) = whole_ends(stored, asked);
    between(stored, asked, head, tail).unwrap_or_else(|| between(stored, asked, 0, 0).unwrap_or_default())
}

/// Returns how many bytes two texts share at the start and at the end, reduced to places where a piece begins
/// in both texts. The text between these ends can then be cut into pieces on its own.
fn whole_ends(a: &str, b: &str) -> (usize, usize) {
    let (head, tail) = common_affixes(a, b);
    let bytes = a.as_bytes();
    // The last place before a run of spaces.
    let head = (1..head).rev().find(|at| {
        bytes.get(*at) == Some(&b' ') && is_not_space(a.get(..*at).and_then(|t| t.chars().next_back()))
    });
    // The first place after one.
    let from = a.len() - tail;
    let after = (from + 1..a.len()).find(|at| {
        bytes.get(*at - 1) == Some(&b' ') && is_not_space(a.get(*at..).and_then(|t| t.chars().next()))
    });
    (head.unwrap_or(0), after.map_or(0, |at| a.len() - at))
}

fn is_not_space(c: Option<char>) -> bool {
    c.is_some_and(|c| !c.is_whitespace())
}

/// Compares two texts between ends that are known to be equal. Returns `None` if one of the texts has no
/// piece there that differs, because how far the equal ends reach can then be decided on the whole texts
/// only.
fn between(stored: &str, asked: &str, same_head: usize, same_tail: usize) -> Option<Vec<DiffSpan>> {
    let a = pieces(stored, same_head..stored.len() - same_tail);
    let b = pieces(asked, same_head..asked.len() - same_tail);
    let head = a.iter().zip(&b).take_while(|(x, y)| x.equals(stored, y, asked)).count();
    let whole = same_head == 0 && same_tail == 0;
    if !whole && head == a.len().min(b.len()) {
        return None;
    }
    let backwards = a.iter().skip(head).rev().zip(b.iter().skip(head).rev());
    let tail = backwards.take_while(|(x, y)| x.equals(stored, y, asked)).count();
    let mut out = DiffBuilder::default();
    out.push(DiffOperation::Equal, &(0..same_head), &(0..same_head));
    // Only the pieces between the common ends need keys.
    let mut keys = WordKeys::with_capacity_and_hasher(a.len(), FxBuildHasher);
    let a_keyed = to_tokens(stored, a.get(head..a.len() - tail).unwrap_or_default(), &mut keys);
    let b_keyed = to_tokens(asked, b.get(head..b.len() - tail).unwrap_or_default(), &mut keys);
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

/// A piece with its key.
#[derive(Debug)]
struct DiffToken {
    key: TokenKey,
    range: Range<usize>,
}

/// Identifies a token at level *same*: equal tokens have equal keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TokenKey(u32);

/// A piece of a text: a word, a run of white space, or any other character.
#[derive(Debug)]
struct DiffPiece {
    kind: PieceKind,
    range: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PieceKind {
    Word,
    Space,
    Other(char),
}

impl DiffPiece {
    /// Returns whether two pieces are equal at level *same*.
    fn equals(&self, text: &str, other: &Self, other_text: &str) -> bool {
        let (own, others) = (text.get(self.range.clone()), other_text.get(other.range.clone()));
        self.kind == other.kind
            && (self.kind != PieceKind::Word
                || own == others
                || own.is_some_and(|own| {
                    others.is_some_and(|others| fold_word_to_same(own) == fold_word_to_same(others))
                }))
    }

    /// Makes the token of a piece; a new word gets the next key.
    fn to_token<'t>(&self, text: &'t str, keys: &mut WordKeys<'t>) -> DiffToken {
        let key = match self.kind {
            PieceKind::Space => TokenKey::SPACE,
            PieceKind::Other(c) => TokenKey::other(c),
            PieceKind::Word => {
                let next = TokenKey::word(u32::try_from(keys.len()).unwrap_or(u32::MAX));
                *keys
                    .entry(fold_word_to_same(text.get(self.range.clone()).unwrap_or_default()))
                    .or_insert(next)
            }
        };
        DiffToken { key, range: self.range.clone() }
    }
}

impl TokenKey {
    const SPACE: Self = Self(u32::MAX);

    fn word(number: u32) -> Self {
        Self(number << 1)
    }

    fn other(c: char) -> Self {
        Self(u32::from(c) << 1 | 1)
    }
}

fn to_tokens<'t>(text: &'t str, pieces: &[DiffPiece], keys: &mut WordKeys<'t>) -> Vec<DiffToken> {
    pieces.iter().map(|piece| piece.to_token(text, keys)).collect()
}

/// The keys of the words of both texts.
type WordKeys<'t> = FxHashMap<Cow<'t, str>, TokenKey>;

/// Cuts a range of a text into words, runs of white space and single other characters.
fn pieces(text: &str, stretch: Range<usize>) -> Vec<DiffPiece> {
    let offset = stretch.start;
    let text = text.get(stretch).unwrap_or_default();
    let words = words(text);
    let mut found: Vec<DiffPiece> = Vec::with_capacity(2 * words.len() + 1);
    let mut at = 0;
    for word in words {
        push_gap(text.get(at..word.start).unwrap_or_default(), offset + at, &mut found);
        found.push(DiffPiece { kind: PieceKind::Word, range: offset + word.start..offset + word.end });
        at = word.end;
    }
    push_gap(text.get(at..).unwrap_or_default(), offset + at, &mut found);
    found
}

/// Appends the pieces of the text between two words, which begins at `offset`.
fn push_gap(gap: &str, offset: usize, found: &mut Vec<DiffPiece>) {
    for (at, c) in gap.char_indices() {
        let range = offset + at..offset + at + c.len_utf8();
        match found.last_mut() {
            Some(last)
                if c.is_whitespace() && last.kind == PieceKind::Space && last.range.end == range.start =>
            {
                last.range.end = range.end;
            }
            _ if c.is_whitespace() => found.push(DiffPiece { kind: PieceKind::Space, range }),
            _ => found.push(DiffPiece { kind: PieceKind::Other(c), range }),
        }
    }
}

/// The lengths of the longest common subsequences of all pairs of suffixes of two token sequences.
///
/// They are computed by Hyyrö's bit-parallel algorithm, from the ends: bit j of row i is clear if token j of
/// b, counted from its end, makes the longest common subsequence with a[i..] longer.
struct SubsequenceLengths {
    rows: Vec<u64>,
    /// Words of 64 bits in a row.
    words: usize,
    /// Tokens of b.
    tokens: usize,
}

impl SubsequenceLengths {
    fn new(a: &[DiffToken], b: &[DiffToken]) -> Self {
        let words = b.len().div_ceil(64);
        let mut numbers = FxHashMap::with_capacity_and_hasher(a.len(), FxBuildHasher);
        for token in a {
            let next = numbers.len();
            numbers.entry(token.key).or_insert(next);
        }
        // One row of bits for each distinct token of a: the places of that token in b.
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
    fn length_at(&self, i: usize, j: usize) -> u32 {
        let row = self.rows.get(i * self.words..(i + 1) * self.words).unwrap_or_default();
        let left = self.tokens.saturating_sub(j);
        let (whole, rest) = row.split_at((left / 64).min(row.len()));
        let last = rest.first().map_or(0, |word| (!word & ((1 << (left % 64)) - 1)).count_ones());
        whole.iter().map(|word| word.count_zeros()).sum::<u32>() + last
    }
}

/// Aligns the tokens between the common ends by their longest common subsequence.
fn align(a: &[DiffToken], b: &[DiffToken], stored: &str, asked: &str, out: &mut DiffBuilder) {
    let mut i = 0;
    let mut j = 0;
    if a.len().saturating_mul(b.len()) <= MAX_DIFF_CELLS {
        let common = SubsequenceLengths::new(a, b);
        while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
            if x.key == y.key {
                out.push(DiffOperation::Equal, &x.range, &y.range);
                (i, j) = (i + 1, j + 1);
                continue;
            }
            // The tokens before the next common one.
            let (from_i, from_j) = (i, j);
            while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
                if x.key == y.key && common.length_at(i, j) == common.length_at(i + 1, j + 1) + 1 {
                    break;
                }
                if common.length_at(i + 1, j) >= common.length_at(i, j + 1) { i += 1 } else { j += 1 }
            }
            if a.get(i).is_none() || b.get(j).is_none() {
                (i, j) = (a.len(), b.len());
            }
            push_difference(
                a.get(from_i..i).unwrap_or_default(),
                b.get(from_j..j).unwrap_or_default(),
                stored,
                asked,
                out,
            );
        }
    }
    push_difference(a.get(i..).unwrap_or_default(), b.get(j..).unwrap_or_default(), stored, asked, out);
}

/// Appends the spans of a range without common tokens.
fn push_difference(a: &[DiffToken], b: &[DiffToken], stored: &str, asked: &str, out: &mut DiffBuilder) {
    match (range_of(a), range_of(b)) {
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

/// Returns the range from the first token to the last; `None` if there are no tokens.
fn range_of(tokens: &[DiffToken]) -> Option<Range<usize>> {
    Some(tokens.first()?.range.start..tokens.last()?.range.end)
}

/// Returns whether the text from `at` on begins with a combining mark.
fn has_mark_at(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|rest| rest.chars().next()).is_some_and(is_combining_mark)
}

/// Returns how many bytes two words share at the start and at the end, without separating a letter from its
/// marks.
fn common_ends(a: &str, b: &str) -> (usize, usize) {
    let shared = a.char_indices().zip(b.chars()).take_while(|((_, x), y)| x == y).last();
    let head = shared.map_or(0, |((at, c), _)| at + c.len_utf8());
    let head = (0..=head)
        .rev()
        .filter(|at| a.is_char_boundary(*at))
        .find(|at| !has_mark_at(a, *at) && !has_mark_at(b, *at))
        .unwrap_or(0);
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

/// The spans of a diff so far, and where they end in both texts.
#[derive(Default)]
struct DiffBuilder {
    spans: Vec<DiffSpan>,
    stored: usize,
    asked: usize,
}

impl DiffBuilder {
    /// Appends a span, or extends the last one if it has the same operation. Empty spans are left out.
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

    use super::{DiffOperation, DiffToken, SubsequenceLengths, TokenKey, between, diff};

    fn tokens(keys: &[u32]) -> Vec<DiffToken> {
        keys.iter().map(|key| DiffToken { key: TokenKey(*key), range: 0..0 }).collect()
    }

    /// Writes a diff as text: `[-deleted-]`, `{+inserted+}`.
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

    /// Generates pairs of texts that are often similar.
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
        fn skipping_equal_ends_gives_the_same_diff((stored, asked) in pairs()) {
            let whole = if stored == asked { Some(Vec::new()) } else { between(&stored, &asked, 0, 0) };
            prop_assert_eq!(Some(diff(&stored, &asked)), whole, "{} | {}", stored, asked);
        }
    }

    proptest! {
        #[test]
        fn subsequence_lengths_equal_the_full_table(a in prop::collection::vec(0_u32..5, 0..90), b in prop::collection::vec(0_u32..5, 0..150)) {
            let common = SubsequenceLengths::new(&tokens(&a), &tokens(&b));
            let mut cells = vec![vec![0_u32; b.len() + 2]; a.len() + 2];
            for i in (0..=a.len()).rev() {
                for j in (0..=b.len()).rev() {
                    if i < a.len() && j < b.len() {
                        cells[i][j] = if a[i] == b[j] { cells[i + 1][j + 1] + 1 } else { cells[i + 1][j].max(cells[i][j + 1]) };
                    }
                    prop_assert_eq!(common.length_at(i, j), cells[i][j], "{} {}", i, j);
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
