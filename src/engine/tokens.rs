//! Use cases on tokens: making, listing and revoking them, and noting that they are used.

use super::{
    change::{Action, Outcome, TokenDraft},
    core::Engine,
    request::{Page, PageRequest, PageTokens, take_page},
};
use crate::{
    access::{Grant, NewToken, Role, Token, TokenNumber, TokenSecret},
    caller::Caller,
    clock::Timestamp,
    fault::{Fault, Violation},
};

/// The milliseconds of a day.
const DAY: i64 = 86_400_000;

/// A token that was made, with its secret, which nobody can see again.
#[derive(Debug)]
pub struct CreatedToken {
    /// The token as the store has it.
    pub token: Token,
    /// Its secret.
    pub secret: TokenSecret,
}

impl Engine {
    /// Makes a token.
    ///
    /// # Errors
    /// `ROLE_TOO_LOW`; `NAME_RESERVED`, `NO_GRANTS`, `TOO_MANY_GRANTS`, `NO_PATTERNS`, `TOO_MANY_PATTERNS`,
    /// `ADMIN_HAS_NO_PATTERNS`, `PATTERN_MATCHES_NOTHING`, `EXPIRES_IN_PAST`, `TOO_MANY_TOKENS`, or those of
    /// the store.
    pub fn create_token(&self, caller: &Caller, new: NewToken) -> Result<CreatedToken, Fault> {
        self.require_admin(caller)?;
        check_token(&new, self.limits.grants)?;
        let secret = TokenSecret::generate().map_err(Fault::Internal)?;
        let draft = TokenDraft { new, hash: secret.hash(), most_valid: self.limits.tokens };
        match self.apply(caller, Action::CreateToken(Box::new(draft)))? {
            Outcome::Token(token) => Ok(CreatedToken { token: *token, secret }),
            other => Err(Fault::Internal(format!("making a token returned {other:?}"))),
        }
    }

    /// Lists the tokens by number, those included that are not valid any more. Also returns the present time, by
    /// which they are valid or not.
    ///
    /// # Errors
    /// `ROLE_TOO_LOW`, `BAD_PAGE_TOKEN`.
    pub fn tokens(&self, caller: &Caller, page: &PageRequest) -> Result<(Page<Token>, Timestamp), Fault> {
        self.require_admin(caller)?;
        let catalog = self.catalog.load();
        let tokens = PageTokens::for_list(&"tokens");
        let after = tokens.read_number(&page.token)?;
        let rest = catalog.tokens.iter().filter(|token| after.is_none_or(|a| token.number.0 > a));
        let rest = rest.map(|token| (token.number, Token::clone(token)));
        Ok((take_page(rest, page.size, &self.limits, tokens), self.now()))
    }

    /// Revokes a token. Returns it as it is then; one that was revoked before stays as it is.
    ///
    /// # Errors
    /// `ROLE_TOO_LOW`, `UNKNOWN_TOKEN`, or those of the store.
    pub fn revoke_token(&self, caller: &Caller, number: TokenNumber) -> Result<Token, Fault> {
        self.require_admin(caller)?;
        match self.apply(caller, Action::RevokeToken { number })? {
            Outcome::Token(token) => Ok(*token),
            other => Err(Fault::Internal(format!("revoking a token returned {other:?}"))),
        }
    }

    /// Returns whether the use of the caller's token today is not noted yet.
    #[must_use]
    pub fn has_unnoted_use(&self, caller: &Caller) -> bool {
        let today = self.today();
        let catalog = self.catalog.load();
        let token = caller.token().and_then(|number| catalog.tokens.get(number));
        token.is_some_and(|token| token.last_used_day < Some(today))
    }

    /// Notes that the caller's token is used today. Waits until that is durable.
    ///
    /// # Errors
    /// Those of the store.
    pub fn note_use(&self, caller: &Caller) -> Result<(), Fault> {
        let Some(number) = caller.token() else { return Ok(()) };
        self.apply(caller, Action::NoteTokenUse { number, day: self.today() }).map(drop)
    }

    /// Returns the beginning of the day in UTC.
    fn today(&self) -> Timestamp {
        Timestamp(self.now().0.div_euclid(DAY) * DAY)
    }
}

/// Checks what a request for a token says, apart from what depends on the contents of the store.
fn check_token(new: &NewToken, most: usize) -> Result<(), Violation> {
    if new.name.as_str() == Caller::ANONYMOUS {
        let message = "this is the name of callers without a token: choose another one";
        return Err(Violation::new("name", "NAME_RESERVED", message));
    }
    let grants = &new.grants.0;
    if grants.is_empty() {
        let message = "the token could do nothing: give at least one grant";
        return Err(Violation::new("grants", "NO_GRANTS", message));
    }
    if grants.len() > most {
        let message = format!("{} grants, the limit is {most}: use patterns", grants.len());
        return Err(Violation::new("grants", "TOO_MANY_GRANTS", message));
    }
    for (n, grant) in grants.iter().enumerate() {
        check_grant(grant, most).map_err(|violation| violation.inside(&format!("grants[{n}]")))?;
    }
    Ok(())
}

fn check_grant(grant: &Grant, most: usize) -> Result<(), Violation> {
    if grant.role == Role::Admin && *grant != Grant::admin() {
        let message = "an admin may do everything everywhere: give no patterns, or another role";
        return Err(Violation::new("role", "ADMIN_HAS_NO_PATTERNS", message));
    }
    if grant.memories.is_empty() && grant.glossaries.is_empty() {
        let message = "the role is for no collection: give a pattern of names, for example * for all";
        return Err(Violation::new("memories", "NO_PATTERNS", message));
    }
    for (field, patterns) in [("memories", &grant.memories), ("glossaries", &grant.glossaries)] {
        if patterns.len() > most {
            let message = format!("{} patterns, the limit is {most}: use a star", patterns.len());
            return Err(Violation::new(field, "TOO_MANY_PATTERNS", message));
        }
    }
    Ok(())
}
