//! The folding rules for words and numbers that are spelled in two ways.

use super::{
    arabic::letters::{digit_value, is_arabic_letter, is_mark},
    fold_char::{FoldChar, FoldSet},
};
use crate::score::Fold;

/// The beginnings of words that end with يء and are often written with ئ: شئ for شيء.
const LACKING_YEH: [&str; 8] = ["ش", "بط", "جر", "مج", "رد", "مس", "مض", "س"];

/// The most letters before the end of such a word: proclitics, article, and its beginning.
const MAX_WORD_LETTERS: usize = 7;

/// Returns whether the letters before a final ئ belong to a word that ends with يء: شئ, الشئ, وبشئ.
pub(super) fn lacks_yeh(before: &str) -> bool {
    let bare = before.strip_prefix(['و', 'ف']).unwrap_or(before);
    let after_preposition = bare.strip_prefix(['ب', 'ك', 'ل']).unwrap_or(bare);
    [before, bare, after_preposition].into_iter().any(|word| {
        // The space after لا is often lost: لاشئ.
        let stem = ["ال", "لل", "لا"].into_iter().find_map(|prefix| word.strip_prefix(prefix)).unwrap_or(word);
        LACKING_YEH.contains(&stem)
    })
}

/// Writes words with a ئ as they are usually spelled: مئة for مائة, and شيء for شئ.
pub(super) fn respell<F: FoldChar>(text: Vec<F>, set: FoldSet) -> Vec<F> {
    if !set.has(Fold::Hamza) || !text.iter().any(|f| f.char() == 'ئ') {
        return text;
    }
    let char_at = |i: usize| text.get(i).map(|f| f.char());
    let mut out: Vec<F> = Vec::with_capacity(text.len() + 1);
    for (i, f) in text.iter().enumerate() {
        if f.char() != 'ئ' {
            out.push(*f);
            continue;
        }
        let ends_hundred = char_at(i + 1) == Some('ة')
            || char_at(i + 1) == Some('ت') && matches!(char_at(i + 2), Some('ا' | 'ي'));
        let last = char_at(i + 1).is_none_or(|c| !is_arabic_letter(c) && !is_mark(c));
        match out.as_slice() {
            [.., m, alef] if m.char() == 'م' && alef.char() == 'ا' && ends_hundred => {
                let hamza = alef.merged_with(*f).with_char('ئ');
                out.pop();
                out.push(hamza);
            }
            before if last && lacks_yeh(&word_at_end(before)) => {
                out.push(f.with_char('ي'));
                out.push(*f);
            }
            _ => out.push(*f),
        }
    }
    out
}

/// Returns the Arabic letters at the end of a text; none if there are more than a word with a final ئ that lacks
/// its yeh can have.
fn word_at_end<F: FoldChar>(text: &[F]) -> String {
    let word = text.iter().rev().take_while(|f| is_arabic_letter(f.char())).take(MAX_WORD_LETTERS + 1);
    let letters: Vec<char> = word.map(|f| f.char()).collect();
    if letters.len() > MAX_WORD_LETTERS { String::new() } else { letters.into_iter().rev().collect() }
}

/// Writes a pair of straight single quotation marks as a double one.
pub(super) fn join_single_quotes<F: FoldChar>(text: Vec<F>) -> Vec<F> {
    if !text.windows(2).any(|pair| pair.iter().all(|f| f.char() == '\'')) {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.into_iter().peekable();
    while let Some(f) = rest.next() {
        let pair = if f.char() == '\'' { rest.next_if(|next| next.char() == '\'') } else { None };
        out.push(pair.map_or(f, |second| f.merged_with(second).with_char('"')));
    }
    out
}

/// Removes the commas that group the digits of a number by three: 1250 for 1,250. The first group must not begin with
/// 0, and no dot may be before it, because these are decimals.
pub(super) fn ungroup<F: FoldChar>(text: Vec<F>) -> Vec<F> {
    let is_digit = |f: &F| digit_value(f.char()).is_some();
    let is_of_number = |f: &F| is_digit(f) || f.char() == ',';
    if !text
        .windows(3)
        .any(|w| matches!(w, [a, comma, b] if comma.char() == ',' && is_digit(a) && is_digit(b)))
    {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    for run in text.chunk_by(|a, b| is_of_number(a) == is_of_number(b)) {
        let mut groups: Vec<&[F]> = run.split(|f| f.char() == ',').collect();
        // A comma after the number ends a phrase.
        let ends_phrase = groups.last().is_some_and(|last| last.is_empty());
        if ends_phrase {
            groups.pop();
        }
        let is_grouped = match groups.split_first() {
            Some((first, [second, rest @ ..])) => {
                (1..=3).contains(&first.len())
                    && first.first().is_some_and(|f| digit_value(f.char()) != Some(0))
                    && second.len() == 3
                    && rest.iter().all(|group| group.len() == 3)
                    && out.last().is_none_or(|before: &F| before.char() != '.')
            }
            _ => false,
        };
        if is_grouped {
            let digits = run.iter().filter(|f| is_digit(f)).copied();
            out.extend(digits);
            out.extend(run.last().filter(|_| ends_phrase));
        } else {
            out.extend_from_slice(run);
        }
    }
    out
}
