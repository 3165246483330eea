//! The segmentation rules for languages in Arabic script. `docs/arabic.md` lists each rule with an example.

use std::ops::Range;

use super::{
    options::SegmentationOptions,
    paragraphs::{is_newline, trim_segment},
};
use crate::text::arabic::{
    abbreviations::{
        ABBREVIATIONS, ARABIC_TOP_LEVEL_DOMAINS, ATTRIBUTION_WORDS, CLAUSE_OPENERS, LATIN_ABBREVIATIONS,
        LETTER_NAMES, SAY_VERBS, TITLES, TITLES_WITH_PROCLITIC, UNAMBIGUOUS_LETTER_NAMES, UNITS,
    },
    letters::{digit_value, is_arabic_letter, is_invisible, is_mark},
};
use crate::text::interrupt::Interrupt;

/// Adds the segments of one paragraph of a text. A newline inside the paragraph is white space.
/// Returns `None` if it is interrupted.
pub(crate) fn segment(
    text: &str,
    paragraph: Range<usize>,
    options: SegmentationOptions,
    buffer: &mut CharBuffer,
    interrupt: &mut Interrupt<'_>,
    found: &mut Vec<Range<usize>>,
) -> Option<()> {
    let inside = text.get(paragraph.clone()).unwrap_or_default();
    buffer.0.clear();
    buffer.0.extend(inside.char_indices());
    let scan = ParagraphScan { chars: &buffer.0, byte_length: inside.len(), options };
    scan.for_each_segment(interrupt, |range| {
        found.extend(trim_segment(text, paragraph.start + range.start..paragraph.start + range.end));
    })
}

/// A reusable buffer for the characters of a paragraph with their byte offsets.
#[derive(Default)]
pub(crate) struct CharBuffer(Vec<(usize, char)>);

/// The number of characters of a word, or of a gap, that a rule examines. Real words are shorter. The limit
/// keeps the time linear on a text that is one endless word.
const MAX_WORD_CHARS: usize = 256;

/// The characters of one paragraph. Positions are indexes of characters unless they are called bytes.
struct ParagraphScan<'c> {
    chars: &'c [(usize, char)],
    /// The length of the paragraph in bytes.
    byte_length: usize,
    options: SegmentationOptions,
}

impl ParagraphScan<'_> {
    fn char_at(&self, i: usize) -> Option<char> {
        self.chars.get(i).map(|(_, c)| *c)
    }

    fn char_before(&self, i: usize) -> Option<char> {
        i.checked_sub(1).and_then(|i| self.char_at(i))
    }

    fn byte_offset(&self, i: usize) -> usize {
        self.chars.get(i).map_or(self.byte_length, |(b, _)| *b)
    }

    fn is_space_or_end(&self, i: usize) -> bool {
        self.char_at(i).is_none_or(char::is_whitespace)
    }

    /// Returns the character at a position if it is an Arabic letter or a mark.
    fn letter_or_mark(&self, i: usize) -> Option<char> {
        self.char_at(i).filter(|c| is_letter_or_mark(*c))
    }

    fn has_any(&self, range: Range<usize>, is_wanted: fn(char) -> bool) -> bool {
        range.filter_map(|i| self.char_at(i)).any(is_wanted)
    }

    /// Returns whether a text occurs at a position.
    fn has_text_at(&self, from: usize, text: &str) -> bool {
        text.chars().enumerate().all(|(n, c)| self.char_at(from + n) == Some(c))
    }

    fn for_each_segment(
        &self,
        interrupt: &mut Interrupt<'_>,
        mut found: impl FnMut(Range<usize>),
    ) -> Option<()> {
        let mut start = 0;
        let mut line = 0;
        let mut i = 0;
        while let Some(c) = self.char_at(i) {
            interrupt.count(1)?;
            if is_newline(c) {
                i += 1;
                line = i;
            } else if self.can_end_segment(c, i) {
                let run = self.terminators_end(i);
                let after = self.closers_end(run);
                if self.ends_segment(i, run, after, line) {
                    found(self.byte_offset(start)..self.byte_offset(after));
                    start = after;
                }
                i = after;
            } else {
                i += 1;
            }
        }
        found(self.byte_offset(start)..self.byte_length);
        Some(())
    }

    /// Returns whether the character at `i` is a stop that can end a segment.
    fn can_end_segment(&self, c: char, i: usize) -> bool {
        let by_option = self.options.break_at_semicolon && matches!(c, '؛' | ';')
            || self.options.break_at_colon && c == ':';
        is_terminator(c) || by_option && self.is_space_or_end(i + 1)
    }

    /// Returns the end of the run of terminators that starts at `from`.
    fn terminators_end(&self, from: usize) -> usize {
        let mut i = from + 1;
        while self.char_at(i).is_some_and(is_terminator) {
            i += 1;
        }
        i
    }

    /// Returns the end of the characters after a stop that still belong to its segment: closing
    /// quotes and brackets (also after a space), entity remnants, note marks, invisible characters
    /// and further terminators.
    fn closers_end(&self, mut i: usize) -> usize {
        while let Some(c) = self.char_at(i) {
            let is_space = c == ' ' || c == '\u{a0}';
            let quotes = (i..).take_while(|n| self.char_at(*n).is_some_and(is_straight_quote)).count();
            let closing_quotes = quotes > 0
                && (self.is_space_or_end(i + quotes) || self.char_at(i + quotes).is_some_and(is_terminator));
            if closing_quotes {
                i += quotes;
            } else if is_invisible(c) || is_closer(c) || is_terminator(c) {
                i += 1;
            } else if let Some(n) = self.closing_entity_end(i) {
                i = n;
            } else if let Some(n) = self.note_mark_end(i) {
                i = n;
            } else if is_space && self.char_at(i + 1).is_some_and(is_closer) && self.is_space_or_end(i + 2) {
                i += 2;
            } else if is_space
                && self.char_at(i + 1).is_some_and(is_terminator)
                && self.is_space_or_end(self.terminators_end(i + 1))
            {
                i = self.terminators_end(i + 1);
            } else if is_space && self.closing_entity_end(i + 1).is_some_and(|end| self.is_space_or_end(end))
            {
                i = self.closing_entity_end(i + 1).unwrap_or(i + 1);
            } else {
                break;
            }
        }
        i
    }

    /// Returns the end of a closing quote that is written as an entity: `&rsquo;`, or `rsquo;`
    /// where the ampersand was lost.
    fn closing_entity_end(&self, i: usize) -> Option<usize> {
        let from = if self.char_at(i) == Some('&') { i + 1 } else { i };
        let closing = ["rsquo;", "rdquo;"].into_iter().find(|name| self.has_text_at(from, name));
        // An opening entity before white space or the end is used as a closing one.
        let name = closing.or_else(|| {
            ["lsquo;", "ldquo;"]
                .into_iter()
                .find(|name| self.has_text_at(from, name) && self.is_space_or_end(from + name.len()))
        })?;
        Some(from + name.len())
    }

    /// Returns the end of a note mark such as `[3]`.
    fn note_mark_end(&self, i: usize) -> Option<usize> {
        if self.char_at(i) != Some('[') {
            return None;
        }
        let digits = (i + 1..).take_while(|n| self.char_at(*n).and_then(digit_value).is_some()).count();
        (digits > 0 && self.char_at(i + 1 + digits) == Some(']')).then_some(i + digits + 2)
    }

    /// Returns whether a stop ends the segment. Its terminators are `stop..run`, the closing
    /// characters that belong to it are `run..after`, and its line starts at `line`.
    fn ends_segment(&self, stop: usize, run: usize, after: usize, line: usize) -> bool {
        let Some(next) = self.char_at(after) else { return true };
        let dots = (stop..run).filter(|i| self.char_at(*i) == Some('.')).count();
        let only_dots = dots == run - stop;
        let ellipsis = only_dots && dots >= 3 || (stop..run).all(|i| self.char_at(i) == Some('…'));
        if ellipsis && !self.has_any(run..after, is_terminator) {
            return false;
        }
        // (!) is a remark on the words before it.
        if self.char_before(stop) == Some('(') && self.char_at(run) == Some(')') {
            return false;
        }
        if !next.is_whitespace() {
            return self.ends_segment_without_space(stop, run, after);
        }
        let follow = (after..).find(|i| self.char_at(*i).is_none_or(|c| !c.is_whitespace())).unwrap_or(after);
        if self.char_at(follow).is_none() {
            return false;
        }
        // In "و»" the guillemet has the wrong direction: it opens a quotation, so the sentence continues.
        if self.char_at(follow) == Some('و') && self.char_at(follow + 1) == Some('»') {
            return false;
        }
        let quoted =
            self.has_any(run..after, |c| is_closer(c) && c != ')' && c != ']' || is_straight_quote(c));
        if quoted && self.is_attribution(follow) {
            return false;
        }
        let bare = (run..after).all(|i| self.char_at(i).is_some_and(is_invisible));
        !(only_dots && dots == 1 && bare && self.is_abbreviation(stop, follow, line))
    }

    /// Returns whether the words from `follow` on only name the speaker of the quotation before
    /// them: `"…؟" تساءلت.`, `"…." حسبما أفاد الوزير`.
    fn is_attribution(&self, follow: usize) -> bool {
        let length =
            (follow..follow + MAX_WORD_CHARS).take_while(|i| self.letter_or_mark(*i).is_some()).count();
        let of_word = (follow..follow + length).filter_map(|i| self.char_at(i));
        let word: String = of_word.filter(|c| !is_mark(*c)).collect();
        let alone = self.char_at(follow + length).is_none_or(is_terminator);
        ATTRIBUTION_WORDS.contains(&word.as_str()) || alone && SAY_VERBS.contains(&word.as_str())
    }

    /// Returns whether a stop ends the segment although no white space follows it.
    fn ends_segment_without_space(&self, stop: usize, run: usize, after: usize) -> bool {
        let next_arabic = self.char_at(after).is_some_and(is_arabic_letter);
        if !next_arabic {
            return false;
        }
        if (stop..run).any(|i| matches!(self.char_at(i), Some('؟' | '!' | '?' | '۔'))) {
            return true;
        }
        if self.char_before(stop).is_some_and(char::is_whitespace) {
            return true;
        }
        // The cheap checks come first, because they decide most stops inside words.
        let tail = (0..stop).rev().map_while(|i| self.letter_or_mark(i));
        let tail = tail.filter(|c| is_arabic_letter(*c)).take(3).count();
        let head: String = (after..after + MAX_WORD_CHARS).map_while(|i| self.letter_or_mark(i)).collect();
        (tail >= 3 || tail > 0 && after > run)
            && head.chars().filter(|c| is_arabic_letter(*c)).take(3).count() >= 3
            && !self.has_dot_before(stop)
            && !self.has_dot_after(after)
            && !ARABIC_TOP_LEVEL_DOMAINS.contains(&head.as_str())
    }

    /// Returns whether the word that ends directly before a stop contains another dot.
    fn has_dot_before(&self, stop: usize) -> bool {
        let word = (stop.saturating_sub(MAX_WORD_CHARS)..stop).rev();
        word.map_while(|i| self.char_at(i).filter(|c| !can_precede_word(*c))).any(is_name_separator)
    }

    /// Returns whether the word that starts at `from` has a dot before one of its letters.
    fn has_dot_after(&self, from: usize) -> bool {
        let word =
            (from..from + MAX_WORD_CHARS).map_while(|i| self.char_at(i).filter(|c| !c.is_whitespace()));
        let mut rest = word.skip_while(|c| !is_name_separator(*c));
        rest.any(is_arabic_letter)
    }

    /// Returns the word that ends directly before a stop, without marks and invisible characters.
    fn word_before(&self, stop: usize) -> String {
        let mut from = stop;
        let limit = stop.saturating_sub(MAX_WORD_CHARS);
        while from > limit && self.char_before(from).is_some_and(|c| !can_precede_word(c)) {
            from -= 1;
        }
        (from..stop)
            .filter_map(|i| self.char_at(i))
            .filter(|c| !is_mark(*c) && (!is_invisible(*c) || *c == '\u{0640}'))
            .collect()
    }

    /// Returns whether the single dot at `stop` belongs to the word before it.
    fn is_abbreviation(&self, stop: usize, follow: usize, line: usize) -> bool {
        let word = self.word_before(stop);
        let next: String =
            (follow..).map_while(|i| self.char_at(i).filter(|c| c.is_alphanumeric())).collect();
        let letters: Vec<char> = word.chars().collect();
        if UNITS.contains(&word.as_str()) && self.follows_number(stop, letters.len()) {
            return !(next.starts_with('و') && next.chars().count() > 1
                || CLAUSE_OPENERS.contains(&next.as_str()));
        }
        if UNAMBIGUOUS_LETTER_NAMES.contains(&word.as_str()) && !next.is_empty() {
            // A name follows unless a clause opens. A و opens a clause only in a word of four letters
            // or more, because in a shorter word it may be the first letter of a name.
            let opens = next.starts_with("ال") || next.starts_with('و') && next.chars().count() > 3;
            return !opens && !CLAUSE_OPENERS.contains(&next.as_str());
        }
        // Initials are capitals. A single small Latin letter before an Arabic word ends a clause.
        let arabic_follows = self.char_at(follow).is_some_and(is_arabic_letter);
        let lone_letter = letters.len() == 1
            && letters.iter().all(|c| c.is_alphabetic() && !(arabic_follows && c.is_ascii_lowercase()));
        lone_letter
            || TITLES.contains(&word.as_str())
            || ABBREVIATIONS.contains(&word.as_str())
            || is_title_with_proclitic(&letters)
            || is_dotted_letters(&word)
            || self.is_list_marker(stop, &letters, line)
            || LATIN_ABBREVIATIONS.contains(&word.to_lowercase().as_str())
            || LETTER_NAMES.contains(&word.as_str())
                && (LETTER_NAMES.contains(&next.as_str()) || self.follows_letter_name(stop, letters.len()))
    }

    /// Returns whether the word before `stop` opens its line and is a number or a single letter.
    fn is_list_marker(&self, stop: usize, word: &[char], line: usize) -> bool {
        self.has_any(line..stop, |c| !c.is_whitespace() && !is_invisible(c))
            && self.starts_line(stop, word.len(), line)
            && (word.len() == 1
                || !word.is_empty() && word.iter().all(|c| digit_value(*c).is_some() || *c == '.'))
    }

    /// Returns whether the word of `len` characters before `stop` opens its line.
    fn starts_line(&self, stop: usize, len: usize, line: usize) -> bool {
        (line..stop.saturating_sub(len))
            .all(|i| self.char_at(i).is_some_and(|c| c.is_whitespace() || is_invisible(c)))
    }

    /// Returns whether a number precedes the word of `len` characters that ends at `stop`.
    fn follows_number(&self, stop: usize, len: usize) -> bool {
        let mut i = stop.saturating_sub(len);
        while self.char_before(i).is_some_and(|c| c.is_whitespace() && !is_newline(c)) {
            i -= 1;
        }
        self.char_before(i).and_then(digit_value).is_some()
    }

    /// Returns whether the word before the last one is a letter name with its dot, for example
    /// جي. before إف.
    fn follows_letter_name(&self, stop: usize, len: usize) -> bool {
        let mut i = stop.saturating_sub(len);
        while self.char_before(i).is_some_and(char::is_whitespace) {
            i -= 1;
        }
        self.char_before(i) == Some('.') && LETTER_NAMES.contains(&self.word_before(i - 1).as_str())
    }
}

/// Returns whether a word is a title after a proclitic, for example ود or لأ.د.
fn is_title_with_proclitic(word: &[char]) -> bool {
    word.split_first().is_some_and(|(first, rest)| {
        let rest: String = rest.iter().collect();
        TITLES_WITH_PROCLITIC.iter().any(|(title, proclitics)| *title == rest && proclitics.contains(*first))
    })
}

/// Returns whether a word consists of single letters with dots between them: أ.ف.ب, U.S
fn is_dotted_letters(word: &str) -> bool {
    word.contains('.')
        && word.split('.').all(|part| part.chars().count() == 1 && part.chars().all(char::is_alphabetic))
}

fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '؟' | '…' | '۔' | '‼' | '⁇' | '⁈' | '⁉' | '⸮')
}

/// Returns whether a character can precede a word and is not part of it.
fn can_precede_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | '[' | '{' | '«' | '“' | '‘' | '"' | '،' | ',' | ':')
}

/// Returns whether a character separates the parts of a file name, a web address or an e-mail address.
fn is_name_separator(c: char) -> bool {
    matches!(c, '.' | '/' | '@')
}

fn is_letter_or_mark(c: char) -> bool {
    is_arabic_letter(c) || is_mark(c)
}

fn is_straight_quote(c: char) -> bool {
    matches!(c, '"' | '\'')
}

fn is_closer(c: char) -> bool {
    matches!(c, '»' | '”' | '’' | '›' | ')' | ']' | '}' | '﴾')
}

#[cfg(test)]
mod tests {
    use crate::text::{Newlines, SegmentationOptions, segment};

    fn check(text: &str, expected: &[&str]) {
        check_with(text, expected, SegmentationOptions::default());
    }

    fn check_with(text: &str, expected: &[&str], options: SegmentationOptions) {
        let got: Vec<_> = segment(text, &options).into_iter().map(|r| &text[r]).collect();
        assert_eq!(got, expected, "{text:?}");
    }

    #[test]
    fn stops_end_segments() {
        check("وصل الوفد. غادر الوزير.", &["وصل الوفد.", "غادر الوزير."]);
        check("هل وصل؟ نعم! حسنا.", &["هل وصل؟", "نعم!", "حسنا."]);
        check("سطر أول\nسطر ثان\r\nسطر ثالث", &["سطر أول", "سطر ثان", "سطر ثالث"]);
        check("قال: نعم، ثم مضى؛ وعاد.", &["قال: نعم، ثم مضى؛ وعاد."]);
        check("", &[]);
        check(" \u{200f}\n ", &[]);
    }

    #[test]
    fn closers_stay_with_their_segment() {
        check("قال «نعم.» ثم مضى.", &["قال «نعم.»", "ثم مضى."]);
        check("انتهى اللقاء . » وعاد الوفد.", &["انتهى اللقاء . »", "وعاد الوفد."]);
        check("قال rsquo;نعم.rsquo; ومضى إلى بيته.", &["قال rsquo;نعم.rsquo;", "ومضى إلى بيته."]);
        check("انظر النص.[3] ثم عد.", &["انظر النص.[3]", "ثم عد."]);
        check("كتب \"نعم.\"\" ثم مضى.", &["كتب \"نعم.\"\"", "ثم مضى."]);
        check("لم يصل (!) وقال إنه تعب.", &["لم يصل (!) وقال إنه تعب."]);
    }

    #[test]
    fn attributions_belong_to_their_quotation() {
        check("\"هل وصل؟\" تساءلت. ثم مضت.", &["\"هل وصل؟\" تساءلت.", "ثم مضت."]);
        check("\"نعم.\" حسبما أفاد الوزير.", &["\"نعم.\" حسبما أفاد الوزير."]);
        check("\"هل وصل؟\" قال الوزير إنه تعب.", &["\"هل وصل؟\"", "قال الوزير إنه تعب."]);
    }

    #[test]
    fn a_lost_space_does_not_hide_a_stop() {
        check("حمص القديمة .ويقول الناشط", &["حمص القديمة .", "ويقول الناشط"]);
        check("انتهت الجلسة.وغادر الوفد", &["انتهت الجلسة.", "وغادر الوفد"]);
        check("لماذا؟لأنه تعب", &["لماذا؟", "لأنه تعب"]);
        check("زر موقع.مصر اليوم", &["زر موقع.مصر اليوم"]);
        check("افتح ملف.txt و report.pdf", &["افتح ملف.txt و report.pdf"]);
        check("بلغ ٣.٥ في المئة", &["بلغ ٣.٥ في المئة"]);
    }

    #[test]
    fn abbreviations_end_nothing() {
        check("قال د. أحمد إن أ.د. سعاد وصلت.", &["قال د. أحمد إن أ.د. سعاد وصلت."]);
        check("حضر ود. علي وم. سمير.", &["حضر ود. علي وم. سمير."]);
        check("ص.ب. 14 دمشق.", &["ص.ب. 14 دمشق."]);
        check("جون إف. كينيدي. و جي. إف. كي.", &["جون إف. كينيدي.", "و جي. إف. كي."]);
        check(
            "غنت تيلر آر. فاز. وصلت فرقة آر. والجمهور فرح.",
            &["غنت تيلر آر. فاز.", "وصلت فرقة آر.", "والجمهور فرح."],
        );
        check("أم لا. لقد تعب. ولم. ثم نام.", &["أم لا.", "لقد تعب.", "ولم.", "ثم نام."]);
        check("هو الحرف u. وهذا A. سميث.", &["هو الحرف u.", "وهذا A. سميث."]);
        check("قال د\u{202a}.\u{202c} سمير نعم.", &["قال د\u{202a}.\u{202c} سمير نعم."]);
        check("1. أولا\n٢. ثانيا", &["1. أولا", "٢. ثانيا"]);
        check("سار 5 كم. وعاد. ثم سار 3 كم. شرقا.", &["سار 5 كم.", "وعاد.", "ثم سار 3 كم. شرقا."]);
        check("تفاح وموز إلخ. وصلت.", &["تفاح وموز إلخ.", "وصلت."]);
        check("رضي به. له. لم.", &["رضي به.", "له.", "لم."]);
    }

    #[test]
    fn dots_in_a_row() {
        check("انتهى الأمر.. وعاد.", &["انتهى الأمر..", "وعاد."]);
        check("لكن... ربما. نعم… ولا", &["لكن... ربما.", "نعم… ولا"]);
        check("لا (نعم...). ومضى.", &["لا (نعم...).", "ومضى."]);
    }

    #[test]
    fn options_break_and_join() {
        let semicolon = SegmentationOptions { break_at_semicolon: true, ..Default::default() };
        check_with("وصل؛ ثم مضى.", &["وصل؛", "ثم مضى."], semicolon);
        let colon = SegmentationOptions { break_at_colon: true, ..Default::default() };
        check_with("قال: نعم 10:30.", &["قال:", "نعم 10:30."], colon);
        let join = SegmentationOptions { newlines: Newlines::AfterComma, ..Default::default() };
        check_with("وصل،\nثم مضى\nوعاد", &["وصل،\nثم مضى", "وعاد"], join);
    }
}
