"""What every driver of an engine shares: one request in, one JSON object a line out.

A driver is started with a request on standard input: one JSON object. It answers on standard output with lines of JSON,
in this order:

    {"type": "loaded", "version": "...", ...}      the model is in memory
    {"type": "warmup"}                             once for each warm-up call
    {"type": "sample", "latency_s": 1.0, "prefill_s": 0.3, "token_s": [0.1, ...]}
    {"type": "tokens", "tokens": [[1, 2], ...]}    of the last call, [batch][output length]
    {"type": "memory", "peak_rss_bytes": 1, ...}
    {"type": "done"}

or ends early with {"type": "failed", "error": "..."} or {"type": "refused", "error": "..."}. A conversion answers with
"done" alone. Whatever else the engine prints goes to standard error, which the benchmark keeps the end of.
"""

import ctypes
import json
import os
import select
import signal
import sys
import time
import traceback


# Libraries print as they like, some while they are imported: their standard output becomes standard error, ours is a
# descriptor of its own. So a driver imports this module before all others.
_channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def _die_with_parent():
    """On Linux the kernel ends this process when the benchmark dies, however that happens."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    # Had it died before, nobody would have the other end of the pipe.
    pipe = select.poll()
    pipe.register(_channel, 0)
    if any(events & select.POLLERR for _, events in pipe.poll(0)):
        os._exit(1)


# Before the libraries are imported too, which takes seconds.
_die_with_parent()


class Refusal(Exception):
    """The engine cannot do what the request asks for."""


class Clock:
    """Readings of the monotonic clock: the start of a call, then one after each token."""

    def __init__(self):
        self.stamps = []

    def start(self):
        self.stamps = [time.monotonic_ns()]

    def tick(self):
        self.stamps.append(time.monotonic_ns())

    def sample(self, output_length):
        """The row's sample; one reading a token is required."""
        if len(self.stamps) != output_length + 1:
            raise RuntimeError(f"{len(self.stamps) - 1} tokens were timed, {output_length} were asked for")
        seconds = [(b - a) / 1e9 for a, b in zip(self.stamps, self.stamps[1:])]
        latency = (self.stamps[-1] - self.stamps[0]) / 1e9
        return {"latency_s": latency, "prefill_s": seconds[0], "token_s": seconds[1:]}


class Engine:
    """One engine with one model in memory. Drivers derive from this."""

    #: Whether prefill and decode can run on different numbers of threads.
    has_thread_count_per_phase = False

    def __init__(self, request):
        """Loads request["model"] in request["dtype"]."""
        raise NotImplementedError

    def describe(self):
        """Fields of the "loaded" message: version, logits ("last" or "all"), kv_cache_dtype, weight_bytes, notes."""
        raise NotImplementedError

    def prepare(self, prompts, output_length, use_cache):
        """Whatever a trial needs once, before any time is taken. prompts: [batch][input length]."""

    def generate(self, prompts, output_length, use_cache, clock):
        """One greedy generate call; clock.start() first, clock.tick() after each token. Returns [batch][output length]."""
        raise NotImplementedError

    def kv_cache_bytes(self):
        """Bytes of keys and values, None where the engine does not say."""
        return None


def serve(engine_class):
    """Answers one request with the engine."""

    def body(request, emit):
        if request["prefill_threads"] != request["decode_threads"] and not engine_class.has_thread_count_per_phase:
            raise Refusal("has one thread count for both phases; make prefill_threads and decode_threads equal")
        engine = engine_class(request)
        load_peak = _peak_rss()
        emit("loaded", load_peak_rss_bytes=load_peak, processors=_processors(), **engine.describe())
        prompts, length, use_cache = request["prompts"], request["output_length"], request["use_cache"]
        scope = "trial" if _reset_peak_rss() else "process"
        engine.prepare(prompts, length, use_cache)
        clock = Clock()
        for _ in range(request["num_warmup_batches"]):
            engine.generate(prompts, length, use_cache, clock)
            emit("warmup")
        for _ in range(request["num_batches"]):
            tokens = engine.generate(prompts, length, use_cache, clock)
            emit("sample", **clock.sample(length))
        emit("tokens", tokens=[[int(token) for token in row] for row in tokens])
        emit("memory", peak_rss_bytes=_peak_rss(), peak_rss_scope=scope, kv_cache_bytes=engine.kv_cache_bytes())

    answer(body)


def answer(body):
    """Reads the request, calls body(request, emit), and reports how it ended."""

    def emit(kind, **fields):
        _channel.write(json.dumps({"type": kind, **fields}, allow_nan=False) + "\n")
        _channel.flush()

    try:
        request = json.loads(sys.stdin.buffer.readline())
        _confine(request)
        body(request, emit)
        emit("done")
    except Refusal as refusal:
        emit("refused", error=str(refusal))
    except MemoryError as error:
        emit("failed", error=f"out of memory: {error}" if str(error) else "out of memory")
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - whatever an engine raises is a failed row
        traceback.print_exc()
        emit("failed", error=f"{type(error).__name__}: {error}")
        sys.exit(1)
    # Some engines crash while their globals are torn down, after everything has been said.
    _channel.flush()
    sys.stderr.flush()
    os._exit(0)


def _confine(request):
    """Keeps to the benchmark's processors, and to the memory that is free: an allocation beyond it then fails here,
    and the system need not kill some process to get out of it."""
    if request.get("processors") and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, request["processors"])
    if sys.platform != "linux":
        return
    import resource

    limit = request.get("memory_limit_bytes")
    if limit:
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        if hard == resource.RLIM_INFINITY or limit < hard:
            resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    try:
        # Should memory run out all the same, this process is the one to go.
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")
    except OSError:
        pass


def _processors():
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def _reset_peak_rss():
    """Starts a new peak at the present resident size; False where the system cannot."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
        return True
    except OSError:
        return False


def _peak_rss():
    """Bytes at the peak since the last reset."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
