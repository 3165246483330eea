//! Every bound that a request can meet, in one place.

/// How large things may be. A request over a limit is refused by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Code points of a segment: the cost of a lookup grows with them. Default: 10,000.
    pub segment_chars: usize,
    /// Bytes of a text to segment or fold. Default: 4 MiB.
    pub text_bytes: usize,
    /// Code points of a term; longer ones are no terms. Default: 500.
    pub term_chars: usize,
    /// Terms of one concept. Default: 500.
    pub terms: usize,
    /// Code points of a description. Default: 2,000.
    pub description_chars: usize,
    /// Units, concepts, ids or queries in one call; more belong in an import
    /// or a stream. Default: 1,000.
    pub batch: usize,
    /// Properties, and notes, of one unit or concept. Default: 100.
    pub properties: usize,
    /// Bytes of a property's value or a note. Default: 65,536.
    pub value_bytes: usize,
    /// Bytes of a name, an id or a code's id. Default: 255.
    pub id_bytes: usize,
    /// Inline codes of one segment. Default: 1,000.
    pub codes: usize,
    /// Bytes of one inline code as written. Default: 4,096.
    pub code_bytes: usize,
    /// Bytes of a unit's texts, codes, properties and notes together; every format can
    /// hold so much. Default: 512 KiB.
    pub unit_bytes: usize,
    /// Matches of one lookup. Default: 100.
    pub matches: usize,
    /// Places of terms that are told of one text and its translation. Default: 10,000.
    pub told_terms: usize,
    /// Bytes of their terms in the target language: clients take answers of 4 MiB. Default: 2 MiB.
    pub told_term_bytes: usize,
    /// Units that terms are suggested from: the newest ones. Default: 100,000.
    pub suggest_units: usize,
    /// Bytes of their texts: what is made of them in memory is twenty times as
    /// large. Default: 16 MiB.
    pub suggest_bytes: usize,
    /// Entries of a page. Default: 1,000.
    pub page: usize,
    /// Problems that an import's report lists; all are counted. Default: 1,000.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            segment_chars: 10_000,
            text_bytes: 4 << 20,
            term_chars: 500,
            terms: 500,
            description_chars: 2_000,
            batch: 1_000,
            properties: 100,
            value_bytes: 65_536,
            id_bytes: 255,
            codes: 1_000,
            code_bytes: 4_096,
            unit_bytes: 512 << 10,
            matches: 100,
            told_terms: 10_000,
            told_term_bytes: 2 << 20,
            suggest_units: 100_000,
            suggest_bytes: 16 << 20,
            page: 1_000,
            problems: 1_000,
        }
    }
}
