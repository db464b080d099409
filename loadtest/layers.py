"""Simulcast material: the same picture in several sizes, each encoded by itself, in step picture by picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from loadtest.media import Material, MaterialSpec, Track, load_material

LEAST_PIXELS = 32
LEAST_BPS = 30_000


def load_layers(spec: MaterialSpec, names: Sequence[str], directory: Path) -> Material:
    """`spec` is the best layer's; each further one has half the size and a quarter of the bits of the one before."""
    material = load_material(spec, directory)
    layers = [(name, material.video) for name in names[:1]]
    index = material.packet_count
    for step, name in enumerate(names[1:], start=1):
        smaller = dataclasses.replace(
            spec,
            width=max(LEAST_PIXELS, spec.width >> step & ~1),
            height=max(LEAST_PIXELS, spec.height >> step & ~1),
            video_bps=max(LEAST_BPS, spec.video_bps >> 2 * step),
            source=spec.source or str(directory / spec.file_name),
        )
        track = _renumbered(load_material(smaller, directory).video, index)
        index += sum(len(frame.payloads) for frame in track.frames)
        layers.append((name, track))
    return dataclasses.replace(material, layers=tuple(layers))


def _renumbered(track: Track, first_index: int) -> Track:
    """With payload indexes from `first_index` on."""
    further = first_index - track.frames[0].first_index
    frames = tuple(
        dataclasses.replace(frame, first_index=frame.first_index + further) for frame in track.frames
    )
    return dataclasses.replace(track, frames=frames)
