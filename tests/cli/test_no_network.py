"""Nothing that Touchline does by itself uses the network or leaves files outside of its folder."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from clips import Clip

import touchline

# Python loads a module of this name at its start. Its hook sees what Python code does; sockets
# that native code opens are refused by the kernel, which ends the process (SIGSYS).
_GUARD = """
import ctypes, os, platform, struct, sys

def refuse(event, _arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        os.write(2, f"opened: {event}\\n".encode())
        os._exit(99)

sys.addaudithook(refuse)
number = {"x86_64": 41, "aarch64": 198}.get(platform.machine())
if sys.platform == "linux" and number:
    rule = struct.Struct("HBBI")
    rules = b"".join([
        rule.pack(0x20, 0, 0, 0),  # load the number of the system call
        rule.pack(0x15, 0, 1, number),  # is it socket()?
        rule.pack(0x06, 0, 0, 0x80000000),  # end the process
        rule.pack(0x06, 0, 0, 0x7FFF0000),  # anything else is allowed
    ])
    kept = ctypes.create_string_buffer(rules)
    program = struct.pack("HxxxxxxP", 4, ctypes.addressof(kept))
    libc = ctypes.CDLL(None, use_errno=True)
    refused = libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0)
    if refused and os.environ.get("NEEDS_GUARD"):
        sys.exit("no seccomp")
"""


def guarded(
    folder: Path, *arguments: str, **more: str
) -> tuple[subprocess.CompletedProcess[str], list[Path]]:
    """Python run with an empty home and no sockets, and the files that it left in the home."""
    guard, home = folder / "guard", folder / "home"
    guard.mkdir()
    home.mkdir()
    (guard / "sitecustomize.py").write_text(_GUARD)
    source = str(Path(touchline.__file__).parent.parent)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ORT_", "XDG_", "NEEDS_"))
    }
    places = {"HOME": str(home), "PYTHONPATH": os.pathsep.join([str(guard), source])}
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**kept, **places, **more},
    )
    return done, [file for file in home.rglob("*") if file.is_file()]


def test_a_whole_run_opens_no_socket_and_writes_nothing_to_the_home(
    clip: Clip, tmp_path: Path
) -> None:
    done, left = guarded(
        tmp_path, "-m", "touchline", "track", str(clip.video), "--out", "run", "--end", "0.2"
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "annotated.mp4").is_file()
    assert left == []


@pytest.mark.parametrize(
    "program",
    [
        "import socket; socket.socket()",
        "import ctypes; ctypes.CDLL(None).socket(2, 1, 0)",
    ],
)
def test_the_guard_of_these_tests_sees_sockets_of_python_and_of_native_code(
    tmp_path: Path, program: str
) -> None:
    done, _ = guarded(tmp_path, "-c", program, NEEDS_GUARD="1")
    if "no seccomp" in done.stderr or platform.system() != "Linux":
        pytest.skip("this machine cannot refuse a process its sockets")
    assert done.returncode != 0


@pytest.mark.parametrize("door", ["touchline.perception.onnx_model", "touchline.training.quantise"])
def test_every_door_to_onnxruntime_switches_its_telemetry_off_first(
    tmp_path: Path, door: str
) -> None:
    program = (
        "import os, sys\n"
        "class Watch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'onnxruntime': print(os.environ.get('ORT_DISABLE_TELEMETRY'))\n"
        f"sys.meta_path.insert(0, Watch())\nimport {door}\n"
    )
    done, left = guarded(tmp_path, "-c", program)
    assert (done.returncode, done.stdout.split()) == (0, ["1"]), done.stderr
    assert left == []


def test_who_wants_the_telemetry_keeps_it(tmp_path: Path) -> None:
    program = "import os, touchline; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    assert guarded(tmp_path, "-c", program, ORT_DISABLE_TELEMETRY="0")[0].stdout == "0\n"
