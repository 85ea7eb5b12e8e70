"""A Flink cluster with Beam's runner on this machine, from package registries.

    with FlinkCluster(folder, prepare(jars)) as cluster:
        subprocess.Popen(["newsbeam", "stream", config, *cluster.arguments()])
        cluster.kill_task_manager()

`python -m testing.flink.cluster [--batch] FOLDER [COMMAND ...]` runs a cluster until it is interrupted. A command gets
the options that submit a streaming (or bounded) job to the cluster, which ends with it.

The cluster is a job manager, a task manager, Beam's job server and a pool of Python workers: each is a process group
with a log in the folder, and listens on loopback only. When this process ends, however it ends, a guard process kills
all of them.

How the runner behaves (Beam 2.62's on Flink 1.19 with SDK 2.77), measured with this cluster:

- State is stored as bags: ReadModifyWrite, Bag, Set and CombiningValue work; OrderedList fails the job.
  A read or a write of a key in a bundle is a round trip of 0.3 ms; a bag is read in one message, all in memory.
- A bundle ends after 1000 elements or 1 s (`--max_bundle_size`, `--max_bundle_time_mills`), and its outputs leave the
  stage only then: with the defaults each shuffle adds up to a second to an element's latency.
- Processing-time timers survive restarts and savepoints, and fire immediately if their time has passed.
- A side input of a bounded Create stays empty in streaming. Reshuffle is Flink's rebalance: it only separates stages.
- `result.cancel()` changes Beam's job state only; Flink's job continues. Use `cancel`.
- A job restored from a savepoint needs the same labels; a lambda's default label contains its line number.
"""

import hashlib
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

CONFIGS = Path(__file__).parents[2] / "configs" / "flink"
JARS = Path(sys.prefix) / "flink"
"""In the virtual environment, so that `make clean` deletes it too."""

_PACKAGES = {"java": "default-jre-headless", "mvn": "maven"}
_JOB_MANAGER = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
_TASK_MANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
_JOB_SERVER = "org.apache.beam.runners.flink.FlinkJobServerDriver"
# From config.yaml: heap (128 + 384), direct memory (128 + 128 + 128) with Beam's gRPC buffers, metaspace.
_TASK_MANAGER_MEMORY = ("-Xmx512m", "-XX:MaxDirectMemorySize=448m", "-XX:MaxMetaspaceSize=192m")
_GUARD = """
import os, signal, sys
groups = set()
for line in sys.stdin:
    groups.add(int(line))
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
"""
T = TypeVar("T")

ALWAYS = 2**31 - 1
BATCH_RESTARTS = 3
"""A stream is restarted always; a bounded job that fails again and again ends."""


class FlinkError(Exception):
    """The cluster can't be started, or a request to it failed."""


class MissingToolsError(FlinkError):
    """Programs or jars that the cluster needs are missing; the message says how to install them."""


def prepare(folder: Path = JARS) -> Path:
    """Return a folder with the jars of configs/flink/pom.xml; download them on the first call.

    Raises:
        MissingToolsError: java or mvn is not installed, or a jar can't be downloaded.
    """
    missing = [tool for tool in _PACKAGES if shutil.which(tool) is None]
    pom = CONFIGS / "pom.xml"
    jars = folder / hashlib.sha256(pom.read_bytes()).hexdigest()[:16]
    if jars.exists() and "java" not in missing:
        return jars
    if missing:
        packages = " ".join(_PACKAGES[tool] for tool in missing)
        raise MissingToolsError(f"Flink needs {' and '.join(missing)} on PATH: apt-get install {packages}")
    download = folder / f"download.{os.getpid()}"
    mvn = ["mvn", "--batch-mode", "--quiet", "--file", str(pom), "dependency:copy-dependencies"]
    done = subprocess.run(
        [*mvn, f"-DoutputDirectory={download.absolute()}"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        shutil.rmtree(download, ignore_errors=True)
        raise MissingToolsError(f"mvn could not download Flink's jars:\n{done.stdout[-2000:]}")
    # The complete folder is renamed, since another process may download the same jars meanwhile.
    if jars.exists():
        shutil.rmtree(download)
    else:
        download.rename(jars)
    return jars


@dataclass
class FlinkCluster:
    """A running cluster, as a context manager.

    Attributes:
        folder: The folder of logs, checkpoints and savepoints; created if it doesn't exist.
        jars: The folder that `prepare` returned.
        slots: Task slots of each task manager; a job needs as many as its parallelism.
        task_managers: The number of task managers at the start. They share one pool of workers, and the worker ids of
            two task managers can be equal: when one ends a job, it may end a worker of another job, which restarts.
        workers_per_job: Python worker processes of a job on each task manager.
        checkpoint_interval_ms: The checkpoint interval of jobs submitted with `arguments`.
        state_backend: hashmap (state on the heap) or rocksdb (on disk, incremental checkpoints).
        environment: Additional environment variables of the Python workers.
        restarts: How often Flink restarts a job before it fails.
    """

    folder: Path
    jars: Path
    slots: int = 2
    task_managers: int = 1
    workers_per_job: int = 1
    checkpoint_interval_ms: int = 1000
    state_backend: str = "hashmap"
    environment: dict[str, str] = field(default_factory=dict)
    restarts: int = ALWAYS

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()
        self._stack = ExitStack()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._task_manager_names: list[str] = []
        self._started = 0
        self._rest, self._rpc, self._beam, self._artifacts, self._expansion, self._pool = _free_ports(6)

    def __enter__(self) -> Self:
        """Start all processes and wait until jobs can be submitted."""
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Kill all processes."""
        self._stop()

    @property
    def url(self) -> str:
        """The URL of Flink's REST API and dashboard."""
        return f"http://127.0.0.1:{self._rest}"

    def batch_arguments(self) -> list[str]:
        """Return the Beam pipeline options that submit a bounded job to this cluster."""
        return [
            "--runner=PortableRunner",
            f"--job_endpoint=127.0.0.1:{self._beam}",
            f"--artifact_endpoint=127.0.0.1:{self._artifacts}",
            "--environment_type=EXTERNAL",
            f"--environment_config=127.0.0.1:{self._pool}",
            f"--sdk_worker_parallelism={self.workers_per_job}",
            f"--parallelism={self.slots * self.task_managers}",
        ]

    def arguments(self) -> list[str]:
        """Return the Beam pipeline options that submit a streaming job to this cluster."""
        return [
            *self.batch_arguments()[:-1],
            f"--checkpointing_interval={self.checkpoint_interval_ms}",
            # In Flink these are settings of the client, and the job server doesn't read config.yaml.
            "--externalized_checkpoints_enabled",
            "--retain_externalized_checkpoints_on_cancellation",
            "--streaming",
        ]

    def jobs(self) -> dict[str, str]:
        """Return the ids and statuses of all jobs, the newest last."""
        overview = sorted(self.get("/jobs/overview")["jobs"], key=lambda job: job["start-time"])
        return {job["jid"]: job["state"] for job in overview}

    def job_status(self, job: str) -> str:
        """Return Flink's status of a job: RUNNING, RESTARTING, FINISHED, CANCELED, FAILED ..."""
        return str(self.get(f"/jobs/{job}")["state"])

    def is_running(self, job: str) -> bool:
        """Return whether all tasks of a job are running; the status of the job is RUNNING before that."""
        state = self.get(f"/jobs/{job}")
        return state["state"] == "RUNNING" and all(vertex["status"] == "RUNNING" for vertex in state["vertices"])

    def wait_running(self, job: str, *, timeout_s: float = 60) -> None:
        """Wait until all tasks of a job are running."""
        wait(lambda: self.is_running(job), f"job {job} to run", timeout_s)

    def has_worked(self) -> bool:
        """Return whether a step of the newest running job that needs Python workers has ended."""
        running = [job for job, status in self.jobs().items() if status == "RUNNING"]
        vertices = self.get(f"/jobs/{running[-1]}")["vertices"] if running else []
        return any(vertex["status"] == "FINISHED" and "MapPartition" in vertex["name"] for vertex in vertices)

    def last_restart(self, job: str) -> int:
        """Return when Flink last restarted a job, in Unix milliseconds; 0 if it never has."""
        return int(self.get(f"/jobs/{job}")["timestamps"]["RESTARTING"])

    def wait_restarted(self, job: str, since: int, *, timeout_s: float = 90) -> None:
        """Wait until Flink has restarted a job after `since` (`last_restart`) and all its tasks are running."""
        wait(lambda: self.last_restart(job) > since, f"job {job} to be restarted", timeout_s)
        self.wait_running(job, timeout_s=timeout_s)

    def cancel(self, job: str, *, timeout_s: float = 60) -> None:
        """Cancel a job without a savepoint."""
        self.request("PATCH", f"/jobs/{job}?mode=cancel")
        wait(lambda: self.job_status(job) == "CANCELED", f"job {job} to be canceled", timeout_s)

    def stop_with_savepoint(self, job: str, *, timeout_s: float = 180) -> str:
        """Stop a job; return the savepoint, for `--savepoint_path` of the job that replaces it."""
        end = time.monotonic() + timeout_s
        while not (place := self._try_savepoint(job, end - time.monotonic())):
            # A task was restarting: after a zombie worker has been fenced, for example.
            self.wait_running(job, timeout_s=end - time.monotonic())
        wait(lambda: self.job_status(job) == "FINISHED", f"job {job} to end", end - time.monotonic())
        return place

    def _try_savepoint(self, job: str, timeout_s: float) -> str:
        """Return the savepoint of a job that stops; "" if there is none since not all of its tasks were running.

        Raises:
            FlinkError: There is none for another reason.
        """
        body = {"targetDirectory": (self.folder / "savepoints").as_uri(), "drain": False}
        trigger = self.request("POST", f"/jobs/{job}/stop", body)["request-id"]

        def operation() -> dict[str, Any] | None:
            answer = self.get(f"/jobs/{job}/savepoints/{trigger}")
            return answer["operation"] if answer["status"]["id"] == "COMPLETED" else None

        done = wait(operation, f"a savepoint of job {job}", timeout_s)
        if "location" in done:
            return str(done["location"])
        trace = done["failure-cause"]["stack-trace"]
        if "CheckpointException" not in trace:
            raise FlinkError(f"no savepoint of job {job}: {trace[:2000]}")
        return ""

    def checkpoint_sizes(self, job: str) -> tuple[int, ...]:
        """Return the state size in bytes of each checkpoint in the job manager's history, oldest first."""
        history = sorted(self.get(f"/jobs/{job}/checkpoints")["history"], key=lambda checkpoint: checkpoint["id"])
        return tuple(one["state_size"] for one in history if one["status"] == "COMPLETED" and not one["is_savepoint"])

    def last_checkpoint(self, job: str) -> str | None:
        """Return the last complete checkpoint of a job, for `--savepoint_path`; None if there is none."""
        # Read from the disk: a job manager that was killed and started again doesn't know the jobs before.
        complete = [path.parent for path in (self.folder / "checkpoints" / job).glob("chk-*/_metadata")]
        if not complete:
            return None
        return max(complete, key=lambda folder: int(folder.name.removeprefix("chk-"))).as_uri()

    def metrics(self, job: str, aggregation: str = "sum") -> dict[str, float]:
        """Return newsbeam's counters and gauges of a job by name, with "_" in place of ":".

        Args:
            job: The job's id.
            aggregation: How Flink aggregates the values of tasks: "sum", "max", "min" or "avg".
        """
        found = {}
        for vertex in self.get(f"/jobs/{job}")["vertices"]:
            path = f"/jobs/{job}/vertices/{vertex['id']}/subtasks/metrics"
            names = [metric["id"] for metric in self.get(path) if ".newsbeam_" in metric["id"]]
            query = urllib.parse.urlencode({"get": ",".join(names), "agg": aggregation})
            for metric in self.get(f"{path}?{query}") if names else ():
                found[metric["id"].rpartition(".newsbeam_")[2]] = metric[aggregation]
        return found

    def start_task_manager(self, *, timeout_s: float = 60) -> str:
        """Start another task manager and wait until it has registered; return its name."""
        self._started += 1
        name = f"task-manager-{self._started}"
        options = {"taskmanager.numberOfTaskSlots": self.slots, "taskmanager.resource-id": name}
        self._start_flink(name, [*_TASK_MANAGER_MEMORY], _TASK_MANAGER, options)
        self._task_manager_names.append(name)
        wait(lambda: name in self._registered(), f"{name} to register", timeout_s, self._check_alive)
        return name

    def kill_task_manager(self, name: str | None = None) -> None:
        """Kill a task manager (by default the oldest) with SIGKILL. Jobs continue when another is started."""
        name = name or self._task_manager_names[0]
        self._task_manager_names.remove(name)
        self._kill(name)

    def freeze_task_manager(self) -> str:
        """Freeze the oldest task manager (SIGSTOP), so that the job manager times it out; return its name.

        Jobs continue when another task manager is started.
        """
        name = self._task_manager_names.pop(0)
        os.killpg(self._processes[name].pid, signal.SIGSTOP)
        return name

    def thaw_task_manager(self, name: str) -> None:
        """Let a frozen task manager continue for some seconds (SIGCONT), then kill it.

        Jobs may be restarted once more, since it registers its slots again.
        """
        os.killpg(self._processes[name].pid, signal.SIGCONT)
        time.sleep(3)
        self._kill(name)
        wait(lambda: name not in self._registered(), f"{name} to be gone", 60)

    def kill_job_manager(self, *, timeout_s: float = 60) -> None:
        """Kill the job manager and with it all jobs (SIGKILL); start another for the same task managers."""
        self._kill("job-manager")
        self._start_job_manager()
        wait(lambda: self._answers("/overview"), "the job manager", timeout_s, self._check_alive)
        wait(lambda: set(self._task_manager_names) <= self._registered(), "the task managers", timeout_s)

    def workers(self) -> list[int]:
        """Return the process ids of the running Python workers."""
        return list(_children(self._processes["workers"].pid))

    def kill_workers(self) -> int:
        """Kill all Python workers with SIGKILL; return their number. The job restarts with new ones."""
        killed = self.workers()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        return len(killed)

    def log(self, name: str) -> str:
        """Return the log of a process: job-manager, task-manager-N, job-server or workers."""
        return (self.folder / "logs" / f"{name}.log").read_text(errors="replace")

    def get(self, path: str) -> Any:
        """Return the answer of Flink's REST API to a GET request."""
        return self.request("GET", path)

    def request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send a request to Flink's REST API; return its answer.

        Raises:
            FlinkError: The answer is an error.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise FlinkError(f"{method} {path}: {error.code} {error.read(2000).decode()}") from error

    # Processes

    def _start(self) -> None:
        for name in ("logs", "checkpoints", "savepoints", "artifacts", "temporary"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        guard = subprocess.Popen([sys.executable, "-c", _GUARD], stdin=subprocess.PIPE, start_new_session=True)
        assert guard.stdin is not None
        self._guard = self._stack.enter_context(guard)
        self._start_job_manager()
        self._start_workers()
        self._start_job_server()
        wait(lambda: self._answers("/overview"), "the job manager", 60, self._check_alive)
        for _ in range(self.task_managers):
            self.start_task_manager()
        for name, port in (("job-server", self._beam), ("workers", self._pool)):
            wait(lambda port=port: _is_open(port), f"the {name}", 60, self._check_alive)

    def _start_job_manager(self) -> None:
        options = {"restart-strategy.fixed-delay.attempts": self.restarts}
        self._start_flink("job-manager", ["-Xmx384m"], _JOB_MANAGER, options)

    def _start_flink(self, name: str, memory: list[str], main_class: str, options: dict[str, Any]) -> None:
        folders = {
            "io.tmp.dirs": self.folder / "temporary",
            "state.checkpoints.dir": (self.folder / "checkpoints").as_uri(),
            "state.savepoints.dir": (self.folder / "savepoints").as_uri(),
            "web.tmpdir": self.folder / "temporary",
        }
        settings = {
            "rest.port": self._rest,
            "jobmanager.rpc.port": self._rpc,
            "state.backend.type": self.state_backend,
            **folders,
            **options,
        }
        dynamic = [argument for key, value in settings.items() for argument in ("-D", f"{key}={value}")]
        self._start_java(name, [*memory, "-cp", f"{self.jars}/*", main_class, "--configDir", str(CONFIGS), *dynamic])

    def _start_job_server(self) -> None:
        # The job server uploads all jars in java.class.path with each job, and each task manager downloads them: 200 MB
        # and 14 s for each submission, of jars that the cluster has. The jar of a Java agent is added to the class path
        # but not to java.class.path, and so are the jars that its manifest names. The agent itself does nothing here.
        agent = self.folder / "job-server.jar"
        _write_agent(agent, sorted(self.jars.glob("*.jar")))
        class_path = [f"-javaagent:{agent}", "-cp", str(next(self.jars.glob("byte-buddy-agent-*.jar")))]
        arguments = [
            f"--flink-master=127.0.0.1:{self._rest}",
            "--job-host=127.0.0.1",
            f"--job-port={self._beam}",
            f"--artifact-port={self._artifacts}",
            f"--expansion-port={self._expansion}",
            f"--artifacts-dir={self.folder / 'artifacts'}",
        ]
        self._start_java("job-server", ["-Xmx256m", *class_path, _JOB_SERVER, *arguments])

    def _start_java(self, name: str, arguments: list[str]) -> None:
        flags = [f"@{CONFIGS / 'java.options'}", f"-Dlog4j.configurationFile={CONFIGS / 'log4j2.properties'}"]
        self._start_process(name, ["java", *flags, *arguments])

    def _start_workers(self) -> None:
        boot = self.folder / "boot"
        module = Path(__file__).with_name("workers.py")
        command = shlex.join([sys.executable, str(module), "boot"])
        log = shlex.quote(str(self.folder / "logs" / "workers.log"))
        boot.write_text(f'#!/bin/sh\nexec {command} "$@" >>{log} 2>&1\n')
        boot.chmod(0o755)
        self._start_process("workers", [sys.executable, str(module), "pool", str(self._pool), str(boot)])

    def _start_process(self, name: str, command: list[str]) -> None:
        with (self.folder / "logs" / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=os.environ | {"PYTHONPATH": str(CONFIGS.parents[1])} | self.environment,
                cwd=self.folder,
            )
        self._processes[name] = process
        assert self._guard.stdin is not None
        self._guard.stdin.write(f"{process.pid}\n".encode())
        self._guard.stdin.flush()

    def _kill(self, name: str) -> None:
        process = self._processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _stop(self) -> None:
        for name in list(self._processes):
            self._kill(name)
        self._task_manager_names.clear()
        self._stack.close()

    def _check_alive(self) -> None:
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise FlinkError(f"the {name} ended with {process.returncode}:\n{self.log(name)[-3000:]}")

    def _answers(self, path: str) -> bool:
        try:
            self.get(path)
        except (FlinkError, OSError):
            return False
        return True

    def _registered(self) -> set[str]:
        return {one["id"] for one in self.get("/taskmanagers")["taskmanagers"]}


def _write_agent(path: Path, jars: Iterable[Path]) -> None:
    """Write the jar of a Java agent whose manifest names other jars."""
    lines = ["Manifest-Version: 1.0", "Premain-Class: net.bytebuddy.agent.Installer", "Class-Path: "]
    # A continuation line begins with a space that doesn't count; the second space separates the jars.
    lines += [f"  {jar.as_uri()}" for jar in jars]
    with zipfile.ZipFile(path, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "".join(f"{line}\r\n" for line in [*lines, ""]))


def wait(ready: Callable[[], T], what: str, timeout_s: float, check: Callable[[], None] = lambda: None) -> T:
    """Call `ready` until it returns a true value; return that.

    Raises:
        FlinkError: It has not within `timeout_s` seconds.
    """
    deadline = time.monotonic() + timeout_s
    while not (value := ready()):
        check()
        if time.monotonic() > deadline:
            raise FlinkError(f"timed out after {timeout_s:.0f} s waiting for {what}")
        time.sleep(0.1)
    return value


def _free_ports(count: int) -> list[int]:
    """Return different free TCP ports of loopback."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _is_open(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def _children(parent: int) -> Iterator[int]:
    """Yield the ids of the running child processes of a process."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # pid (name) state ppid ...: a name may contain spaces and parentheses.
            state, ppid = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(ppid) == parent and state != "Z":
            yield int(stat.parent.name)


def main(arguments: list[str]) -> int:
    """Run a cluster until it is interrupted, or until a command that gets the options to submit jobs has ended."""
    batch = arguments[:1] == ["--batch"]
    if not arguments[batch:]:
        print("usage: python -m testing.flink.cluster [--batch] FOLDER [COMMAND ...]", file=sys.stderr)
        return 2
    folder, *command = arguments[batch:]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with FlinkCluster(Path(folder), prepare(), restarts=BATCH_RESTARTS if batch else ALWAYS) as cluster:
            options = cluster.batch_arguments() if batch else cluster.arguments()
            print(f"Flink's dashboard: {cluster.url}\nLogs: {cluster.folder / 'logs'}", flush=True)
            if command:
                return subprocess.run([*command, *options], check=False).returncode
            print("Submit with:", *options, sep="\n  ", flush=True)
            signal.pause()
    except FlinkError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
