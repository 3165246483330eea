//! `dhakira token …`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    client::{Connection, block_on},
    exit::{CliError, Exit},
    output::{StdoutWriter, table_lines},
};
use crate::{
    caller::Caller,
    clock::{Clock, SystemClock, Timestamp},
    engine::{Engine, PageRequest, engine_at_rest},
    fault::Fault,
    rpc::{
        convert,
        proto::{self, Role},
    },
};

/// The milliseconds of a day.
const DAY: i64 = 86_400_000;

/// The number of tokens in one page of a list.
const PAGE_SIZE: i32 = 1_000;

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token and print it, once
    Create(CreateArgs),
    /// List the tokens, without their secrets
    List(ListArgs),
    /// Revoke a token
    Revoke(RevokeArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "PATTERN is a name, the beginning of a name with a star ('news-*'), or '*'. It is for memories \
    and glossaries; 'memory:PATTERN' or 'glossary:PATTERN' is for one of them. The options can be given several times. \
    The token is the only output on standard output. With --data, no server may use the store; this is how the \
    first token is made."
)]
pub(super) struct CreateArgs {
    /// Name of the owner, which is stored with each revision: a-z, 0-9, '.', '_' and '-'
    name: String,
    /// May look up, list and export
    #[arg(long, value_name = "PATTERN")]
    reader: Vec<String>,
    /// May also store, change, delete, import and revert
    #[arg(long, value_name = "PATTERN")]
    contributor: Vec<String>,
    /// May also create, rename and delete memories and glossaries
    #[arg(long, value_name = "PATTERN")]
    maintainer: Vec<String>,
    /// May do everything everywhere, and manage tokens
    #[arg(long)]
    admin: bool,
    /// Days after which the token expires [default: never]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: Option<u32>,
    /// Accept patterns that match no present memory or glossary
    #[arg(long)]
    allow_unmatched: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(super) struct RevokeArgs {
    /// Number of the token, from 'dhakira token list'
    id: u64,
    #[command(flatten)]
    place: Place,
}

/// Where the tokens are: a server, or a store that no server uses.
#[derive(Debug, Args)]
struct Place {
    /// Directory of a store that no server uses
    #[arg(long, value_name = "DIR", conflicts_with_all = ["server", "token", "ca", "cert", "key"])]
    data: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

impl TokenCommand {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        match self {
            Self::Create(command) => command.run(),
            Self::List(command) => command.run(),
            Self::Revoke(command) => command.run(),
        }
    }
}

impl CreateArgs {
    fn run(self) -> Result<Exit, CliError> {
        let request = self.request();
        let response = match &self.place.data {
            Some(folder) => at_rest(folder, true, |engine, caller| {
                let made = engine.create_token(caller, convert::new_token(&request)?)?;
                let secret = made.secret.to_text();
                Ok(proto::CreateTokenResponse { token: Some(convert::token(made.token, true)), secret })
            })?,
            None => block_on(async {
                let client = self.place.connection.open().await?;
                Ok(client.admin().create_token(request).await?.into_inner())
            })?,
        };
        let token = response.token.unwrap_or_default();
        let mut out = StdoutWriter::new();
        out.line(&response.secret)?;
        out.flush()?;
        eprintln!(
            "token {} for '{}': {}, expires {}. It is shown only now; 'dhakira token revoke {}' revokes it",
            token.id,
            token.name,
            grants_text(&token.grants),
            token.expires_at.map_or_else(|| "never".to_owned(), |at| at.to_string()),
            token.id
        );
        Ok(Exit::Done)
    }

    fn request(&self) -> proto::CreateTokenRequest {
        let mut grants = Vec::new();
        if self.admin {
            grants.push(proto::Grant { role: Role::Admin.into(), ..Default::default() });
        }
        for (role, patterns) in [
            (Role::Maintainer, &self.maintainer),
            (Role::Contributor, &self.contributor),
            (Role::Reader, &self.reader),
        ] {
            if !patterns.is_empty() {
                grants.push(grant(role, patterns));
            }
        }
        let end = |days: u32| convert::wire_time(Timestamp(SystemClock.now().0 + i64::from(days) * DAY));
        proto::CreateTokenRequest {
            name: self.name.clone(),
            grants,
            expires_at: self.days.map(end),
            allow_unmatched: self.allow_unmatched,
        }
    }
}

/// Makes the grant of a role for patterns as the command line has them.
fn grant(role: Role, patterns: &[String]) -> proto::Grant {
    let mut grant = proto::Grant { role: role.into(), ..Default::default() };
    for pattern in patterns {
        if let Some(memories) = pattern.strip_prefix("memory:") {
            grant.memories.push(memories.to_owned());
        } else if let Some(glossaries) = pattern.strip_prefix("glossary:") {
            grant.glossaries.push(glossaries.to_owned());
        } else {
            grant.memories.push(pattern.clone());
            grant.glossaries.push(pattern.clone());
        }
    }
    grant
}

impl ListArgs {
    fn run(self) -> Result<Exit, CliError> {
        let tokens = match &self.place.data {
            Some(folder) => at_rest(folder, false, |engine, caller| {
                let mut tokens = Vec::new();
                let mut page = PageRequest { size: 1_000, token: String::new() };
                loop {
                    let (found, now) = engine.tokens(caller, &page)?;
                    tokens.extend(found.items.into_iter().map(|token| {
                        let valid = token.is_valid(now);
                        convert::token(token, valid)
                    }));
                    if found.next_token.is_empty() {
                        return Ok(tokens);
                    }
                    page.token = found.next_token;
                }
            })?,
            None => block_on(list(&self.place.connection))?,
        };
        let mut out = StdoutWriter::new();
        if self.json {
            for token in &tokens {
                out.json(&token_json(token))?;
            }
        } else if !tokens.is_empty() {
            let heading = ["id", "name", "state", "expires", "last used", "grants"].map(str::to_owned);
            let mut rows = vec![heading.to_vec()];
            rows.extend(tokens.iter().map(row));
            for line in table_lines(&rows) {
                out.line(line)?;
            }
        }
        out.flush()?;
        Ok(if tokens.is_empty() { Exit::Nothing } else { Exit::Done })
    }
}

async fn list(connection: &Connection) -> Result<Vec<proto::Token>, CliError> {
    let client = connection.open().await?;
    let mut tokens = Vec::new();
    let mut request = proto::ListTokensRequest { page_size: PAGE_SIZE, page_token: String::new() };
    loop {
        let page = client.admin().list_tokens(request).await?.into_inner();
        tokens.extend(page.tokens);
        if page.next_page_token.is_empty() {
            return Ok(tokens);
        }
        request = proto::ListTokensRequest { page_size: PAGE_SIZE, page_token: page.next_page_token };
    }
}

impl RevokeArgs {
    fn run(self) -> Result<Exit, CliError> {
        let token = match &self.place.data {
            Some(folder) => at_rest(folder, false, |engine, caller| {
                Ok(convert::token(engine.revoke_token(caller, convert::token_number(self.id))?, false))
            })?,
            None => block_on(async {
                let client = self.place.connection.open().await?;
                let request = proto::RevokeTokenRequest { id: self.id };
                Ok(client.admin().revoke_token(request).await?.into_inner().token.unwrap_or_default())
            })?,
        };
        eprintln!("token {} for '{}' is revoked", token.id, token.name);
        Ok(Exit::Done)
    }
}

/// Runs a job on a store that no server uses.
fn at_rest<T>(
    folder: &Path,
    create: bool,
    job: impl FnOnce(&Engine, &Caller) -> Result<T, Fault>,
) -> Result<T, CliError> {
    let engine = engine_at_rest(folder, create).map_err(|error| CliError::Message(error.to_string()))?;
    job(&engine, &Caller::anonymous()).map_err(|fault| CliError::refused(&fault))
}

fn row(token: &proto::Token) -> Vec<String> {
    let day = |at: Option<&String>| at.and_then(|at| at.split('T').next()).unwrap_or("never").to_owned();
    let texts = [&token.expires_at, &token.last_used_day].map(|at| at.as_ref().map(ToString::to_string));
    let [expires, last_used] = texts.each_ref().map(|text| day(text.as_ref()));
    vec![
        token.id.to_string(),
        token.name.clone(),
        state(token).to_owned(),
        expires,
        last_used,
        grants_text(&token.grants),
    ]
}

fn state(token: &proto::Token) -> &'static str {
    match (token.valid, &token.revoked_at) {
        (true, _) => "valid",
        (false, Some(_)) => "revoked",
        (false, None) => "expired",
    }
}

fn role_name(role: i32) -> &'static str {
    match Role::try_from(role) {
        Ok(Role::Reader) => "reader",
        Ok(Role::Contributor) => "contributor",
        Ok(Role::Maintainer) => "maintainer",
        Ok(Role::Admin) => "admin",
        Ok(Role::Unspecified) | Err(_) => "unknown",
    }
}

/// Returns grants as the command line takes them, for example `reader *, contributor memory:news-*`.
fn grants_text(grants: &[proto::Grant]) -> String {
    let mut texts = Vec::new();
    for grant in grants {
        let role = role_name(grant.role);
        if grant.memories.is_empty() && grant.glossaries.is_empty() {
            texts.push(role.to_owned());
        }
        for pattern in &grant.memories {
            let kind = if grant.glossaries.contains(pattern) { "" } else { "memory:" };
            texts.push(format!("{role} {kind}{pattern}"));
        }
        for pattern in grant.glossaries.iter().filter(|pattern| !grant.memories.contains(pattern)) {
            texts.push(format!("{role} glossary:{pattern}"));
        }
    }
    texts.join(", ")
}

fn token_json(token: &proto::Token) -> Value {
    let grant = |grant: &proto::Grant| json!({"role": role_name(grant.role), "memories": grant.memories, "glossaries": grant.glossaries});
    let grants: Vec<_> = token.grants.iter().map(grant).collect();
    let [created_at, expires_at, revoked_at, last_used_day] =
        [&token.created_at, &token.expires_at, &token.revoked_at, &token.last_used_day]
            .map(|at| at.as_ref().map(ToString::to_string));
    json!({
        "id": token.id,
        "name": token.name,
        "state": state(token),
        "grants": grants,
        "created_at": created_at,
        "created_by": token.created_by,
        "expires_at": expires_at,
        "revoked_at": revoked_at,
        "revoked_by": token.revoked_by,
        "last_used_day": last_used_day,
    })
}

#[cfg(test)]
mod tests {
    use super::{Role, grant, grants_text};

    #[test]
    fn grants_are_shown_as_they_are_given() {
        let patterns = ["news-*", "memory:a", "glossary:house", "glossary:*"].map(str::to_owned);
        let made = grant(Role::Contributor, &patterns);
        assert_eq!((made.memories.len(), made.glossaries.len()), (2, 3));
        let admin = super::proto::Grant { role: Role::Admin.into(), ..Default::default() };
        assert_eq!(
            grants_text(&[admin, made]),
            "admin, contributor news-*, contributor memory:a, contributor glossary:house, contributor glossary:*"
        );
    }
}
