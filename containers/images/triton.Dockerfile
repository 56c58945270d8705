# Triton, with the kit's entry so that it starts by exec and gets SIGTERM: the `serve` of SageMaker's own image does not pass
# it on. BASE (tritonserver, or SageMaker's build of it) comes from images.lock.json. Context: containers/.
ARG BASE
FROM ${BASE}

ENV INFERSWEEP_SERVER=triton PYTHONDONTWRITEBYTECODE=1

# What is made for this device is made in this image: lib/core/plan/preparation-job.ts.
COPY prepare/ /opt/kit/prepare/

# SageMaker runs its containers as root: build that variant with --build-arg RUN_AS=root.
ARG RUN_AS=1000
COPY server/infersweep_server/ /opt/kit/server/infersweep_server/
COPY images/serve /opt/kit/serve
USER ${RUN_AS}
EXPOSE 8080
ENTRYPOINT ["/opt/kit/serve"]
