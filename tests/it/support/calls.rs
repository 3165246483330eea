//! Calls by the name of their method, with a token.

use prost::{Message, bytes::Buf, bytes::BufMut};
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
    transport::Channel,
};
use tonic_types::StatusExt;

/// Messages as bytes, so that a test can call every method in the same way.
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, message: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&message);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut message = vec![0; from.remaining()];
        from.copy_to_slice(&mut message);
        Ok(Some(message))
    }
}

/// Calls a method of `dhakira.v1`, for example `MemoryService.GetMemory`. Returns the messages of the answer.
pub(crate) async fn call_raw(
    channel: &Channel,
    token: Option<&str>,
    method: &str,
    messages: Vec<Vec<u8>>,
) -> Result<Vec<Vec<u8>>, Status> {
    let path: PathAndQuery = format!("/dhakira.v1.{}", method.replace('.', "/")).parse().unwrap();
    let mut client = Grpc::new(channel.clone());
    client.ready().await.unwrap();
    let mut request = Request::new(tokio_stream::iter(messages));
    if let Some(token) = token {
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    let mut answer = client.streaming(request, path, Bytes).await?.into_inner();
    let mut answers = Vec::new();
    while let Some(message) = answer.message().await? {
        answers.push(message);
    }
    Ok(answers)
}

/// Calls a method with one message, and returns the first message of the answer.
pub(crate) async fn call<A: Message + Default>(
    channel: &Channel,
    token: Option<&str>,
    method: &str,
    message: &impl Message,
) -> Result<A, Status> {
    let answers = call_raw(channel, token, method, vec![message.encode_to_vec()]).await?;
    Ok(A::decode(answers.first().unwrap().as_slice()).unwrap())
}

/// Returns the reason of a status.
pub(crate) fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}
