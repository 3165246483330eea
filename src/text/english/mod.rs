//! English words and the base forms that they can have. Other languages that separate words by
//! spaces use only [`normalize_word`] and [`unaccented`]: each word is its own base.

mod inflection;
mod opposites;
mod running_words;

pub use inflection::{Inflection, Lemma, has_own_meaning, irregular_plural, lemmas};
pub use opposites::{differ_by_negative_prefix, opposite_sides};
pub use running_words::{english_words, is_article, is_function_word, normalize_word, unaccented};
