//! Tokens.

use super::{
    names::{name, repeated},
    unit::{optional_timestamp, wire_time},
};
use crate::{
    access::{Grant, Grants, NamePattern, NewToken, Role, Token, TokenNumber},
    fault::Violation,
    rpc::proto,
};

/// Reads the request for a token.
///
/// # Errors
/// `BAD_NAME`, `BAD_ROLE`, `BAD_PATTERN`, `BAD_TIME`.
pub fn new_token(request: &proto::CreateTokenRequest) -> Result<NewToken, Violation> {
    Ok(NewToken {
        name: name("name", &request.name)?,
        grants: Grants(repeated("grants", &request.grants, grant)?),
        expires_at: optional_timestamp("expires_at", request.expires_at.as_ref())?,
        allow_unmatched: request.allow_unmatched,
    })
}

fn grant(grant: &proto::Grant) -> Result<Grant, Violation> {
    let role = match proto::Role::try_from(grant.role) {
        Ok(proto::Role::Reader) => Role::Reader,
        Ok(proto::Role::Contributor) => Role::Contributor,
        Ok(proto::Role::Maintainer) => Role::Maintainer,
        Ok(proto::Role::Admin) => Role::Admin,
        Ok(proto::Role::Unspecified) | Err(_) => {
            let message =
                format!("{} is not a known role: use READER, CONTRIBUTOR, MAINTAINER or ADMIN", grant.role);
            return Err(Violation::new("role", "BAD_ROLE", message));
        }
    };
    if role == Role::Admin && grant.memories.is_empty() && grant.glossaries.is_empty() {
        return Ok(Grant::admin());
    }
    Ok(Grant {
        role,
        memories: repeated("memories", &grant.memories, |text| pattern(text))?,
        glossaries: repeated("glossaries", &grant.glossaries, |text| pattern(text))?,
    })
}

fn pattern(text: &str) -> Result<NamePattern, Violation> {
    NamePattern::parse(text).map_err(|e| Violation::new("", "BAD_PATTERN", e.to_string()))
}

/// Reads the number of a token.
#[must_use]
pub fn token_number(id: u64) -> TokenNumber {
    TokenNumber(id)
}

/// Writes a token.
#[must_use]
pub fn token(token: Token, valid: bool) -> proto::Token {
    let (revoked_at, revoked_by) = token.revoked.map(|(at, by)| (wire_time(at), by)).unzip();
    proto::Token {
        id: token.number.0,
        name: token.name.to_string(),
        grants: token.grants.0.iter().map(wire_grant).collect(),
        created_at: Some(wire_time(token.created_at)),
        created_by: token.created_by,
        expires_at: token.expires_at.map(wire_time),
        revoked_at,
        revoked_by: revoked_by.unwrap_or_default(),
        last_used_day: token.last_used_day.map(wire_time),
        valid,
    }
}

fn wire_grant(grant: &Grant) -> proto::Grant {
    let role = match grant.role {
        Role::Reader => proto::Role::Reader,
        Role::Contributor => proto::Role::Contributor,
        Role::Maintainer => proto::Role::Maintainer,
        Role::Admin => proto::Role::Admin,
    };
    let texts = |patterns: &[NamePattern]| match grant.role {
        // An admin is for everything, and gives no patterns.
        Role::Admin => Vec::new(),
        _ => patterns.iter().map(ToString::to_string).collect(),
    };
    proto::Grant { role: role.into(), memories: texts(&grant.memories), glossaries: texts(&grant.glossaries) }
}
