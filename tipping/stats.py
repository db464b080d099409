"""What is counted of tips, for whoever watches over the server. Read when it is asked for."""

from collections import Counter
from collections.abc import Mapping

from tipping.nodes import Nodes
from tipping.watcher import Watcher


class TippingStats:
    """Of this process, since its start."""

    def __init__(self) -> None:
        self._told: Counter[str] = Counter({"seen": 0, "confirmed": 0, "withdrawn": 0})
        self._watcher: Watcher | None = None
        self._nodes: tuple[Nodes, ...] = ()

    def attach(self, watcher: Watcher, *nodes: Nodes) -> None:
        """Whom to ask."""
        self._watcher, self._nodes = watcher, nodes

    def count(self, what: str) -> None:
        """Something was told of a tip."""
        self._told[what] += 1

    @property
    def tips(self) -> Mapping[str, int]:
        """How often it was told that a tip is seen, confirmed, withdrawn."""
        return self._told

    @property
    def is_watching(self) -> bool:
        """Whether this process is the one that watches."""
        return self._watcher is not None and self._watcher.is_watching

    @property
    def head_age_s(self) -> float | None:
        """Since there was a new head; ``None`` when another process watches."""
        return self._watcher.head_age_s if self._watcher is not None and self.is_watching else None

    @property
    def head_block(self) -> int | None:
        """The number of the newest block there is; ``None`` when another process watches."""
        return self._watcher.head_block if self._watcher is not None and self.is_watching else None

    @property
    def lag_blocks(self) -> int | None:
        """How many blocks are known of but not read yet; ``None`` when another process watches."""
        return self._watcher.lag_blocks if self._watcher is not None and self.is_watching else None

    @property
    def rpc_errors(self) -> int:
        """Questions that a node did not answer, or not with the truth."""
        return sum(nodes.failures for nodes in self._nodes)
