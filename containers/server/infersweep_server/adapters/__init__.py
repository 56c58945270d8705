"""One file per runtime, imported only when it is configured. Each has `load(path, parameters) -> Adapter`."""
