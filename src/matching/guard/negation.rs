//! Finds negators that are added, removed, replaced or moved.

use std::ops::Range;

use crate::text::{
    Word, WordContext, common_affixes, is_never_negator, joined_negator_end, may_be_verb, negator, words,
};

/// A word of a folded text: its byte range, and the negator that it is, if any.
#[derive(Clone, Copy, Debug)]
struct WordToken {
    start: usize,
    end: usize,
    negator: Option<&'static str>,
    /// Whether it may be the verb «غيّر».
    may_be_verb: bool,
}

/// A folded text with its words, of which the negators are marked.
#[derive(Clone, Debug)]
pub(crate) struct NegationProfile {
    text: String,
    tokens: Vec<WordToken>,
}

/// The part of two texts that must be compared. Outside of it they are equal.
#[derive(Debug)]
struct DifferingWindow {
    /// The tokens of this text.
    tokens: Range<usize>,
    /// The bytes of the other text. Where it is cut, the range has more words than `tokens`, which are not
    /// compared because their own neighbours are missing: [`CONTEXT_WORDS`] before, and one after.
    bytes: Range<usize>,
}

/// The most cells of the alignment in one comparison. Of longer texts, only the order of the negators is
/// compared.
const MAX_ALIGNMENT_CELLS: usize = 1_000_000;

/// How many words before an exception are searched for a negator.
const WORDS_BEFORE: usize = 3;

/// How many words before a word decide whether it negates: [`WORDS_BEFORE`], and the one before them.
const CONTEXT_WORDS: usize = WORDS_BEFORE + 1;

/// The weight of an aligned word. It is greater than that of a negator, so that an alignment never gives up a
/// word to keep a negator that has moved past it.
const WORD_WEIGHT: u32 = 4;
/// The weight of an aligned negator.
const NEGATOR_WEIGHT: u32 = 1;

impl NegationProfile {
    /// Finds the words and negators of a folded text.
    pub(crate) fn new(folded: &str) -> Self {
        Self { text: folded.to_owned(), tokens: tokens(folded) }
    }

    /// Returns whether the alignment of the words with those of another folded text adds, removes, replaces
    /// or moves a negator.
    pub(crate) fn differs(&self, other: &str) -> bool {
        self.differs_in(other, self.window(other))
    }

    /// Returns the part that differs, with at least two equal words on each side, because it depends on the
    /// neighbours whether a word negates. It is cut at spaces, which always separate words.
    fn window(&self, other: &str) -> DifferingWindow {
        let mut window = DifferingWindow { tokens: 0..self.tokens.len(), bytes: 0..other.len() };
        let (head, tail) = common_affixes(&self.text, other);
        let bytes = self.text.as_bytes();
        let before = self.tokens.partition_point(|t| t.end < head);
        let from = self.tokens.iter().take(before.saturating_sub(1 + CONTEXT_WORDS)).enumerate().rev();
        let cut = from.into_iter().find(|(_, t)| t.start > 0 && bytes.get(t.start - 1) == Some(&b' '));
        if let Some((n, token)) = cut {
            (window.tokens.start, window.bytes.start) = (n + CONTEXT_WORDS, token.start);
        }
        let after = self.tokens.partition_point(|t| t.start <= self.text.len() - tail);
        let to = self.tokens.iter().enumerate().skip(after + 2 + WORDS_BEFORE);
        let cut = to.into_iter().find(|(_, t)| bytes.get(t.end) == Some(&b' '));
        if let Some((n, token)) = cut {
            (window.tokens.end, window.bytes.end) = (n, other.len() - (self.text.len() - token.end));
        }
        window
    }

    /// Compares the negators in a window.
    fn differs_in(&self, other: &str, window: DifferingWindow) -> bool {
        let DifferingWindow { tokens: ours, bytes } = window;
        let (cut_before, cut_after) = (bytes.start > 0, bytes.end < other.len());
        let other = other.get(bytes).unwrap_or_default();
        let words_of_other = words(other);
        let own_negates =
            self.tokens.get(ours.clone()).is_some_and(|own| own.iter().any(|t| t.negator.is_some()));
        if !own_negates && words_of_other.iter().all(|word| is_plain(word.text)) {
            return false;
        }
        let theirs = tokens_of_words(other, words_of_other);
        let theirs =
            theirs.get(if cut_before { CONTEXT_WORDS } else { 0 }..theirs.len() - usize::from(cut_after));
        let (a, b) = (self.tokens.get(ours).unwrap_or_default(), theirs.unwrap_or_default());
        let (own, theirs);
        let (a, b) = if a.iter().chain(b).any(|token| token.may_be_verb) {
            (own, theirs) = (without_verbs(&self.text, a, other, b), without_verbs(other, b, &self.text, a));
            (own.as_slice(), theirs.as_slice())
        } else {
            (a, b)
        };
        let (of_a, of_b) = (negators(a), negators(b));
        if of_a.is_empty() && of_b.is_empty() {
            return false;
        }
        if of_a != of_b {
            return true;
        }
        let head = a.iter().zip(b).take_while(|(x, y)| self.tokens_equal(x, y, other)).count();
        let (a, b) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
        let backwards = a.iter().rev().zip(b.iter().rev());
        let tail = backwards.take_while(|(x, y)| self.tokens_equal(x, y, other)).count();
        let a = a.get(..a.len() - tail).unwrap_or_default();
        let b = b.get(..b.len() - tail).unwrap_or_default();
        moves_negator(a, b, |x, y| self.tokens_equal(x, y, other))
    }

    /// Returns whether a token of this text is equal to one of `text`: negators by name, other words by form.
    fn tokens_equal(&self, own: &WordToken, other: &WordToken, text: &str) -> bool {
        match (own.negator, other.negator) {
            (Some(own), Some(other)) => own == other,
            (None, None) => self.text.get(own.start..own.end) == text.get(other.start..other.end),
            _ => false,
        }
    }
}

/// Returns the negators among tokens, in order.
fn negators(tokens: &[WordToken]) -> Vec<&'static str> {
    tokens.iter().filter_map(|t| t.negator).collect()
}

/// Returns whether a word neither is a negator in any context nor has one written onto it.
fn is_plain(word: &str) -> bool {
    is_never_negator(word) && joined_negator_end(word).is_none()
}

/// Returns the words of a folded text, with the negators among them marked.
fn tokens(folded: &str) -> Vec<WordToken> {
    tokens_of_words(folded, words(folded))
}

fn tokens_of_words(folded: &str, whole: Vec<Word<'_>>) -> Vec<WordToken> {
    // لايجوز is two words, لا and يجوز, without the space between them.
    let mut all: Vec<Word<'_>> = Vec::with_capacity(whole.len());
    for word in whole {
        match joined_negator_end(word.text) {
            Some(at) => {
                let (negator, rest) = word.text.split_at(at);
                all.push(Word { text: negator, start: word.start, end: word.start + at });
                all.push(Word { text: rest, start: word.start + at, end: word.end });
            }
            None => all.push(word),
        }
    }
    let mut found: Vec<WordToken> = Vec::with_capacity(all.len());
    for (n, word) in all.iter().enumerate() {
        let token = token(folded, &all, n, word, &found);
        found.push(token);
    }
    found
}

/// Makes the token of word `n` of a folded text, given those of the words before it.
fn token(folded: &str, all: &[Word<'_>], n: usize, word: &Word<'_>, found: &[WordToken]) -> WordToken {
    let plain = WordToken { start: word.start, end: word.end, negator: None, may_be_verb: false };
    if is_never_negator(word.text) {
        return plain;
    }
    let before = folded.get(..word.start).unwrap_or_default().trim_end();
    let after = folded.get(word.end..).unwrap_or_default().trim_start();
    let around = WordContext {
        previous: n.checked_sub(1).and_then(|n| all.get(n)).map(|w| w.text),
        next: all.get(n + 1).map(|w| w.text),
        opens_clause: before.is_empty() || before.ends_with(is_clause_mark),
        closes_clause: after.is_empty() || after.starts_with(is_clause_mark),
        follows_negator: follows_negator(folded, word.start, found),
    };
    // Words end at an apostrophe, so the t of «don't» is a word.
    let contracted = word.text == "t" && before.ends_with("n'");
    let negator = if contracted { Some("not") } else { negator(word.text, around) };
    WordToken { negator, may_be_verb: negator.is_some() && may_be_verb(word.text, around), ..plain }
}

/// Returns whether one of the last words before a place negates, without a mark between them.
fn follows_negator(folded: &str, start: usize, before: &[WordToken]) -> bool {
    let last = before.iter().rev().take(WORDS_BEFORE).find(|token| {
        // What is an exception itself does not negate a second one.
        token.negator.is_some_and(|name| name != "الا")
    });
    last.is_some_and(|token| !folded.get(token.end..start).unwrap_or_default().contains(is_clause_mark))
}

/// Returns the tokens of a text with «غير» as a word that does not negate where it may be the verb «غيّر». It is
/// not the verb if the other text differs only by it: if there the same words are before and after its place.
/// Only the places between the equal words at both ends count, because elsewhere the texts do not differ.
fn without_verbs(text: &str, tokens: &[WordToken], other: &str, others: &[WordToken]) -> Vec<WordToken> {
    let mut found = tokens.to_vec();
    if !tokens.iter().any(|token| token.may_be_verb) {
        return found;
    }
    let word = |n: usize| tokens.get(n).and_then(|t| text.get(t.start..t.end));
    let other_word = |n: usize| others.get(n).and_then(|t| other.get(t.start..t.end));
    let shorter = tokens.len().min(others.len());
    let head = (0..shorter).take_while(|n| word(*n) == other_word(*n)).count();
    let tail =
        (1..=shorter - head).take_while(|n| word(tokens.len() - n) == other_word(others.len() - n)).count();
    let places = head..=others.len() - tail;
    let around = |n: usize, m: usize| {
        let before = n.checked_sub(1).and_then(word) == m.checked_sub(1).and_then(other_word);
        before && word(n + 1) == other_word(m)
    };
    let is_put_in = |n: usize| {
        // The place in the other text, counted from its start and from its end.
        let from_end = (others.len() + n + 1).checked_sub(tokens.len());
        [Some(n), from_end].into_iter().flatten().any(|m| places.contains(&m) && around(n, m))
    };
    let differing = head..tokens.len() - tail;
    for (n, token) in found.iter_mut().enumerate().filter(|(_, token)| token.may_be_verb) {
        if !differing.contains(&n) || !is_put_in(n) {
            token.negator = None;
        }
    }
    found
}

/// Returns whether a character is punctuation that ends a clause.
fn is_clause_mark(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?')
}

/// Returns whether the heaviest alignment leaves a negator unaligned. Both sides must have the same negators
/// in the same order.
fn moves_negator(a: &[WordToken], b: &[WordToken], alike: impl Fn(&WordToken, &WordToken) -> bool) -> bool {
    let negators = a.iter().filter(|t| t.negator.is_some()).count();
    if negators == 0 || a.len().saturating_mul(b.len()) > MAX_ALIGNMENT_CELLS {
        return false;
    }
    // By position in b: the weight of the best alignment of the rest, and how many negators it aligns.
    let mut next: Vec<(u32, usize)> = vec![(0, 0); b.len() + 1];
    for x in a.iter().rev() {
        let mut row = vec![(0, 0); b.len() + 1];
        for (j, y) in b.iter().enumerate().rev() {
            let mut best = cell(&next, j).max(cell(&row, j + 1));
            if alike(x, y) {
                let (weight, aligned) = cell(&next, j + 1);
                let both = match x.negator {
                    Some(_) => (weight + NEGATOR_WEIGHT, aligned + 1),
                    None => (weight + WORD_WEIGHT, aligned),
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

/// Returns a cell of a row of the alignment; zeros outside of it.
fn cell(row: &[(u32, usize)], at: usize) -> (u32, usize) {
    row.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{DifferingWindow, NegationProfile};
    use crate::text::folded;

    fn negation_differs(a: &str, b: &str) -> bool {
        NegationProfile::new(&folded(a)).differs(&folded(b))
    }

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
            ("دخل من غير أن يراه أحد", "دخل من أن يراه أحد", true),
            ("لا يسعنا إلا أن نشكركم", "لا يسعنا أن نشكركم", true),
            ("رفض، إلا أن الشركة قبلت", "رفض، لكن الشركة قبلت", false),
            ("غير نمط الشاشة الآن", "بدل نمط الشاشة الآن", false),
            ("غير نمط الشاشة الآن", "نمط الشاشة الآن", true),
            ("غير متصل بالخادم", "متصل بالخادم", true),
            ("السنوات الست الماضية", "السنوات العشر الماضية", false),
            ("كغير مقروءة", "كمقروءة", true),
            ("يعمل ما عدا الجمعة", "يعمل يوم الجمعة", true),
            ("أمره بأن لا يغادر", "أمره بألا يغادر", false),
            ("أنا مش موافق", "أنا موافق", true),
            ("لاتحضر الاجتماع", "تحضر الاجتماع", true),
            ("لاتحضر الاجتماع", "لا تحضر الاجتماع", false),
            ("غيرمسموح بالدخول", "مسموح بالدخول", true),
            ("توقف عن العمل", "العمل", true),
            ("unable to open", "able to open", true),
            ("نصحه بألا يسافر", "نصحه بأن يسافر", true),
            ("do not open", "do open", true),
            ("order no. 5", "order number 5", false),
            ("it doesn't open", "it does open", true),
            ("don't open", "don't close", false),
        ] {
            assert_eq!(negation_differs(a, b), differs, "{a} | {b}");
            assert_eq!(negation_differs(b, a), differs, "{b} | {a}");
        }
    }

    /// Generates texts of words that negate always, next to certain words, or never.
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
            "الا",
            "غير",
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
        fn windows_give_the_result_of_whole_texts(
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
            let asked = NegationProfile::new(&a);
            let all = DifferingWindow { tokens: 0..asked.tokens.len(), bytes: 0..b.len() };
            prop_assert_eq!(asked.differs(&b), asked.differs_in(&b, all), "{} | {}", a, b);
        }
    }
}
