//! Bounds on the work that is accepted, which every interface of the server shares. Independent of
//! any wire.

mod admission;
mod auth;
mod pace;
mod slow_lookups;
mod work;

pub use admission::{Admission, Phase, Place, Waiting};
pub use auth::{AccessMode, Authenticator};
pub use pace::{StreamLimits, WaitAllowance};
pub use slow_lookups::{LookupTimer, SlowLookup, SlowLookupLog, SlowLookupSettings};
pub use work::{WorkClass, WorkLimits};
