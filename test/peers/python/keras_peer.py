"""Keras 3 on TensorFlow: the training step is one tf.function, compiled by XLA; inference is one without.

keras.layers.GRU would multiply one-hot inputs by [258, 3H], so a cell on looked-up gates runs in keras.layers.RNN. Tried
and slower in training: without XLA; steps unrolled, with and without XLA (compilation of minutes with it). In inference
XLA is slower, and unrolled steps are the fastest.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
import worker  # noqa: E402
from keras import ops  # noqa: E402

CLIP, RATE, H = 1.0, 1e-3, 100


class GateCell(keras.layers.Layer):
    """keras.layers.GRUCell(reset_after=True) on gates r | z | n, with a recurrent bias for n alone."""

    def __init__(self, units):
        super().__init__()
        self.units = self.state_size = self.output_size = units

    def build(self, shape):
        self.recurrent = self.add_weight(shape=(self.units, 3 * self.units))
        self.recurrent_bias = self.add_weight(shape=(self.units,))

    def call(self, x, states):
        (h,), U = states, self.units
        g = ops.matmul(h, self.recurrent)
        rz = ops.sigmoid(x[:, : 2 * U] + g[:, : 2 * U])
        r, z = rz[:, :U], rz[:, U:]
        n = ops.tanh(x[:, 2 * U :] + r * (g[:, 2 * U :] + self.recurrent_bias))
        h = n + z * (h - n)
        return h, [h]


class Attention(keras.layers.Layer):
    """States [R, T, H] with what is real [R, T] → [R, H]; tanh keeps scores within ±1, so no shift is needed."""

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1],))
        self.b = self.add_weight(shape=(1,))

    def call(self, h, real):
        e = ops.exp(ops.tanh(ops.sum(h * self.w, -1) + self.b)) * real
        a = e / ops.maximum(ops.sum(e, 1, keepdims=True), 1e-9)
        return ops.sum(a[:, :, None] * h, 1)


class Network(keras.Model):
    def __init__(self, weights, example, unroll):
        super().__init__()
        self.table = keras.layers.Embedding(*weights["packet.0.input"].shape)
        self.bias = self.add_weight(shape=(3 * H,))
        self.packet = keras.layers.RNN(GateCell(H), return_sequences=True, unroll=unroll)
        self.packet_attention = Attention()
        self.gates = keras.layers.Dense(3 * H)
        self.session = keras.layers.RNN(GateCell(H), return_sequences=True, unroll=unroll)
        self.session_attention = Attention()
        self.head = keras.layers.Dense(H, activation="tanh")
        self.out = keras.layers.Dense(weights["output.bias"].shape[0])
        self(example)  # makes the variables
        self.bias.assign(weights["packet.0.bias"])
        for layer, names in {
            self.table: ["packet.0.input"],
            self.packet: ["packet.0.recurrent", "packet.0.recurrent_bias"],
            self.packet_attention: ["packet.attention.weight", "packet.attention.bias"],
            self.gates: ["session.0.input", "session.0.bias"],
            self.session: ["session.0.recurrent", "session.0.recurrent_bias"],
            self.session_attention: ["session.attention.weight", "session.attention.bias"],
            self.head: ["head.0.weight", "head.0.bias"],
            self.out: ["output.weight", "output.bias"],
        }.items():
            layer.set_weights([weights[name] for name in names])

    def call(self, b):
        h = self.packet(self.table(b["tokens"]) + self.bias)
        p = self.packet_attention(h, b["steps"])
        p = ops.take(ops.concatenate([p, ops.zeros_like(p[:1])]), b["place"], axis=0)
        h = self.session(self.gates(p))
        return self.out(self.head(self.session_attention(h, b["there"])))


cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def ready(b):
    """Rows before steps, as Keras has it."""
    flags = {name: b[name].T.astype("float32") for name in ("steps", "there")}
    rows = {"tokens": b["tokens"].T, "place": b["place"].T, "labels": b["labels"]}
    return {name: tf.constant(v) for name, v in {**rows, **flags}.items()}


class Peer:
    name = "Keras"
    versions = {"keras": keras.__version__, "tensorflow": tf.__version__}
    notes = ["keras.layers.RNN with a cell on looked-up gates; training compiled by XLA, inference with unrolled steps"]

    def __init__(self, material, threads):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self.material = material

    def network(self, unroll=False):
        return Network(self.material.weights, ready(self.material.batch(0, 20)), unroll)

    def trainable(self):
        net = self.network()
        optimizer = keras.optimizers.Adam(RATE, epsilon=1e-8, global_clipnorm=CLIP)
        optimizer.build(net.trainable_variables)

        @tf.function(jit_compile=True)
        def step(b):
            with tf.GradientTape() as tape:
                loss = cross_entropy(b["labels"], net(b, training=True))
            optimizer.apply(tape.gradient(loss, net.trainable_variables))
            return loss

        return net, step

    def loss(self, sessions):
        b = ready(self.material.batch(0, sessions))
        return float(cross_entropy(b["labels"], self.network()(b)))

    def losses_after_steps(self, sessions, count):
        net, step = self.trainable()
        b = ready(self.material.batch(0, sessions))
        losses = []
        for _ in range(count):
            step(b)
            losses.append(float(cross_entropy(b["labels"], net(b))))
        return losses

    def trainer(self, size):
        # XLA compiles every shape anew, so rows are rounded up.
        batches = [ready(b) for b in self.material.batches(size, 64 if size >= 128 else 16)]
        _, step = self.trainable()
        return (lambda i: step(batches[i])), len(batches)

    def predictor(self, size):
        batches = [ready(b) for b in self.material.batches(size)]
        net = self.network(unroll=True)

        @tf.function(reduce_retracing=True)
        def predict(b):
            return tf.nn.softmax(net(b, training=False))

        return (lambda i: predict(batches[i])), len(batches)

    def wait(self, result):
        result.numpy()


if __name__ == "__main__":
    worker.serve(Peer)
