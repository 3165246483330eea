//! The classes of characters that the rules of folding and segmentation use.

/// Returns whether a character is a letter of the Arabic script. Marks, digits, tatweel and
/// punctuation are not letters.
#[must_use]
pub fn is_arabic_letter(c: char) -> bool {
    matches!(c,
        '\u{0620}'..='\u{063F}' | '\u{0641}'..='\u{064A}' | '\u{066E}' | '\u{066F}'
        | '\u{0671}'..='\u{06D3}' | '\u{06D5}' | '\u{06EE}' | '\u{06EF}' | '\u{06FA}'..='\u{06FC}'
        | '\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{0870}'..='\u{0887}' | '\u{08A0}'..='\u{08C9}'
        | '\u{FB50}'..='\u{FBB1}' | '\u{FBD3}'..='\u{FD3D}' | '\u{FD50}'..='\u{FDFC}'
        | '\u{FE70}'..='\u{FEFC}')
}

/// Returns whether a character is a mark that folding removes: vowels, Quran marks and honorifics.
#[must_use]
pub fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06ED}'
        | '\u{0897}'..='\u{089F}' | '\u{08CA}'..='\u{08FF}')
}

/// Returns whether a text may have marks at the folding level *same*: it contains marks, or
/// presentation forms, which can be letters with marks.
#[must_use]
pub fn may_have_marks(text: &str) -> bool {
    text.chars().any(|c| is_mark(c) || is_presentation_form(c))
}

/// Returns whether a character is invisible: bidi controls, zero-width characters, and the tatweel,
/// because it only stretches a word.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{0640}' | '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{00AD}' | '\u{180E}')
}

/// Returns whether a character is a joiner, which is invisible next to Arabic letters.
#[must_use]
pub fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Returns whether a character is a presentation form of an Arabic letter or ligature.
#[must_use]
pub fn is_presentation_form(c: char) -> bool {
    matches!(c, '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}')
}

/// Returns the words of a character that represents a phrase, such as ﷺ. Unicode decomposes only two of them.
#[must_use]
pub fn phrase_of_ligature(c: char) -> Option<&'static str> {
    let phrase = match c {
        '\u{FD40}' => "رحمه الله",
        '\u{FD41}' => "رضي الله عنه",
        '\u{FD42}' => "رضي الله عنها",
        '\u{FD43}' => "رضي الله عنهم",
        '\u{FD44}' => "رضي الله عنهما",
        '\u{FD45}' => "رضي الله عنهن",
        '\u{FD46}' => "صلى الله عليه وآله",
        '\u{FD47}' => "عليه السلام",
        '\u{FD48}' => "عليهم السلام",
        '\u{FD49}' => "عليهما السلام",
        '\u{FD4A}' => "عليه الصلاة والسلام",
        '\u{FD4B}' => "قدس سره",
        '\u{FD4C}' => "صلى الله عليه وآله وسلم",
        '\u{FD4D}' => "عليها السلام",
        '\u{FD4E}' => "تبارك وتعالى",
        '\u{FD4F}' => "رحمهم الله",
        '\u{FDCF}' => "سلامه علينا",
        '\u{FDFA}' => "صلى الله عليه وسلم",
        '\u{FDFB}' => "جل جلاله",
        '\u{FDFD}' => "بسم الله الرحمن الرحيم",
        '\u{FDFE}' => "سبحانه وتعالى",
        '\u{FDFF}' => "عز وجل",
        _ => return None,
    };
    Some(phrase)
}

/// Returns whether a character represents a phrase, such as ﷺ.
#[must_use]
pub fn is_word_ligature(c: char) -> bool {
    phrase_of_ligature(c).is_some()
}

/// Returns the value of an ASCII, Arabic-Indic or extended Arabic-Indic digit.
#[must_use]
pub fn digit_value(c: char) -> Option<u8> {
    let zero = match c {
        '0'..='9' => 0x30,
        '\u{0660}'..='\u{0669}' => 0x660,
        '\u{06F0}'..='\u{06F9}' => 0x6F0,
        _ => return None,
    };
    u8::try_from(u32::from(c) - zero).ok()
}
