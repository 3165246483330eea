//! The caller of a use case.

use crate::access::TokenNumber;

/// The caller of a use case. Every use case of the engine takes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name that is stored with each revision.
    name: String,
    /// The token that the caller has; `None` for a caller with all rights.
    token: Option<TokenNumber>,
}

impl Caller {
    /// Returns the anonymous administrator, who has all rights. It calls where no tokens are required.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { name: Self::ANONYMOUS.to_owned(), token: None }
    }

    /// Returns the owner of a token. The engine looks at the token again for every use case, because it
    /// may be revoked meanwhile.
    #[must_use]
    pub fn with_token(name: String, token: TokenNumber) -> Self {
        Self { name, token: Some(token) }
    }

    /// The name of the anonymous administrator. No token may have it.
    pub const ANONYMOUS: &str = "anonymous";

    /// Returns the name that is stored with each revision.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the caller's token; `None` for a caller with all rights.
    #[must_use]
    pub fn token(&self) -> Option<TokenNumber> {
        self.token
    }
}
