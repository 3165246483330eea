//! The caller of a use case.

use std::sync::Arc;

use crate::access::{CertificateOwner, KnownCertificate, TokenNumber};

/// The caller of a use case. Every use case of the engine takes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name that is stored with each revision.
    name: String,
    credential: Credential,
}

/// How the caller has shown who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Not at all: it has all rights, because the server requires nothing of its callers.
    None,
    /// By a token. The engine looks at it again for every use case, because it may be revoked meanwhile.
    Token(TokenNumber),
    /// By a client certificate. The engine looks at its expiry again for every use case.
    Certificate(KnownCertificate),
}

impl Caller {
    /// Returns the anonymous administrator, who has all rights. It calls where no tokens are required.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { name: Self::ANONYMOUS.to_owned(), credential: Credential::None }
    }

    /// Returns the owner of a token.
    #[must_use]
    pub fn with_token(name: String, token: TokenNumber) -> Self {
        Self { name, credential: Credential::Token(token) }
    }

    /// Returns the owner of a client certificate.
    #[must_use]
    pub fn with_certificate(certificate: &KnownCertificate) -> Self {
        let name = certificate.owner.name.to_string();
        Self { name, credential: Credential::Certificate(certificate.clone()) }
    }

    /// The name of the anonymous administrator. No token and no certificate may have it.
    pub const ANONYMOUS: &str = "anonymous";

    /// Returns the name that is stored with each revision.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how the caller has shown who it is.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Returns the caller's token, if it has one.
    #[must_use]
    pub fn token(&self) -> Option<TokenNumber> {
        match &self.credential {
            Credential::Token(number) => Some(*number),
            Credential::None | Credential::Certificate(_) => None,
        }
    }

    /// Returns the owner of the caller's client certificate, if it has one.
    #[must_use]
    pub fn certificate_owner(&self) -> Option<&Arc<CertificateOwner>> {
        match &self.credential {
            Credential::Certificate(certificate) => Some(&certificate.owner),
            Credential::None | Credential::Token(_) => None,
        }
    }
}
