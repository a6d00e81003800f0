// The Node-API binding: checks every argument against the declared shape, then calls a variant's kernel.
//
// A wrong argument is a TypeError with both numbers; nothing is read or written out of bounds. Plain Node-API in C
// keeps the addon valid for every Node version since 12 without a rebuild.
#define NAPI_VERSION 8
#include <node_api.h>

#include <cstdio>
#include <memory>
#include <string>

#include "steps.h"

namespace {

struct Engine {
  const Kernels* kernels;
  ThreadPool pool;
  Engine(const Kernels* k, int threads) : kernels(k), pool(threads) {}
};

// Steps keep their engine: JavaScript may let go of it first.
struct EngineSteps {
  std::shared_ptr<Engine> engine;
  Steps steps;
  bool busy = false;
  EngineSteps(std::shared_ptr<Engine> e, const Plan& plan) : engine(std::move(e)), steps(*engine->kernels, engine->pool, plan) {}
};
using EngineHandle = std::shared_ptr<Engine>;

using BadArgument = std::invalid_argument;

[[noreturn]] void fail(const char* format, const char* name, double got, double expected) {
  char text[256];
  std::snprintf(text, sizeof text, format, name, got, expected);
  throw BadArgument(text);
}

// The arguments of one call, taken in order.
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env), count_(24) {
    napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr);
  }
  template <class T>
  T& handle(const char* name) {
    void* data = nullptr;
    if (napi_get_value_external(env_, next(), &data) != napi_ok || data == nullptr)
      throw BadArgument{std::string(name) + ": expected a handle"};
    return *static_cast<T*>(data);
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
  float* floats(const char* name, size_t need) { return floats(next(), name, need); }
  std::string text(const char* name) {
    char buffer[64];
    size_t n = 0;
    if (napi_get_value_string_utf8(env_, next(), buffer, sizeof buffer, &n) != napi_ok)
      throw BadArgument{std::string(name) + ": expected a string"};
    return std::string(buffer, n);
  }
  template <class T>
  T* array(const char* name, napi_typedarray_type type, size_t need) {
    return static_cast<T*>(typed(next(), name, type, need));
  }
  // Element i of an array of arrays.
  napi_value element(napi_value list, size_t i) {
    napi_value v;
    if (napi_get_element(env_, list, (uint32_t)i, &v) != napi_ok) throw BadArgument{"expected an array of arrays"};
    return v;
  }
  float* floats(napi_value v, const char* name, size_t need) {
    return static_cast<float*>(typed(v, name, napi_float32_array, need));
  }
  size_t length_of(napi_value v) {
    size_t n = 0;
    napi_get_typedarray_info(env_, v, nullptr, &n, nullptr, nullptr, nullptr);
    return n;
  }
  bool absent(napi_value v) {
    napi_valuetype type;
    napi_typeof(env_, v, &type);
    return type == napi_null || type == napi_undefined;
  }
  // Calls a function without arguments; what it throws stays pending.
  void call(napi_value function) {
    napi_value global, result;
    napi_get_global(env_, &global);
    napi_call_function(env_, global, function, 0, nullptr, &result);
  }
  napi_value next() {
    if (at_ >= count_) throw BadArgument{"too few arguments"};
    return values_[at_++];
  }

  void* typed(napi_value v, const char* name, napi_typedarray_type want, size_t need) {
    bool is = false;
    napi_is_typedarray(env_, v, &is);
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    if (!is || napi_get_typedarray_info(env_, v, &type, &length, &data, nullptr, nullptr) != napi_ok || type != want)
      throw BadArgument{std::string(name) + ": expected a " + name_of(want)};
    if (length < need) fail("%s: got %.0f elements, expected at least %.0f", name, (double)length, (double)need);
    return data;
  }

 private:
  static const char* name_of(napi_typedarray_type type) {
    switch (type) {
      case napi_uint8_array: return "Uint8Array";
      case napi_uint16_array: return "Uint16Array";
      case napi_int32_array: return "Int32Array";
      case napi_float64_array: return "Float64Array";
      default: return "Float32Array";
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
    napi_throw_type_error(env, nullptr, e.what());
  } catch (const std::bad_alloc&) {
    napi_throw_range_error(env, nullptr, "out of memory in a kernel");
  } catch (const std::exception& e) {
    napi_throw_error(env, nullptr, e.what());
  }
  return nullptr;
}

template <class T>
napi_value external(napi_env env, T* data) {
  napi_value handle;
  napi_create_external(env, data, [](napi_env, void* p, void*) { delete static_cast<T*>(p); }, nullptr, &handle);
  return handle;
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
    return external(env, new EngineHandle(std::make_shared<Engine>(k, threads)));
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

napi_value create_steps(napi_env env, napi_callback_info info) {
  return guarded(env, info, [&](Arguments& a) {
    EngineHandle& engine = a.handle<EngineHandle>("engine");
    napi_value numbers = a.next();
    const size_t n = a.length_of(numbers);
    const auto* data = static_cast<const int32_t*>(a.typed(numbers, "plan", napi_int32_array, n));
    return external(env, new EngineSteps(engine, make_plan(*engine->kernels, data, n)));
  });
}

// The arguments that a step begins with: weights and a batch, every number of which is checked that a kernel follows.
Step step_of(Arguments& a, const Plan& plan) {
  Step step{};
  napi_value values = a.next();
  for (int i = 0; i < plan.weights; i++) step.value[i] = a.floats(a.element(values, i), "weights", plan.size[i]);
  const size_t B = step.size = a.integer("sessions", 1, plan.capacity), P = plan.max_packets, T = plan.max_tokens;
  step.packets = a.array<uint8_t>("packets", napi_uint8_array, B);
  step.lengths = a.array<uint16_t>("lengths", napi_uint16_array, B * P);
  step.tokens = a.array<uint16_t>("tokens", napi_uint16_array, B * P * T);
  step.labels = a.array<uint8_t>("labels", napi_uint8_array, B);
  for (size_t b = 0; b < B; b++) {
    if (step.packets[b] < 1 || step.packets[b] > P)
      fail("%s: got %.0f packets, expected 1 to %.0f", "batch", step.packets[b], (double)P);
    for (size_t row = b * P; row < b * P + step.packets[b]; row++) {
      if (step.lengths[row] < 1 || step.lengths[row] > T)
        fail("%s: got %.0f tokens, expected 1 to %.0f", "batch", step.lengths[row], (double)T);
      for (size_t t = row * T; t < row * T + step.lengths[row]; t++)
        if (step.tokens[t] >= plan.vocabulary)
          fail("%s: got token %.0f, expected below %.0f", "batch", step.tokens[t], plan.vocabulary);
    }
  }
  step.logits = a.floats("logits", B * plan.classes());
  return step;
}

// While a step is under way, what is done meanwhile must not begin another: they share their memory.
struct Busy {
  bool& flag;
  explicit Busy(EngineSteps& s) : flag(s.busy) {
    if (flag) throw BadArgument("steps: another step is under way");
    flag = true;
  }
  ~Busy() { flag = false; }
};

// steps, weights, batch, logits, null or the four arrays of attention, null or the decoder's surprise, function or null
napi_value infer(napi_env env, napi_callback_info info) {
  return guarded(env, info, [&](Arguments& a) -> napi_value {
    EngineSteps& handle = a.handle<EngineSteps>("steps");
    const Busy busy(handle);
    Steps& steps = handle.steps;
    const Plan& plan = steps.plan();
    Step step = step_of(a, plan);
    napi_value attention = a.next();
    if (!a.absent(attention)) {
      const size_t packets = (size_t)step.size * plan.max_packets;
      step.token_scores = a.floats(a.element(attention, 0), "tokenScores", packets * plan.max_tokens);
      step.token_weights = a.floats(a.element(attention, 1), "tokenWeights", packets * plan.max_tokens);
      step.packet_scores = a.floats(a.element(attention, 2), "packetScores", packets);
      step.packet_weights = a.floats(a.element(attention, 3), "packetWeights", packets);
    }
    napi_value surprise = a.next(), meanwhile = a.next();
    if (plan.decoder.units && !a.absent(surprise))
      step.surprise = a.floats(surprise, "surprise", (size_t)step.size * plan.max_packets * plan.max_tokens);
    steps.infer(step, [&] {
      if (!a.absent(meanwhile)) a.call(meanwhile);
    });
    return nullptr;
  });
}

// steps, weights, batch, logits, losses, gradients, masks of the head's layers or nulls, class weights or null, the decoder's
// nats, its gradient, function or null
napi_value train(napi_env env, napi_callback_info info) {
  return guarded(env, info, [&](Arguments& a) -> napi_value {
    EngineSteps& handle = a.handle<EngineSteps>("steps");
    const Busy busy(handle);
    Steps& steps = handle.steps;
    const Plan& plan = steps.plan();
    Step step = step_of(a, plan);
    for (int b = 0; b < step.size; b++)
      if (step.labels[b] >= plan.classes()) fail("%s: got label %.0f, expected below %.0f", "batch", step.labels[b], plan.classes());
    step.losses = a.array<double>("losses", napi_float64_array, step.size);
    float* gradients[most_weights];
    napi_value list = a.next(), masks = a.next(), class_weights = a.next();
    for (int i = 0; i < plan.weights; i++) gradients[i] = a.floats(a.element(list, i), "gradients", plan.size[i]);
    for (int i = 0; i < plan.head_layers; i++)
      if (plan.head[i].mask) step.mask[i] = a.floats(a.element(masks, i), "mask", (size_t)step.size * plan.head[i].units);
    if (!a.absent(class_weights))
      step.class_weights = static_cast<double*>(a.typed(class_weights, "classWeights", napi_float64_array, plan.classes()));
    step.nats = a.array<double>("nats", napi_float64_array, plan.decoder.units ? step.size : 0);
    step.decoder_gradient = (float)a.number("decoder gradient");
    napi_value meanwhile = a.next();
    steps.train(step, gradients, [&] {
      if (!a.absent(meanwhile)) a.call(meanwhile);
    });
    return nullptr;
  });
}

napi_value sum_of_squares(napi_env env, napi_callback_info info) {
  return guarded(env, info, [&](Arguments& a) {
    const Kernels& kernels = *a.handle<EngineHandle>("engine")->kernels;
    napi_value x = a.next(), result;
    const size_t n = a.length_of(x);
    napi_create_double(env, kernels.sum_of_squares(n, a.floats(x, "x", n)), &result);
    return result;
  });
}

napi_value adam(napi_env env, napi_callback_info info) {
  return guarded(env, info, [&](Arguments& a) -> napi_value {
    Engine& e = *a.handle<EngineHandle>("engine");
    napi_value values = a.next();
    const size_t n = a.length_of(values);
    float *p = a.floats(values, "p", n), *g = a.floats("g", n), *m = a.floats("m", n), *v = a.floats("v", n), c[6];
    for (float& x : c) x = (float)a.number("constant");
    constexpr size_t block = 8192;
    e.pool.run((int)((n + block - 1) / block), [=, &e](int, int i) {
      const size_t from = i * block;
      e.kernels->adam(std::min(block, n - from), p + from, g + from, m + from, v + from, c);
    });
    return nullptr;
  });
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
      {"createSteps", create_steps},
      {"train", train},
      {"infer", infer},
      {"sumOfSquares", sum_of_squares},
      {"adam", adam},
  };
  for (const auto& f : functions) {
    napi_value value;
    napi_create_function(env, f.name, NAPI_AUTO_LENGTH, f.call, nullptr, &value);
    napi_set_named_property(env, exports, f.name, value);
  }
  return exports;
}
