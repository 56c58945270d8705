"""Optuna's TPE behind lines of JSON: {"new": {"seed", "parameters"}}, {"ask": 1}, {"tell": value}; one answer a line."""

import json
import sys

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
study = trial = parameters = None


def suggest(p):
    if p["kind"] == "choice":
        return trial.suggest_categorical(p["name"], p["values"])
    if p["kind"] == "share":
        return trial.suggest_float(p["name"], 0, 1)
    return trial.suggest_int(p["name"], 0, p["most"])


for line in sys.stdin:
    request = json.loads(line)
    answer = {}
    if "new" in request:
        parameters = request["new"]["parameters"]
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=request["new"]["seed"]))
    elif "ask" in request:
        trial = study.ask()
        answer = {p["name"]: suggest(p) for p in parameters}
    else:
        study.tell(trial, request["tell"])
    print(json.dumps(answer), flush=True)
