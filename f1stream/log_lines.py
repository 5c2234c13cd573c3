"""Log lines, written by a thread: whoever reads standard error may stall, and viewers may not."""

from __future__ import annotations

import logging
import queue
import threading
from contextlib import suppress
from typing import TextIO

# More than a round of all sources says; at 200 bytes each.
MOST_LINES = 10_000
LAST_S = 2.0


class LogLines(logging.Handler):
    """Writes to `stream`, at most `most` lines late; what is beyond that is counted instead.

    A record is formatted where it is made: what it belongs to is known there only.
    """

    def __init__(self, stream: TextIO, *, most: int = MOST_LINES) -> None:
        super().__init__()
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(most)
        self._lost = 0
        self._thread = threading.Thread(target=self._write, name="log lines", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the line on; never waits."""
        try:
            self._lines.put_nowait(self.format(record))
        except queue.Full:
            self._lost += 1
        except Exception:
            self.handleError(record)

    def flush(self) -> None:
        """Wait until all is written, for `LAST_S` seconds at most."""
        done = self._lines.all_tasks_done
        with done:
            done.wait_for(lambda: not self._lines.unfinished_tasks, LAST_S)

    def close(self) -> None:
        """Write what is left, for `LAST_S` seconds at most, and end."""
        with suppress(queue.Full):
            self._lines.put_nowait(None)
        self._thread.join(LAST_S)
        super().close()

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            # One that has ended is nobody's to mend.
            with suppress(OSError, ValueError):
                self._stream.write(line + "\n")
                if lost := self._lost:
                    self._lost -= lost
                    self._stream.write(f"{lost} lines were lost: standard error was not read\n")
                if self._lines.empty():
                    self._stream.flush()
            self._lines.task_done()
