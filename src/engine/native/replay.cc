// Replays recorded kernel calls on every variant of this machine and compares all arrays, bit by bit.
//
// The record holds a short training run on the reference kernels (test/support/record.ts writes it). This program has no
// Node in it, so it also runs where Node does not: cross-compiled for arm64 under qemu, or under sanitizers. Each array is
// allocated with its exact length. Prints a hash of all outputs per variant; exits with 1 on the first differing bit.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "kernels/variants.h"

namespace {

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
  double number() {
    double v;
    take(&v, 8);
    return v;
  }
};

struct Words {
  std::unique_ptr<uint32_t[]> data;
  const uint32_t* read(Reader& r) {
    uint32_t n = r.word();
    data = std::make_unique<uint32_t[]>(n);
    r.take(data.get(), 4 * (size_t)n);
    return data.get();
  }
};

struct Call {
  std::string name;
  std::vector<double> numbers;
  Tree tree{};
  Words words[9];
  struct Array {
    uint32_t kind = 0;       // 0 null, 1 an array, 2 the same array as argument `same`
    uint32_t same = 0;
    std::vector<float> before, after;
  };
  std::vector<Array> arrays;
  double result = 0;
};

Call read_call(Reader& r) {
  Call c;
  c.name.resize(r.word());
  r.take(c.name.data(), c.name.size());
  c.numbers.resize(r.word());
  for (double& x : c.numbers) x = r.number();
  if (r.word()) {
    c.tree.levels = r.word();
    c.tree.nodes = r.word();
    c.tree.sequences = r.word();
    const uint32_t** fields[] = {&c.tree.level_start, &c.tree.parent, &c.tree.child_start, &c.tree.input, &c.tree.order,
                                 &c.tree.leaf,        &c.tree.length, &c.tree.first,       &c.tree.last};
    for (int i = 0; i < 9; i++) *fields[i] = c.words[i].read(r);
  }
  c.arrays.resize(r.word());
  for (auto& a : c.arrays) {
    a.kind = r.word();
    if (a.kind == 2) a.same = r.word();
    if (a.kind != 1) continue;
    a.before.resize(r.word());
    a.after.resize(a.before.size());
    r.take(a.before.data(), 4 * a.before.size());
    r.take(a.after.data(), 4 * a.after.size());
  }
  c.result = r.number();
  return c;
}

double perform(const Kernels& k, ThreadPool& pool, const Call& c, std::vector<std::unique_ptr<float[]>>& arrays) {
  auto a = [&](size_t i) { return arrays.at(c.arrays.at(i).kind == 2 ? c.arrays[i].same : i).get(); };
  auto n = [&](size_t i) { return (int)c.numbers.at(i); };
  auto x = [&](size_t i) { return (float)c.numbers.at(i); };
  if (c.name == "recurrentForward" || c.name == "recurrentBackward") {
    const bool back = c.name == "recurrentBackward";
    Recurrent p{};
    p.cell = n(0);
    p.units = n(1);
    p.input_rows = n(2);
    p.input = a(0);
    p.recurrent = a(1);
    p.recurrent_bias = a(2);
    p.hidden = a(3);
    p.saved = a(4);
    if (back) {
      p.dense = n(3);
      p.steps = n(4);
      p.d_hidden = a(5);
      p.d_input = a(6);
      p.d_recurrent = a(7);
      p.d_recurrent_bias = a(8);
      p.weight = a(9);
      p.d_out = a(10);
      p.d_score = a(11);
      p.score_weight = a(12);
    }
    (back ? k.recurrent_backward : k.recurrent_forward)(pool, c.tree, p);
  } else if (c.name == "linear") k.linear(pool, n(0), n(1), n(2), a(0), a(1), a(2), a(3));
  else if (c.name == "linearBackward") k.linear_backward(pool, n(0), n(1), n(2), a(0), a(1), a(2), a(3), a(4), a(5));
  else if (c.name == "activate") k.activate(pool, (Activation)n(0), n(1), a(0), a(1));
  else if (c.name == "activateBackward") k.activate_backward(pool, (Activation)n(0), n(1), a(0), a(1), a(2));
  else if (c.name == "addRow") k.add_row(pool, n(0), n(1), a(0), a(1), a(2));
  else if (c.name == "columnSums") k.column_sums(pool, n(0), n(1), a(0), a(1));
  else if (c.name == "scores") k.scores(pool, (Score)n(0), n(1), n(2), x(3), a(0), a(1), a(2), a(3));
  else if (c.name == "scoresBackward")
    k.scores_backward(pool, (Score)n(0), n(1), n(2), x(3), a(0), a(1), a(2), a(3), a(4), a(5), a(6));
  else if (c.name == "poolForward") k.pool_forward(pool, c.tree, n(0), n(1), a(0), a(1), a(2), a(3));
  else if (c.name == "poolBackward") k.pool_backward(pool, c.tree, n(0), n(1), a(0), a(1), a(2), a(3), a(4));
  else if (c.name == "sumOfSquares") return k.sum_of_squares(n(0), a(0));
  else if (c.name == "adam") k.adam(pool, n(0), a(0), a(1), a(2), a(3), x(1), x(2), x(3), x(4), x(5), x(6));
  else {
    std::fprintf(stderr, "replay: unknown kernel %s\n", c.name.c_str());
    std::exit(2);
  }
  return 0;
}

bool replay(const Kernels& k, int threads, const std::vector<Call>& calls) {
  ThreadPool pool(threads);
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a over the bits of all arrays
  for (size_t i = 0; i < calls.size(); i++) {
    const Call& c = calls[i];
    std::vector<std::unique_ptr<float[]>> arrays;
    for (const auto& a : c.arrays) {
      arrays.emplace_back(a.kind == 1 ? new float[a.before.size()] : nullptr);
      if (!a.before.empty()) std::memcpy(arrays.back().get(), a.before.data(), 4 * a.before.size());
    }
    double result = perform(k, pool, c, arrays);
    if (std::memcmp(&result, &c.result, 8) != 0) {
      std::printf("%s, %d threads: call %zu (%s) returned %.17g, expected %.17g\n", k.variant, threads, i, c.name.c_str(),
                  result, c.result);
      return false;
    }
    for (size_t j = 0; j < arrays.size(); j++) {
      for (size_t e = 0; e < c.arrays[j].after.size(); e++) {
        uint32_t got, expected;
        std::memcpy(&got, &arrays[j][e], 4);
        std::memcpy(&expected, &c.arrays[j].after[e], 4);
        if (got != expected) {
          std::printf("%s, %d threads: call %zu (%s), array %zu [%zu]: got %.9g, expected %.9g\n", k.variant, threads, i,
                      c.name.c_str(), j, e, arrays[j][e], c.arrays[j].after[e]);
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
  for (auto& c : calls) c = read_call(r);
  for (const Kernels* k : available_variants())
    for (int threads : {1, 3})
      if (!replay(*k, threads, calls)) return 1;
  return 0;
}
