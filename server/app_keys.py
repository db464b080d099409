"""Where the server's own parts hang in the application."""

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from config import Settings
from infra.bus_memory import MemoryBus
from infra.bus_redis import RedisBus
from infra.database import Database
from infra.tasks import BackgroundTasks
from server.demo import Demo
from server.health import Readiness
from server.idle import IdleConnections
from server.metrics import Metrics
from server.pages import Pages

SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)
TASKS = web.AppKey("background_tasks", BackgroundTasks)
READINESS = web.AppKey("readiness", Readiness)
METRICS = web.AppKey("metrics", Metrics)
PAGES = web.AppKey("pages", Pages)
BUS: web.AppKey[MemoryBus | RedisBus] = web.AppKey("bus", MemoryBus)
DEMO: web.AppKey[Demo | None] = web.AppKey("demo", Demo)
IDLE: web.AppKey[IdleConnections[RequestHandler]] = web.AppKey("idle_connections", IdleConnections)
