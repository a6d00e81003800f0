// Steps of a plan on a batch: memory, threads, and the sum over groups. Numbers are made in kernels/.
#pragma once
#include <memory>
#include <new>

#include "chunks.h"
#include "kernels/variants.h"
#include "thread_pool.h"

// Memory that lives as long as this does, in cache lines of large pieces.
class Arena {
 public:
  template <class T>
  T* take(size_t n) {
    const size_t bytes = (n * sizeof(T) + line - 1) / line * line;
    if (bytes > left_) {
      left_ = std::max(bytes, (size_t)1 << 20);
      at_ = static_cast<char*>(::operator new(left_, std::align_val_t{line}));
      pieces_.emplace_back(at_);
    }
    left_ -= bytes;
    at_ += bytes;
    return reinterpret_cast<T*>(at_ - bytes);
  }

 private:
  static constexpr size_t line = 64;
  struct Free {
    void operator()(void* p) const { ::operator delete(p, std::align_val_t{line}); }
  };
  std::vector<std::unique_ptr<void, Free>> pieces_;
  char* at_ = nullptr;
  size_t left_ = 0;
};

class Steps {
 public:
  Steps(const Kernels& kernels, ThreadPool& pool, const Plan& plan)
      : kernels_(kernels), pool_(pool), plan_(plan), least_(plan.capacity), order_(plan.capacity), workspaces_(pool.threads()) {
    for (Workspace& w : workspaces_) lay_out(w);
    lay_out_packed();
    for (int i = 0; i < plan.weights; i++)
      for (size_t row = 0; row < plan.weight[i].rows; row += rows_of_a_part) parts_.push_back({i, row});
  }
  const Plan& plan() const { return plan_; }

  // Logits of a batch; where the step has losses, also those and the gradients of all weights. `meanwhile` is called while
  // the other threads are at work.
  template <class F>
  void run(Step& step, F&& meanwhile) {
    const bool training = step.losses != nullptr;
    step.plan = &plan_;
    step.packed = &packed_;
    order_sessions(step, least_, order_);
    kernels_.pack(step, training);
    if (training) return train(step, meanwhile);
    pool_.run(chunks_of(step.size), [&](int thread, int c) {
      const Chunk chunk = cut(step, c);
      build_forests(step, chunk, workspaces_[thread]);
      kernels_.forward(step, chunk, workspaces_[thread], false);
    }, meanwhile);
  }

 private:
  Chunk cut(const Step& step, int64_t c) const {
    const int64_t chunks = chunks_of(step.size), from = c * step.size / chunks, to = (c + 1) * step.size / chunks;
    return {order_.data() + from, (int)(to - from), nullptr, nullptr};
  }

  template <class F>
  void train(const Step& step, F&& meanwhile) {
    if (!sums_) lay_out_sums();
    const int groups = groups_of(step.size), each = chunks_of(step.size) / groups;
    // Large groups first, so that threads end together.
    std::vector<std::pair<int64_t, int>> turns;
    for (int g = 0; g < groups; g++) {
      turns.push_back({0, g});
      for (int c = g * each; c < (g + 1) * each; c++) turns[g].first -= tokens_of(step, cut(step, c));
    }
    std::sort(turns.begin(), turns.end());
    pool_.run(groups, [&, each](int thread, int i) { train_group(step, workspaces_[thread], turns[i].second, each); }, meanwhile);
    reduce(groups, step.gradient);
  }

  // All chunks of a group; its sums start at 0, rows of tokens when they are first met.
  void train_group(const Step& step, Workspace& w, int g, int each) {
    float* sums = sums_ + g * plan_.total;
    uint8_t* touched = touched_ + (size_t)g * plan_.vocabulary;
    const size_t rows = plan_.weight[0].size();
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
    pool_.run(parts_.size(), [&, groups](int, int part) {
      const auto& [i, first] = parts_[part];
      const Weight& w = plan_.weight[i];
      const size_t rows = std::min(rows_of_a_part, w.rows - first), columns = w.columns;
      float* to = gradients[i] + first * columns;
      std::memset(to, 0, sizeof(float) * rows * columns);
      for (size_t g = 0; g < (size_t)groups; g++) {
        const float* from = sums_ + g * plan_.total + w.offset + first * columns;
        const uint8_t* touched = touched_ + g * plan_.vocabulary + first;
        if (i > 0) kernels_.add(to, from, rows * columns);
        else
          for (size_t r = 0; r < rows; r++)
            if (touched[r]) kernels_.add(to + r * columns, from + r * columns, columns);
      }
    });
    // A token's row is read with the bias added to it: Σ over tokens.
    const size_t G = plan_.weight[0].columns;
    float* bias = gradients[plan_.packet.layer[0].bias];
    std::memset(bias, 0, sizeof(float) * G);
    for (int v = 0; v < plan_.vocabulary; v++) kernels_.add(bias, gradients[0] + v * G, G);
  }

  int sessions() const { return std::min(plan_.capacity, most_sessions); }

  void lay_out(Workspace& w) {
    Arena& a = memory_;
    const size_t S = sessions(), Q = S * plan_.max_packets;
    lay_out(plan_.packet, w.packet, Q, plan_.max_tokens, 0);
    lay_out(plan_.session, w.session, S, plan_.max_packets, Q);
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
      d.told = a.take<float>(K);
      LatentStates& l = w.latent;
      const size_t Z = plan_.decoder.latent;
      for (float** x : {&l.q, &l.dq}) *x = a.take<float>(S * 2 * Z);
      for (float** x : {&l.y, &l.deviation, &l.z, &l.dz}) *x = a.take<float>(S * Z);
      for (float** x : {&l.r, &l.dr}) *x = a.take<float>(S * K);
      l.d_vectors = a.take<float>(S * plan_.session.units);
    }
    w.spare = a.take<float>((size_t)row_block * plan_.shape.saved * std::max(plan_.packet.units, plan_.session.units));
    w.panels = a.take<float>(outer_block * most_panel);
    for (uint32_t** x : {&w.rows, &w.slots, &w.place, &w.shared, &w.current}) *x = a.take<uint32_t>(Q);
  }
  void lay_out(const Encoder& p, EncoderStates& e, size_t S, size_t steps, size_t vectors) {
    Arena& a = memory_;
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
  void lay_out_packed() {
    packed_.table = memory_.take<float>(plan_.weight[0].size());
    for (int i = 0; i < plan_.weights; i++) {
      const auto& [rows, columns, product, offset] = plan_.weight[i];
      if (product == Product::none) continue;
      // Rows are padded to whole vectors, at most twice a matrix.
      packed_.forward[i] = memory_.take<float>(rows * (columns + 2 * most_vector));
      packed_.backward[i] = memory_.take<float>(columns * (rows + 2 * most_vector));
    }
  }
  void lay_out_sums() {
    const size_t groups = groups_of(plan_.capacity);
    touched_ = memory_.take<uint8_t>(groups * plan_.vocabulary);
    sums_ = memory_.take<float>(groups * plan_.total);
  }

  static constexpr size_t most_vector = 16;  // floats
  static constexpr size_t most_panel = 64;
  static constexpr size_t rows_of_a_part = 16;

  const Kernels& kernels_;
  ThreadPool& pool_;
  const Plan plan_;
  std::vector<uint32_t> least_, order_;
  std::vector<std::pair<int, size_t>> parts_;  // of the gradients: a weight, and a row of it
  std::vector<Workspace> workspaces_;
  Arena memory_;
  Packed packed_{};
  float* sums_ = nullptr;
  uint8_t* touched_ = nullptr;
};
