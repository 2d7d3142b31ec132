"""Where a run came from: what a resume secret needs before anybody is signed in."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from flow_runtime.stores.tables import runs


@dataclass(frozen=True, slots=True)
class RunOrigin:
    """Whose run it is."""

    workspace_id: str
    started_by: str | None
    trigger_type: str
    trigger_source: str | None


def find_origin(conn: Connection, run_id: str) -> RunOrigin | None:
    """The origin of a run of any workspace; the caller has checked a secret that only this run has."""
    columns = (runs.c.workspace_id, runs.c.started_by, runs.c.trigger_type, runs.c.trigger_source)
    found = conn.execute(select(*columns).where(runs.c.id == run_id)).first()
    return None if found is None else RunOrigin(*found)
