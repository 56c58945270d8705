# The load engine. BASE (Node) comes from images.lock.json. Context: containers/, with loadgen/app made by
# `npm run bundle:loadgen`.
ARG BASE
FROM ${BASE}

ENV NODE_ENV=production
ARG RUN_AS=1000
COPY loadgen/app/ /opt/kit/load/
USER ${RUN_AS}
ENTRYPOINT ["node", "/opt/kit/load/run.mjs"]
