//! Goes through a paragraph and decides at each stop whether it ends a segment.

use std::ops::Range;

use super::scan::{
    CharBuffer, Earlier, MAX_WORD_CHARS, ParagraphScan, Stop, is_bracket, is_closer, is_straight_quote,
    is_terminator,
};
use crate::text::{
    arabic::{
        abbreviations::{ATTRIBUTION_WORDS, ENDS_OF_QUOTATION, NO_SPEAKER, SAY_VERBS},
        letters::{is_invisible, is_mark},
    },
    interrupt::Interrupt,
    segmentation::{
        options::SegmentationOptions,
        paragraphs::{is_newline, trim_segment},
    },
};

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

/// The most words of a speaker after a verb of saying: `"…" قال محمد بن علي.`
const MAX_SPEAKER_WORDS: usize = 3;

impl ParagraphScan<'_> {
    fn for_each_segment(
        &self,
        interrupt: &mut Interrupt<'_>,
        mut found: impl FnMut(Range<usize>),
    ) -> Option<()> {
        let mut earlier = Earlier::default();
        let mut i = 0;
        while let Some(c) = self.char_at(i) {
            interrupt.count(1)?;
            if !self.can_end_segment(c, i) {
                i += 1;
                earlier.in_quotes ^= c == '"';
                if is_newline(c) {
                    earlier.line = i;
                }
                continue;
            }
            let run = self.terminators_end(i);
            let stop = Stop { at: i, run, after: self.closers_end(run, earlier) };
            if self.ends_segment(stop, earlier) {
                found(self.byte_offset(earlier.segment)..self.byte_offset(stop.after));
                earlier.dialogue |= self.opens_with_dash(earlier.segment);
                earlier.segment = stop.after;
            } else if let Some(number) = self.item_before(stop, earlier) {
                earlier.item = number;
            }
            let quotes = (run..stop.after).filter(|i| self.char_at(*i) == Some('"')).count();
            earlier.in_quotes ^= quotes % 2 == 1;
            i = stop.after;
        }
        found(self.byte_offset(earlier.segment)..self.byte_length);
        Some(())
    }

    /// Returns whether the character at `i` is a stop that can end a segment.
    fn can_end_segment(&self, c: char, i: usize) -> bool {
        let by_option = self.options.break_at_semicolon && matches!(c, '؛' | ';')
            || self.options.break_at_colon && c == ':';
        is_terminator(c) || by_option && self.is_space_or_end(i + 1)
    }

    /// Returns whether a stop ends the segment.
    fn ends_segment(&self, stop: Stop, earlier: Earlier) -> bool {
        let Stop { at, run, after } = stop;
        let Some(next) = self.char_at(after) else { return true };
        let dots = (at..run).filter(|i| self.char_at(*i) == Some('.')).count();
        let only_dots = dots == run - at;
        let ellipsis = only_dots && dots >= 3 || (at..run).all(|i| self.char_at(i) == Some('…'));
        if ellipsis && !self.has_any(run..after, is_terminator) {
            return self.is_next_turn(after, earlier);
        }
        // (!) is a remark on the words before it.
        if self.char_before(at) == Some('(') && self.char_at(run) == Some(')') {
            return false;
        }
        if !next.is_whitespace() {
            return self.ends_segment_without_space(stop, earlier);
        }
        let follow = self.skip(after, char::is_whitespace);
        if self.char_at(follow).is_none() {
            return false;
        }
        // In "و»" the guillemet has the wrong direction: it opens a quotation, so the sentence continues.
        if self.char_at(follow) == Some('و') && self.char_at(follow + 1) == Some('»') {
            return false;
        }
        // The sign for the end of a quotation belongs to it.
        if ENDS_OF_QUOTATION.iter().any(|sign| self.has_text_at(follow, sign)) {
            return false;
        }
        let quoted =
            self.has_any(run..after, |c| is_closer(c) && c != ')' && c != ']' || is_straight_quote(c));
        if quoted && self.is_attribution(follow) {
            return false;
        }
        let bare = self.all(run..after, is_invisible);
        let in_brackets = !bare && self.all(run..after, |c| is_invisible(c) || is_bracket(c));
        let belongs_to_word = bare && self.is_abbreviation(at, follow, earlier, true)
            || in_brackets && self.is_abbreviation_in_brackets(at);
        !(only_dots && dots == 1 && belongs_to_word)
    }

    /// Returns whether a dash after an ellipsis begins the turn of the next speaker: the paragraph is a dialogue,
    /// because a segment of it opened with a dash.
    fn is_next_turn(&self, after: usize, earlier: Earlier) -> bool {
        let follow = self.skip(after, char::is_whitespace);
        follow > after
            && self.is_dash_at(follow)
            && (earlier.dialogue || self.opens_with_dash(earlier.segment))
    }

    /// Returns whether a dash is first from a position on, perhaps in quotation marks.
    fn opens_with_dash(&self, from: usize) -> bool {
        let first = self.skip(from, |c| {
            c.is_whitespace() || is_invisible(c) && c != '\u{0640}' || matches!(c, '«' | '“' | '"')
        });
        self.is_dash_at(first)
    }

    /// Returns whether the words from `follow` on only name the speaker of the quotation before
    /// them: `"…؟" تساءلت.`, `"…؟" سأل المدرب.`, `"…." حسبما أفاد الوزير`.
    fn is_attribution(&self, follow: usize) -> bool {
        let (verb, mut end) = self.letters_at(follow);
        if ATTRIBUTION_WORDS.contains(&verb.as_str()) {
            return true;
        }
        if !SAY_VERBS.contains(&verb.as_str()) {
            return false;
        }
        for words in 0..=MAX_SPEAKER_WORDS {
            let next = self.skip(end, |c| matches!(c, ' ' | '\u{a0}'));
            if self.char_at(next).is_none_or(|c| is_terminator(c) || words > 0 && c == '،') {
                return true;
            }
            let (word, word_end) = self.letters_at(next);
            if word.is_empty() || NO_SPEAKER.contains(&word.as_str()) {
                return false;
            }
            end = word_end;
        }
        false
    }

    /// Returns the Arabic letters from a position on, without marks, and their end.
    fn letters_at(&self, from: usize) -> (String, usize) {
        let length = (from..from + MAX_WORD_CHARS).take_while(|i| self.letter_or_mark(*i).is_some()).count();
        let word = (from..from + length).filter_map(|i| self.char_at(i));
        (word.filter(|c| !is_mark(*c)).collect(), from + length)
    }
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
    fn segments_end_where_a_person_ends_them() {
        const GOLDEN: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/segments.txt"));
        for line in GOLDEN.lines().filter(|line| !line.starts_with('#')) {
            let expected: Vec<&str> = line.split('|').map(str::trim).collect();
            let text = line.replace("| ", "").replace('|', "");
            check(&text, &expected);
        }
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
