//! Actors that write at once until the server ends.

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tonic::{Status, transport::Channel};
use tonic_types::StatusExt;

use super::{
    actor::{Actor, Kind, Settled},
    process::Process,
    stored::Stored,
};

/// The actors of a store, and what became of their calls.
#[derive(Clone)]
pub(super) struct Load {
    actors: Vec<Actor>,
    pub(super) tally: Tally,
}

/// Numbers of calls.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) acknowledged: u64,
    /// Calls in flight at the end that were whole after reopening.
    pub(super) whole: u64,
    /// Calls in flight at the end that were absent after reopening.
    pub(super) absent: u64,
}

/// What the server answered to a call that failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// Whether the server itself refused the call, and not the connection to it.
    pub(super) is_refusal: bool,
    /// Whether the same call was acknowledged afterwards.
    pub(super) goes_on: bool,
    /// Whether the call was not answered in time.
    pub(super) is_late: bool,
    pub(super) text: String,
}

impl Failure {
    fn new(status: &Status) -> Self {
        Self {
            is_refusal: status.get_error_details().error_info().is_some(),
            goes_on: false,
            is_late: status.message() == "Timeout expired",
            text: format!("{:?}: {}", status.code(), status.message()),
        }
    }
}

impl Load {
    /// Makes the actors. `notes_max` is the largest size in bytes of the notes of a unit.
    pub(super) fn new(seed: (u64, u64), notes_max: u64) -> Self {
        let kinds = [
            Kind::Groups,
            Kind::Groups,
            Kind::Updates,
            Kind::Updates,
            Kind::Memories,
            Kind::Concepts,
            Kind::Imports,
            Kind::LargeGroups,
        ];
        let actors = (0..).zip(kinds).map(|(n, kind)| Actor::new(kind, n, seed, notes_max)).collect();
        Self { actors, tally: Tally::default() }
    }

    /// Creates the collections.
    pub(super) async fn prepare(&mut self, process: &Process) {
        for actor in &mut self.actors {
            let call = actor.first_call();
            let answer = call.send(&process.channel).await.unwrap();
            actor.acknowledge(&call, answer);
        }
    }

    /// Lets the actors write until the server has acknowledged so many calls or does not answer any more,
    /// and then ends it. The actors are in the middle of their next calls then. Returns the calls that
    /// failed.
    pub(super) async fn write_until(
        &mut self,
        process: Process,
        calls: u64,
        end: impl FnOnce(Process),
    ) -> Vec<Failure> {
        let (sender, mut receiver) = unbounded_channel();
        let writers: Vec<_> = self
            .actors
            .drain(..)
            .map(|actor| tokio::spawn(write(actor, process.channel.clone(), sender.clone())))
            .collect();
        drop(sender);
        for _ in 0..calls {
            if receiver.recv().await.is_none() {
                break;
            }
            self.tally.acknowledged += 1;
        }
        end(process);
        let mut failures = Vec::new();
        for writer in writers {
            let (actor, failure) = writer.await.unwrap();
            self.actors.push(actor);
            failures.push(failure);
        }
        while receiver.recv().await.is_some() {
            self.tally.acknowledged += 1;
        }
        failures
    }

    /// Compares what a server has stored with what was acknowledged.
    pub(super) async fn check(&mut self, process: &Process) -> Result<(), String> {
        let stored = Stored::read(process).await?;
        for actor in &mut self.actors {
            match actor.settle(&stored)? {
                Settled::NoCall => {}
                Settled::Whole => self.tally.whole += 1,
                Settled::Absent => self.tally.absent += 1,
            }
        }
        match stored.entries.keys().find(|path| !self.actors.iter().any(|actor| actor.owns(path))) {
            Some(path) => Err(format!("{path} is there, and no call has created it")),
            None => Ok(()),
        }
    }
}

/// Writes until a call fails, and then makes the call again: after a failure of the store no call may be
/// acknowledged, because it could be lost.
async fn write(mut actor: Actor, channel: Channel, sender: UnboundedSender<()>) -> (Actor, Failure) {
    loop {
        let call = actor.next_call();
        match call.send(&channel).await {
            Ok(answer) => {
                actor.acknowledge(&call, answer);
                // The receiver is there until all writers have ended.
                let _ = sender.send(());
            }
            Err(status) => {
                let mut failure = Failure::new(&status);
                failure.goes_on = !failure.is_late && call.send(&channel).await.is_ok();
                return (actor, failure);
            }
        }
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.whole += other.whole;
        self.absent += other.absent;
    }
}
