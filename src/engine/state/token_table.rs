//! The tokens, by number and by hash.

use std::{collections::BTreeMap, sync::Arc};

use rustc_hash::FxHashMap;

use crate::access::{Token, TokenHash, TokenNumber};

/// All tokens of a store, those included that are not valid any more.
#[derive(Clone, Debug, Default)]
pub(crate) struct TokenTable {
    by_number: BTreeMap<TokenNumber, Arc<Token>>,
    /// The hashes are those of random bits, so that a fast hash of them is good enough.
    by_hash: FxHashMap<TokenHash, TokenNumber>,
}

impl TokenTable {
    /// Adds a token, or replaces the one with its number.
    pub(crate) fn insert(&mut self, token: Token) {
        self.by_hash.insert(token.hash, token.number);
        self.by_number.insert(token.number, Arc::new(token));
    }

    /// Removes a token.
    pub(crate) fn remove(&mut self, number: TokenNumber) {
        if let Some(token) = self.by_number.remove(&number) {
            self.by_hash.remove(&token.hash);
        }
    }

    pub(crate) fn get(&self, number: TokenNumber) -> Option<&Arc<Token>> {
        self.by_number.get(&number)
    }

    /// Finds the token with a secret of this hash.
    pub(crate) fn with_hash(&self, hash: &TokenHash) -> Option<&Arc<Token>> {
        self.get(*self.by_hash.get(hash)?)
    }

    /// Iterates over the tokens by ascending number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Token>> {
        self.by_number.values()
    }
}

impl FromIterator<Token> for TokenTable {
    fn from_iter<I: IntoIterator<Item = Token>>(tokens: I) -> Self {
        let mut table = Self::default();
        tokens.into_iter().for_each(|token| table.insert(token));
        table
    }
}
