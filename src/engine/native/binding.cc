// The Node-API binding: checks the type and length of every argument, then calls the engine.
//
// A wrong argument is a TypeError with both numbers; nothing is read or written out of bounds. Plain Node-API in C
// keeps the addon valid for every Node version since 12 without a rebuild.
#define NAPI_VERSION 8
#include <node_api.h>

#include "read.h"
#include "steps.h"

namespace {

struct Engine {
  const Kernels& kernels;
  ThreadPool pool;
  Engine(const Kernels& k, int threads) : kernels(k), pool(threads) {}
};
using EngineHandle = std::shared_ptr<Engine>;

// Steps keep their engine: JavaScript may let go of it first.
struct EngineSteps {
  EngineHandle engine;
  Steps steps;
  bool busy = false;
  EngineSteps(EngineHandle e, const Plan& plan) : engine(std::move(e)), steps(engine->kernels, engine->pool, plan) {}
};

using BadArgument = std::invalid_argument;

struct ArrayType {
  napi_typedarray_type type;
  const char* name;
};
template <class T>
constexpr ArrayType array_type = std::is_same_v<T, float>      ? ArrayType{napi_float32_array, "Float32Array"}
                                 : std::is_same_v<T, double>   ? ArrayType{napi_float64_array, "Float64Array"}
                                 : std::is_same_v<T, int32_t>  ? ArrayType{napi_int32_array, "Int32Array"}
                                 : std::is_same_v<T, uint16_t> ? ArrayType{napi_uint16_array, "Uint16Array"}
                                                               : ArrayType{napi_uint8_array, "Uint8Array"};

// The values of one call, or of one array, taken in order.
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    size_t count = 8;
    napi_value values[8];
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
    values_.assign(values, values + std::min<size_t>(count, 8));
  }
  template <class T>
  T& handle(const char* name) {
    void* data = nullptr;
    if (napi_get_value_external(env_, next(name), &data) != napi_ok) throw BadArgument(std::string(name) + ": expected a handle");
    return *static_cast<T*>(data);
  }
  int integer(const char* name, int least, int most) {
    int v = least - 1;
    napi_get_value_int32(env_, next(name), &v);
    if (v < least || v > most) refuse(name, v, "", least, most);
    return v;
  }
  template <class T>
  std::pair<T*, size_t> array(const char* name, size_t least = 0) {
    bool is = false;
    napi_typedarray_type type;
    size_t length;
    void* data;
    const napi_value value = next(name);
    napi_is_typedarray(env_, value, &is);
    if (!is || napi_get_typedarray_info(env_, value, &type, &length, &data, nullptr, nullptr) != napi_ok ||
        type != array_type<T>.type)
      throw BadArgument(std::string(name) + ": expected a " + array_type<T>.name);
    if (length < least)
      throw BadArgument(std::string(name) + ": got " + std::to_string(length) + " elements, expected at least " +
                        std::to_string(least));
    return {static_cast<T*>(data), length};
  }
  template <class T>
  T* get(const char* name, size_t least) {
    return array<T>(name, least).first;
  }
  // Null for null.
  template <class T>
  T* find(const char* name, size_t least) {
    napi_valuetype type;
    napi_typeof(env_, next(name), &type);
    if (type == napi_null) return nullptr;
    at_--;
    return get<T>(name, least);
  }
  // The elements of an array of arrays, taken likewise.
  Arguments list(const char* name) {
    const napi_value value = next(name);
    Arguments elements(env_);
    uint32_t count;
    if (napi_get_array_length(env_, value, &count) != napi_ok) throw BadArgument(std::string(name) + ": expected an array");
    elements.values_.resize(count);
    for (uint32_t i = 0; i < count; i++) napi_get_element(env_, value, i, &elements.values_[i]);
    return elements;
  }
  // A function without arguments, or null; what it throws stays pending.
  std::function<void()> function(const char* name) {
    return [env = env_, value = next(name)] {
      napi_value global, result;
      napi_get_global(env, &global);
      napi_valuetype type;
      if (napi_typeof(env, value, &type) == napi_ok && type == napi_function)
        napi_call_function(env, global, value, 0, nullptr, &result);
    };
  }

 private:
  explicit Arguments(napi_env env) : env_(env) {}
  napi_value next(const char* name) {
    if (at_ >= values_.size()) throw BadArgument(std::string(name) + ": missing");
    return values_[at_++];
  }

  napi_env env_;
  std::vector<napi_value> values_;
  size_t at_ = 0;
};

template <class T>
napi_value external(napi_env env, T* data) {
  napi_value handle;
  napi_create_external(env, data, [](napi_env, void* p, void*) { delete static_cast<T*>(p); }, nullptr, &handle);
  return handle;
}
napi_value number(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

// A function of the addon: a bad argument becomes a TypeError, lack of memory a RangeError.
template <napi_value f(napi_env, Arguments&)>
napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    Arguments a(env, info);
    return f(env, a);
  } catch (const BadArgument& e) {
    napi_throw_type_error(env, nullptr, e.what());
  } catch (const std::bad_alloc&) {
    napi_throw_range_error(env, nullptr, "out of memory in a kernel");
  } catch (const std::exception& e) {
    napi_throw_error(env, nullptr, e.what());
  }
  return nullptr;
}

// By its number among the names that variants() gives.
const Kernels& variant_of(Arguments& a) {
  const auto available = available_variants();
  return *available[a.integer("variant", 0, available.size() - 1)];
}

napi_value create(napi_env env, Arguments& a) {
  const Kernels& kernels = variant_of(a);
  return external(env, new EngineHandle(std::make_shared<Engine>(kernels, a.integer("threads", 1, 1024))));
}

napi_value measure_peak(napi_env env, Arguments& a) { return number(env, variant_of(a).peak_gflops()); }

napi_value variants(napi_env env, Arguments&) {
  napi_value list, text;
  napi_create_array(env, &list);
  uint32_t i = 0;
  for (const Kernels* k : available_variants()) {
    napi_create_string_utf8(env, k->variant, NAPI_AUTO_LENGTH, &text);
    napi_set_element(env, list, i++, text);
  }
  return list;
}

napi_value create_steps(napi_env env, Arguments& a) {
  EngineHandle& engine = a.handle<EngineHandle>("engine");
  const auto [numbers, count] = a.array<int32_t>("plan");
  return external(env, new EngineSteps(engine, make_plan(engine->kernels, numbers, count)));
}

// What is done meanwhile must not begin another step: they share their memory.
napi_value run_step(napi_env, Arguments& a) {
  EngineSteps& s = a.handle<EngineSteps>("steps");
  if (s.busy) throw BadArgument("steps: another step is under way");
  Step step = read_step(s.steps.plan(), a.list("arrays"));
  const auto meanwhile = a.function("meanwhile");
  s.steps.run(step, [&] {
    s.busy = true;
    meanwhile();
    s.busy = false;
  });
  return nullptr;
}

napi_value sum_of_squares(napi_env env, Arguments& a) {
  const Kernels& kernels = a.handle<EngineHandle>("engine")->kernels;
  const auto [x, n] = a.array<float>("x");
  return number(env, kernels.sum_of_squares(n, x));
}

napi_value adam(napi_env, Arguments& a) {
  Engine& e = *a.handle<EngineHandle>("engine");
  const auto [p, n] = a.array<float>("p");
  float *g = a.get<float>("g", n), *m = a.get<float>("m", n), *v = a.get<float>("v", n);
  const float* constants = a.get<float>("constants", 6);
  constexpr size_t block = 8192;
  e.pool.run((int)((n + block - 1) / block), [&, p = p, n = n](int, int i) {
    const size_t from = i * block;
    e.kernels.adam(std::min(block, n - from), p + from, g + from, m + from, v + from, constants);
  });
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"create", nullptr, guarded<create>, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"variants", nullptr, guarded<variants>, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"measurePeak", nullptr, guarded<measure_peak>, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"createSteps", nullptr, guarded<create_steps>, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"runStep", nullptr, guarded<run_step>, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"sumOfSquares", nullptr, guarded<sum_of_squares>, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"adam", nullptr, guarded<adam>, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, std::size(functions), functions);
  return exports;
}
