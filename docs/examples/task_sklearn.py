"""A random forest on the tokens of an exported task; predictions to standard output.

sessionlab export experiments/tasks/task-kinds.json --to kinds
python task_sklearn.py kinds > forest.csv
sessionlab tasks score experiments/tasks/task-kinds.json forest.csv
"""
import csv
import sys

import numpy
from sklearn.ensemble import RandomForestClassifier

folder = sys.argv[1]


def load(part):
    arrays = numpy.load(f"{folder}/{part}.npz")
    tokens = arrays["tokens"]
    return arrays, tokens.reshape(len(tokens), -1)


train, x = load("train")
test, x_test = load("test")
model = RandomForestClassifier(n_estimators=200, random_state=1).fit(x, train["label"])
classes = test["classes"]
probabilities = numpy.zeros((len(x_test), len(classes)))
probabilities[:, model.classes_] = model.predict_proba(x_test)

out = csv.writer(sys.stdout)
out.writerow(["session", "label", *(f"p_{name}" for name in classes)])
for session, label, row in zip(test["session"], test["label"], probabilities):
    out.writerow([session, classes[label], *row])
