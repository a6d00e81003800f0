// Replays recorded steps on every variant of this machine and compares all results, bit by bit.
//
// The record holds short training runs on the reference kernels (test/support/record.ts writes it). This program has no
// Node in it, so it also runs where Node does not: cross-compiled for arm64 under qemu, or under sanitizers. Each array is
// allocated with its exact length. Prints a hash of all outputs per variant; exits with 1 on the first differing bit.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "steps.h"

namespace {

// Bytes on the heap, exactly as many as there are.
struct Block {
  std::unique_ptr<char[]> data;
  size_t size = 0;
  bool absent = false;
  template <class T>
  T* as() const {
    return absent ? nullptr : reinterpret_cast<T*>(data.get());
  }
  Block copy() const {
    Block b{std::make_unique<char[]>(size), size, absent};
    if (size) std::memcpy(b.data.get(), data.get(), size);
    return b;
  }
};

struct Reader {
  std::vector<char> bytes;
  size_t at = 0;
  void take(void* to, size_t n) {
    if (n > bytes.size() - at) {
      std::fprintf(stderr, "replay: the record ends at byte %zu\n", bytes.size());
      std::exit(2);
    }
    if (n) std::memcpy(to, bytes.data() + at, n);
    at += n;
  }
  uint32_t word() {
    uint32_t v;
    take(&v, 4);
    return v;
  }
  Block block() {
    Block b;
    const uint32_t n = word();
    b.absent = n == 0xffffffff;
    b.size = b.absent ? 0 : n;
    b.data = std::make_unique<char[]>(b.size);
    take(b.data.get(), b.size);
    return b;
  }
};

using Call = std::vector<Block>;  // name, inputs, outputs before and after

// What a call reads, in order, and what it writes: arrays that begin as they were.
struct Replayed {
  const Call& call;
  size_t at = 1;
  std::vector<Block> written;
  std::vector<const Block*> expected;
  template <class T>
  T* in() {
    return call.at(at++).as<T>();
  }
  bool more() const { return at < call.size(); }
  template <class T>
  T* out() {
    written.push_back(call.at(at).copy());
    expected.push_back(&call.at(at + 1));
    at += 2;
    return written.back().as<T>();
  }
};

void step_of(Replayed& r, Step& step) {
  step.size = *r.in<int32_t>();
  step.packets = r.in<uint8_t>();
  step.lengths = r.in<uint16_t>();
  step.tokens = r.in<uint16_t>();
  step.labels = r.in<uint8_t>();
}

void perform(const Kernels& k, ThreadPool& pool, Replayed& r) {
  const std::string name(r.call[0].data.get(), r.call[0].size);
  if (name == "train" || name == "infer") {
    const Block& numbers = r.call.at(r.at);
    Steps steps(k, pool, make_plan(k, r.in<int32_t>(), numbers.size / 4));
    const Plan& plan = steps.plan();
    Step step{};
    step_of(r, step);
    if (name == "train") {
      step.class_weights = r.in<double>();
      for (int i = 0; i < plan.head_layers; i++) step.mask[i] = r.in<float>();
      if (plan.decoder.units) step.decoder_gradient = *r.in<float>();
    }
    for (int i = 0; i < plan.weights; i++) step.value[i] = r.in<float>();
    step.logits = r.out<float>();
    if (name == "train") {
      step.losses = r.out<double>();
      if (plan.decoder.units) step.nats = r.out<double>();
      float* gradients[most_weights];
      for (int i = 0; i < plan.weights; i++) gradients[i] = r.out<float>();
      steps.train(step, gradients, [] {});
    } else {
      if (r.more())
        for (float** x : {&step.token_scores, &step.token_weights, &step.packet_scores, &step.packet_weights}) *x = r.out<float>();
      steps.infer(step, [] {});
    }
  } else if (name == "sumOfSquares") {
    const size_t n = r.call.at(r.at).size / 4;
    const float* x = r.in<float>();
    *r.out<double>() = k.sum_of_squares(n, x);
  } else if (name == "adam") {
    const double* numbers = r.in<double>();
    float c[6];
    for (int i = 0; i < 6; i++) c[i] = (float)numbers[i];
    const size_t n = r.call.at(r.at).size / 4;
    const float* g = r.in<float>();
    float *p = r.out<float>(), *m = r.out<float>(), *v = r.out<float>();
    k.adam(n, p, g, m, v, c);
  } else {
    std::fprintf(stderr, "replay: unknown call %s\n", name.c_str());
    std::exit(2);
  }
}

bool replay(const Kernels& k, int threads, const std::vector<Call>& calls) {
  ThreadPool pool(threads);
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a over the bits of all outputs
  for (size_t i = 0; i < calls.size(); i++) {
    Replayed r{calls[i], 1, {}, {}};
    perform(k, pool, r);
    for (size_t j = 0; j < r.written.size(); j++) {
      for (size_t e = 0; e < r.written[j].size / 4; e++) {
        const uint32_t got = r.written[j].as<uint32_t>()[e], expected = r.expected[j]->as<uint32_t>()[e];
        if (got != expected) {
          std::printf("%s, %d threads: call %zu (%.*s), output %zu [%zu]: got %08x, expected %08x\n", k.variant, threads, i,
                      (int)calls[i][0].size, calls[i][0].data.get(), j, e, got, expected);
          return false;
        }
        hash = (hash ^ got) * 0x100000001b3u;
      }
    }
  }
  std::printf("%s, %d threads: %zu calls, hash %016llx\n", k.variant, threads, calls.size(), (unsigned long long)hash);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: replay RECORD\n");
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  Reader r{{std::istreambuf_iterator<char>(file), {}}};
  std::vector<Call> calls(r.word());
  for (auto& call : calls) {
    const uint32_t n = r.word();
    for (uint32_t i = 0; i < n; i++) call.push_back(r.block());
  }
  for (const Kernels* k : available_variants())
    for (int threads : {1, 3})
      if (!replay(*k, threads, calls)) return 1;
  return 0;
}
