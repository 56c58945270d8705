# Our server on the CPU, amd64 and arm64: onnxruntime or torch, chosen by the lock of its environment.
# BASE comes from images.lock.json. Context: containers/.
ARG BASE
FROM ${BASE}

# Name of a lock in server/environments: onnxruntime, onnxruntime-text, torch, …
ARG ENVIRONMENT=onnxruntime-text
COPY server/environments/${ENVIRONMENT}.txt /opt/kit/environment.txt
COPY server/environments/gunicorn.txt /opt/kit/gunicorn.txt
RUN python3 -m venv /opt/kit/python \
 && /opt/kit/python/bin/pip install --no-cache-dir --no-deps --require-hashes -r /opt/kit/environment.txt \
 && /opt/kit/python/bin/pip install --no-cache-dir --no-deps --require-hashes -r /opt/kit/gunicorn.txt
ENV PATH=/opt/kit/python/bin:${PATH} PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1

# SageMaker runs its containers as root: build that variant with --build-arg RUN_AS=root.
ARG RUN_AS=1000
COPY server/infersweep_server/ /opt/kit/server/infersweep_server/
COPY images/serve /opt/kit/serve
USER ${RUN_AS}
EXPOSE 8080
ENTRYPOINT ["/opt/kit/serve"]
