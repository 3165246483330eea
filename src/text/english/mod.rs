//! English words and what they are inflections of; of other languages that part words
//! by spaces, the words as they are.

mod inflection;
mod running_words;

pub use inflection::{Inflection, Lemma, has_own_meaning, lemmas};
pub use running_words::{is_article, is_function_word, plain, unaccented, words};
