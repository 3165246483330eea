//! Cuts standard input into the sentences of UAX 29 and prints each as a JSON object `{"text"}`.
//! This is the baseline for our segmentation.
//!
//! ```sh
//! ../shared/tools/seg_f1.py ../shared/data/sbd/pud_N.jsonl cargo run --quiet --release --example uax29
//! ```

use std::io::Read;

use unicode_segmentation::UnicodeSegmentation;

fn main() -> std::io::Result<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    for sentence in text.split_sentence_bounds().map(str::trim).filter(|s| !s.is_empty()) {
        println!("{}", serde_json::json!({ "text": sentence }));
    }
    Ok(())
}
