//! Making and revoking tokens, and noting their use.

use super::decision::ChangeMeta;
use crate::{
    access::{NamePattern, NewToken, Token, TokenNumber},
    clock::Timestamp,
    engine::{
        change::{Outcome, TokenDraft},
        state::WriterState,
    },
    fault::{Fault, Resource},
    store::Batch,
};

/// How long a token that is not valid any more is kept, so that its use is answered with the reason: 90 days,
/// in milliseconds.
const KEPT_AFTER_END: i64 = 90 * 86_400_000;

impl WriterState {
    /// Makes a token. Removes those that ended long ago.
    pub(crate) fn create_token(
        &mut self,
        draft: TokenDraft,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let TokenDraft { new, hash, most_valid } = draft;
        if new.expires_at.is_some_and(|end| end <= meta.at) {
            let message = "the token would have expired already: give a time in the future, or none";
            return Err(Fault::invalid("expires_at", "EXPIRES_IN_PAST", message));
        }
        let valid = self.tokens.iter().filter(|token| token.is_valid(meta.at)).count();
        if valid >= most_valid as usize {
            return Err(Fault::TooManyTokens { most: most_valid });
        }
        if !new.allow_unmatched {
            self.check_patterns(&new)?;
        }
        let ended = |token: &Token| token.end().is_some_and(|end| end.0 <= meta.at.0 - KEPT_AFTER_END);
        let removed: Vec<_> = self.tokens.iter().filter(|token| ended(token)).map(|t| t.number).collect();
        for number in removed {
            self.tokens.remove(number);
            batch.remove_token(number);
        }
        let token = Token {
            number: TokenNumber(self.applied.next_token),
            name: new.name,
            hash,
            grants: new.grants,
            created_at: meta.at,
            created_by: meta.caller.to_owned(),
            expires_at: new.expires_at,
            revoked: None,
            last_used_day: None,
        };
        self.applied.next_token += 1;
        self.put_token(token.clone(), batch);
        Ok(Outcome::Token(Box::new(token)))
    }

    /// Revokes a token. One that was revoked before stays as it is.
    pub(crate) fn revoke_token(
        &mut self,
        number: TokenNumber,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let mut token = self.token(number)?;
        if token.revoked.is_none() {
            token.revoked = Some((meta.at, meta.caller.to_owned()));
            self.put_token(token.clone(), batch);
        }
        Ok(Outcome::Token(Box::new(token)))
    }

    /// Notes that a token was used on a day.
    pub(crate) fn note_token_use(
        &mut self,
        number: TokenNumber,
        day: Timestamp,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let mut token = self.token(number)?;
        if token.last_used_day < Some(day) {
            token.last_used_day = Some(day);
            self.put_token(token, batch);
        }
        Ok(Outcome::Done)
    }

    fn token(&self, number: TokenNumber) -> Result<Token, Fault> {
        let found = self.tokens.get(number).map(|token| Token::clone(token));
        found.ok_or_else(|| Fault::Unknown { what: Resource::Token, name: number.to_string() })
    }

    fn put_token(&mut self, token: Token, batch: &mut Batch) {
        batch.put_token(&token);
        self.tokens.insert(token);
        self.tokens_unpublished = true;
    }

    /// Refuses patterns that match no present collection, because that is usually a slip of the pen. A pattern
    /// that a grant has for both kinds needs a match in one of them: `news-*` is right for a memory `news-1`,
    /// also if there is no such glossary.
    fn check_patterns(&self, new: &NewToken) -> Result<(), Fault> {
        for (n, grant) in new.grants.0.iter().enumerate() {
            let matches = |pattern: &NamePattern| {
                pattern.is_all()
                    || grant.memories.contains(pattern)
                        && self.memories.keys().any(|name| pattern.matches(name))
                    || grant.glossaries.contains(pattern)
                        && self.glossaries.keys().any(|name| pattern.matches(name))
            };
            for (field, patterns) in [("memories", &grant.memories), ("glossaries", &grant.glossaries)] {
                if let Some((at, pattern)) = patterns.iter().enumerate().find(|(_, p)| !matches(p)) {
                    let message = format!(
                        "'{pattern}' matches none of the {field}: create one first, or set allow_unmatched (dhakira: --allow-unmatched)"
                    );
                    let field = format!("grants[{n}].{field}[{at}]");
                    return Err(Fault::invalid(field, "PATTERN_MATCHES_NOTHING", message));
                }
            }
        }
        Ok(())
    }
}
