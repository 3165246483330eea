//! The order of scores on our own sentences: a difference in spelling costs almost nothing, and a
//! match with the opposite meaning never scores high enough to be inserted.

use dhakira::{
    engine::{ExplainedPair, explain},
    limits::Limits,
    locale::Locale,
    score::{Caps, Flag, Penalties, Score},
    segment::Segment,
    unit::{Context, Provenance},
};

fn side(text: &str) -> (Segment, Context) {
    (Segment::plain(text), Context::default())
}

fn flag_name(flag: &Flag) -> Option<&'static str> {
    match flag {
        Flag::Negation => Some("NEGATION_DIFFERS"),
        Flag::Number => Some("NUMBER_DIFFERS"),
        Flag::Opposite => Some("OPPOSITE_DIFFERS"),
        Flag::Unit => Some("UNIT_DIFFERS"),
        Flag::Placeholder | Flag::Vocalization => None,
    }
}

fn judged(asked: &str, stored: &str) -> (Score, Vec<&'static str>) {
    let pair = ExplainedPair {
        query: side(asked),
        stored: side(stored),
        target: None,
        source_locale: Locale::arabic(),
        target_locale: Locale::english(),
        provenance: Provenance::default(),
        penalties: Penalties::default(),
        caps: Caps::default(),
    };
    let judgement = explain(&Limits::default(), &pair).unwrap().judgement;
    (judgement.score, judgement.flags.iter().filter_map(flag_name).collect())
}

/// Scores every pair of `tests/golden/flips.tsv` in both directions. A pair that differs in
/// spelling scores at least 99, one with another meaning at most 84, and the flags are those that a
/// person wrote down.
#[test]
fn spelling_scores_above_changed_meaning() {
    let mut pairs = [0_usize; 3];
    let mut wrong = Vec::new();
    let (mut same, mut changed) = (Vec::new(), Vec::new());
    for line in include_str!("../golden/flips.tsv").lines().skip(1).filter(|l| !l.starts_with('#')) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [class, asked, stored, flags] = cells[..] else { panic!("four cells: {line}") };
        for (asked, stored) in [(asked, stored), (stored, asked)] {
            let (score, got) = judged(asked, stored);
            let right = match class {
                "same" => {
                    same.push(score);
                    score >= Score::from_whole(99)
                }
                "edit" => true,
                "changed" => {
                    changed.push(score);
                    score <= Score::from_whole(84)
                }
                other => panic!("class {other}"),
            };
            pairs[["same", "edit", "changed"].iter().position(|c| *c == class).unwrap()] += 1;
            if !right || got.join(",") != flags {
                wrong.push(format!("{class} {score} {got:?} instead of {flags}: {asked} | {stored}"));
            }
        }
    }
    assert!(pairs.iter().all(|n| *n >= 150), "{pairs:?}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(same.iter().min() > changed.iter().max());
}
