//! Regular expressions that are matched backwards or forwards from a given position. The matcher
//! simulates an NFA and counts its steps, so that no pattern can run without limit.

use regex_automata::{
    nfa::thompson::{self, NFA, State, WhichCaptures},
    util::{primitives::StateID, syntax},
};

use super::syntax::{BadPattern, translate};

/// The maximum size of a compiled pattern in bytes.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// The number of steps that matching may still take. A match that needs more fails with [`OutOfFuel`].
#[derive(Debug)]
pub(crate) struct Fuel(pub(crate) u64);

/// The error of a match that runs out of [`Fuel`].
#[derive(Debug)]
pub(crate) struct OutOfFuel;

/// A compiled regular expression, for both directions.
#[derive(Debug)]
pub(crate) struct SrxPattern {
    forward: DirectedNfa,
    backward: DirectedNfa,
}

impl SrxPattern {
    /// Compiles a pattern in ICU syntax.
    pub(crate) fn new(pattern: &str) -> Result<Self, BadPattern> {
        let translated = translate(pattern)?;
        Ok(Self {
            forward: DirectedNfa::new(&translated, false)?,
            backward: DirectedNfa::new(&translated, true)?,
        })
    }

    /// Returns the bytes that the compiled pattern takes.
    pub(crate) fn bytes(&self) -> usize {
        self.forward.nfa.memory_usage() + self.backward.nfa.memory_usage()
    }

    /// Returns whether the pattern matches some text that ends at a byte offset.
    pub(crate) fn matches_ending_at(
        &self,
        text: &str,
        at: usize,
        walk: &mut NfaScratch,
        fuel: &mut Fuel,
    ) -> Result<bool, OutOfFuel> {
        self.backward.matches(text, at, walk, fuel)
    }

    /// Returns whether the pattern matches some text that starts at a byte offset.
    pub(crate) fn matches_starting_at(
        &self,
        text: &str,
        at: usize,
        walk: &mut NfaScratch,
        fuel: &mut Fuel,
    ) -> Result<bool, OutOfFuel> {
        self.forward.matches(text, at, walk, fuel)
    }
}

/// Returns whether a pattern in ICU syntax matches a whole text, ignoring case.
pub(crate) fn matches_whole(pattern: &str, text: &str) -> Result<bool, BadPattern> {
    let whole = format!("(?i)(?:{})\\z", translate(pattern)?);
    let machine = DirectedNfa::new(&whole, false)?;
    // No limit is needed, because the text is a language tag and no pattern is slow on a short text.
    Ok(machine.matches(text, 0, &mut NfaScratch::default(), &mut Fuel(u64::MAX)).is_ok_and(|matches| matches))
}

/// A pattern compiled for one direction.
#[derive(Debug)]
struct DirectedNfa {
    nfa: NFA,
    backward: bool,
    /// For each byte, whether a match can start with it when read in this direction.
    first_bytes: [bool; 256],
    /// Whether the pattern can match the empty text.
    matches_empty: bool,
}

impl DirectedNfa {
    fn new(pattern: &str, reverse: bool) -> Result<Self, BadPattern> {
        let config = thompson::Config::new()
            .reverse(reverse)
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(MAX_PATTERN_BYTES));
        let nfa = thompson::Compiler::new()
            .configure(config)
            .syntax(syntax::Config::new().nest_limit(100))
            .build(pattern)
            .map_err(|error| to_bad_pattern(&error))?;
        let mut machine = Self { nfa, backward: reverse, first_bytes: [false; 256], matches_empty: false };
        machine.find_first_bytes();
        Ok(machine)
    }

    /// Fills `first` and `empty`. Assertions such as `\b` are assumed to hold, so that both may
    /// allow too much but never too little.
    fn find_first_bytes(&mut self) {
        let mut seen = vec![false; self.nfa.states().len()];
        let mut stack = vec![self.nfa.start_anchored()];
        while let Some(id) = stack.pop() {
            if std::mem::replace(seen.get_mut(id.as_usize()).unwrap_or(&mut true), true) {
                continue;
            }
            let state = self.nfa.state(id);
            match state {
                State::Match { .. } => self.matches_empty = true,
                State::ByteRange { .. } | State::Sparse(_) | State::Dense(_) => {
                    for (byte, can_start) in (0..=u8::MAX).zip(&mut self.first_bytes) {
                        *can_start |= next_state(state, byte).is_some();
                    }
                }
                _ => for_each_epsilon(state, |next| stack.push(next)),
            }
        }
    }

    /// Returns the next byte to read at a position, in the direction of this machine.
    fn next_byte(&self, bytes: &[u8], at: usize) -> Option<u8> {
        let next = if self.backward { at.checked_sub(1)? } else { at };
        bytes.get(next).copied()
    }

    /// Returns whether the pattern matches from a position on, in the direction of this machine.
    #[inline]
    fn matches(
        &self,
        text: &str,
        at: usize,
        walk: &mut NfaScratch,
        fuel: &mut Fuel,
    ) -> Result<bool, OutOfFuel> {
        let first = self.next_byte(text.as_bytes(), at);
        let may_match =
            self.matches_empty || first.is_some_and(|b| self.first_bytes.get(usize::from(b)) == Some(&true));
        if may_match { self.simulate(text.as_bytes(), at, walk, fuel) } else { Ok(false) }
    }

    /// Simulates the NFA until it matches or no state is left.
    fn simulate(
        &self,
        bytes: &[u8],
        mut at: usize,
        walk: &mut NfaScratch,
        fuel: &mut Fuel,
    ) -> Result<bool, OutOfFuel> {
        walk.start(self.nfa.states().len());
        walk.add_state(self, self.nfa.start_anchored(), bytes, at);
        loop {
            if walk.matched {
                return Ok(true);
            }
            let byte = self.next_byte(bytes, at).filter(|_| !walk.active_states.is_empty());
            let Some(byte) = byte else { return Ok(false) };
            at = if self.backward { at - 1 } else { at + 1 };
            let before = std::mem::replace(&mut walk.active_states, std::mem::take(&mut walk.spare));
            walk.next_turn();
            for id in &before {
                if let Some(next) = next_state(self.nfa.state(*id), byte) {
                    walk.add_state(self, next, bytes, at);
                }
            }
            let steps = before.len() + walk.active_states.len();
            walk.spare = before;
            fuel.0 = fuel.0.checked_sub(steps as u64).ok_or(OutOfFuel)?;
        }
    }
}

/// Returns the state that follows a state when it reads a byte.
fn next_state(state: &State, byte: u8) -> Option<StateID> {
    match state {
        State::ByteRange { trans } => trans.matches_byte(byte).then_some(trans.next),
        State::Sparse(sparse) => sparse.matches_byte(byte),
        State::Dense(dense) => dense.matches_byte(byte),
        _ => None,
    }
}

/// Calls `to` with each state that a state reaches without reading a byte.
fn for_each_epsilon(state: &State, mut to: impl FnMut(StateID)) {
    match state {
        State::Look { next, .. } | State::Capture { next, .. } => to(*next),
        State::Union { alternates } => alternates.iter().rev().for_each(|next| to(*next)),
        State::BinaryUnion { alt1, alt2 } => {
            to(*alt2);
            to(*alt1);
        }
        _ => {}
    }
}

/// The active states of a simulation and its buffers, reused so that matching rarely allocates.
#[derive(Debug, Default)]
pub(crate) struct NfaScratch {
    active_states: Vec<StateID>,
    spare: Vec<StateID>,
    stack: Vec<StateID>,
    /// For each state, the turn in which it was last reached. There is one turn for each byte read.
    last_reached: Vec<u32>,
    /// The number of the current turn.
    current_turn: u32,
    matched: bool,
}

impl NfaScratch {
    fn start(&mut self, states: usize) {
        if self.last_reached.len() < states {
            self.last_reached.resize(states, 0);
        }
        self.matched = false;
        self.next_turn();
    }

    fn next_turn(&mut self) {
        self.active_states.clear();
        if self.current_turn == u32::MAX {
            self.last_reached.fill(0);
            self.current_turn = 0;
        }
        self.current_turn += 1;
    }

    /// Adds a state and all states that it reaches without reading a byte.
    fn add_state(&mut self, machine: &DirectedNfa, id: StateID, bytes: &[u8], at: usize) {
        self.stack.push(id);
        while let Some(id) = self.stack.pop() {
            match self.last_reached.get_mut(id.as_usize()) {
                Some(turn) if *turn != self.current_turn => *turn = self.current_turn,
                _ => continue,
            }
            let state = machine.nfa.state(id);
            match state {
                State::Match { .. } => self.matched = true,
                State::Look { look, .. } => {
                    // A reversed NFA contains reversed assertions. Turn them back, because they are
                    // checked in the original text.
                    let look = if machine.backward { look.reversed() } else { *look };
                    if machine.nfa.look_matcher().matches(look, bytes, at) {
                        for_each_epsilon(state, |next| self.stack.push(next));
                    }
                }
                State::ByteRange { .. } | State::Sparse(_) | State::Dense(_) => self.active_states.push(id),
                _ => for_each_epsilon(state, |next| self.stack.push(next)),
            }
        }
    }
}

/// Converts a compiler error into a short one.
fn to_bad_pattern(error: &thompson::BuildError) -> BadPattern {
    use std::error::Error;
    if error.size_limit().is_some() {
        return BadPattern::TooLarge;
    }
    // The parser's message shows the position in several lines; only the last line names the problem.
    let message = error
        .source()
        .map_or_else(|| error.to_string(), |s| s.source().map_or_else(|| s.to_string(), ToString::to_string));
    let last_line = message.lines().last().unwrap_or_default();
    BadPattern::Malformed(last_line.strip_prefix("error: ").unwrap_or(last_line).to_owned())
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::prelude::*;
    use regex_automata::{
        Anchored, Input, MatchKind,
        nfa::thompson::pikevm::{Cache, PikeVM},
    };

    use super::{Fuel, NfaScratch, SrxPattern, matches_whole};

    /// Returns the end of the longest match that starts where a range of a text starts.
    fn longest_match_end(vm: &PikeVM, cache: &mut Cache, text: &str, range: Range<usize>) -> Option<usize> {
        let input = Input::new(text).range(range).anchored(Anchored::Yes);
        let mut slots = [None, None];
        vm.search_slots(cache, &input, &mut slots).and(slots[1]).map(|end| end.get())
    }

    #[test]
    fn languages_are_matched_whole() {
        assert_eq!(matches_whole("AR.*", "ar-EG"), Ok(true));
        assert_eq!(matches_whole("ar", "ar-EG"), Ok(false));
        assert_eq!(matches_whole("(en|ar)", "ar"), Ok(true));
    }

    #[test]
    fn a_wrong_pattern_says_what_is_wrong() {
        for (pattern, problem) in [
            ("(a", "unclosed group"),
            ("[a", "unclosed character class"),
            ("\\p{InArabic}", "property"),
            ("(\\p{L}{1000}){1000}", "TooLarge"),
        ] {
            let error = SrxPattern::new(pattern).expect_err(pattern);
            assert!(
                format!("{error:?}").to_lowercase().contains(&problem.to_lowercase()),
                "{pattern}: {error:?}"
            );
        }
    }

    /// Generates regular expressions from constructs that SRX files use.
    fn pattern() -> impl Strategy<Value = String> {
        let atom = prop_oneof![
            Just("a"),
            Just("b"),
            Just("."),
            Just(r"\."),
            Just(r"\s"),
            Just(r"\w"),
            Just(r"\b"),
            Just("^"),
            Just("$"),
            Just("[^ab]"),
            Just("ء"),
            Just(r"\p{Lu}"),
        ]
        .prop_map(str::to_owned);
        atom.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(|p| p.concat()),
                (inner.clone(), prop::sample::select(vec!["*", "+", "?", "{2}"]))
                    .prop_map(|(p, q)| format!("(?:{p}){q}")),
                (inner.clone(), inner).prop_map(|(a, b)| format!("(?:{a}|{b})")),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        /// The reference is `PikeVM`, searching anchored in ranges of the text.
        #[test]
        fn both_directions_agree_with_another_engine(pattern in pattern(), text in "[abAء .\n]{0,8}") {
            let ours = SrxPattern::new(&pattern).unwrap();
            let longest = PikeVM::builder().configure(PikeVM::config().match_kind(MatchKind::All)).build(&pattern).unwrap();
            let mut cache = longest.create_cache();
            let (mut walk, mut fuel) = (NfaScratch::default(), Fuel(u64::MAX));
            let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            for at in offsets.iter().copied() {
                let expected = longest_match_end(&longest, &mut cache, &text, at..text.len()).is_some();
                prop_assert_eq!(ours.matches_starting_at(&text, at, &mut walk, &mut fuel).unwrap(), expected, "{} from {}", pattern, at);
                let expected = offsets.iter().any(|start| {
                    *start <= at && longest_match_end(&longest, &mut cache, &text, *start..at) == Some(at)
                });
                prop_assert_eq!(ours.matches_ending_at(&text, at, &mut walk, &mut fuel).unwrap(), expected, "{} up to {}", pattern, at);
            }
        }
    }
}
