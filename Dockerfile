# syntax=docker/dockerfile:1

FROM rust:1-bookworm AS build
WORKDIR /build
COPY . .
# The caches are mounted, so the binary has to be copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/build/target,sharing=locked \
    cargo build --release --locked --bin rollcall \
    && install -D -m 0755 target/release/rollcall /out/rollcall

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="rollcall" \
      org.opencontainers.image.description="Keeps the roll of an on-call platform true to Okta: SCIM 2.0 and an audit of every change" \
      org.opencontainers.image.licenses="Apache-2.0"

RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 rollcall \
    && useradd --system --uid 10001 --gid 10001 --home-dir /data --shell /usr/sbin/nologin rollcall \
    && install -d -o 10001 -g 10001 -m 0700 /data

COPY --from=build /out/rollcall /usr/local/bin/rollcall

ENV APP_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATABASE_URL=sqlite:///data/rollcall.db

USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 3000
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=15s --timeout=8s --start-period=20s --retries=3 CMD ["rollcall", "health"]

ENTRYPOINT ["rollcall"]
CMD ["serve"]
