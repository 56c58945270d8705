"""`python -m infersweep_server --config FILE`: reads the configuration, listens, loads, serves until told to stop."""

import os
import sys

if not __package__:
    # Started as `python path/to/infersweep_server`: our folder must not shadow standard modules such as `statistics`.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

import argparse
import signal
import threading

from infersweep_server import host_watch, lifetime
from infersweep_server.announcement import announce
from infersweep_server.config import Config, read_config
from infersweep_server.errors import ConfigError
from infersweep_server.http_server import HttpServer
from infersweep_server.model import Model
from infersweep_server.routes import Routes

#: SageMaker kills 30 s after SIGTERM; what is in flight gets most of it.
DRAIN_SECONDS = 25


def main() -> None:
    arguments = argparse.ArgumentParser(prog="infersweep_server", description=__doc__)
    arguments.add_argument("--config", required=True, metavar="FILE", help="JSON configuration")
    arguments.add_argument("--instance", metavar="TEXT", help="ignored: marks this process in a process listing")
    options = arguments.parse_args()
    try:
        config = read_config(options.config)
    except ConfigError as error:
        end(f"{options.config}: {error}", 2)
    if config.gunicorn is not None:
        from infersweep_server import gunicorn_start

        try:
            gunicorn_start.replace_process(options.config, options.instance)
        except ConfigError as error:
            end(f"{options.config}: {error}", 2)
    if config.die_with_parent:
        lifetime.end_with_parent()
    serve(config)


def serve(config: Config) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    model = Model(config)
    try:
        server = HttpServer(config.host, config.port, Routes(model).answer)
    except OSError as error:
        end(f"cannot listen on {config.host}:{config.port}: {error.strerror or error}", 1)
    server.start()
    if config.announce is not None:
        try:
            announce(config.announce, server.port)
        except OSError as error:
            end(f"cannot write the announcement {config.announce}: {error.strerror}", 1)
    say(f"listening on {config.host}:{server.port}")
    host_watch.start()
    model.start(on_ready=lambda seconds: say(f"ready after {seconds:.2f} s"), on_failure=end)
    stop.wait()
    model.draining = True
    unfinished = server.drain(DRAIN_SECONDS)
    say(f"stopped with {unfinished} connections unfinished" if unfinished else "stopped")
    leave(0)


def say(message: str) -> None:
    print(f"infersweep_server: {message}", file=sys.stderr, flush=True)


def end(message: str, code: int) -> None:
    say("error: " + " ".join(message.split()))
    leave(code)


def leave(code: int) -> None:
    """Ends at once, from any thread, without waiting for threads inside a runtime."""
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
