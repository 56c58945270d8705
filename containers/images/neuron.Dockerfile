# torch-neuron on inf1, frozen at the last SDK that serves it. BASE comes from images.lock.json. Context: containers/.
#
# The base's own entrypoint runs its command and then `tail -f /dev/null`: it never ends. Ours replaces it; who runs the base
# itself (compilations do) says `--entrypoint python`, and takes the manifest for success, never the end of the container.
ARG BASE
FROM ${BASE}

COPY images/requirements/neuron.txt /opt/kit/environment.txt
COPY server/environments/gunicorn.txt /opt/kit/gunicorn.txt
# --no-deps keeps torch-neuron, neuron-cc and the protobuf 3.19.5 that they are generated for.
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
