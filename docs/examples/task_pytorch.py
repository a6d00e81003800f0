"""A GRU over packets, each the mean of its tokens' embeddings, on an exported task; predictions to standard output.

sessionlab export experiments/tasks/task-kinds.json --to kinds
python task_pytorch.py kinds > gru.csv
sessionlab tasks score experiments/tasks/task-kinds.json gru.csv
"""
import csv
import sys

import numpy
import torch

torch.manual_seed(1)
folder, epochs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10


class Network(torch.nn.Module):
    def __init__(self, places, classes, units=64):
        super().__init__()
        # A byte means something by its place: each has rows of its own.
        self.places = torch.arange(places) * 259
        self.embed = torch.nn.Embedding(places * 259, units)
        self.read = torch.nn.GRU(units, units, batch_first=True)
        self.head = torch.nn.Linear(units, classes)

    def forward(self, tokens, packets):
        states, _ = self.read(torch.tanh(self.embed(tokens + self.places).sum(2)))
        return self.head(states[torch.arange(len(tokens)), packets - 1])


def load(part):
    arrays = numpy.load(f"{folder}/{part}.npz")
    return arrays, *(torch.tensor(arrays[name].astype("int64")) for name in ("tokens", "packets", "label"))


_, tokens, packets, label = load("train")
test, test_tokens, test_packets, _ = load("test")
classes = test["classes"]
network = Network(tokens.shape[2], len(classes))
optimizer = torch.optim.Adam(network.parameters(), lr=0.003)
for _ in range(epochs):
    for batch in torch.randperm(len(tokens)).split(64):
        loss = torch.nn.functional.cross_entropy(network(tokens[batch], packets[batch]), label[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
with torch.no_grad():
    probabilities = network(test_tokens, test_packets).softmax(1).numpy()

out = csv.writer(sys.stdout)
out.writerow(["session", "label", *(f"p_{name}" for name in classes)])
for session, row_label, row in zip(test["session"], test["label"], probabilities):
    out.writerow([session, classes[row_label], *row])
