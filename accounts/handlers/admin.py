"""Other people's accounts and the audit log, for admins."""

from datetime import datetime

from accounts.app_keys import ACCOUNTS
from accounts.audit import people_in
from accounts.handlers.context import caller
from accounts.requests import RoleRequest, UsersQuery
from accounts.services.people import parse_role
from accounts.views import AuditEntryView, UserView, view_audit_entry, view_user
from infra.endpoints import Call, Page, PageQuery


async def list_users(call: Call[None, UsersQuery]) -> Page[UserView]:
    query = call.query
    search = None if query.search is None else query.search.strip()
    found = await call.request.app[ACCOUNTS].people.page(
        query.after(tuple[datetime, str]), query.limit + 1, search
    )
    return Page.of(found, query.limit, lambda user: (user.created_at, user.id), view_user)


async def suspend(call: Call) -> UserView:
    _, actor = caller(call.request)
    return view_user(await call.request.app[ACCOUNTS].people.suspend(call.parts["user"], actor=actor))


async def unsuspend(call: Call) -> UserView:
    _, actor = caller(call.request)
    return view_user(await call.request.app[ACCOUNTS].people.unsuspend(call.parts["user"], actor=actor))


async def set_role(call: Call[RoleRequest]) -> UserView:
    _, actor = caller(call.request)
    role = parse_role(call.body.role)
    return view_user(await call.request.app[ACCOUNTS].people.set_role(call.parts["user"], role, actor=actor))


async def read_audit(call: Call[None, PageQuery]) -> Page[AuditEntryView]:
    accounts, query = call.request.app[ACCOUNTS], call.query
    found = await accounts.audit.newest_first(query.after(int), query.limit + 1)
    names = await accounts.people.names({each for entry in found for each in people_in(entry)})
    return Page.of(found, query.limit, lambda entry: entry.seq, lambda entry: view_audit_entry(entry, names))
