# torch and transformers on an NVIDIA GPU. BASE brings torch and CUDA and comes from images.lock.json. Context: containers/.
ARG BASE
FROM ${BASE}

COPY images/requirements/gpu.txt /opt/kit/environment.txt
COPY server/environments/gunicorn.txt /opt/kit/gunicorn.txt
# Into the base's own Python, whose torch matches its CUDA; --no-deps, so that nothing replaces it.
RUN python3 -m pip install --no-cache-dir --no-deps --require-hashes -r /opt/kit/environment.txt \
 && python3 -m pip install --no-cache-dir --no-deps --require-hashes -r /opt/kit/gunicorn.txt
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1

# What is made for this device is made in this image: lib/core/plan/preparation-job.ts.
COPY prepare/ /opt/kit/prepare/

# SageMaker runs its containers as root: build that variant with --build-arg RUN_AS=root.
ARG RUN_AS=1000
COPY server/infersweep_server/ /opt/kit/server/infersweep_server/
COPY images/serve /opt/kit/serve
USER ${RUN_AS}
EXPOSE 8080
ENTRYPOINT ["/opt/kit/serve"]
