# f1stream without a browser: the verifier attaches to one by CDP (verify.cdp_url).
#
#   docker build -t f1stream .
#   docker run -p 8000:8000 -v f1stream:/data f1stream
#
# `python -m tests.image FOLDER` runs these steps without an engine, and measures what comes out.

FROM node:24-slim AS web
WORKDIR /build/static
COPY static/package.json static/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY static ./
# All that is built has the same date, for equal sources to be equal layers.
RUN npm run build && find build -exec touch -h -d @0 {} +

# The full image has `strip`; the slim one, which the result runs on, has the same Python.
FROM python:3.13 AS packages
# Further extractors: "streamlink", "ytdlp" or "streamlink ytdlp".
ARG EXTRAS=""
# The address of a mirror of the package index, in Poetry's form; empty for the index itself.
ARG POETRY_PYPI_MIRROR_URL=""
WORKDIR /build
RUN python -m venv /poetry \
    && /poetry/bin/pip install --no-cache-dir --quiet poetry==2.5.1 poetry-plugin-pypi-mirror==0.6.5
COPY pyproject.toml poetry.lock ./
RUN python -m venv --without-pip /venv \
    && VIRTUAL_ENV=/venv /poetry/bin/poetry install --quiet --only main --no-root --extras "$EXTRAS" \
    && echo /app > "$(/venv/bin/python -c 'import site; print(site.getsitepackages()[0])')/app.pth"
COPY .ci/slim ./
RUN ./slim /venv

FROM packages AS code
COPY README.md LICENSE ./
COPY f1stream f1stream
RUN /poetry/bin/poetry build --quiet --format wheel \
    && /poetry/bin/pip --python /venv/bin/python install \
        --quiet --no-deps --no-compile --no-cache-dir --target /app dist/*.whl \
    && ./slim /app

FROM python:3.13-slim
# A browser in the image, for those who have none to attach to: BROWSER=chromium.
ARG BROWSER=""
# hadolint ignore=DL3008
RUN if [ -n "$BROWSER" ]; then \
        apt-get update && apt-get install -y --no-install-recommends "$BROWSER" \
        && rm -rf /var/lib/apt/lists/*; \
    fi
# Any uid can write here where no volume is mounted; a new volume takes the mode over.
RUN install -d -m 1777 /data && touch -d @0 /data
COPY --from=packages /venv /venv
COPY --from=web /build/static/build /app/static/build
COPY --from=code /app /app

ARG VERSION=""
ARG REVISION=""
LABEL org.opencontainers.image.title="f1stream" \
      org.opencontainers.image.description="A self-hosted Formula 1 weekend in a browser" \
      org.opencontainers.image.source="https://forgejo.viktorbarzin.me/viktor/f1-stream" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"

# Everything is compiled already, and a root file system may be read-only.
ENV PATH="/app/bin:/venv/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app
# No USER: root as the deployments of the first version have it, whose /data belongs to root.
# Any other uid does as well; docs/deploy/kubernetes/non-root uses 10001.
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --start-interval=1s \
    CMD ["python", "-I", "-S", "/app/f1stream/alive.py"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["f1stream"]
CMD ["serve"]
