//! The bytes of replies. **No reply has more than `Limits::reply_bytes`**, and what is computed for
//! one has hardly more.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use prost::Message;

use crate::fault::Fault;

/// The most bytes that a field of a message takes beside its content: a tag of one byte and a length.
const FIELD_BYTES: usize = 6;

/// The bytes that a reply may still get. Clones share them, so that the parts of one reply can be
/// computed at the same time.
#[derive(Clone, Debug)]
pub(super) struct ReplyBudget(Arc<AtomicUsize>);

impl ReplyBudget {
    /// Makes the budget of an empty reply.
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// Takes the bytes of a part out of the budget. Returns false if they are more than are left; then
    /// nothing is left, so that the other parts can stop, too.
    pub(super) fn take(&self, part: &impl Message) -> bool {
        let bytes = part.encoded_len().saturating_add(FIELD_BYTES);
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        if taken.is_err() {
            self.use_up();
        }
        taken.is_ok()
    }

    /// Leaves nothing, because the reply has failed.
    pub(super) fn use_up(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Returns whether nothing is left.
    pub(super) fn is_used_up(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

/// Returns a whole reply if it fits.
///
/// # Errors
/// The fault that `too_large` makes.
pub(super) fn bounded<M: Message>(
    reply: M,
    reply_bytes: usize,
    too_large: impl FnOnce() -> Fault,
) -> Result<M, Fault> {
    if ReplyBudget::new(reply_bytes).take(&reply) { Ok(reply) } else { Err(too_large()) }
}

/// Collects the parts of a reply, as long as they fit.
///
/// # Errors
/// `REPLY_TOO_LARGE` for a field of the request, with the remedy.
pub(super) fn collect_bounded<M: Message>(
    parts: impl IntoIterator<Item = M>,
    reply_bytes: usize,
    field: &str,
    remedy: &str,
) -> Result<Vec<M>, Fault> {
    let budget = ReplyBudget::new(reply_bytes);
    let mut collected = Vec::new();
    for part in parts {
        if !budget.take(&part) {
            return Err(Fault::reply_too_large(field, reply_bytes, remedy));
        }
        collected.push(part);
    }
    Ok(collected)
}

#[cfg(test)]
mod tests {
    use super::{FIELD_BYTES, ReplyBudget, collect_bounded};
    use crate::rpc::proto::LintFinding;

    fn finding(bytes: usize) -> LintFinding {
        // The text has a tag and a length of one byte each.
        LintFinding { surface: "a".repeat(bytes - 2), ..LintFinding::default() }
    }

    #[test]
    fn a_reply_holds_exactly_its_bytes() {
        let two = 2 * (50 + FIELD_BYTES);
        let collect = |bytes| collect_bounded([finding(50), finding(50)], bytes, "text", "cut it");
        assert_eq!(collect(two).map(|parts| parts.len()), Ok(2));
        let refused = collect(two - 1).unwrap_err();
        assert_eq!((refused.reason(), refused.field()), ("REPLY_TOO_LARGE", "text"));
        assert!(refused.to_string().ends_with("more than 111 bytes: cut it"), "{refused}");
    }

    #[test]
    fn a_part_that_does_not_fit_leaves_nothing_for_the_others() {
        let budget = ReplyBudget::new(100);
        let other = budget.clone();
        assert!(budget.take(&finding(50)) && !other.is_used_up());
        assert!(!budget.take(&finding(50)));
        assert!(other.is_used_up() && !other.take(&finding(2)));
    }
}
