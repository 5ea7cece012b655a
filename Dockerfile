# The gate as an image: the base, one layer of our own, no shell needed, nothing of the build.
# Every file's time is SOURCE_DATE_EPOCH and no file holds another, so the same tree makes the same layer.

ARG BASE=python:3.13-slim
# What the packages are installed with: the base, or it and what this network needs. Nothing of it is kept.
ARG BUILDER=$BASE

FROM $BUILDER AS build
ENV GATE=/opt/approval-gate PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0

# An environment of its own, since Python's -I looks nowhere else; without pip, scripts and the packages' own tests.
COPY requirements/run.txt /build/
RUN set -eu; \
    python -m venv --without-pip "$GATE"; \
    python -m pip --python "$GATE/bin/python" install --no-cache-dir --no-compile --no-deps \
        --require-hashes --only-binary :all: -r /build/run.txt; \
    find "$GATE/bin" -type f -delete; \
    find "$GATE/lib" -type d '(' -name tests -o -name test ')' -prune -exec rm -r {} +; \
    rm -rf "$GATE/include" "$GATE/.gitignore"

# Bytecode is made here, for the image is read-only where it runs. None of it is held against its source's time, which
# whatever exports the image may set anew: the gate's is taken as it is. The library's, which the official base comes
# without, is held against its source's content, so that on another base than this stage's it would merely go unused.
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
# Nobody's. launch.sh runs it as the runner's user, who alone can write the runner's files.
USER 65532:65532
ENTRYPOINT ["/opt/approval-gate/bin/python", "-I", "-m", "approval_gate"]
CMD ["wait"]

# For container/action.yml. The runner starts a docker action as its image's user, and the files that the action writes
# are the runner's own, so that user must be root (docs.github.com, "Dockerfile support for GitHub Actions").
# It is the last stage since the runner, building this file, names none.
FROM gate AS action
# hadolint ignore=DL3002
USER 0:0
