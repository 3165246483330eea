//! Looks up one segment and prints its matches.
//!
//! ```sh
//! cargo run --release -- serve --sample            # in another terminal
//! cargo run --release --example lookup
//! ```
//!
//! `LookupService.Lookup` compares a segment with the sources of one memory or of several. This
//! segment differs in one word from a sentence of the sample memory.

use dhakira::rpc::proto::{
    DiffOperation, LookupOptions, LookupRequest, MatchKind, MemorySelection,
    lookup_service_client::LookupServiceClient,
};

/// A text from the command line, or this one.
const SEGMENT: &str = "انفجار سيارة ملغومة في العاصمة";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = std::env::var("DHAKIRA_SERVER").unwrap_or("http://127.0.0.1:50051".to_owned());
    let text = std::env::args().nth(1).unwrap_or(SEGMENT.to_owned());
    let mut client = LookupServiceClient::connect(server).await?;

    let options = LookupOptions {
        // Without a memory, all memories of the language pair are searched.
        memories: vec![MemorySelection { name: "sample".to_owned(), penalty: 0.0 }],
        // The terms of this glossary that occur in the segment are returned, too.
        glossaries: vec!["sample".to_owned()],
        // In percent. Lower thresholds find more and take longer. The default is 70.
        threshold: Some(60.0),
        limit: Some(5),
        ..LookupOptions::default()
    };
    let request = LookupRequest { text: text.clone(), options: Some(options), ..LookupRequest::default() };
    let answer = client.lookup(request).await?.into_inner();

    for found in &answer.matches {
        let unit = found.unit.clone().unwrap_or_default();
        // Scores are floored to hundredths. Only equal text reaches 100.
        println!("{:.2} % {}", found.score, MatchKind::try_from(found.kind)?.as_str_name());
        println!("  source: {}", text_of(unit.source));
        println!("  target: {}", text_of(unit.target));
        // Flags name differences that change the meaning, such as a negator. They cap the score.
        for flag in found.flags() {
            println!("  flag: {}", flag.as_str_name());
        }
        // The diff turns the stored source into the segment. Its offsets count code points.
        for span in found.diff.iter().filter(|span| span.operation() != DiffOperation::Equal) {
            let changed = text.chars().skip(span.asked_start as usize);
            let changed: String = changed.take((span.asked_end - span.asked_start) as usize).collect();
            println!("  {}: \u{2068}{changed}\u{2069}", span.operation().as_str_name());
        }
    }
    for term in &answer.terms {
        let targets: Vec<&str> = term.targets.iter().map(|target| target.text.as_str()).collect();
        println!("term \u{2068}{}\u{2069}: {}", term.source, targets.join(", "));
    }
    Ok(())
}

fn text_of(variant: Option<dhakira::rpc::proto::Variant>) -> String {
    variant.and_then(|variant| variant.segment).unwrap_or_default().text
}
