"""The emulator's clock, which can be shifted.

An environment should look ten days old and a fault two minutes old, in every timestamp moto writes. All of moto takes
the time from one function, imported by name in a hundred modules: its code object is replaced, so each of them follows.
"""

from __future__ import annotations

import datetime as _datetime

_offset = _datetime.timedelta(0)


def set_offset(seconds: float) -> None:
    """Makes the emulator's now lie `seconds` after the real one; negative is the past."""
    global _offset
    _offset = _datetime.timedelta(seconds=seconds)


def offset_seconds() -> float:
    return _offset.total_seconds()


def now() -> _datetime.datetime:
    """The emulator's now, aware and in UTC."""
    return _datetime.datetime.now(_datetime.timezone.utc) + _offset


def install() -> None:
    import moto.core.utils

    def shifted() -> _datetime.datetime:
        from butfor_emulator.clock import now as emulator_now

        return emulator_now().replace(tzinfo=None)

    moto.core.utils.utcnow.__code__ = shifted.__code__
