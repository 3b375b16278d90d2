# The program in a container: not as root, with a read-only root where the run allows it (compose.yaml), and a
# health check by the program itself. `docker build -t agentos .`; docs/deploy.md says how it is run.
FROM debian:12-slim AS build
WORKDIR /src
COPY . .
ARG SOURCE_DATE_EPOCH=1767225600
RUN script/package --out /out

FROM debian:12-slim
RUN useradd --system --uid 10001 --user-group --home-dir /srv/agentos --shell /usr/sbin/nologin agentos
COPY --from=build /out/agentos_*.deb /tmp/
RUN apt-get update && AGENTOS_NO_KEYS=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates /tmp/agentos_*.deb && rm -rf /tmp/agentos_*.deb /var/lib/apt/lists/*
RUN install -d -o agentos -g agentos -m 0755 /srv/agentos && install -d -o agentos -g agentos -m 0700 /srv/agentos/data
# A folder that `agentos init` has made: agentos.yaml and keys/jwks.json come from outside, data/ is a volume.
WORKDIR /srv/agentos
ENV AGENT_OS_HOST=0.0.0.0
EXPOSE 7777
VOLUME ["/srv/agentos/data"]
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=8s --start-period=10s CMD ["agentos", "health"]
ENTRYPOINT ["agentos"]
CMD ["serve"]
