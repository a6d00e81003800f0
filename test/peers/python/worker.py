"""What the Python peers share: the sessions and weights they are given, and the talk with the benchmark.

A peer is a process that stays: it reads one JSON request a line from standard input and answers each with one JSON
line, so that everything is compiled once and the rounds can be taken in turn.

    {"do": "check"}                                                      losses to compare with ours
    {"do": "measure", "mode": "train", "batch": 128, "seconds": 5}       sessions in how many seconds
    {"do": "quit"}
"""

import json
import os
import sys
import time

import numpy as np
from safetensors.numpy import load_file


class Material:
    """The sessions, morphed and encoded, and the first weights."""

    def __init__(self, folder):
        batches = load_file(os.path.join(folder, "batches.safetensors"))
        self.tokens, self.lengths = batches["tokens"], batches["lengths"]  # [N, P, T], [N, P]
        self.packets, self.labels = batches["packets"], batches["labels"]  # [N], [N]
        self.weights = load_file(os.path.join(folder, "weights.safetensors"))
        with open(os.path.join(folder, "expected.json"), encoding="utf-8") as file:
            self.expected = json.load(file)

    def batch(self, start, size, multiple=1):
        """Sessions start … start + size − 1, with the packets that are not there left out.

        Returns tokens [T, R] of the R real packets (0 beyond a packet's end), steps [T, R] (is there a token?), place
        [P, B] (which of the R rows each packet is; R where there is none), there [P, B], labels [B]. R is rounded up to
        a multiple with empty rows, so that compiled programs meet few shapes.
        """
        rows = slice(start, start + size)
        tokens, lengths, packets = self.tokens[rows], self.lengths[rows], self.packets[rows]
        P, T = tokens.shape[1:]
        there = np.arange(P)[None, :] < packets[:, None]  # [B, P]
        real = int(there.sum())
        padded = -(-real // multiple) * multiple
        steps = np.zeros((padded, T), bool)
        steps[:real] = np.arange(T)[None, :] < lengths[there][:, None]
        packed = np.zeros((padded, T), np.int32)
        packed[:real] = tokens[there]
        packed[~steps] = 0
        place = np.full(there.shape, padded, np.int32)
        place[there] = np.arange(real, dtype=np.int32)
        return {
            "tokens": np.ascontiguousarray(packed.T),
            "steps": np.ascontiguousarray(steps.T),
            "place": np.ascontiguousarray(place.T),
            "there": np.ascontiguousarray(there.T),
            "labels": self.labels[rows].astype(np.int32),
        }

    def batches(self, size, multiple=1):
        return [self.batch(start, size, multiple) for start in range(0, len(self.labels) - size + 1, size)]


def check(peer, material):
    """Losses from the given weights and after steps of Adam, to be compared with ours."""
    expected = material.expected
    steps = expected["steps"]
    return {
        "losses": [peer.loss(item["sessions"]) for item in expected["losses"]],
        "steps": peer.losses_after_steps(steps["sessions"], len(steps["losses"])),
    }


def measure(peer, runners, mode, size, seconds):
    """Sessions a second over at least this many seconds; compilation and a warm-up come before the clock starts."""
    key = (mode, size)
    if key not in runners:
        runners[key] = peer.trainer(size) if mode == "train" else peer.predictor(size)
        run, count = runners[key]
        for i in range(count):
            run(i)  # every shape is met, so every shape is compiled
    run, count = runners[key]
    peer.wait(run(0))
    done = 0
    start = time.perf_counter()
    while True:
        # Steps may run ahead of this loop, as in training, where nobody waits for each.
        result = run(done % count)
        done += 1
        if time.perf_counter() - start >= seconds:
            break
    peer.wait(result)
    return {"sessions": done * size, "seconds": time.perf_counter() - start}


def serve(make):
    """Answers requests until there are no more. `make(material, threads)` makes the peer."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print goes to standard error
    material = Material(sys.argv[1])
    peer = make(material, int(os.environ["PEER_THREADS"]))

    def answer(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    answer({"ready": peer.name, "versions": peer.versions, "notes": peer.notes})
    runners = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "check":
                answer(check(peer, material))
            elif request["do"] == "measure":
                answer(measure(peer, runners, request["mode"], request["batch"], request["seconds"]))
            else:
                break
        except Exception as error:  # a peer that fails is reported, and the others go on
            answer({"error": f"{type(error).__name__}: {error}"})
