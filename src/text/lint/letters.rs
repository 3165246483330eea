//! Finds characters that are not what they look like, or that do not belong in a text.

use unicode_normalization::UnicodeNormalization;

use super::findings::{Findings, LintKind, code_point};
use crate::text::{
    arabic::letters::{is_arabic_letter, is_mark, is_presentation_form},
    words,
};

pub(crate) fn find(found: &mut Findings<'_>) {
    find_controls(found);
    find_runs(found);
    find_latin_punctuation(found);
    find_stray_marks(found);
    find_in_words(found);
}

/// Finds control characters and invisible characters.
fn find_controls(found: &mut Findings<'_>) {
    let mut before = ' ';
    let mut rest = found.text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let range = at..at + c.len_utf8();
        let next = rest.peek().map_or(' ', |(_, n)| *n);
        match c {
            '\t' | '\n' | '\r' | '\u{85}' => {}
            _ if c.is_control() => {
                let reason =
                    format!("the control character {} does not belong in text: remove it", code_point(c));
                found.add(LintKind::ControlCharacter, range, reason, Some(String::new()));
            }
            '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}' | '\u{180E}'
                if before.is_alphanumeric() || is_mark(before) || next.is_alphanumeric() =>
            {
                let reason = format!("{} has no width and is hidden in a word: remove it", code_point(c));
                found.add(LintKind::InvisibleCharacter, range, reason, Some(String::new()));
            }
            _ => {}
        }
        before = c;
    }
}

/// Finds glyphs of letters and lost characters; a run of them is one finding.
fn find_runs(found: &mut Findings<'_>) {
    let text = found.text;
    for_each_run(text, is_glyph, |range, run| {
        let suggestion: String =
            run.chars().flat_map(|c| std::iter::once(c).nfkc()).filter(|c| *c != ' ').collect();
        let reason = "letters encoded as glyphs of a font: write the letters themselves";
        found.add(LintKind::PresentationForm, range, reason, Some(suggestion));
    });
    for_each_run(
        text,
        |c| c == '\u{FFFD}',
        |range, _| {
            let reason = "U+FFFD replaces characters that are lost: look at the source of the text";
            found.add(LintKind::ReplacementCharacter, range, reason, None);
        },
    );
}

/// Returns whether a character is a glyph of letters. Signs and ligatures that people write as one
/// character on purpose (U+FDF0 to U+FDFF) are not.
fn is_glyph(c: char) -> bool {
    is_presentation_form(c) && !matches!(c, '\u{FDF0}'..='\u{FDFF}') && !std::iter::once(c).nfkc().eq([c])
}

/// Calls `visit` with the range and the text of each run of characters of a class.
fn for_each_run(
    text: &str,
    of_run: impl Fn(char) -> bool,
    mut visit: impl FnMut(std::ops::Range<usize>, &str),
) {
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find(&of_run)).map(|n| at + n) {
        let run = text.get(start..).unwrap_or_default();
        let run = run.get(..run.find(|c| !of_run(c)).unwrap_or(run.len())).unwrap_or_default();
        at = start + run.len();
        visit(start..at, run);
    }
}

/// Finds `,` `;` `?` after an Arabic word.
fn find_latin_punctuation(found: &mut Findings<'_>) {
    let mut arabic_before = false;
    let mut rest = found.text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let arabic = match c {
            ',' => Some('،'),
            ';' => Some('؛'),
            '?' => Some('؟'),
            _ => None,
        };
        if let Some(arabic) = arabic.filter(|_| arabic_before)
            && rest.peek().is_none_or(|(_, n)| !n.is_ascii_alphanumeric())
        {
            let reason = format!("Latin '{c}' after an Arabic word: write '{arabic}'");
            found.add(LintKind::LatinLookalike, at..at + 1, reason, Some(arabic.to_string()));
        }
        arabic_before = is_arabic_letter(c) || is_mark(c) && arabic_before || c == '\u{0640}';
    }
}

/// Finds vowel marks without a letter, or twice on one letter.
fn find_stray_marks(found: &mut Findings<'_>) {
    let mut carried = false;
    let mut on_letter: Vec<char> = Vec::new();
    for (at, c) in found.text.char_indices() {
        if !is_vowel_mark(c) {
            carried = is_arabic_letter(c) || c == '\u{0640}' || c == '◌' || is_mark(c) && carried;
            if !is_mark(c) {
                on_letter.clear();
            }
            continue;
        }
        let reason = if !carried {
            format!("the vowel mark {} has no letter: remove it", code_point(c))
        } else if on_letter.contains(&c) {
            format!("the vowel mark {} occurs twice on one letter: remove one", code_point(c))
        } else {
            on_letter.push(c);
            continue;
        };
        found.add(LintKind::StrayMark, at..at + c.len_utf8(), reason, Some(String::new()));
    }
}

fn is_vowel_mark(c: char) -> bool {
    matches!(c, '\u{064B}'..='\u{0652}')
}

/// Finds letters of another script or language inside a word.
fn find_in_words(found: &mut Findings<'_>) {
    let text = found.text;
    let is_other_language = text.contains(OTHER_LANGUAGES);
    for word in words(text) {
        let range = word.start..word.end;
        if !is_other_language && word.text.contains(|c| arabic_shape(c).is_some()) {
            let suggestion = word.text.chars().map(|c| arabic_shape(c).unwrap_or(c)).collect();
            let reason =
                format!("'{}' has letters in Persian or Urdu shape: write the Arabic ones", word.text);
            found.add(LintKind::LetterShape, range.clone(), reason, Some(suggestion));
        }
        let latin = word.text.chars().filter(char::is_ascii_alphabetic).count();
        let alike = word.text.chars().filter(|c| latin_lookalike(*c).is_some()).count();
        let letters = word.text.chars().filter(|c| c.is_alphabetic()).count();
        if latin > 0 && alike > 0 && latin + alike == letters {
            let suggestion = word.text.chars().map(|c| latin_lookalike(c).unwrap_or(c)).collect();
            let reason = format!(
                "'{}' mixes Latin letters with others that look like them: write Latin ones",
                word.text
            );
            found.add(LintKind::LatinLookalike, range.clone(), reason, Some(suggestion));
        }
        find_latin_letters(found, range.start, word.text);
    }
}

/// Letters that only languages other than Arabic use, among those in Arabic script.
const OTHER_LANGUAGES: [char; 17] =
    ['پ', 'چ', 'ژ', 'گ', 'ٹ', 'ڈ', 'ڑ', 'ں', 'ے', 'ۆ', 'ێ', 'ڕ', 'ڵ', 'ڤ', 'ھ', 'ټ', 'ښ'];

/// Returns the Arabic letter for one in Persian or Urdu shape.
fn arabic_shape(c: char) -> Option<char> {
    match c {
        'ک' => Some('ك'),
        'ی' => Some('ي'),
        'ہ' | 'ە' => Some('ه'),
        _ => None,
    }
}

/// Finds Latin letters between Arabic ones: `كتlب`.
fn find_latin_letters(found: &mut Findings<'_>, start: usize, word: &str) {
    let mut before = ' ';
    let mut rest = word.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let next = rest.peek().map_or(' ', |(_, n)| *n);
        if c.is_ascii_alphabetic() && is_arabic_letter(before) && is_arabic_letter(next) {
            let arabic = match c {
                'l' | 'I' => Some("ا"),
                'o' | 'O' => Some("ه"),
                _ => None,
            };
            let reason = format!("Latin '{c}' between Arabic letters");
            found.add(
                LintKind::LatinLookalike,
                start + at..start + at + 1,
                reason,
                arabic.map(str::to_owned),
            );
        }
        before = c;
    }
}

/// Returns the Latin letter that a Cyrillic or Greek one looks like.
fn latin_lookalike(c: char) -> Option<char> {
    const ALIKE: [(&str, &str); 2] = [
        ("аеорсухіјѕһԁАВЕКМНОРСТХУІЈЅ", "aeopcyxijshdABEKMHOPCTXYIJS"),
        ("οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "oABEZHIKMNOPTYX"),
    ];
    ALIKE.iter().find_map(|(from, to)| {
        let place = from.chars().position(|f| f == c)?;
        to.chars().nth(place)
    })
}
