//! Options of segmentation.

/// The version of the built-in rules.
pub const SEGMENTATION_VERSION: u32 = 4;

/// Which newlines end a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Newlines {
    /// All of them: LF, CR, CRLF, U+0085, U+2028, U+2029.
    #[default]
    Hard,
    /// All except those after `،`: a line that ends with a comma continues in the next line.
    AfterComma,
    /// Only those before a blank line, and U+2029. For text that was wrapped at a fixed width.
    Soft,
}

/// A built-in set of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BuiltInRules {
    /// Our own rules for languages in Arabic script.
    #[default]
    Arabic,
    /// The sentence boundaries of UAX 29, with lists of abbreviations.
    Uax29,
}

impl BuiltInRules {
    /// Returns the rules for a language, given as a BCP 47 tag. A script subtag decides if there
    /// is one. For example, `uz-Arab` has the Arabic rules and `ar-Latn` has those of UAX 29.
    /// Otherwise a language that is usually written in Arabic script has the Arabic rules.
    #[must_use]
    pub fn for_language(tag: &str) -> Self {
        const IN_ARABIC_SCRIPT: [&str; 26] = [
            "aeb", "afb", "ajp", "apc", "apd", "ar", "arb", "arq", "ars", "ary", "arz", "azb", "bal", "ckb",
            "fa", "glk", "ks", "lrc", "mzn", "pnb", "prs", "ps", "sd", "skr", "ug", "ur",
        ];
        let mut subtags = tag.split('-');
        let language = subtags.next().unwrap_or_default().to_lowercase();
        let script = subtags.find(|s| s.len() == 4);
        let arabic = script.map_or_else(
            || IN_ARABIC_SCRIPT.contains(&language.as_str()),
            |script| script.eq_ignore_ascii_case("Arab"),
        );
        if arabic { Self::Arabic } else { Self::Uax29 }
    }
}

/// How text is segmented. The defaults are right for running Arabic text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentationOptions {
    /// The set of rules to apply.
    pub rules: BuiltInRules,
    /// Which newlines end a segment.
    pub newlines: Newlines,
    /// `؛` and `;` before white space end a segment.
    pub break_at_semicolon: bool,
    /// `:` before white space ends a segment.
    pub break_at_colon: bool,
}
