//! A trie of paths of keys, stored in immutable parts, so that readers and the
//! writer share them. New paths go to a small part. Parts of similar size are merged,
//! so there are only a few parts, however many paths there are.

use std::sync::Arc;

use rustc_hash::FxHashMap;

/// An entry of the trie, at the end of a path of keys.
pub(crate) trait TriePath {
    /// Returns the keys of the path; the entry is found by the last one.
    fn keys(&self) -> &[u64];
}

/// Returns the last key of a path.
fn last_key(path: &impl TriePath) -> u64 {
    path.keys().last().copied().unwrap_or_default()
}

/// A key in one part.
#[derive(Clone, Copy, Debug, Default)]
struct TrieNode {
    /// A longer path continues from this key.
    continues: bool,
    /// The range of the part's paths that end at this key.
    from: u32,
    to: u32,
}

#[derive(Debug)]
struct TriePart<P> {
    nodes: FxHashMap<u64, TrieNode>,
    /// Sorted by their last keys.
    paths: Vec<Arc<P>>,
}

impl<P: TriePath> TriePart<P> {
    fn new(mut paths: Vec<Arc<P>>) -> Self {
        paths.sort_by_key(|path| last_key(&**path));
        let mut nodes: FxHashMap<u64, TrieNode> =
            FxHashMap::with_capacity_and_hasher(paths.len(), Default::default());
        let mut from = 0;
        for same in paths.chunk_by(|a, b| last_key(&**a) == last_key(&**b)) {
            let to = from + u32::try_from(same.len()).unwrap_or(u32::MAX);
            if let Some(path) = same.first() {
                let node = nodes.entry(last_key(&**path)).or_default();
                (node.from, node.to) = (from, to);
            }
            from = to;
        }
        for path in &paths {
            for key in path.keys().split_last().map_or(&[][..], |(_, passed)| passed) {
                nodes.entry(*key).or_default().continues = true;
            }
        }
        Self { nodes, paths }
    }
}

/// A part is merged with the one before it unless that one is at least this many times as large.
const MERGE_FACTOR: usize = 2;

/// A trie of paths. Clones share their parts.
#[derive(Debug)]
pub(crate) struct PathTrie<P> {
    /// In order of size, the largest first.
    parts: Vec<Arc<TriePart<P>>>,
    /// Paths that are not yet in a part.
    pending: Vec<Arc<P>>,
}

impl<P> Clone for PathTrie<P> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), pending: self.pending.clone() }
    }
}

impl<P> Default for PathTrie<P> {
    fn default() -> Self {
        Self { parts: Vec::new(), pending: Vec::new() }
    }
}

impl<P: TriePath> PathTrie<P> {
    /// Returns whether nothing can be found in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Adds a path, which is found after the next [`PathTrie::publish`].
    pub(crate) fn add(&mut self, path: Arc<P>) {
        self.pending.push(path);
    }

    /// Makes the added paths findable. Where it merges parts, it removes their dead paths.
    pub(crate) fn publish(&mut self, alive: impl Fn(&P) -> bool) {
        let mut paths = std::mem::take(&mut self.pending);
        if paths.is_empty() {
            return;
        }
        while let Some(last) = self.parts.pop_if(|last| last.paths.len() < MERGE_FACTOR * paths.len()) {
            paths.extend(last.paths.iter().filter(|path| alive(path)).cloned());
        }
        self.parts.push(Arc::new(TriePart::new(paths)));
    }

    /// Removes the dead paths from all parts.
    pub(crate) fn remove_dead(&mut self, alive: impl Fn(&P) -> bool) {
        let parts = std::mem::take(&mut self.parts);
        self.pending.extend(parts.iter().flat_map(|part| part.paths.iter().cloned()));
        self.pending.retain(|path| alive(path));
        self.publish(alive);
    }

    /// Calls `visit` with each path that ends at a key. Returns whether longer paths continue from it.
    pub(crate) fn find(&self, key: u64, mut visit: impl FnMut(&P)) -> bool {
        let mut passed = false;
        for part in &self.parts {
            let Some(node) = part.nodes.get(&key) else { continue };
            passed |= node.continues;
            let ends = part.paths.get(node.from as usize..node.to as usize).unwrap_or_default();
            ends.iter().for_each(|path| visit(path));
        }
        passed
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Arc};

    use proptest::prelude::*;

    use super::{PathTrie, TriePath};

    /// A path with its keys and a number that identifies it.
    #[derive(Debug)]
    struct NumberedPath {
        keys: Vec<u64>,
        number: usize,
    }

    impl TriePath for NumberedPath {
        fn keys(&self) -> &[u64] {
            &self.keys
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        /// The model is the list of the paths that are alive.
        #[test]
        fn only_living_paths_are_found(
            changes in prop::collection::vec((0_u8..8, prop::collection::vec(0_u64..12, 1..4)), 0..120)
        ) {
            let mut parts: PathTrie<NumberedPath> = PathTrie::default();
            let mut living: Vec<Arc<NumberedPath>> = Vec::new();
            let mut numbers: BTreeSet<usize> = BTreeSet::new();
            for (number, (action, keys)) in changes.into_iter().enumerate() {
                match action {
                    0 => drop(living.pop().map(|path| numbers.remove(&path.number))),
                    1 => parts.remove_dead(|path| numbers.contains(&path.number)),
                    _ => {
                        let path = Arc::new(NumberedPath { keys, number });
                        parts.add(Arc::clone(&path));
                        living.push(path);
                        numbers.insert(number);
                        if action < 6 {
                            parts.publish(|path| numbers.contains(&path.number));
                        }
                    }
                }
            }
            parts.publish(|path| numbers.contains(&path.number));
            prop_assert!(parts.parts.len() < 8, "{} parts", parts.parts.len());
            for key in 0..12 {
                let mut found = BTreeSet::new();
                let passed = parts.find(key, |path| if numbers.contains(&path.number) { found.insert(path.number); });
                let ending = living.iter().filter(|path| path.keys.last() == Some(&key));
                prop_assert_eq!(found, ending.map(|path| path.number).collect::<BTreeSet<_>>());
                prop_assert!(passed || !living.iter().any(|p| p.keys.split_last().unwrap().1.contains(&key)));
            }
        }
    }
}
