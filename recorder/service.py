"""Records broadcasts as their channels' owners want it, and keeps the list of recordings.

A broadcast is tapped in the step of the event loop in which it begins, before anybody knows whether it is to be
recorded: until that has been looked up its packets wait in a queue, so that nothing of its beginning is missing.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from catalog.broadcast_log import BroadcastLog
from catalog.errors import CatalogError
from catalog.service import ChannelService
from infra.clock import Clock, utc_now
from infra.database import Database
from infra.tasks import BackgroundTasks, uninterrupted

from . import repository, wire
from .completing import RecordingCompleter
from .errors import NothingToRecord, RecordingOff, RecordingsFull
from .files import DIRECTORY
from .link import RecorderLink
from .plane import TappedPlane
from .recordings import Policy, RecordingId
from .rules import RecordingRules
from .session import RecordedSession

_log = structlog.get_logger("recorder")

STOP_WITHIN_S = 3.0
NOTE_AFTER_S = 1.0
"""Progress is written for all recordings together: each by itself, twenty of them took a tenth of a core."""


class RecordingService:
    """The recordings of this process; ``run`` is its background task."""

    def __init__(
        self,
        database: Database,
        channels: ChannelService,
        broadcasts: BroadcastLog,
        plane: TappedPlane,
        tasks: BackgroundTasks,
        *,
        data_dir: Path,
        rules: RecordingRules,
        keep_free_bytes: int,
        channel_bytes: int = 0,
        completer: RecordingCompleter,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._channels = channels
        self._broadcasts = broadcasts
        self._plane = plane
        self._tasks = tasks
        self._directory = data_dir / DIRECTORY
        self._keep_free_bytes = keep_free_bytes
        self._channel_bytes = channel_bytes
        self._completer = completer
        self._clock = clock
        self.rules = rules
        rules.on_never(self.end)
        self._link: RecorderLink[wire.Event] = RecorderLink(
            "recorder.worker",
            wire.Event,  # type: ignore[arg-type]  # a union is a type to msgspec
            self._heard,
            self._lost,
        )
        self._sessions: dict[str, RecordedSession] = {}
        self._without_room: set[str] = set()
        self._by_number: dict[int, RecordedSession] = {}
        self._last_number = 0
        self._writing: set[asyncio.Task[None]] = set()
        self._to_note: dict[int, RecordedSession] = {}
        self._stopping = asyncio.Event()

    @property
    def process_id(self) -> int | None:
        """Of the process that writes, if there is one."""
        return self._link.process_id

    # The life of recordings

    async def run(self) -> None:
        """Records what goes live until ``stop``, and has finished what has ended, also by an earlier process."""
        unsubscribe = self._plane.subscribe(self._live_changed)
        try:
            await self._completer.run(self._going_on)
        finally:
            unsubscribe()

    async def stop(self) -> None:
        """Ends every file. What is not finished by then is, at the next start."""
        self._stopping.set()
        for session in list(self._sessions.values()):
            self._end(session)
        await self._link.stop()
        if self._writing:
            await asyncio.wait(self._writing, timeout=STOP_WITHIN_S)

    def unfinished_for(self, recording_id: RecordingId) -> str | None:
        """Why the files of a recording that has ended could not be finished yet: ``no_room`` or ``failed``."""
        return self._completer.trouble_of(recording_id)

    def _going_on(self) -> set[RecordingId]:
        """Those that this process writes."""
        ids = (session.recording_id for session in self._by_number.values())
        return {each for each in ids if each is not None}

    def _live_changed(self, name: str) -> None:
        state = self._plane.get(name)
        if state is None:
            self._without_room.discard(name)
        if state is None or name in self._sessions:
            return
        self._tap(name, state.started_at_s)
        self._tasks.start("recording_decided", self._decide(name))

    def _tap(self, name: str, started_at_s: float) -> RecordedSession:
        self._last_number += 1
        loop = asyncio.get_running_loop()
        origin_s = loop.time() - (time.time() - started_at_s)
        session = RecordedSession(name, self._last_number, origin_s, loop.time, lambda: self._end(session))
        session.release = self._plane.tap(name, session)
        self._sessions[name] = self._by_number[session.number] = session
        return session

    async def _decide(self, name: str) -> None:
        session = self._sessions.get(name)
        if session is None:
            return
        try:
            if (await self.rules.of(name)).policy is Policy.ALWAYS:
                await uninterrupted(self._begin(session))
        except RecordingsFull:
            self._without_room.add(name)
            _log.warning("recording_not_begun", channel=name, error="quota_reached")
        except (SQLAlchemyError, OSError, CatalogError) as error:
            _log.error("recording_not_begun", channel=name, error=type(error).__name__)
        if session.recording_id is None:
            self._forget(session)

    async def _begin(self, session: RecordedSession) -> None:
        state = self._plane.get(session.name)
        if state is None:
            return
        channel = await self._channels.get(session.name)
        visibility = (await self.rules.of(session.name)).visibility
        session.room_bytes = await self._room_of(channel.id)
        recording_id = RecordingId(secrets.token_hex(8))
        began_at = datetime.fromtimestamp(state.started_at_s, UTC)
        directory = self._directory / recording_id
        await asyncio.to_thread(directory.mkdir, parents=True)
        async with self._database.write() as database:
            await repository.add(
                database,
                recording_id,
                channel.id,
                began_at,
                self._clock(),
                visibility,
                channel.title,
            )
        session.recording_id, session.channel_id = recording_id, channel.id
        self._open(session)
        if session.ending:  # the broadcast ended meanwhile
            self._link.close(session.number)
        _log.info("recording_began", channel=session.name, recording=recording_id)

    async def _room_of(self, channel_id: int) -> int | None:
        """Raises ``RecordingsFull`` when there is none. ``None``: nobody counts."""
        if not self._channel_bytes:
            return None
        async with self._database.read() as database:
            left = self._channel_bytes - await repository.size_of_channel(database, channel_id)
        if left <= 0:
            raise RecordingsFull("delete some of the channel's recordings first")
        return left

    def _open(self, session: RecordedSession) -> None:
        directory = self._directory / str(session.recording_id)
        command = wire.Open(str(directory), session.parts + 1, self._keep_free_bytes)
        self._link.open(session.number, command, session.queue)
        self._plane.request_keyframe(session.name)

    def _end(self, session: RecordedSession) -> None:
        """Nothing more comes of this broadcast, or nobody wants it."""
        if session.ending:
            return
        session.ending = True
        session.release()
        if self._sessions.get(session.name) is session:
            del self._sessions[session.name]
        if session.recording_id is not None:
            self._link.close(session.number)

    def _forget(self, session: RecordedSession) -> None:
        """It is not recorded."""
        session.release()
        self._by_number.pop(session.number, None)
        if self._sessions.get(session.name) is session:
            del self._sessions[session.name]

    def _heard(self, number: int, event: wire.Event) -> None:
        session = self._by_number.get(number)
        if session is None:
            return
        match event:
            case wire.Progress():
                session.note(event)
                self._note_soon(session)
                if session.room_bytes is not None and session.progress.size_bytes > session.room_bytes:
                    session.trouble = session.trouble or "quota_reached"
                    _log.warning("recording_stopped", channel=session.name, reason="quota_reached")
                    self._end(session)
            case wire.WantKeyframe():
                self._plane.request_keyframe(session.name)
            case wire.Stopped(reason, detail):
                session.trouble = session.trouble or reason
                _log.error("recording_stopped", channel=session.name, reason=reason, detail=detail)
                self._end(session)
            case wire.Closed():
                self._by_number.pop(number, None)
                self._do("recording_ended", self._ended(session))

    def _lost(self, numbers: list[int]) -> None:
        """The recorder's process died: broadcasts go on in new files of a new process."""
        for number in numbers:
            session = self._by_number.get(number)
            if session is None or session.recording_id is None:
                continue
            session.begin_again()
            if not session.ending:
                session.parts += 1000  # beyond the numbers of those it had begun
                try:
                    self._open(session)
                    continue
                except OSError:
                    session.trouble = "failed"
                    self._end(session)
            self._by_number.pop(number, None)
            self._do("recording_ended", self._ended(session))

    def _note_soon(self, session: RecordedSession) -> None:
        """With all others that have gone on meanwhile, in one transaction."""
        if not self._to_note:
            self._do("recordings_noted", self._note_all())
        self._to_note[session.number] = session

    async def _note_all(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), NOTE_AFTER_S)
        sessions, self._to_note = list(self._to_note.values()), {}
        if not sessions:  # they have ended meanwhile
            return
        try:
            notes = [await self._note_of(session) for session in sessions]
            async with self._database.write() as database:
                await repository.note(database, notes)
        except (SQLAlchemyError, OSError) as error:
            _log.warning("recordings_not_noted", error=type(error).__name__)

    async def _note_of(self, session: RecordedSession) -> repository.Note:
        assert session.recording_id is not None
        if session.broadcast_id is None:
            found = await self._broadcasts.current(session.name, session.channel_id)
            session.broadcast_id = None if found is None else found[0]
        progress = session.progress
        return repository.Note(
            session.recording_id, progress.duration_ms, progress.size_bytes, session.broadcast_id
        )

    async def _ended(self, session: RecordedSession) -> None:
        if session.recording_id is None:
            return
        self._to_note.pop(session.number, None)
        try:
            note = await self._note_of(session)
            async with self._database.write() as database:
                await repository.note(database, [note])
                await repository.end(database, session.recording_id, self._clock(), session.trouble)
        except (SQLAlchemyError, OSError) as error:
            _log.warning("recording_not_ended", error=type(error).__name__)  # the next start does
            return
        self._completer.ended(session.recording_id)

    def _do(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        """Writes something down; ``stop`` waits for it."""
        task = self._tasks.start(what, uninterrupted(work))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    # What the owner asks

    def current(self, name: str) -> RecordedSession | None:
        """The recording that goes on."""
        session = self._sessions.get(name)
        return session if session is not None and session.recording_id is not None else None

    def refused(self, name: str) -> str | None:
        """Why the broadcast that goes on is not recorded though it should be: ``quota_reached``."""
        return "quota_reached" if name in self._without_room and self.current(name) is None else None

    async def start(self, name: str) -> None:
        """Record from now on; nothing when it is being done.

        Raises ``NothingToRecord``, ``RecordingOff``, ``RecordingsFull``.
        """
        if (await self.rules.of(name)).policy is Policy.NEVER:
            raise RecordingOff("the channel's owner has said never")
        state = self._plane.get(name)
        if state is None:
            raise NothingToRecord("there is no broadcast to record")
        if name not in self._sessions:
            session = self._tap(name, state.started_at_s)
            try:
                await uninterrupted(self._begin(session))
            finally:
                if session.recording_id is None:
                    self._forget(session)

    def end(self, name: str) -> None:
        """Record no more of this broadcast; nothing when nothing is recorded."""
        session = self._sessions.get(name)
        if session is not None:
            self._end(session)
