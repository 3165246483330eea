//! Words for numbers, dates and units, in Arabic and English.
//!
//! All functions take folded words. A word for a number has a value, so that «خمسة», `five` and 5 can be
//! compared.

mod calendar;
mod number_words;
mod units;

pub use calendar::{month_name, weekday};
pub use number_words::{NumberWord, number_word};
pub use units::{UnitName, unit_name};
