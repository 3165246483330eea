//! What every face of the server shares, apart from any wire: the admission of work.

mod admission;

pub use admission::{Admission, Phase, WorkClass, WorkLimits};
