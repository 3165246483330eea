//! `MemoryService`.

use tonic::{Request, Response, Status};

use super::{
    admit::caller_of,
    convert,
    deadline::deadline,
    proto::{self, memory_service_server::MemoryService},
    status::violation_status,
};
use crate::{
    engine::Checker,
    fault::Violation,
    limits::Limits,
    service::{Admission, WorkClass},
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

#[tonic::async_trait]
impl MemoryService for Memories {
    async fn create_memory(
        &self,
        request: Request<proto::CreateMemoryRequest>,
    ) -> Result<Response<proto::CreateMemoryResponse>, Status> {
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        let new = convert::new_collection(&r.name, &r.source_locale, &r.target_locale, r.description)
            .map_err(violation_status)?;
        let made =
            self.admission.answer(caller, WorkClass::Write, |e, caller| e.create_memory(caller, new)).await?;
        Ok(Response::new(proto::CreateMemoryResponse { memory: Some(convert::memory(made)) }))
    }

    async fn get_memory(
        &self,
        request: Request<proto::GetMemoryRequest>,
    ) -> Result<Response<proto::GetMemoryResponse>, Status> {
        let caller = caller_of(&request)?;
        let name = convert::name("name", &request.get_ref().name).map_err(violation_status)?;
        let memory =
            self.admission.answer(caller, WorkClass::Cpu, move |e, caller| e.memory(caller, &name)).await?;
        Ok(Response::new(proto::GetMemoryResponse { memory: Some(convert::memory(memory)) }))
    }

    async fn list_memories(
        &self,
        request: Request<proto::ListMemoriesRequest>,
    ) -> Result<Response<proto::ListMemoriesResponse>, Status> {
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        let page =
            convert::page_request(self.check(), r.page_size, r.page_token).map_err(violation_status)?;
        let page =
            self.admission.answer(caller, WorkClass::Cpu, move |e, caller| e.memories(caller, &page)).await?;
        let memories = page.items.into_iter().map(convert::memory).collect();
        Ok(Response::new(proto::ListMemoriesResponse { memories, next_page_token: page.next_token }))
    }

    async fn delete_memory(
        &self,
        request: Request<proto::DeleteMemoryRequest>,
    ) -> Result<Response<proto::DeleteMemoryResponse>, Status> {
        let caller = caller_of(&request)?;
        let name = convert::name("name", &request.get_ref().name).map_err(violation_status)?;
        let deleted_units = self
            .admission
            .answer(caller, WorkClass::Write, move |e, caller| e.delete_memory(caller, &name))
            .await?;
        Ok(Response::new(proto::DeleteMemoryResponse { deleted_units }))
    }

    async fn put_units(
        &self,
        request: Request<proto::PutUnitsRequest>,
    ) -> Result<Response<proto::PutUnitsResponse>, Status> {
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        let memory = convert::name("memory", &r.memory).map_err(violation_status)?;
        let on_same_source = convert::on_same_source(r.on_same_source).map_err(violation_status)?;
        let (results, change_id) = self
            .admission
            .answer(caller, WorkClass::Write, move |engine, caller| {
                let info = engine.memory(caller, &memory)?.info;
                let units = convert::repeated("units", r.units, |unit| {
                    convert::unit_draft(unit, &info.source_locale, &info.target_locale)
                })?;
                engine.put_units(caller, &memory, units, on_same_source)
            })
            .await?;
        let results = results.iter().map(convert::put_result).collect();
        Ok(Response::new(proto::PutUnitsResponse { results, change_id }))
    }

    async fn get_unit(
        &self,
        request: Request<proto::GetUnitRequest>,
    ) -> Result<Response<proto::GetUnitResponse>, Status> {
        let caller = caller_of(&request)?;
        let memory = convert::name("memory", &request.get_ref().memory).map_err(violation_status)?;
        let id = convert::unit_id("id", &request.get_ref().id).map_err(violation_status)?;
        let unit = self
            .admission
            .answer(caller, WorkClass::Cpu, move |e, caller| e.unit(caller, &memory, id))
            .await?;
        Ok(Response::new(proto::GetUnitResponse { unit: Some(convert::unit(unit)) }))
    }

    async fn list_units(
        &self,
        request: Request<proto::ListUnitsRequest>,
    ) -> Result<Response<proto::ListUnitsResponse>, Status> {
        let caller = caller_of(&request)?;
        let (deadline, _cancels) = deadline(request.metadata()).cancelled_on_drop();
        let r = request.into_inner();
        let memory = convert::name("memory", &r.memory).map_err(violation_status)?;
        let filter = convert::filter(self.check(), "filter", r.filter).map_err(violation_status)?;
        let page =
            convert::page_request(self.check(), r.page_size, r.page_token).map_err(violation_status)?;
        let page = self
            .admission
            .answer(caller, WorkClass::Cpu, move |e, caller| {
                e.units(caller, &memory, &filter, &page, &deadline)
            })
            .await?;
        let units = page.items.into_iter().map(convert::unit).collect();
        Ok(Response::new(proto::ListUnitsResponse { units, next_page_token: page.next_token }))
    }

    async fn delete_units(
        &self,
        request: Request<proto::DeleteUnitsRequest>,
    ) -> Result<Response<proto::DeleteUnitsResponse>, Status> {
        let caller = caller_of(&request)?;
        let (deadline, _cancels) = deadline(request.metadata()).cancelled_on_drop();
        let r = request.into_inner();
        let memory = convert::name("memory", &r.memory).map_err(violation_status)?;
        let by_filter = r.filter.is_some();
        if by_filter && !r.ids.is_empty() {
            let message = "ids are given, too: select units either by ids or by a filter";
            return Err(violation_status(Violation::new("filter", "BAD_FILTER", message)));
        }
        let filter = convert::filter(self.check(), "filter", r.filter).map_err(violation_status)?;
        let ids =
            convert::repeated("ids", &r.ids, |id| convert::unit_id("", id)).map_err(violation_status)?;
        let (deleted, change_id) = self
            .admission
            .answer(caller, WorkClass::Write, move |engine, caller| {
                if by_filter {
                    engine.delete_units_where(caller, &memory, &filter, r.dry_run, &deadline)
                } else {
                    engine.delete_units(caller, &memory, ids, r.dry_run)
                }
            })
            .await?;
        Ok(Response::new(proto::DeleteUnitsResponse { deleted, change_id }))
    }

    async fn update_memory(
        &self,
        request: Request<proto::UpdateMemoryRequest>,
    ) -> Result<Response<proto::UpdateMemoryResponse>, Status> {
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        let name = convert::name("name", &r.name).map_err(violation_status)?;
        let new_name =
            r.new_name.map(|new| convert::name("new_name", &new)).transpose().map_err(violation_status)?;
        let memory = self
            .admission
            .answer(caller, WorkClass::Write, move |e, caller| {
                e.update_memory(caller, &name, new_name, r.description)
            })
            .await?;
        Ok(Response::new(proto::UpdateMemoryResponse { memory: Some(convert::memory(memory)) }))
    }

    async fn clone_memory(
        &self,
        request: Request<proto::CloneMemoryRequest>,
    ) -> Result<Response<proto::CloneMemoryResponse>, Status> {
        let caller = caller_of(&request)?;
        let (deadline, _cancels) = deadline(request.metadata()).cancelled_on_drop();
        let r = request.into_inner();
        let name = convert::name("name", &r.name).map_err(violation_status)?;
        let new_name = convert::name("new_name", &r.new_name).map_err(violation_status)?;
        let memory = self
            .admission
            .answer(caller, WorkClass::Scan, move |e, caller| {
                e.clone_memory(caller, &name, &new_name, r.description, &deadline)
            })
            .await?;
        Ok(Response::new(proto::CloneMemoryResponse { memory: Some(convert::memory(memory)) }))
    }

    async fn update_unit(
        &self,
        request: Request<proto::UpdateUnitRequest>,
    ) -> Result<Response<proto::UpdateUnitResponse>, Status> {
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        let memory = convert::name("memory", &r.memory).map_err(violation_status)?;
        let id = convert::unit_id("id", &r.id).map_err(violation_status)?;
        let unit = self
            .admission
            .answer(caller, WorkClass::Write, move |engine, caller| {
                let info = engine.memory(caller, &memory)?.info;
                let draft =
                    convert::unit_draft(r.unit.unwrap_or_default(), &info.source_locale, &info.target_locale)
                        .map_err(|v| v.inside("unit"))?;
                engine.update_unit(caller, &memory, id, draft, r.expected_revision)
            })
            .await?;
        Ok(Response::new(proto::UpdateUnitResponse { unit: Some(convert::unit(unit)) }))
    }

    async fn list_revisions(
        &self,
        request: Request<proto::ListRevisionsRequest>,
    ) -> Result<Response<proto::ListRevisionsResponse>, Status> {
        let caller = caller_of(&request)?;
        let (deadline, _cancels) = deadline(request.metadata()).cancelled_on_drop();
        let r = request.into_inner();
        let memory = convert::name("memory", &r.memory).map_err(violation_status)?;
        let id = convert::unit_id("id", &r.id).map_err(violation_status)?;
        let page =
            convert::page_request(self.check(), r.page_size, r.page_token).map_err(violation_status)?;
        let (page, present) = self
            .admission
            .answer(caller, WorkClass::Cpu, move |e, caller| {
                e.revisions(caller, &memory, id, &page, &deadline)
            })
            .await?;
        let revisions = page.items.into_iter().map(convert::unit).collect();
        let next_page_token = page.next_token;
        Ok(Response::new(proto::ListRevisionsResponse { revisions, deleted: !present, next_page_token }))
    }

    async fn restore_revision(
        &self,
        request: Request<proto::RestoreRevisionRequest>,
    ) -> Result<Response<proto::RestoreRevisionResponse>, Status> {
        let caller = caller_of(&request)?;
        let r = request.into_inner();
        let memory = convert::name("memory", &r.memory).map_err(violation_status)?;
        let id = convert::unit_id("id", &r.id).map_err(violation_status)?;
        let unit = self
            .admission
            .answer(caller, WorkClass::Write, move |e, caller| {
                e.restore_revision(caller, &memory, id, r.revision)
            })
            .await?;
        Ok(Response::new(proto::RestoreRevisionResponse { unit: Some(convert::unit(unit)) }))
    }
}
