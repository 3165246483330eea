//! Progress bars.

use indicatif::{ProgressBar, ProgressStyle};

/// Makes a progress bar on standard error, with a template of indicatif. It is only visible on a terminal.
pub(super) fn progress_bar(length: Option<u64>, template: &str) -> ProgressBar {
    let bar = length.map_or_else(ProgressBar::no_length, ProgressBar::new);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
