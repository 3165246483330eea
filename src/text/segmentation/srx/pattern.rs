//! One regular expression, asked whether it matches up to a place or from a
//! place on. Steps are counted, so that no pattern can take for ever.

use regex_automata::{
    nfa::thompson::{self, NFA, State, WhichCaptures},
    util::{primitives::StateID, syntax},
};

use super::syntax::{BadPattern, translate};

/// Bytes of a compiled pattern.
const LARGEST: usize = 1 << 20;

/// The steps that may still be taken; at zero, whoever asks gives up.
#[derive(Debug)]
pub(crate) struct Fuel(pub(crate) u64);

/// Out of fuel.
#[derive(Debug)]
pub(crate) struct Spent;

/// A compiled regular expression.
#[derive(Debug)]
pub(crate) struct Pattern {
    forth: Machine,
    back: Machine,
}

impl Pattern {
    /// Compiles a pattern of ICU.
    pub(crate) fn new(pattern: &str) -> Result<Self, BadPattern> {
        let ours = translate(pattern)?;
        Ok(Self { forth: Machine::new(&ours, false)?, back: Machine::new(&ours, true)? })
    }

    /// Says whether the pattern matches some text that ends at a byte offset.
    pub(crate) fn ends_at(
        &self,
        text: &str,
        at: usize,
        walk: &mut Walk,
        fuel: &mut Fuel,
    ) -> Result<bool, Spent> {
        self.back.matches(text, at, walk, fuel)
    }

    /// Says whether the pattern matches some text that starts at a byte offset.
    pub(crate) fn starts_at(
        &self,
        text: &str,
        at: usize,
        walk: &mut Walk,
        fuel: &mut Fuel,
    ) -> Result<bool, Spent> {
        self.forth.matches(text, at, walk, fuel)
    }
}

/// Says whether a pattern of ICU matches the whole of a text, whatever the case of its letters.
pub(crate) fn matches_whole(pattern: &str, text: &str) -> Result<bool, BadPattern> {
    let whole = format!("(?i)(?:{})\\z", translate(pattern)?);
    let machine = Machine::new(&whole, false)?;
    // Short texts only: no pattern is slow on them.
    Ok(machine.matches(text, 0, &mut Walk::default(), &mut Fuel(u64::MAX)).is_ok_and(|matches| matches))
}

/// A pattern in one direction.
#[derive(Debug)]
struct Machine {
    nfa: NFA,
    back: bool,
    /// Bytes that a match can start with, in this direction.
    first: [bool; 256],
    /// It may match nothing.
    empty: bool,
}

impl Machine {
    fn new(pattern: &str, back: bool) -> Result<Self, BadPattern> {
        let config = thompson::Config::new()
            .reverse(back)
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(LARGEST));
        let nfa = thompson::Compiler::new()
            .configure(config)
            .syntax(syntax::Config::new().nest_limit(100))
            .build(pattern)
            .map_err(|error| reason(&error))?;
        let mut machine = Self { nfa, back, first: [false; 256], empty: false };
        machine.find_first();
        Ok(machine)
    }

    /// Finds the bytes that a match can start with; what is asserted about its
    /// surroundings is taken for granted.
    fn find_first(&mut self) {
        let mut seen = vec![false; self.nfa.states().len()];
        let mut stack = vec![self.nfa.start_anchored()];
        while let Some(id) = stack.pop() {
            if std::mem::replace(seen.get_mut(id.as_usize()).unwrap_or(&mut true), true) {
                continue;
            }
            let state = self.nfa.state(id);
            match state {
                State::Match { .. } => self.empty = true,
                State::ByteRange { .. } | State::Sparse(_) | State::Dense(_) => {
                    for (byte, may) in (0..=u8::MAX).zip(&mut self.first) {
                        *may |= step(state, byte).is_some();
                    }
                }
                _ => free(state, |next| stack.push(next)),
            }
        }
    }

    /// Returns the byte that is read next from a place on.
    fn next(&self, bytes: &[u8], at: usize) -> Option<u8> {
        let next = if self.back { at.checked_sub(1)? } else { at };
        bytes.get(next).copied()
    }

    /// Says whether anything matches from a place on, in this machine's direction.
    #[inline]
    fn matches(&self, text: &str, at: usize, walk: &mut Walk, fuel: &mut Fuel) -> Result<bool, Spent> {
        let first = self.next(text.as_bytes(), at);
        let may = self.empty || first.is_some_and(|b| self.first.get(usize::from(b)) == Some(&true));
        if may { self.run(text.as_bytes(), at, walk, fuel) } else { Ok(false) }
    }

    /// Reads until something matches or nothing can.
    fn run(&self, bytes: &[u8], mut at: usize, walk: &mut Walk, fuel: &mut Fuel) -> Result<bool, Spent> {
        walk.start(self.nfa.states().len());
        walk.add(self, self.nfa.start_anchored(), bytes, at);
        loop {
            if walk.matched {
                return Ok(true);
            }
            let byte = self.next(bytes, at).filter(|_| !walk.alive.is_empty());
            let Some(byte) = byte else { return Ok(false) };
            at = if self.back { at - 1 } else { at + 1 };
            let before = std::mem::replace(&mut walk.alive, std::mem::take(&mut walk.spare));
            walk.turn();
            for id in &before {
                if let Some(next) = step(self.nfa.state(*id), byte) {
                    walk.add(self, next, bytes, at);
                }
            }
            let steps = before.len() + walk.alive.len();
            walk.spare = before;
            fuel.0 = fuel.0.checked_sub(steps as u64).ok_or(Spent)?;
        }
    }
}

/// Returns where a state goes with a byte.
fn step(state: &State, byte: u8) -> Option<StateID> {
    match state {
        State::ByteRange { trans } => trans.matches_byte(byte).then_some(trans.next),
        State::Sparse(sparse) => sparse.matches_byte(byte),
        State::Dense(dense) => dense.matches_byte(byte),
        _ => None,
    }
}

/// Tells where a state goes without reading a byte.
fn free(state: &State, mut to: impl FnMut(StateID)) {
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

/// The states in which a machine is, and room to work; to be used again.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    alive: Vec<StateID>,
    spare: Vec<StateID>,
    stack: Vec<StateID>,
    /// In which turn a state was last reached.
    reached: Vec<u32>,
    now: u32,
    matched: bool,
}

impl Walk {
    fn start(&mut self, states: usize) {
        if self.reached.len() < states {
            self.reached.resize(states, 0);
        }
        self.matched = false;
        self.turn();
    }

    fn turn(&mut self) {
        self.alive.clear();
        if self.now == u32::MAX {
            self.reached.fill(0);
            self.now = 0;
        }
        self.now += 1;
    }

    /// Adds a state and all that it leads to without reading a byte.
    fn add(&mut self, machine: &Machine, id: StateID, bytes: &[u8], at: usize) {
        self.stack.push(id);
        while let Some(id) = self.stack.pop() {
            match self.reached.get_mut(id.as_usize()) {
                Some(turn) if *turn != self.now => *turn = self.now,
                _ => continue,
            }
            let state = machine.nfa.state(id);
            match state {
                State::Match { .. } => self.matched = true,
                State::Look { look, .. } => {
                    // The machine that runs backwards has them the other way round.
                    let look = if machine.back { look.reversed() } else { *look };
                    if machine.nfa.look_matcher().matches(look, bytes, at) {
                        free(state, |next| self.stack.push(next));
                    }
                }
                State::ByteRange { .. } | State::Sparse(_) | State::Dense(_) => self.alive.push(id),
                _ => free(state, |next| self.stack.push(next)),
            }
        }
    }
}

/// Tells in short what a pattern suffers from.
fn reason(error: &thompson::BuildError) -> BadPattern {
    use std::error::Error;
    if error.size_limit().is_some() {
        return BadPattern::TooLarge;
    }
    // The parser tells the place in a drawing of several lines; the last one says what is wrong.
    let told = error
        .source()
        .map_or_else(|| error.to_string(), |s| s.source().map_or_else(|| s.to_string(), ToString::to_string));
    let last = told.lines().last().unwrap_or_default();
    BadPattern::Malformed(last.strip_prefix("error: ").unwrap_or(last).to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex_automata::{Anchored, Input, MatchKind, nfa::thompson::pikevm::PikeVM};

    use super::{Fuel, Pattern, Walk, matches_whole};

    #[test]
    fn languages_are_matched_whole() {
        assert_eq!(matches_whole("AR.*", "ar-EG"), Ok(true));
        assert_eq!(matches_whole("ar", "ar-EG"), Ok(false));
        assert_eq!(matches_whole("(en|ar)", "ar"), Ok(true));
    }

    #[test]
    fn a_wrong_pattern_says_what_is_wrong() {
        for (pattern, told) in [
            ("(a", "unclosed group"),
            ("[a", "unclosed character class"),
            ("\\p{InArabic}", "property"),
            ("(\\p{L}{1000}){1000}", "TooLarge"),
        ] {
            let error = Pattern::new(pattern).expect_err(pattern);
            assert!(
                format!("{error:?}").to_lowercase().contains(&told.to_lowercase()),
                "{pattern}: {error:?}"
            );
        }
    }

    /// A regular expression made of what SRX files use.
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
        /// The oracle: another engine that is told the places by its input's range.
        #[test]
        fn both_directions_agree_with_another_engine(pattern in pattern(), text in "[abAء .\n]{0,8}") {
            let ours = Pattern::new(&pattern).unwrap();
            let longest = PikeVM::builder().configure(PikeVM::config().match_kind(MatchKind::All)).build(&pattern).unwrap();
            let mut cache = longest.create_cache();
            let mut end = |from: usize, to: usize| {
                let input = Input::new(&text).range(from..to).anchored(Anchored::Yes);
                let mut slots = [None, None];
                longest.search_slots(&mut cache, &input, &mut slots).and(slots[1]).map(|end| end.get())
            };
            let (mut walk, mut fuel) = (Walk::default(), Fuel(u64::MAX));
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            for at in places.iter().copied() {
                let expected = end(at, text.len()).is_some();
                prop_assert_eq!(ours.starts_at(&text, at, &mut walk, &mut fuel).unwrap(), expected, "{} from {}", pattern, at);
                let expected = places.iter().any(|start| *start <= at && end(*start, at) == Some(at));
                prop_assert_eq!(ours.ends_at(&text, at, &mut walk, &mut fuel).unwrap(), expected, "{} up to {}", pattern, at);
            }
        }
    }
}
