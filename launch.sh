#!/usr/bin/env bash
# Runs one verb of approval-gate (wait, sweep or report): in the released container if a Docker daemon answers,
# otherwise in Python. The steps of the action files call it, and map the inputs to INPUT_*.
#
# On cancellation the runner signals only this process and none of its children (actions/runner, ProcessInvoker.cs:
# SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL). So this shell waits for every slow command with a trap set, and
# `exec` replaces it with the program, which then gets the signals itself.
#
# macOS has bash 3.2: the lines up to the check for Linux must run there.
set -euo pipefail

# The variables that the program reads in addition to INPUT_*. The container gets nothing else from the job's environment.
variables=(
    # generated: variables
    APPROVAL_GATE_API_VERSION APPROVAL_GATE_JOB APPROVAL_GATE_NONCE APPROVAL_GATE_STARTED APPROVAL_GATE_STATUS
    GITHUB_ACTIONS GITHUB_ACTOR GITHUB_ACTOR_ID GITHUB_API_URL GITHUB_EVENT_PATH GITHUB_JOB GITHUB_OUTPUT
    GITHUB_REF GITHUB_REF_NAME GITHUB_REF_TYPE GITHUB_REPOSITORY GITHUB_REPOSITORY_ID GITHUB_RETENTION_DAYS
    GITHUB_RUN_ATTEMPT GITHUB_RUN_ID GITHUB_SERVER_URL GITHUB_SHA GITHUB_STEP_SUMMARY GITHUB_TRIGGERING_ACTOR
    GITHUB_WORKFLOW GITHUB_WORKFLOW_REF GITHUB_WORKFLOW_SHA GITHUB_WORKSPACE RUNNER_ENVIRONMENT RUNNER_NAME
    RUNNER_TEMP
    # generated: end
    HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy REQUESTS_CA_BUNDLE
)
tries=3

main() {
    begin
    local system=${RUNNER_OS:-$(uname -s)} runtime=${INPUT_RUNTIME:-auto}
    [ "$system" = Linux ] || fail 2 input "The gate needs a Linux runner, and this one is $system." \
        "Write \`runs-on: ubuntu-latest\` in the gate's own job; the deployment can run on any other."
    case $runtime in
        auto | docker | python) ;;
        *) fail 2 input "runtime: '${runtime//[^A-Za-z0-9._-]/?}' is not a runtime." \
            "Write \`auto\`, \`docker\` or \`python\`." ;;
    esac
    # Private to this step: mktemp sets mode 700, and the runner empties RUNNER_TEMP before every job.
    { scratch=$(mktemp -d "${RUNNER_TEMP:-/tmp}/approval-gate-launch.XXXXXX") && [ -O "$scratch" ]; } ||
        fail 5 internal "RUNNER_TEMP cannot be written." "Give the runner's user write access to that folder."
    trap 'rm -rf "$scratch"' EXIT
    trap stopped INT TERM
    if [ "$runtime" != python ]; then
        if docker_answers && remove_orphans && choose_image && have_image && try_container; then
            start_container
        fi
        [ "$runtime" = docker ] || say "Docker cannot be used: $why_not. Trying Python."
    fi
    if [ "$runtime" != docker ] && find_python && make_environment; then
        start_python
    fi
    fail "${blame[@]}" "The gate cannot run here with runtime $runtime: $why_not." "${remedies^}."
}

# Log and outputs -------------------------------------------------------------------------------------------------

# Descriptor 3 is the step's log: in the trap, descriptor 1 can still be the redirected output of a stopped command.
exec 3>&1
say() { printf '%s\n' "$*" >&3; }

# Runs first, so that the outputs of a killed gate say `error`. The nonce is for the step that sweeps after it.
begin() {
    [ "$verb" = wait ] || return 0
    APPROVAL_GATE_STARTED=$(date +%s)
    APPROVAL_GATE_NONCE=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    export APPROVAL_GATE_STARTED APPROVAL_GATE_NONCE
    if ! { write "nonce=$APPROVAL_GATE_NONCE" && write_end error internal "The gate did not finish."; }; then
        say "::error title=Approval gate::GITHUB_OUTPUT cannot be written. No issue was opened.%0A$(see the-outputs-cannot-be-written)"
        exit 5
    fi
}

write() { printf '%s\n' "$@" 2>/dev/null >>"${GITHUB_OUTPUT:-/dev/null}"; }

write_end() {
    write "approval-status=$1" "reason-code=$2" "reason=$3" "run-attempt=${GITHUB_RUN_ATTEMPT:-1}"
}

# see ENTRY: the sentence that leads to an entry of the troubleshooting page, whose address a release writes.
see() { printf 'See %s#%s' "$(<"$here/approval_gate/troubleshooting_page")" "$1"; }

# fail EXIT-CODE REASON-CODE PROBLEM REMEDY: end with an error before the program starts, so without a sweep.
fail() {
    local remedy=$4
    [ "$verb" != wait ] || remedy="$remedy No issue was opened."
    say "::error title=Approval gate::$3%0A$remedy%0A$(see the-gate-cannot-run-here)"
    [ "$verb" != wait ] || { write_end error "$2" "$3 $remedy" && write finished=true; } || exit 5
    exit "$1"
}

stopped() {
    trap '' INT TERM
    local what="The job was stopped before the gate began."
    [ -z "$child" ] || { kill -KILL -- "-$child" || kill -KILL "$child" && wait "$child"; } 2>/dev/null || true
    [ "$verb" != wait ] || what="$what No issue was opened."
    say "$what $(see the-job-was-stopped)"
    [ "$verb" != wait ] || { write_end cancelled signal "$what" && write finished=true; } || exit 5
    exit 4
}

# The reasons why no runtime can be used, the alternative remedies, and the exit and reason codes: `input` if the
# machine lacks something, `outage` if a command hung or could not download.
why_not="" remedies="" blame=(2 input)
cannot() { # PROBLEM REMEDY
    why_not="${why_not:+$why_not; }$1${hung:+ ($hung)}"
    [ -z "$hung" ] || blame=(5 outage)
    [[ $remedies == *"$2"* ]] || remedies+="${remedies:+, or }$2"
    hung=""
    return 1
}
cannot_fetch() {
    blame=(5 outage)
    cannot "$@"
}

# Another program's output, made safe: nothing in it is a workflow command for the runner.
plain() { LC_ALL=C tr -c '[:print:]\n' ' ' | sed -e 's/::/: :/g' -e 's/##\[/## [/g' -e 's/^/  /'; }

# await SECONDS NAME COMMAND…: run a command with a time limit, such that a signal to this shell interrupts it at once.
# The command runs in its own session, which is killed as a whole. It does not inherit this shell's log, because the
# runner reads the log until every process has closed it. The watchdog reads from a pipe that this shell closes when
# the command has ended; so it needs neither `timeout` nor a `sleep` that would outlive it. Tests set a shorter limit.
child="" hung=""
await() {
    local limit=${APPROVAL_GATE_COMMAND_LIMIT:-$1} name=$2 status=0
    shift 2
    hung=""
    setsid "$@" 3>&- &
    child=$!
    exec 4> >(exec >/dev/null 2>&1 3>&- && watch "$limit")
    wait "$child" || status=$?
    child=""
    exec 4>&-
    if [ -e "$scratch/hung" ]; then
        rm "$scratch/hung"
        hung="\`$name\` was stopped after $limit seconds"
    fi
    return "$status"
}

watch() { # SECONDS: `read` fails with more than 128 on the timeout, and with 1 at the end of the pipe
    read -rt "$1" || [ $? -le 128 ] || { : >"$scratch/hung" && kill -KILL -- "-$child"; }
}

# Docker ----------------------------------------------------------------------------------------------------------

docker_answers() {
    local info=$scratch/daemon
    if [ -n "${APPROVAL_GATE_JOB_CONTAINER:-}" ]; then
        cannot "the job runs in a container itself" "$in_container"
    elif ! command -v docker >/dev/null; then
        cannot "there is no docker command" "$with_docker"
    elif ! await 10 "docker info" docker info --format '{{.OSType}} {{.ServerVersion}} {{.SecurityOptions}}' \
        >"$info" 2>/dev/null || ! grep -q '^linux [0-9]' "$info"; then
        cannot "no Docker daemon for Linux containers answers" "$with_docker"
    else
        daemon=$(cat "$info")
    fi
}
with_docker="use a runner with a Docker daemon that answers"
in_container="write \`uses: org/approval-gate/container@VERSION\`, which is made for a job in a container and takes the \
same inputs"

# After a killed `docker run`, the container would continue to wait for people.
remove_orphans() {
    [ "$verb" = sweep ] && [ -n "${APPROVAL_GATE_NONCE:-}" ] || return 0
    await 10 "docker ps" docker ps --quiet --filter "label=approval-gate.nonce=$APPROVAL_GATE_NONCE" \
        >"$scratch/orphans" 2>/dev/null || say "It is not known whether the gate left a container running${hung:+: $hung}."
    while read -r id; do
        if await 10 "docker kill" docker kill "$id" >/dev/null 2>&1; then
            say "Stopped a container that the gate had left running."
        elif [ -n "$hung" ]; then
            say "The gate left a container running: $hung."
        fi
    done <"$scratch/orphans"
    return 0
}

# The released image by its digest, a mirror of it, or in a checkout without a release an image built from the checkout.
choose_image() {
    local released mirror=${INPUT_IMAGE:-}
    released=$(grep -o '^[^#]*@sha256:[0-9a-f]\{64\}$' "$here/image.lock" || true)
    if [ -n "$mirror" ] && ! [[ $mirror =~ ^[A-Za-z0-9][A-Za-z0-9._:/@-]*$ ]]; then
        fail 2 input "image: '${mirror//[^A-Za-z0-9._:\/@-]/?}' is not an image name." \
            "Write it as \`registry/owner/name\`; the released digest is added."
    elif [ -n "$mirror" ] && [ -n "$released" ] && [[ $mirror != *@* ]]; then
        image=$mirror@${released#*@}
    elif [ -n "$mirror$released" ]; then
        image=${mirror:-$released}
    else
        build_image
    fi
}

build_image() {
    say "This checkout holds no released image (image.lock), so one is built from it."
    if await 600 "docker build" docker build --quiet --target gate --iidfile "$scratch/image" "$here" \
        >"$scratch/build" 2>&1; then
        image=$(cat "$scratch/image")
    else
        tail -n 5 "$scratch/build" | plain
        cannot_fetch "an image could not be built" "use a released version, which has an image"
    fi
}

# A pull that hangs is not retried: it has used up the time.
have_image() {
    local try
    ! await 10 "docker image inspect" docker image inspect "$image" >/dev/null 2>&1 || return 0
    for ((try = 1; try <= tries; try++)); do
        if await 180 "docker pull" docker pull --quiet "$image" >"$scratch/pull" 2>&1; then
            return 0
        fi
        say "Pulling $image failed (try $try of $tries)${hung:+: $hung}."
        tail -n 1 "$scratch/pull" | plain
        [ -z "$hung" ] && [ "$try" != "$tries" ] || break
        await 10 "sleep" sleep "$((try * 2))"
    done
    cannot_fetch "the image $image could not be pulled" \
        "see that this runner reaches the image's registry, or set \`image\` to a mirror"
}

# With a remote daemon, or in a runner that is a container itself, the runner's paths lead to other files. `docker run`
# would find that out too late for a fallback, so a trial container checks access to the step's files first.
try_container() {
    container_options
    await 60 "docker run" docker "${run[@]}" --entrypoint /opt/approval-gate/bin/python "$image" -I -S -c 'import os, sys
lost = [path for path in sys.argv[1:] if path and not os.access(path, os.W_OK)]
sys.exit(" ".join([*lost, "cannot be written in it"]) if lost else 0)' "${GITHUB_OUTPUT:-}" "${GITHUB_STEP_SUMMARY:-}" >"$scratch/trial" 2>&1 || {
        say "A trial of the container failed:"
        tail -n 5 "$scratch/trial" | plain
        cannot "the daemon does not see the runner's files, or does not run the image" \
            "use a runner whose Docker daemon sees the runner's files"
    }
}

start_container() {
    run+=(--name "approval-gate-${GITHUB_RUN_ID:-0}-${GITHUB_RUN_ATTEMPT:-1}-$verb-${scratch##*.}")
    rm -rf "$scratch"
    trap - INT TERM EXIT
    exec docker "${run[@]}" "$image" "$verb" 3>&-
}

container_options() {
    local name mount
    run=(
        run --rm --pull never --log-driver none
        --label "approval-gate.run=${GITHUB_RUN_ID:-}" --label "approval-gate.nonce=${APPROVAL_GATE_NONCE:-}"
        --read-only --cap-drop ALL --security-opt no-new-privileges
        --pids-limit 64 --memory 256m --tmpfs /tmp:rw,noexec,nosuid,nodev,size=16m
        # The container reaches GitHub like the job: by the same names, proxies and routes.
        --network host
    )
    # The runner's user owns the runner's files; in a container of a rootless daemon, root is that user.
    case $daemon in
        *name=rootless*) run+=(--user 0:0) ;;
        *) run+=(--user "$(id -u):$(id -g)") ;;
    esac
    case $daemon in *name=userns*) run+=(--userns host) ;; esac
    case $daemon in *name=selinux*) run+=(--security-opt label=disable) ;; esac
    for name in "${variables[@]}" "${!INPUT_@}"; do
        [ -z "${!name:-}" ] || run+=(--env "$name")
    done
    while IFS= read -r mount; do
        run+=(--mount "$mount")
    done < <(mounts | sort -u)
}

# The files that the program writes or reads, each under its path in the job.
mounts() {
    local path
    for path in "${GITHUB_OUTPUT:-}" "${GITHUB_STEP_SUMMARY:-}"; do
        [ -z "$path" ] || mount_of "${path%/*}"
    done
    if [ -n "${RUNNER_TEMP:-}" ]; then
        mkdir -p "$RUNNER_TEMP/approval-gate"
        mount_of "$RUNNER_TEMP/approval-gate"
    fi
    for path in "${REQUESTS_CA_BUNDLE:-}" "${GITHUB_EVENT_PATH:-}"; do
        [ ! -e "$path" ] || mount_of "$path" ,readonly
    done
    [ -n "${INPUT_ISSUE_BODY_FILE_PATH:-}" ] || return 0
    for path in "${GITHUB_WORKSPACE:-}" "${RUNNER_TEMP:-}"; do
        [ ! -d "$path" ] || mount_of "$path" ,readonly
    done
}

# A line of CSV, in which a quoted field can contain a comma.
mount_of() { printf 'type=bind,"source=%s","target=%s"%s\n' "$1" "$1" "${2:-}"; }

# Python ----------------------------------------------------------------------------------------------------------

# On a self-hosted runner an earlier job could have written to the tool cache, so it is not used there.
find_python() {
    local name cache slow="" remedy
    remedy="install Python 3.11 or later with venv on the runner (its tool cache is used only on GitHub's own runners)"
    cache=$(readlink -f "${RUNNER_TOOL_CACHE:-/nowhere}" || true)
    for name in python3.14 python3.13 python3.12 python3.11 python3 "$cache"/Python/3.*/*/bin/python3; do
        python=$(readlink -f "$(command -v "$name")") || continue
        [ "${RUNNER_ENVIRONMENT:-}" = github-hosted ] || [[ $python != "$cache"/* ]] || continue
        if await 10 "$name" "$python" -I -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
            2>/dev/null; then
            return 0
        fi
        slow=${hung:-$slow}
    done
    hung=$slow
    [ -z "${APPROVAL_GATE_JOB_CONTAINER:-}" ] || remedy=$in_container
    cannot "there is no Python 3.11 or later with venv (python3 and python3.11 to python3.14 on PATH)" "$remedy"
}

# A virtual environment in the step's private folder, which no other job can write to. An empty configuration replaces
# the user's, which could name a program for pip to run.
make_environment() {
    environment=$scratch/python
    say "Installing the gate's libraries by their hashes, with $python."
    : >"$scratch/pip.conf"
    if await 60 "python -m venv" "$python" -I -m venv "$environment" >"$scratch/install" 2>&1 &&
        PIP_CONFIG_FILE=${PIP_CONFIG_FILE:-$scratch/pip.conf} await 180 "pip install" \
            "$environment/bin/python" -I -m pip install --quiet --no-input --disable-pip-version-check --no-cache-dir \
            --no-deps --require-hashes --only-binary :all: --requirement "$here/requirements/run.txt" \
            >"$scratch/install" 2>&1; then
        return 0
    fi
    tail -n 5 "$scratch/install" | plain
    cannot_fetch "the gate's libraries could not be installed" \
        "see that this runner reaches the package index, or set PIP_INDEX_URL to a mirror"
}

start_python() {
    trap - INT TERM EXIT
    exec "$environment/bin/python" -I -c 'import signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
import atexit, shutil, sys
atexit.register(shutil.rmtree, sys.argv.pop(1), ignore_errors=True)
sys.path.insert(0, sys.argv.pop(1))
from approval_gate.cli import main
main(prog_name="approval-gate")' "$scratch" "$here" "$verb" 3>&-
}

verb=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
main
