//! Ends long work on a text that nobody waits for any more.

/// The number of steps after which the question is asked again. A step takes a few nanoseconds, so it
/// is asked about every millisecond.
const STEPS_PER_QUESTION: u64 = 1 << 16;

/// Asks now and then whether long work is still needed. For example, the caller of a segmentation may
/// have left.
#[derive(Clone, Copy)]
pub struct Interrupt<'q> {
    is_over: &'q dyn Fn() -> bool,
    steps: u64,
}

impl<'q> Interrupt<'q> {
    /// Returns an interrupt that asks this question.
    #[must_use]
    pub fn new(is_over: &'q dyn Fn() -> bool) -> Self {
        Self { is_over, steps: STEPS_PER_QUESTION }
    }

    /// Returns an interrupt that never ends the work.
    #[must_use]
    pub fn never() -> Self {
        Self::new(&|| false)
    }

    /// Counts steps of the work. Returns `None` if the work is to end. The first call always asks.
    pub fn count(&mut self, steps: u64) -> Option<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps < STEPS_PER_QUESTION {
            return Some(());
        }
        self.steps = 0;
        (!(self.is_over)()).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::{Interrupt, STEPS_PER_QUESTION};
    use crate::text::{
        Newlines, SegmentationOptions, SrxDocument, SrxLanguageMap, SrxLanguageRules, SrxRule, SrxRules,
        lint_until, segment_until,
    };

    /// Does some work with a question that is answered by yes from the second time on. Returns how often
    /// it was asked.
    fn asked(work: impl FnOnce(Interrupt<'_>) -> bool) -> u32 {
        let asked = Cell::new(0);
        let is_over = || {
            asked.set(asked.get() + 1);
            asked.get() > 1
        };
        assert!(!work(Interrupt::new(&is_over)), "the work went on to its end");
        asked.get()
    }

    #[test]
    fn the_question_is_asked_once_for_so_many_steps() {
        let mut interrupt = Interrupt::new(&|| true);
        assert_eq!(interrupt.count(1), None);
        assert_eq!(interrupt.count(STEPS_PER_QUESTION - 1), Some(()));
        assert_eq!(interrupt.count(1), None);
    }

    /// The texts are one paragraph each, because a paragraph is the largest piece.
    #[test]
    fn long_work_on_one_paragraph_ends_when_nobody_waits() {
        let text = "نص طويل بلا وقف. ".repeat(20_000);
        let arabic = SegmentationOptions::default();
        assert_eq!(asked(|interrupt| segment_until(&text, &arabic, interrupt).is_some()), 2);
        let uax29 = SegmentationOptions { rules: crate::text::BuiltInRules::Uax29, ..arabic };
        assert_eq!(asked(|interrupt| segment_until(&text, &uax29, interrupt).is_some()), 2);
        assert_eq!(asked(|interrupt| lint_until(&text, interrupt).is_some()), 2);

        let rule = SrxRule {
            breaks: true, before: "ق[نصطويلبا ]{1,200}".into(), after: "[نصطويلبا]".into()
        };
        let document = SrxDocument {
            cascade: false,
            rules: vec![SrxLanguageRules { name: "Any".into(), rules: vec![rule] }],
            maps: vec![SrxLanguageMap { pattern: ".*".into(), name: "Any".into() }],
        };
        let rules = SrxRules::new(&document, "ar").unwrap();
        let srx = |interrupt: Interrupt<'_>| {
            rules.segment_until(&text, Newlines::Hard, interrupt).is_ok_and(|found| found.is_some())
        };
        assert_eq!(asked(srx), 2);
    }
}
