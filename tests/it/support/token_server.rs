//! A server that requires tokens.

use std::path::Path;

use dhakira::{
    access::{Grant, Grants, NamePattern, NewToken, Role},
    engine::Engine,
    rpc::proto,
    server::{Exposure, Settings},
};
use prost::Message;
use tempfile::TempDir;

use super::{TestServer, caller, calls::call, draft, engine_at, name};

/// A server that requires tokens, with the token of an administrator.
pub(crate) struct TokenServer {
    pub(crate) server: TestServer,
    pub(crate) admin: String,
}

/// Makes a token in a store and returns its secret. The pattern is for memories and glossaries.
pub(crate) fn make_token(engine: &Engine, owner: &str, role: Role, pattern: &str) -> String {
    let patterns = || vec![NamePattern::parse(pattern).unwrap()];
    let grant = Grant { role, memories: patterns(), glossaries: patterns() };
    let new =
        NewToken { name: name(owner), grants: Grants(vec![grant]), expires_at: None, allow_unmatched: true };
    engine.create_token(&caller(), new).unwrap().secret.to_text()
}

/// Makes the token of an administrator in the store of a folder.
pub(crate) fn make_admin(folder: &Path) -> String {
    make_token(&engine_at(folder), "root", Role::Admin, "*")
}

impl TokenServer {
    pub(crate) async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), |_| {}).await
    }

    /// Starts a server on the store of a folder.
    pub(crate) async fn start_in(folder: TempDir, tune: impl FnOnce(&mut Settings)) -> Self {
        let admin = make_admin(folder.path());
        let server = TestServer::start_in(folder, |settings| {
            settings.exposure = Exposure::RequireTokens;
            tune(settings);
        });
        Self { server: server.await, admin }
    }

    /// Calls a method with a token and returns the answer.
    pub(crate) async fn call<A: Message + Default>(
        &self,
        token: &str,
        method: &str,
        message: &impl Message,
    ) -> Result<A, tonic::Status> {
        call(&self.server.channel, Some(token), method, message).await
    }

    /// Makes a token for a pattern of memories and glossaries, and returns its secret.
    pub(crate) async fn token(&self, role: proto::Role, pattern: &str) -> String {
        let patterns = || vec![pattern.to_owned()];
        let request = proto::CreateTokenRequest {
            name: format!("a-{}", role.as_str_name().to_lowercase().trim_start_matches("role_")),
            grants: vec![proto::Grant { role: role.into(), memories: patterns(), glossaries: patterns() }],
            allow_unmatched: true,
            ..Default::default()
        };
        let made: proto::CreateTokenResponse =
            self.call(&self.admin, "AdminService.CreateToken", &request).await.unwrap();
        made.secret
    }

    /// Makes a memory with a unit and a glossary with a concept, both of this name, unless they are there.
    pub(crate) async fn make_collections(&self, name: &str) {
        let name = || name.to_owned();
        let request = proto::CreateMemoryRequest { name: name(), ..Default::default() };
        let made =
            self.call::<proto::CreateMemoryResponse>(&self.admin, "MemoryService.CreateMemory", &request);
        if made.await.is_ok() {
            let units = vec![draft("نعم", "yes")];
            let request = proto::PutUnitsRequest { memory: name(), units, ..Default::default() };
            let put = self.call::<proto::PutUnitsResponse>(&self.admin, "MemoryService.PutUnits", &request);
            put.await.unwrap();
        }
        let request = proto::CreateGlossaryRequest { name: name(), ..Default::default() };
        let made = self.call::<proto::CreateGlossaryResponse>(
            &self.admin,
            "GlossaryService.CreateGlossary",
            &request,
        );
        if made.await.is_ok() {
            let term = |text: &str, locale: &str| proto::Term {
                text: text.to_owned(),
                locale: locale.to_owned(),
                ..Default::default()
            };
            let terms = vec![term("نعم", "ar"), term("yes", "en")];
            let concepts = vec![proto::Concept { terms, ..Default::default() }];
            let request = proto::PutConceptsRequest { glossary: name(), concepts };
            let put =
                self.call::<proto::PutConceptsResponse>(&self.admin, "GlossaryService.PutConcepts", &request);
            put.await.unwrap();
        }
    }

    /// Returns the names of the memories that a caller sees.
    pub(crate) async fn names(&self, token: Option<&String>) -> Vec<String> {
        let request = proto::ListMemoriesRequest { page_size: 1_000, ..Default::default() };
        let method = "MemoryService.ListMemories";
        let token = token.map(String::as_str);
        let page: proto::ListMemoriesResponse =
            call(&self.server.channel, token, method, &request).await.unwrap();
        page.memories.into_iter().map(|memory| memory.name).collect()
    }
}
