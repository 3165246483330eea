//! Abbreviations of languages in Latin script, for segmentation by UAX 29, in lower
//! case and without their last stop.

/// Abbreviations before a name or another word. A stop after them does not end a sentence.
pub(super) const BEFORE_NAMES: &[&str] = &[
    "adm", "atty", "brig", "bros", "capt", "cf", "cmdr", "col", "cpl", "det", "dr", "drs", "e.g", "ens",
    "esp", "fr", "gen", "gov", "hon", "i.e", "lt", "m.", "maj", "messrs", "mgr", "mlle", "mm", "mme", "mr",
    "mrs", "ms", "mt", "mx", "ph.d", "pres", "prof", "pvt", "rep", "reps", "rev", "sen", "sens", "sgt", "sr",
    "sra", "st", "ste", "supt", "viz", "vs",
];

/// Abbreviations before a number. A stop between them and a number does not end a sentence.
pub(super) const BEFORE_NUMBERS: &[&str] = &[
    "abb", "apr", "art", "aug", "bd", "ca", "ch", "dec", "eq", "ex", "feb", "fig", "figs", "jan", "jul",
    "jun", "mar", "n", "no", "nos", "nov", "nr", "oct", "p", "par", "pp", "sec", "sep", "sept", "tab", "vol",
    "vols",
];

/// Words that begin sentences but rarely names. A dotted abbreviation before one of them ends a
/// sentence (`in the U.S. The war`).
pub(super) const SENTENCE_OPENERS: &[&str] = &[
    "A", "After", "Although", "An", "And", "As", "At", "Because", "Before", "But", "By", "During", "For",
    "From", "He", "Her", "His", "How", "However", "I", "If", "In", "It", "Its", "Many", "Most", "No", "Not",
    "On", "Once", "One", "Our", "She", "Since", "So", "Some", "That", "The", "Their", "Then", "There",
    "These", "They", "This", "Those", "To", "Two", "Under", "Until", "We", "What", "When", "Where", "While",
    "Who", "Why", "With", "You",
];
