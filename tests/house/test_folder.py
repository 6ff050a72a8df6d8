"""A house's folder: private, held by one house at a time, free again when its last process ends."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from litsweep.errors import UsageError
from litsweep_app.house import folder, logs
from litsweep_app.house.options import HouseOptions
from litsweep_app.ports import free_port
from tests.house.conftest import ROOT

_HOLDER = """
import os, subprocess, sys
from pathlib import Path
from litsweep_app.house import folder
from litsweep_app.house.options import HouseOptions
with folder.locked(HouseOptions(folder=Path(sys.argv[1])), print) as lock:
    subprocess.Popen(["cat"], pass_fds=(lock,), stdout=subprocess.DEVNULL)
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def options(tmp_path: Path) -> HouseOptions:
    made = HouseOptions(folder=tmp_path / "house", has_auth=True)
    folder.prepare_folder(made)
    return made


def _holder(options: HouseOptions) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(options.folder)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_folder_is_its_owner_s_alone(options: HouseOptions) -> None:
    for path in (options.folder, options.server_home, options.worker_home, options.log_folder):
        assert path.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="--folder"):
        folder.prepare_folder(HouseOptions(folder=tmp_path / "file"))


def test_the_password_is_made_once_and_nobody_else_reads_it(options: HouseOptions) -> None:
    made = folder.read_or_make_auth(options)
    assert made is not None
    assert len(made.partition(":")[2]) >= 24
    assert options.password_file.stat().st_mode & 0o777 == 0o600
    assert folder.read_or_make_auth(options) == made


def test_a_broken_password_file_is_said(options: HouseOptions) -> None:
    options.password_file.write_text("nonsense\n")
    with pytest.raises(UsageError, match="auth-string"):
        folder.read_or_make_auth(options)


def test_a_second_house_is_told_of_the_first(options: HouseOptions) -> None:
    holder = _holder(options)
    try:
        said = f"stands in {options.folder} already: process {holder.pid}"
        with pytest.raises(UsageError, match=said), folder.locked(options, print):
            pass
    finally:
        holder.communicate()


def test_a_killed_house_is_waited_for_and_leaves_no_lock(options: HouseOptions) -> None:
    holder = _holder(options)
    holder.kill()
    holder.wait()
    said: list[str] = []

    def hear(sentence: str) -> None:
        said.append(sentence)
        holder.communicate()  # what it had started ends with its standard input

    with folder.locked(options, hear):
        assert options.lock_file.is_file()
    assert len(said) == 1
    assert "was killed" in said[0]
    with folder.locked(options, said.append):
        pass
    assert len(said) == 1


@pytest.mark.parametrize(("option", "name"), [("port", "--port"), ("health_port", "--health-port")])
def test_a_taken_port_is_named_with_its_option(tmp_path: Path, option: str, name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        chosen = {"port": free_port(), "health_port": free_port(), option: port}
        with pytest.raises(UsageError, match=f"Port {port} .*{name}"):
            folder.require_free_ports(HouseOptions(folder=tmp_path, **chosen))


def test_a_log_is_kept_small_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "worker.log"
    handle = logs.open_log(path)
    try:
        os.write(handle, b"old line\n" * 20)
        logs.keep_small(path, longest_bytes=1000)
        assert path.stat().st_size == 180
        logs.keep_small(path, longest_bytes=100)
        os.write(handle, b"new line\n")
    finally:
        os.close(handle)
    assert path.read_text() == "new line\n"
    assert path.with_name("worker.log.1").read_text() == "old line\n" * 20
    assert logs.read_tail(path) == "new line"
    assert logs.read_tail(tmp_path / "none.log") == ""
