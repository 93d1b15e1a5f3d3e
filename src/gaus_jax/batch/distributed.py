"""Processes on many machines, by JAX's own runtime: who they are, and whether they still live.

Each solves its shard and writes its own part of the store; no array travels between them. Each
counts up a number in the coordinator's store, and looks whether the others' numbers still move.
"""

import subprocess
import threading
import time
from typing import Any

import jax

from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.batch.shards import Shard

BEAT = 2.0  # seconds between two counts
SILENCE = 30.0  # seconds without a new count after which a peer is gone
CONNECT = 60  # seconds for all to find each other
OVER = "over"  # the count of a process that is through
# JAX's runtime ends a process at once, in C++, where the coordinator is gone: a shell that waits
# for a last line then says what is to be done.
LAST_WORDS = 'read line || echo "gaus-jax: $1" >&2'
ENDED = (
    "a distributed process was ended, as a rule because the coordinator (process 0) is gone; the "
    "results so far are kept: begin the same command again on all machines to go on"
)


class Peers:
    """One process, alone."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard

    def __enter__(self) -> "Peers":
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is open."""

    def check(self) -> None:
        """Nobody can be gone."""

    def wait(self) -> None:
        """Nobody is to be waited for."""


def alone(shard: Shard) -> Peers:
    """One process that solves a shard."""
    return Peers(shard)


def joined(coordinator: str | None, processes: int | None, process: int | None) -> "Joined":
    """This process among others, found by JAX; all arguments are optional on a known cluster.

    Raises:
        SettingsError: JAX cannot tell who the others are.
        InputError: they do not find each other.
    """
    # Otherwise the runtime ends the whole process as soon as any other one is gone.
    jax.config.update("jax_enable_recoverability", True)
    try:
        jax.distributed.initialize(
            coordinator,
            processes,
            process,
            initialization_timeout=CONNECT,
            heartbeat_timeout_seconds=int(2 * SILENCE),
            shutdown_timeout_seconds=5,
        )
    except (ValueError, TypeError) as error:
        raise SettingsError(
            f"--distributed: {error} Give --coordinator HOST:PORT, --processes N and --process I"
        ) from error
    except RuntimeError as error:
        raise InputError(
            f"--distributed: no connection to the other processes within {CONNECT} s; check the "
            f"address and that all were started: {error}"
        ) from error
    return Joined(Shard(jax.process_index(), jax.process_count()), _client())


class Joined(Peers):
    """One process of several.

    Args:
        shard: its part.
        client: of JAX's key-value store.
        beat: seconds between two counts.
        silence: seconds after which a peer is gone.
    """

    def __init__(
        self, shard: Shard, client: Any, beat: float = BEAT, silence: float = SILENCE
    ) -> None:
        super().__init__(shard)
        self._client, self._beat, self._silence = client, beat, silence
        self._heard = {i: ("", time.monotonic()) for i in range(shard.of) if i != shard.number}
        self._lost = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def lost(self) -> str:
        """Who is gone, in a sentence; empty while all are there."""
        return self._lost

    def __enter__(self) -> "Joined":
        command = ["/bin/sh", "-c", LAST_WORDS, "sh", ENDED]
        self._words = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()
        self._words.communicate(b"well\n")

    def check(self) -> None:
        """Raise `InputError` where a peer is gone; what was written is kept."""
        if self._lost:
            raise InputError(
                f"{self._lost}; the results so far are kept: begin the same command again on all "
                f"machines to go on"
            )

    def wait(self) -> None:
        """Wait until all are through; raises as `check`."""
        self._stop.set()
        self._thread.join()
        while self._heard and not self._lost:
            self._say(OVER)
            self._listen()
            if all(count == OVER for count, _ in self._heard.values()):
                break
            self.check()
            time.sleep(self._beat / 4)
        self.check()

    def _watch(self) -> None:
        count = 0
        while not self._stop.wait(self._beat if count else 0) and not self._lost:
            count += 1
            self._say(str(count))
            self._listen()

    def _say(self, text: str) -> None:
        try:
            self._client.key_value_set(f"gaus-jax/{self.shard.number}", text, allow_overwrite=True)
        except RuntimeError as error:
            self._lost = f"the coordinator (process 0) is gone: {_first_line(error)}"

    def _listen(self) -> None:
        now = time.monotonic()
        for peer, (count, since) in self._heard.items():
            try:
                fresh = self._client.key_value_try_get(f"gaus-jax/{peer}")
            except RuntimeError:  # it has not said anything yet
                fresh = ""
            if fresh not in ("", count):
                self._heard[peer] = (fresh, now)
            elif count != OVER and now - since > self._silence:
                self._lost = (
                    f"process {peer} of {self.shard.of} has not been heard of for "
                    f"{now - since:.0f} s"
                )


def _client() -> Any:
    from jax._src import distributed  # the public module has no access to the store

    return distributed.global_state.client


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
