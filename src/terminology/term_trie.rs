//! A trie of paths of keys, stored in immutable parts, so that readers and the
//! writer share them. New paths go to a small part. Parts of similar size are merged,
//! so there are only a few parts, however many paths there are.

use std::sync::Arc;

use rustc_hash::FxHashMap;

/// An entry of the trie, at the end of a path of keys.
pub(crate) trait Path {
    /// Returns the keys of the path; the entry is found by the last one.
    fn keys(&self) -> &[u64];
}

/// Returns the last key of a path.
fn end(path: &impl Path) -> u64 {
    path.keys().last().copied().unwrap_or_default()
}

/// A key in one part.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// A longer path continues from this key.
    passed: bool,
    /// The range of the part's paths that end at this key.
    from: u32,
    to: u32,
}

#[derive(Debug)]
struct Part<P> {
    nodes: FxHashMap<u64, Node>,
    /// Sorted by their last keys.
    paths: Vec<Arc<P>>,
}

impl<P: Path> Part<P> {
    fn new(mut paths: Vec<Arc<P>>) -> Self {
        paths.sort_by_key(|path| end(&**path));
        let mut nodes: FxHashMap<u64, Node> =
            FxHashMap::with_capacity_and_hasher(paths.len(), Default::default());
        let mut from = 0;
        for same in paths.chunk_by(|a, b| end(&**a) == end(&**b)) {
            let to = from + u32::try_from(same.len()).unwrap_or(u32::MAX);
            if let Some(path) = same.first() {
                let node = nodes.entry(end(&**path)).or_default();
                (node.from, node.to) = (from, to);
            }
            from = to;
        }
        for path in &paths {
            for key in path.keys().split_last().map_or(&[][..], |(_, passed)| passed) {
                nodes.entry(*key).or_default().passed = true;
            }
        }
        Self { nodes, paths }
    }
}

/// A part is merged with the one before it unless that one is at least this many times as large.
const FACTOR: usize = 2;

/// A trie of paths. Clones share their parts.
#[derive(Debug)]
pub(crate) struct Parts<P> {
    /// In order of size, the largest first.
    parts: Vec<Arc<Part<P>>>,
    /// Paths that are not yet in a part.
    fresh: Vec<Arc<P>>,
}

impl<P> Clone for Parts<P> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), fresh: self.fresh.clone() }
    }
}

impl<P> Default for Parts<P> {
    fn default() -> Self {
        Self { parts: Vec::new(), fresh: Vec::new() }
    }
}

impl<P: Path> Parts<P> {
    /// Adds a path, which is found after the next [`Parts::settle`].
    pub(crate) fn add(&mut self, path: Arc<P>) {
        self.fresh.push(path);
    }

    /// Makes the added paths findable. Where it merges parts, it removes their dead paths.
    pub(crate) fn settle(&mut self, alive: impl Fn(&P) -> bool) {
        let mut paths = std::mem::take(&mut self.fresh);
        if paths.is_empty() {
            return;
        }
        while let Some(last) = self.parts.pop_if(|last| last.paths.len() < FACTOR * paths.len()) {
            paths.extend(last.paths.iter().filter(|path| alive(path)).cloned());
        }
        self.parts.push(Arc::new(Part::new(paths)));
    }

    /// Removes the dead paths from all parts.
    pub(crate) fn clean(&mut self, alive: impl Fn(&P) -> bool) {
        let parts = std::mem::take(&mut self.parts);
        self.fresh.extend(parts.iter().flat_map(|part| part.paths.iter().cloned()));
        self.fresh.retain(|path| alive(path));
        self.settle(alive);
    }

    /// Calls `visit` with each path that ends at a key. Returns whether longer paths continue from it.
    pub(crate) fn find(&self, key: u64, mut visit: impl FnMut(&P)) -> bool {
        let mut passed = false;
        for part in &self.parts {
            let Some(node) = part.nodes.get(&key) else { continue };
            passed |= node.passed;
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

    use super::{Parts, Path};

    /// A path with its keys and a number that identifies it.
    #[derive(Debug)]
    struct Known {
        keys: Vec<u64>,
        number: usize,
    }

    impl Path for Known {
        fn keys(&self) -> &[u64] {
            &self.keys
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        /// The model is the list of the paths that are alive.
        #[test]
        fn what_lives_is_found_and_nothing_else(
            changes in prop::collection::vec((0_u8..8, prop::collection::vec(0_u64..12, 1..4)), 0..120)
        ) {
            let mut parts: Parts<Known> = Parts::default();
            let mut living: Vec<Arc<Known>> = Vec::new();
            let mut numbers: BTreeSet<usize> = BTreeSet::new();
            for (number, (action, keys)) in changes.into_iter().enumerate() {
                match action {
                    0 => drop(living.pop().map(|path| numbers.remove(&path.number))),
                    1 => parts.clean(|path| numbers.contains(&path.number)),
                    _ => {
                        let path = Arc::new(Known { keys, number });
                        parts.add(Arc::clone(&path));
                        living.push(path);
                        numbers.insert(number);
                        if action < 6 {
                            parts.settle(|path| numbers.contains(&path.number));
                        }
                    }
                }
            }
            parts.settle(|path| numbers.contains(&path.number));
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
