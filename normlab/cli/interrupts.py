"""Ctrl-C: a command dies of it, at once or when it has tidied up, as a shell and its scripts expect (status 130).

An exception alone would not do. While a library is imported it gets lost or turns into another one, a long call into C
holds it up, and an exit that waits for a thread may wait for ever.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130


def end_at_once() -> None:
    """From now on Ctrl-C ends the process, whatever it is doing: there is nothing to tidy up."""
    if _is_heard():
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def die() -> NoReturn:
    """End as one whom Ctrl-C has ended: by the signal where there is one, so that a script's loop ends as well."""
    if os.name == "posix":
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(INTERRUPTED)


@contextmanager
def at_once() -> Iterator[None]:
    """As `end_at_once`, for as long as it lasts: for imports of libraries that are written in C."""
    before = signal.getsignal(signal.SIGINT)
    end_at_once()
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def tidily(seconds: float) -> Iterator[Callable[[], bool]]:
    """Ctrl-C raises `KeyboardInterrupt`; gives a function that tells whether it was pressed.

    Who has not left so many `seconds` later ends with status 130 all the same, and a second Ctrl-C ends at once. What
    the exception turned into on its way is a `KeyboardInterrupt` again.
    """
    before = signal.getsignal(signal.SIGINT)
    pressed, left = threading.Event(), threading.Event()
    if not _is_heard():
        yield pressed.is_set
        return

    def press(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        pressed.set()
        raise KeyboardInterrupt

    with _told_at_once(lambda: left.wait(seconds) or os._exit(INTERRUPTED)), _quiet_destructors():
        signal.signal(signal.SIGINT, press)
        try:
            yield pressed.is_set
        except Exception as error:
            if pressed.is_set():
                raise KeyboardInterrupt from error
            raise
        finally:
            left.set()
            signal.signal(signal.SIGINT, before)


@contextmanager
def _quiet_destructors() -> Iterator[None]:
    """Where Ctrl-C meets a destructor the exception goes no further, and Python would print its traceback."""
    before = sys.unraisablehook

    def hear(lost: "sys.UnraisableHookArgs") -> None:
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            before(lost)

    sys.unraisablehook = hear
    try:
        yield
    finally:
        sys.unraisablehook = before


def _is_heard() -> bool:
    """A shell's background jobs leave Ctrl-C to others."""
    return signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


@contextmanager
def _told_at_once(tell: Callable[[], object]) -> Iterator[None]:
    """Call `tell` in a thread of its own as soon as SIGINT comes, even while the main thread is in a call into C."""
    ear, mouth = socket.socketpair()
    mouth.setblocking(False)

    def listen() -> None:
        while heard := ear.recv(1):
            if heard[0] == signal.SIGINT:
                tell()

    with ear, mouth:
        listener = threading.Thread(target=listen, name="interrupts", daemon=True)
        listener.start()
        before = signal.set_wakeup_fd(mouth.fileno())
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            mouth.close()
            listener.join(1.0)
