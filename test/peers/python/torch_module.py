"""Our network in PyTorch, from our weights: torch_module.py WEIGHTS BATCHES prints the logits of every session."""
import json
import sys
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

class Network(nn.Module):
    """Gates r | z | n, reset after the product; the recurrent bias belongs to n alone."""

    def __init__(self, weights):
        super().__init__()
        self.w = weights
        self.packet, self.session = (self.gru(name) for name in ("packet", "session"))

    def gru(self, level):
        U, W, b, c = (self.w[f"{level}.0.{x}"] for x in ("recurrent", "input", "bias", "recurrent_bias"))
        gru = nn.GRU(W.shape[0], U.shape[0], batch_first=True)
        both = torch.cat([torch.zeros(2 * len(c)), c])
        names = "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"
        gru.load_state_dict(dict(zip(names, (W.T, U.T, b, both))))
        return gru

    def states(self, level, x):
        """Of every sequence, from the learned initial state where there is one."""
        first = self.w.get(f"{level}.0.initial_state")
        gru = getattr(self, level)
        return gru(x)[0] if first is None else gru(x, first.expand(1, len(x), -1).contiguous())[0]

    def attend(self, level, h, count):
        score = torch.tanh(h @ self.w[f"{level}.attention.weight"] + self.w[f"{level}.attention.bias"])
        real = torch.arange(h.shape[1]) < count.clamp(min=1)[:, None]
        return torch.einsum("nt,nth->nh", torch.softmax(score.masked_fill(~real, -torch.inf), 1), h)

    def forward(self, tokens, lengths, packets):
        B, P, T = tokens.shape
        V = self.w["packet.0.input"].shape[0]
        x = F.one_hot(tokens.long().clamp(max=V - 1), V).float().view(B * P, T, V)
        vectors = self.attend("packet", self.states("packet", x), lengths.flatten()).view(B, P, -1)
        s = self.attend("session", self.states("session", vectors), packets)
        s = torch.tanh(s @ self.w["head.0.weight"] + self.w["head.0.bias"])
        return s @ self.w["output.weight"] + self.w["output.bias"]

if __name__ == "__main__":
    b = load_file(sys.argv[2])
    with torch.no_grad():
        print(json.dumps(Network(load_file(sys.argv[1]))(b["tokens"], b["lengths"], b["packets"]).tolist()))
