//! The words of running English text.

use std::{borrow::Cow, sync::LazyLock};

use rustc_hash::FxHashSet;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::text::{
    arabic::letters::is_invisible,
    words::{Word, words as pieces},
};

/// Returns a word in lower case and without accents, its apostrophes straight.
#[must_use]
pub fn plain(word: &str) -> String {
    if word.is_ascii() {
        return without_dots(&word.to_ascii_lowercase()).into_owned();
    }
    let lower = unaccented(word).flat_map(char::to_lowercase).map(|c| if c == '\u{2019}' { '\'' } else { c });
    let plain: String = lower.nfc().collect();
    without_dots(&plain).into_owned()
}

/// Takes the dots out of an abbreviation: U.S.A.
fn without_dots(word: &str) -> Cow<'_, str> {
    if word.contains('.') && word.chars().all(|c| c == '.' || c.is_alphabetic()) {
        word.replace('.', "").into()
    } else {
        word.into()
    }
}

/// Returns a word's letters, those of Latin and Greek without accents, those of
/// Cyrillic without stress and diaeresis. In other scripts marks are letters.
pub fn unaccented(word: &str) -> impl Iterator<Item = char> {
    let mut on = ' ';
    let kept = move |c: &char| {
        if is_invisible(*c) {
            return false;
        }
        if !is_combining_mark(*c) {
            on = *c;
            return true;
        }
        match on {
            'A'..='Z' | 'a'..='z' | '\u{80}'..='\u{3FF}' => false,
            '\u{400}'..='\u{52F}' => !matches!(c, '\u{301}' | '\u{308}'),
            _ => true,
        }
    };
    word.nfkd().filter(kept).flat_map(|c| {
        // Letters that are written without their stroke where there is none on the keyboard.
        let letters: &[char] = match c {
            'ł' => &['l'],
            'Ł' => &['L'],
            'ø' => &['o'],
            'Ø' => &['O'],
            'đ' => &['d'],
            'Đ' => &['D'],
            'ı' => &['i'],
            'œ' => &['o', 'e'],
            'Œ' => &['O', 'E'],
            'æ' => &['a', 'e'],
            'Æ' => &['A', 'E'],
            _ => &[],
        };
        let same = letters.is_empty().then_some(c);
        letters.iter().copied().chain(same)
    })
}

/// Cuts English text into words: an apostrophe between letters belongs to the
/// word (`king's`), and so do the dots of an abbreviation (`U.S.`); a hyphen parts two.
#[must_use]
pub fn words(text: &str) -> Vec<Word<'_>> {
    let mut found: Vec<Word<'_>> = Vec::new();
    for piece in pieces(text) {
        let joined = found.last_mut().filter(|last| match text.get(last.end..piece.start) {
            Some("'" | "\u{2019}") => true,
            Some(".") => is_letter(piece.text) && last.text.rsplit('.').all(is_letter),
            _ => false,
        });
        match joined {
            Some(last) => {
                last.end = piece.end;
                last.text = text.get(last.start..last.end).unwrap_or_default();
            }
            None => found.push(piece),
        }
    }
    found
}

fn is_letter(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
}

/// Says whether a word, in lower case, is about grammar and not about things.
#[must_use]
pub fn is_function_word(word: &str) -> bool {
    static WORDS: LazyLock<FxHashSet<&str>> =
        LazyLock::new(|| include_str!("function_words.txt").split_whitespace().collect());
    WORDS.contains(word)
}

/// Says whether a word is an article, which comes and goes without changing a term.
#[must_use]
pub fn is_article(word: &str) -> bool {
    ["the", "a", "an"].iter().any(|article| word.eq_ignore_ascii_case(article))
}

#[cfg(test)]
mod tests {
    use super::{plain, words};

    #[test]
    fn accents_go_and_what_is_a_letter_stays() {
        assert_eq!(plain("État\u{2019}s"), "etat's");
        assert_eq!(plain("Ångström Ώρα"), "angstrom ωρα");
        assert_eq!(plain("Ещё мой"), "еще мой");
        assert_eq!(plain("हिन्दी"), "हिन्दी");
        assert_eq!(plain("Łódź Jørgen cœur"), "lodz jorgen coeur");
        assert_eq!(plain("minis\u{AD}ter"), "minister");
        assert_eq!((plain("U.S.A"), plain("3.5")), ("usa".to_owned(), "3.5".to_owned()));
    }

    #[test]
    fn apostrophes_join_and_hyphens_part() {
        let texts = |text| words(text).into_iter().map(|w| w.text).collect::<Vec<_>>();
        assert_eq!(
            texts("The king's men\u{2019}s cease-fire, 'so' boys'"),
            ["The", "king's", "men\u{2019}s", "cease", "fire", "so", "boys"]
        );
        assert_eq!(texts("In the U.S.A. I. So"), ["In", "the", "U.S.A", "I", "So"]);
        assert_eq!(texts("a.b.cd e.fg"), ["a.b", "cd", "e", "fg"]);
    }
}
