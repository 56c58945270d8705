# TorchBench at the commit of its 45 published models: a batch job, no endpoint. BASE comes from images.lock.json.
# Context: containers/. The models are the benchmark's subject and are fetched at build, never in a timed run.
ARG BASE
FROM ${BASE}

ARG COMMIT=9a5e4137299741e1b6fb7aa7f5a6a853e5dd2295
RUN apt-get update \
 && apt-get install -y --no-install-recommends git g++ libgl1-mesa-glx libpangocairo-1.0-0 \
 && rm -rf /var/lib/apt/lists/*
COPY torchbench/requirements.txt /opt/kit/torchbench/requirements.txt
RUN python3 -m venv /opt/kit/python \
 && /opt/kit/python/bin/pip install --no-cache-dir -r /opt/kit/torchbench/requirements.txt
ENV PATH=/opt/kit/python/bin:${PATH} PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY torchbench/ /opt/kit/torchbench/
RUN git init --quiet /opt/benchmark \
 && cd /opt/benchmark \
 && git fetch --quiet --depth 1 https://github.com/pytorch/benchmark ${COMMIT} \
 && git checkout --quiet FETCH_HEAD \
 && python3 install.py $(cat /opt/kit/torchbench/models.txt)
ENV LRU_CACHE_CAPACITY=1024 THP_MEM_ALLOC_ENABLE=1

ARG RUN_AS=1000
RUN chown -R ${RUN_AS} /opt/benchmark
USER ${RUN_AS}
ENTRYPOINT ["python3", "/opt/kit/torchbench/suite.py"]
