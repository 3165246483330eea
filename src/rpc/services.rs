//! Builds the gRPC services.

use prost::Message;
use prost_types::FileDescriptorSet;
use tonic::service::{Interceptor, Routes, interceptor::InterceptedService};

use super::{
    admin::Administration,
    admit::Authorize,
    glossary::Glossaries,
    interchange::Interchange,
    lookup::Lookups,
    memory::Memories,
    proto::{
        admin_service_server::AdminServiceServer, glossary_service_server::GlossaryServiceServer,
        interchange_service_server::InterchangeServiceServer, lookup_service_server::LookupServiceServer,
        memory_service_server::MemoryServiceServer, segmentation_service_server::SegmentationServiceServer,
    },
    segmentation::Segmentation,
};
use crate::{
    limits::Limits,
    score::Penalties,
    service::{Admission, Authenticator, SlowLookupSettings, StreamLimits},
};

/// The compiled `proto/dhakira/v1`, comments included, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/dhakira.bin"));

/// The full names of the services, for health checks.
pub const SERVICE_NAMES: [&str; 6] = [
    "dhakira.v1.MemoryService",
    "dhakira.v1.LookupService",
    "dhakira.v1.GlossaryService",
    "dhakira.v1.SegmentationService",
    "dhakira.v1.InterchangeService",
    "dhakira.v1.AdminService",
];

/// Returns the full names of all methods, for example `dhakira.v1.LookupService/Lookup`.
#[must_use]
pub fn method_names() -> Vec<String> {
    let files = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).map_or_else(|_| Vec::new(), |set| set.file);
    let services = files.iter().flat_map(|file| file.service.iter().map(move |service| (file, service)));
    services
        .flat_map(|(file, service)| {
            let methods = service.method.iter();
            methods.map(move |method| format!("{}.{}/{}", file.package(), service.name(), method.name()))
        })
        .collect()
}

/// The settings of the services.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// Bounds on the contents of requests.
    pub limits: Limits,
    /// The penalties of requests that give none.
    pub penalties: Penalties,
    /// Bounds on how slowly a client may send or take a file.
    pub streams: StreamLimits,
    /// Which slow lookups are logged.
    pub slow_lookups: SlowLookupSettings,
    /// Largest size of a request message in bytes. Larger ones are rejected.
    pub message_bytes: usize,
}

/// Builds the services, whose work `admission` bounds, for callers that `authenticator` recognizes.
#[must_use]
pub fn build_services(
    admission: &Admission,
    authenticator: Authenticator,
    settings: ServiceSettings,
) -> Routes {
    let ServiceSettings { limits, penalties, streams, slow_lookups, message_bytes } = settings;
    let authorize = Authorize::new(authenticator);
    let memories = MemoryServiceServer::new(Memories::new(admission.clone(), limits.clone()))
        .max_decoding_message_size(message_bytes)
        .max_encoding_message_size(usize::MAX);
    let lookups = Lookups::new(admission.clone(), limits.clone(), penalties, slow_lookups);
    let lookups = LookupServiceServer::new(lookups)
        .max_decoding_message_size(message_bytes)
        .max_encoding_message_size(usize::MAX);
    let glossaries = GlossaryServiceServer::new(Glossaries::new(admission.clone(), limits.clone()))
        .max_decoding_message_size(message_bytes)
        .max_encoding_message_size(usize::MAX);
    let segmentation = SegmentationServiceServer::new(Segmentation::new(admission.clone(), limits.clone()))
        .max_decoding_message_size(message_bytes)
        .max_encoding_message_size(usize::MAX);
    let interchange =
        InterchangeServiceServer::new(Interchange::new(admission.clone(), limits.clone(), streams))
            .max_decoding_message_size(message_bytes);
    let administration = AdminServiceServer::new(Administration::new(admission.clone(), limits))
        .max_decoding_message_size(message_bytes);
    Routes::new(InterceptedService::new(memories, authorize.clone()))
        .add_service(InterceptedService::new(lookups, authorize.clone()))
        .add_service(InterceptedService::new(glossaries, authorize.clone()))
        .add_service(InterceptedService::new(segmentation, authorize.clone()))
        .add_service(InterceptedService::new(interchange, authorize.clone()))
        .add_service(InterceptedService::new(administration, authorize))
}

/// Wraps a service so that its calls need what those of [`build_services`] need. For reflection.
pub fn authorized<S>(
    service: S,
    authenticator: Authenticator,
) -> InterceptedService<S, impl Interceptor + Clone> {
    InterceptedService::new(service, Authorize::new(authenticator))
}

#[cfg(test)]
mod tests {
    use super::{SERVICE_NAMES, method_names};

    #[test]
    fn every_service_has_methods() {
        let names = method_names();
        for service in SERVICE_NAMES {
            assert!(names.iter().any(|name| name.starts_with(&format!("{service}/"))), "{service}");
        }
        assert!(names.contains(&"dhakira.v1.LookupService/Lookup".to_owned()));
    }
}
