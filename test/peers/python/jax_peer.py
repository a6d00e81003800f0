"""JAX: the whole training step, with clip and Adam, is one compiled program whose state is donated.

Tried and slower: automatic differentiation through the scan (its gradient of U adds up one product a step); the gradient
of the look-up as a product with one-hot rows instead of a scatter; scans unrolled by 2 or 4.
"""

import functools

import jax
import jax.numpy as jnp
import worker
from jax import lax

B1, B2, EPSILON, CLIP, RATE = 0.9, 0.999, 1e-8, 1.0, 1e-3


def cell(h, x, U, c):
    """One step of the GRU on gates x [R, 3H]; also what its gradient needs."""
    H = h.shape[-1]
    g = h @ U
    rz = jax.nn.sigmoid(x[:, : 2 * H] + g[:, : 2 * H])
    r, z = rz[:, :H], rz[:, H:]
    q = g[:, 2 * H :] + c
    n = jnp.tanh(x[:, 2 * H :] + r * q)
    return n + z * (h - n), (r, z, n, q)


def first_state(x, U):
    return jnp.zeros((x.shape[1], U.shape[0]), x.dtype)


@jax.custom_vjp
def recurrence(x, U, c):
    """Gates [T, R, 3H] → states [T, R, H]."""

    def step(h, x):
        h, _ = cell(h, x, U, c)
        return h, h

    return lax.scan(step, first_state(x, U), x)[1]


def recurrence_forward(x, U, c):
    def step(h, x):
        h, saved = cell(h, x, U, c)
        return h, (h, *saved)

    hs, *saved = lax.scan(step, first_state(x, U), x)[1]
    return hs, (hs, saved, U)


def recurrence_backward(kept, dhs):
    hs, saved, U = kept
    before = jnp.concatenate([jnp.zeros_like(hs[:1]), hs[:-1]])

    def step(dh, inputs):
        dout, h, r, z, n, q = inputs
        dh = dh + dout
        dan = dh * (1 - z) * (1 - n * n)
        daz = dh * (h - n) * z * (1 - z)
        dar = dan * q * r * (1 - r)
        dq = dan * r
        dg = jnp.concatenate([dar, daz, dq], 1)
        return dh * z + dg @ U.T, (dar, daz, dan, dq)

    inputs = (dhs, before, *saved)
    dar, daz, dan, dq = lax.scan(step, jnp.zeros_like(hs[0]), inputs, reverse=True)[1]
    T, R, H = hs.shape
    dg = jnp.concatenate([dar, daz, dq], 2)
    dU = before.reshape(T * R, H).T @ dg.reshape(T * R, 3 * H)
    return jnp.concatenate([dar, daz, dan], 2), dU, dq.sum((0, 1))


recurrence.defvjp(recurrence_forward, recurrence_backward)


def attend(h, real, w, b):
    """States [T, R, H] → [R, H]. tanh keeps scores within ±1, so the softmax needs no shift; empty rows get zeros."""
    e = jnp.where(real, jnp.exp(jnp.tanh(h @ w + b)), 0)
    return jnp.einsum("tn,tnh->nh", e / jnp.maximum(e.sum(0), 1e-9), h)


def logits(p, b):
    table = p["packet.0.input"] + p["packet.0.bias"]
    h = recurrence(table[b["tokens"]], p["packet.0.recurrent"], p["packet.0.recurrent_bias"])
    packets = attend(h, b["steps"], p["packet.attention.weight"], p["packet.attention.bias"])
    packets = jnp.concatenate([packets, jnp.zeros_like(packets[:1])])[b["place"]]
    gates = packets @ p["session.0.input"] + p["session.0.bias"]
    h = recurrence(gates, p["session.0.recurrent"], p["session.0.recurrent_bias"])
    session = attend(h, b["there"], p["session.attention.weight"], p["session.attention.bias"])
    hidden = jnp.tanh(session @ p["head.0.weight"] + p["head.0.bias"])
    return hidden @ p["output.weight"] + p["output.bias"]


def loss(p, b):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits(p, b)), b["labels"][:, None], 1).mean()


@functools.partial(jax.jit, donate_argnums=(0,))
def step(state, b):
    p, m, v, t = state
    value, g = jax.value_and_grad(loss)(p, b)
    tree = jax.tree_util.tree_map
    norm = jnp.sqrt(sum(jnp.vdot(x, x) for x in jax.tree_util.tree_leaves(g)))
    scale = CLIP / jnp.maximum(norm, CLIP)
    t = t + 1
    m = tree(lambda m, g: B1 * m + (1 - B1) * g * scale, m, g)
    v = tree(lambda v, g: B2 * v + (1 - B2) * (g * scale) ** 2, v, g)
    rate, correction = RATE / (1 - B1**t), 1 / jnp.sqrt(1 - B2**t)
    p = tree(lambda p, m, v: p - rate * m / (jnp.sqrt(v) * correction + EPSILON), p, m, v)
    return (p, m, v, t), value


loss_of = jax.jit(loss)
predict = jax.jit(lambda p, b: jax.nn.softmax(logits(p, b)))


class Peer:
    name = "JAX"
    versions = {"jax": jax.__version__}
    notes = ["one compiled program a step, with the gradient of the GRU by hand (faster than automatic differentiation)"]

    def __init__(self, material, threads):
        self.material = material

    def start(self):
        p = {name: jnp.asarray(w) for name, w in self.material.weights.items()}
        zeros = [{name: jnp.zeros_like(w) for name, w in p.items()} for _ in range(2)]
        return (p, *zeros, jnp.zeros((), jnp.float32))

    def batches(self, size):
        # Rows are rounded up, so that a handful of shapes is compiled rather than one a batch.
        return [jax.device_put(b) for b in self.material.batches(size, 64 if size >= 128 else 16)]

    def loss(self, sessions):
        return float(loss_of(self.start()[0], self.material.batch(0, sessions)))

    def losses_after_steps(self, sessions, count):
        b = self.material.batch(0, sessions)
        state, losses = self.start(), []
        for _ in range(count):
            state, _ = step(state, b)
            losses.append(float(loss_of(state[0], b)))
        return losses

    def trainer(self, size):
        batches, state = self.batches(size), self.start()

        def run(i):
            nonlocal state
            state, value = step(state, batches[i])
            return value

        return run, len(batches)

    def predictor(self, size):
        batches, p = self.batches(size), self.start()[0]
        return (lambda i: predict(p, batches[i])), len(batches)

    def wait(self, result):
        jax.block_until_ready(result)


if __name__ == "__main__":
    worker.serve(Peer)
