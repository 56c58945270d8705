"""From `python -m infersweep_server` to gunicorn: the same process, so that signals and death of a parent reach it."""

from __future__ import annotations

import os
import pathlib
import sys
from importlib.util import find_spec

from .errors import ConfigError

#: How the configuration file reaches the workers.
CONFIG_VARIABLE = "INFERSWEEP_SERVER_CONFIG"


def replace_process(config_file: str, instance: str | None) -> None:
    """Never returns. Raises ConfigError where gunicorn is not installed."""
    if find_spec("gunicorn") is None:
        raise ConfigError(
            '"gunicorn" is set but not installed here: pip install --no-deps --require-hashes -r environments/gunicorn.txt'
        )
    package = pathlib.Path(__file__).resolve().parent
    path = [str(package.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ.update({CONFIG_VARIABLE: os.path.abspath(config_file), "PYTHONPATH": os.pathsep.join(path)})
    # The mark of a process listing stays in the command line: gunicorn takes any name for its processes.
    named = ["--name", instance] if instance else []
    command = [sys.executable, "-m", "gunicorn", *named, "-c", f"file:{package / 'gunicorn.conf.py'}"]
    sys.stderr.flush()
    os.execv(sys.executable, [*command, "infersweep_server.wsgi:application"])
