//! Segments: the pieces of text that are translated as one, with their inline codes.

/// The kind of an inline code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeKind {
    /// Opens a pair.
    Open,
    /// Closes a pair.
    Close,
    /// Is not part of a pair.
    Standalone,
    /// Opens or closes a pair whose other half is in another segment.
    Isolated,
}

/// Markup inside a segment that is not text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineCode {
    /// The number of code points of the text before the code.
    pub position: u32,
    /// Its kind.
    pub kind: CodeKind,
    /// Its id inside the segment (TMX `x`), or empty.
    pub id: String,
    /// The id that both halves of a pair share (TMX `i`), or empty.
    pub pair: String,
    /// The code as it is in the original document.
    pub raw: String,
}

impl InlineCode {
    /// Returns its id, or an empty text for a closing code whose id is that of its pair.
    #[must_use]
    pub fn distinct_id(&self) -> &str {
        if self.kind == CodeKind::Close && self.id == self.pair { "" } else { &self.id }
    }

    /// Returns true if two codes differ at most in their position.
    #[must_use]
    pub fn is_same_code(&self, other: &Self) -> bool {
        self.kind == other.kind
            && (self.distinct_id(), &self.pair, &self.raw) == (other.distinct_id(), &other.pair, &other.raw)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.position == other.position && self.is_same_code(other)
    }
}

/// A segment: text and, in ascending position, its codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// The surface, byte for byte as received, without codes.
    pub text: String,
    /// The codes.
    pub codes: Vec<InlineCode>,
}

impl Segment {
    /// Makes a segment without codes.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), codes: Vec::new() }
    }

    /// Returns whether two segments have the same text, byte for byte, and the same codes.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.text == other.text
            && self.codes.len() == other.codes.len()
            && self.codes.iter().zip(&other.codes).all(|(a, b)| a.is_same(b))
    }
}
