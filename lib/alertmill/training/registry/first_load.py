"""Try a model from elsewhere in a process of its own before this one reads it.

LightGBM's reader of model text aborts or hangs the process on many damaged texts, with no exception
to catch. So the first load of a registered model happens in a child, with limits on time and
memory, which reads the trees, walks through all of them, and scores the canary. The child gets the
very bytes whose digests were checked, not the files. A model is tried once by a process; one that
this process has saved itself is not tried.

Not covered: a model whose text, canary, metadata and registry entry were all rewritten to agree.
Only a signature could tell that.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys

from alertmill.errors import CanaryScoresError, ModelLoadFailedError, ModelLoadTimeoutError
from alertmill.threads import thread_environment
from alertmill.training.models.model import AlertModel, digest

_SECONDS = 120.0
"""Importing LightGBM takes some seconds, on a busy machine many."""
_MEMORY_BYTES = 8 << 30
_OTHER_SCORES = 3
"""Exit code of the child."""
_TRIED: set[str] = set()


def try_first(model: AlertModel, *, timeout_seconds: float = _SECONDS) -> None:
    """Read and score a model in a child process, unless this process has trusted it before.

    Parameters
    ----------
    model : AlertModel
        Loaded, its digests checked, its trees not yet read.
    timeout_seconds : float
        After which the child is killed.

    Raises
    ------
    ModelLoadFailedError
        If the child died or refused the text.
    ModelLoadTimeoutError
        If it did not come to an end.
    CanaryScoresError
        If it gives the canary other scores.
    """
    key = _key(model)
    if key in _TRIED:
        return
    model_id = model.metadata.model_id
    try:
        ended = subprocess.run(  # noqa: S603 - this interpreter and a module of ours
            # -P: nothing is imported from the folder that happens to be the current one.
            [sys.executable, "-P", "-m", __name__],
            input=json.dumps(model.texts()),
            capture_output=True,
            encoding="utf-8",
            errors="backslashreplace",  # LightGBM may quote bytes of a damaged text
            env=os.environ | thread_environment(),
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ModelLoadTimeoutError.of(model_id, timeout_seconds) from None
    if ended.returncode == _OTHER_SCORES:
        raise CanaryScoresError(ended.stdout.strip())
    if ended.returncode:
        raise ModelLoadFailedError.of(model_id, _describe(ended.returncode, ended.stderr))
    _TRIED.add(key)


def trust(model: AlertModel) -> None:
    """Note that this process made the model or has read it, so that it need not be tried."""
    _TRIED.add(_key(model))


def _key(model: AlertModel) -> str:
    return digest(json.dumps(model.texts()))


def _describe(returncode: int, stderr: str) -> str:
    if returncode < 0:
        return f"died of {signal.Signals(-returncode).name}"
    lines = stderr.strip().splitlines() or ["nothing said"]
    return f"refused it: {lines[-1][:200]}"


def _main() -> int:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    model = AlertModel.of_texts(json.load(sys.stdin))
    try:
        model.read_trees()
    except CanaryScoresError as error:
        sys.stdout.write(str(error))
        return _OTHER_SCORES
    return 0


if __name__ == "__main__":
    # Without the interpreter's clean-up, which a damaged model can crash as well.
    code = _main()
    sys.stdout.flush()
    os._exit(code)
