# docker build -t p2pool .        See docs/INSTALL.md.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY stubs stubs
RUN npm ci --no-progress
COPY . .
RUN npm run -s build && npm prune --omit=dev --no-progress && rm -rf dist/test dist/bench

FROM node:24-bookworm-slim
RUN useradd --system --uid 9333 --create-home --home-dir /data --shell /usr/sbin/nologin p2pool
WORKDIR /app
COPY --from=build /build/package.json /build/LICENSE /build/README.md ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
RUN ln -s /app/dist/src/cli/main.js /usr/local/bin/p2pool
ENV NODE_ENV=production HOME=/data HEALTH_PORT=9332
USER 9333
WORKDIR /data
# Data are in /data/.p2pool, for all commands.
VOLUME /data
# Miners and browsers, other nodes: of Bitcoin and of Litecoin.
EXPOSE 9332 9333 9326 9327
STOPSIGNAL SIGTERM
# The port of -w, or of --web-bind: HEALTH_PORT. Whether it answers; whether it gives work is /readyz.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT}/healthz`).then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["p2pool"]
