//! Who is asking.

/// Who makes a call. Every use case of the engine takes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name that revisions carry.
    pub name: String,
}

impl Caller {
    /// Returns the administrator without a name that every caller is until
    /// there is access control.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { name: "anonymous".to_owned() }
    }
}
