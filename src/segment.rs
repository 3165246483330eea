//! Text with its inline codes: the piece that is translated at once.

/// What an inline code does to the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeKind {
    /// Opens a pair.
    Open,
    /// Closes a pair.
    Close,
    /// Stands alone.
    Standalone,
    /// One half of a pair whose other half is in another segment.
    Isolated,
}

/// Markup that stands inside a segment but is no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineCode {
    /// Code points of the text before the code.
    pub position: u32,
    /// What it does.
    pub kind: CodeKind,
    /// Its id inside the segment (TMX `x`), or empty.
    pub id: String,
    /// What ties the halves of a pair together (TMX `i`), or empty.
    pub pair: String,
    /// The code as the original document wrote it.
    pub raw: String,
}

impl InlineCode {
    /// Returns its id, unless it is an end that is known by its beginning anyway.
    #[must_use]
    pub fn own_id(&self) -> &str {
        if self.kind == CodeKind::Close && self.id == self.pair { "" } else { &self.id }
    }

    fn is_same(&self, other: &Self) -> bool {
        let rest = |c: &Self| (c.position, c.kind);
        rest(self) == rest(other)
            && (self.own_id(), &self.pair, &self.raw) == (other.own_id(), &other.pair, &other.raw)
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

    /// Says whether two segments say the same with the same codes.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.text == other.text
            && self.codes.len() == other.codes.len()
            && self.codes.iter().zip(&other.codes).all(|(a, b)| a.is_same(b))
    }
}
