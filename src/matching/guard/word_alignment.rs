//! Cuts folded texts into tokens and aligns them.

use std::ops::Range;

use crate::text::{DifferingPart, TokenKind, is_arabic_letter, tokens};

/// A token of a folded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::matching) struct TextToken {
    /// Its byte range.
    pub(in crate::matching) range: Range<usize>,
    /// Its kind.
    pub(in crate::matching) kind: TextTokenKind,
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::matching) enum TextTokenKind {
    /// A running word.
    Word,
    /// Digits and what joins them.
    Number,
    /// A placeholder or markup.
    Placeholder,
    /// A sign that counts, such as % and $, or a question mark.
    Sign,
}

/// The signs that are tokens.
const SIGNS: [char; 9] = ['%', '‰', '$', '€', '£', '¥', '₪', '﷼', '?'];

/// Returns the tokens of a folded text: words, numbers, placeholders and signs. A number that a word is
/// written onto («20كم») is a token of its own.
pub(in crate::matching) fn text_tokens(folded: &str) -> Vec<TextToken> {
    let mut found = Vec::new();
    let mut at = 0;
    for token in tokens(folded) {
        push_signs(folded, at..token.start, &mut found);
        at = token.end;
        let kind = match token.kind {
            TokenKind::Word => TextTokenKind::Word,
            TokenKind::Number => TextTokenKind::Number,
            TokenKind::Placeholder => TextTokenKind::Placeholder,
        };
        let text = folded.get(token.start..token.end).unwrap_or_default();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        let glued = kind == TextTokenKind::Word
            && digits > 0
            && text.get(digits..).is_some_and(|rest| rest.starts_with(is_arabic_letter));
        let start = if glued {
            let middle = token.start + digits;
            found.push(TextToken { range: token.start..middle, kind: TextTokenKind::Number });
            middle
        } else {
            token.start
        };
        found.push(TextToken { range: start..token.end, kind });
    }
    push_signs(folded, at..folded.len(), &mut found);
    found
}

/// Returns whether a text has a character that a placeholder can begin with. Without one, each token is between two
/// spaces, and depends on nothing outside of them.
pub(super) fn may_have_placeholder(folded: &str) -> bool {
    // Every byte is looked at, which is faster for these short texts than to stop at the first one.
    folded.bytes().fold(false, |found, b| found | matches!(b, b'%' | b'{' | b'$' | b'#' | b'<' | b'&'))
}

/// Returns the tokens of a folded text as [`text_tokens`] does, but takes those over from a similar text that are in
/// its equal start and end, and returns how many these are. Neither text may have a placeholder.
pub(super) fn text_tokens_beside(folded: &str, similar: &TokenizedText<'_>) -> (Vec<TextToken>, EqualEnds) {
    let part = DifferingPart::of(similar.text, folded);
    let (start, similar_end, end) = (part.start, part.end_in_first, part.end_in_second);
    let before = similar.tokens.partition_point(|token| token.range.end <= start);
    let after = similar.tokens.partition_point(|token| token.range.start < similar_end);
    let mut found: Vec<TextToken> = Vec::with_capacity(similar.tokens.len() + 4);
    found.extend(similar.tokens.iter().take(before).cloned());
    let own = text_tokens(folded.get(start..end).unwrap_or_default());
    found.extend(own.into_iter().map(|token| token.moved(|at| at + start)));
    let following = similar.tokens.iter().skip(after).cloned();
    found.extend(following.map(|token| token.moved(|at| at - similar_end + end)));
    (found, EqualEnds { start: before, end: similar.tokens.len() - after })
}

/// How many tokens are known to be equal in two texts, at the start and at the end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EqualEnds {
    start: usize,
    end: usize,
}

impl TextToken {
    fn moved(self, to: impl Fn(usize) -> usize) -> Self {
        Self { range: to(self.range.start)..to(self.range.end), ..self }
    }
}

fn push_signs(folded: &str, gap: Range<usize>, found: &mut Vec<TextToken>) {
    let start = gap.start;
    for (at, c) in folded.get(gap).unwrap_or_default().char_indices().filter(|(_, c)| SIGNS.contains(c)) {
        let range = start + at..start + at + c.len_utf8();
        found.push(TextToken { range, kind: TextTokenKind::Sign });
    }
}

/// A folded text with its tokens.
#[derive(Clone, Debug)]
pub(in crate::matching) struct TokenizedText<'t> {
    /// The text.
    pub(in crate::matching) text: &'t str,
    /// Its tokens.
    pub(in crate::matching) tokens: &'t [TextToken],
}

impl<'t> TokenizedText<'t> {
    /// Returns the text of a token; empty if there is no such token.
    pub(in crate::matching) fn word(&self, token: usize) -> &'t str {
        self.tokens.get(token).and_then(|t| self.text.get(t.range.clone())).unwrap_or_default()
    }

    /// Returns the kind of a token.
    pub(in crate::matching) fn kind(&self, token: usize) -> Option<TextTokenKind> {
        self.tokens.get(token).map(|t| t.kind)
    }

    /// Returns the byte range from the first to the last of some tokens. For no tokens it is the empty range
    /// where they would be.
    pub(in crate::matching) fn bytes(&self, tokens: &Range<usize>) -> Range<usize> {
        let all = self.tokens.get(tokens.clone()).unwrap_or_default();
        match (all.first(), all.last()) {
            (Some(first), Some(last)) => first.range.start..last.range.end,
            _ => {
                let at = self.tokens.get(tokens.start).map_or(self.text.len(), |t| t.range.start);
                at..at
            }
        }
    }
}

/// Tokens of two texts without a partner, between equal tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DifferingBlock {
    /// The tokens of the first text.
    pub(super) a: Range<usize>,
    /// The tokens of the second text.
    pub(super) b: Range<usize>,
    /// How many equal tokens are before it, up to the block before.
    pub(super) equal_before: usize,
    /// How many equal tokens are after it, up to the next block.
    pub(super) equal_after: usize,
}

/// The most cells of one alignment. Longer texts are one block.
const MAX_ALIGNMENT_CELLS: usize = 250_000;

/// Aligns two texts by their longest common subsequence of tokens, and returns the blocks that differ. The tokens
/// that are known to be equal are not compared again.
pub(super) fn differing_blocks(
    a: &TokenizedText<'_>,
    b: &TokenizedText<'_>,
    known: EqualEnds,
) -> Vec<DifferingBlock> {
    let (of_a, of_b) = (a.tokens.len(), b.tokens.len());
    let most = of_a.min(of_b);
    let head = known.start + (known.start..most).take_while(|n| a.word(*n) == b.word(*n)).count();
    let tail = known.end.min(most - head);
    let tail = tail + (tail + 1..=most - head).take_while(|n| a.word(of_a - n) == b.word(of_b - n)).count();
    let (inner_a, inner_b) = (head..of_a - tail, head..of_b - tail);
    let mut blocks = Vec::new();
    let (mut i, mut j) = (head, head);
    for (x, y) in common_tokens(a, b, inner_a, inner_b) {
        push_block(i..x, j..y, &mut blocks);
        (i, j) = (x + 1, y + 1);
    }
    push_block(i..of_a - tail, j..of_b - tail, &mut blocks);
    if let Some(last) = blocks.last_mut() {
        last.equal_after = of_a - last.a.end;
    }
    blocks
}

/// Adds a block unless it is empty, with the number of equal tokens since the one before.
fn push_block(a: Range<usize>, b: Range<usize>, blocks: &mut Vec<DifferingBlock>) {
    if a.is_empty() && b.is_empty() {
        return;
    }
    let equal_before = a.start - blocks.last().map_or(0, |before| before.a.end);
    if let Some(before) = blocks.last_mut() {
        before.equal_after = equal_before;
    }
    blocks.push(DifferingBlock { a, b, equal_before, equal_after: 0 });
}

/// Returns the pairs of a longest common subsequence, in order.
fn common_tokens(
    a: &TokenizedText<'_>,
    b: &TokenizedText<'_>,
    of_a: Range<usize>,
    of_b: Range<usize>,
) -> Vec<(usize, usize)> {
    let (rows, columns) = (of_a.len(), of_b.len());
    // A single word is not equal to the other one, because equal ones at the ends were taken off.
    if matches!(rows * columns, 0 | 1) || rows * columns > MAX_ALIGNMENT_CELLS {
        return Vec::new();
    }
    // Most differing parts have no word in common.
    let words_of_b: Vec<&str> = of_b.clone().map(|y| b.word(y)).collect();
    let mut equal = Vec::with_capacity(rows * columns);
    for word in of_a.clone().map(|x| a.word(x)) {
        equal.extend(words_of_b.iter().map(|other| word == *other));
    }
    if !equal.contains(&true) {
        return Vec::new();
    }
    let is_equal = |i: usize, j: usize| equal.get(i * columns + j) == Some(&true);
    let width = columns + 1;
    let mut lengths = vec![0_u32; (rows + 1) * width];
    let at = |lengths: &[u32], i: usize, j: usize| lengths.get(i * width + j).copied().unwrap_or(0);
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            let length = if is_equal(i, j) {
                at(&lengths, i + 1, j + 1) + 1
            } else {
                at(&lengths, i + 1, j).max(at(&lengths, i, j + 1))
            };
            if let Some(cell) = lengths.get_mut(i * width + j) {
                *cell = length;
            }
        }
    }
    let mut found = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < rows && j < columns {
        if is_equal(i, j) {
            found.push((of_a.start + i, of_b.start + j));
            (i, j) = (i + 1, j + 1);
        } else if at(&lengths, i + 1, j) >= at(&lengths, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        EqualEnds, TokenizedText, differing_blocks, may_have_placeholder, text_tokens, text_tokens_beside,
    };

    #[test]
    fn signs_and_glued_numbers_are_tokens() {
        let text = "دفع 5% من $20 أي 20كم؟ %s".replace('؟', "?");
        let found: Vec<_> = text_tokens(&text).into_iter().map(|t| text[t.range].to_owned()).collect();
        assert_eq!(found, ["دفع", "5", "%", "من", "$", "20", "أي", "20", "كم", "?", "%s"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn tokens_are_taken_over_from_a_similar_text(
            start in "[ab٣5.,:/€?ـُ -]{0,12}",
            end in "[ab٣5.,:/€?ـُ -]{0,12}",
            a in "[ab٣5.,:/€?ـُ -]{0,6}",
            b in "[ab٣5.,:/€?ـُ -]{0,6}",
        ) {
            let (similar, text) = (format!("{start}{a}{end}"), format!("{start}{b}{end}"));
            prop_assert!(!may_have_placeholder(&similar) && !may_have_placeholder(&text));
            let tokens = text_tokens(&similar);
            let similar = TokenizedText { text: &similar, tokens: &tokens };
            let (found, known) = text_tokens_beside(&text, &similar);
            prop_assert_eq!(&found, &text_tokens(&text));
            let text = TokenizedText { text: &text, tokens: &found };
            let blocks = differing_blocks(&similar, &text, EqualEnds::default());
            prop_assert_eq!(differing_blocks(&similar, &text, known), blocks);
        }

        #[test]
        fn tokens_outside_of_blocks_are_equal(a in "([a-d] ){0,9}", b in "([a-d] ){0,9}") {
            let (of_a, of_b) = (text_tokens(&a), text_tokens(&b));
            let first = TokenizedText { text: &a, tokens: &of_a };
            let second = TokenizedText { text: &b, tokens: &of_b };
            let (mut i, mut j, mut after) = (0, 0, None);
            for block in differing_blocks(&first, &second, EqualEnds::default()) {
                prop_assert_eq!(block.a.start - i, block.b.start - j);
                prop_assert!((i..block.a.start).zip(j..).all(|(x, y)| first.word(x) == second.word(y)));
                prop_assert_eq!(block.equal_before, block.a.start - i);
                prop_assert!(after.is_none_or(|after| after == block.equal_before));
                (i, j, after) = (block.a.end, block.b.end, Some(block.equal_after));
            }
            prop_assert_eq!(of_a.len() - i, of_b.len() - j);
            prop_assert!(after.is_none_or(|after| after == of_a.len() - i));
        }
    }
}
