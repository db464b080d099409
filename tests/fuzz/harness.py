"""Runs a fuzz target on mutated seeds for a while, guided by coverage where `atheris` is installed.

A target takes bytes and returns; whatever it raises is a finding. A new target is a module like `fuzz_sdp`: a
function, its seeds, and a call of `main`. Without atheris the same seed number gives the same run.
"""

import argparse
import hashlib
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import FunctionType

Target = Callable[[bytes], None]
FINDINGS = Path("build/fuzz")
MAX_INPUT_BYTES = 70_000
_NUMBERS = (
    b"0",
    b"1",
    b"-1",
    b"63",
    b"64",
    b"127",
    b"128",
    b"255",
    b"65535",
    b"65536",
    b"4294967296",
    b"9" * 30,
)
_BYTES = (
    b"\x00",
    b"\xff",
    b"\r\n",
    b"\n",
    b" ",
    b":",
    b"=",
    b";",
    b"/",
    b"*",
    b"\xc2\x85",
    b"\xf0\x9f\x8e\xb5",
)


def run(target: Target, seeds: Sequence[bytes], seconds: float, *, seed: int = 0) -> int:
    """Feeds mutations of `seeds` to `target` for `seconds`; returns how many.

    What the target raises leaves, with the input kept below `build/fuzz` and named in a note.
    """
    source = random.Random(seed)
    pool = list(seeds)
    runs = 0
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        data = seeds[runs] if runs < len(seeds) else mutate(source.choice(pool), pool, source)
        runs += 1
        try:
            target(data)
        except BaseException as error:
            error.add_note(f"input kept as {_keep(data)} (run {runs}, seed {seed})")
            raise
    return runs


def mutate(data: bytes, pool: Sequence[bytes], source: random.Random) -> bytes:
    """A changed copy: lines moved, dropped, repeated or taken from another seed; words and bytes replaced."""
    for _ in range(source.choice((1, 1, 2, 3, 8))):
        data = source.choice(_MUTATIONS)(data, pool, source)
    return data[:MAX_INPUT_BYTES]


def main(targets: Mapping[str, tuple[Target, Sequence[bytes]]], *, packages: Sequence[str]) -> None:
    """The command line of a fuzz module: `--seconds` for each of its targets, or for the one named.

    With `--target` and atheris, coverage of `packages` guides the mutation; else mutation is random.
    """
    parser = argparse.ArgumentParser(description="Fuzz parsers; atheris is used when it is installed.")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0, help="of the random mutation")
    parser.add_argument("--target", choices=sorted(targets))
    parser.add_argument(
        "--plain", action="store_true", help="random mutation even where atheris is installed"
    )
    options = parser.parse_args()
    for name, (target, seeds) in targets.items():
        if options.target not in (None, name):
            continue
        if options.target and not options.plain and _has_atheris():
            _run_atheris(target, seeds, options.seconds, packages)
        started_at = time.monotonic()
        runs = run(target, seeds, options.seconds, seed=options.seed)
        print(f"{name}: {runs} inputs in {time.monotonic() - started_at:.1f} s, no finding", flush=True)


def _has_atheris() -> bool:
    try:
        import_module("atheris")
    except ImportError:
        return False
    return True


def _run_atheris(target: Target, seeds: Sequence[bytes], seconds: float, packages: Sequence[str]) -> None:
    """Ends the process, as libFuzzer does; hence only for one target at a time."""
    atheris = import_module("atheris")
    corpus = FINDINGS / "corpus" / hashlib.sha256(b"".join(seeds)).hexdigest()[:12]  # Grows from run to run.
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds):
        (corpus / str(number)).write_bytes(data)
    for function in _functions_of(packages):
        atheris.instrument_func(function)
    arguments = [f"-max_total_time={max(1, round(seconds))}", f"-max_len={MAX_INPUT_BYTES}", "-timeout=10"]
    atheris.Setup([sys.argv[0], *arguments, f"-artifact_prefix={FINDINGS}/", str(corpus)], target)
    atheris.Fuzz()


def _functions_of(packages: Sequence[str]) -> Iterator[FunctionType]:
    """The functions and methods of every loaded module of `packages`."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in packages:
            continue
        owners = [vars(module), *(vars(each) for each in vars(module).values() if isinstance(each, type))]
        for owner in owners:
            for member in owner.values():
                if isinstance(member, FunctionType) and member.__module__ == name:
                    yield member


def _keep(data: bytes) -> Path:
    FINDINGS.mkdir(parents=True, exist_ok=True)
    path = FINDINGS / f"finding-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    return path


Mutation = Callable[[bytes, Sequence[bytes], random.Random], bytes]


def _drop_line(data: bytes, pool: Sequence[bytes], source: random.Random) -> bytes:
    lines = data.split(b"\n")
    del lines[source.randrange(len(lines))]
    return b"\n".join(lines)


def _repeat_line(data: bytes, pool: Sequence[bytes], source: random.Random) -> bytes:
    lines = data.split(b"\n")
    lines.insert(source.randrange(len(lines) + 1), source.choice(lines))
    return b"\n".join(lines)


def _borrow_line(data: bytes, pool: Sequence[bytes], source: random.Random) -> bytes:
    lines = data.split(b"\n")
    lines.insert(source.randrange(len(lines) + 1), source.choice(source.choice(pool).split(b"\n")))
    return b"\n".join(lines)


def _cross(data: bytes, pool: Sequence[bytes], source: random.Random) -> bytes:
    other = source.choice(pool)
    return data[: source.randrange(len(data) + 1)] + other[source.randrange(len(other) + 1) :]


def _replace_word(data: bytes, pool: Sequence[bytes], source: random.Random) -> bytes:
    words = data.split(b" ")
    words[source.randrange(len(words))] = source.choice((*_NUMBERS, *_BYTES, source.choice(pool)[:20]))
    return b" ".join(words)


def _replace_number(data: bytes, pool: Sequence[bytes], source: random.Random) -> bytes:
    starts = [index for index, byte in enumerate(data) if 48 <= byte <= 57]
    if not starts:
        return data
    start = end = source.choice(starts)
    while end < len(data) and 48 <= data[end] <= 57:
        end += 1
    return data[:start] + source.choice(_NUMBERS) + data[end:]


def _insert_bytes(data: bytes, pool: Sequence[bytes], source: random.Random) -> bytes:
    at = source.randrange(len(data) + 1)
    return data[:at] + source.choice(_BYTES) * source.choice((1, 1, 2, 300)) + data[at:]


def _flip_byte(data: bytes, pool: Sequence[bytes], source: random.Random) -> bytes:
    if not data:
        return source.randbytes(8)
    at = source.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << source.randrange(8))]) + data[at + 1 :]


def _cut(data: bytes, pool: Sequence[bytes], source: random.Random) -> bytes:
    start, end = sorted((source.randrange(len(data) + 1), source.randrange(len(data) + 1)))
    return data[:start] + data[end:]


_MUTATIONS: tuple[Mutation, ...] = (
    _drop_line,
    _repeat_line,
    _borrow_line,
    _cross,
    _replace_word,
    _replace_number,
    _insert_bytes,
    _flip_byte,
    _cut,
)
