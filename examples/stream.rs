//! Looks up many segments on one stream.
//!
//! ```sh
//! cargo run --release -- serve --sample            # in another terminal
//! printf 'انفجار سيارة في العاصمة\nوصل الوفد أمس\n' | cargo run --release --example stream
//! ```
//!
//! `LookupService.LookupStream` answers every request with one response, in order. A stream saves
//! the round trip of a call for each segment: send the next segments while answers arrive.
//! Requests that arrive together, with equal options, share their work on the server.

use std::io::{BufRead, stdin};

use dhakira::rpc::proto::{
    LookupOptions, LookupRequest, LookupStreamRequest, MemorySelection,
    lookup_service_client::LookupServiceClient, lookup_stream_response::Result as StreamResult,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = std::env::var("DHAKIRA_SERVER").unwrap_or("http://127.0.0.1:50051".to_owned());
    let mut client = LookupServiceClient::connect(server).await?;
    let segments = stdin().lock().lines().collect::<Result<Vec<String>, _>>()?;

    let options = LookupOptions {
        memories: vec![MemorySelection { name: "sample".to_owned(), penalty: 0.0 }],
        limit: Some(1),
        ..LookupOptions::default()
    };
    let requests: Vec<_> = segments
        .iter()
        .map(|text| {
            let request = LookupRequest {
                text: text.clone(),
                options: Some(options.clone()),
                ..LookupRequest::default()
            };
            LookupStreamRequest { request: Some(request) }
        })
        .collect();
    let mut responses = client.lookup_stream(tokio_stream::iter(requests)).await?.into_inner();

    // One bad segment is an error of its own response. The stream goes on.
    for segment in &segments {
        let Some(response) = responses.message().await? else { break };
        match response.result {
            Some(StreamResult::Response(answer)) => match answer.matches.first() {
                Some(found) => println!("{:6.2} %  {segment}", found.score),
                None => println!("     none  {segment}"),
            },
            Some(StreamResult::Error(error)) => println!("    error  {segment}: {}", error.message),
            None => return Err("the server sent an empty response".into()),
        }
    }
    Ok(())
}
