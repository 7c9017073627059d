# The bridge in a container (docs/service.md, "Docker"). Build it here: docker build -t antiphon .
ARG PYTHON=python:3.12-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /source
COPY requirements.lock ./
RUN python -m venv /opt/antiphon \
    && /opt/antiphon/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY src src
# What builds is no part of what runs.
RUN /opt/antiphon/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
    && /opt/antiphon/bin/pip uninstall --yes --quiet hatchling editables pip

FROM ${PYTHON}
ARG UID=1000
# What Claude Code and people's projects use, as Debian has it on the day of the build. The user is who owns the projects.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl fonts-dejavu-core git openssh-client procps ripgrep \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid "${UID}" --home-dir /data/home --shell /bin/bash antiphon \
    && mkdir -p /data/home /data/state /data/claude /data/config /work \
    && chown -R antiphon:antiphon /data /work
COPY --from=build /opt/antiphon /opt/antiphon
ENV PATH=/opt/antiphon/bin:$PATH \
    HOME=/data/home \
    ANTIPHON_STATE_DIR=/data/state \
    CLAUDE_CONFIG_DIR=/data/claude \
    XDG_CONFIG_HOME=/data/config \
    DISABLE_AUTOUPDATER=1 \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1
USER ${UID}
WORKDIR /work
VOLUME /data
# The bridge is process 1: it begins anew without its token, which an init in front of it would keep for all to read.
# For the same reason a look at its health is made without the token.
HEALTHCHECK --interval=30s --timeout=10s --start-period=2m --retries=3 \
    CMD ["env", "-u", "DISCORD_BOT_TOKEN", "antiphon", "status"]
ENTRYPOINT ["antiphon"]
CMD ["run"]
