//! The signs inside and around a term: `TCP/IP`, `C++`, `.NET`, `ص.ب.`.
//!
//! Terms are found by their words, and the signs between the words must be those of the text. White space beside a
//! sign inside a term does not count. Of the signs around a term, punctuation may be missing in the text, because a
//! sentence can need other punctuation. Other signs must be there, because C is not C++.

use std::{borrow::Cow, ops::Range};

use crate::text::{Word, folded, is_arabic_letter, is_invisible};

/// Returns the key of what is between two words: a space for white space, else the folded signs without white space.
pub(crate) fn gap_key(gap: &str) -> Cow<'static, str> {
    if gap == " " || gap.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Cow::Borrowed(" ");
    }
    let signs: String = folded_signs(gap).chars().filter(|c| !c.is_whitespace()).collect();
    if signs.is_empty() { Cow::Borrowed(" ") } else { Cow::Owned(signs) }
}

/// Returns signs as they are compared: folded one by one, with single spaces and without invisible characters.
fn folded_signs(signs: &str) -> String {
    let mut found = String::new();
    for c in signs.chars().filter(|c| !is_invisible(*c)) {
        if !c.is_whitespace() {
            found.push_str(&folded(c.encode_utf8(&mut [0; 4])));
        } else if !found.ends_with(' ') {
            found.push(' ');
        }
    }
    found
}

/// The folded signs before the first word of a term and after its last one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignsAround {
    before: String,
    after: String,
}

/// All signs of a term.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TermSigns {
    /// The keys of the gaps between its words.
    between: Vec<Cow<'static, str>>,
    pub(crate) around: SignsAround,
}

impl TermSigns {
    /// Returns the signs of a term with its words, or `None` if only spaces are between and around them.
    pub(crate) fn of(term: &str, words: &[Word<'_>]) -> Option<Box<Self>> {
        let pairs = words.iter().zip(words.iter().skip(1));
        let between: Vec<_> =
            pairs.map(|(a, b)| gap_key(term.get(a.end..b.start).unwrap_or_default())).collect();
        let around = SignsAround::of(term, words);
        let plain = around == SignsAround::default() && between.iter().all(|gap| gap == " ");
        (!plain).then(|| Box::new(Self { between, around }))
    }

    /// Returns the key of the gap before the n-th word of a term with these signs.
    pub(crate) fn gap_before(signs: Option<&Self>, n: usize) -> &str {
        n.checked_sub(1).and_then(|before| signs?.between.get(before)).map_or(" ", |gap| gap)
    }
}

impl SignsAround {
    /// Returns the signs around the words of a term.
    pub(crate) fn of(term: &str, words: &[Word<'_>]) -> Self {
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return Self::default() };
        let before = folded_signs(term.get(..first.start).unwrap_or_default());
        let after = folded_signs(term.get(last.end..).unwrap_or_default());
        Self { before: before.trim_start().to_owned(), after: after.trim_end().to_owned() }
    }

    /// Returns a range of a text with the signs around it, or `None` if a sign is missing that belongs to the term.
    pub(crate) fn extend(&self, text: &str, range: &Range<usize>) -> Option<Range<usize>> {
        if self.before.is_empty() && self.after.is_empty() {
            return Some(range.clone());
        }
        let start = self.start_with_signs(text, range);
        let end = self.end_with_signs(text, range);
        if start.is_none() && !self.before.chars().all(opens)
            || end.is_none() && !self.after.chars().all(closes)
        {
            return None;
        }
        Some(start.unwrap_or(range.start)..end.unwrap_or(range.end))
    }

    /// Returns where the signs before a range start, if they are there.
    fn start_with_signs(&self, text: &str, range: &Range<usize>) -> Option<usize> {
        let (head, word) = text.split_at_checked(range.start)?;
        let start = head
            .char_indices()
            .rev()
            .take_while(|(_, c)| !c.is_alphanumeric())
            .map(|(at, _)| at)
            .find(|at| head.get(*at..).is_some_and(|signs| folded_signs(signs) == self.before))?;
        // ASP.NET is another name than .NET, but the Arabic particle in بـ.NET is not part of a name.
        let joined = head.get(..start).and_then(|rest| rest.chars().next_back());
        (!in_one_script(joined, word.chars().next())).then_some(start)
    }

    /// Returns where the signs after a range end, if they are there.
    fn end_with_signs(&self, text: &str, range: &Range<usize>) -> Option<usize> {
        let (word, tail) = text.split_at_checked(range.end)?;
        let (at, last) = tail.char_indices().take_while(|(_, c)| !c.is_alphanumeric()).find(|(at, c)| {
            tail.get(..at + c.len_utf8()).is_some_and(|signs| folded_signs(signs) == self.after)
        })?;
        let end = at + last.len_utf8();
        let next = tail.get(end..).and_then(|rest| rest.chars().next());
        let goes_on = next == Some(last) || in_one_script(word.chars().next_back(), next);
        (!goes_on).then_some(range.end + end)
    }
}

/// Returns whether both characters are letters of the Arabic script, or both are letters of others.
fn in_one_script(a: Option<char>, b: Option<char>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    // A tatweel is invisible, but it belongs to the Arabic particle before it.
    let is_arabic = |c| is_arabic_letter(c) || is_invisible(c);
    a.is_alphabetic() && b.is_alphabetic() && is_arabic(a) == is_arabic(b)
}

/// Returns whether a folded sign before a term is punctuation that may be missing in a text.
fn opens(c: char) -> bool {
    matches!(c, '(' | '[' | '{' | '"' | '\'' | ' ' | '\u{2026}' | '\u{2013}' | '\u{2014}')
}

/// Returns whether a folded sign after a term is punctuation that may be missing in a text.
fn closes(c: char) -> bool {
    matches!(
        c,
        ')' | ']'
            | '}'
            | '"'
            | '\''
            | ' '
            | '.'
            | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | '\u{2026}'
            | '-'
            | '\u{2013}'
    )
}

/// Returns whether a Latin word that ends at a byte goes on with a sign, so that it is another name: C++, C#.
pub(crate) fn continues_with_sign(text: &str, end: usize) -> bool {
    let word = text.get(..end).and_then(|head| head.chars().next_back());
    let rest = text.get(end..).unwrap_or_default();
    word.is_some_and(|c| c.is_ascii_alphanumeric()) && (rest.starts_with("++") || rest.starts_with('#'))
}

/// Returns the ranges of the signs of a text between its words, each without white space.
pub(crate) fn sign_runs(text: &str, words: &[Word<'_>]) -> Vec<Range<usize>> {
    let starts = std::iter::once(0).chain(words.iter().map(|word| word.end));
    let ends = words.iter().map(|word| word.start).chain([text.len()]);
    let mut found: Vec<Range<usize>> = Vec::new();
    for (start, end) in starts.zip(ends) {
        let gap = text.get(start..end).unwrap_or_default();
        for (at, c) in gap.char_indices().filter(|(_, c)| !c.is_whitespace()) {
            let here = start + at..start + at + c.len_utf8();
            match found.last_mut().filter(|last| last.end == here.start && last.start >= start) {
                Some(last) => last.end = here.end,
                None => found.push(here),
            }
        }
    }
    found
}

/// Returns signs as the terms without a word are compared.
pub(crate) fn sign_key(signs: &str) -> String {
    folded_signs(signs).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{SignsAround, TermSigns, continues_with_sign, gap_key, sign_runs};
    use crate::text::words;

    /// Extends the first occurrence of a word in a text by the signs of a term.
    fn extended<'t>(term: &str, word: &str, text: &'t str) -> Option<&'t str> {
        let signs = SignsAround::of(term, &words(term));
        let start = text.find(word)?;
        text.get(signs.extend(text, &(start..start + word.len()))?)
    }

    #[test]
    fn signs_that_belong_to_a_name_must_be_there() {
        for (term, word, text, expected) in [
            ("C++", "C", "لغة C++ سهلة", Some("C++")),
            ("C++", "C", "فيتامين C مفيد", None),
            ("C++", "C", "C+++", None),
            ("C++", "C", "C++11", Some("C++")),
            (".NET", "NET", "إطار .NET", Some(".NET")),
            (".NET", "NET", "بـ.NET", Some(".NET")),
            (".NET", "NET", "ASP.NET", None),
            (".NET", "NET", "انتهى. NET", None),
            ("50 %", "50", "50 % منها", Some("50 %")),
            ("50 %", "50", "50 منها", None),
            ("قال:", "قال", "قال نعم", Some("قال")),
            ("قال:", "قال", "قال: نعم", Some("قال:")),
            ("«نعم»", "نعم", "\"نعم\"", Some("\"نعم\"")),
        ] {
            assert_eq!(extended(term, word, text), expected, "{term} in {text}");
        }
    }

    #[test]
    fn gaps_are_compared_without_white_space() {
        assert_eq!((gap_key("  "), gap_key(""), gap_key(" - ")), (" ".into(), " ".into(), "-".into()));
        let signs = |term: &str| TermSigns::of(term, &words(term)).map(|s| s.between.join("|"));
        assert_eq!(signs("كوفيد-19").as_deref(), Some("-"));
        assert_eq!(signs("بنك (مصرف)").as_deref(), Some("("));
        assert_eq!(signs("مجلس الأمن"), None);
    }

    #[test]
    fn names_go_on_with_a_sign() {
        assert!(continues_with_sign("C++", 1) && continues_with_sign("C# 7", 1));
        assert!(!continues_with_sign("C + D", 1) && !continues_with_sign("في#", "في".len()));
    }

    #[test]
    fn runs_of_signs_have_no_white_space() {
        let text = "% قال: « نعم ->";
        let runs: Vec<&str> = sign_runs(text, &words(text)).into_iter().map(|r| &text[r]).collect();
        assert_eq!(runs, ["%", ":", "«", "->"]);
    }
}
