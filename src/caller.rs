//! The caller of a use case.

/// The caller of a use case. Every use case of the engine takes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name that is stored with each revision.
    pub name: String,
}

impl Caller {
    /// Returns the anonymous administrator. Every caller is this one until there is access control.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { name: "anonymous".to_owned() }
    }
}
