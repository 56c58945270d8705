"""gunicorn's settings, from the server's configuration file. gunicorn runs this file; the names below are its own."""

import os
import sys
import time

from gunicorn.config import KNOWN_SETTINGS
from infersweep_server import host_watch, lifetime
from infersweep_server.announcement import announce
from infersweep_server.config import read_config
from infersweep_server.gunicorn_start import CONFIG_VARIABLE
from infersweep_server.worker_slots import SLOT_VARIABLE, WORKERS_VARIABLE, StartGate, WorkerSlots

_config = read_config(os.environ[CONFIG_VARIABLE])
_slots = WorkerSlots(_config.gunicorn.workers)
_gate = StartGate(_config.gunicorn.workers)

bind = f"[{_config.host}]:{_config.port}" if ":" in _config.host else f"{_config.host}:{_config.port}"
workers = _config.gunicorn.workers
threads = _config.gunicorn.threads
worker_class = "gthread"
#: Contexts of CUDA and Neuron do not survive a fork: every worker loads for itself.
preload_app = False
timeout = 60
#: SageMaker kills 30 s after SIGTERM.
graceful_timeout = 25
#: Longer than a load balancer keeps an idle connection (60 s): the side that closes first must not be this one.
keepalive = 75
loglevel = "warning"
if any(setting.name == "control_socket_disable" for setting in KNOWN_SETTINGS):
    control_socket_disable = True  # since 26 it would open one below the home folder


def on_starting(server):
    if _config.die_with_parent:
        lifetime.end_with_parent()
    host_watch.start()


def when_ready(server):
    if _config.announce is not None:
        try:
            announce(_config.announce, server.LISTENERS[0].sock.getsockname()[1])
        except OSError as error:
            print(f"infersweep_server: error: cannot write the announcement: {error.strerror}", file=sys.stderr, flush=True)
            os._exit(1)


def pre_fork(server, worker):
    worker.infersweep_slot = _slots.take(worker.age)


def post_fork(server, worker):
    os.environ[SLOT_VARIABLE] = str(worker.infersweep_slot)
    os.environ[WORKERS_VARIABLE] = str(workers)


def child_exit(server, worker):
    _slots.give_back(worker.age)


def post_worker_init(worker):
    from infersweep_server.wsgi import core

    core.start(_gate, worker.infersweep_slot)
    # A worker that replaces a dead one takes no request before it can answer; at the first start all of them listen
    # while they load, so that the server is live before it is ready.
    while _gate.open and not core.model.ready:
        worker.notify()
        time.sleep(0.05)

