"""infersweep's inference server: KServe v2 and SageMaker over HTTP, one inference thread, adapters for runtimes."""

__version__ = "0.1.0"
