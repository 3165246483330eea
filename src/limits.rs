//! All limits of requests, in one place.

/// The default of [`Limits::id_bytes`]. File formats that name it in a message use it, too.
pub const ID_BYTES: usize = 255;

/// The default of [`Limits::value_bytes`]. Formats that put several notes into one cell use it, too.
pub const VALUE_BYTES: usize = 65_536;

/// The limits of requests. A request over a limit is refused, and the error names the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most code points of a segment, because the cost of a lookup grows with them. Default: 10,000.
    pub segment_chars: usize,
    /// The most bytes of a text to segment or fold. Default: 4 MiB.
    pub text_bytes: usize,
    /// The most code points of a term; a longer text is hardly a term. Default: 500.
    pub term_chars: usize,
    /// The most terms of one concept. Default: 500.
    pub terms: usize,
    /// The most code points of a description. Default: 2,000.
    pub description_chars: usize,
    /// The most units, concepts, ids or queries in one call; use an import or a stream for
    /// more. Default: 1,000.
    pub batch: usize,
    /// The most properties, and the most notes, of one unit or concept. Default: 100.
    pub properties: usize,
    /// The most bytes of a property's value or a note. Default: 65,536.
    pub value_bytes: usize,
    /// The most bytes of a name, an id or a code's id. Default: 255.
    pub id_bytes: usize,
    /// The most inline codes of one segment. Default: 1,000.
    pub codes: usize,
    /// The most bytes of one inline code as written. Default: 4,096.
    pub code_bytes: usize,
    /// The most bytes of a unit's texts, codes, properties and notes together; every format can hold
    /// that many. Default: 512 KiB.
    pub unit_bytes: usize,
    /// The most bytes of a concept's texts, properties and notes together, and 128 more for each term,
    /// property and note, because files and memory take about that much for each; every format and every
    /// reply can hold that many. Default: 512 KiB.
    pub concept_bytes: usize,
    /// The most entries of a file that is imported into a glossary, because its concepts are in memory
    /// until all are stored as one change. Default: 200,000.
    pub import_concepts: usize,
    /// The most bytes of these concepts, counted as in [`Self::concept_bytes`] and with 128 more for each
    /// concept. Default: 256 MiB.
    pub import_concept_bytes: usize,
    /// The most units that one unit of a put or an import replaces (`on_same_source`). A correction
    /// replaces a few; more would make all other writes wait, because a change is decided and
    /// written at once. Default: 1,000.
    pub replaced_units: u32,
    /// The most matches of one lookup. Default: 100.
    pub matches: usize,
    /// The most places of terms returned for one text and its translation. Default: 10,000.
    pub answer_terms: usize,
    /// The most bytes of their terms in the target language, because clients accept answers of up to
    /// 4 MiB. Default: 2 MiB.
    pub answer_term_bytes: usize,
    /// The most units that terms are suggested from, the newest ones. Default: 100,000.
    pub suggest_units: usize,
    /// The most bytes of their texts, because the phrases in memory take twenty times as
    /// much. Default: 16 MiB.
    pub suggest_bytes: usize,
    /// The most entries of a page. Default: 1,000.
    pub page: usize,
    /// The most bytes of a reply, and of a message of a stream, because clients of gRPC accept
    /// messages of up to 4 MiB by default. A page ends earlier; every other reply that would be
    /// larger is an error. Default: 4 MiB less 4 KiB, for a page token and what proxies add.
    pub reply_bytes: usize,
    /// The most conditions of a filter, lists and negations included, because each of them may be
    /// looked at for every unit of a memory. Default: 1,000.
    pub filter_conditions: usize,
    /// The most grants of a token, and the most patterns of memories and of glossaries of each, because each
    /// is compared with every name. Default: 100.
    pub grants: usize,
    /// The most valid tokens, because all of them are in memory. Default: 10,000.
    pub tokens: u32,
    /// The most problems that the report of an import lists; all are counted. Default: 1,000.
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
            value_bytes: VALUE_BYTES,
            id_bytes: ID_BYTES,
            codes: 1_000,
            code_bytes: 4_096,
            unit_bytes: 512 << 10,
            concept_bytes: 512 << 10,
            import_concepts: 200_000,
            import_concept_bytes: 256 << 20,
            replaced_units: 1_000,
            matches: 100,
            answer_terms: 10_000,
            answer_term_bytes: 2 << 20,
            suggest_units: 100_000,
            suggest_bytes: 16 << 20,
            page: 1_000,
            reply_bytes: (4 << 20) - (4 << 10),
            filter_conditions: 1_000,
            grants: 100,
            tokens: 10_000,
            problems: 1_000,
        }
    }
}
