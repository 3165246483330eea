//! The sample memory and glossary, embedded from `glossary/`.

use crate::{
    caller::Caller,
    engine::{ConceptImportTarget, Engine, ImportTarget, NewCollection},
    fault::{Fault, Resource},
    interchange::{ConceptFormat, UnitFormat},
    name::Name,
};

/// The name of the sample memory and of the sample glossary.
pub const SAMPLE_NAME: &str = "sample";

const SAMPLE_TMX: &[u8] = include_bytes!("../../glossary/sample.tmx");
const SAMPLE_TBX: &[u8] = include_bytes!("../../glossary/news.ar-en.tbx");

/// Creates the memory and the glossary `sample` if they are absent.
///
/// # Errors
/// The errors of the store.
pub fn load_sample(engine: &Engine) -> Result<(), Fault> {
    let caller = Caller::anonymous();
    let name = Name::parse(SAMPLE_NAME).map_err(|e| Fault::Internal(e.to_string()))?;
    let new = NewCollection::arabic_to_english(name.clone());
    if is_absent(engine.memory(&caller, &name).err().as_ref()) {
        let target = ImportTarget {
            create: Some(new.clone()),
            file_name: "glossary/sample.tmx".to_owned(),
            ..ImportTarget::new(name.clone())
        };
        let report = engine.import_file(&caller, target, UnitFormat::Tmx, SAMPLE_TMX, &mut |_| {})?;
        tracing::info!(units = report.tally.stored, "made the memory 'sample'");
    }
    if is_absent(engine.glossary(&caller, &name).err().as_ref()) {
        let target = ConceptImportTarget { create: Some(new), ..ConceptImportTarget::new(name) };
        let report = engine.import_concepts(&caller, target, ConceptFormat::Tbx, SAMPLE_TBX)?;
        tracing::info!(concepts = report.tally.stored, "made the glossary 'sample'");
    }
    Ok(())
}

fn is_absent(fault: Option<&Fault>) -> bool {
    matches!(fault, Some(Fault::Unknown { what: Resource::Memory | Resource::Glossary, .. }))
}
