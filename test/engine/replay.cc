// Replays recorded steps on every variant of this machine and compares all arrays, bit by bit.
//
// The record holds short training runs on the reference kernels (test/support/record.ts writes it). This program has no
// Node in it, so it also runs where Node does not: cross-compiled for arm64 under qemu, or under sanitizers. Each array is
// allocated with its exact length. Prints a hash of all that was written per variant; exits with 1 on the first differing bit.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "read.h"
#include "steps.h"

namespace {

[[noreturn]] void stop(const std::string& message) {
  std::fprintf(stderr, "replay: %s\n", message.c_str());
  std::exit(2);
}

using Bytes = std::vector<char>;
// An array before and after a call. Empty before: there is none; empty after: it is only read.
struct Recorded {
  Bytes before, after;
};
struct Call {
  std::string name;
  std::vector<Recorded> arrays;
};

struct Reader {
  Bytes bytes;
  size_t at = 0;
  Bytes take(size_t n) {
    if (n > bytes.size() - at) stop("the record ends at byte " + std::to_string(bytes.size()));
    at += n;
    return Bytes(bytes.begin() + at - n, bytes.begin() + at);
  }
  uint32_t word() {
    const Bytes b = take(4);
    uint32_t v;
    std::memcpy(&v, b.data(), 4);
    return v;
  }
  Bytes block() { return take(word()); }
  Call call() {
    const Bytes name = block();
    Call call{{name.begin(), name.end()}, std::vector<Recorded>(word())};
    for (auto& [before, after] : call.arrays) {
      before = block();
      after = block();
    }
    return call;
  }
};

// The arrays of a call in their order, as they were before it, each on the heap with its exact length.
struct Arrays {
  const Call& call;
  std::vector<Bytes> now;
  size_t at = 0;
  explicit Arrays(const Call& c) : call(c) {
    for (const Recorded& r : c.arrays) now.push_back(r.before);
  }
  template <class T>
  T* find(const char* name, size_t least) {
    if (at == now.size()) stop(call.name + ": no array " + name);
    Bytes& bytes = now[at++];
    if (bytes.empty()) return nullptr;
    if (bytes.size() < least * sizeof(T)) stop(call.name + ": " + name + " is too short");
    return reinterpret_cast<T*>(bytes.data());
  }
  template <class T>
  T* get(const char* name, size_t least = 1) {
    T* found = find<T>(name, least);
    if (found == nullptr) stop(call.name + ": no array " + name);
    return found;
  }
  template <class T>
  size_t length() const {
    return now[at].size() / sizeof(T);
  }
};

void perform(const Kernels& k, ThreadPool& pool, Arrays& a) {
  if (a.call.name == "step") {
    const size_t count = a.length<int32_t>();
    Steps steps(k, pool, make_plan(k, a.get<int32_t>("plan"), count));
    Step step = read_step(steps.plan(), a);
    steps.run(step, [] {});
  } else if (a.call.name == "sumOfSquares") {
    const size_t n = a.length<float>();
    const float* x = a.get<float>("x");
    *a.get<double>("result") = k.sum_of_squares(n, x);
  } else if (a.call.name == "adam") {
    const size_t n = a.length<float>();
    float *p = a.get<float>("p", n), *g = a.get<float>("g", n), *m = a.get<float>("m", n), *v = a.get<float>("v", n);
    k.adam(n, p, g, m, v, a.get<float>("constants", 6));
  } else {
    stop("unknown call " + a.call.name);
  }
}

bool replay(const Kernels& k, int threads, const std::vector<Call>& calls) {
  ThreadPool pool(threads);
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a over the words of all that was written
  for (size_t i = 0; i < calls.size(); i++) {
    Arrays arrays(calls[i]);
    perform(k, pool, arrays);
    for (size_t j = 0; j < arrays.now.size(); j++) {
      const auto& [before, after] = calls[i].arrays[j];
      const Bytes &got = arrays.now[j], &expected = after.empty() ? before : after;
      const size_t at = std::mismatch(got.begin(), got.end(), expected.begin()).first - got.begin();
      if (at < got.size()) {
        std::printf("%s, %d threads: call %zu (%s), array %zu differs at byte %zu\n", k.variant, threads, i,
                    calls[i].name.c_str(), j, at);
        return false;
      }
      for (size_t e = 0; e + 4 <= after.size(); e += 4) {
        uint32_t word;
        std::memcpy(&word, got.data() + e, 4);
        hash = (hash ^ word) * 0x100000001b3u;
      }
    }
  }
  std::printf("%s, %d threads: %zu calls, hash %016llx\n", k.variant, threads, calls.size(), (unsigned long long)hash);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) stop("usage: replay RECORD");
  std::ifstream file(argv[1], std::ios::binary);
  Reader r{{std::istreambuf_iterator<char>(file), {}}};
  std::vector<Call> calls(r.word());
  for (Call& call : calls) call = r.call();
  for (const Kernels* k : available_variants())
    for (int threads : {1, 3})
      if (!replay(*k, threads, calls)) return 1;
  return 0;
}
