"""PyTorch. `cells`: the steps of the GRU written out in tensor operations. `gru`: torch.nn.GRU.

nn.GRU reads vectors, so it gets the rows of the gate table through an identity in place of input weights; the cells need
no such product. Tried with the cells and slower: one product h·U for all gates followed by additions (addmm adds for
free); a torch.autograd.Function with the gradient by hand and one product for dU; the gradient of the look-up as a
product with one-hot rows; torch.compile on the gates; a fused Adam (no difference).
"""

import sys

import torch
import worker
from torch import nn
from torch.nn import functional as F

CLIP, RATE = 1.0, 1e-3


class Cells(nn.Module):
    """Gates [T, R, 3H] → states [T, R, H]."""

    def __init__(self, U, c):
        super().__init__()
        self.U, self.c = nn.Parameter(U), nn.Parameter(c)

    def forward(self, x):
        H = self.U.shape[0]
        Urz, Un = self.U[:, : 2 * H].contiguous(), self.U[:, 2 * H :].contiguous()
        h = x.new_zeros(x.shape[1], H)
        states = []
        for x_t in x.unbind(0):
            r, z = torch.addmm(x_t[:, : 2 * H], h, Urz).sigmoid().chunk(2, 1)
            n = torch.tanh(torch.addcmul(x_t[:, 2 * H :], r, torch.addmm(self.c, h, Un)))
            h = torch.lerp(n, h, z)
            states.append(h)
        return torch.stack(states)


class Gru(nn.Module):
    """The same by torch.nn.GRU. Only the part of n of its second bias is trained."""

    def __init__(self, U, c):
        super().__init__()
        self.gru = nn.GRU(U.shape[1], U.shape[0])
        with torch.no_grad():
            self.gru.weight_ih_l0.copy_(torch.eye(U.shape[1]))
            self.gru.weight_hh_l0.copy_(U.t())
            self.gru.bias_ih_l0.zero_()
            self.gru.bias_hh_l0.copy_(torch.cat([torch.zeros(2 * U.shape[0]), c]))
        self.gru.weight_ih_l0.requires_grad_(False)
        self.gru.bias_ih_l0.requires_grad_(False)
        own = torch.cat([torch.zeros(2 * U.shape[0]), torch.ones_like(c)])
        self.gru.bias_hh_l0.register_hook(lambda g: g * own)

    def forward(self, x):
        return self.gru(x)[0]


class Attention(nn.Module):
    """States [T, R, H] with what is real [T, R] → [R, H]."""

    def __init__(self, w, b):
        super().__init__()
        self.w, self.b = nn.Parameter(w), nn.Parameter(b)

    def forward(self, h, real):
        score = torch.tanh(h @ self.w + self.b).masked_fill(~real, -torch.inf)
        return torch.einsum("tn,tnh->nh", torch.softmax(score, 0), h)


def dense(weight, bias):
    layer = nn.Linear(*weight.shape)
    with torch.no_grad():
        layer.weight.copy_(weight.t())
        layer.bias.copy_(bias)
    return layer


class Network(nn.Module):
    def __init__(self, weights, recurrent):
        super().__init__()
        w = {name: torch.from_numpy(v.copy()) for name, v in weights.items()}
        self.table, self.bias = nn.Parameter(w["packet.0.input"]), nn.Parameter(w["packet.0.bias"])
        self.packet = recurrent(w["packet.0.recurrent"], w["packet.0.recurrent_bias"])
        self.packet_attention = Attention(w["packet.attention.weight"], w["packet.attention.bias"])
        self.gates = dense(w["session.0.input"], w["session.0.bias"])
        self.session = recurrent(w["session.0.recurrent"], w["session.0.recurrent_bias"])
        self.session_attention = Attention(w["session.attention.weight"], w["session.attention.bias"])
        self.head = dense(w["head.0.weight"], w["head.0.bias"])
        self.output = dense(w["output.weight"], w["output.bias"])

    def forward(self, b):
        h = self.packet(F.embedding(b["tokens"], self.table + self.bias))
        packets = self.packet_attention(h, b["steps"])
        packets = F.pad(packets, (0, 0, 0, 1))[b["place"]]
        h = self.session(self.gates(packets))
        return self.output(torch.tanh(self.head(self.session_attention(h, b["there"]))))


def ready(b):
    t = {name: torch.from_numpy(v) for name, v in b.items()}
    return {name: v.long() if v.dtype == torch.int32 else v for name, v in t.items()}


def loss_of(net, b):
    return F.cross_entropy(net(b), b["labels"])


class Peer:
    versions = {"torch": torch.__version__}

    def __init__(self, material, threads):
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        form = sys.argv[2]
        self.name = {"cells": "PyTorch", "gru": "PyTorch (nn.GRU)"}[form]
        self.notes = {
            "cells": ["the steps of the GRU written out in tensor operations"],
            "gru": ["its input weights are an identity, so that it can read looked-up gates"],
        }[form]
        self.recurrent = {"cells": Cells, "gru": Gru}[form]
        self.material = material

    def network(self):
        return Network(self.material.weights, self.recurrent)

    def trainable(self):
        net = self.network()
        parameters = [p for p in net.parameters() if p.requires_grad]
        optimizer = torch.optim.Adam(parameters, lr=RATE)

        def step(b):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(net, b)
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, CLIP)
            optimizer.step()
            return loss

        return net, step

    def batches(self, size):
        return [ready(b) for b in self.material.batches(size)]

    @torch.inference_mode()
    def loss(self, sessions):
        return float(loss_of(self.network(), ready(self.material.batch(0, sessions))))

    def losses_after_steps(self, sessions, count):
        net, step = self.trainable()
        b = ready(self.material.batch(0, sessions))
        losses = []
        for _ in range(count):
            step(b)
            losses.append(float(loss_of(net, b)))
        return losses

    def trainer(self, size):
        batches, (_, step) = self.batches(size), self.trainable()
        return (lambda i: step(batches[i])), len(batches)

    def predictor(self, size):
        batches, net = self.batches(size), self.network().eval()

        @torch.inference_mode()
        def run(i):
            return torch.softmax(net(batches[i]), 1)

        return run, len(batches)

    def wait(self, result):
        pass  # nothing runs ahead on a CPU


if __name__ == "__main__":
    worker.serve(Peer)
