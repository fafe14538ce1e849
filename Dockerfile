# Likeness in one image: API, worker, migration and the operator's commands. `docker build -t likeness .`
# The second stage has no npm, no compiler and no sources. CI does its steps on a bare Debian (deploy/image/build-root.sh).
FROM node:24.22.3-trixie-slim AS build
WORKDIR /build
COPY . .
RUN npm ci --no-audit --no-fund && node scripts/assemble.mjs /opt/likeness

FROM debian:13.8-slim
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /opt/likeness /opt/likeness
COPY --from=build --chmod=755 /build/deploy/image/likeness /usr/local/bin/likeness
RUN --mount=type=bind,from=build,source=/build/deploy/image/prepare-root.sh,target=/tmp/prepare-root.sh sh /tmp/prepare-root.sh
ENV NODE_ENV=production
ENV LIKENESS_HOST=0.0.0.0
ENV LIKENESS_PORT=4000
ENV LIKENESS_WORKER_PORT=4000
ENV LIKENESS_DATA_DIR=/var/lib/likeness
ENV MALLOC_ARENA_MAX=2
USER 10001:10001
WORKDIR /opt/likeness
# The only place that is written to, beside /tmp: the root file system may be read-only.
VOLUME /var/lib/likeness
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=4s --start-period=120s --retries=6 CMD ["likeness", "health"]
ENTRYPOINT ["likeness"]
CMD ["all"]
