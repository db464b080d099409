"""What is kept of people: looked up in the tables, and a room that writes down what it is told of them."""

from collections.abc import Mapping

from sqlalchemy import text

from accounts.identity import UserId
from infra.database import Database


class Diary:
    """Another room that keeps something about people."""

    section = "diary"

    def __init__(self) -> None:
        self.pages: dict[UserId, list[str]] = {}
        self.fails = False
        self.meanwhile: list[str] = []
        """What a request under way writes while the first forgetting goes on."""

    async def export(self, user_id: UserId, /) -> Mapping[str, object]:
        return {"pages": self.pages.get(user_id, [])}

    async def forget(self, user_id: UserId, /) -> None:
        if self.fails:
            raise OSError
        self.pages.pop(user_id, None)
        if self.meanwhile:
            self.pages[user_id], self.meanwhile = self.meanwhile, []


async def rows(database: Database, table: str) -> int:
    async with database.read() as session:
        count: int = (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
        return count
