// Steps of a plan on a batch: memory, threads, and the sum over groups. Numbers are made in kernels/.
#pragma once
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string>

#include "chunks.h"
#include "kernels/variants.h"
#include "thread_pool.h"

// Memory in one piece, laid out twice: once to know its size, once for good.
class Arena {
 public:
  template <class T>
  T* take(size_t n) {
    T* p = base_ ? reinterpret_cast<T*>(base_ + used_) : nullptr;
    used_ += (n * sizeof(T) + 63) / 64 * 64;
    return p;
  }
  // Calls f, which takes all that there is to take.
  template <class F>
  void lay_out(F&& f) {
    f(*this);
    size_t size = used_ ? used_ : 64;
    memory_.reset(static_cast<char*>(std::aligned_alloc(64, size)));
    if (!memory_) throw std::bad_alloc();
    base_ = memory_.get();
    used_ = 0;
    f(*this);
  }

 private:
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  std::unique_ptr<char, Free> memory_;
  char* base_ = nullptr;
  size_t used_ = 0;
};

// The plan of such numbers (calls.ts: flatPlan), with its weights in the order of the data flow.
inline Plan make_plan(const Kernels& kernels, const int32_t* numbers, size_t count) {
  size_t at = 0;
  auto next = [&](int least, int most) {
    const int value = at < count ? numbers[at] : -1;
    if (value < least || value > most)
      throw std::invalid_argument("plan: got " + std::to_string(value) + " at " + std::to_string(at) + ", expected " +
                                  std::to_string(least) + " to " + std::to_string(most));
    at++;
    return value;
  };
  constexpr int many = 1 << 24;
  Plan p{};
  auto weight = [&](size_t rows, size_t columns) {
    p.size[p.weights] = rows * columns;
    p.offset[p.weights] = p.total;
    p.total += (rows * columns + 15) / 16 * 16;
    return p.weights++;
  };
  p.cell = next(0, kernels.cells - 1);
  p.shape = kernels.shape_of(p.cell);
  p.vocabulary = next(1, 65536);
  p.max_packets = next(1, 255);
  p.max_tokens = next(1, 65535);
  p.capacity = next(1, many);
  int width = p.vocabulary;
  for (Encoder* e : {&p.packet, &p.session}) {
    e->units = next(1, many);
    e->layers = next(1, most_layers);
    e->attention = (Attention)next(0, 4);
    const int H = e->units, G = p.shape.gates * H;
    for (int l = 0; l < e->layers; l++) {
      RecurrentLayer& layer = e->layer[l];
      layer.inputs = l ? H : width;
      layer.input = weight(layer.inputs, G);
      layer.bias = weight(1, G);
      layer.recurrent = weight(H, G);
      layer.recurrent_bias = p.shape.bias ? weight(1, H) : -1;
    }
    if (e->attention == Attention::tanh || e->attention == Attention::dot) e->scoring[0] = weight(1, H);
    if (e->attention == Attention::tanh) e->scoring[1] = weight(1, 1);
    if (e->attention == Attention::additive) {
      e->scoring[0] = weight(H, H);
      e->scoring[1] = weight(1, H);
      e->scoring[2] = weight(1, H);
    }
    width = H;
  }
  p.head_layers = next(1, most_layers);
  for (int i = 0; i < p.head_layers; i++) {
    DenseLayer& d = p.head[i];
    d.inputs = width;
    d.units = width = next(1, many);
    d.norm = next(0, 1);
    d.activation = (Activation)next(0, 2);
    d.mask = next(0, 1);
    d.weight = weight(d.inputs, d.units);
    d.bias = weight(1, d.units);
    if (d.norm) {
      d.gain = weight(1, d.units);
      d.shift = weight(1, d.units);
    }
  }
  if (Decoder& d = p.decoder; (d.units = next(0, many))) {
    d.prefix = weight(p.packet.units, d.units);
    d.context = weight(p.session.units, d.units);
    d.context_bias = weight(1, d.units);
    d.output = weight(d.units, p.vocabulary);
    d.output_bias = weight(1, p.vocabulary);
  }
  return p;
}

class Steps {
 public:
  Steps(const Kernels& kernels, ThreadPool& pool, const Plan& plan)
      : kernels_(kernels), pool_(pool), plan_(plan), least_(plan.capacity), order_(plan.capacity), turns_(groups_of(plan.capacity)),
        workspaces_(pool.threads()), memory_(pool.threads()) {
    for (int t = 0; t < pool.threads(); t++)
      memory_[t].lay_out([&](Arena& a) { lay_out(a, workspaces_[t]); });
    shared_.lay_out([&](Arena& a) { lay_out(a); });
  }
  const Plan& plan() const { return plan_; }

  // Logits of a batch. `meanwhile` is called while the other threads are at work.
  template <class F>
  void infer(Step& step, F&& meanwhile) {
    begin(step, false);
    pool_.run(chunks_of(step.size), [&](int thread, int c) {
      const Chunk chunk = cut(step, c);
      build_forests(step, chunk, workspaces_[thread]);
      kernels_.forward(step, chunk, workspaces_[thread], false);
    }, meanwhile);
  }

  // Logits, losses, and the gradients of all weights.
  template <class F>
  void train(Step& step, float* const* gradients, F&& meanwhile) {
    if (!sums_allocated_) group_memory_.lay_out([&](Arena& a) { lay_out_sums(a); });
    sums_allocated_ = true;
    begin(step, true);
    const int groups = groups_of(step.size), each = chunks_of(step.size) / groups;
    // Large groups first, so that threads end together.
    for (int g = 0; g < groups; g++) {
      turns_[g] = {0, g};
      for (int c = g * each; c < (g + 1) * each; c++) turns_[g].first -= tokens_of(step, cut(step, c));
    }
    std::sort(turns_.begin(), turns_.begin() + groups);
    pool_.run(groups, [&, each](int thread, int i) { train_group(step, workspaces_[thread], turns_[i].second, each); }, meanwhile);
    reduce(groups, gradients);
  }

 private:
  void begin(Step& step, bool training) {
    step.plan = &plan_;
    step.packed = &packed_;
    order_sessions(step, least_, order_);
    kernels_.pack(step, training);
  }
  Chunk cut(const Step& step, int64_t c) const {
    const int64_t chunks = chunks_of(step.size), from = c * step.size / chunks, to = (c + 1) * step.size / chunks;
    return {order_.data() + from, (int)(to - from), nullptr, nullptr};
  }

  // All chunks of a group; its sums start at 0, rows of tokens when they are first met.
  void train_group(const Step& step, Workspace& w, int g, int each) {
    float* sums = sums_ + g * plan_.total;
    uint8_t* touched = touched_ + (size_t)g * plan_.vocabulary;
    const size_t rows = plan_.size[0];
    std::memset(sums + rows, 0, sizeof(float) * (plan_.total - rows));
    std::memset(touched, 0, plan_.vocabulary);
    for (int c = g * each; c < (g + 1) * each; c++) {
      Chunk chunk = cut(step, c);
      chunk.gradients = sums;
      chunk.touched = touched;
      build_forests(step, chunk, w);
      kernels_.forward(step, chunk, w, true);
      kernels_.backward(step, chunk, w);
    }
  }

  // Adds the groups in order. A group that never met a token has nothing to add to its row.
  void reduce(int groups, float* const* gradients) {
    const size_t G = plan_.size[0] / plan_.vocabulary;
    const int rows = 16, parts = (plan_.vocabulary + rows - 1) / rows;
    pool_.run(parts + plan_.weights - 1, [&, groups](int, int item) {
      if (item >= parts) {
        const int weight = item - parts + 1;
        float* to = gradients[weight];
        std::memcpy(to, sums_ + plan_.offset[weight], sizeof(float) * plan_.size[weight]);
        for (int g = 1; g < groups; g++) kernels_.add(to, sums_ + g * plan_.total + plan_.offset[weight], plan_.size[weight]);
        return;
      }
      for (int v = item * rows; v < std::min(plan_.vocabulary, (item + 1) * rows); v++) {
        float* to = gradients[0] + v * G;
        std::memset(to, 0, sizeof(float) * G);
        for (int g = 0; g < groups; g++)
          if (touched_[(size_t)g * plan_.vocabulary + v]) kernels_.add(to, sums_ + g * plan_.total + v * G, G);
      }
    });
    // A token's row is read with the bias added to it: Σ over tokens.
    float* bias = gradients[plan_.packet.layer[0].bias];
    std::memset(bias, 0, sizeof(float) * G);
    for (int v = 0; v < plan_.vocabulary; v++) kernels_.add(bias, gradients[0] + v * G, G);
  }

  int sessions() const { return std::min(plan_.capacity, most_sessions); }

  void lay_out(Arena& a, Workspace& w) const {
    const size_t S = sessions(), Q = S * plan_.max_packets;
    lay_out(a, plan_.packet, w.packet, Q, plan_.max_tokens, 0);
    lay_out(a, plan_.session, w.session, S, plan_.max_packets, Q);
    for (int i = 0; i < plan_.head_layers; i++) {
      const DenseLayer& p = plan_.head[i];
      DenseStates& s = w.head[i];
      for (float** x : {&s.values, &s.activated, &s.gradient, &s.normal}) *x = a.take<float>(S * p.units);
      s.inverse = a.take<double>(S);
    }
    if (const size_t K = plan_.decoder.units) {
      DecoderStates& d = w.decoder;
      for (float** x : {&d.prefixes, &d.d_prefixes}) *x = a.take<float>(Q * plan_.max_tokens * K);
      for (float** x : {&d.contexts, &d.d_contexts}) *x = a.take<float>(Q * K);
      for (float** x : {&d.o, &d.d_o}) *x = a.take<float>(row_block * K);
      d.logits = a.take<float>((size_t)row_block * plan_.vocabulary);
    }
    w.spare = a.take<float>((size_t)row_block * plan_.shape.saved * std::max(plan_.packet.units, plan_.session.units));
    w.panels = a.take<float>(outer_block * most_panel);
    for (uint32_t** x : {&w.rows, &w.slots, &w.place, &w.shared, &w.current}) *x = a.take<uint32_t>(Q);
  }
  void lay_out(Arena& a, const Encoder& p, EncoderStates& e, size_t S, size_t steps, size_t vectors) const {
    const size_t N = S * steps, H = p.units, G = plan_.shape.gates * H;
    const bool additive = p.attention == Attention::additive;
    Forest& f = e.forest;
    for (uint32_t** x : {&f.parent, &f.child_start, &f.input, &f.first, &f.last}) *x = a.take<uint32_t>(N + 1);
    f.level_start = a.take<uint32_t>(steps + 1);
    for (uint32_t** x : {&f.leaf, &f.length}) *x = a.take<uint32_t>(S);
    for (int l = 0; l < p.layers; l++) {
      e.hidden[l] = a.take<float>(N * H);
      e.saved[l] = a.take<float>(N * plan_.shape.saved * H);
      e.rows[l] = a.take<float>(l ? N * G : vectors * G);
    }
    for (float** x : {&e.scores, &e.d_scores, &e.weights}) *x = a.take<float>(N);
    for (float** x : {&e.projected, &e.d_projected}) *x = a.take<float>(additive ? N * H : 0);
    e.d_hidden = a.take<float>(additive || p.layers > 1 ? N * H : 0);
    for (float** x : {&e.carried[0], &e.carried[1], &e.out, &e.d_out}) *x = a.take<float>(S * H);
    e.extra = plan_.decoder.units ? a.take<float>(N * H) : nullptr;
    e.d_path = a.take<float>(steps);
    e.path = a.take<uint32_t>(steps);
    e.steps = (int)steps;
  }
  // What all threads share: weights in panels.
  void lay_out(Arena& a) {
    packed_.table = a.take<float>(plan_.size[0]);
    // Rows are padded to whole vectors, at most twice a matrix.
    auto matrix = [&](int weight, size_t rows, size_t columns) {
      packed_.forward[weight] = a.take<float>(rows * (columns + 2 * most_vector));
      packed_.backward[weight] = a.take<float>(columns * (rows + 2 * most_vector));
    };
    for (const Encoder* e : {&plan_.packet, &plan_.session}) {
      for (int l = 0; l < e->layers; l++) {
        if (e->layer[l].input > 0) matrix(e->layer[l].input, e->layer[l].inputs, plan_.shape.gates * e->units);
        matrix(e->layer[l].recurrent, e->units, plan_.shape.gates * e->units);
      }
      if (e->attention == Attention::additive) matrix(e->scoring[0], e->units, e->units);
    }
    for (int i = 0; i < plan_.head_layers; i++) matrix(plan_.head[i].weight, plan_.head[i].inputs, plan_.head[i].units);
    if (const Decoder& d = plan_.decoder; d.units) {
      matrix(d.prefix, plan_.packet.units, d.units);
      matrix(d.context, plan_.session.units, d.units);
      matrix(d.output, d.units, plan_.vocabulary);
    }
  }
  void lay_out_sums(Arena& a) {
    const size_t groups = groups_of(plan_.capacity);
    sums_ = a.take<float>(groups * plan_.total);
    touched_ = a.take<uint8_t>(groups * plan_.vocabulary);
  }

  static constexpr size_t most_vector = 16;  // floats
  static constexpr size_t most_panel = 64;

  const Kernels& kernels_;
  ThreadPool& pool_;
  const Plan plan_;
  std::vector<uint32_t> least_, order_;
  std::vector<std::pair<int64_t, int>> turns_;  // tokens of a group, negative; the group
  std::vector<Workspace> workspaces_;
  std::vector<Arena> memory_;
  Arena shared_, group_memory_;
  bool sums_allocated_ = false;
  Packed packed_{};
  float* sums_ = nullptr;
  uint8_t* touched_ = nullptr;
};
