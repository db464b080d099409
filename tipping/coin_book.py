"""What is known of coins in this process: the chain's own from the settings, tokens from their contracts or the table.

Whoever watches reads the tokens' contracts and writes the table, before any tip is stored; the others read the table.
"""

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.ethereum import Address
from infra.database import Database
from tipping import stage_repository
from tipping.coins import Chain, Coin
from tipping.messages import short


class CoinBook(Mapping[Address, Coin]):
    """Coins by token; as a mapping it holds those that are known."""

    def __init__(self, chain: Chain, tokens: Collection[Address]) -> None:
        self.chain = chain
        self.tokens = tuple(dict.fromkeys(tokens))
        """Those that count beside the chain's own coin, as the operator lists them."""
        self._known = {chain.coin.token: chain.coin}

    def __getitem__(self, token: Address) -> Coin:
        return self._known[token]

    def __iter__(self) -> Iterator[Address]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def knows(self, token: Address) -> bool:
        return token in self._known

    def of(self, token: Address) -> Coin:
        """A coin nobody has read yet is counted in base units: never in units it may not have."""
        return self._known.get(token) or Coin(token, short(token), short(token), 0)

    def listed(self) -> list[Coin]:
        """Those that can be tipped, the chain's own first."""
        return [self.chain.coin, *(self._known[token] for token in self.tokens if token in self._known)]

    @property
    def missing(self) -> list[Address]:
        return [token for token in self.tokens if token not in self._known]

    async def know(self, session: AsyncSession, tokens: Collection[Address]) -> None:
        """Reads what is in the table of those that are not known yet."""
        if any(token not in self._known for token in tokens):
            self._known |= await stage_repository.coins(session, self.chain.id)
            self._known[self.chain.coin.token] = self.chain.coin

    async def read(self, database: Database) -> None:
        """What the table says of those that count."""
        async with database.read() as session:
            await self.know(session, self.tokens)

    async def learn(self, database: Database, found: Collection[Coin]) -> None:
        """These were read from their contracts."""
        if not found:
            return
        async with database.write() as session:
            await stage_repository.put_coins(session, self.chain.id, found)
        self._known |= {coin.token: coin for coin in found}
