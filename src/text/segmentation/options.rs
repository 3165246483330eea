//! Options of segmentation.

/// Version of the built-in rules.
pub const SEGMENTATION_VERSION: u32 = 3;

/// Which newlines end a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Newlines {
    /// All of them: LF, CR, CRLF, U+0085, U+2028, U+2029.
    #[default]
    Hard,
    /// All but those of lines that end in `،`: such a line goes on in the next.
    AfterComma,
    /// Those of empty lines, and U+2029: text that was wrapped.
    Soft,
}

/// Which rules are built in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BuiltIn {
    /// For languages in Arabic script.
    #[default]
    Arabic,
    /// Sentences of UAX 29, with abbreviations.
    Uax29,
}

impl BuiltIn {
    /// Returns the rules for a language, given as BCP 47 tag: those for Arabic
    /// script when the tag names the script or a language that is written in it.
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

/// How text is cut. The defaults are right for running Arabic text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentationOptions {
    /// Which rules.
    pub rules: BuiltIn,
    /// Which newlines end a segment.
    pub newlines: Newlines,
    /// `؛` and `;` before white space end a segment.
    pub break_at_semicolon: bool,
    /// `:` before white space ends a segment.
    pub break_at_colon: bool,
}
