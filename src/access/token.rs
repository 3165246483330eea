//! Tokens as the store has them.

use std::fmt;

use super::{grant::Grants, secret::TokenHash};
use crate::{clock::Timestamp, name::Name};

/// The number of a token. It is not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenNumber(pub u64);

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its number.
    pub number: TokenNumber,
    /// The name of its owner. Several tokens may have one name.
    pub name: Name,
    /// The hash of its secret.
    pub hash: TokenHash,
    /// What its owner may do.
    pub grants: Grants,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// From when on it is not valid any more, if ever.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked, and by whom.
    pub revoked: Option<(Timestamp, String)>,
    /// The beginning of the day, in UTC, on which it was last used.
    pub last_used_day: Option<Timestamp>,
}

/// A request for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// The name of its owner.
    pub name: Name,
    /// What its owner may do.
    pub grants: Grants,
    /// From when on it is not valid any more, if ever.
    pub expires_at: Option<Timestamp>,
    /// Whether patterns are accepted that match no present collection.
    pub allow_unmatched: bool,
}

/// Whether a token is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// It is valid.
    Valid,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

impl Token {
    /// Returns whether the token is valid at a time, and if not, why.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> TokenState {
        if self.revoked.is_some() {
            TokenState::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            TokenState::Expired
        } else {
            TokenState::Valid
        }
    }

    /// Returns whether the token is valid at a time.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.state(now) == TokenState::Valid
    }

    /// Returns when the token stopped being valid, or will stop; `None` if it has no end.
    #[must_use]
    pub fn end(&self) -> Option<Timestamp> {
        let revoked_at = self.revoked.as_ref().map(|(at, _)| *at);
        revoked_at.into_iter().chain(self.expires_at).min()
    }
}

impl fmt::Display for TokenNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Token, TokenNumber, TokenState};
    use crate::{
        access::{Grants, TokenHash},
        clock::Timestamp,
        name::Name,
    };

    #[test]
    fn a_token_ends_at_its_expiry_or_when_it_is_revoked() {
        let mut token = Token {
            number: TokenNumber(1),
            name: Name::parse("a").unwrap(),
            hash: TokenHash([0; 32]),
            grants: Grants::default(),
            created_at: Timestamp(0),
            created_by: String::new(),
            expires_at: None,
            revoked: None,
            last_used_day: None,
        };
        assert_eq!((token.state(Timestamp(i64::MAX)), token.end()), (TokenState::Valid, None));
        token.expires_at = Some(Timestamp(10));
        let states = [9, 10, 11].map(|now| token.state(Timestamp(now)));
        assert_eq!(states, [TokenState::Valid, TokenState::Expired, TokenState::Expired]);
        token.revoked = Some((Timestamp(5), "b".to_owned()));
        assert_eq!((token.state(Timestamp(11)), token.end()), (TokenState::Revoked, Some(Timestamp(5))));
    }
}
