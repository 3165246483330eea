//! Access: who may do what. Roles, patterns of names, grants, tokens and owners of client certificates, as plain
//! values.
//!
//! `docs/access.md` has the rules. The checks are made by `engine/access.rs`, the door to the
//! collections.
//!
//! **A token is never stored.** [`TokenSecret`] exists when a token is made and when a call brings
//! one; everything else works with its [`TokenHash`].

mod certificate;
mod grant;
mod pattern;
mod role;
mod secret;
mod token;

pub use certificate::{
    CertificateOwner, CertificateOwners, CertificateSubject, ClientCertificate, InvalidSubject,
    KnownCertificate, SubjectKind,
};
pub use grant::{Grant, Grants};
pub use pattern::{InvalidPattern, NamePattern};
pub use role::{Right, Role};
pub use secret::{MalformedToken, TokenHash, TokenSecret};
pub use token::{NewToken, Token, TokenNumber, TokenState};
