//! Negators put in, taken out, replaced or moved.

use std::ops::Range;

use crate::text::{Around, Word, close_la, negator, shared_ends, surely_no_negator, words};

/// A word of a folded text, by its place, and which negator it is, if any.
#[derive(Clone, Copy, Debug)]
struct Token {
    start: usize,
    end: usize,
    negator: Option<&'static str>,
}

/// A folded text as far as its negators matter.
#[derive(Clone, Debug)]
pub(crate) struct Negation {
    text: String,
    tokens: Vec<Token>,
}

/// What of two texts must be looked at: around it they are the same.
#[derive(Debug)]
struct Window {
    /// Words of the one.
    tokens: Range<usize>,
    /// Bytes of the other. Where these are cut, there is one more word on that side, whose
    /// neighbour is not seen.
    bytes: Range<usize>,
}

/// Cells of an alignment that one comparison may cost; longer texts are
/// compared by their negators in order.
const MOST_CELLS: usize = 1_000_000;

/// What an aligned word weighs against an aligned negator: an alignment never
/// gives up a word to keep a negator that has moved past it.
const WORD: u32 = 4;
const NEGATOR: u32 = 1;

impl Negation {
    pub(crate) fn new(folded: &str) -> Self {
        Self { text: folded.to_owned(), tokens: tokens(folded) }
    }

    /// Says whether the alignment of the words puts in, takes out, replaces or
    /// moves a negator.
    pub(crate) fn differs(&self, other: &str) -> bool {
        self.differs_in(other, self.window(other))
    }

    /// Returns what differs with the words around it: whether a word negates depends on its
    /// neighbours, and a space parts words in every text.
    fn window(&self, other: &str) -> Window {
        let mut window = Window { tokens: 0..self.tokens.len(), bytes: 0..other.len() };
        let (head, tail) = shared_ends(&self.text, other);
        let is_space = |at: Option<usize>| at.and_then(|at| self.text.as_bytes().get(at)) == Some(&b' ');
        // The last words that are wholly the same, and the first ones behind what differs.
        let before = self.tokens.partition_point(|t| t.end < head);
        let from = self.tokens.iter().take(before.saturating_sub(2)).enumerate().rev();
        if let Some((n, token)) = from.into_iter().find(|(_, t)| is_space(t.start.checked_sub(1))) {
            (window.tokens.start, window.bytes.start) = (n + 1, token.start);
        }
        let behind = self.tokens.partition_point(|t| t.start <= self.text.len() - tail);
        let to = self.tokens.iter().enumerate().skip(behind + 2);
        if let Some((n, token)) = to.into_iter().find(|(_, t)| is_space(Some(t.end))) {
            (window.tokens.end, window.bytes.end) = (n, other.len() - (self.text.len() - token.end));
        }
        window
    }

    fn differs_in(&self, other: &str, window: Window) -> bool {
        let Window { tokens: ours, bytes } = window;
        let (cut_before, cut_behind) = (bytes.start > 0, bytes.end < other.len());
        let other = other.get(bytes).unwrap_or_default();
        let theirs = tokens(other);
        let theirs = theirs.get(usize::from(cut_before)..theirs.len() - usize::from(cut_behind));
        let (a, b) = (self.tokens.get(ours).unwrap_or_default(), theirs.unwrap_or_default());
        let negators = |tokens: &[Token]| tokens.iter().filter_map(|t| t.negator).collect::<Vec<_>>();
        let (of_a, of_b) = (negators(a), negators(b));
        if of_a.is_empty() && of_b.is_empty() {
            return false;
        }
        if of_a != of_b {
            return true;
        }
        let alike = |a: &Token, b: &Token| match (a.negator, b.negator) {
            (Some(a), Some(b)) => a == b,
            (None, None) => self.text.get(a.start..a.end) == other.get(b.start..b.end),
            _ => false,
        };
        let head = a.iter().zip(b).take_while(|(x, y)| alike(x, y)).count();
        let (a, b) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
        let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| alike(x, y)).count();
        let inner = |t: &'_ [Token]| t.len() - tail;
        moves(a.get(..inner(a)).unwrap_or_default(), b.get(..inner(b)).unwrap_or_default(), alike)
    }
}

/// Returns the words of a folded text with the negators among them.
fn tokens(folded: &str) -> Vec<Token> {
    let whole = words(folded);
    // لايجوز is two words.
    let mut all: Vec<Word<'_>> = Vec::with_capacity(whole.len());
    for word in whole {
        match close_la(word.text) {
            Some(at) => {
                let (la, rest) = word.text.split_at(at);
                all.push(Word { text: la, start: word.start, end: word.start + at });
                all.push(Word { text: rest, start: word.start + at, end: word.end });
            }
            None => all.push(word),
        }
    }
    let punctuation = |c: char| matches!(c, '.' | ',' | ';' | ':' | '!' | '?');
    let token = |(n, word): (usize, &Word<'_>)| {
        if surely_no_negator(word.text) {
            return Token { start: word.start, end: word.end, negator: None };
        }
        let before = folded.get(..word.start).unwrap_or_default().trim_end();
        let after = folded.get(word.end..).unwrap_or_default();
        let opens = before.is_empty() || before.ends_with(punctuation);
        let closes = after.trim_start().is_empty() || after.trim_start().starts_with(punctuation);
        let at = |n: Option<usize>| n.and_then(|n| all.get(n)).map(|w| w.text);
        let around = Around { previous: at(n.checked_sub(1)), next: at(Some(n + 1)), opens, closes };
        // The t of don't: words end at an apostrophe.
        let contracted = word.text == "t" && before.ends_with("n'");
        let negator = if contracted { Some("not") } else { negator(word.text, around) };
        Token { start: word.start, end: word.end, negator }
    };
    all.iter().enumerate().map(token).collect()
}

/// Says whether the heaviest alignment leaves a negator unaligned, given that
/// both sides have the same ones in order. Negators are alike by name, other
/// words by form.
fn moves(a: &[Token], b: &[Token], alike: impl Fn(&Token, &Token) -> bool) -> bool {
    let negators = a.iter().filter(|t| t.negator.is_some()).count();
    if negators == 0 || a.len().saturating_mul(b.len()) > MOST_CELLS {
        return false;
    }
    // Weight of the best alignment of what is behind, and the negators that it aligns.
    let mut next: Vec<(u32, usize)> = vec![(0, 0); b.len() + 1];
    for x in a.iter().rev() {
        let mut row = vec![(0, 0); b.len() + 1];
        for (j, y) in b.iter().enumerate().rev() {
            let at = |row: &[(u32, usize)], j: usize| row.get(j).copied().unwrap_or_default();
            let mut best = at(&next, j).max(at(&row, j + 1));
            if alike(x, y) {
                let (weight, aligned) = at(&next, j + 1);
                let both = match x.negator {
                    Some(_) => (weight + NEGATOR, aligned + 1),
                    None => (weight + WORD, aligned),
                };
                best = best.max(both);
            }
            if let Some(slot) = row.get_mut(j) {
                *slot = best;
            }
        }
        next = row;
    }
    next.first().is_some_and(|(_, aligned)| *aligned < negators)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Negation, Window};
    use crate::text::folded;

    #[test]
    fn negators_are_compared_where_they_stand() {
        for (a, b, differs) in [
            ("يجوز للموظف العمل من المنزل", "لا يجوز للموظف العمل من المنزل", true),
            ("لا يجوز للموظف العمل", "لن يجوز للموظف العمل", true),
            ("لا يجوز العمل ليلا ويجوز نهارا", "يجوز العمل ليلا ولا يجوز نهارا", true),
            ("لا يجوز", "يجوز لا", true),
            ("لا يجوز للموظف العمل", "ولا يجوز للعامل العمل", false),
            ("كتب وصحف", "كتب وصحف وغيرها", false),
            ("سرعان ما وصل", "وصل", false),
            ("وصل بدون تأخير", "وصل دون تأخير", false),
            ("حضر كلا الطرفين", "حضر الطرفان", false),
            ("لا شك أنه لم يصل", "لا شك أنه وصل", true),
            ("لم يصل إلا الوفد", "لم يصل الوفد", true),
            ("وصل", "غادر", false),
            ("لايجوز السفر", "يجوز السفر", true),
            ("لايجوز السفر", "لا يجوز السفر", false),
            ("غير أن الشركة رفضت", "لكن الشركة رفضت", false),
            ("نصحه بألا يسافر", "نصحه بأن يسافر", true),
            ("do not open", "do open", true),
            ("order no. 5", "order number 5", false),
            ("it doesn't open", "it does open", true),
            ("don't open", "don't close", false),
        ] {
            let of = |a: &str, b: &str| Negation::new(&folded(a)).differs(&folded(b));
            assert_eq!(of(a, b), differs, "{a} | {b}");
            assert_eq!(of(b, a), differs, "{b} | {a}");
        }
    }

    /// Texts of words that negate, do so by their neighbours, or do not.
    fn texts() -> impl Strategy<Value = Vec<&'static str>> {
        let words = prop::sample::select(vec![
            "لا",
            "لم",
            "غير",
            "ان",
            "ما",
            "من",
            "كان",
            "كلا",
            "وصل",
            "الوفد",
            "سيما",
            "لايجوز",
            "سرعان",
            ".",
            ",",
            "don't",
            "no",
            "5",
            "(لا)",
            "ولا",
            "الى",
        ]);
        prop::collection::vec(words, 0..24)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn what_is_the_same_need_not_be_looked_at(
            a in texts(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), texts(), 0_usize..3), 1..3),
            join in prop::sample::select(vec![" ", "  ", "\u{a0}"]),
        ) {
            let mut b = a.clone();
            for (at, put, out) in edits {
                let from = at.index(b.len() + 1);
                b.splice(from..(from + out).min(b.len()), put.into_iter().take(2));
            }
            let (a, b) = (folded(&a.join(join)), folded(&b.join(" ")));
            let asked = Negation::new(&a);
            let all = Window { tokens: 0..asked.tokens.len(), bytes: 0..b.len() };
            prop_assert_eq!(asked.differs(&b), asked.differs_in(&b, all), "{} | {}", a, b);
        }
    }
}
