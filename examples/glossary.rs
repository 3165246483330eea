//! Creates a glossary, recognizes its terms in a text, and checks a translation.
//!
//! ```sh
//! cargo run --release -- serve --sample            # in another terminal
//! cargo run --release --example glossary
//! ```
//!
//! A concept holds the terms of one meaning in both languages. Terms are found in running text
//! with Arabic clitics and inflection: the glossary has حصار, and the text has وبالحصار.

use dhakira::rpc::proto::{
    CheckTermsRequest, Concept, CreateGlossaryRequest, DeleteGlossaryRequest, PutConceptsRequest,
    RecognizeTermsRequest, Term, TermStatus, glossary_service_client::GlossaryServiceClient,
};

const GLOSSARY: &str = "example";
const TEXT: &str = "نددت المنظمة بالحصار وبالحصار البحري";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = std::env::var("DHAKIRA_SERVER").unwrap_or("http://127.0.0.1:50051".to_owned());
    let mut client = GlossaryServiceClient::connect(server).await?;
    let request = CreateGlossaryRequest { name: GLOSSARY.to_owned(), ..Default::default() };
    client.create_glossary(request).await?;

    // Preferred terms are to be used, admitted ones may be used, deprecated ones may not.
    let blockade = Concept {
        id: "blockade".to_owned(),
        terms: vec![
            term("حصار", "ar", TermStatus::Preferred),
            term("blockade", "en", TermStatus::Preferred),
            term("siege", "en", TermStatus::Deprecated),
        ],
        ..Concept::default()
    };
    let request = PutConceptsRequest { glossary: GLOSSARY.to_owned(), concepts: vec![blockade] };
    let report = client.put_concepts(request).await?.into_inner();
    println!("{} stored, {} updated, {} unchanged", report.stored, report.updated, report.unchanged);

    let request = RecognizeTermsRequest {
        text: TEXT.to_owned(),
        glossaries: vec![GLOSSARY.to_owned()],
        ..RecognizeTermsRequest::default()
    };
    for found in client.recognize_terms(request).await?.into_inner().terms {
        let targets: Vec<_> = found.targets.iter().map(|target| target.text.as_str()).collect();
        println!(
            "\u{2068}{}\u{2069} at {}..{}: {}",
            found.source,
            found.start,
            found.end,
            targets.join(", ")
        );
    }

    // "siege" is deprecated, so this translation breaks the glossary.
    let request = CheckTermsRequest {
        source: TEXT.to_owned(),
        target: "The organisation condemned the siege.".to_owned(),
        glossaries: vec![GLOSSARY.to_owned()],
        ..CheckTermsRequest::default()
    };
    for checked in client.check_terms(request).await?.into_inner().terms {
        println!("\u{2068}{}\u{2069}: {}", checked.source, checked.verdict().as_str_name());
    }
    client.delete_glossary(DeleteGlossaryRequest { name: GLOSSARY.to_owned() }).await?;
    Ok(())
}

fn term(text: &str, locale: &str, status: TermStatus) -> Term {
    Term { text: text.to_owned(), locale: locale.to_owned(), status: status.into(), ..Term::default() }
}
