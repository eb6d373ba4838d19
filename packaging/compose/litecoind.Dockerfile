# Litecoin Core as Debian packages it.
FROM debian:bookworm-slim
RUN apt-get update -qq \
  && apt-get install -y -qq --no-install-recommends litecoind \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --uid 9335 --create-home --home-dir /data --shell /usr/sbin/nologin litecoin
USER 9335
VOLUME /data
# The wrapper in /usr/bin wants a folder of its own.
ENTRYPOINT ["/usr/lib/litecoin/litecoind", "-datadir=/data", "-printtoconsole"]
