#!/usr/bin/env python3
"""Creates the Python environments of the peers: install.py [--root DIR] [hf llamacpp ...], by default all of them.

Each peer is installed from its pinned requirement file with pip, from the index that pip is configured for. What is done
is remembered, so a run that was interrupted goes on where it was. Needs Python 3.11 or later; only its standard library.
"""

import argparse
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements"

# Peers whose requirements agree share an environment: PyTorch alone takes most of a gigabyte.
ENVIRONMENTS = {
    "hf": "torch",
    "deepspeed": "torch",
    "llamacpp": "llamacpp",
    "openvino": "openvino",
    "ctranslate2": "ctranslate2",
    "foundry": "foundry",
}

# What comes as a dependency, is not needed, and breaks the import: PyPI's torchvision is built for another PyTorch than
# a CPU-only one.
UNWANTED = {"openvino": ["torchvision"]}

# The module whose import shows that an installation works.
MODULES = {
    "hf": "transformers, torch",
    "deepspeed": "deepspeed",
    "llamacpp": "llama_cpp, gguf",
    "openvino": "openvino; from optimum.intel import OVModelForCausalLM",
    "ctranslate2": "ctranslate2",
    "foundry": "llmfoundry",
}


def options_of(peer):
    """pip's options and environment variables beyond the requirement file."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if peer == "llamacpp":
        # Compiled here, so that it uses every instruction of this processor; without its part for images and sound.
        flags = os.environ.get("CMAKE_ARGS", "-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF")
        level = os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", str(processors))
        # Not from pip's cache: it would hand over what was compiled with other flags, or on another machine of this home.
        return ["--no-cache-dir", "--no-binary", "llama-cpp-python"], {"CMAKE_ARGS": flags, "CMAKE_BUILD_PARALLEL_LEVEL": level}
    if peer == "deepspeed":
        # Its kernels are for GPUs and would be compiled now; its setup script wants to see torch.
        return ["--no-build-isolation"], {"DS_BUILD_OPS": "0"}
    return [], {}


def lines_of(peer, name=None):
    """The requirement file's lines, with those of the files it names."""
    lines = []
    for line in (REQUIREMENTS / (name or f"{peer}.txt")).read_text().splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("-r "):
            lines += lines_of(peer, line[3:].strip())
        elif line:
            lines.append(line)
    return lines


def stamp_of(peer):
    """What an installation depends on."""
    text = "\n".join([sys.version, *lines_of(peer), repr(options_of(peer)[0]), options_of(peer)[1].get("CMAKE_ARGS", "")])
    return hashlib.sha256(text.encode()).hexdigest()


def size_of(folder):
    total = 0
    for path, _, names in os.walk(folder):
        total += sum(os.lstat(os.path.join(path, name)).st_blocks * 512 for name in names)
    return total


def say(text):
    print(text, file=sys.stderr, flush=True)


def create_environment(folder):
    python = folder / "bin" / "python"
    if python.exists() and subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return python
    say(f"creating {folder}")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", folder], capture_output=True, text=True)
    if made.returncode != 0:
        say((made.stdout + made.stderr).strip())
        raise SystemExit(f"error: Python cannot create {folder}\n  On Debian and Ubuntu: sudo apt-get install python3-venv")
    return python


def pip(python, arguments, environment):
    """Runs pip; shows one line for each thing that it does."""
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", *arguments]
    # A group of its own: a signal that ends this program ends pip and the compilers under it, too.
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    last = []
    try:
        for line in process.stdout:
            line = line.rstrip()
            last = (last + [line])[-40:]
            word = line.strip().split(" ")[0]
            if word in ("Collecting", "Downloading", "Building", "Installing", "Successfully", "ERROR:"):
                say("    " + line.strip()[:150])
        process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if process.returncode != 0:
        say("\n".join(last))
        return False
    return True


def install(peer, root):
    """Whether the peer works now."""
    folder = root / ENVIRONMENTS[peer]
    marker = folder / f"{peer}.installed"
    if marker.exists() and marker.read_text() == stamp_of(peer):
        say(f"{peer}: installed already")
        return True
    start = time.monotonic()
    say(f"{peer}: installing into {folder}")
    python = create_environment(folder)
    arguments, environment = options_of(peer)
    if peer == "llamacpp" and not any(shutil.which(name) for name in (os.environ.get("CXX", "c++"), "g++", "clang++")):
        say("llamacpp: no C++ compiler\n  On Debian and Ubuntu: sudo apt-get install build-essential")
        return False
    if "--no-build-isolation" in arguments:
        # A package that is built in this environment finds there what the lines before it bring.
        first = [line for line in lines_of(peer) if not line.startswith(peer)]
        if not pip(python, first, environment):
            return False
    if not pip(python, [*arguments, *lines_of(peer)], environment):
        return False
    if peer in UNWANTED:
        subprocess.run([python, "-m", "pip", "uninstall", "--quiet", "--yes", *UNWANTED[peer]], check=False)
    check = subprocess.run([python, "-c", f"import {MODULES[peer]}"], capture_output=True, text=True)
    if check.returncode != 0:
        say(check.stderr.strip()[-2000:])
        return False
    marker.write_text(stamp_of(peer))
    say(f"{peer}: ready after {time.monotonic() - start:.0f} s")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=os.environ.get("LLM_BENCH_PEERS", HERE.parent.parent / ".peers"))
    parser.add_argument("peers", nargs="*", metavar="PEER")
    options = parser.parse_args()
    unknown = [peer for peer in options.peers if peer not in ENVIRONMENTS]
    if unknown:
        parser.error(f"no such peer: {', '.join(unknown)}; there are {', '.join(ENVIRONMENTS)}")
    if sys.version_info < (3, 11):
        raise SystemExit(f"error: Python {sys.version.split()[0]} is too old: 3.11 or later is needed (PYTHON=python3.11 make peers)")
    root = pathlib.Path(options.root).resolve()
    root.mkdir(parents=True, exist_ok=True)
    peers = list(dict.fromkeys(options.peers)) or list(ENVIRONMENTS)
    failed = [peer for peer in peers if not install(peer, root)]
    for name in sorted({ENVIRONMENTS[peer] for peer in peers}):
        if (root / name).exists():
            say(f"{root / name}: {size_of(root / name) / 1e9:.2f} GB")
    if failed:
        raise SystemExit(f"error: not installed: {', '.join(failed)}\n  The lines above say why; run the command again to go on.")


class Ended(BaseException):
    """A signal that ends this program."""


def end(number, _):
    raise Ended(number)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        main()
    except Ended as ended:
        say("interrupted: the same command goes on")
        sys.exit(128 + ended.args[0])
