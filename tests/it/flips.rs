//! The score is the right way up: spelling costs next to nothing, a turned
//! meaning is never worth inserting. On sentences of our own.

use dhakira::{
    engine::{Pair, explain},
    limits::Limits,
    locale::Locale,
    score::{Caps, Flag, Penalties, Score},
    segment::Segment,
    unit::Context,
};

fn judged(asked: &str, stored: &str) -> (Score, Vec<&'static str>) {
    let side = |text: &str| (Segment::plain(text), Context::default());
    let pair = Pair {
        asked: side(asked),
        stored: side(stored),
        target: None,
        source_locale: Locale::arabic(),
        target_locale: Locale::english(),
        penalties: Penalties::default(),
        caps: Caps::default(),
    };
    let judgement = explain(&Limits::default(), &pair).unwrap().judgement;
    let name = |flag: &Flag| match flag {
        Flag::Negation => Some("NEGATION_DIFFERS"),
        Flag::Number => Some("NUMBER_DIFFERS"),
        Flag::Placeholder | Flag::Vocalization => None,
    };
    (judgement.score, judgement.flags.iter().filter_map(name).collect())
}

/// Every pair of `tests/golden/flips.tsv`, both ways round: what differs in
/// spelling scores 99 at least and what turns the meaning 84 at most; the flags
/// are the ones that a person wrote down.
#[test]
fn the_score_is_the_right_way_up() {
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
