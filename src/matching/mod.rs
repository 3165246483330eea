//! Folded text to ranked matches. `docs/matching.md` defines every number.
//!
//! **The filter loses nothing**: an [`Index`] answers exactly as comparing
//! with every row would. **Matching never reads the store**: it is handed the
//! units that it judges.

mod best;
mod code_transfer;
mod context;
mod diff;
mod distance;
mod guard;
mod index;
mod judge;
mod repair;
mod values;

pub use best::{Best, Candidate, Order, Ranked};
pub use code_transfer::{carried_codes, moved_codes};
pub use context::context_agrees;
pub use diff::{DiffOperation, DiffSpan, diff};
pub use distance::{reported, similarity};
pub use index::{Completion, Hit, INDEX_VERSION, Index, IndexImage, Snapshot, UnitRef, bytes};
pub use judge::{Asked, Found, Judgement, LocaleWish, Row, Terms, UnitSide, judge, judge_pair};
pub use repair::{Localized, REPAIRED_MOST, Repair, RepairEdit, RepairRefusal, repair};
