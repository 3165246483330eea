//! Records of tokens.

use super::{batch::Batch, codec, error::StoreError, keys, read::Store, records as r};
use crate::{
    access::{Grant, Grants, NamePattern, Role, Token, TokenHash, TokenNumber},
    clock::Timestamp,
    name::Name,
};

pub(super) fn read_token(key: &[u8], bytes: &[u8]) -> Result<Token, StoreError> {
    codec::decode(key, bytes, |t: r::TokenRecord| {
        codec::check_version(t.version)?;
        Ok(Token {
            number: TokenNumber(keys::trailing_u64(key)),
            name: Name::parse(&t.name).map_err(|e| e.to_string())?,
            hash: token_hash(t.hash)?,
            grants: grants(t.grants)?,
            created_at: Timestamp(t.created_ms),
            created_by: t.created_by,
            expires_at: t.expires_ms.map(Timestamp),
            revoked: t.revoked_ms.map(|at| (Timestamp(at), t.revoked_by)),
            last_used_day: t.last_used_day_ms.map(Timestamp),
        })
    })
}

/// Reads the hash of a token.
///
/// # Errors
/// It does not have the length of a SHA-256.
pub(crate) fn token_hash(bytes: Vec<u8>) -> Result<TokenHash, String> {
    let length = bytes.len();
    let hash = bytes.try_into().map_err(|_| format!("the hash of a token has {length} bytes"))?;
    Ok(TokenHash(hash))
}

/// Converts grants to records, as a token and a change have them.
pub(crate) fn grant_records(grants: &Grants) -> Vec<r::GrantRecord> {
    let texts = |patterns: &[NamePattern]| patterns.iter().map(ToString::to_string).collect();
    let record = |grant: &Grant| r::GrantRecord {
        role: role_number(grant.role),
        memories: texts(&grant.memories),
        glossaries: texts(&grant.glossaries),
    };
    grants.0.iter().map(record).collect()
}

/// Converts records to grants.
///
/// # Errors
/// A role or pattern that this version does not know.
pub(crate) fn grants(records: Vec<r::GrantRecord>) -> Result<Grants, String> {
    let patterns = |texts: Vec<String>| -> Result<Vec<NamePattern>, String> {
        texts.iter().map(|text| NamePattern::parse(text).map_err(|e| e.to_string())).collect()
    };
    let grant = |record: r::GrantRecord| {
        Ok(Grant {
            role: read_role(record.role)?,
            memories: patterns(record.memories)?,
            glossaries: patterns(record.glossaries)?,
        })
    };
    records.into_iter().map(grant).collect::<Result<_, String>>().map(Grants)
}

fn role_number(role: Role) -> u32 {
    match role {
        Role::Reader => 1,
        Role::Contributor => 2,
        Role::Maintainer => 3,
        Role::Admin => 4,
    }
}

fn read_role(number: u32) -> Result<Role, String> {
    Role::ALL
        .into_iter()
        .find(|role| role_number(*role) == number)
        .ok_or_else(|| format!("role {number} is not known"))
}

impl Batch {
    /// Writes a token.
    pub fn put_token(&mut self, token: &Token) {
        let (revoked_ms, revoked_by) = match &token.revoked {
            Some((at, by)) => (Some(at.0), by.clone()),
            None => (None, String::new()),
        };
        let record = r::TokenRecord {
            version: 1,
            name: token.name.to_string(),
            hash: token.hash.0.to_vec(),
            grants: grant_records(&token.grants),
            created_ms: token.created_at.0,
            created_by: token.created_by.clone(),
            expires_ms: token.expires_at.map(|at| at.0),
            revoked_ms,
            revoked_by,
            last_used_day_ms: token.last_used_day.map(|day| day.0),
        };
        self.put(keys::token(token.number.0), &record);
    }

    /// Removes a token.
    pub fn remove_token(&mut self, number: TokenNumber) {
        self.remove(keys::token(number.0));
    }
}

impl Store {
    /// Lists the tokens.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.scan(&keys::tokens(), None, read_token).collect()
    }
}
