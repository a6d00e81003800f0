// The Node-API binding: checks every argument against the declared shape, then calls a variant's kernel.
//
// A wrong argument is a TypeError with both numbers; nothing is read or written out of bounds. Plain Node-API in C
// keeps the addon valid for every Node version since 12 without a rebuild.
#define NAPI_VERSION 8
#include <node_api.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "kernels/variants.h"

namespace {

struct Engine {
  const Kernels* kernels;
  ThreadPool pool;
  Engine(const Kernels* k, int threads) : kernels(k), pool(threads) {}
};

struct BadArgument {
  std::string message;
};

[[noreturn]] void fail(const char* format, const char* name, double got, double expected) {
  char text[256];
  std::snprintf(text, sizeof text, format, name, got, expected);
  throw BadArgument{text};
}

// The arguments of one call, taken in order.
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env), count_(24) {
    napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr);
  }
  Engine& engine() {
    void* data = nullptr;
    if (napi_get_value_external(env_, next(), &data) != napi_ok || data == nullptr)
      throw BadArgument{"engine: expected a handle made by create()"};
    return *static_cast<Engine*>(data);
  }
  double number(const char* name) {
    double v = 0;
    if (napi_get_value_double(env_, next(), &v) != napi_ok) throw BadArgument{std::string(name) + ": expected a number"};
    return v;
  }
  int integer(const char* name, int least, int most = 0x7fffffff) {
    double v = number(name);
    if (!(v == (double)(int64_t)v)) fail("%s: got %g, expected an integer (at least %g)", name, v, least);
    if (v < least) fail("%s: got %.0f, expected at least %.0f", name, v, least);
    if (v > most) fail("%s: got %.0f, expected at most %.0f", name, v, most);
    return (int)v;
  }
  float* floats(const char* name, size_t need) { return static_cast<float*>(array(next(), name, napi_float32_array, need)); }
  // null or undefined gives null.
  float* maybe_floats(const char* name, size_t need) {
    napi_value v = next();
    napi_valuetype type;
    napi_typeof(env_, v, &type);
    if (type == napi_null || type == napi_undefined) return nullptr;
    return static_cast<float*>(array(v, name, napi_float32_array, need));
  }
  std::string text(const char* name) {
    char buffer[64];
    size_t n = 0;
    if (napi_get_value_string_utf8(env_, next(), buffer, sizeof buffer, &n) != napi_ok)
      throw BadArgument{std::string(name) + ": expected a string"};
    return std::string(buffer, n);
  }
  Tree tree(size_t input_rows, size_t steps) {
    napi_value object = next();
    Tree t{};
    t.levels = (int)field(object, "levels");
    t.nodes = (int)field(object, "nodes");
    t.sequences = (int)field(object, "sequences");
    if (t.levels < 1 || t.nodes < 1 || t.sequences < 0) throw BadArgument{"tree: expected at least one level and node"};
    t.level_start = words(object, "levelStart", t.levels + 1);
    t.parent = words(object, "parent", t.nodes);
    t.child_start = words(object, "childStart", t.nodes + 1);
    t.input = words(object, "input", t.nodes);
    t.order = words(object, "order", t.sequences);
    t.leaf = words(object, "leaf", t.sequences);
    t.length = words(object, "length", t.sequences);
    t.first = words(object, "first", t.nodes);
    t.last = words(object, "last", t.nodes);
    check(t, input_rows, steps);
    return t;
  }

 private:
  napi_value next() {
    if (at_ >= count_) throw BadArgument{"too few arguments"};
    return values_[at_++];
  }
  double field(napi_value object, const char* name) {
    napi_value v;
    double d = 0;
    if (napi_get_named_property(env_, object, name, &v) != napi_ok || napi_get_value_double(env_, v, &d) != napi_ok)
      throw BadArgument{std::string("tree.") + name + ": expected a number"};
    if (!(d >= 0 && d <= 0x7fffffff)) fail("tree.%s: got %g, expected at most %g", name, d, 0x7fffffff);
    return d;
  }
  const uint32_t* words(napi_value object, const char* name, size_t need) {
    napi_value v;
    if (napi_get_named_property(env_, object, name, &v) != napi_ok) throw BadArgument{std::string("tree.") + name + ": missing"};
    return static_cast<const uint32_t*>(array(v, name, napi_uint32_array, need));
  }
  void* array(napi_value v, const char* name, napi_typedarray_type want, size_t need) {
    bool is = false;
    napi_is_typedarray(env_, v, &is);
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    if (!is || napi_get_typedarray_info(env_, v, &type, &length, &data, nullptr, nullptr) != napi_ok || type != want)
      throw BadArgument{std::string(name) + (want == napi_float32_array ? ": expected a Float32Array" : ": expected a Uint32Array")};
    if (length < need) fail("%s: got %.0f elements, expected at least %.0f", name, (double)length, (double)need);
    return data;
  }
  // Every index a kernel follows, against what it points into.
  static void check(const Tree& t, size_t input_rows, size_t steps) {
    if (t.level_start[0] != 0 || (int)t.level_start[t.levels] != t.nodes)
      fail("tree.%s: ends at %.0f, expected the number of nodes, %.0f", "levelStart", t.level_start[t.levels], t.nodes);
    for (int l = 0; l < t.levels; l++)
      if (t.level_start[l] > t.level_start[l + 1])
        fail("tree.%s: falls to %.0f at level %.0f", "levelStart", t.level_start[l + 1], l + 1);
    for (int l = 0; l < t.levels; l++) {
      const uint32_t from = t.level_start[l], to = t.level_start[l + 1];
      const uint32_t up0 = l ? t.level_start[l - 1] : 0, up1 = from;
      const uint32_t down0 = to, down1 = l + 1 < t.levels ? t.level_start[l + 2] : to;
      for (uint32_t n = from; n < to; n++) {
        if (l && (t.parent[n] < up0 || t.parent[n] >= up1))
          fail("tree.%s: node %.0f points at %.0f, outside the level above", "parent", n, t.parent[n]);
        if (t.child_start[n] < down0 || t.child_start[n] > t.child_start[n + 1] || t.child_start[n + 1] > down1)
          fail("tree.%s: node %.0f starts at %.0f, outside the level below", "childStart", n, t.child_start[n]);
        if (t.input[n] >= input_rows) fail("tree.%s: got %.0f, expected below %.0f", "input", t.input[n], (double)input_rows);
        if (t.first[n] > t.last[n] || (int)t.last[n] > t.sequences)
          fail("tree.%s: got %.0f, expected at most %.0f", "last", t.last[n], t.sequences);
      }
    }
    for (int s = 0; s < t.sequences; s++) {
      if ((int)t.order[s] >= t.sequences) fail("tree.%s: got %.0f, expected below %.0f", "order", t.order[s], t.sequences);
      const uint32_t length = t.length[s], leaf = t.leaf[s];
      if (length < 1 || length > (uint32_t)t.levels || (steps && length > steps))
        fail("tree.%s: got %.0f, expected 1 to %.0f", "length", length, steps ? (double)steps : t.levels);
      if (leaf < t.level_start[length - 1] || leaf >= t.level_start[length])
        fail("tree.%s: node %.0f is not on level %.0f", "leaf", leaf, length - 1);
    }
  }

  napi_env env_;
  size_t count_, at_ = 0;
  napi_value values_[24];
};

// Runs a call and turns a bad argument into a TypeError, lack of memory into a RangeError.
template <class F>
napi_value guarded(napi_env env, napi_callback_info info, F&& f) {
  try {
    Arguments a(env, info);
    return f(a);
  } catch (const BadArgument& e) {
    napi_throw_type_error(env, nullptr, e.message.c_str());
  } catch (const std::bad_alloc&) {
    napi_throw_range_error(env, nullptr, "out of memory in a kernel");
  } catch (const std::exception& e) {
    napi_throw_error(env, nullptr, e.what());
  }
  return nullptr;
}

// Null when it is not one that this machine can run.
const Kernels* find_variant(const std::string& name) {
  for (const Kernels* k : available_variants())
    if (name == k->variant) return k;
  return nullptr;
}

napi_value create(napi_env env, napi_callback_info info) {
  return guarded(env, info, [&](Arguments& a) {
    std::string name = a.text("variant");
    int threads = a.integer("threads", 1, 1024);
    const Kernels* k = find_variant(name);
    if (k == nullptr) throw BadArgument{"variant: this machine cannot run '" + name + "'"};
    napi_value handle;
    napi_create_external(env, new Engine(k, threads), [](napi_env, void* data, void*) { delete static_cast<Engine*>(data); },
                         nullptr, &handle);
    return handle;
  });
}

napi_value measure_peak(napi_env env, napi_callback_info info) {
  return guarded(env, info, [&](Arguments& a) {
    const Kernels* k = find_variant(a.text("variant"));
    napi_value result;
    napi_create_double(env, k ? k->peak_gflops() : 0, &result);
    return result;
  });
}

napi_value variants(napi_env env, napi_callback_info) {
  napi_value list;
  napi_create_array(env, &list);
  uint32_t i = 0;
  for (const Kernels* k : available_variants()) {
    napi_value text;
    napi_create_string_utf8(env, k->variant, NAPI_AUTO_LENGTH, &text);
    napi_set_element(env, list, i++, text);
  }
  return list;
}

// A kernel without a result: it gets the engine and the arguments that follow.
template <void (*call)(Engine&, Arguments&)>
napi_value kernel(napi_env env, napi_callback_info info) {
  return guarded(env, info, [](Arguments& a) -> napi_value {
    call(a.engine(), a);
    return nullptr;
  });
}

// The arguments that both passes begin with.
Recurrent layer_of(const Kernels& kernels, Arguments& a, Tree& t) {
  Recurrent p{};
  p.cell = a.integer("cell", 0, kernels.cells - 1);
  p.units = a.integer("units", 1);
  p.input_rows = a.integer("inputRows", 1);
  t = a.tree(p.input_rows, 0);
  const CellShape& cell = kernels.shape_of(p.cell);
  const size_t H = p.units, G = cell.gates, K = cell.saved, N = t.nodes;
  p.input = a.floats("input", p.input_rows * G * H);
  p.recurrent = a.floats("recurrent", H * G * H);
  p.recurrent_bias = a.maybe_floats("recurrentBias", H);
  p.hidden = a.floats("hidden", N * H);
  p.saved = a.maybe_floats("saved", N * K * H);
  if (cell.bias && p.recurrent_bias == nullptr) throw BadArgument{"recurrentBias: this cell needs one"};
  return p;
}

void recurrent_forward(Engine& e, Arguments& a) {
  Tree t{};
  Recurrent p = layer_of(*e.kernels, a, t);
  if (e.kernels->shape_of(p.cell).reads_saved && p.saved == nullptr)
    throw BadArgument{"saved: this cell needs it in inference, too"};
  e.kernels->recurrent_forward(e.pool, t, p);
}

void recurrent_backward(Engine& e, Arguments& a) {
  Tree t{};
  Recurrent p = layer_of(*e.kernels, a, t);
  if (p.saved == nullptr) throw BadArgument{"saved: the backward pass needs what the forward pass saved"};
  const CellShape& cell = e.kernels->shape_of(p.cell);
  const size_t H = p.units, G = cell.gates;
  p.dense = a.integer("dense", 0, 1);
  p.steps = a.integer("steps", 0);
  if (p.steps && p.steps < t.levels) fail("%s: got %.0f, expected at least the tree's levels, %.0f", "steps", p.steps, t.levels);
  p.d_hidden = a.floats("gradient of hidden", (size_t)t.nodes * H);
  p.d_input = a.floats("gradient of input", p.input_rows * G * H);
  p.d_recurrent = a.floats("gradient of recurrent", H * G * H);
  p.d_recurrent_bias = a.maybe_floats("gradient of recurrentBias", H);
  p.weight = a.maybe_floats("attention weights", (size_t)t.sequences * p.steps);
  p.d_out = a.maybe_floats("gradient of pooled", (size_t)t.sequences * H);
  p.d_score = a.maybe_floats("gradient of scores", t.nodes);
  p.score_weight = a.maybe_floats("score weights", H);
  if (p.steps && !(p.weight && p.d_out)) throw BadArgument{"attention weights: steps are given, so they must be, too"};
  if (p.d_score && !p.score_weight) throw BadArgument{"score weights: gradients of scores need them"};
  if (!cell.bias) p.d_recurrent_bias = nullptr;
  else if (p.d_recurrent_bias == nullptr) throw BadArgument{"gradient of recurrentBias: this cell needs one"};
  e.kernels->recurrent_backward(e.pool, t, p);
}

void linear(Engine& e, Arguments& a) {
  size_t n = a.integer("rows", 0), in = a.integer("inputs", 1), out = a.integer("outputs", 1);
  float *x = a.floats("x", n * in), *w = a.floats("w", in * out), *bias = a.maybe_floats("bias", out), *y = a.floats("y", n * out);
  e.kernels->linear(e.pool, n, in, out, x, w, bias, y);
}

void linear_backward(Engine& e, Arguments& a) {
  size_t n = a.integer("rows", 0), in = a.integer("inputs", 1), out = a.integer("outputs", 1);
  float *x = a.floats("x", n * in), *w = a.floats("w", in * out), *dy = a.floats("dy", n * out);
  float *dx = a.maybe_floats("dx", n * in), *dw = a.floats("dw", in * out), *db = a.maybe_floats("db", out);
  e.kernels->linear_backward(e.pool, n, in, out, x, w, dy, dx, dw, db);
}

void activate(Engine& e, Arguments& a) {
  int kind = a.integer("kind", 0, 1);
  size_t n = a.integer("n", 0);
  float *x = a.floats("x", n), *y = a.floats("y", n);
  e.kernels->activate(e.pool, (Activation)kind, n, x, y);
}

void activate_backward(Engine& e, Arguments& a) {
  int kind = a.integer("kind", 0, 1);
  size_t n = a.integer("n", 0);
  float *y = a.floats("y", n), *dy = a.floats("dy", n), *dx = a.floats("dx", n);
  e.kernels->activate_backward(e.pool, (Activation)kind, n, y, dy, dx);
}

void add_row(Engine& e, Arguments& a) {
  size_t n = a.integer("rows", 0), m = a.integer("columns", 1);
  float *x = a.floats("x", n * m), *row = a.floats("row", m), *y = a.floats("y", n * m);
  e.kernels->add_row(e.pool, n, m, x, row, y);
}

void column_sums(Engine& e, Arguments& a) {
  size_t n = a.integer("rows", 0), m = a.integer("columns", 1);
  float *x = a.floats("x", n * m), *out = a.floats("out", m);
  e.kernels->column_sums(e.pool, n, m, x, out);
}

void scores(Engine& e, Arguments& a) {
  int kind = a.integer("kind", 0, 1);
  size_t n = a.integer("rows", 0), m = a.integer("columns", 1);
  float scale = (float)a.number("scale");
  float *x = a.floats("x", n * m), *w = a.floats("w", m), *bias = a.maybe_floats("bias", 1), *score = a.floats("score", n);
  e.kernels->scores(e.pool, (Score)kind, n, m, scale, x, w, bias, score);
}

void scores_backward(Engine& e, Arguments& a) {
  int kind = a.integer("kind", 0, 1);
  size_t n = a.integer("rows", 0), m = a.integer("columns", 1);
  float scale = (float)a.number("scale");
  float *x = a.floats("x", n * m), *w = a.floats("w", m), *score = a.floats("score", n), *ds = a.floats("dScore", n);
  float *dx = a.maybe_floats("dx", n * m), *dw = a.floats("dw", m), *db = a.maybe_floats("db", 1);
  e.kernels->scores_backward(e.pool, (Score)kind, n, m, scale, x, w, score, ds, dx, dw, db);
}

void pool_forward(Engine& e, Arguments& a) {
  size_t units = a.integer("units", 1), steps = a.integer("steps", 1);
  Tree t = a.tree(~(size_t)0, steps);
  float *hidden = a.floats("hidden", t.nodes * units), *score = a.maybe_floats("score", t.nodes);
  float *weight = a.floats("weight", t.sequences * steps), *out = a.floats("out", t.sequences * units);
  e.kernels->pool_forward(e.pool, t, units, steps, hidden, score, weight, out);
}

void pool_backward(Engine& e, Arguments& a) {
  size_t units = a.integer("units", 1), steps = a.integer("steps", 1);
  Tree t = a.tree(~(size_t)0, steps);
  if ((size_t)t.levels > steps) fail("%s: got %.0f, expected at least the tree's levels, %.0f", "steps", steps, t.levels);
  float *hidden = a.floats("hidden", t.nodes * units), *weight = a.floats("weight", t.sequences * steps);
  float *d_out = a.floats("dOut", t.sequences * units), *d_path = a.floats("dPath", t.sequences * steps);
  float* d_score = a.floats("dScore", t.nodes);
  e.kernels->pool_backward(e.pool, t, units, steps, hidden, weight, d_out, d_path, d_score);
}

napi_value sum_of_squares(napi_env env, napi_callback_info info) {
  return guarded(env, info, [&](Arguments& a) {
    Engine& e = a.engine();
    size_t n = a.integer("n", 0);
    float* x = a.floats("x", n);
    napi_value result;
    napi_create_double(env, e.kernels->sum_of_squares(n, x), &result);
    return result;
  });
}

void adam(Engine& e, Arguments& a) {
  size_t n = a.integer("n", 0);
  float c[6];
  for (float& x : c) x = (float)a.number("constant");
  float *p = a.floats("p", n), *g = a.floats("g", n), *m = a.floats("m", n), *v = a.floats("v", n);
  e.kernels->adam(e.pool, n, p, g, m, v, c[0], c[1], c[2], c[3], c[4], c[5]);
}

}  // namespace

NAPI_MODULE_INIT() {
  const struct {
    const char* name;
    napi_callback call;
  } functions[] = {
      {"create", create},
      {"variants", variants},
      {"measurePeak", measure_peak},
      {"recurrentForward", kernel<recurrent_forward>},
      {"recurrentBackward", kernel<recurrent_backward>},
      {"linear", kernel<linear>},
      {"linearBackward", kernel<linear_backward>},
      {"activate", kernel<activate>},
      {"activateBackward", kernel<activate_backward>},
      {"addRow", kernel<add_row>},
      {"columnSums", kernel<column_sums>},
      {"scores", kernel<scores>},
      {"scoresBackward", kernel<scores_backward>},
      {"poolForward", kernel<pool_forward>},
      {"poolBackward", kernel<pool_backward>},
      {"sumOfSquares", sum_of_squares},
      {"adam", kernel<adam>},
  };
  for (const auto& f : functions) {
    napi_value value;
    napi_create_function(env, f.name, NAPI_AUTO_LENGTH, f.call, nullptr, &value);
    napi_set_named_property(env, exports, f.name, value);
  }
  return exports;
}
