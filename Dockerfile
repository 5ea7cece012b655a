# The gate's image: one layer on the base image, without build tools; it runs without a shell.
# Every file's time is SOURCE_DATE_EPOCH and no file contains a time, so the same tree gives the same layer.

ARG BASE=python:3.13-slim
# The image that installs the packages: the base, or one with what this network needs. Nothing of it is kept.
ARG BUILDER=$BASE

FROM $BUILDER AS build
ENV GATE=/opt/approval-gate PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0

# A virtual environment, because Python's -I ignores other folders; without pip, scripts, the packages' own tests, and
# Apprise's translations and pictures, which no message of the gate has.
COPY requirements/run.txt /build/
RUN set -eu; \
    python -m venv --without-pip "$GATE"; \
    python -m pip --python "$GATE/bin/python" install --no-cache-dir --no-compile --no-deps \
        --require-hashes --only-binary :all: -r /build/run.txt; \
    find "$GATE/bin" -type f -delete; \
    find "$GATE/lib" -type d '(' -name tests -o -name test -o -path '*/apprise/i18n' -o -path '*/apprise/assets' ')' \
        -prune -exec rm -r {} +; \
    rm -rf "$GATE/include" "$GATE/.gitignore"

# Bytecode is compiled here, because the image runs read-only. It is not validated by the source's time, which can change
# when the image is exported. The gate's bytecode is not validated at all. The standard library's, which the official
# base lacks, is validated by the source's content, so on a base with other sources it is simply not used.
COPY container/verb.py /build/
COPY approval_gate /build/approval_gate
ARG SOURCE_DATE_EPOCH=0
RUN set -eu; \
    cp -R /build/approval_gate "$GATE"/lib/python3*/site-packages/; \
    for verb in wait report sweep; do cp /build/verb.py "$GATE/bin/$verb"; done; \
    python -m compileall -q --invalidation-mode unchecked-hash "$GATE/lib"; \
    library=$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))'); \
    python -m compileall -q --invalidation-mode checked-hash \
        -x '/(test|idlelib|tkinter|turtledemo|ensurepip|pydoc_data|(site|dist)-packages)/' "$library"; \
    mkdir /image; \
    cp -R --parents "$GATE" /image; \
    find "$library" -name '*-packages' -prune -o -name '*.pyc' -exec cp --parents -t /image {} +; \
    chmod -R u=rwX,go=rX /image; chmod 755 "/image$GATE"/bin/*; \
    find /image -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

FROM $BASE AS gate
COPY --from=build /image/ /
ARG SOURCE=https://github.com/org/approval-gate
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="approval-gate" \
      org.opencontainers.image.description="A deployment gate for GitHub Actions: an issue, people's answers, one outcome" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# An unprivileged user. launch.sh runs the image as the runner's user, who owns the runner's files.
USER 65532:65532
ENTRYPOINT ["/opt/approval-gate/bin/python", "-I", "-m", "approval_gate"]
CMD ["wait"]

# For container/action.yml. The runner starts a docker action as the image's user, who must be root to write the runner's
# files (docs.github.com, "Dockerfile support for GitHub Actions").
# It must be the last stage, because the runner builds this file without a target.
FROM gate AS action
# hadolint ignore=DL3002
USER 0:0
