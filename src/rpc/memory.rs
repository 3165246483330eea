//! `MemoryService`.

use tonic::{Request, Response, Status};

use super::{
    convert,
    proto::{self, memory_service_server::MemoryService},
    status::status,
};
use crate::{
    caller::Caller,
    engine::Checker,
    fault::{Fault, Violation},
    limits::Limits,
    service::{Admission, WorkClass},
    unit::UnitId,
};

#[derive(Debug)]
pub(super) struct Memories {
    admission: Admission,
    limits: Limits,
}

impl Memories {
    pub(super) fn new(admission: Admission, limits: Limits) -> Self {
        Self { admission, limits }
    }

    fn check(&self) -> Checker<'_> {
        Checker::new(&self.limits)
    }
}

/// Turns a bad field into a status.
pub(super) fn refused(violation: Violation) -> Status {
    status(&Fault::Invalid(violation))
}

fn unit_id(field: &str, id: &str) -> Result<UnitId, Violation> {
    UnitId::parse(id).ok_or_else(|| {
        Violation::new(
            field,
            "BAD_UNIT_ID",
            format!("'{id}' is no unit id: pass an id that this server gave"),
        )
    })
}

#[tonic::async_trait]
impl MemoryService for Memories {
    async fn create_memory(
        &self,
        request: Request<proto::CreateMemoryRequest>,
    ) -> Result<Response<proto::CreateMemoryResponse>, Status> {
        let r = request.into_inner();
        let new = convert::new_collection(&r.name, &r.source_locale, &r.target_locale, r.description)
            .map_err(refused)?;
        let made =
            self.admission.answer(WorkClass::Write, |e| e.create_memory(&Caller::anonymous(), new)).await?;
        Ok(Response::new(proto::CreateMemoryResponse { memory: Some(convert::memory(made)) }))
    }

    async fn get_memory(
        &self,
        request: Request<proto::GetMemoryRequest>,
    ) -> Result<Response<proto::GetMemoryResponse>, Status> {
        let name = convert::name("name", &request.get_ref().name).map_err(refused)?;
        let memory =
            self.admission.answer(WorkClass::Cpu, move |e| e.memory(&Caller::anonymous(), &name)).await?;
        Ok(Response::new(proto::GetMemoryResponse { memory: Some(convert::memory(memory)) }))
    }

    async fn list_memories(
        &self,
        request: Request<proto::ListMemoriesRequest>,
    ) -> Result<Response<proto::ListMemoriesResponse>, Status> {
        let r = request.into_inner();
        let page = convert::page_request(self.check(), r.page_size, r.page_token).map_err(refused)?;
        let page =
            self.admission.answer(WorkClass::Cpu, move |e| e.memories(&Caller::anonymous(), &page)).await?;
        let memories = page.items.into_iter().map(convert::memory).collect();
        Ok(Response::new(proto::ListMemoriesResponse { memories, next_page_token: page.next }))
    }

    async fn delete_memory(
        &self,
        request: Request<proto::DeleteMemoryRequest>,
    ) -> Result<Response<proto::DeleteMemoryResponse>, Status> {
        let name = convert::name("name", &request.get_ref().name).map_err(refused)?;
        let deleted_units = self
            .admission
            .answer(WorkClass::Write, move |e| e.delete_memory(&Caller::anonymous(), &name))
            .await?;
        Ok(Response::new(proto::DeleteMemoryResponse { deleted_units }))
    }

    async fn put_units(
        &self,
        request: Request<proto::PutUnitsRequest>,
    ) -> Result<Response<proto::PutUnitsResponse>, Status> {
        let r = request.into_inner();
        let memory = convert::name("memory", &r.memory).map_err(refused)?;
        let on_same_source = convert::on_same_source(r.on_same_source).map_err(refused)?;
        let (results, change_id) = self
            .admission
            .answer(WorkClass::Write, move |engine| {
                let caller = Caller::anonymous();
                let info = engine.memory(&caller, &memory)?.info;
                let draft = |(n, unit): (usize, proto::UnitDraft)| {
                    convert::unit_draft(unit, &info.source_locale, &info.target_locale)
                        .map_err(|v| v.inside(&format!("units[{n}]")))
                };
                let units = r.units.into_iter().enumerate().map(draft).collect::<Result<_, _>>()?;
                engine.put_units(&caller, &memory, units, on_same_source)
            })
            .await?;
        let results = results.iter().map(convert::put_result).collect();
        Ok(Response::new(proto::PutUnitsResponse { results, change_id }))
    }

    async fn get_unit(
        &self,
        request: Request<proto::GetUnitRequest>,
    ) -> Result<Response<proto::GetUnitResponse>, Status> {
        let memory = convert::name("memory", &request.get_ref().memory).map_err(refused)?;
        let id = unit_id("id", &request.get_ref().id).map_err(refused)?;
        let unit =
            self.admission.answer(WorkClass::Cpu, move |e| e.unit(&Caller::anonymous(), &memory, id)).await?;
        Ok(Response::new(proto::GetUnitResponse { unit: Some(convert::unit(unit)) }))
    }

    async fn list_units(
        &self,
        request: Request<proto::ListUnitsRequest>,
    ) -> Result<Response<proto::ListUnitsResponse>, Status> {
        let r = request.into_inner();
        let memory = convert::name("memory", &r.memory).map_err(refused)?;
        let filter = convert::filter("filter", r.filter).map_err(refused)?;
        let page = convert::page_request(self.check(), r.page_size, r.page_token).map_err(refused)?;
        let page = self
            .admission
            .answer(WorkClass::Cpu, move |e| e.units(&Caller::anonymous(), &memory, &filter, &page))
            .await?;
        let units = page.items.into_iter().map(convert::unit).collect();
        Ok(Response::new(proto::ListUnitsResponse { units, next_page_token: page.next }))
    }

    async fn delete_units(
        &self,
        request: Request<proto::DeleteUnitsRequest>,
    ) -> Result<Response<proto::DeleteUnitsResponse>, Status> {
        let r = request.into_inner();
        let memory = convert::name("memory", &r.memory).map_err(refused)?;
        let by_filter = r.filter.is_some();
        if by_filter && !r.ids.is_empty() {
            let message = "ids are given, too: name units either by id or by filter";
            return Err(refused(Violation::new("filter", "BAD_FILTER", message)));
        }
        let filter = convert::filter("filter", r.filter).map_err(refused)?;
        let id = |(n, id): (usize, &String)| unit_id(&format!("ids[{n}]"), id);
        let ids = r.ids.iter().enumerate().map(id).collect::<Result<Vec<_>, _>>().map_err(refused)?;
        let (deleted, change_id) = self
            .admission
            .answer(WorkClass::Write, move |engine| {
                let caller = Caller::anonymous();
                if by_filter {
                    engine.delete_units_where(&caller, &memory, &filter, r.dry_run)
                } else {
                    engine.delete_units(&caller, &memory, ids, r.dry_run)
                }
            })
            .await?;
        Ok(Response::new(proto::DeleteUnitsResponse { deleted, change_id }))
    }

    async fn update_memory(
        &self,
        request: Request<proto::UpdateMemoryRequest>,
    ) -> Result<Response<proto::UpdateMemoryResponse>, Status> {
        let r = request.into_inner();
        let name = convert::name("name", &r.name).map_err(refused)?;
        let new_name = r.new_name.map(|new| convert::name("new_name", &new)).transpose().map_err(refused)?;
        let memory = self
            .admission
            .answer(WorkClass::Write, move |e| {
                e.update_memory(&Caller::anonymous(), &name, new_name, r.description)
            })
            .await?;
        Ok(Response::new(proto::UpdateMemoryResponse { memory: Some(convert::memory(memory)) }))
    }

    async fn clone_memory(
        &self,
        request: Request<proto::CloneMemoryRequest>,
    ) -> Result<Response<proto::CloneMemoryResponse>, Status> {
        let r = request.into_inner();
        let name = convert::name("name", &r.name).map_err(refused)?;
        let new_name = convert::name("new_name", &r.new_name).map_err(refused)?;
        let memory = self
            .admission
            .answer(WorkClass::Bulk, move |e| {
                e.clone_memory(&Caller::anonymous(), &name, &new_name, r.description)
            })
            .await?;
        Ok(Response::new(proto::CloneMemoryResponse { memory: Some(convert::memory(memory)) }))
    }

    async fn update_unit(
        &self,
        request: Request<proto::UpdateUnitRequest>,
    ) -> Result<Response<proto::UpdateUnitResponse>, Status> {
        let r = request.into_inner();
        let memory = convert::name("memory", &r.memory).map_err(refused)?;
        let id = unit_id("id", &r.id).map_err(refused)?;
        let unit = self
            .admission
            .answer(WorkClass::Write, move |engine| {
                let caller = Caller::anonymous();
                let info = engine.memory(&caller, &memory)?.info;
                let draft =
                    convert::unit_draft(r.unit.unwrap_or_default(), &info.source_locale, &info.target_locale)
                        .map_err(|v| v.inside("unit"))?;
                engine.update_unit(&caller, &memory, id, draft, r.expected_revision)
            })
            .await?;
        Ok(Response::new(proto::UpdateUnitResponse { unit: Some(convert::unit(unit)) }))
    }

    async fn list_revisions(
        &self,
        request: Request<proto::ListRevisionsRequest>,
    ) -> Result<Response<proto::ListRevisionsResponse>, Status> {
        let memory = convert::name("memory", &request.get_ref().memory).map_err(refused)?;
        let id = unit_id("id", &request.get_ref().id).map_err(refused)?;
        let (revisions, present) = self
            .admission
            .answer(WorkClass::Cpu, move |e| e.revisions(&Caller::anonymous(), &memory, id))
            .await?;
        let revisions = revisions.into_iter().map(convert::unit).collect();
        Ok(Response::new(proto::ListRevisionsResponse { revisions, deleted: !present }))
    }

    async fn restore_revision(
        &self,
        request: Request<proto::RestoreRevisionRequest>,
    ) -> Result<Response<proto::RestoreRevisionResponse>, Status> {
        let r = request.into_inner();
        let memory = convert::name("memory", &r.memory).map_err(refused)?;
        let id = unit_id("id", &r.id).map_err(refused)?;
        let unit = self
            .admission
            .answer(WorkClass::Write, move |e| {
                e.restore_revision(&Caller::anonymous(), &memory, id, r.revision)
            })
            .await?;
        Ok(Response::new(proto::RestoreRevisionResponse { unit: Some(convert::unit(unit)) }))
    }
}
