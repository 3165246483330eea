//! Counts the segments in which phrases occur.

use rustc_hash::{FxHashMap, FxHashSet};

use super::options::SuggestOptions;

/// A word of a text, ready to be a part of phrases.
#[derive(Clone, Debug)]
pub(crate) struct PhraseWord {
    /// The key that it is counted by, the same for every form of the word.
    pub(crate) key: String,
    /// The word as it is written, with and without its article.
    pub(crate) surface: String,
    pub(crate) bare: String,
    /// It is a function word, so a phrase neither starts nor ends with it.
    pub(crate) is_function_word: bool,
    /// It has the article, which shows that it is a noun.
    pub(crate) has_article: bool,
    /// It is written like a name, with a capital that does not start the segment.
    pub(crate) is_name: bool,
}

/// Neighbouring words that phrases may be made of: no punctuation separates them.
pub(crate) type WordSequence = Vec<PhraseWord>;

/// A phrase.
#[derive(Debug, Default)]
pub(crate) struct Phrase {
    /// The numbers of its words.
    pub(crate) words: Vec<u32>,
    /// The numbers of the segments in which it occurs, ascending.
    pub(crate) segments: Vec<u32>,
    /// Its spellings, each with its number of segments.
    surfaces: FxHashMap<String, u32>,
    /// The spellings that begin with an article, each with the spelling without it.
    articles: FxHashMap<String, String>,
    /// The number of segments in which a word of it has the article.
    nouns: u32,
    /// The number of segments in which it is written like a name.
    names: u32,
}

/// If fewer than one in this many occurrences of a word lack the article, it hardly ever lacks it.
const RARE_BARE_RATIO: u32 = 10;

/// The most phrases of one length.
const MAX_PHRASES: usize = 100_000;

/// A phrase may be a noun if at least one in this many of its segments has it with an article.
const NOUN_RATIO: u32 = 10;

impl Phrase {
    /// Returns its most frequent spelling. A single word loses its article, unless it hardly ever occurs
    /// without it.
    pub(crate) fn surface(&self) -> String {
        let bare: u32 =
            self.surfaces.iter().filter(|(s, _)| !self.articles.contains_key(*s)).map(|s| s.1).sum();
        let every: u32 = self.surfaces.values().sum();
        let most = self.surfaces.iter().max_by(|a, b| (a.1, b.0).cmp(&(b.1, a.0)));
        let surface = most.map(|(surface, _)| surface.clone()).unwrap_or_default();
        match self.articles.get(&surface) {
            Some(without) if self.words.len() == 1 && bare * RARE_BARE_RATIO >= every => without.clone(),
            _ => surface,
        }
    }

    /// Returns whether another phrase is a part of it.
    pub(crate) fn contains(&self, other: &Self) -> bool {
        self.words.windows(other.words.len().max(1)).any(|part| part == other.words)
    }

    pub(crate) fn may_be_noun(&self) -> bool {
        self.nouns * NOUN_RATIO >= self.segment_count()
    }

    pub(crate) fn is_name(&self) -> bool {
        self.names * 2 > self.segment_count()
    }

    /// Returns the number of segments in which it occurs.
    pub(crate) fn segment_count(&self) -> u32 {
        u32::try_from(self.segments.len()).unwrap_or(u32::MAX)
    }
}

/// The frequent phrases of one side.
pub(crate) struct Phrases {
    all: Vec<Phrase>,
    /// The numbers of the phrases of each segment.
    segments: Vec<Vec<u32>>,
    /// For each phrase, the largest number of segments of a longer phrase that contains it.
    longer: Vec<u32>,
}

impl Phrases {
    /// Gathers the frequent phrases of segments, one word longer in each round. A phrase is counted only
    /// if the phrases without its first and without its last word are frequent, because it cannot be more
    /// frequent than they are. Returns `None` once `stop` returns true.
    pub(crate) fn gather(
        texts: &[Vec<WordSequence>],
        options: &SuggestOptions,
        stop: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let go_on = || (!stop()).then_some(());
        let mut words: FxHashMap<&str, u32> = FxHashMap::default();
        let mut numbered: Vec<Vec<Vec<u32>>> = Vec::with_capacity(texts.len());
        for text in texts {
            go_on()?;
            numbered.push(
                text.iter()
                    .map(|stretch| {
                        stretch
                            .iter()
                            .map(|word| {
                                let next = u32::try_from(words.len()).unwrap_or(u32::MAX);
                                *words.entry(word.key.as_str()).or_insert(next)
                            })
                            .collect()
                    })
                    .collect(),
            );
        }
        let mut frequent: FxHashSet<Vec<u32>> = FxHashSet::default();
        let mut all: Vec<Phrase> = Vec::new();
        let mut by_segment: Vec<Vec<u32>> = vec![Vec::new(); texts.len()];
        let mut number_of: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
        for length in 1..=options.max_words {
            let mut counted: FxHashMap<&[u32], (u32, u32)> = FxHashMap::default();
            for (segment, text) in numbered.iter().enumerate() {
                go_on()?;
                let segment = u32::try_from(segment).unwrap_or(u32::MAX);
                for part in text.iter().flat_map(|stretch| stretch.windows(length)) {
                    let whole = length == 1
                        || part.get(1..).is_some_and(|p| frequent.contains(p))
                            && part.get(..length - 1).is_some_and(|p| frequent.contains(p));
                    if whole {
                        let (count, last) = counted.entry(part).or_insert((0, u32::MAX));
                        if *last != segment {
                            *count += 1;
                            *last = segment;
                        }
                    }
                }
            }
            let mut least = options.min_together;
            counted.retain(|_, (count, _)| *count >= least);
            // If there are too many, drop the rarest, because they support a suggestion least.
            while counted.len() > MAX_PHRASES {
                least += 1;
                counted.retain(|_, (count, _)| *count >= least);
            }
            let kept: FxHashSet<Vec<u32>> = counted.keys().map(|part| part.to_vec()).collect();
            for (segment, (text, numbers)) in texts.iter().zip(&numbered).enumerate() {
                go_on()?;
                let segment_number = u32::try_from(segment).unwrap_or(u32::MAX);
                for (stretch, numbers) in text.iter().zip(numbers) {
                    for (words, part) in stretch.windows(length).zip(numbers.windows(length)) {
                        let edge =
                            [words.first(), words.last()].into_iter().flatten().any(|w| w.is_function_word);
                        if edge || !kept.contains(part) {
                            continue;
                        }
                        let phrase = *number_of.entry(part.to_vec()).or_insert_with(|| {
                            all.push(Phrase { words: part.to_vec(), ..Phrase::default() });
                            u32::try_from(all.len() - 1).unwrap_or(u32::MAX)
                        });
                        let known = all.get_mut(phrase as usize);
                        if known.is_some_and(|known| known.add(words, segment_number))
                            && let Some(here) = by_segment.get_mut(segment)
                        {
                            here.push(phrase);
                        }
                    }
                }
            }
            frequent = kept;
        }
        let mut longer = vec![0; all.len()];
        for phrase in &all {
            go_on()?;
            let count = phrase.segment_count();
            for part in (1..phrase.words.len()).flat_map(|n| phrase.words.windows(n)) {
                let number = number_of.get(part).and_then(|n| longer.get_mut(*n as usize));
                if let Some(most) = number {
                    *most = count.max(*most);
                }
            }
        }
        Some(Self { all, segments: by_segment, longer })
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, &Phrase)> {
        (0..).zip(&self.all)
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Phrase> {
        self.all.get(number as usize)
    }

    pub(crate) fn of_segment(&self, segment: u32) -> &[u32] {
        self.segments.get(segment as usize).map_or(&[], Vec::as_slice)
    }

    /// Returns the largest number of segments of a longer phrase that contains a phrase.
    pub(crate) fn max_longer_segments(&self, number: u32) -> u32 {
        self.longer.get(number as usize).copied().unwrap_or_default()
    }
}

impl Phrase {
    /// Counts a segment and returns true, unless it was counted for another place of the phrase in it.
    fn add(&mut self, words: &[PhraseWord], segment: u32) -> bool {
        if self.segments.last() == Some(&segment) {
            return false;
        }
        self.segments.push(segment);
        let Some((first, rest)) = words.split_first() else { return false };
        let surface = joined(&first.surface, rest);
        if first.surface != first.bare {
            self.articles.entry(surface.clone()).or_insert_with(|| joined(&first.bare, rest));
        }
        *self.surfaces.entry(surface).or_default() += 1;
        self.nouns += u32::from(words.iter().any(|w| w.has_article));
        self.names += u32::from(words.iter().all(|w| w.is_name || w.is_function_word));
        true
    }
}

/// Joins a first word and the surfaces of the others with spaces.
fn joined(first: &str, rest: &[PhraseWord]) -> String {
    rest.iter().fold(first.to_owned(), |all, word| all + " " + &word.surface)
}
