//! Finds words with another meaning: opposites, numbers, units, and questions against statements.
//!
//! Only words that the alignment replaces are compared, because only there one takes the place of the
//! other. For example, «قبل» and «بعد» in the same place are flagged, «قبل» beside «بعد» elsewhere is not.

use std::{ops::Range, sync::OnceLock};

use super::{
    number_groups::{GroupValue, NumberGroup, is_numeric, is_percent_word, number_groups},
    put_in_words::{is_cancellation_put_in, is_ma_put_in},
    word_alignment::{
        DifferingBlock, EqualEnds, TextToken, TextTokenKind, TokenizedText, differing_blocks,
        may_have_placeholder, text_tokens, text_tokens_beside,
    },
};
use crate::{
    score::Flag,
    text::{OppositeSide, UnitName, arabic, english, number_word, unit_name},
};

/// A difference in meaning, with the words of both texts. A word that is only in one text has an empty range
/// in the other, where it would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeaningDifference {
    /// The flag that it causes.
    pub flag: Flag,
    /// Byte range in the stored text.
    pub stored: Range<usize>,
    /// Byte range in the text that is looked up.
    pub asked: Range<usize>,
}

/// The differences between two texts.
#[derive(Debug, Default)]
pub(super) struct MeaningComparison {
    /// The differences, with ranges in the folded texts.
    pub(super) differences: Vec<MeaningDifference>,
    /// Where both texts have the same number in other words, so that the digits differ but the values do not:
    /// the ranges in the text that is looked up and in the stored one.
    pub(super) equal_numbers: Vec<(Range<usize>, Range<usize>)>,
}

/// The most tokens of a block, on each side, that are compared. In longer blocks the texts differ so much
/// that words do not correspond.
const MAX_BLOCK_TOKENS: usize = 4;

/// How far from a block the words of a number may reach.
const MAX_NUMBER_REACH: usize = 4;

/// A folded text with its tokens, which are found once.
#[derive(Clone, Debug)]
pub(super) struct MeaningProfile {
    tokens: Vec<TextToken>,
    may_have_placeholder: bool,
    /// By token: the sides of opposites that it is on, once they were asked for.
    sides: Vec<OnceLock<Vec<OppositeSide>>>,
}

impl MeaningProfile {
    /// Finds the tokens of a folded text.
    pub(super) fn new(folded: &str) -> Self {
        let tokens = text_tokens(folded);
        let sides = vec![OnceLock::new(); tokens.len()];
        Self { may_have_placeholder: may_have_placeholder(folded), tokens, sides }
    }

    /// Compares the text of this profile with a stored one. Both are folded.
    pub(super) fn compare(&self, asked: &str, stored: &str) -> MeaningComparison {
        let asked = TokenizedText { text: asked, tokens: &self.tokens };
        let (stored_tokens, known) = if self.may_have_placeholder || may_have_placeholder(stored) {
            (text_tokens(stored), EqualEnds::default())
        } else {
            text_tokens_beside(stored, &asked)
        };
        let stored = TokenizedText { text: stored, tokens: &stored_tokens };
        let pair = TextPair { asked, stored, asked_sides: &self.sides };
        let mut comparison = MeaningComparison::default();
        for block in differing_blocks(&pair.asked, &pair.stored, known) {
            pair.compare_numbers(&block, &mut comparison);
            if block.a.len() <= MAX_BLOCK_TOKENS && block.b.len() <= MAX_BLOCK_TOKENS {
                pair.compare_units(&block, &mut comparison);
                pair.compare_opposites(&block, &mut comparison);
                pair.compare_put_in_words(&block, &mut comparison);
            }
        }
        pair.compare_questions(&mut comparison);
        comparison
    }
}

/// The text that is looked up, which blocks call `a`, and the stored one, `b`.
struct TextPair<'t> {
    asked: TokenizedText<'t>,
    stored: TokenizedText<'t>,
    asked_sides: &'t [OnceLock<Vec<OppositeSide>>],
}

impl TextPair<'_> {
    fn difference(&self, flag: Flag, asked: &Range<usize>, stored: &Range<usize>) -> MeaningDifference {
        MeaningDifference { flag, asked: self.asked.bytes(asked), stored: self.stored.bytes(stored) }
    }

    /// Compares the numbers of a block by value, with the equal words beside it that belong to them.
    fn compare_numbers(&self, block: &DifferingBlock, comparison: &mut MeaningComparison) {
        let numeric = block.a.clone().any(|t| is_numeric(&self.asked, t))
            || block.b.clone().any(|t| is_numeric(&self.stored, t));
        if !numeric {
            return;
        }
        let before = block.equal_before.min(MAX_NUMBER_REACH);
        let after = block.equal_after.min(MAX_NUMBER_REACH);
        let around = |core: &Range<usize>| core.start - before..core.end + after;
        let of_a = number_groups(&self.asked, around(&block.a));
        let of_b = number_groups(&self.stored, around(&block.b));
        // A number that begins before the block or ends after it takes equal words into the comparison.
        let reach = |groups: &[NumberGroup], core: &Range<usize>| {
            let touching = groups.iter().filter(|g| g.tokens.start < core.end && g.tokens.end > core.start);
            touching.fold((0, 0), |(left, right), g| {
                (
                    left.max(core.start.saturating_sub(g.tokens.start)),
                    right.max(g.tokens.end.saturating_sub(core.end)),
                )
            })
        };
        let (left_a, right_a) = reach(&of_a, &block.a);
        let (left_b, right_b) = reach(&of_b, &block.b);
        let (left, right) = (left_a.max(left_b), right_a.max(right_b));
        let wide = |core: &Range<usize>| core.start - left..core.end + right;
        let (wide_a, wide_b) = (wide(&block.a), wide(&block.b));
        let of_a: Vec<_> = of_a.into_iter().filter(|g| touches(&g.tokens, &wide_a)).collect();
        let of_b: Vec<_> = of_b.into_iter().filter(|g| touches(&g.tokens, &wide_b)).collect();
        if of_a.is_empty() || of_b.is_empty() {
            self.compare_single_number(&of_a, &of_b, (&wide_a, &wide_b), comparison);
            return;
        }
        let equal = of_a.len() == of_b.len() && of_a.iter().zip(&of_b).all(|(x, y)| x.value.equals(&y.value));
        if equal {
            if !of_a.iter().chain(&of_b).all(|g| g.is_digits) {
                let range = (self.asked.bytes(&wide_a), self.stored.bytes(&wide_b));
                comparison.equal_numbers.push(range);
            }
            return;
        }
        let small = block.a.len() <= MAX_BLOCK_TOKENS && block.b.len() <= MAX_BLOCK_TOKENS;
        let different = of_a.iter().zip(&of_b).find(|(x, y)| !x.value.equals(&y.value));
        if let Some((x, y)) = different.filter(|(x, y)| small && x.value.is_like(&y.value)) {
            let difference = self.difference(Flag::Number, &x.tokens, &y.tokens);
            comparison.differences.push(difference);
        }
    }

    /// Compares numbers of which one text has none. The dual of a noun is the number two, and ½ is never left
    /// out. Other numbers with digits are compared elsewhere, and a number word alone may be another word.
    fn compare_single_number(
        &self,
        of_a: &[NumberGroup],
        of_b: &[NumberGroup],
        (wide_a, wide_b): (&Range<usize>, &Range<usize>),
        comparison: &mut MeaningComparison,
    ) {
        let a_has_number = of_b.is_empty();
        let (groups, own, core, other, other_core) = if a_has_number {
            (of_a, &self.asked, wide_a, &self.stored, wide_b)
        } else {
            (of_b, &self.stored, wide_b, &self.asked, wide_a)
        };
        let [group] = groups else { return };
        if group.value.equals(&GroupValue::Number(2.0)) {
            let is_dual = other_core
                .clone()
                .any(|t| core.clone().any(|noun| is_dual_of(other.word(t), own.word(noun))));
            if is_dual {
                let range = (self.asked.bytes(wide_a), self.stored.bytes(wide_b));
                comparison.equal_numbers.push(range);
            }
        }
        let is_fraction_sign =
            own.word(group.tokens.start).chars().any(|c| matches!(c, '½' | '¼' | '¾' | '⅓' | '⅔'));
        if is_fraction_sign {
            let difference = self.difference(Flag::Number, wide_a, wide_b);
            comparison.differences.push(difference);
        }
    }

    /// Compares the units of a block: other units of the same quantity, or a sign that is lost.
    fn compare_units(&self, block: &DifferingBlock, comparison: &mut MeaningComparison) {
        let of_a = units(&self.asked, &block.a);
        let of_b = units(&self.stored, &block.b);
        for (token, names) in &of_a {
            let quantity = |(_, others): &&(usize, Vec<UnitName>)| shares(names, others, is_same_quantity);
            match of_b.iter().find(quantity) {
                // «جنيه إسترليني» and «جنيهات» share a unit, although they have another one beside it.
                Some((other, others)) => {
                    let equal = of_a
                        .iter()
                        .filter(|(_, of_token)| shares(of_token, others, is_same_quantity))
                        .any(|(_, of_token)| {
                            of_b.iter().any(|(_, b)| shares(of_token, b, |x, y| x.unit == y.unit))
                        });
                    if !equal {
                        let difference =
                            self.difference(Flag::Unit, &(*token..token + 1), &(*other..other + 1));
                        comparison.differences.push(difference);
                    }
                }
                None if is_lost_sign(&self.asked, *token, names) => {
                    let difference = self.difference(Flag::Unit, &(*token..token + 1), &block.b);
                    comparison.differences.push(difference);
                }
                None => {}
            }
        }
        for (token, names) in &of_b {
            let alike = of_a.iter().any(|(_, others)| shares(names, others, is_same_quantity));
            if !alike && is_lost_sign(&self.stored, *token, names) {
                let difference = self.difference(Flag::Unit, &block.a, &(*token..token + 1));
                comparison.differences.push(difference);
            }
        }
    }

    /// Compares the words of a block: a pair of opposites of which each text has one side.
    fn compare_opposites(&self, block: &DifferingBlock, comparison: &mut MeaningComparison) {
        if block.a.is_empty() || block.b.is_empty() {
            return;
        }
        if block.a.len() == 1 && block.b.len() == 1 {
            let (a, b) = (self.asked.word(block.a.start), self.stored.word(block.b.start));
            let flag = if english::differ_by_negative_prefix(a, b) && a.is_ascii() {
                Some(Flag::Negation)
            } else {
                arabic::opposites::differ_by_la(a, b).then_some(Flag::Opposite)
            };
            if let Some(flag) = flag {
                comparison.differences.push(self.difference(flag, &block.a, &block.b));
                return;
            }
        }
        let known_sides = |token: usize| match self.asked_sides.get(token) {
            Some(sides) => sides.get_or_init(|| opposite_sides(self.asked.word(token))).clone(),
            None => Vec::new(),
        };
        let of_a = sides(&self.asked, &block.a, known_sides);
        if of_a.is_empty() {
            return;
        }
        let of_b = sides(&self.stored, &block.b, |token| opposite_sides(self.stored.word(token)));
        let found = of_a.iter().find_map(|(x, side)| {
            let turned = OppositeSide { second: !side.second, ..*side };
            // A side that both texts have was only moved.
            let is_moved = of_b.iter().any(|(_, s)| s == side) || of_a.iter().any(|(_, s)| *s == turned);
            let (y, _) = of_b.iter().find(|(_, s)| *s == turned)?;
            (!is_moved).then_some((*x, *y))
        });
        if let Some((x, y)) = found {
            let difference = self.difference(Flag::Opposite, &(x..x + 1), &(y..y + 1));
            comparison.differences.push(difference);
        }
    }

    /// Finds words that are put in or taken out and change the meaning of the next one: ما and «إلغاء».
    fn compare_put_in_words(&self, block: &DifferingBlock, comparison: &mut MeaningComparison) {
        let own = (&self.asked, &block.a);
        let others = (&self.stored, &block.b);
        let flag = if is_ma_put_in(own, others) || is_ma_put_in(others, own) {
            Flag::Negation
        } else if is_cancellation_put_in(own, others) || is_cancellation_put_in(others, own) {
            Flag::Opposite
        } else {
            return;
        };
        comparison.differences.push(self.difference(flag, &block.a, &block.b));
    }

    /// Compares whether the texts are questions: one ends with a question mark, the other neither does nor
    /// begins with a word that asks.
    fn compare_questions(&self, comparison: &mut MeaningComparison) {
        // Nearly all texts are statements, which is soon seen.
        let may_ask = |text: &TokenizedText<'_>| {
            text.word(text.tokens.len().saturating_sub(1)) == "?" || text.word(0).ends_with("هل")
        };
        if !may_ask(&self.asked) && !may_ask(&self.stored) {
            return;
        }
        let (asked, stored) = (Question::of(&self.asked), Question::of(&self.stored));
        let differs = match (asked, stored) {
            (Question::Marked { asks }, Question::Statement) => asks || is_sentence(&self.asked),
            (Question::Statement, Question::Marked { asks }) => asks || is_sentence(&self.stored),
            (Question::Particle, Question::Statement) | (Question::Statement, Question::Particle) => true,
            _ => false,
        };
        if differs {
            let token = |text: &TokenizedText<'_>, question: Question| match question {
                Question::Marked { .. } => text.tokens.len().saturating_sub(1)..text.tokens.len(),
                Question::Particle => 0..1,
                _ => text.tokens.len()..text.tokens.len(),
            };
            let difference =
                self.difference(Flag::Opposite, &token(&self.asked, asked), &token(&self.stored, stored));
            comparison.differences.push(difference);
        }
    }
}

fn touches(tokens: &Range<usize>, core: &Range<usize>) -> bool {
    tokens.start < core.end && tokens.end > core.start
}

/// Returns whether a word is the dual of a noun: it has a dual ending and the same first letters. Both may
/// have the article.
fn is_dual_of(word: &str, noun: &str) -> bool {
    let bare = |word: &str| word.strip_prefix("ال").unwrap_or(word).to_owned();
    let (word, noun) = (bare(word), bare(noun));
    let stem = ["تان", "تين", "ان", "ين"].into_iter().find_map(|ending| word.strip_suffix(ending));
    stem.is_some_and(|stem| {
        stem.len() >= 4 && {
            let letters: String = stem.chars().take(2).collect();
            noun.starts_with(&letters) && number_word(&noun).is_none()
        }
    })
}

/// Returns the units among the tokens of a block. Signs are units only beside a number.
fn units(text: &TokenizedText<'_>, block: &Range<usize>) -> Vec<(usize, Vec<UnitName>)> {
    let found = block.clone().filter_map(|token| {
        let word = text.word(token);
        if is_percent_word(text, token) {
            return Some((token, unit_name("%").to_vec()));
        }
        let beside_number = || {
            let neighbours = [token.checked_sub(1), Some(token + 1)];
            neighbours.into_iter().flatten().any(|t| text.kind(t) == Some(TextTokenKind::Number))
        };
        let names: Vec<UnitName> =
            unit_name(word).iter().filter(|name| !name.is_sign || beside_number()).copied().collect();
        (!names.is_empty()).then_some((token, names))
    });
    found.collect()
}

fn shares(a: &[UnitName], b: &[UnitName], equal: impl Fn(&UnitName, &UnitName) -> bool) -> bool {
    a.iter().any(|x| b.iter().any(|y| equal(x, y)))
}

fn is_same_quantity(a: &UnitName, b: &UnitName) -> bool {
    a.quantity == b.quantity
}

/// Returns whether a unit is a sign that a number needs: %, $, kg. Single letters are often left out.
fn is_lost_sign(text: &TokenizedText<'_>, token: usize, names: &[UnitName]) -> bool {
    let word = text.word(token);
    let is_single_letter = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    !is_single_letter && names.iter().all(|name| name.is_sign && name.quantity != "era")
}

/// Returns the sides of opposites that a word is on.
fn opposite_sides(word: &str) -> Vec<OppositeSide> {
    match word.chars().next() {
        Some('a'..='z') => english::opposite_sides(word),
        Some('ء'..='ي') => arabic::opposites::opposite_sides(word),
        _ => Vec::new(),
    }
}

/// Returns the sides of opposites that the tokens of a block are on, given those of a token.
fn sides(
    text: &TokenizedText<'_>,
    block: &Range<usize>,
    of_token: impl Fn(usize) -> Vec<OppositeSide>,
) -> Vec<(usize, OppositeSide)> {
    // «من دون» and «من قبل» are one preposition, not "from".
    let is_compound = |token: usize| {
        text.word(token) == "من" && matches!(text.word(token + 1), "دون" | "غير" | "قبل" | "اجل")
    };
    let words =
        block.clone().filter(|token| text.kind(*token) == Some(TextTokenKind::Word) && !is_compound(*token));
    words.flat_map(|token| of_token(token).into_iter().map(move |side| (token, side))).collect()
}

/// Whether a text asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// It ends with a question mark, and may also begin with هل.
    Marked {
        /// Whether it begins with هل.
        asks: bool,
    },
    /// It has no mark but begins with هل.
    Particle,
    /// It has no mark but begins with a word that can ask, so it may be a question.
    Perhaps,
    /// It is not a question.
    Statement,
}

/// The fewest tokens of a text, with its question mark, in which the mark alone makes a question. Shorter ones
/// are titles and buttons, «حذف الملف؟» and «حذف الملف», which ask for the same.
const LEAST_SENTENCE_TOKENS: usize = 6;

/// Returns whether a text with a question mark is long enough for a sentence.
fn is_sentence(text: &TokenizedText<'_>) -> bool {
    text.tokens.len() >= LEAST_SENTENCE_TOKENS
}

/// Words that can begin a question without being one: «كيف تعمل الخدمة», `what it does`.
const QUESTION_WORDS: [&str; 22] = [
    "كيف",
    "متي",
    "اين",
    "لماذا",
    "ماذا",
    "ما",
    "من",
    "كم",
    "اي",
    "ايه",
    "ماهي",
    "ماهو",
    "what",
    "who",
    "when",
    "where",
    "why",
    "how",
    "which",
    "do",
    "is",
    "are",
];

impl Question {
    fn of(text: &TokenizedText<'_>) -> Self {
        let first = text.word(0);
        let bare = first.strip_prefix(['و', 'ف']).unwrap_or(first);
        if text.tokens.len().checked_sub(1).is_some_and(|last| text.word(last) == "?") {
            return Self::Marked { asks: bare == "هل" };
        }
        if bare == "هل" {
            Self::Particle
        } else if QUESTION_WORDS.contains(&first) || QUESTION_WORDS.contains(&bare) {
            Self::Perhaps
        } else {
            Self::Statement
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MeaningProfile;
    use crate::{score::Flag, text::folded};

    /// Returns the differences as flag, asked words and stored words.
    fn differences(asked: &str, stored: &str) -> Vec<(Flag, String, String)> {
        let (asked, stored) = (folded(asked), folded(stored));
        let found = MeaningProfile::new(&asked).compare(&asked, &stored).differences;
        found.into_iter().map(|d| (d.flag, asked[d.asked].to_owned(), stored[d.stored].to_owned())).collect()
    }

    #[test]
    fn words_of_another_meaning_are_found() {
        for (asked, stored, flag, words) in [
            ("فُعّلت الخدمة اليوم", "عُطّلت الخدمة اليوم", Flag::Opposite, ("فعلت", "عطلت")),
            ("نصل قبل الغروب", "نصل بعد الغروب", Flag::Opposite, ("قبل", "بعد")),
            ("الهواتف اللاسلكية", "الهواتف السلكية", Flag::Opposite, ("اللاسلكيه", "السلكيه")),
            ("حضر ثلاثة أعضاء", "حضر أربعة أعضاء", Flag::Number, ("ثلاثه", "اربعه")),
            ("حضر خمسة وعشرون", "حضر خمسة وثلاثون", Flag::Number, ("خمسه وعشرون", "خمسه وثلاثون")),
            ("بلغ مليون دينار", "بلغ مليار دينار", Flag::Number, ("مليون", "مليار")),
            ("أخذ نصف الأرض", "أخذ ربع الأرض", Flag::Number, ("نصف", "ربع")),
            ("في شباط المقبل", "في آذار المقبل", Flag::Number, ("شباط", "اذار")),
            ("يوم السبت صباحا", "يوم الخميس صباحا", Flag::Number, ("السبت", "الخميس")),
            ("كوب ونصف", "كوب وربع", Flag::Number, ("ونصف", "وربع")),
            ("على بعد 20 كم من هنا", "على بعد 20 م من هنا", Flag::Unit, ("كم", "م")),
            ("بعد 3 أيام", "بعد 3 أسابيع", Flag::Unit, ("ايام", "اسابيع")),
            ("زاد 5% هذا العام", "زاد 5 هذا العام", Flag::Unit, ("%", "")),
            ("السعر $5 فقط", "السعر €5 فقط", Flag::Unit, ("$", "€")),
            ("هل وصل الوفد اليوم؟", "وصل الوفد اليوم", Flag::Opposite, ("?", "")),
            ("ما حضر الشاهد أمس", "حضر الشاهد أمس", Flag::Negation, ("ما", "")),
            ("وما علمت الإدارة بذلك", "وقد علمت الإدارة بذلك", Flag::Negation, ("وما", "وقد")),
            ("ما وصلتش الشحنة", "وصلت الشحنة", Flag::Negation, ("ما وصلتش", "وصلت")),
            ("إلغاء اشتراك العضو", "اشتراك العضو", Flag::Opposite, ("الغاء", "")),
            ("ألغِ نشر الصفحة", "انشر الصفحة", Flag::Opposite, ("الغ نشر", "انشر")),
            ("الملفات خارج المجلد", "الملفات في المجلد", Flag::Opposite, ("خارج", "في")),
            ("أخفِ الشريط الجانبي", "أظهر الشريط الجانبي", Flag::Opposite, ("اخف", "اظهر")),
            ("الزاوية العليا اليمنى", "الزاوية السفلى اليمنى", Flag::Opposite, ("العليا", "السفلي")),
            ("enable the service", "disable the service", Flag::Opposite, ("enable", "disable")),
            ("the supported format", "the unsupported format", Flag::Negation, ("supported", "unsupported")),
            ("after two days", "after three days", Flag::Number, ("two", "three")),
        ] {
            let expected = vec![(flag, words.0.to_owned(), words.1.to_owned())];
            assert_eq!(differences(asked, stored), expected, "{asked} | {stored}");
            let turned = vec![(flag, words.1.to_owned(), words.0.to_owned())];
            assert_eq!(differences(stored, asked), turned, "{stored} | {asked}");
        }
    }

    #[test]
    fn words_of_the_same_meaning_are_not_found() {
        for (asked, stored) in [
            ("حضر 5 أعضاء", "حضر خمسة أعضاء"),
            ("في كانون الثاني الماضي", "في يناير الماضي"),
            ("بلغ 5 آلاف دينار", "بلغ 5000 دينار"),
            ("زاد 50% هذا العام", "زاد 50 بالمئة هذا العام"),
            ("بعد 20 كيلومترا", "بعد 20 كم"),
            ("منذ خمس سنوات", "منذ خمسة أعوام"),
            ("التشغيل قبل الإيقاف", "الإيقاف بعد التشغيل"),
            ("حضر الأعضاء", "حضر ثلاثة من الأعضاء"),
            ("ملف واحد", "ملف"),
            ("سرعان ما وصل الوفد", "سرعان وصل الوفد"),
            ("هل وصل الوفد", "هل وصل الوفد؟"),
            ("حذف الملف القديم؟", "حذف الملف القديم"),
            ("إلغاء طلب العميل", "إلغاء طلبية العميل"),
            ("طلب العميل إلغاء", "طلب العميل"),
            ("دفع 5 جنيهات إسترلينية", "دفع 5 جنيها إسترلينيا"),
            ("كتب الرسالة", "قرأ التقرير ثم غادر القاعة وعاد"),
        ] {
            assert_eq!(differences(asked, stored), [], "{asked} | {stored}");
            assert_eq!(differences(stored, asked), [], "{stored} | {asked}");
        }
    }
}
