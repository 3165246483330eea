//! Admission of work, which every interface of the server shares. Independent of any wire.

mod admission;

pub use admission::{Admission, Phase, WorkClass, WorkLimits};
