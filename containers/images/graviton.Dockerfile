# torch on Graviton, eager and compiled. BASE comes from images.lock.json. Context: containers/.
ARG BASE
FROM ${BASE}

# torch.compile writes C++ and compiles it when the model is first called: without a compiler in the image it cannot start.
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ \
 && rm -rf /var/lib/apt/lists/*
COPY server/environments/torch.txt /opt/kit/environment.txt
COPY server/environments/gunicorn.txt /opt/kit/gunicorn.txt
RUN python3 -m venv /opt/kit/python \
 && /opt/kit/python/bin/pip install --no-cache-dir --no-deps --require-hashes -r /opt/kit/environment.txt \
 && /opt/kit/python/bin/pip install --no-cache-dir --no-deps --require-hashes -r /opt/kit/gunicorn.txt
# LRU_CACHE_CAPACITY and THP as AWS's Graviton guide sets them. DNNL_DEFAULT_FPMATH_MODE and OMP_NUM_THREADS are parameters
# of a configuration, not of the image: Graviton2 has no bf16, and threads follow the vCPUs of the instance.
ENV PATH=/opt/kit/python/bin:${PATH} PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    LRU_CACHE_CAPACITY=1024 THP_MEM_ALLOC_ENABLE=1 OMP_PROC_BIND=false OMP_PLACES=cores \
    TORCHINDUCTOR_CACHE_DIR=/tmp/inductor

# SageMaker runs its containers as root: build that variant with --build-arg RUN_AS=root.
ARG RUN_AS=1000
COPY server/infersweep_server/ /opt/kit/server/infersweep_server/
COPY images/serve /opt/kit/serve
USER ${RUN_AS}
EXPOSE 8080
ENTRYPOINT ["/opt/kit/serve"]
