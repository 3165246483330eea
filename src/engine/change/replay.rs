//! A property test: the same changes give the same store on every node.
//!
//! Random changes are proposed to one engine, travel through the codec, and are applied by a second
//! engine with another clock, other checkpoints, other commit groups and restarts in between. Every
//! outcome, listing, export and lookup of the two must be equal. Clean-up of what was deleted
//! differs, too: the first engine has time for it after each change, the second has not.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    action::{Action, Change},
    codec::{decode, encode},
    outcome::Outcome,
    random_changes::{Step, action, open, steps, visible},
};
use crate::{clock::Timestamp, fault::Fault};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_same_changes_give_the_same_store(
        steps in prop::collection::vec((steps(), 0..1_000_i64, any::<bool>()), 1..60),
    ) {
        let (first, second) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let proposer = open(first.path(), usize::MAX, 0);
        let mut log = Vec::new();
        let mut outcomes = Vec::new();
        let mut pending = BTreeSet::new();
        for (step, at, restart) in &steps {
            let change =
                Change { caller: "someone".to_owned(), at: Timestamp(*at), action: action(&proposer, step) };
            let bytes = encode(&change);
            let decoded = decode(&bytes);
            prop_assert_eq!(decoded.as_ref(), Ok(&change));
            let outcome = proposer.writer.send(change.prepared()).expect("a writer").wait();
            match (&outcome, step) {
                (Ok(Outcome::ImportBegun { import, .. }), _) => drop(pending.insert(*import)),
                (Ok(_), Step::Complete(import) | Step::Abort(import)) => drop(pending.remove(import)),
                _ => {}
            }
            outcomes.push(outcome);
            // A restart removes pending imports, and the log has no change for that yet.
            log.push((bytes, *restart && pending.is_empty()));
        }
        let mut follower = open(second.path(), 1, 86_400_000);
        let mut replayed: Vec<Result<Outcome, Fault>> = Vec::new();
        let mut tickets = Vec::new();
        for (bytes, restart) in log {
            let change = decode(&bytes).expect("a change").prepared();
            // The proposer has seen these end before it proposed the next change. Changes of other memories
            // may go before one that waits for them, and sequences would then be other ones.
            let is_job = matches!(
                change.action,
                Action::CompleteImport { .. } | Action::RevertImport { .. } | Action::DeleteMatchingUnits { .. }
            );
            tickets.push(follower.writer.send(change).expect("a writer"));
            if is_job {
                replayed.extend(tickets.drain(..).map(|ticket| ticket.wait()));
            }
            if restart {
                replayed.extend(tickets.drain(..).map(|ticket| ticket.wait()));
                drop(follower);
                follower = open(second.path(), 1, 86_400_000);
            }
        }
        replayed.extend(tickets.into_iter().map(|ticket| ticket.wait()));
        prop_assert_eq!(replayed, outcomes);
        prop_assert_eq!(visible(&follower), visible(&proposer));
    }
}
