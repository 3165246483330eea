//! Splits running English text into words and normalizes them.

use std::{borrow::Cow, sync::LazyLock};

use rustc_hash::FxHashSet;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::text::{
    arabic::letters::is_invisible,
    words::{Word, words as pieces},
};

/// Returns a word in lower case and without accents, with straight apostrophes and without the dots
/// of an abbreviation. For example, `U.S.A` becomes `usa`.
#[must_use]
pub fn normalize_word(word: &str) -> String {
    if word.is_ascii() {
        return without_dots(&word.to_ascii_lowercase()).into_owned();
    }
    let lower = unaccented(word).flat_map(char::to_lowercase).map(|c| if c == '\u{2019}' { '\'' } else { c });
    let plain: String = lower.nfc().collect();
    without_dots(&plain).into_owned()
}

/// Removes the dots of an abbreviation. Numbers such as `3.5` keep theirs.
fn without_dots(word: &str) -> Cow<'_, str> {
    if word.contains('.') && word.chars().all(|c| c == '.' || c.is_alphabetic()) {
        word.replace('.', "").into()
    } else {
        word.into()
    }
}

/// Returns the characters of a word without accents. Latin and Greek letters lose all marks, Cyrillic
/// letters lose stress marks and the diaeresis. In other scripts marks are part of the spelling and remain.
pub fn unaccented(word: &str) -> impl Iterator<Item = char> {
    let mut letter = ' ';
    word.nfkd().filter(move |c| is_kept(*c, &mut letter)).flat_map(|c| {
        // These letters do not decompose. They are replaced as on keyboards without them: Łódź, Lodz.
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

/// Returns whether [`unaccented`] keeps a decomposed character. `letter` is the last character that
/// is not a combining mark, to which a mark belongs; it is updated.
fn is_kept(c: char, letter: &mut char) -> bool {
    if is_invisible(c) {
        return false;
    }
    if !is_combining_mark(c) {
        *letter = c;
        return true;
    }
    match *letter {
        'A'..='Z' | 'a'..='z' | '\u{80}'..='\u{3FF}' => false,
        '\u{400}'..='\u{52F}' => !matches!(c, '\u{301}' | '\u{308}'),
        _ => true,
    }
}

/// Splits English text into words. An apostrophe between letters belongs to the word (`king's`), and
/// so do the dots inside an abbreviation (`U.S.A`). A hyphen separates two words.
#[must_use]
pub fn english_words(text: &str) -> Vec<Word<'_>> {
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

/// Returns whether a lower-case word is a function word, such as `the` or `although`.
#[must_use]
pub fn is_function_word(word: &str) -> bool {
    static WORDS: LazyLock<FxHashSet<&str>> =
        LazyLock::new(|| include_str!("function_words.txt").split_whitespace().collect());
    WORDS.contains(word)
}

/// Returns whether a word is an article. A term is the same with or without one.
#[must_use]
pub fn is_article(word: &str) -> bool {
    ["the", "a", "an"].iter().any(|article| word.eq_ignore_ascii_case(article))
}

#[cfg(test)]
mod tests {
    use super::{english_words, normalize_word};

    fn word_texts(text: &str) -> Vec<&str> {
        english_words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn accents_are_removed_and_letters_kept() {
        assert_eq!(normalize_word("État\u{2019}s"), "etat's");
        assert_eq!(normalize_word("Ångström Ώρα"), "angstrom ωρα");
        assert_eq!(normalize_word("Ещё мой"), "еще мой");
        assert_eq!(normalize_word("हिन्दी"), "हिन्दी");
        assert_eq!(normalize_word("Łódź Jørgen cœur"), "lodz jorgen coeur");
        assert_eq!(normalize_word("minis\u{AD}ter"), "minister");
        assert_eq!((normalize_word("U.S.A"), normalize_word("3.5")), ("usa".to_owned(), "3.5".to_owned()));
    }

    #[test]
    fn apostrophes_join_and_hyphens_part() {
        assert_eq!(
            word_texts("The king's men\u{2019}s cease-fire, 'so' boys'"),
            ["The", "king's", "men\u{2019}s", "cease", "fire", "so", "boys"]
        );
        assert_eq!(word_texts("In the U.S.A. I. So"), ["In", "the", "U.S.A", "I", "So"]);
        assert_eq!(word_texts("a.b.cd e.fg"), ["a.b", "cd", "e", "fg"]);
    }
}
